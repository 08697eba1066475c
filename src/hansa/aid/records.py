"""START HERE: everything that aid can say. Form, API, page, sentence, docs and law tests follow.

A need belongs to the member under the call; a pledge and its shipments to the giver; acceptance and
receipt to the needer again. Nobody's record changes another's row: `board` puts them together.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue, custody
from hansa.aid.models import Acceptance, Need, Pledge, Receipt, ResourceType, Shipment, Stock
from hansa.aid.words import Problem, Unit, Urgency
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import OWN, Record, about, ask, upon
from hansa.kernel.ref import Ref
from hansa.pact.models import Call
from hansa.pact.records.calls import pledged, require_asked
from hansa.pact.words import Form

MOST = 10_000_000


class TypeAdded(Record, kind="aid.type/1", row=ResourceType, by="logistics"):
    """{author} adds the resource type {name}."""

    code: str = ask("A short code", most=60, example="ice-pack", help="Lower-case letters, digits and hyphens.")
    name: str = ask("Its name in English", most=80, example="Ice packs")
    name_es: str = ask("Its name in Spanish", most=80, default="", example="Bolsas de hielo")
    form: Form = ask("Which form of aid is it?", example="material")
    unit: Unit = ask("What does a quantity count?", example="piece")

    def judge(self, row: ResourceType, saying: Saying) -> str | None:
        """Weapons are no resource type."""
        if catalogue.is_weapon(self.code, self.name, self.name_es):
            return "weapon"
        return None if catalogue.CODE.match(self.code) else "bad-code"

    def check(self, row: ResourceType | None, saying: Saying) -> None:
        """A code is taken once, and a weapon never."""
        if catalogue.is_weapon(self.code, self.name, self.name_es):
            raise Refused(_("Weapons are no resource type. The pact's aid is non-violent."), field="name", code="weapon")
        if not catalogue.CODE.match(self.code):
            raise Refused(_("Use lower-case letters, digits and hyphens, such as ice-pack."), field="code", code="bad-code")
        if self.code in catalogue.items():
            raise Refused(_("There is a resource type with this code already."), field="code")

    def apply(self, row: ResourceType, saying: Saying) -> None:
        """Open the type."""
        row.code, row.name, row.name_es, row.form, row.unit = self.code, self.name, self.name_es, self.form, self.unit


class NeedStated(Record, kind="aid.need/1", row=Need, by="logistics"):
    """{author} needs {quantity} {unit} of {item} by {due}."""

    call: Ref[Call] = about("Under which call?", shown=False)
    item: str = ask("What is needed?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask("How many?", least=1, most=MOST, example=40_000)
    form: Form = ask("Which form of aid is it?", example="material")
    urgency: Urgency = ask("How urgent is it?", example="today")
    due: datetime = ask("By when?", example="2025-06-10T18:00-07:00")
    place: str = ask("Where to?", default="", example="Loading dock, 555 Ramirez Street")
    what: str = ask("What for?", most=280, default="", example="For medics and observers downtown.")

    def judge(self, row: Need, saying: Saying) -> str | None:
        """Weapons are asked for nowhere."""
        return "weapon" if catalogue.is_weapon(self.item) else None

    def check(self, row: Need | None, saying: Saying) -> None:
        """A need belongs to one's own open call, in a form that the call asks for."""
        call = _own_open_call(self.call, saying.log)
        if call.forms.get(self.form.value, {"until": "never"})["until"] is not None:
            raise Refused(_("Your call does not ask for %(form)s. Widen the call first.") % {"form": self.form.label}, field="form")
        item = catalogue.require_item(self.item)
        if (item.unit, item.form) != (self.unit.value, self.form.value):
            raise Refused(_("%(item)s is counted in %(unit)s and belongs to %(form)s.") % {"item": item, "unit": Unit(item.unit).label, "form": Form(item.form).label}, field="unit")
        if self.due <= saying.at:
            raise Refused(_("This time has passed. Give a later one."), field="due")

    def apply(self, row: Need, saying: Saying) -> None:
        """Open the need."""
        row.call, row.form, row.item, row.unit = self.call, self.form.value, self.item, self.unit.value
        row.quantity, row.urgency, row.due, row.place, row.what = self.quantity, self.urgency.value, self.due, self.place, self.what


