"""The equations of the interior method, and how they are solved without ever being written out.

Each way touches one supply, one need, one truck pool and one dock. Supplies and needs belong to one family, and nothing
but trucks and docks ties families together. So supplies are eliminated by hand, needs family by family, and what is left
is one dense matrix of trucks and docks, however many ways, items and needs there are.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk
from scipy.linalg.lapack import dpotrf, dtrtri
from scipy.sparse import csr_array

from hansa.aid.planner.net import Floats, Ints, Net, added

FAINT = 1e-12
"""What is added to the diagonal, as a share of it, against rows that say the same."""


@dataclass(frozen=True)
class Patches:
    """The ways cut by what is offered: inside, each supply has the same needs in reach and the same volume.

    `cell` is each way's cell in tables of supplies by lanes, one after the other; `shapes` are the tables' shapes, `size`
    of it all. What two lanes share belongs at `corners` of the equations, taken `kept` times `powers` of the volume.
    """

    cell: Ints
    shapes: list[tuple[int, int]]
    size: int
    corners: Ints
    kept: Ints
    powers: Floats


@dataclass(frozen=True)
class Families:
    """The needs, family by family: `order` of the needs, `rank` of each in it, where each family `first` stands (and the end).

    Their square blocks stand one after the other; `row` is where each need's line begins in them.
    """

    order: Ints
    rank: Ints
    first: Ints
    row: Ints
    size: int

    @classmethod
    def of(cls, net: Net) -> "Families":
        """Find them; a need that nothing reaches is a family of its own."""
        needs = len(net.quantity)
        family = len(net.spans) + np.arange(needs)
        for place, (_, _, _, columns) in enumerate(net.spans):
            family[columns] = place
        order = np.argsort(family, kind="stable")
        first = np.append(np.unique(family[order], return_index=True)[1], needs)
        sizes = np.diff(first)
        begins = np.concatenate([[0], np.cumsum(sizes**2)])
        rank = np.empty(needs, dtype=np.intp)
        rank[order] = np.arange(needs)
        inside = np.arange(needs) - np.repeat(first[:-1], sizes)
        row = np.empty(needs, dtype=np.intp)
        row[order] = np.repeat(begins[:-1], sizes) + inside * np.repeat(sizes, sizes)
        return cls(order, rank, first, row, int(begins[-1]))

    def place(self, one: Ints, other: Ints) -> Ints:
        """Return where two needs of the same family meet in its block."""
        start = self.first[np.searchsorted(self.first, self.rank[other], side="right") - 1]
        places: Ints = self.row[one] + self.rank[other] - start
        return places

    def pattern(self) -> tuple[Ints, Ints]:
        """Return columns and beginnings of lines of all blocks as one sparse matrix (CSR), by rank."""
        sizes = np.diff(self.first)
        lines = [
            np.tile(np.arange(first, first + size), size)
            for first, size in zip(self.first, sizes.tolist(), strict=False)
        ]
        ends = np.concatenate([[0], np.cumsum(np.repeat(sizes, sizes))])
        return np.concatenate(lines) if lines else np.zeros(0, np.intp), ends


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
        self.families = Families.of(net)
        self.border = counts[2] + counts[3]
        self._blocks = np.cumsum([self.families.size, counts[1] * self.border])
        self.pattern = self.families.pattern()
        self._patches = self._cut(net)
        self._places = self._placed()

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

    def _placed(self) -> Ints:
        """Return where in blocks, edge and border belongs what `equations` says, in that order."""
        needs_at, border_at = self._blocks.tolist()
        trucks, docks, border = self.counts[2], self.counts[3], self.border
        rank, families = self.families.rank, self.families
        self.carried = np.flatnonzero(self.truck < trucks)
        self.landed = np.flatnonzero((self.truck < trucks) & (self.dock < docks))
        self.docked = np.flatnonzero(self.lane_dock < docks)
        need, dock = self.lane_need[self.docked], trucks + self.lane_dock[self.docked]
        # below the diagonal of the border: a dock's line, a truck's column
        crossing = border_at + (trucks + self.dock[self.landed]) * border + self.truck[self.landed]
        return np.concatenate(
            [
                self._patches.corners,
                needs_at + rank[self.net.dst[self.carried]] * border + self.truck[self.carried],
                crossing,
                families.place(self.lane_need, self.lane_need),
                needs_at + rank[need] * border + dock,
                border_at + dock * (border + 1),
            ]
        )

    def _cut(self, net: Net) -> Patches:
        """Cut the ways into patches."""
        order = np.argsort(net.offered[net.src], kind="stable")
        items, first = np.unique(net.offered[net.src][order], return_index=True)
        trucks, docks = self.counts[2], self.counts[3]
        needs_at, border_at = self._blocks.tolist()
        cell, shapes, done = np.zeros(len(order), dtype=np.intp), [], 0
        places, powers = [np.zeros(0, np.intp)], [np.zeros(0)]
        for arcs in np.split(order, first[1:]) if len(items) else []:
            supplies, at = np.unique(net.src[arcs], return_inverse=True)
            columns, to = np.unique(net.dst[arcs], return_inverse=True)
            cell[arcs] = done + at * len(columns) + to
            shapes.append((len(supplies), len(columns)))
            done += len(supplies) * len(columns)
            dock = self.need_dock[columns]
            edge = needs_at + self.families.rank[columns][:, None] * self.border + trucks + dock
            corner = border_at + (trucks + dock)[:, None] * self.border + trucks + dock
            landed = dock < docks
            for power, table in enumerate(
                (
                    self.families.place(columns[:, None], columns),
                    np.where(landed, edge, -1),
                    np.where(landed & landed[:, None], corner, -1),
                )
            ):
                places.append(table.ravel())
                powers.append(np.full(table.size, self.volume[arcs[0]] ** power))
        flat = np.concatenate(places)
        kept = np.flatnonzero(flat >= 0)
        return Patches(cell, shapes, done, flat[kept], kept, -np.concatenate(powers)[kept])

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

    def equations(self, ways: Floats, scale: Floats, got: Floats, left: Floats) -> list[Floats]:
        """Return what ties needs, trucks and docks together once supplies are eliminated, but for what ties each to itself.

        Blocks of needs by needs in one line; the edge, needs (by rank) by border; the border, trucks and docks, of which
        only the diagonal and what is below count. `got` are the ways' sums over each lane, `left` is what each supply's
        slack is of all that hangs on it.
        """
        patches = self._patches
        cells = added(patches.cell, ways * scale[self.net.src], patches.size)
        tied: list[Floats] = [np.zeros(0)]
        done = 0
        for rows, columns in patches.shapes:
            table = cells[done : done + rows * columns].reshape(rows, columns)
            tied += [(table.T @ table).ravel()] * 3
            done += rows * columns
        across = self.volume * ways * left[self.net.src]
        moved = (self.lane_volume * got)[self.docked]
        values = [
            np.concatenate(tied)[patches.kept] * patches.powers,
            across[self.carried],
            (self.volume * across)[self.landed],
            got,
            moved,
            self.lane_volume[self.docked] * moved,
        ]
        size = self._blocks[-1] + self.border**2
        blocks, edge, border = np.split(
            added(self._places, np.concatenate(values), int(size)), self._blocks
        )
        return [blocks, edge.reshape(-1, self.border), border.reshape(-1, self.border)]


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
        blocks, self.edge, border = system.equations(
            ways, 1 / np.sqrt(self.supply), sums[counts[0] :], left
        )
        needs = np.arange(counts[1])
        spot = system.families.place(needs, needs)
        blocks[spot] = _firm(blocks[spot] + np.bincount(net.seg_need, open_, counts[1]))
        self.inverse = self._eliminated(blocks)
        # dsyrk wants columns; the transpose of our rows is just that, without a copy
        border = dsyrk(-1.0, self.edge.T, beta=1.0, c=border.T, overwrite_c=True)
        spot = np.arange(system.border)
        bulk = truck + system.by_truck(net.volume**2 * self.sent * left)
        border[spot, spot] = _firm(border[spot, spot] + np.concatenate([bulk, dock]))
        self.cholesky = cho_factor(border, overwrite_a=True, check_finite=False)

    def _eliminated(self, blocks: Floats) -> csr_array:
        """Multiply the edge by the inverse of each block's lower factor; return those inverses as one sparse matrix."""
        first, done = self.system.families.first, 0
        for start, stop in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
            size = stop - start
            block = blocks[done : done + size * size].reshape(size, size)
            lower, wrong = dpotrf(block.T, lower=1)
            if wrong:
                raise np.linalg.LinAlgError
            block[:] = dtrtri(lower, lower=1)[0]
            self.edge[start:stop] = block @ self.edge[start:stop]
            done += size * size
        columns, ends = self.system.pattern
        return csr_array((blocks, columns, ends), (len(self.edge), len(self.edge)))

    def solve(self, short: Floats) -> Floats:
        """Return the prices."""
        system = self.system
        net, counts, families = system.net, system.counts, system.families
        stock, need, truck, dock = system.rows(short)
        share = stock / self.supply
        got, landed = system.received(self.table @ share)
        truck = truck - system.by_truck(net.volume * self.sent * share)
        inner = self.inverse @ (need - got)[families.order]
        border = np.concatenate([truck, dock - landed]) - inner @ self.edge
        border = cho_solve(self.cholesky, border, check_finite=False)
        truck, dock = border[: counts[2]], border[counts[2] :]
        need = (self.inverse.T @ (inner - self.edge @ border))[families.rank]
        carried = net.volume * np.append(truck, 0.0)[system.supply_truck]
        back = self.table.T @ system.lane_prices(need, dock) + self.sent * carried
        return np.concatenate([share - back / self.supply, need, truck, dock])


def _firm(diagonal: Floats) -> Floats:
    """Return a diagonal that is positive in spite of rows that say the same, or nothing."""
    firm: Floats = np.where(diagonal > 0, diagonal, 1.0) * (1 + FAINT)
    return firm


def _numbered(places: Ints, size: int) -> Ints:
    """Return for each of `size` places its number among `places`, or one more than there are."""
    numbers = np.full(size, len(places))
    numbers[places] = np.arange(len(places))
    return numbers
