"""Holding back for whom the next call may hit: what it would cover, and what it costs those who wait now.

Two stages (as Rawls and Turnquist 2010 for goods put in place beforehand): what leaves today serves no later call; what
stays serves whichever comes, each counted by its chance. Trucks and docks of a later call are not known, and bind nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean, median

from hansa.aid.planner.fairness import rates
from hansa.aid.planner.greedy import weighed, weighed_there
from hansa.aid.planner.plan import Flow, Plan
from hansa.aid.planner.problem import Need, Problem, Scenario
from hansa.aid.planner.reason import Numbers, Reason

TOLD = 0.0005
"""A price below this share is told as none."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The share of a scenario's needs that can be met, 0 to 1: with the guard, and without.

    `saves`: how much less its waiting would cost for the guard, as a share.
    """

    scenario: str
    guarded: float
    unguarded: float
    saves: float


@dataclass(frozen=True, slots=True)
class Guard:
    """The plan that holds back, and the one that does not; what it covers; what waiting now costs more, as a share."""

    plan: Plan
    without: Plan
    covers: tuple[Cover, ...]
    price: float
    reasons: tuple[Reason, ...]


def likely(
    problem: Problem, chances: Mapping[str, float], hours: Mapping[tuple[str, str], float]
) -> tuple[Scenario, ...]:
    """Return a scenario for each place that may be hit, by its chance: it would need what calls need now.

    Of each item the median of today's calls, with the same urgency. `hours` from owners to places.
    """
    wanted: dict[str, list[Need]] = defaultdict(list)
    for need in problem.needs:
        if need.quantity:
            wanted[need.item].append(need)
    return tuple(
        Scenario(
            place,
            chance,
            tuple(_typical(place, item, needs) for item, needs in sorted(wanted.items())),
            {owner: far for (owner, to), far in hours.items() if to == place},
        )
        for place, chance in sorted(chances.items())
        if chance > 0
    )


def _typical(place: str, item: str, needs: list[Need]) -> Need:
    quantity = max(1, int(median(need.quantity for need in needs)))
    price = fmean(
        sum(units * each for units, each in need.unmet) / sum(units for units, _ in need.unmet)
        for need in needs
    )
    return Need(
        f"{place}/{item}",
        place,
        item,
        quantity,
        fmean(need.weight for need in needs),
        fmean(need.due for need in needs),
        ((quantity, price),),
    )


def guard(problem: Problem, made: Plan | None = None) -> Guard:
    """Plan with the problem's scenarios and without, and say what holding back covers and costs.

    `made` is the plan that holds back, where there is one already.
    """
    from hansa.aid.planner.engine import solve

    today = replace(problem, scenarios=())
    plan, without = made or solve(problem), solve(today)
    price = (weighed(today, plan.flows) - without.cost) / max(1.0, without.cost)
    covers = tuple(
        _cover(problem, scenario, held, _left(problem, scenario, without))
        for scenario, held in zip(problem.scenarios, plan.held, strict=True)
    )
    return Guard(plan, without, covers, price, _reasons(problem, plan, without, covers, price))


def _cover(
    problem: Problem, scenario: Scenario, held: tuple[Flow, ...], left: tuple[Flow, ...]
) -> Cover:
    with_it, without = (weighed_there(problem, scenario, flows) for flows in (held, left))
    return Cover(
        scenario.name,
        _covered(problem, scenario, held),
        _covered(problem, scenario, left),
        (without - with_it) / max(1.0, without),
    )


def _covered(problem: Problem, scenario: Scenario, flows: Iterable[Flow]) -> float:
    found = rates(replace(problem, needs=scenario.needs), flows)
    return fmean(found.values()) if found else 1.0


def _left(problem: Problem, scenario: Scenario, plan: Plan) -> tuple[Flow, ...]:
    """Return the best that could be sent to a scenario out of what a plan leaves."""
    from hansa.aid.planner.engine import solve

    gone: dict[int, float] = defaultdict(float)
    for flow in plan.flows:
        gone[flow.supply] += flow.quantity
    after = replace(
        problem,
        supplies=tuple(
            replace(one, quantity=int(one.quantity - gone[at]))
            for at, one in enumerate(problem.supplies)
        ),
        needs=scenario.needs,
        hours={
            (owner, call): hours
            for call in {need.call for need in scenario.needs}
            for owner, hours in scenario.hours.items()
        },
        trucks={},
        docks={},
        published={},
        scenarios=(),
    )
    return solve(after).flows


def _reasons(
    problem: Problem, plan: Plan, without: Plan, covers: tuple[Cover, ...], price: float
) -> tuple[Reason, ...]:
    said = []
    for cover in covers:
        told: Numbers = {
            "scenario": cover.scenario,
            "covers": 100 * cover.guarded,
            "price": 100 * price,
        }
        said.append(Reason("guard.price" if price >= TOLD else "guard.free", told))
        if cover.unguarded < cover.guarded:
            less: Numbers = {"scenario": cover.scenario, "covers": 100 * cover.unguarded}
            said.append(Reason("guard.without", less))
        if cover.saves >= TOLD:
            saved: Numbers = {"scenario": cover.scenario, "share": 100 * cover.saves}
            said.append(Reason("guard.saves", saved))
    back: dict[tuple[str, str], float] = defaultdict(float)
    for sign, flows in ((1, without.flows), (-1, plan.flows)):
        for flow in flows:
            supply = problem.supplies[flow.supply]
            back[supply.owner, supply.item] += sign * flow.quantity
    said += [
        Reason("guard.holds", {"owner": owner, "item": item, "units": units})
        for (owner, item), units in sorted(back.items())
        if units >= 1
    ]
    return tuple(said)
