"""What people at telephones do: the most urgent need first, the nearest first. The plan is shown beside it.

It keeps every rule that a plan keeps, and sends nothing that would come too late to be worth it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from math import inf

from hansa.aid.planner import arcs
from hansa.aid.planner.plan import Flow, Plan, Prices
from hansa.aid.planner.problem import Need, Problem, Scenario
from hansa.aid.planner.reason import Reason

Hours = Callable[[str, str], float]
"""From an owner to a call."""

SLACK = 1e-9
"""Of a unit: what the division of a volume by another may be off."""


def greedy(problem: Problem) -> Plan:
    """Return the plan of whoever serves the most urgent need first, from the nearest. It proves nothing: its bound is 0."""
    hand = _Hand(problem)
    flows = hand.serve(problem.needs, lambda owner, call: problem.hours.get((owner, call), inf))
    left = list(hand.left)
    held = []
    for scenario in problem.scenarios:
        hand.left, hand.bound_by_rooms = list(left), False
        held.append(hand.serve(scenario.needs, _from(scenario.hours)))
    return Plan(
        flows,
        weighed(problem, flows, held),
        0.0,
        Prices(
            (0.0,) * len(problem.supplies),
            scenarios=((0.0,) * len(problem.supplies),) * len(problem.scenarios),
        ),
        "greedy",
        tuple(held),
    )


def _from(hours: Mapping[str, float]) -> Hours:
    return lambda owner, _call: hours.get(owner, inf)


def weighed(problem: Problem, flows: Iterable[Flow], held: Iterable[Iterable[Flow]] = ()) -> float:
    """Return what a plan of these flows costs, in weighted hours, change and scenarios included."""
    flows = tuple(flows)
    total = _weighed(problem, problem.needs, flows, None)
    if problem.change:
        total += arcs.departure(problem)
        for flow in flows:
            supply, need = problem.supplies[flow.supply], problem.needs[flow.need]
            total -= problem.change * min(flow.quantity, arcs.discount(problem, supply, need))
    for scenario, part in zip(problem.scenarios, chain(held, repeat(())), strict=False):
        total += scenario.chance * weighed_there(problem, scenario, part)
    return total


def weighed_there(problem: Problem, scenario: Scenario, flows: Iterable[Flow]) -> float:
    """Return what a scenario costs, in weighted hours, if it comes and is sent these flows."""
    return _weighed(problem, scenario.needs, tuple(flows), scenario.hours)


def _weighed(
    problem: Problem,
    needs: tuple[Need, ...],
    flows: tuple[Flow, ...],
    hours: Mapping[str, float] | None,
) -> float:
    come: dict[int, float] = defaultdict(float)
    total = 0.0
    for flow in flows:
        supply, need = problem.supplies[flow.supply], needs[flow.need]
        way = None if hours is None else hours.get(supply.owner, inf)
        total += flow.quantity * arcs.cost(problem, supply, need, way)
        come[flow.need] += flow.quantity
    return total + sum(
        arcs.unmet_cost(need, need.quantity - come[at]) for at, need in enumerate(needs)
    )


def top_up(
    problem: Problem,
    flows: Iterable[Flow],
    held: Iterable[Iterable[Flow]],
    order: Callable[[Need], tuple[float, ...]],
) -> tuple[Flow, ...]:
    """Return the flows and what can still be sent besides them, and is worth it: the least in `order` first, from the nearest."""
    hand = _Hand(problem)
    sent: dict[tuple[int, int], float] = defaultdict(float)
    for flow in flows:
        hand.send(flow.supply, problem.needs[flow.need], int(flow.quantity))
        sent[flow.supply, flow.need] += flow.quantity
    hand.hold(held)
    come: dict[int, int] = defaultdict(int)
    for (_, at), units in sent.items():
        come[at] += int(units)
    more = hand.serve(
        problem.needs, lambda owner, call: problem.hours.get((owner, call), inf), order, come
    )
    for flow in more:
        sent[flow.supply, flow.need] += flow.quantity
    return tuple(Flow(supply, need, units) for (supply, need), units in sent.items())


class _Hand:
    """What is left while needs are served one after another."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left = [int(supply.quantity) for supply in problem.supplies]
        self.trucks = dict(problem.trucks)
        self.docks = dict(problem.docks)
        self.bound_by_rooms = True
        self.by_item: dict[str, list[int]] = defaultdict(list)
        for at, supply in enumerate(problem.supplies):
            self.by_item[supply.item].append(at)
        self.stand_ins: dict[str, list[str]] = defaultdict(list)
        for offered, wanted in problem.serves:
            if offered != wanted:
                self.stand_ins[wanted].append(offered)

    def serve(
        self,
        needs: tuple[Need, ...],
        hours: Hours,
        order: Callable[[Need], tuple[float, ...]] = lambda need: (-need.weight, need.due),
        come: Mapping[int, int] | None = None,
    ) -> tuple[Flow, ...]:
        """Serve needs in their order, beyond what has come already."""
        flows: list[Flow] = []
        for at in sorted(range(len(needs)), key=lambda at: (*order(needs[at]), at)):
            open_ = int(needs[at].quantity) - (come or {}).get(at, 0)
            flows += self._serve(at, needs[at], hours, open_)
        return tuple(flows)

    def send(self, at: int, need: Need, units: int) -> None:
        """Take units off what is left, and their volume off trucks and dock."""
        supply = self.problem.supplies[at]
        self.left[at] -= units
        for room, name in self._rooms(at, need):
            if name in room:
                room[name] -= units * self.problem.volume[supply.item]

    def hold(self, held: Iterable[Iterable[Flow]]) -> None:
        """Take off what is held back: of each supply what the scenario wants that wants most."""
        most: dict[int, float] = defaultdict(float)
        for flows in held:
            sums: dict[int, float] = defaultdict(float)
            for flow in flows:
                sums[flow.supply] += flow.quantity
            for at, units in sums.items():
                most[at] = max(most[at], units)
        for at, units in most.items():
            self.left[at] -= int(units)

    def _rooms(self, at: int, need: Need) -> list[tuple[dict[str, float], str]]:
        supply = self.problem.supplies[at]
        if not self.bound_by_rooms or not self.problem.volume.get(supply.item):
            return []
        return [(self.trucks, supply.owner), (self.docks, need.call)]

    def _serve(self, at: int, need: Need, hours: Hours, open_: int) -> list[Flow]:
        problem = self.problem
        near = sorted(
            (max(0.0, problem.supplies[supply].ready) + way, supply, way)
            for item in (need.item, *self.stand_ins[need.item])
            for supply in self.by_item[item]
            if self.left[supply] > 0
            and (way := hours(problem.supplies[supply].owner, need.call)) < inf
        )
        flows = []
        for _, supply, way in near:
            if open_ <= 0:
                break
            price = arcs.cost(problem, problem.supplies[supply], need, way)
            take = self._most(supply, need, open_ - _better_open(need, price))
            if take > 0:
                self.send(supply, need, take)
                flows.append(Flow(supply, at, take))
                open_ -= take
        return flows

    def _most(self, at: int, need: Need, wanted: int) -> int:
        """Return how many units, in whole batches, can still go."""
        supply = self.problem.supplies[at]
        most = min(wanted, self.left[at])
        for room, name in self._rooms(at, need):
            if room.get(name, inf) < inf:
                most = min(most, int(room[name] / self.problem.volume[supply.item] + SLACK))
        return most // supply.batch * supply.batch


