"""The charter's terms as data: its articles, and the rules that the software counts by."""

from importlib import resources
from typing import Annotated, Any, Literal

import msgspec
import yaml

from hansa.pact.words import Form

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
Hours = Annotated[int, msgspec.Meta(ge=1, le=24 * 90)]
Share = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]?/[1-9][0-9]?$")]


class Article(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One article, in English and, where the members wrote it, in Spanish."""

    title: Short
    text: Text
    title_es: Annotated[str, msgspec.Meta(max_length=140)] = ""
    text_es: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What entitles a member to call."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z-]{0,38}$")]
    title: Short
    text: Text
    title_es: Annotated[str, msgspec.Meta(max_length=140)] = ""
    text_es: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class FormRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The duty in one form of aid: what it is, who answers (all members, or those of one type), within how many hours."""

    id: Form
    hours: Hours
    duty: Text = "Answer with what you can give, or say why you cannot."
    duty_es: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    who: Literal["all", "city", "county", "state", "tribe", "territory"] = "all"


class ConsentRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a call is active: at the caller's word (`count` 0), or when `count` other members have consented."""

    count: Annotated[int, msgspec.Meta(ge=0, le=500)] = 0


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the software counts by. Shares are fractions of the members, rounded up."""

    triggers: Annotated[list[Trigger], msgspec.Meta(min_length=1, max_length=20)] = msgspec.field(
        default_factory=lambda: [Trigger(id="deployment", title="Deployment without consent", text="Military forces are deployed without the member's consent.")]
    )
    forms: Annotated[list[FormRule], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: [FormRule(id=form, hours=24) for form in Form]
    )
    consent: ConsentRule = ConsentRule()
    cost: Literal["receiver-repays", "each-bears-own", "shared"] = "receiver-repays"
    cost_text: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    reserve: bool = True
    leave_notice_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 30
    admission: Share = "1/2"
    amendment: Share = "2/3"
    confirm_hours: Hours = 72

    def form(self, form: str) -> FormRule | None:
        """Return the rule of one form, or None if the charter does not know it."""
        return next((rule for rule in self.forms if rule.id == form), None)


def read_rules(stored: dict[str, Any]) -> Rules:
    """Read rules as a charter row keeps them."""
    return msgspec.convert(stored, Rules)


def default_charter() -> dict[str, Any]:
    """Return the default charter as the fields of `PactFounded`: title, articles, rules."""
    raw = yaml.safe_load(resources.files("hansa.pact").joinpath("charters/default.yaml").read_text("utf-8"))
    articles = [_both(article, "title", "text") for article in raw["articles"]]
    rules = dict(raw["rules"])
    rules["triggers"] = [{"id": one["id"], **_both(one, "title", "text")} for one in rules["triggers"]]
    rules["forms"] = [{"id": one["id"], "hours": one["hours"], "who": one.get("who", "all"), **_both(one, "duty")} for one in rules["forms"]]
    return {"title": raw["title"]["en"], "articles": articles, "rules": rules}


def _both(said: dict[str, Any], *names: str) -> dict[str, str]:
    flat = {}
    for name in names:
        flat[name], flat[f"{name}_es"] = said[name]["en"].strip(), said[name].get("es", "").strip()
    return flat
