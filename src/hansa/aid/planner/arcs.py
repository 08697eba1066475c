"""Who may send what to whom, and what one unit costs on that way. The solvers and the sentences share it; the checker has its own."""

from math import inf

from hansa.aid.planner.problem import Need, Problem, Supply


def may_go(problem: Problem, supply: Supply, need: Need) -> bool:
    """Whether the item serves and no law bars it; says nothing of the way or of the time."""
    if supply.item != need.item and (supply.item, need.item) not in problem.serves:
        return False
    barred = problem.barred
    return not barred or not any(
        (owner, supply.item, call) in barred
        for owner in (supply.owner, "")
        for call in (need.call, "")
    )


def cost(problem: Problem, supply: Supply, need: Need, hours: float | None = None) -> float:
    """Return the weighted hours of one unit sent, `inf` where it may not or cannot arrive in time.

    `hours` of travel come from the Problem unless given (a scenario has its own). What departing from the published plan
    costs is not in it: see `discount`.
    """
    if hours is None:
        hours = problem.hours.get((supply.owner, need.call), inf)
    arrival = max(supply.ready, 0.0) + hours
    if (
        arrival == inf
        or arrival > min(supply.expires, need.until)
        or not may_go(problem, supply, need)
    ):
        return inf
    haul = problem.haul * problem.volume.get(supply.item, 0.0) * hours
    return need.weight * problem.waiting(arrival, need.due) + haul


def discount(problem: Problem, supply: Supply, need: Need) -> int:
    """Return the units on this way that are cheaper by `problem.change`, for the published plan sends them too.

    A plan pays `change` for each published unit that it does not send: the constant `departure`, less this discount.
    """
    return problem.published.get((supply.key, need.key), 0) if problem.change else 0


def departure(problem: Problem) -> float:
    """Return what it would cost to send nothing of what the published plan sends."""
    return problem.change * sum(problem.published.values())


def unmet_price(need: Need, unmet: float) -> float:
    """Return what the last of `unmet` open units costs: its segment's price, the cheapest first; 0 if none is open."""
    price, left = 0.0, unmet
    for units, each in need.unmet:
        if left <= 0:
            break
        price, left = each, left - units
    return price


def unmet_cost(need: Need, unmet: float) -> float:
    """Return what leaving so many units open costs."""
    total, left = 0.0, unmet
    for units, each in need.unmet:
        if left <= 0:
            break
        total += each * min(left, units)
        left -= units
    return total
