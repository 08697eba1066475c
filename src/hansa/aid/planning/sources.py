"""Who could help with one need, and how soon: what members say they would lend, and the way it has to go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hansa.aid import forbidden, travel
from hansa.aid.models import Need
from hansa.aid.planning.offers import World, is_old, offered, supplies_of


@dataclass(frozen=True, slots=True)
class Source:
    """What one member would lend for a need. `arrives` at the soonest, by road; None where nobody knows how far it is.

    `late` if that is after the need is due, `old` if it was said so long ago that somebody should ask, `substitute` if
    it stands in for what is needed.
    """

    home: str
    item: str
    unit: str
    quantity: int
    arrives: datetime | None
    late: bool
    old: bool
    substitute: bool


def sources(need: Need, log: str | None) -> tuple[list[Source], list[str]]:
    """Return who could help, the soonest first, as officers of `log` may read it; and what to know of it, in sentences.

    What the giver's own law forbids is left out. A fixed number of queries; no routing engine is waited for.
    """
    world = World.seen(log)
    offers = offered(world, {need.item: need.unit})
    supplies = [
        supply
        for supply in supplies_of(world, offers)
        if supply.owner != need.home and not forbidden.by_law(supply.owner, supply.item, need.home)
    ]
    givers = {one.owner: world.members[one.owner] for one in supplies if one.owner in world.members}
    receiver = [world.members[need.home]] if need.home in world.members else []
    known = travel.times(list(givers.values()), receiver, ask=False)
    found = []
    for supply in supplies:
        way = known.hours.get((supply.owner, need.home))
        arrives = None if way is None else world.now + timedelta(hours=supply.ready + way)
        if way is not None and supply.ready + way > supply.expires:
            continue
        offer = offers[supply.key]
        found.append(
            Source(
                home=supply.owner,
                item=supply.item,
                unit=offer.unit,
                quantity=supply.quantity,
                arrives=arrives,
                late=arrives is not None and arrives > need.due,
                old=is_old(offer, world.now),
                substitute=supply.item != need.item,
            )
        )
    found.sort(key=lambda one: (one.arrives is None, one.arrives or world.now, -one.quantity))
    return found, [*world.notes, *known.words]
