"""What is on the way, until it is received, came back or is lost."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue, custody, forbidden
from hansa.aid.models import Acceptance, Need, Pledge, Receipt, Shipment, Stock
from hansa.aid.shelf import Shelf
from hansa.aid.words import MOST, Problem, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Call
from hansa.pact.words import Form


def _not_spare(held: Shelf) -> str:
    """Say what of the stock may not leave, and what to do."""
    words = {
        "here": f"{held.stock.quantity:,}",
        "expired": f"{held.expired():,}",
        "reserve": f"{held.stock.held_back:,}",
    }
    if held.expired():
        return (
            _(
                "You hold %(here)s, of which %(expired)s have expired and %(reserve)s are your own reserve. Count your stock and your lots again, or send less."
            )
            % words
        )
    return (
        _(
            "You hold %(here)s, of which %(reserve)s are your own reserve. Lower it, count your stock again, or send less."
        )
        % words
    )


class Dispatched(Record, kind="aid.shipment/1", row=Shipment, by="logistics"):
    """{author} sends {item}: {quantity} {unit}."""

    law = 2

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("Of which pledge?", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What is sent?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask("How much is on the way?", least=1, most=MOST, example=12_000)
    carrier: str = ask("Who carries it?", default="", example="City fleet, truck 12")
    origin: str = ask("From where?", default="", example="Central warehouse")
    expected: datetime | None = ask(
        "Expected when?", default=None, example="2025-06-10T10:00-07:00"
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept, and the stock that is sent."""
        return [(Pledge, self.pledge), (Stock, f"stock/{self.item}")]

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Shipment | None, saying: Saying) -> str | None:
        """Only what was pledged is sent, and once; people go on a mission, through its gates."""
        if catalogue.deploys(self.item, self.unit.value):
            return "needs-mission"
        pledge = saying.own(Pledge, self.pledge)
        if pledge is None:
            return "not-own-pledge"
        promised = (pledge.call, pledge.need, pledge.form, pledge.item, pledge.unit)
        if promised != (self.call, self.need, self.form.value, self.item, self.unit.value):
            return "not-that-pledge"
        if pledge.offer:
            return "on-a-mission"
        return "too-much" if self.quantity > pledge.to_send else None

    def check(self, row: Shipment | None, saying: Saying) -> None:
        """Send what is still promised, in stock and, for supplies, accepted."""
        pledge = saying.own(Pledge, self.pledge)
        if pledge is None:
            raise Refused(_("Send what your own member pledged."), field="pledge")
        refuse_people(self.item, self.unit)
        if pledge.offer:
            raise Refused(
                _(
                    "This is offered on a mission: it leaves by the mission order. Withdraw the offer to send it as supplies."
                ),
                field="pledge",
                code="on-a-mission",
            )
        if self.quantity > pledge.to_send:
            raise Refused(
                _("Only %(most)s of this pledge are still to be sent.")
                % {"most": f"{pledge.to_send:,}"},
                field="quantity",
            )
        if Need.objects.filter(key=self.need).exclude(cancelled_at=None).exists():
            raise Refused(_("This is no longer needed. Take the rest of your pledge back."))
        forbidden.refuse(saying.log, self.item, pledge.needer)
        if self.form == Form.MATERIAL:
            _require_accepted(pledge, self.quantity)
        custody.require_unit(saying, self.item, self.unit)
        held = custody.bound(saying, self.item)
        if held is not None and self.quantity > held.spare:
            raise Refused(_not_spare(held), field="quantity", code="reserve")

    def apply(self, row: Shipment, saying: Saying) -> None:
        """Open the shipment: it left the stock and is in transit, still the giver's."""
        row.call, row.need, row.pledge = self.call, self.need, self.pledge
        row.form, row.item, row.unit = self.form.value, self.item, self.unit.value
        row.quantity, row.carrier, row.origin = self.quantity, self.carrier, self.origin
        row.expected, row.receiver = self.expected, home_of(self.need)
        pledge = saying.own(Pledge, self.pledge)
        if pledge is not None:
            pledge.sent += self.quantity
            saying.change(pledge)
        stock = custody.stock(saying, self.item, self.unit)
        stock.promised -= self.quantity
        custody.send(saying, row, stock)


def refuse_people(item: str, unit: Unit) -> None:
    """Refuse, for `check`, to let people leave as a shipment: only a mission order asks whether every gate is open."""
    if catalogue.deploys(item, unit.value, added=True):
        raise Refused(
            _(
                "People, teams and vehicles leave by a mission order, never as a shipment: nobody deploys past a gate that is shut. Open the pledge and choose “Offer on a mission”; when both sides have signed the offer, give the order on the mission's page."
            ),
            field="item",
            code="needs-mission",
        )


