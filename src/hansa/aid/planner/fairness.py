"""The fair plan beside the cheapest: the call that gets least gets as much as it can, and what that costs is shown.

Least waiting can leave one call with nothing (Gutjahr and Fischer 2018). A call's rate is the share of its needs that is
sent, each need counted by its urgency, however many units it has. The lowest rate is raised as far as it goes, then the next, within the price that
is allowed; of all such plans the cheapest is taken. The prices of the cheapest plan stay its proof.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf

from hansa.aid.planner import arcs
from hansa.aid.planner.explain import Explainer, Way
from hansa.aid.planner.greedy import top_up, weighed
from hansa.aid.planner.lp import Answer, Lp
from hansa.aid.planner.plan import Flow, Plan
from hansa.aid.planner.problem import Problem
from hansa.aid.planner.reason import Numbers, Reason

SMALL = 1500
"""Up to so many ways, all are weighed."""

EXACT = 300
"""Up to so many, whole units are sought by branch and bound; beyond, parts are rounded, and the rest given out."""

NODES = 200
"""Nodes of that search: unlike seconds, the same on every machine."""

SHARES = (0.8, 0.5, 0.2)
"""Of what may be paid: with so much less in parts, whole units may stay within it."""

POOL = 8
"""Beyond, so many ways to each need are weighed beside those that the plan uses: the cheapest with all prices paid."""

ROUNDS = 3
SECONDS = 20.0
"""For each program; what is found by then counts."""

EQUAL = 1e-7


@dataclass(frozen=True, slots=True)
class Fair:
    """The fair plan; rates by call before and after, 0 to 1; `price`: what it costs more, as a share; and the reasons."""

    plan: Plan
    before: dict[str, float]
    after: dict[str, float]
    price: float
    reasons: tuple[Reason, ...]


def rates(problem: Problem, flows: Iterable[Flow]) -> dict[str, float]:
    """Return each call's rate: the share of its needs that these flows fill, by urgency. Calls that need nothing have none."""
    shares = _shares(problem)
    found = {problem.needs[at].call: 0.0 for at in shares}
    for flow in flows:
        if flow.need in shares:
            found[problem.needs[flow.need].call] += shares[flow.need] * flow.quantity
    return found


def _shares(problem: Problem) -> dict[int, float]:
    """Return by need what one unit adds to its call's rate.

    A weight is of one unit: times all that is needed of the item it is the need's urgency. Else one kitchen would count
    as much as ten thousand masks.
    """
    sums: dict[str, float] = defaultdict(float)
    counted = {}
    urgent = {need.call for need in problem.needs if need.quantity and need.weight}
    wanted: dict[str, float] = defaultdict(float)
    for need in problem.needs:
        wanted[need.item] += need.quantity
    for at, need in enumerate(problem.needs):
        if need.quantity:
            counted[at] = need.weight * wanted[need.item] if need.call in urgent else 1.0
            sums[need.call] += counted[at]
    return {
        at: weight / sums[problem.needs[at].call] / problem.needs[at].quantity
        for at, weight in counted.items()
        if weight
    }


def fair(problem: Problem, plan: Plan, *, most: float = 0.05) -> Fair:
    """Return the fairest plan that costs at most so much more than this one, as a share. The plan itself, if none is fairer."""
    before = rates(problem, plan.flows)
    best = plan
    for flows in _candidates(problem, plan, most):
        cost = weighed(problem, flows, plan.held)
        within = cost <= plan.cost * (1 + most) + EQUAL
        one = replace(plan, flows=flows, cost=cost, method=f"{plan.method}, fair")
        if within and _key(problem, one) > _key(problem, best):
            best = one
    after = rates(problem, best.flows)
    price = (best.cost - plan.cost) / max(1.0, plan.cost)
    return Fair(best, before, after, price, _reasons(before, after, price, same=best is plan))


def compared(problem: Problem, plan: Plan, cheapest: Plan) -> tuple[Reason, ...]:
    """Say what a plan that was made fair gives to each call beside the cheapest, and what that costs.

    Of one that raises no call it is said, and what a fair one would do: it may call itself what it is not.
    """
    before, after = rates(problem, cheapest.flows), rates(problem, plan.flows)
    price = (plan.cost - cheapest.cost) / max(1.0, cheapest.cost)
    same = min(after.values(), default=1.0) <= min(before.values(), default=1.0) + EQUAL
    if same and _several(after):
        return (Reason("fair.not"), *fair(problem, cheapest).reasons)
    return _reasons(before, after, price, same=same, code="fair.chosen")


