"""What a member under a call needs, by when, where to."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.models import Need
from hansa.aid.words import MOST, How, Unit, Urgency
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Call
from hansa.pact.words import Form

# What form ICS-213RR asks besides, in the request and in each later version of it.
WHAT = ask("What for?", most=280, default="", example="For medics and observers downtown.")
WANTED_KIND = ask("Kind, as in NIMS", most=60, default="", example="Team")
WANTED_TYPE = ask("Type, as in NIMS", most=60, default="", example="Type 2 or better")
ARRIVAL = ask("When shall they arrive?", default=None, example="2025-06-10T16:00-07:00")
LEAVE = ask("Until when are they needed?", default=None, example="2025-06-24T18:00-07:00")
REPORT_TO = ask(
    "Where and to which office shall they report?",
    default="",
    example="Staging area, Gate 4: logistics section",
)
SUBSTITUTES = ask(
    "What would do instead?", default="", example="Two Type 3 teams instead of one Type 2"
)
SUGGESTED = ask("Who may have it?", default="", example="Neighbouring counties")
REQUESTED_BY = ask(
    "Which position asks for it?",
    default="",
    example="Operations section chief",
    help="A position, not a person's name.",
)
CREDENTIALS = ask(
    "Which licences or credentials are required?", default="", example="Registered nurse"
)
LANGUAGES = ask("Which languages are required?", default="", example="Spanish")
CONDITIONS = ask(
    "Working conditions, health and safety",
    most=280,
    default="",
    example="Outdoors, 12-hour shifts, heat; masks are provided.",
)
LODGING = ask("Lodging is provided", default=False)
MEALS = ask("Meals are provided", default=False)
FUEL = ask("Fuel is provided", default=False)


class NeedStated(Record, kind="aid.need/1", row=Need, by="logistics"):
    """{author} needs {item}: {quantity} {unit}, by {due}."""

    call: Ref[Call] = about("Under which call?", shown=False)
    item: str = ask("What is needed?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask("How many?", least=1, most=MOST, example=40_000)
    form: Form = ask("Which form of aid is it?", example="material")
    urgency: Urgency = ask("How urgent is it?", example="today")
    due: datetime = ask("By when?", example="2025-06-10T18:00-07:00")
    place: str = ask("Where to?", default="", example="Loading dock, 555 Ramirez Street")
    what: str = WHAT
    how: How = ask("How was it asked?", default=How.WRITTEN, example="written")
    taken_by: str = ask(
        "Which office took the call?",
        default="",
        example="Duty officer, Chicago",
        help="Only for a request by phone. An office, not a person's name.",
    )
    wanted_kind: str = WANTED_KIND
    wanted_type: str = WANTED_TYPE
    arrival: datetime | None = ARRIVAL
    leave: datetime | None = LEAVE
    report_to: str = REPORT_TO
    substitutes: str = SUBSTITUTES
    suggested: str = SUGGESTED
    requested_by: str = REQUESTED_BY
    credentials: str = CREDENTIALS
    languages: str = LANGUAGES
    conditions: str = CONDITIONS
    lodging: bool = LODGING
    meals: bool = MEALS
    fuel: bool = FUEL

    def near(self) -> list[tuple[type[Row], str]]:
        """The call under which it is stated."""
        return [(Call, self.call)]

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Need | None, saying: Saying) -> str | None:
        """Weapons are asked for nowhere; a need belongs to one's own call while it stands."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        call = saying.own(Call, self.call)
        if call is None:
            return "not-own-call"
        return "call-ended" if call.ended_at else None

    def check(self, row: Need | None, saying: Saying) -> None:
        """A need belongs to one's own open call, in a form that the call asks for."""
        catalogue.refuse_weapons(self.item, field="item")
        call = saying.own(Call, self.call)
        if call is None:
            raise Refused(_("State needs under a call of your own."), field="call")
        if call.ended_at is not None:
            raise Refused(_("This call has been stood down. Open a new one first."), field="call")
        catalogue.require_match(self.item, self.unit, self.form)
        _require_order(self.arrival, self.leave)
        if call.forms.get(self.form.value, {"until": "never"})["until"] is not None:
            raise Refused(
                _("Your call does not ask for %(form)s. Widen the call first.")
                % {"form": self.form.label},
                field="item",
            )
        _require_future(self.due, saying)

    def apply(self, row: Need, saying: Saying) -> None:
        """Open the need."""
        row.call, row.form, row.item = self.call, self.form.value, self.item
        row.unit, row.quantity, row.urgency = self.unit.value, self.quantity, self.urgency.value
        row.due, row.place, row.what = self.due, self.place, self.what
        row.how, row.taken_by = self.how.value, self.taken_by
        row.details = said_of(self)


DETAILS = (
    "wanted_kind",
    "wanted_type",
    "arrival",
    "leave",
    "report_to",
    "substitutes",
    "suggested",
    "requested_by",
    "credentials",
    "languages",
    "conditions",
    "lodging",
    "meals",
    "fuel",
)
"""The questions of a resource request (ICS-213RR) that a need for supplies does without."""


def said_of(request: "NeedStated | RequestAmended") -> dict[str, object]:
    """Return what a request says beyond what every need says, as its row keeps it: nothing that was left empty."""
    said = {name: getattr(request, name) for name in DETAILS}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
        if value
    }


