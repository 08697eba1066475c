"""Keeping to what was published: a unit taken away from somebody who counts on it has a price, and every change is listed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hansa.aid.planner.greedy import weighed
from hansa.aid.planner.plan import Plan
from hansa.aid.planner.problem import Problem
from hansa.aid.planner.reason import Numbers, Reason


@dataclass(frozen=True, slots=True)
class Difference:
    """What goes from a supply to a need, before and now; owner, item and call for whoever reads it."""

    supply: str
    need: str
    owner: str
    item: str
    call: str
    before: int
    now: int


def steady(problem: Problem, before: Problem, published: Plan, change: float) -> Problem:
    """Return the problem with the published plan in it: each unit that a new plan takes away from it costs `change`.

    `before` is the problem that the published plan answered; supplies and needs are known again by their keys.
    """
    return replace(problem, published=_sent(before, published), change=change)


def _sent(problem: Problem, plan: Plan) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for flow in plan.flows:
        pair = (problem.supplies[flow.supply].key, problem.needs[flow.need].key)
        found[pair] += round(flow.quantity)
    return {pair: units for pair, units in found.items() if units}


def differences(
    before: Problem, published: Plan, problem: Problem, plan: Plan
) -> tuple[Difference, ...]:
    """Return what the plan sends otherwise than the published one: what is taken away first, then what is new."""
    was, now = _sent(before, published), _sent(problem, plan)
    supplies = {one.key: one for one in (*before.supplies, *problem.supplies)}
    needs = {one.key: one for one in (*before.needs, *problem.needs)}
    found = [
        Difference(
            key,
            to,
            supplies[key].owner,
            supplies[key].item,
            needs[to].call,
            was.get((key, to), 0),
            now.get((key, to), 0),
        )
        for key, to in {**was, **now}
        if was.get((key, to), 0) != now.get((key, to), 0)
    ]
    return tuple(sorted(found, key=lambda one: (one.now - one.before, one.supply, one.need)))


def told(found: Iterable[Difference]) -> tuple[Reason, ...]:
    """Return the differences as reasons."""
    said = []
    for one in found:
        if not one.before:
            code, units = "steady.new", one.now
        elif not one.now:
            code, units = "steady.gone", one.before
        else:
            code, units = ("steady.more" if one.now > one.before else "steady.less"), one.now
        numbers: Numbers = {"owner": one.owner, "item": one.item, "call": one.call, "units": units}
        said.append(Reason(code, numbers | {"was": one.before}))
    return tuple(said) or (Reason("steady.same"),)


def price(problem: Problem, plan: Plan) -> Reason:
    """Say what keeping to the published plan costs: the plan's waiting beside that of a plan made anew, in percent."""
    from hansa.aid.planner.engine import solve

    free = replace(problem, published={}, change=0.0)
    anew = solve(free).cost
    more = weighed(free, plan.flows, plan.held) - anew
    return Reason("steady.price", {"price": 100 * max(0.0, more) / max(1.0, anew)})