def _several(found: dict[str, float]) -> bool:
    """Tell whether there is anything to be fair between: one call alone is always treated fairly."""
    return len(found) > 1


def _key(problem: Problem, plan: Plan) -> tuple[float, float]:
    """Order plans: the fairer, then the cheaper."""
    return round(min(rates(problem, plan.flows).values(), default=1.0), 6), -plan.cost


def _reasons(
    before: dict[str, float],
    after: dict[str, float],
    price: float,
    *,
    same: bool,
    code: str = "fair.price",
) -> tuple[Reason, ...]:
    if not _several(after):
        return ()
    lowest = 100 * min(after.values())
    if same:
        return (Reason("fair.same", {"lowest": lowest}),)
    least = 100 * min(before.values())
    if lowest - least < 1:
        return (Reason("fair.hardly", {"lowest": least, "price": 100 * price}),)
    said = [Reason(code, {"before": least, "after": lowest, "price": 100 * price})]
    for call in sorted(after, key=lambda one: before[one] - after[one]):
        if abs(after[call] - before[call]) >= 0.005:  # noqa: PLR2004 - half a percent is not told
            told: Numbers = {"call": call, "before": 100 * before[call], "after": 100 * after[call]}
            said.append(Reason("fair.gains" if after[call] > before[call] else "fair.gives", told))
    return tuple(said)


def _candidates(problem: Problem, plan: Plan, most: float) -> Iterable[tuple[Flow, ...]]:
    if not _several(rates(problem, ())):
        return
    program = _Program(problem, plan, most)
    parts = program.raised()
    if parts is None:
        return
    if not problem.whole:
        yield parts
        return
    yield _rounded(problem, plan, parts)
    if len(program.ways) <= EXACT:
        exact = _Program(problem, plan, most, whole=True).raised()
        if exact is not None:
            yield exact
        return
    for share in SHARES:  # what rounding added may be more than is allowed
        parts = _Program(problem, plan, most * share).raised()
        if parts is not None:
            yield _rounded(problem, plan, parts)


def _rounded(problem: Problem, plan: Plan, parts: Iterable[Flow]) -> tuple[Flow, ...]:
    """Return whole flows no larger than these, and what can still be sent besides: the call that is behind first."""
    whole = tuple(
        replace(flow, quantity=units)
        for flow in parts
        if (units := _batches(problem, flow.supply, flow.quantity))
    )
    behind = rates(problem, whole)
    return top_up(
        problem, whole, plan.held, lambda need: (behind.get(need.call, 1.0), -need.weight)
    )


def _batches(problem: Problem, supply: int, units: float) -> int:
    batch = problem.supplies[supply].batch
    return int(units / batch + EQUAL) * batch


