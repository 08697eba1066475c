"""What a member under a call needs, by when, where to."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.models import Need
from hansa.aid.words import MOST, Unit, Urgency
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Call
from hansa.pact.words import Form


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
    what: str = ask("What for?", most=280, default="", example="For medics and observers downtown.")

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


class NeedChanged(Record, kind="aid.need-change/1", row=Need, by="logistics"):
    """{author} changes what it needs ({need}) to {quantity}, by {due}."""

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
        """Set what is needed now."""
        row.quantity, row.urgency, row.due = self.quantity, self.urgency.value, self.due
        row.place = self.place or row.place


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


def _require_future(due: datetime, saying: Saying) -> None:
    if due <= saying.at:
        raise Refused(_("This time has passed. Give a later one."), field="due")