class NeedChanged(Record, kind="aid.need-change/1", row=Need, by="logistics"):
    """{author} now needs {quantity} by {due}."""

    need: Ref[Need] = upon("Which need?")
    quantity: int = ask("How many?", least=1, most=MOST, example=60_000)
    urgency: Urgency = ask("How urgent is it?", example="now")
    due: datetime = ask("By when?", example="2025-06-11T18:00-07:00")
    place: str = ask("Where to?", default="", example="Gate 4")

    def judge(self, row: Need, saying: Saying) -> str | None:
        """A cancelled need is stated anew."""
        return "need-cancelled" if row.cancelled_at else None

    def apply(self, row: Need, saying: Saying) -> None:
        """Set what is needed now."""
        row.quantity, row.urgency, row.due, row.place = self.quantity, self.urgency.value, self.due, self.place or row.place


class NeedCancelled(Record, kind="aid.need-end/1", row=Need, by="logistics"):
    """{author} no longer needs it: {why}."""

    need: Ref[Need] = upon("Which need?")
    why: str = ask("Why?", most=280, example="We found it nearby.")

    def judge(self, row: Need, saying: Saying) -> str | None:
        """A need is cancelled once."""
        return "need-cancelled" if row.cancelled_at else None

    def apply(self, row: Need, saying: Saying) -> None:
        """Cancel it. What is on the way stays on the way."""
        row.cancelled_at = saying.at


class Pledged(Record, kind="aid.pledge/1", row=Pledge, by="duty"):
    """{author} pledges {quantity} {unit} of {item}."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("Toward which need?", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What do you give?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask("How much can you give?", least=1, most=MOST, example=12_000, help="Part of what is needed is welcome.")
    ready: datetime | None = ask("Ready when?", default=None, example="2025-06-09T08:00-05:00")
    terms: str = ask("On what terms?", most=280, default="", example="Donated. No return.")

    def judge(self, row: Pledge, saying: Saying) -> str | None:
        """What a member holds in reserve, or has promised already, cannot be pledged."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        stock = saying.sub(Stock, f"stock/{self.item}")
        if stock is None or self.quantity <= stock.free:
            return None
        return "reserve" if self.quantity <= stock.quantity - stock.promised else "stock"

    def check(self, row: Pledge | None, saying: Saying) -> None:
        """Pledge what is asked of you and not beyond your reserve."""
        require_asked(self.call, self.form, saying.log)
        need = Need.objects.filter(key=self.need).first()
        if need is None or (need.call, need.item, need.unit, need.form) != (self.call, self.item, self.unit.value, self.form.value):
            raise Refused(_("This pledge is not for what the need asks. Start again from the need."), field="need")
        if need.cancelled_at is not None:
            raise Refused(_("This is no longer needed."), field="need")
        stock = saying.sub(Stock, f"stock/{self.item}")
        if stock is not None and self.quantity > stock.free:
            words = {"free": f"{max(stock.free, 0):,}", "reserve": f"{stock.reserve:,}"}
            raise Refused(_("You can pledge %(free)s of this. %(reserve)s are your own reserve; lift it first if you want to give more.") % words, field="quantity", code="reserve")

    def apply(self, row: Pledge, saying: Saying) -> None:
        """Open the pledge, promise the stock, answer the duty."""
        row.call, row.need, row.form, row.item, row.unit = self.call, self.need, self.form.value, self.item, self.unit.value
        row.quantity, row.ready, row.terms = self.quantity, self.ready, self.terms
        _promise(saying, self.item, self.quantity)
        pledged(saying, self.call, self.form)


class PledgeWithdrawn(Record, kind="aid.pledge-end/1", row=Pledge, by="duty"):
    """{author} takes back {quantity} of its pledge: {why}."""

    pledge: Ref[Pledge] = upon("Which pledge?")
    quantity: int = ask("How much do you take back?", least=1, most=MOST, example=2_000)
    why: str = ask("Why?", most=280, example="Our own hospital needs them.")

    def judge(self, row: Pledge, saying: Saying) -> str | None:
        """What was sent is not taken back here."""
        return None if self.quantity <= row.to_send else "too-much"

    def apply(self, row: Pledge, saying: Saying) -> None:
        """Free the promised stock."""
        row.withdrawn += self.quantity
        _promise(saying, row.item, -self.quantity)


class PledgeAccepted(Record, kind="aid.acceptance/1", row=Acceptance, by="logistics"):
    """{author} accepts {quantity} of a pledge."""

    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("Which pledge?", shown=False)
    quantity: int = ask("How much do you accept?", least=0, most=MOST, example=12_000, help="0 declines it with thanks.")
    why: str = ask("A word to the giver", most=280, default="", example="Please send it to gate 4.")

    def check(self, row: Acceptance | None, saying: Saying) -> None:
        """Accept what was pledged to you, and no more."""
        pledge = Pledge.objects.filter(key=self.pledge, need=self.need).first()
        if pledge is None or self.need.split("@")[0] != saying.log:
            raise Refused(_("This pledge is not for a need of yours."), field="pledge")
        if self.quantity > pledge.standing:
            raise Refused(_("Only %(most)s were pledged.") % {"most": f"{pledge.standing:,}"}, field="quantity")

    def suffix(self) -> str:
        """One word for each pledge; the latest holds."""
        return f"acceptance/{self.pledge}"

    def apply(self, row: Acceptance, saying: Saying) -> None:
        """Keep the latest word."""
        row.pledge, row.need, row.quantity, row.why, row.at = self.pledge, self.need, self.quantity, self.why, saying.at


