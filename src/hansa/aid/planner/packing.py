"""What rounding leaves of a truck's room, put to use: a small knapsack of the units that are nearest to indifferent.

For each owner whose trucks bind: a few units that travel and a few that do not compete once more for the room.
"""

import numpy as np

from hansa.aid.planner.net import Floats, Ints, Net
from hansa.aid.planner.whole import NEAR, Room, marginal, top_segment

CORE = 10
"""How many units of each kind, those that travel and those that do not, are weighed against each other."""
COPIES = 2
"""How many of them may be of one way."""
GRID = 0.001
"""What room is counted in (m3), unless it is large."""
CELLS = 4096


class Packing:
    """Whole flows that keep every rule, and what one unit more or less of each need is worth."""

    def __init__(self, net: Net, flow: Floats) -> None:
        self.net, self.room = net, Room(net, flow)
        self.more = marginal(net, self.room.need)
        self.fewer = marginal(net, np.minimum(self.room.need + COPIES, net.quantity))

    def run(self, price: Floats) -> Floats:
        """Pack each truck pool that has a price (so many weighted hours for 1 m3); return the flows."""
        net, room = self.net, self.room
        order = np.argsort(net.owner[net.src], kind="stable")
        first = np.searchsorted(net.owner[net.src][order], np.arange(len(net.truck) + 1))
        single = (net.batch[net.src] == 1) & (net.volume[net.src] > 0)
        for owner in np.flatnonzero((price > 0) & (room.truck > 0)).tolist():
            ways = order[first[owner] : first[owner + 1]]
            self._pack(owner, ways[single[ways]], float(price[owner]))
        return room.flow

    def _pack(self, owner: int, ways: Ints, price: float) -> None:
        """Let one owner's core compete for the room that it and what is left take."""
        net, room = self.net, self.room
        into, out = self._core(ways, price)
        units = np.concatenate([out, into])
        if not len(into):
            return
        size = net.volume[net.src[units]]
        saves = np.concatenate([self.fewer[net.dst[out]], self.more[net.dst[into]]])
        saves -= net.cost[units]
        space = room.truck[owner] + size[: len(out)].sum()
        chosen = _knapsack(size, saves, float(space))
        kept = chosen[: len(out)]
        if saves[chosen].sum() <= saves[: len(out)].sum() * (1 + 1e-12):
            return
        for way in out[~kept].tolist():
            self._send(way, -1.0)
        for way in into[chosen[len(out) :]].tolist():
            if room.one(way) >= 1:
                self._send(way, 1.0)

    def _core(self, ways: Ints, price: float) -> tuple[Ints, Ints]:
        """Return ways that could take a unit more, and ways that could give one back, the nearest to indifferent first."""
        net, room = self.net, self.room
        src, dst = net.src[ways], net.dst[ways]
        due = net.cost[ways] + price * net.volume[src]
        may = np.minimum(np.minimum(room.stock[src], room.limit[ways]), room.need[dst])
        fits = (may >= 1) & (room.dock[net.call[dst]] >= net.volume[src])
        into = np.flatnonzero(fits & (self.more[dst] > net.cost[ways]))
        out = np.flatnonzero(room.flow[ways] >= 1 - NEAR)
        return (
            _first(ways[into], (due - self.more[dst])[into], may[into]),
            _first(ways[out], (self.fewer[dst] - due)[out], room.flow[ways[out]]),
        )

    def _send(self, way: int, units: float) -> None:
        self.room.send(way, units)
        need = int(self.net.dst[way])
        unmet = float(self.room.need[need])
        self.more[need] = top_segment(self.net, need, unmet)[0]
        above = min(unmet + COPIES, float(self.net.quantity[need]))
        self.fewer[need] = top_segment(self.net, need, above)[0]


def _first(ways: Ints, far: Floats, most: Floats) -> Ints:
    """Return the first ways by how far each is from indifferent, each as often as it may be."""
    order = np.argsort(far, kind="stable")[:CORE]
    times = np.minimum(most[order], COPIES).astype(np.intp)
    return np.repeat(ways[order], times)[:CORE]


def _knapsack(
    size: Floats, value: Floats, space: float
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which things to take for the greatest value within the space."""
    grid = max(GRID, space / CELLS)
    weight = np.ceil(size / grid - NEAR).astype(int).tolist()
    cells = int(space / grid + NEAR)
    best = np.zeros(cells + 1)
    taken = np.zeros((len(size), cells + 1), bool)
    for place, (heavy, worth) in enumerate(zip(weight, value.tolist(), strict=True)):
        if heavy <= cells:
            with_it = best[: cells + 1 - heavy] + worth
            np.greater(with_it, best[heavy:], out=taken[place, heavy:])
            np.maximum(with_it, best[heavy:], out=best[heavy:])
    chosen = np.zeros(len(size), bool)
    for place in range(len(size) - 1, -1, -1):
        if taken[place, cells]:
            chosen[place] = True
            cells -= weight[place]
    return chosen
