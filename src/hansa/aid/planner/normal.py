"""The equations of the interior method, and how they are solved without ever being written out.

Each way touches one supply, one truck pool, one need and one dock. So on the giving side everything hangs on a truck
pool like leaves on a stem and is eliminated by hand; what is left is one dense matrix, needs and docks, however many
ways there are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from hansa.aid.planner.net import Floats, Ints, Net, added

FAINT = 1e-12
"""What is added to the diagonal, as a share of it, against rows that say the same."""


@dataclass(frozen=True)
class Patch:
    """The ways of one offered item: their places, and the cell of each in a table of its supplies by its needs."""

    arcs: Ints
    cell: Ints
    rows: int
    columns: Ints


class System:
    """Rows: stock, needs, trucks, docks that bind. Columns: ways, open segments, what is left of stock, trucks, docks."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.trucks = np.flatnonzero(np.isfinite(net.truck))
        self.docks = np.flatnonzero(np.isfinite(net.dock))
        counts = (len(net.stock), len(net.quantity), len(self.trucks), len(self.docks))
        self.counts = counts
        truck_of = _numbered(self.trucks, len(net.truck))
        dock_of = _numbered(self.docks, len(net.dock))
        self.supply_truck, self.need_dock = truck_of[net.owner], dock_of[net.call]
        self.truck, self.dock = self.supply_truck[net.src], self.need_dock[net.dst]
        self.volume = net.volume[net.src]
        self.give = np.concatenate(
            [net.stock, net.quantity, net.truck[self.trucks], net.dock[self.docks]]
        )
        slack = np.zeros(counts[0] + counts[2] + counts[3])
        self.cost = np.concatenate([net.cost, net.seg_price, slack])
        ways, segments = len(net.src), len(net.seg_need)
        limited = net.limited
        self.capped = np.concatenate([limited, ways + np.arange(segments)])
        self.cap = np.concatenate([net.limit[limited], net.seg_units])
        self._columns = np.cumsum([ways, segments, counts[0], counts[2]])
        self._rows = np.cumsum(counts[:3])
        self._patches = _patches(net)

    def columns(self, values: Floats) -> list[Floats]:
        """Cut by columns: ways, segments, slack of stock, of trucks, of docks."""
        return np.split(values, self._columns)

    def rows(self, values: Floats) -> list[Floats]:
        """Cut by rows: stock, needs, trucks, docks."""
        return np.split(values, self._rows)

    def used(self, columns: Floats) -> Floats:
        """Return the matrix times the columns: what each row uses."""
        net = self.net
        ways, open_, stock, truck, dock = self.columns(columns)
        moved = self.volume * ways
        return np.concatenate(
            [
                np.bincount(net.src, ways, len(stock)) + stock,
                self.by_need(ways) + np.bincount(net.seg_need, open_, self.counts[1]),
                self.by_truck(moved) + truck,
                self.by_dock(moved) + dock,
            ]
        )

    def paid(self, prices: Floats) -> Floats:
        """Return the matrix transposed times the rows' prices: what each column is paid."""
        net = self.net
        stock, need, truck, dock = self.rows(prices)
        carried = np.append(truck, 0.0)[self.truck] + np.append(dock, 0.0)[self.dock]
        ways = stock[net.src] + need[net.dst] + self.volume * carried
        return np.concatenate([ways, need[net.seg_need], stock, truck, dock])

    def by_need(self, ways: Floats) -> Floats:
        """Return the sums over each need."""
        return added(self.net.dst, ways, self.counts[1])

    def by_truck(self, moved: Floats) -> Floats:
        """Return the sums over each truck pool."""
        return added(self.truck, moved, self.counts[2] + 1)[:-1]

    def by_dock(self, moved: Floats) -> Floats:
        """Return the sums over each dock."""
        return added(self.dock, moved, self.counts[3] + 1)[:-1]

    def factor(self, weights: Floats) -> "Factor":
        """Return the factorised equations for these weights of the columns."""
        return Factor(self, weights)

    def receivers(self, ways: Floats, scale: Floats) -> Floats:
        """Return needs and docks by needs and docks: what the ways tie together, less what their supplies take out."""
        net, needs = self.net, self.counts[1]
        size = needs + self.counts[3] + 1
        matrix = np.zeros((size, size))
        docks = needs + self.need_dock
        thin = ways * scale[net.src]
        for patch in self._patches:
            shape = patch.rows, len(patch.columns)
            cells = np.bincount(patch.cell, thin[patch.arcs], shape[0] * shape[1]).reshape(shape)
            tied = cells.T @ cells
            volume = self.volume[patch.arcs[0]]
            one, other = patch.columns, docks[patch.columns]
            matrix[one[:, None], one] -= tied
            np.subtract.at(matrix, (one[:, None], other), volume * tied)
            np.subtract.at(matrix, (other[:, None], one), volume * tied)
            np.subtract.at(matrix, (other[:, None], other), volume**2 * tied)
        need = np.arange(needs)
        moved = self.volume * ways
        across = self.by_need(moved)
        matrix[need, need] += self.by_need(ways)
        matrix[need, docks] += across
        matrix[docks, need] += across
        held = np.arange(needs, size - 1)
        matrix[held, held] += self.by_dock(self.volume * moved)
        return np.ascontiguousarray(matrix[:-1, :-1])

    def across(self, ways: Floats) -> Floats:
        """Return trucks by needs and docks: the sums of the ways' values, by volume and by its square."""
        trucks, needs = self.counts[2], self.counts[1]
        size = needs + self.counts[3] + 1
        moved = self.volume * ways
        base = self.truck * size
        flat = np.bincount(base + self.net.dst, moved, (trucks + 1) * size)
        if self.counts[3]:
            flat += np.bincount(base + needs + self.dock, self.volume * moved, (trucks + 1) * size)
        return np.ascontiguousarray(flat.reshape(trucks + 1, size)[:-1, :-1])


