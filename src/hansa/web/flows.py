"""Who is helping whom at this moment: what is promised and what is on its way, between two members."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hansa.aid.board import pledge_lines
from hansa.aid.catalogue import amount
from hansa.aid.models import Pledge, Shipment
from hansa.kernel.reading import readable
from hansa.pact.models import Call


@dataclass(slots=True)
class Flow:
    """All aid from one member to another under the active calls, in words: what is promised, what is on the way."""

    giver: str
    receiver: str
    call: Call
    promised: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)


def flows(calls: Iterable[Call], log: str | None) -> list[Flow]:
    """Return the flows under these calls that an officer of `log` may read. Five queries, whatever their number."""
    active = {call.key: call for call in calls}
    found: dict[tuple[str, str], Flow] = {}
    pledges = readable(Pledge, log).filter(call__in=active).order_by("at", "key")
    for line in pledge_lines(pledges):
        pledge = line.pledge
        due = pledge.to_send - line.to_release
        moving = [one for one in line.shipments if one.unconfirmed]
        if due <= 0 and not moving:
            continue
        pair = (pledge.home, pledge.needer)
        flow = found.setdefault(pair, Flow(*pair, active[pledge.call]))
        if due > 0:
            flow.promised.append(_words(pledge, due))
        flow.moving += [_words(one.shipment, one.unconfirmed) for one in moving]
    return [found[pair] for pair in sorted(found)]


def _words(thing: Pledge | Shipment, quantity: int) -> str:
    return amount(quantity, thing.unit, thing.item)
