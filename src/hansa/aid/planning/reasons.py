"""Why a plan says what it says: from its prices where its file is kept here, else from what can be seen of each line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.planner import certificate, sheet
from hansa.aid.planner.certificate import Certificate
from hansa.aid.planner.reason import SENTENCES, Reason
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.models import Plan
from hansa.kernel import files
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import File
from hansa.kernel.ref import home_of
from hansa.pact.models import Member


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a plan as a whole. `file` is kept here if `kept`; `wrong` says why it cannot be read."""

    sentences: list[str]
    file: File | None
    kept: bool
    wrong: str = ""


def about(plan: Plan) -> About:
    """Return how near the plan is to the best, and how it compares with the greedy one."""
    said = [_how_near(plan)]
    file = File(**plan.files[0]) if plan.files else None
    if file is None or not files.kept(file.sha256):
        return About(said, file, kept=False)
    try:
        opened = read(file.sha256)
    except Untrusted as error:
        return About(said, file, kept=True, wrong=error.sentence)
    return About([*said, *_beside(opened)], file, kept=True)


def _how_near(plan: Plan) -> str:
    share = plan.gap / 10_000
    if plan.gap < 1:
        return _("No plan can be better: its prices prove it.")
    return _("No plan can be better by more than %(share)s %%: its prices prove it.") % {
        "share": f"{share:.4f}".rstrip("0").rstrip(".")
    }


@lru_cache(maxsize=4)
def read(digest: str) -> Certificate:
    """Return what the kept file of a plan says; Untrusted if it is missing, damaged, or no plan file."""
    try:
        return certificate.read(files.path_of(digest).read_bytes())
    except sheet.Unreadable as error:
        raise Untrusted(error.sentence) from error


def _beside(opened: Certificate) -> list[str]:
    from hansa.aid.planner.greedy import beside, greedy

    other = greedy(opened.problem)
    return told(beside(opened.problem, opened.plan, other), opened)


def told(found: Iterable[Reason], opened: Certificate) -> list[str]:
    """Return reasons as sentences in the reader's language."""
    names = _names(opened)
    return [_sentence(reason, names) for reason in found]


def _sentence(reason: Reason, names: Mapping[str, str]) -> str:
    numbers = {
        name: names.get(value, value) if isinstance(value, str) else value
        for name, value in reason.numbers.items()
    }
    return _(SENTENCES[reason.code]) % numbers


def _names(opened: Certificate) -> dict[str, str]:
    """Return what members, items, calls, needs and supplies are called."""
    problem = opened.problem
    members = dict(Member.objects.values_list("home", "name"))
    named: dict[str, str] = dict(members)
    for supply in problem.supplies:
        item, owner = catalogue.name_of(supply.item), members.get(supply.owner, supply.owner)
        named[supply.item] = item
        named[supply.key] = _("%(item)s of %(member)s") % {"item": item, "member": owner}
    for need in problem.needs:
        item, home = catalogue.name_of(need.item), home_of(need.key)
        named[need.item] = item
        named[need.call] = members.get(home_of(need.call), need.call)
        named[need.key] = _("%(item)s for %(member)s") % {
            "item": item,
            "member": members.get(home, home),
        }
    return named


def why(plan: Plan, line: Proposed, log: str | None) -> list[str]:
    """Return why one line stands in a plan, the plainest first."""
    return [*_seen(line), *_priced(plan, line)]


def _seen(line: Proposed) -> list[str]:
    """Return what anybody can see of a line."""
    hours = abs((line.need.due - line.arrives).total_seconds()) / 3600
    words = {"hours": f"{hours:.0f}"}
    said = [
        _("It arrives %(hours)s hours after it is due: nothing that is offered comes sooner.")
        % words
        if line.late
        else _("It arrives %(hours)s hours before it is due.") % words
    ]
    if line.substitute:
        said.append(
            _(
                "%(given)s may stand in for %(wanted)s. The member in need has to agree: ask it before you send."
            )
            % {
                "given": catalogue.name_of(line.item),
                "wanted": catalogue.name_of(line.need.item),
            }
        )
    return said


def _priced(plan: Plan, line: Proposed) -> list[str]:
    """Return what the plan's prices say of a line, where its file is kept here."""
    return []