class Dispatched(Record, kind="aid.shipment/1", row=Shipment, by="logistics"):
    """{author} sends {quantity} {unit} of {item}."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("Of which pledge?", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What is sent?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask("How much is on the way?", least=1, most=MOST, example=12_000)
    carrier: str = ask("Who carries it?", default="", example="City fleet, truck 12")
    origin: str = ask("From where?", default="", example="Central warehouse")
    expected: datetime | None = ask("Expected when?", default=None, example="2025-06-10T10:00-07:00")

    def judge(self, row: Shipment, saying: Saying) -> str | None:
        """Only what was pledged is sent, once."""
        pledge = saying.own(Pledge, self.pledge)
        if pledge is None:
            return "not-home"
        if (pledge.item, pledge.unit, pledge.form, pledge.need) != (self.item, self.unit.value, self.form.value, self.need):
            return "not-that-pledge"
        return None if self.quantity <= pledge.to_send else "too-much"

    def apply(self, row: Shipment, saying: Saying) -> None:
        """Open the shipment; goods leave the stock and are in transit, still the giver's."""
        row.call, row.need, row.pledge, row.form = self.call, self.need, self.pledge, self.form.value
        row.item, row.unit, row.quantity = self.item, self.unit.value, self.quantity
        row.carrier, row.origin, row.expected, row.receiver = self.carrier, self.origin, self.expected, self.need.split("@")[0]
        pledge = saying.own(Pledge, self.pledge)
        if pledge is not None:
            pledge.sent += self.quantity
            saying.change(pledge)
        source = custody.WORLD
        stock = saying.sub(Stock, f"stock/{self.item}")
        if stock is not None:
            source = custody.stock_of(saying.log)
            stock.quantity, stock.promised = stock.quantity - self.quantity, stock.promised - self.quantity
            saying.change(stock)
        if self.form == Form.MATERIAL:
            custody.move(saying, row.item, row.unit, row.quantity, source=(source, saying.log), to=(custody.transit(row.key), saying.log))


class Delivered(Record, kind="aid.delivery/1", row=Shipment, by="logistics"):
    """{author} says that it has delivered."""

    shipment: Ref[Shipment] = upon("Which shipment?")

    def judge(self, row: Shipment, saying: Saying) -> str | None:
        """A shipment is delivered once."""
        return "delivered-before" if row.delivered_at else None

    def apply(self, row: Shipment, saying: Saying) -> None:
        """It stays in transit until the receiver has confirmed it."""
        row.delivered_at = saying.at


