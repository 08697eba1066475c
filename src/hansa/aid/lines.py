"""Where pledges and shipments stand: the records of all members put together, a fixed number of queries for any number.

What is lent on missions is known to the part above: it says here what became of it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from hansa.aid import catalogue
from hansa.aid.models import Acceptance, Need, Pledge, Receipt, Shipment
from hansa.aid.words import PledgeState, ShipmentState


@dataclass(frozen=True, slots=True)
class Lent:
    """What became of a pledge on missions: how much the receiver checked in, and whether anybody is still away."""

    received: int = 0
    out: bool = False


NOTHING = Lent()

Asks = Callable[[Collection[str]], Mapping[str, Lent]]
"""From the keys of pledges to what became of those that were lent; a fixed number of queries."""

_ASKED: list[Asks] = []


def register(asks: Asks) -> None:
    """Ask this, too; the same one is asked once."""
    if asks not in _ASKED:
        _ASKED.append(asks)


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """A shipment with its receiver's word on it."""

    shipment: Shipment
    receipt: Receipt | None

    @property
    def received(self) -> int:
        """Return how much the receiver has confirmed."""
        return self.receipt.quantity if self.receipt else 0

    @property
    def unconfirmed(self) -> int:
        """Return how much is neither confirmed, nor back, nor lost."""
        return max(0, self.shipment.under_way - self.received)

    @property
    def disputed(self) -> bool:
        """Tell whether a dispute stands: it ends when all of the shipment is accounted for."""
        return self.receipt is not None and self.receipt.problem != "" and self.unconfirmed > 0

    @property
    def state(self) -> ShipmentState:
        """Return where the shipment stands."""
        if self.received > self.shipment.under_way:
            return ShipmentState.CONTRADICTED
        if self.unconfirmed == 0:
            whole = self.received == self.shipment.quantity
            return ShipmentState.CONFIRMED if whole else ShipmentState.SETTLED
        if self.disputed:
            return ShipmentState.DISPUTED
        if self.received:
            return ShipmentState.PARTLY
        return ShipmentState.DELIVERED if self.shipment.delivered_at else ShipmentState.UNDER_WAY


def shipment_lines(found: Iterable[Shipment]) -> list[ShipmentLine]:
    """Return the shipments with their receipts, in their order. One query."""
    listed = list(found)
    keys = {shipment.key: f"{shipment.receiver}/receipt/{shipment.key}" for shipment in listed}
    receipts = Receipt.objects.in_bulk(list(keys.values()))
    return [ShipmentLine(shipment, receipts.get(keys[shipment.key])) for shipment in listed]


@dataclass(frozen=True, slots=True)
class PledgeLine:
    """A pledge with the needer's word, its need, its shipments, and what became of it on a mission."""

    pledge: Pledge
    need: Need | None
    acceptance: Acceptance | None
    shipments: list[ShipmentLine] = field(default_factory=list)
    lent: Lent = NOTHING

    @property
    def accepted(self) -> int:
        """Return how much of what still stands was accepted."""
        return min(self.acceptance.quantity, self.pledge.standing) if self.acceptance else 0

    @property
    def by_mission(self) -> bool:
        """Tell whether people leave with it, so that it goes by a mission order or not at all."""
        return catalogue.deploys(self.pledge.item, self.pledge.unit, added=True)

    @property
    def may_send(self) -> int:
        """Return how much may be sent now: for supplies what was accepted, else all that stands.

        People, and what is offered on a mission, go on the mission, or not at all.
        """
        return 0 if self.pledge.offer or self.by_mission else self._to_go

    @property
    def may_offer(self) -> int:
        """Return how much may be offered on a mission now, of what goes in no other way and is not offered yet."""
        return self._to_go if self.by_mission and not self.pledge.offer else 0

    @property
    def _to_go(self) -> int:
        if self.need is None or self.need.cancelled_at is not None or self.turned_down:
            return 0
        goods = self.pledge.form == "material" or self.acceptance is not None
        most = self.accepted if goods else self.pledge.standing
        return max(0, min(most, self.pledge.standing) - self.pledge.away)

    @property
    def turned_down(self) -> bool:
        """Tell whether the needer accepted none of it."""
        return self.acceptance is not None and self.acceptance.quantity == 0

    @property
    def to_release(self) -> int:
        """Return how much the giver may take back without anybody missing it."""
        if self.turned_down or (self.need is not None and self.need.cancelled_at is not None):
            return self.pledge.to_send
        if self.acceptance is None:
            return 0
        return max(0, self.pledge.standing - max(self.accepted, self.pledge.away))

    @property
    def received(self) -> int:
        """Return how much of it was confirmed, or checked in."""
        return sum(line.received for line in self.shipments) + self.lent.received

    @property
    def state(self) -> PledgeState:
        """Return where the pledge stands."""
        if any(line.disputed for line in self.shipments):
            return PledgeState.DISPUTED
        if any(line.unconfirmed for line in self.shipments):
            return PledgeState.UNDER_WAY
        if self.pledge.standing == 0:
            return PledgeState.TAKEN_BACK
        if self.pledge.lent or self.lent.out:
            return PledgeState.LENT
        if self.may_send == 0 and self.pledge.sent:
            return PledgeState.RECEIVED if self.received else PledgeState.LOST
        if self.turned_down:
            return PledgeState.TURNED_DOWN
        if self.need is not None and self.need.cancelled_at is not None:
            return PledgeState.NOT_NEEDED
        return PledgeState.ACCEPTED if self.acceptance else PledgeState.WAITING


def pledge_lines(found: Iterable[Pledge]) -> list[PledgeLine]:
    """Return the pledges with needs, acceptances, shipments and missions, in their order. A fixed number of queries."""
    listed = list(found)
    needed = Need.objects.in_bulk({pledge.need for pledge in listed})
    words = {pledge.key: f"{pledge.needer}/acceptance/{pledge.key}" for pledge in listed}
    said = Acceptance.objects.in_bulk(list(words.values()))
    sent: dict[str, list[ShipmentLine]] = {pledge.key: [] for pledge in listed}
    shipments = Shipment.objects.filter(pledge__in=list(sent), back="").order_by("at", "key")
    for line in shipment_lines(shipments):
        sent[line.shipment.pledge].append(line)
    lent = _lent({pledge.key for pledge in listed if pledge.offer and pledge.away})
    return [
        PledgeLine(
            pledge,
            needed.get(pledge.need),
            said.get(words[pledge.key]),
            sent[pledge.key],
            lent.get(pledge.key, NOTHING),
        )
        for pledge in listed
    ]


def _lent(keys: Collection[str]) -> Mapping[str, Lent]:
    found: dict[str, Lent] = {}
    for asks in _ASKED if keys else ():
        found.update(asks(keys))
    return found
