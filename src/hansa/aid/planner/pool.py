"""The ways that matter, in a linear program that stays warm: after a change highspy goes on from where it stood.

All other ways are priced after every run and come in when they would pay, so what it answers holds for all of them.
"""

from dataclasses import replace

import numpy as np

from hansa.aid.planner import answer, coupled, interior, model
from hansa.aid.planner.net import Floats, Ints, Net

NEAR = 1e-7
"""How near the interior method comes before it says which ways matter."""
SHARE = 0.2
"""Share of ways that start in the pool."""
FEW = 5000
"""Ways up to which all start in the pool."""
CHEAP = 1e-7
"""What a way must save, as a share of the largest cost, to come in."""
PROVEN = 5e-6
"""The gap, as a share of the cost, that ways outside may leave."""
ROUNDS = 20


class Pool:
    """The program, its basis, and the ways that are in it. Its Net has all stock, also what cannot be asked for."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.inside = self._first()
        part = self._part()
        self._solver = model.load(model.program(part), solver="ipm")
        model.run(self._solver)
        for option, value in (("solver", "simplex"), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        ways = len(part.src)
        self._columns = np.arange(ways)
        self._segments = ways + np.arange(len(net.seg_need))
        binding = np.isfinite(net.truck).sum()
        base = len(net.stock) + len(net.quantity)
        self._truck_row = np.cumsum(np.isfinite(net.truck)) - 1 + base
        self._dock_row = np.cumsum(np.isfinite(net.dock)) - 1 + base + binding

    def _first(self) -> Ints:
        """Return the ways to start with: the nearest to paying, and all that have a limit."""
        net = self.net
        kept = coupled.living(net)
        if len(net.src) <= FEW:
            return np.arange(len(net.src))
        if not len(kept):
            return net.limited
        try:
            middle = interior.solve(coupled.alive(net.capped(), kept), NEAR)
        except interior.Lost:
            return np.arange(len(net.src))
        saved = self._slack(middle.stock, middle.truck, middle.dock, middle.need)
        nearest = kept[np.argsort(saved[kept], kind="stable")[: int(SHARE * len(net.src)) + 1]]
        return np.union1d(nearest, net.limited)

    def _slack(self, stock: Floats, truck: Floats, dock: Floats, need: Floats) -> Floats:
        """Return what each way costs beyond what its need is worth."""
        net = self.net
        slack: Floats = net.reduced(truck, dock) + stock[net.src] - need[net.dst]
        return slack

    def _part(self) -> Net:
        net, kept = self.net, self.inside
        return replace(
            net,
            src=net.src[kept],
            dst=net.dst[kept],
            cost=net.cost[kept],
            limit=net.limit[kept],
        )

    def stock(self, net: Net, supply: int) -> None:
        """Take over a supply's stock from a changed Net."""
        self.net = net
        self._solver.changeRowBounds(supply, 0.0, float(net.stock[supply]))

    def need(self, net: Net, need: int) -> None:
        """Take over a need's quantity and segments from a changed Net."""
        self.net = net
        row, quantity = len(net.stock) + need, float(net.quantity[need])
        self._solver.changeRowBounds(row, quantity, quantity)
        first, last = np.searchsorted(net.seg_need, (need, need + 1))
        for segment in range(int(first), int(last)):
            column = int(self._segments[segment])
            self._solver.changeColBounds(column, 0.0, float(net.seg_units[segment]))

    def solve(self) -> tuple[Floats, answer.Worth]:
        """Return flows in parts of units and prices, after no way outside would pay for more than floats can tell."""
        net = self.net
        for _ in range(ROUNDS):
            values, duals = model.run(self._solver)
            worth = model.worth(net, duals)
            cost = self._solver.getObjectiveValue() + net.constant
            if cost - answer.bound(net, worth) <= PROVEN * max(1.0, abs(cost)):
                break
            need = duals[len(net.stock) : len(net.stock) + len(net.quantity)]
            slack = self._slack(worth.supply, worth.truck, worth.dock, need)
            slack[self.inside] = 0.0
            pays = np.flatnonzero(slack < -CHEAP * (1 + np.abs(net.cost).max(initial=0.0)))
            if not len(pays):
                break
            self._let_in(pays)
        flow = np.zeros(len(net.src))
        flow[self.inside] = np.maximum(values[self._columns], 0.0)
        return flow, worth

    def _let_in(self, ways: Ints) -> None:
        """Add columns for these ways."""
        net = self.net
        volume = net.volume[net.src[ways]]
        owner, call = net.owner[net.src[ways]], net.call[net.dst[ways]]
        rows = np.stack(
            [
                net.src[ways],
                len(net.stock) + net.dst[ways],
                np.where(np.isfinite(net.truck[owner]), self._truck_row[owner], -1),
                np.where(np.isfinite(net.dock[call]), self._dock_row[call], -1),
            ],
            1,
        )
        values = np.stack([np.ones(len(ways)), np.ones(len(ways)), volume, volume], 1)
        kept = (rows >= 0) & (values > 0)
        start = np.concatenate([[0], np.cumsum(kept.sum(1))])
        first = self._solver.getNumCol()
        self._solver.addCols(
            len(ways), net.cost[ways], np.zeros(len(ways)), net.limit[ways], int(start[-1]),
            start[:-1].astype(np.int32), rows[kept].astype(np.int32), values[kept],
        )  # fmt: skip
        self.inside = np.concatenate([self.inside, ways])
        self._columns = np.concatenate([self._columns, first + np.arange(len(ways))])
