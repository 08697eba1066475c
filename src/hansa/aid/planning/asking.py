"""Rows to Problem: all open calls at once, as far as the member that plans may read them.

Stock is nobody else's business: what may be planned with is what its owner said it would lend, less what it has
pledged since. Quantities of different items are made comparable by what is short of each: an hour's wait for all
that is open of an item weighs the same, times its urgency.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hansa.aid import board, catalogue, forbidden, travel
from hansa.aid.models import Pledge
from hansa.aid.planner import problem as planner
from hansa.aid.planning.models import Availability, Capacity, Declined, Plan
from hansa.aid.planning.offers import World, offered, stands_in, supplies_of, unit_of
from hansa.aid.words import Urgency
from hansa.kernel.models import Log
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of
from hansa.pact.models import Call
from hansa.pact.rules import Roll, active_since
from hansa.pact.words import Form

WINDOW = 24.0
"""Hours over which trucks and docks are counted."""
HORIZON = 96.0
"""Hours: what never comes costs as much as what comes so late, and more for each further third of a need."""
STEPS = (1.0, 1.5, 2.0)
"""How much more each further third of a need costs that stays open: so that no need is left with nothing."""
WEIGHTS = {Urgency.NOW: 9.0, Urgency.TODAY: 3.0, Urgency.SOON: 1.0}
"""What an hour's wait weighs, by urgency."""
WHOLE = 1000.0
"""What an hour's wait for all that is open of an item weighs, before urgency."""
STAY = 0.5
"""Hours of the least urgent waiting that a new plan must save for each unit that it takes away from the published one."""
GOODS = str(Form.MATERIAL.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the planner is asked, with the rows behind it. `notes` are sentences about what it rests on."""

    problem: planner.Problem
    at: datetime
    calls: list[Call]
    lines: dict[str, board.NeedLine]
    offers: dict[str, Availability]
    names: Mapping[str, str]
    reads: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def needs_of(self, item: str) -> list[board.NeedLine]:
        """Return the open needs of an item."""
        return [line for line in self.lines.values() if line.need.item == item]


def ask(log: str | None, published: Plan | None = None, seed: int = 0) -> Asked:
    """Return what an officer of `log` may ask the planner now; a fixed number of queries for each chunk of needs."""
    world = World.seen(log)
    reads = dict(Log.objects.filter(name__in=world.members).values_list("name", "folded"))
    calls = open_calls(log, world.roll)
    lines = _counted_alike(world, open_lines(log, calls))
    units = {line.need.item: line.need.unit for line in lines.values()}
    wanted = set(units)
    offers = offered(world, units)
    supplies = supplies_of(world, offers)
    by_key = {call.key: call for call in calls}
    needs = _needs(world, lines)
    owners = sorted({supply.owner for supply in supplies})
    items = wanted | {supply.item for supply in supplies}
    volumes = {code: volume for code in sorted(items) if (volume := volume_of(code)) > 0}
    trucks, docks = _capacities(world, owners, calls, lines, volumes)
    problem = planner.Problem(
        supplies=tuple(supplies),
        needs=tuple(needs),
        hours=_hours(world, owners, by_key),
        trucks=trucks,
        docks=docks,
        volume=volumes,
        serves=_serves({supply.item for supply in supplies}, wanted),
        barred=_barred(world, offers, lines),
        published=_published(published, supplies, needs),
        change=STAY * min((need.weight for need in needs), default=0.0),
        seed=seed,
    )
    names = {home: member.name for home, member in world.members.items()}
    return Asked(problem, world.now, calls, lines, offers, names, reads, world.notes)


def open_calls(log: str | None, roll: Roll | None = None) -> list[Call]:
    """Return the calls that stand and are active, the first said first."""
    roll = roll or Roll()
    standing = readable(Call, log).filter(ended_at=None).order_by("at", "key")
    return [call for call in standing if active_since(call, roll=roll) is not None]


def open_lines(log: str | None, calls: Iterable[Call]) -> dict[str, board.NeedLine]:
    """Return by key the needs of these calls of which something is still open and can be sent by road."""
    keys = [call.key for call in calls if (call.forms.get(GOODS) or {"until": ""})["until"] is None]
    found = board.needs(log).filter(call__in=keys, cancelled_at=None, form=GOODS)
    every: Iterable[Any] = found
    return {line.need.key: line for line in every if line.open > 0}


def _counted_alike(world: World, lines: Mapping[str, board.NeedLine]) -> dict[str, board.NeedLine]:
    """Return the needs that are counted as others count the item; the rest are told, and left out.

    Boxes are not added to pieces: other nodes may say what this one would refuse.
    """
    kept: dict[str, board.NeedLine] = {}
    units: dict[str, str] = {}
    for key, line in lines.items():
        need = line.need
        unit = units.setdefault(need.item, unit_of(need.item) or need.unit)
        if need.unit == unit:
            kept[key] = line
        else:
            world.note_unit(need.home, need.item, need.unit, unit)
    return kept


def volume_of(code: str) -> float:
    """Return the m3 of one unit of an item, as the catalogue has it; 0 where it does not say."""
    item = catalogue.items().get(code)
    return item.volume_m3 if item is not None else 0.0


# --- what is needed ---------------------------------------------------------------------------


def _needs(world: World, lines: Mapping[str, board.NeedLine]) -> list[planner.Need]:
    short: dict[str, int] = defaultdict(int)
    for line in lines.values():
        short[line.need.item] += line.open
    found = []
    for line in lines.values():
        need = line.need
        weight = round(WEIGHTS[Urgency(need.urgency)] * WHOLE / short[need.item], 9)
        due = max(0.0, world.hours(need.due))
        found.append(
            planner.Need(
                key=need.key,
                call=need.call,
                item=need.item,
                quantity=line.open,
                weight=weight,
                due=due,
                unmet=_unmet(line.open, weight, due),
            )
        )
    return found


def _unmet(quantity: int, weight: float, due: float) -> tuple[tuple[int, float], ...]:
    """Return what a need costs that stays open, dearer for each further third."""
    price = weight * planner.Waiting()(max(HORIZON, due + HORIZON), due)
    ends = [round(quantity * (step + 1) / len(STEPS)) for step in range(len(STEPS))]
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return tuple(
        (size, round(price * step, 6)) for size, step in zip(sizes, STEPS, strict=True) if size
    )


# --- what binds -------------------------------------------------------------------------------


def _hours(
    world: World, owners: Iterable[str], calls: Mapping[str, Call]
) -> dict[tuple[str, str], float]:
    """Return the hours from each owner to each call of another member."""
    homes = {call.home for call in calls.values()}
    givers = [world.members[log] for log in owners if log in world.members]
    known = travel.times(givers, [world.members[log] for log in homes if log in world.members])
    world.notes += known.words
    for member in sorted((*givers, *(world.members[log] for log in homes)), key=str):
        if member.latitude is None and not any(member.home in pair for pair in known.hours):
            world.note(
                _(
                    "%(member)s has no place on the map, so nobody knows how far it is: nothing is planned from or to it."
                ),
                member=member.name,
            )
    return {
        (giver.home, key): known.hours[giver.home, call.home]
        for giver in givers
        for key, call in calls.items()
        if (giver.home, call.home) in known.hours
    }


def _capacities(
    world: World,
    owners: Iterable[str],
    calls: Iterable[Call],
    lines: Mapping[str, board.NeedLine],
    volumes: Mapping[str, float],
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the m3 left by owner and by call, in WINDOW: what is promised and not yet sent, or not yet here, is taken off."""
    known = {row.home: row for row in readable(Capacity, world.log)}
    taken: dict[str, float] = defaultdict(float)
    for pledge in Pledge.objects.filter(home__in=[log for log in owners if log in known]):
        taken[pledge.home] += volumes.get(pledge.item, 0.0) * max(0, pledge.to_send)
    coming: dict[str, float] = defaultdict(float)
    for line in lines.values():
        volume = volumes.get(line.need.item, 0.0)
        coming[line.need.call] += volume * max(0, line.promised - line.received)
    listed = list(calls)
    trucks, docks = {}, {}
    for log in owners:
        if log in known and (moved := _in_window(known[log].trucks, known[log].hours)) is not None:
            trucks[log] = round(max(0.0, moved - taken[log]), 3)
    for call in listed:
        row = known.get(call.home)
        if row is not None and (passed := _in_window(row.docks, row.hours)) is not None:
            # One dock serves all calls of a member: each gets its share.
            share = passed / sum(one.home == call.home for one in listed)
            docks[call.key] = round(max(0.0, share - coming[call.key]), 3)
    return trucks, docks


def _in_window(volume: int | None, hours: int) -> float | None:
    return None if volume is None else volume * WINDOW / hours


def _serves(offered: set[str], wanted: set[str]) -> frozenset[tuple[str, str]]:
    return frozenset((one, other) for one in offered for other in wanted if stands_in(one, other))


def _barred(
    world: World, offers: Mapping[str, Availability], lines: Mapping[str, board.NeedLine]
) -> frozenset[tuple[str, str, str]]:
    """Return what a member's own law forbids, and what it declined since it last said what it would lend."""
    barred = set()
    by_law: dict[tuple[str, str], set[str]] = defaultdict(set)
    homes = {line.need.call: line.need.home for line in lines.values()}
    for offer in offers.values():
        for call, home in homes.items():
            if forbidden.by_law(offer.home, offer.item, home):
                barred.add((offer.home, offer.item, call))
                by_law[offer.home, offer.item].add(world.name(home))
    for (home, item), receivers in sorted(by_law.items()):
        world.note(
            _("Its own law forbids %(member)s to send %(item)s to %(receivers)s."),
            member=world.name(home),
            item=catalogue.name_of(item),
            receivers=", ".join(sorted(receivers)),
        )
    by_item = {(one.home, one.item): one for one in offers.values()}
    for said in readable(Declined, world.log).filter(need__in=list(lines)):
        known = by_item.get((said.home, said.item))
        if known is not None and said.index > known.index:
            barred.add((said.home, said.item, lines[said.need].need.call))
            world.note(
                _("%(member)s declined to send %(item)s to %(call)s: %(why)s"),
                member=world.name(said.home),
                item=catalogue.name_of(said.item),
                call=world.name(home_of(said.need)),
                why=said.why,
            )
    return frozenset(barred)


def _published(
    plan: Plan | None, supplies: Iterable[planner.Supply], needs: Iterable[planner.Need]
) -> dict[tuple[str, str], int]:
    """Return what the published plan sends that can still be sent."""
    if plan is None:
        return {}
    by_item = {(one.owner, one.item): one.key for one in supplies}
    open_needs = {one.key for one in needs}
    return {
        (by_item[line["giver"], line["item"]], line["need"]): line["quantity"]
        for line in plan.lines
        if (line["giver"], line["item"]) in by_item and line["need"] in open_needs
    }
