"""The charter's terms as data: its articles, and the rules that the software counts by."""

from fractions import Fraction
from importlib import resources
from math import ceil
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
    """When a call is active: at the caller's own word, or once `count` other members have consented."""

    rule: Literal["caller", "members"] = "caller"
    count: Annotated[int, msgspec.Meta(ge=0, le=500)] = 0

    def __post_init__(self) -> None:
        """ValueError, which a decoder reports as its own error, where rule and number contradict each other."""
        if (self.rule == "members") != (self.count > 0):
            raise ValueError(
                "rule “members” needs a count of 1 or more, and rule “caller” takes none"
            )

    @property
    def needed(self) -> int:
        """Return how many other members must consent; 0 where the caller's word is enough."""
        return self.count


class CostRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who bears the costs of aid, as a word for the software and in the members' own words."""

    rule: Literal["receiver-repays", "each-bears-own", "shared"] = "receiver-repays"
    text: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    text_es: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class ShareRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large a part of the members must agree, as a fraction of at most one."""

    share: Share

    def __post_init__(self) -> None:
        """ValueError where more than all would have to agree."""
        above, below = self.share.split("/")
        if int(above) > int(below):
            raise ValueError("a share is at most 1/1, which is every member")

    def of(self, members: int) -> int:
        """Return how many of so many members that is, rounded up, and never nobody."""
        return max(1, ceil(Fraction(self.share) * members))


Number = Annotated[int, msgspec.Meta(ge=0, le=60)]


class MissionArticles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which article, counted from 1, each thing about people on loan holds. 0 where the charter has none."""

    call: Number = 0
    ending: Number = 0
    authority: Number = 0
    agreement: Number = 0
    request: Number = 0
    licence: Number = 0
    liability: Number = 0
    reserve: Number = 0
    recall: Number = 0
    cost: Number = 0


class MissionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for people, teams and equipment on loan.

    confirm_days   within so many days a request made by phone is confirmed in writing
    licences       whether the giver's licences count at the receiver's, or the receiver says so each time
    liability      who answers for harm and loss
    """

    confirm_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    licences: Literal["recognised", "receiver-decides"] = "receiver-decides"
    liability: Literal["giver-insures", "receiver-covers"] = "giver-insures"
    articles: MissionArticles = MissionArticles()


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the software counts by. Shares are fractions of the members, rounded up."""

    triggers: Annotated[list[Trigger], msgspec.Meta(min_length=1, max_length=20)] = msgspec.field(
        default_factory=lambda: [
            Trigger(
                id="deployment",
                title="Deployment without consent",
                text="Military forces are deployed without the member's consent.",
            )
        ]
    )
    forms: Annotated[list[FormRule], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: [FormRule(id=form, hours=24) for form in Form]
    )
    consent: ConsentRule = ConsentRule()
    cost: CostRule = CostRule()
    reserve: bool = True
    leave_notice_days: Annotated[int, msgspec.Meta(ge=0, le=730)] = 30
    admission: ShareRule = ShareRule(share="1/2")
    amendment: ShareRule = ShareRule(share="2/3")
    confirm_hours: Hours = 72
    missions: MissionRule | msgspec.UnsetType = msgspec.UNSET
    """Left out where the charter says nothing of it, so that what was written before reads as it did."""

    @property
    def mission(self) -> MissionRule:
        """Return what holds for people on loan; the usual terms where the charter says nothing of them."""
        return self.missions if isinstance(self.missions, MissionRule) else MissionRule()

    def trigger(self, trigger: str) -> Trigger | None:
        """Return the trigger of that id, or None if the charter does not know it."""
        return next((one for one in self.triggers if one.id == trigger), None)

    def form(self, form: str) -> FormRule | None:
        """Return the rule of one form, or None if the charter does not know it."""
        return next((rule for rule in self.forms if rule.id == form), None)


def read_rules(stored: dict[str, Any]) -> Rules:
    """Read rules as a charter row keeps them."""
    return msgspec.convert(stored, Rules)


def default_charter() -> dict[str, Any]:
    """Return the default charter as the fields of `PactFounded`: title, articles, rules."""
    raw = yaml.safe_load(
        resources.files("hansa.pact").joinpath("charters/default.yaml").read_text("utf-8")
    )
    articles = [_both(article, "title", "text") for article in raw["articles"]]
    rules = dict(raw["rules"])
    rules["triggers"] = [
        {"id": one["id"], **_both(one, "title", "text")} for one in rules["triggers"]
    ]
    rules["forms"] = [
        {"id": one["id"], "hours": one["hours"], "who": one.get("who", "all"), **_both(one, "duty")}
        for one in rules["forms"]
    ]
    rules["cost"] = {"rule": rules["cost"]["rule"], **_both(rules["cost"], "text")}
    rules["admission"] = {"share": rules["admission"]["share"]}
    rules["amendment"] = {"share": rules["amendment"]["share"]}
    return {"title": raw["title"]["en"], "articles": articles, "rules": rules}


def _both(said: dict[str, Any], *names: str) -> dict[str, str]:
    flat = {}
    for name in names:
        flat[name], flat[f"{name}_es"] = said[name]["en"].strip(), said[name].get("es", "").strip()
    return flat
