"""The equations of the interior method, and how they are solved without ever being written out.

Each way touches one supply, one truck pool, one need and one dock. So on the giving side everything hangs on a truck
pool like leaves on a stem and is eliminated by hand; what is left is one dense matrix, needs and docks, however many
ways there are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk
from scipy.sparse import csr_array

from hansa.aid.planner.net import Floats, Ints, Net, added

FAINT = 1e-12
"""What is added to the diagonal, as a share of it, against rows that say the same."""


@dataclass(frozen=True)
class Patches:
    """The ways cut by what is offered: inside, each supply has the same needs in reach and the same volume.

    `cell` is each way's cell in tables of supplies by lanes, one after the other; `shapes` are the tables' shapes.
    `corners` says where in the matrix what two lanes share belongs, and times which power of the volume; `size` of it all.
    """

    cell: Ints
    shapes: list[tuple[int, int]]
    size: int
    corners: Ints
    kept: Ints
    powers: Floats


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
        self._lanes(net)
        self._patches = self._cut(net)
        self._crossing()

    def _lanes(self, net: Net) -> None:
        """Number the lanes, each what is offered to one need: one volume, one dock, whoever offers it."""
        key = net.offered[net.src] * len(net.quantity) + net.dst
        _, first, self.lane = np.unique(key, return_index=True, return_inverse=True)
        self.lane_need, self.lane_volume = net.dst[first], self.volume[first]
        self.lane_dock = self.need_dock[self.lane_need]
        supplies, lanes, ways = len(net.stock), len(first), len(net.src)
        ends = np.stack([net.src, supplies + self.lane], axis=1).ravel()
        self.ends = csr_array(
            (np.ones(2 * ways), ends, 2 * np.arange(ways + 1)), (ways, supplies + lanes)
        )
        self.ways_of = self.ends.T.tocsr()
        self.by_lane = np.argsort(self.lane, kind="stable")
        self.lane_first = np.searchsorted(self.lane[self.by_lane], np.arange(lanes + 1))

    def _crossing(self) -> None:
        """Find where in the table of trucks by needs and docks each way belongs, if it has a truck and a dock."""
        trucks, docks, needs = self.counts[2], self.counts[3], self.counts[1]
        size = needs + docks
        self.carried = np.flatnonzero(self.truck < trucks)
        self.landed = np.flatnonzero((self.truck < trucks) & (self.dock < docks))
        base = self.truck * size
        self.cross = np.concatenate(
            [
                base[self.carried] + self.net.dst[self.carried],
                base[self.landed] + needs + self.dock[self.landed],
            ]
        )

    def _cut(self, net: Net) -> Patches:
        """Cut the ways into patches."""
        order = np.argsort(net.offered[net.src], kind="stable")
        items, first = np.unique(net.offered[net.src][order], return_index=True)
        needs, docks = self.counts[1], self.counts[3]
        size, done = needs + docks, 0
        cell, shapes = np.zeros(len(order), dtype=np.intp), []
        places, powers = [], []
        for arcs in np.split(order, first[1:]) if len(items) else []:
            supplies, at = np.unique(net.src[arcs], return_inverse=True)
            columns, to = np.unique(net.dst[arcs], return_inverse=True)
            cell[arcs] = done + at * len(columns) + to
            shapes.append((len(supplies), len(columns)))
            done += len(supplies) * len(columns)
            dock, volume = self.need_dock[columns], self.volume[arcs[0]]
            rows = np.concatenate([columns, np.where(dock < docks, needs + dock, -1)])
            both = np.where(
                (rows[:, None] < 0) | (rows < 0), -1, rows[:, None] * size + rows
            ).reshape(2, len(columns), 2, len(columns))
            for one, other in ((0, 0), (0, 1), (1, 0), (1, 1)):
                places.append(both[one, :, other].ravel())
                powers.append(np.full(len(columns) ** 2, volume ** (one + other)))
        flat = np.concatenate(places) if places else np.zeros(0, np.intp)
        kept = np.flatnonzero(flat >= 0)
        power = np.concatenate(powers)[kept] if powers else np.zeros(0)
        return Patches(cell, shapes, done, flat[kept], kept, -power)

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
        sums = self.ways_of @ ways
        sent, got = sums[: len(stock)], sums[len(stock) :]
        need, landed = self.received(got)
        need += np.bincount(net.seg_need, open_, self.counts[1])
        return np.concatenate(
            [sent + stock, need, self.by_truck(net.volume * sent) + truck, landed + dock]
        )

    def paid(self, prices: Floats) -> Floats:
        """Return the matrix transposed times the rows' prices: what each column is paid."""
        stock, need, truck, dock = self.rows(prices)
        leaf = stock + self.net.volume * np.append(truck, 0.0)[self.supply_truck]
        ways = self.ends @ np.concatenate([leaf, self.lane_prices(need, dock)])
        return np.concatenate([ways, need[self.net.seg_need], stock, truck, dock])

    def received(self, lanes: Floats) -> tuple[Floats, Floats]:
        """Return what comes over the lanes to each need, and by volume to each dock."""
        docks = self.counts[3]
        landed = added(self.lane_dock, self.lane_volume * lanes, docks + 1)[:-1]
        return added(self.lane_need, lanes, self.counts[1]), landed

    def lane_prices(self, need: Floats, dock: Floats) -> Floats:
        """Return what a unit on each lane is paid by its need and its dock."""
        landed: Floats = self.lane_volume * np.append(dock, 0.0)[self.lane_dock]
        return need[self.lane_need] + landed

    def by_truck(self, moved: Floats) -> Floats:
        """Return the sums over each truck pool of what its supplies move."""
        return added(self.supply_truck, moved, self.counts[2] + 1)[:-1]

    def table(self, ways: Floats) -> csr_array:
        """Return the ways' values as a sparse table of lanes by supplies."""
        order = self.by_lane
        shape = len(self.lane_need), len(self.net.stock)
        return csr_array((ways[order], self.net.src[order], self.lane_first), shape)

    def factor(self, weights: Floats) -> "Factor":
        """Return the factorised equations for these weights of the columns."""
        return Factor(self, weights)

    def receivers(self, ways: Floats, scale: Floats, got: Floats) -> Floats:
        """Return needs and docks by needs and docks: what the ways tie together, less what their supplies take out.

        `got` are the ways' sums over each lane.
        """
        needs, docks, patches = self.counts[1], self.counts[3], self._patches
        size = needs + docks
        cells = added(patches.cell, ways * scale[self.net.src], patches.size)
        tied: list[Floats] = [np.zeros(0)]
        done = 0
        for rows, columns in patches.shapes:
            table = cells[done : done + rows * columns].reshape(rows, columns)
            shared: Floats = (table.T @ table).ravel()
            tied += [shared] * 4
            done += rows * columns
        values = np.concatenate(tied)[patches.kept] * patches.powers
        flat = added(patches.corners, values, size * size)
        moved = self.lane_volume * got
        spot = np.arange(needs) * (size + 1)
        flat[spot] += added(self.lane_need, got, needs)
        docked = np.flatnonzero(self.lane_dock < docks)
        need, dock = self.lane_need[docked], needs + self.lane_dock[docked]
        for places, values in (
            (need * size + dock, moved[docked]),
            (dock * size + need, moved[docked]),
            (dock * (size + 1), (self.lane_volume * moved)[docked]),
        ):
            np.add.at(flat, places, values)
        return flat.reshape(size, size)

    def across(self, ways: Floats) -> Floats:
        """Return trucks by needs and docks: the sums of the ways' values, by volume and by its square."""
        trucks, size = self.counts[2], self.counts[1] + self.counts[3]
        moved = self.volume * ways
        values = np.concatenate([moved[self.carried], (self.volume * moved)[self.landed]])
        return added(self.cross, values, trucks * size).reshape(trucks, size)