class _Program:
    """The plan's problem, with the lowest rate as a column, over the ways that are worth a look."""

    def __init__(self, problem: Problem, plan: Plan, most: float, *, whole: bool = False) -> None:
        self.problem, self.whole, self.lp = problem, whole, Lp()
        self.ways: list[tuple[int, int, int]] = []  # supply, need, column
        self._units: list[int] = []
        explainer = Explainer(problem, plan)
        found = [explainer.ways(at) for at in range(len(problem.needs))]
        self.small = sum(map(len, found)) <= SMALL
        for at, ways in enumerate(found):
            near = ways if self.small else ways[:POOL]
            near += [way for way in ways[len(near) :] if (way.supply, at) in explainer.sent]
            self._need(at, near)
        self._limits(plan)
        self.costs = list(self.lp.costs)
        fixed = weighed(problem, (), plan.held) - sum(
            arcs.unmet_cost(need, need.quantity) for need in problem.needs
        )
        budget = plan.cost * (1 + most) - fixed
        self.lp.row(-inf, budget, {at: cost for at, cost in enumerate(self.costs) if cost})
        self.lowest = self.lp.column()
        self.rows = {call: self.lp.row(0.0, inf, self._rate(call)) for call in self._calls()}

    def _need(self, at: int, ways: list[Way]) -> None:
        """Add ways to a need, and what of it stays open."""
        problem, need = self.problem, self.problem.needs[at]
        entries: dict[int, float] = {}
        for way in ways:
            supply = problem.supplies[way.supply]
            part = supply.batch if self.whole else 1
            cost = arcs.cost(problem, supply, need)
            kept = arcs.discount(problem, supply, need)
            for most, each in ((kept // part, cost - problem.change), (inf, cost)):
                if most:
                    column = self.lp.column(each * part, most, whole=self.whole)
                    self.ways.append((way.supply, at, column))
                    self._units.append(part)
                    entries[column] = part
        for units, price in need.unmet:
            entries[self.lp.column(price, units)] = 1
        self.lp.row(need.quantity, need.quantity, entries)

    def _limits(self, plan: Plan) -> None:
        problem = self.problem
        stock: dict[int, dict[int, float]] = defaultdict(dict)
        trucks: dict[str, dict[int, float]] = defaultdict(dict)
        docks: dict[str, dict[int, float]] = defaultdict(dict)
        for (place, at, column), part in zip(self.ways, self._units, strict=True):
            supply, call = problem.supplies[place], problem.needs[at].call
            volume = problem.volume.get(supply.item, 0.0) * part
            stock[place][column] = part
            if volume and supply.owner in problem.trucks:
                trucks[supply.owner][column] = volume
            if volume and call in problem.docks:
                docks[call][column] = volume
        held: dict[int, float] = defaultdict(float)
        for flows in plan.held:
            sums: dict[int, float] = defaultdict(float)
            for flow in flows:
                sums[flow.supply] += flow.quantity
                held[flow.supply] = max(held[flow.supply], sums[flow.supply])
        for place, row in stock.items():
            self.lp.row(-inf, problem.supplies[place].quantity - held[place], row)
        for rooms, rows in ((problem.trucks, trucks), (problem.docks, docks)):
            for name, row in rows.items():
                self.lp.row(-inf, rooms[name], row)

    def _calls(self) -> list[str]:
        return sorted(rates(self.problem, ()))

    def _rate(self, call: str, *, less_lowest: bool = True) -> dict[int, float]:
        """Return the entries of a call's rate, less the lowest of all."""
        shares = _shares(self.problem)
        entries = {
            column: shares[at] * part
            for (_, at, column), part in zip(self.ways, self._units, strict=True)
            if at in shares and self.problem.needs[at].call == call
        }
        return entries | ({self.lowest: -1.0} if less_lowest else {})

    def raised(self) -> tuple[Flow, ...] | None:
        """Raise the lowest rate, then the next; return the cheapest flows that keep them, or None where none were found.

        With whole units only the lowest is raised, and with very many ways the lowest few: what the others then get, the
        cost decides.
        """
        free = set(self.rows)
        floors: dict[str, float] = {}
        for _ in range(len(free) if self.small else ROUNDS):
            self.lp.costs = [0.0] * len(self.costs) + [-1.0]
            answer = self.lp.solve(seconds=SECONDS, nodes=NODES)
            if not answer.found:
                break
            lowest = answer.values[self.lowest]
            # What has a price cannot be above the lowest while none is below it: it is settled.
            settled = {call for call in free if self._settled(answer, call)} or set(free)
            floors |= dict.fromkeys(settled, lowest) | dict.fromkeys(free - settled, lowest)
            free -= settled
            self._keep(settled, floors, EQUAL)
            if not free:
                break
        self.lp.costs = [*self.costs, 0.0]
        for slack in (EQUAL, 10 * EQUAL, 1000 * EQUAL):  # sums of large costs are not exact
            self._keep(floors, floors, slack)
            answer = self.lp.solve(seconds=SECONDS, nodes=NODES)
            if floors and answer.found:
                return self._flows(answer.values)
        return None

    def _keep(self, calls: Iterable[str], floors: dict[str, float], slack: float) -> None:
        for call in calls:
            floor = max(0.0, floors[call] - slack)
            self.lp.change(self.rows[call], floor, self._rate(call, less_lowest=False))

    def _settled(self, answer: Answer, call: str) -> bool:
        return self.whole or abs(answer.prices[self.rows[call]]) > EQUAL

    def _flows(self, values: list[float]) -> tuple[Flow, ...]:
        sums: dict[tuple[int, int], float] = defaultdict(float)
        for (supply, need, column), part in zip(self.ways, self._units, strict=True):
            sums[supply, need] += values[column] * part
        return tuple(
            Flow(supply, need, round(units) if self.whole else units)
            for (supply, need), units in sums.items()
            if units > EQUAL
        )
