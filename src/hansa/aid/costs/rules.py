"""What may be claimed, and why not. Pure but for the data file of rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec
import yaml

from hansa.aid.costs.models import CostLine
from hansa.aid.costs.words import Basis
from hansa.pact.pages.seeing import tongue


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"holds": "if"}):
    """One rule of the data file: the facts under which it holds, what it says, and on what it rests."""

    id: str
    holds: dict[str, str | bool]
    stops: bool
    text: str
    text_es: str
    remedy: str
    remedy_es: str
    source: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, in their order."""
    text = resources.files("hansa.aid.costs").joinpath("eligible.yaml").read_text("utf-8")
    return tuple(msgspec.convert(yaml.safe_load(text)["rules"], list[Rule]))


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds for a line."""

    rule: Rule

    @property
    def stops(self) -> bool:
        """Tell whether the line may not be claimed while it holds."""
        return self.rule.stops

    @property
    def words(self) -> str:
        """Return what is wrong, in the reader's language."""
        return tongue(self.rule, "text")

    @property
    def remedy(self) -> str:
        """Return what to do about it, in the reader's language."""
        return tongue(self.rule, "remedy")

    @property
    def source(self) -> str:
        """Return the article or section."""
        return self.rule.source


Facts = Mapping[str, str | bool]


def facts(
    line: CostLine, *, evidence: bool, withdrawn_hours: bool, twice: bool, before: bool
) -> Facts:
    """Return what the rules may ask of a line."""
    return {
        "basis": line.basis,
        "category": line.category,
        "nature": line.nature,
        "terms": line.terms,
        "labour": line.labour,
        "hours": bool(line.hours),
        "evidence": evidence,
        "hours_withdrawn": withdrawn_hours,
        "twice": twice and line.basis == Basis.ACTUAL,
        "when": "before" if before else "during",
    }


def findings(known: Facts) -> list[Finding]:
    """Return every rule that holds, those that stop the line first."""
    held = [
        Finding(rule)
        for rule in rules()
        if all(known[name] == wanted for name, wanted in rule.holds.items())
    ]
    return sorted(held, key=lambda one: not one.stops)


def eligible(found: Iterable[Finding]) -> bool:
    """Tell whether nothing stops the line."""
    return not any(one.stops for one in found)