def _require_accepted(pledge: Pledge, more: int) -> None:
    """Refuse what the one in need has not accepted: unasked trucks block the ones that are asked."""
    key = f"{pledge.needer}/acceptance/{pledge.key}"
    accepted = Acceptance.objects.filter(key=key).values_list("quantity", flat=True).first() or 0
    if pledge.sent + more > accepted:
        raise Refused(
            _(
                "%(accepted)s of this pledge are accepted so far. Wait for the word of the one in need, or send less."
            )
            % {"accepted": f"{accepted:,}"},
            field="quantity",
            code="not-accepted",
        )


class Delivered(Record, kind="aid.delivery/1", row=Shipment, by="logistics"):
    """{author} says that it has delivered ({shipment})."""

    shipment: Ref[Shipment] = upon("Which shipment?")

    def judge(self, row: Shipment, saying: Saying) -> str | None:
        """A shipment is delivered once."""
        return "delivered-before" if row.delivered_at else None

    def apply(self, row: Shipment, saying: Saying) -> None:
        """It stays in transit until the receiver has confirmed it."""
        row.delivered_at = saying.at


class DeliveryConfirmed(Record, kind="aid.receipt/1", row=Receipt, by="logistics"):
    """{author} confirms a receipt of {item}: {quantity} {unit}."""

    law = 2

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    form: Form = ask("Which form of aid is it?", example="material", shown=False)
    item: str = ask("What is it?", most=60, example="n95-respirator", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask(
        "How much came?",
        least=1,
        most=MOST,
        example=12_000,
        help="What is missing or spoilt is not confirmed: dispute it afterwards.",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The need that is met, and the stock that grows."""
        return [(Need, self.need), (Stock, f"stock/{self.item}")]

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Receipt | None, saying: Saying) -> str | None:
        """Nobody receives its own shipment, a weapon, people as goods, or something else than before."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        if catalogue.deploys(self.item, self.unit.value):
            return "needs-mission"
        if home_of(self.shipment) == saying.log:
            return "own-shipment"
        said = (self.form.value, self.item, self.unit.value)
        if row is not None and row.item and (row.form, row.item, row.unit) != said:
            return "not-that-shipment"
        return None

    def check(self, row: Receipt | None, saying: Saying) -> None:
        """Confirm what was sent to you, in the unit in which you count it."""
        custody.require_unit(saying, self.item, self.unit)
        shipment = _sent_to(saying, self.shipment, self.quantity, row)
        said = (self.need, self.form.value, self.item, self.unit.value)
        if (shipment.need, shipment.form, shipment.item, shipment.unit) != said:
            raise Refused(
                _("This is not what the shipment holds. Start again from the shipment."),
                field="shipment",
            )

    def suffix(self) -> str:
        """One receipt for each shipment, which later words add to."""
        return f"receipt/{self.shipment}"

    def apply(self, row: Receipt, saying: Saying) -> None:
        """What came is the receiver's; what was not confirmed is still its sender's, in transit."""
        row.shipment, row.need, row.at = self.shipment, self.need, saying.at
        row.form, row.item, row.unit = self.form.value, self.item, self.unit.value
        row.quantity += self.quantity
        need = saying.own(Need, self.need)
        if need is not None:
            need.received += self.quantity
            saying.change(need)
        custody.receive(saying, row, self.quantity)


class DeliveryDisputed(Record, kind="aid.dispute/1", row=Receipt, by="logistics"):
    """{author} disputes a delivery ({shipment}): {problem}. {words}"""

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    problem: Problem = ask("What is wrong?", example="short")
    words: str = ask("In your words", most=280, example="Two of ten pallets are missing.")

    def judge(self, row: Receipt | None, saying: Saying) -> str | None:
        """Nobody disputes its own shipment."""
        return "own-shipment" if home_of(self.shipment) == saying.log else None

    def check(self, row: Receipt | None, saying: Saying) -> None:
        """Dispute what was sent to you, and is not settled yet."""
        _sent_to(saying, self.shipment, 1, row)

    def suffix(self) -> str:
        """The same row that a confirmation would change."""
        return f"receipt/{self.shipment}"

    def apply(self, row: Receipt, saying: Saying) -> None:
        """Nothing moves: what was not confirmed is still in transit, its sender's."""
        row.shipment, row.need, row.at = self.shipment, self.need, saying.at
        row.problem, row.words = self.problem.value, self.words


def _sent_to(saying: Saying, shipment: str, more: int, receipt: Receipt | None) -> Shipment:
    found = Shipment.objects.filter(key=shipment, receiver=saying.log).first()
    if found is None:
        raise Refused(_("This shipment was not sent to you."), field="shipment")
    left = found.under_way - (receipt.quantity if receipt else 0)
    if more > left:
        raise Refused(
            _("Only %(left)s of this shipment are still unconfirmed.")
            % {"left": f"{max(left, 0):,}"},
            field="quantity",
        )
    return found


class ShipmentSettled(Record, kind="aid.settlement/1", row=Shipment, by="logistics"):
    """{author} settles a shipment ({shipment}): {returned} came back, {lost} lost."""

    shipment: Ref[Shipment] = upon("Which shipment?")
    returned: int = ask("How much came back to you?", least=0, most=MOST, default=0, example=100)
    lost: int = ask("How much is lost?", least=0, most=MOST, default=0, example=20)

    def judge(self, row: Shipment, saying: Saying) -> str | None:
        """No more comes back or is lost than was sent."""
        if self.returned + self.lost == 0:
            return "nothing-settled"
        return None if self.returned + self.lost <= row.under_way else "too-much"

    def check(self, row: Shipment | None, saying: Saying) -> None:
        """What the receiver has confirmed neither came back nor is lost."""
        if self.returned + self.lost == 0:
            raise Refused(_("Say how much came back, or how much is lost."), field="returned")
        if row is None:
            return
        key = f"{row.receiver}/receipt/{row.key}"
        received = Receipt.objects.filter(key=key).values_list("quantity", flat=True).first() or 0
        left = max(row.under_way - received, 0)
        if self.returned + self.lost > left:
            raise Refused(
                _("Only %(left)s of this shipment are neither confirmed nor settled.")
                % {"left": f"{left:,}"},
                field="returned" if self.returned else "lost",
            )

    def apply(self, row: Shipment, saying: Saying) -> None:
        """What came back is in stock again; what is lost has left the pact."""
        row.returned, row.lost = row.returned + self.returned, row.lost + self.lost
        pledge = saying.own(Pledge, row.pledge)
        if pledge is not None and not row.back:
            pledge.gone += self.returned + self.lost
            saying.change(pledge)
        custody.settle(saying, row, returned=self.returned, lost=self.lost)


class GivenBack(Record, kind="aid.return/1", row=Shipment, by="logistics"):
    """{author} gives {item} back: {quantity} {unit}."""

    call: Ref[Call] = about("Under which call was it sent?", shown=False)
    need: Ref[Need] = about("For which need was it sent?", shown=False)
    pledge: Ref[Pledge] = about("Of which pledge was it?", shown=False)
    back: Ref[Shipment] = about("Which shipment do you give back?", shown=False)
    item: str = ask("What is it?", most=60, example="barrier", shown=False)
    unit: Unit = ask("Counted in", example="piece", shown=False)
    quantity: int = ask("How much do you give back?", least=1, most=MOST, example=100)
    carrier: str = ask("Who carries it?", default="", example="City fleet, truck 12")
    expected: datetime | None = ask(
        "Expected when?", default=None, example="2025-06-18T10:00-07:00"
    )

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Shipment | None, saying: Saying) -> str | None:
        """Only supplies that came can go back, and no more than came. People go home on their mission."""
        receipt = saying.sub(Receipt, f"receipt/{self.back}")
        if receipt is None or receipt.form != Form.MATERIAL.value:
            return "not-received"
        if (receipt.need, receipt.item, receipt.unit) != (self.need, self.item, self.unit.value):
            return "not-that-shipment"
        return None if self.quantity <= receipt.quantity - receipt.given_back else "too-much"

    def check(self, row: Shipment | None, saying: Saying) -> None:
        """Give back to the one who sent it, out of what you confirmed."""
        sent = Shipment.objects.filter(key=self.back, receiver=saying.log, back="").first()
        if sent is None or (sent.call, sent.need, sent.pledge) != (
            self.call,
            self.need,
            self.pledge,
        ):
            raise Refused(_("This shipment was not sent to you."), field="back")
        receipt = saying.sub(Receipt, f"receipt/{self.back}")
        left = receipt.quantity - receipt.given_back if receipt else 0
        if self.quantity > left:
            raise Refused(
                _("Only %(left)s of what came can still be given back.") % {"left": f"{left:,}"},
                field="quantity",
            )

    def apply(self, row: Shipment, saying: Saying) -> None:
        """Open a shipment the other way. Its sender confirms it like any other receipt."""
        row.call, row.need, row.pledge, row.back = self.call, self.need, self.pledge, self.back
        row.form, row.item, row.unit = Form.MATERIAL.value, self.item, self.unit.value
        row.quantity, row.carrier, row.expected = self.quantity, self.carrier, self.expected
        row.receiver = home_of(self.back)
        receipt = saying.sub(Receipt, f"receipt/{self.back}")
        if receipt is not None:
            receipt.given_back += self.quantity
            saying.change(receipt)
        custody.send(saying, row, custody.stock(saying, self.item, self.unit))