class RequestConfirmed(Record, kind="aid.need-confirmation/1", row=Need, by="logistics"):
    """{author} confirms its request by phone in writing ({need})."""

    need: Ref[Need] = upon("Which request?")
    words: str = ask(
        "Anything to add or correct?", most=280, default="", example="As asked on the phone."
    )

    def judge(self, row: Need, saying: Saying) -> str | None:
        """What was asked in writing needs no confirmation, and one is enough."""
        if row.how != How.PHONE:
            return "not-by-phone"
        return "confirmed-before" if row.confirmed_at else None

    def check(self, row: Need | None, saying: Saying) -> None:
        """Say why there is nothing to confirm."""
        if row is not None and row.how != How.PHONE:
            raise Refused(
                _("This request was made in writing. Nothing is to be confirmed."),
                code="not-by-phone",
            )
        if row is not None and row.confirmed_at:
            raise Refused(_("This request was confirmed already."), code="confirmed-before")

    def apply(self, row: Need, saying: Saying) -> None:
        """Stop the clock."""
        row.confirmed_at = saying.at


class NeedChanged(Record, kind="aid.need-change/1", row=Need, by="logistics"):
    """{author} changes what it needs ({need}) to {quantity}, by {due}."""

    law = 2

    need: Ref[Need] = upon("Which need?")
    quantity: int = ask("How many in all?", least=1, most=MOST, example=60_000)
    urgency: Urgency = ask("How urgent is it?", example="now")
    due: datetime = ask("By when?", example="2025-06-11T18:00-07:00")
    place: str = ask("Where to?", default="", example="Gate 4")

    def judge(self, row: Need, saying: Saying) -> str | None:
        """A cancelled need is stated anew; what has come is not unsaid."""
        if row.cancelled_at:
            return "need-cancelled"
        return "already-received" if self.quantity < row.received else None

    def check(self, row: Need | None, saying: Saying) -> None:
        """Change what still stands, to a time still to come."""
        if row is not None and row.cancelled_at:
            raise Refused(_("This need was cancelled. State a new one."), field="need")
        if row is not None and self.quantity < row.received:
            raise Refused(
                _("You have confirmed %(received)s already. Ask for at least so much.")
                % {"received": f"{row.received:,}"},
                field="quantity",
            )
        if row is None or self.due != row.due:
            _require_future(self.due, saying)

    def apply(self, row: Need, saying: Saying) -> None:
        """Keep what it replaces, and set what is needed now."""
        row.before = [*row.before, _version(row, saying)]
        row.quantity, row.urgency, row.due = self.quantity, self.urgency.value, self.due
        row.place = self.place or row.place


class RequestAmended(Record, kind="aid.need-details/1", row=Need, by="logistics"):
    """{author} amends the details of its request ({need}): a new version of it."""

    need: Ref[Need] = upon("Which request?")
    what: str = WHAT
    wanted_kind: str = WANTED_KIND
    wanted_type: str = WANTED_TYPE
    arrival: datetime | None = ARRIVAL
    leave: datetime | None = LEAVE
    report_to: str = REPORT_TO
    substitutes: str = SUBSTITUTES
    suggested: str = SUGGESTED
    requested_by: str = REQUESTED_BY
    credentials: str = CREDENTIALS
    languages: str = LANGUAGES
    conditions: str = CONDITIONS
    lodging: bool = LODGING
    meals: bool = MEALS
    fuel: bool = FUEL

    def judge(self, row: Need, saying: Saying) -> str | None:
        """A cancelled need is stated anew."""
        return "need-cancelled" if row.cancelled_at else None

    def check(self, row: Need | None, saying: Saying) -> None:
        """Amend what still stands, and say something else than what stands."""
        _require_order(self.arrival, self.leave)
        if row is None:
            return
        if row.cancelled_at:
            raise Refused(_("This need was cancelled. State a new one."), field="need")
        if (row.what, row.details) == (self.what, said_of(self)):
            raise Refused(
                _("This says the same as before. Change what is to read otherwise."),
                code="nothing-changed",
            )

    def apply(self, row: Need, saying: Saying) -> None:
        """Keep the version that it replaces, whole, and let this one count."""
        row.before = [
            *row.before,
            {**_version(row, saying), "what": row.what, "details": row.details},
        ]
        row.what, row.details = self.what, said_of(self)


class NeedCancelled(Record, kind="aid.need-end/1", row=Need, by="logistics"):
    """{author} cancels a need ({need}): {why}"""

    need: Ref[Need] = upon("Which need?")
    why: str = ask("Why?", most=280, example="We found it nearby.")

    def judge(self, row: Need, saying: Saying) -> str | None:
        """A need is cancelled once."""
        return "need-cancelled" if row.cancelled_at else None

    def apply(self, row: Need, saying: Saying) -> None:
        """Cancel it. What is on the way stays on the way."""
        row.cancelled_at, row.cancelled_why = saying.at, self.why


def _version(row: Need, saying: Saying) -> dict[str, object]:
    """Return what a change replaces: when, by which record, and what was needed until then."""
    return {
        "at": saying.at.isoformat(),
        "record": saying.position,
        "quantity": row.quantity,
        "urgency": row.urgency,
        # A row fresh from its record has the offset in which it was said; one from the store has UTC.
        "due": row.due.astimezone(UTC).isoformat(),
        "place": row.place,
    }


def _require_order(arrival: datetime | None, leave: datetime | None) -> None:
    if arrival is not None and leave is not None and leave <= arrival:
        raise Refused(_("They cannot leave before they arrive."), field="leave")


def _require_future(due: datetime, saying: Saying) -> None:
    if due <= saying.at:
        raise Refused(_("This time has passed. Give a later one."), field="due")