def _better_open(need: Need, price: float) -> int:
    """Return how many units are better left open than sent at this price."""
    open_ = sum(units for units, each in need.unmet if each <= price)
    return min(int(need.quantity), open_)


def beside(problem: Problem, plan: Plan, other: Plan) -> tuple[Reason, ...]:
    """Say how the plan differs from the other, which is the greedy one: costs, what stays open, and waiting."""
    saved = other.cost - plan.cost
    ours, theirs = _told(problem, plan), _told(problem, other)
    said = [
        Reason(
            "beside.saves" if saved > SLACK * max(1.0, other.cost) else "beside.same",
            {"saved": saved, "share": 100 * saved / other.cost if other.cost else 0.0},
        )
    ]
    for item in sorted({*ours, *theirs}):
        (sent, hours), (sent_too, hours_too) = ours.get(item, (0, 0.0)), theirs.get(item, (0, 0.0))
        if sent != sent_too:
            more = sent > sent_too
            said.append(
                Reason(
                    "beside.more" if more else "beside.less",
                    {"item": item, "units": abs(sent - sent_too)},
                )
            )
        if sent and sent_too and abs(hours / sent - hours_too / sent_too) >= _MINUTES:
            ours_, theirs_ = hours / sent, hours_too / sent_too
            said.append(
                Reason(
                    "beside.sooner" if ours_ < theirs_ else "beside.later",
                    {"item": item, "hours": abs(ours_ - theirs_)},
                )
            )
    return tuple(said)


_MINUTES = 0.1


def _told(problem: Problem, plan: Plan) -> dict[str, tuple[float, float]]:
    """Return units sent and their hours of waiting, weighted by urgency, by the item that is needed."""
    units: dict[str, float] = defaultdict(float)
    hours: dict[str, float] = defaultdict(float)
    for flow in plan.flows:
        supply, need = problem.supplies[flow.supply], problem.needs[flow.need]
        units[need.item] += flow.quantity
        hours[need.item] += flow.quantity * (
            max(0.0, supply.ready) + problem.hours[supply.owner, need.call]
        )
    return {item: (units[item], hours[item]) for item in units}