class Factor:
    """Solves for the rows' prices, given what each row is short of."""

    def __init__(self, system: System, weights: Floats) -> None:
        self.system = system
        net, counts = system.net, system.counts
        ways, open_, stock, truck, dock = system.columns(weights)
        self.ways = ways
        self.sent = np.bincount(net.src, ways, counts[0])
        self.supply = self.sent + stock
        left = stock / self.supply
        matrix = system.receivers(ways, 1 / np.sqrt(self.supply))
        spot = np.arange(counts[1])
        matrix[spot, spot] += np.bincount(net.seg_need, open_, counts[1])
        spot = np.arange(counts[1], len(matrix))
        matrix[spot, spot] += dock
        bulk = net.volume**2 * self.sent * left
        self.truck = truck + np.bincount(system.supply_truck, bulk, counts[2] + 1)[:-1]
        self.across = system.across(ways * left[net.src])
        if counts[2]:
            scaled = self.across / np.sqrt(self.truck)[:, None]
            # dsyrk wants columns; the transpose of our rows is just that, without a copy
            matrix = dsyrk(-1.0, scaled.T, beta=1.0, c=matrix.T, overwrite_c=True)
        spot = np.arange(len(matrix))
        matrix[spot, spot] = np.where(matrix[spot, spot] > 0, matrix[spot, spot], 1.0) * (1 + FAINT)
        self.cholesky = cho_factor(matrix, overwrite_a=True, check_finite=False)

    def solve(self, short: Floats) -> Floats:
        """Return the prices."""
        system = self.system
        net, counts = system.net, system.counts
        stock, need, truck, dock = system.rows(short)
        share = stock / self.supply
        sent = self.ways * share[net.src]
        moved = system.volume * sent
        right = np.concatenate([need - system.by_need(sent), dock - system.by_dock(moved)])
        truck = truck - system.by_truck(moved)
        solved = cho_solve(
            self.cholesky, right - self.across.T @ (truck / self.truck), check_finite=False
        )
        truck = (truck - self.across @ solved) / self.truck
        need, dock = solved[: counts[1]], solved[counts[1] :]
        carried = np.append(truck, 0.0)[system.truck] + np.append(dock, 0.0)[system.dock]
        back = self.ways * (need[net.dst] + system.volume * carried)
        stock = share - np.bincount(net.src, back, counts[0]) / self.supply
        return np.concatenate([stock, need, truck, dock])


def _numbered(places: Ints, size: int) -> Ints:
    """Return for each of `size` places its number among `places`, or one more than there are."""
    numbers = np.full(size, len(places))
    numbers[places] = np.arange(len(places))
    return numbers


def _patches(net: Net) -> list[Patch]:
    """Cut the ways by what is offered: inside, each supply has the same needs in reach and the same volume."""
    order = np.argsort(net.offered[net.src], kind="stable")
    items, first = np.unique(net.offered[net.src][order], return_index=True)
    patches = []
    for arcs in np.split(order, first[1:]) if len(items) else []:
        supplies, at = np.unique(net.src[arcs], return_inverse=True)
        needs, to = np.unique(net.dst[arcs], return_inverse=True)
        patches.append(Patch(arcs, at * len(needs) + to, len(supplies), needs))
    return patches