class Factor:
    """Solves for the rows' prices, given what each row is short of."""

    def __init__(self, system: System, weights: Floats) -> None:
        self.system = system
        net, counts = system.net, system.counts
        ways, open_, stock, truck, dock = system.columns(weights)
        self.table = system.table(ways)
        sums = system.ways_of @ ways
        self.sent = sums[: counts[0]]
        self.supply = self.sent + stock
        left = stock / self.supply
        matrix = system.receivers(ways, 1 / np.sqrt(self.supply), sums[counts[0] :])
        spot = np.arange(counts[1])
        matrix[spot, spot] += np.bincount(net.seg_need, open_, counts[1])
        spot = np.arange(counts[1], len(matrix))
        matrix[spot, spot] += dock
        bulk = net.volume**2 * self.sent * left
        self.truck = truck + system.by_truck(bulk)
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
        got, landed = system.received(self.table @ share)
        right = np.concatenate([need - got, dock - landed])
        truck = truck - system.by_truck(net.volume * self.sent * share)
        solved = cho_solve(
            self.cholesky, right - self.across.T @ (truck / self.truck), check_finite=False
        )
        truck = (truck - self.across @ solved) / self.truck
        need, dock = solved[: counts[1]], solved[counts[1] :]
        carried = net.volume * np.append(truck, 0.0)[system.supply_truck]
        back = self.table.T @ system.lane_prices(need, dock) + self.sent * carried
        return np.concatenate([share - back / self.supply, need, truck, dock])


def _numbered(places: Ints, size: int) -> Ints:
    """Return for each of `size` places its number among `places`, or one more than there are."""
    numbers = np.full(size, len(places))
    numbers[places] = np.arange(len(places))
    return numbers
