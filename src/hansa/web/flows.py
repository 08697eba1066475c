"""Who is helping whom at this moment: what is promised and what is on its way, between two members."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hansa.aid.models import Need, Pledge, Receipt, Shipment
from hansa.kernel.reading import readable
from hansa.pact.models import Call


@dataclass(slots=True)
class Flow:
    """All aid from one member to another under the active calls: what is promised, what is on the way."""

    giver: str
    receiver: str
    call: Call
    promised: list[Pledge] = field(default_factory=list)
    moving: list[Shipment] = field(default_factory=list)


def flows(calls: Iterable[Call], log: str | None) -> list[Flow]:
    """Return the flows under these calls that an officer of `log` may read. Four queries, whatever their number."""
    active = {call.key: call for call in calls}
    needs = set(
        readable(Need, log).filter(call__in=active, cancelled_at=None).values_list("key", flat=True)
    )
    receipts = (
        readable(Receipt, log).filter(need__in=needs).values_list("shipment", "home", "quantity")
    )
    received = {(shipment, home): quantity for shipment, home, quantity in receipts}
    found: dict[tuple[str, str], Flow] = {}

    def between(giver: str, call: Call) -> Flow:
        return found.setdefault((giver, call.home), Flow(giver, call.home, call))

    for pledge in readable(Pledge, log).filter(call__in=active).order_by("at", "key"):
        if pledge.to_send > 0 and pledge.need in needs:
            between(pledge.home, active[pledge.call]).promised.append(pledge)
    for shipment in readable(Shipment, log).filter(call__in=active).order_by("at", "key"):
        settled = (
            shipment.returned + shipment.lost + received.get((shipment.key, shipment.receiver), 0)
        )
        if shipment.quantity > settled:
            between(shipment.home, active[shipment.call]).moving.append(shipment)
    return [found[pair] for pair in sorted(found)]
