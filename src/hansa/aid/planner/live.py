"""A plan that stays: one stock or one need changes, and a new plan with its proof is there at once.

Only what the change touches is made anew. Where nothing couples that is one family; where trucks or docks do, the
program of `pool` goes on from its last basis, and the families whose totals moved are settled again.
"""

from dataclasses import replace
from itertools import chain

import numpy as np

from hansa.aid.planner import answer, coupled, uncoupled, whole
from hansa.aid.planner.blocks import Block, blocks
from hansa.aid.planner.net import Floats, added, build, segments
from hansa.aid.planner.plan import Flow, Plan
from hansa.aid.planner.pool import Pool
from hansa.aid.planner.problem import Need, Problem, Unfit, fit


class Live:
    """A Problem and its plan. `plan` is the present one; `change` gives the next."""

    def __init__(self, problem: Problem) -> None:
        """Solve the Problem. Raises Unfit for what cannot be planned with, and for scenarios, which are not live."""
        if problem.scenarios:
            raise Unfit("A plan with scenarios is made anew: call solve().")
        fit(problem)
        self.problem = problem
        self._give = {supply.key: place for place, supply in enumerate(problem.supplies)}
        self._want = {need.key: place for place, need in enumerate(problem.needs)}
        self._raw = build(problem)
        _ = self._raw.starts, self._raw.limited  # looked up once for all changes to come
        self._net = self._raw.capped()
        self._parts = blocks(self._raw)
        self._family = self._families()
        self._pool: Pool | None = None
        self._said: list[tuple[Flow, ...]] = [()] * len(self._parts)
        self.plan = self._anew()

    def change(self, *, supply: str | None = None, need: str | None = None, quantity: int) -> Plan:
        """Return the plan after a supply or a need (one of them, by key) has a new quantity.

        A need that grows beyond its segments stays open at the last one's price. Raises Unfit, and KeyError for a key
        that the Problem does not have.
        """
        if (supply is None) == (need is None):
            raise Unfit("Name one supply or one need.")
        if supply is not None:
            place = self._give[supply]
            self._take_supply(place, quantity)
            family = self._family[0][place]
        else:
            place = self._want[str(need)]
            self._take_need(place, quantity)
            family = self._family[1][place]
        self._net = self._raw.capped()
        if self._pool is None:
            self.plan = self._anew() if self._raw.eased().couples() else self._alone(int(family))
            return self.plan
        if supply is not None:
            self._pool.stock(self._raw, place)
        else:
            self._pool.need(self._raw, place)
        self.plan = self._together()
        return self.plan

    def _families(self) -> tuple["np.ndarray[tuple[int], np.dtype[np.intp]]", ...]:
        """Return the family of each supply and of each need; -1 for what no way reaches."""
        give = np.full(len(self._raw.stock), -1)
        want = np.full(len(self._raw.quantity), -1)
        for place, part in enumerate(self._parts):
            give[part.rows], want[part.columns] = place, place
        return give, want

    def _take_supply(self, place: int, quantity: int) -> None:
        old = self.problem.supplies
        new = replace(old[place], quantity=quantity)
        fit(Problem((new,), (), {}))
        self.problem = replace(self.problem, supplies=(*old[:place], new, *old[place + 1 :]))
        stock = self._raw.stock.copy()
        stock[place] = quantity
        self._raw = self._raw.changed(stock=stock)

    def _take_need(self, place: int, quantity: int) -> None:
        old = self.problem.needs
        new = _grown(replace(old[place], quantity=quantity))
        fit(Problem((), (new,), {}))
        self.problem = replace(self.problem, needs=(*old[:place], new, *old[place + 1 :]))
        asked, units = self._raw.quantity.copy(), self._raw.seg_units.copy()
        asked[place] = quantity
        units[np.searchsorted(self._raw.seg_need, place) :][: len(new.unmet)] = segments((new,))[1]
        self._raw = self._raw.changed(quantity=asked, seg_units=units)

    def _anew(self) -> Plan:
        """Solve from the start."""
        if self._raw.eased().couples():
            self._pool = Pool(self._raw)
            return self._together(first=True)
        self._flow, self._price = uncoupled.solve(self._net, self._parts)
        self._flow = self._in_batches(self._flow)
        return self._said_again(
            range(len(self._parts)), self._no_rooms(), "network simplex by family"
        )

    def _alone(self, family: int) -> Plan:
        """Solve one family anew: nothing else feels it."""
        parts = [self._parts[family]] if family >= 0 else []
        flow, price = uncoupled.solve(self._net, parts)
        for part in parts:
            self._flow[part.arcs] = self._in_batches(flow)[part.arcs]
            self._price[part.rows] = price[part.rows]
        method = "network simplex, one family anew"
        return self._said_again([family] if parts else [], self._no_rooms(), method)

    def _no_rooms(self) -> answer.Worth:
        net = self._net
        return answer.worth(net, self._price, np.zeros(len(net.truck)), np.zeros(len(net.dock)))

    def _in_batches(self, flow: Floats) -> Floats:
        net = self._net
        if net.whole and (net.batch > 1).any():
            return whole.mend(net, whole.trim(net, flow))
        return flow

    def _together(self, *, first: bool = False) -> Plan:
        """Let the pool go on, and settle the families whose totals moved."""
        net = self._net
        flow, worth = self._pool.solve() if self._pool else (self._flow, self._no_rooms())
        method = "simplex over the ways that matter, all others priced"
        if not net.whole:
            self._flow = flow
            return self._said_again(range(len(self._parts)), worth, method)
        totals = coupled.Totals(
            added(net.src, flow, len(net.stock)),
            added(net.dst, flow, len(net.quantity)),
        )
        limits = coupled.limits(net, totals, worth)
        if first:
            self._flow = coupled.settle(net, self._parts, totals, worth)
            moved = list(range(len(self._parts)))
        else:
            moved = self._moved(limits)
            self._settle(moved, limits)
        self._limits = limits
        return self._said_again(
            moved, worth, "simplex over the ways that matter, all others priced"
        )

    def _moved(self, limits: coupled.Totals) -> list[int]:
        """Return the families in which a supply or a need has another limit than before."""
        give, want = self._family
        supplies = np.flatnonzero(limits.given != self._limits.given)
        needs = np.flatnonzero(limits.got != self._limits.got)
        return sorted({*give[supplies].tolist(), *want[needs].tolist()} - {-1})

    def _settle(self, moved: list[int], limits: coupled.Totals) -> None:
        """Make whole flows of these families, and let the owners that they touch use what room is left."""
        net = self._net
        parts = [self._parts[place] for place in moved]
        units = coupled.trimmed(net, limits.got)
        flow, _ = uncoupled.solve(net, parts, stock=limits.given, units=units)
        flow = whole.trim(net, flow)
        touched = np.zeros(len(net.truck), bool)
        for part in parts:
            differs = self._flow[part.arcs] != flow[part.arcs]
            touched[net.owner[net.src[part.arcs][differs]]] = True
            self._flow[part.arcs] = flow[part.arcs]
        before = self._flow.copy()
        whole.mend(net, self._flow, touched)
        changed = np.flatnonzero(before != self._flow)
        moved += sorted(set(self._family[0][net.src[changed]].tolist()) - set(moved))

    def _said_again(self, moved: "list[int] | range", worth: answer.Worth, method: str) -> Plan:
        """Return the Plan, its flows said again only for the families that moved."""
        net = self._net
        for place in moved:
            part: Block = self._parts[place]
            arcs = np.arange(part.arcs.start, part.arcs.stop)
            self._said[place] = tuple(answer.flows(net, self._flow, arcs))
        cost = answer.cost(net, self._flow)
        return Plan(
            tuple(chain.from_iterable(self._said)),
            cost,
            min(answer.bound(net, worth), cost),
            answer.prices(net, worth),
            method,
        )


def _grown(need: Need) -> Need:
    """Return the need with its last segment as long as its quantity asks for."""
    held = sum(units for units, _ in need.unmet)
    if held >= need.quantity or not need.unmet:
        return need
    units, price = need.unmet[-1]
    return replace(need, unmet=(*need.unmet[:-1], (units + need.quantity - held, price)))