class DeliveryConfirmed(Record, kind="aid.receipt/1", row=Receipt, by="logistics"):
    """{author} confirms the receipt of {quantity} {unit} of {item}."""

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    sender: str = ask("Whose is it?", most=63, example="us-il-chicago", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What is it?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask("How much came?", least=1, most=MOST, example=12_000)

    def check(self, row: Receipt | None, saying: Saying) -> None:
        """Confirm what was sent to you."""
        _sent_to(self.shipment, saying.log, self.quantity, row)

    def suffix(self) -> str:
        """One receipt for each shipment, which later words add to."""
        return f"receipt/{self.shipment}"

    def apply(self, row: Receipt, saying: Saying) -> None:
        """What came is the receiver's; an earlier dispute is settled by so much."""
        row.shipment, row.need, row.at = self.shipment, self.need, saying.at
        row.quantity, row.problem = row.quantity + self.quantity, ""
        if self.form == Form.MATERIAL:
            source = (custody.transit(self.shipment), self.sender)
            custody.move(saying, self.item, self.unit.value, self.quantity, source=source, to=(custody.stock_of(saying.log), saying.log))
            stock = saying.sub(Stock, f"stock/{self.item}")
            if stock is not None:
                stock.quantity += self.quantity
                saying.change(stock)


class DeliveryDisputed(Record, kind="aid.dispute/1", row=Receipt, by="logistics"):
    """{author} disputes a delivery: {problem}. {words}"""

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    problem: Problem = ask("What is wrong?", example="short")
    words: str = ask("In your words", most=280, example="Two of ten pallets are missing.")

    def check(self, row: Receipt | None, saying: Saying) -> None:
        """Dispute what was sent to you."""
        _sent_to(self.shipment, saying.log, 0, row)

    def suffix(self) -> str:
        """The same row that a confirmation would change."""
        return f"receipt/{self.shipment}"

    def apply(self, row: Receipt, saying: Saying) -> None:
        """Nothing moves: what was not confirmed is still in transit, its sender's."""
        row.shipment, row.need, row.at = self.shipment, self.need, saying.at
        row.problem, row.words = self.problem.value, self.words


class ShipmentSettled(Record, kind="aid.settlement/1", row=Shipment, by="logistics"):
    """{author} settles a shipment: {returned} returned, {lost} lost."""

    shipment: Ref[Shipment] = upon("Which shipment?")
    returned: int = ask("How much came back?", least=0, most=MOST, default=0, example=100)
    lost: int = ask("How much is lost?", least=0, most=MOST, default=0, example=20)

    def judge(self, row: Shipment, saying: Saying) -> str | None:
        """No more comes back or is lost than was sent."""
        return None if self.returned + self.lost <= row.quantity - row.returned - row.lost else "too-much"

    def apply(self, row: Shipment, saying: Saying) -> None:
        """What came back is in stock again; what is lost has left the pact."""
        row.returned, row.lost = row.returned + self.returned, row.lost + self.lost
        if row.form != Form.MATERIAL:
            return
        place, stock = (custody.transit(row.key), saying.log), saying.sub(Stock, f"stock/{row.item}")
        home = custody.stock_of(saying.log) if stock is not None else custody.WORLD
        custody.move(saying, row.item, row.unit, self.returned, source=place, to=(home, saying.log))
        custody.move(saying, row.item, row.unit, self.lost, source=place, to=(custody.WORLD, saying.log))
        if stock is not None:
            stock.quantity += self.returned
            saying.change(stock)


class StockCounted(Record, kind="aid.stock/1", row=Stock, by="logistics", audience=OWN):
    """{author} counts {quantity} {unit} of {item} in stock."""

    item: str = ask("What did you count?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask("How many are there?", least=0, most=MOST, example=80_000)

    def judge(self, row: Stock, saying: Saying) -> str | None:
        """Weapons are counted nowhere here."""
        return "weapon" if catalogue.is_weapon(self.item) else None

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Count what the catalogue knows."""
        catalogue.require_item(self.item)

    def suffix(self) -> str:
        """One row for each item."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """The count is right; the difference came from, or went to, the world outside."""
        row.item, row.unit = self.item, self.unit.value
        here = (custody.stock_of(saying.log), saying.log)
        custody.move(saying, row.item, row.unit, self.quantity - row.quantity, source=(custody.WORLD, saying.log), to=here)
        row.quantity = self.quantity


class ReserveSet(Record, kind="aid.reserve/1", row=Stock, by="logistics", audience=OWN):
    """{author} keeps {quantity} {unit} of {item} for itself: {why}."""

    item: str = ask("Of what?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask("How many do you keep for yourselves?", least=0, most=MOST, example=20_000, help="0 lifts the reserve.")
    why: str = ask("Why?", most=280, example="Wildfire season.")

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Reserve what the catalogue knows."""
        catalogue.require_item(self.item)

    def suffix(self) -> str:
        """The same row as the count."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """Set the floor, which no pledge may go below."""
        row.item, row.unit, row.reserve, row.reserve_why = self.item, self.unit.value, self.quantity, self.why


def _promise(saying: Saying, item: str, quantity: int) -> None:
    stock = saying.sub(Stock, f"stock/{item}")
    if stock is not None:
        stock.promised += quantity
        saying.change(stock)


def _own_open_call(call: str, log: str) -> Call:
    found = Call.objects.filter(key=call).first()
    if found is None or found.home != log:
        raise Refused(_("State needs under a call of your own."), field="call")
    if found.ended_at is not None:
        raise Refused(_("This call has been stood down. Open a new one first."), field="call")
    return found


def _sent_to(shipment: str, log: str, more: int, receipt: Receipt | None) -> None:
    found = Shipment.objects.filter(key=shipment, receiver=log).first()
    if found is None:
        raise Refused(_("This shipment was not sent to you."), field="shipment")
    left = found.quantity - found.returned - found.lost - (receipt.quantity if receipt else 0)
    if more > left:
        raise Refused(_("Only %(left)s of this shipment are still unconfirmed.") % {"left": f"{max(left, 0):,}"}, field="quantity")
