"""Whole units and whole batches out of parts, and what is still free given to whom it helps most.

Rounding never touches the prices: the bound stays what it was, so the gap says what the rounding cost.
"""

import numpy as np
from numpy.typing import NDArray

from hansa.aid.planner.net import Floats, Net

NEAR = 1e-6
"""What is this near to a whole unit is one."""


def trim(net: Net, flow: Floats) -> Floats:
    """Return the flows rounded down to whole batches."""
    batch = net.batch[net.src]
    rounded: Floats = np.floor(flow / batch + NEAR) * batch
    return rounded


class Room:
    """What a set of flows leaves free."""

    def __init__(self, net: Net, flow: Floats) -> None:
        self.net, self.flow = net, flow
        moved = net.volume[net.src] * flow
        self.stock = net.stock - np.bincount(net.src, flow, len(net.stock))
        self.need = net.quantity - np.bincount(net.dst, flow, len(net.quantity))
        self.truck = net.truck - np.bincount(net.owner[net.src], moved, len(net.truck))
        self.dock = net.dock - np.bincount(net.call[net.dst], moved, len(net.dock))
        self.limit = net.limit - flow

    def fits(self) -> Floats:
        """Return for each arc the units that may still travel."""
        net = self.net
        volume = net.volume[net.src]
        space = np.minimum(self.truck[net.owner[net.src]], self.dock[net.call[net.dst]])
        with np.errstate(divide="ignore", invalid="ignore"):
            carried = np.where(volume > 0, np.floor(space / volume * (1 + 1e-12)), np.inf)
        most = np.minimum(np.minimum(self.stock[net.src], self.need[net.dst]), self.limit)
        batch = net.batch[net.src]
        units: Floats = np.floor(np.minimum(most, carried) / batch + NEAR) * batch
        return units

    def send(self, arc: int, units: float) -> None:
        """Send so many more units (fewer if negative) on a way."""
        net = self.net
        src, dst = net.src[arc], net.dst[arc]
        self.flow[arc] += units
        self.limit[arc] -= units
        self.stock[src] -= units
        self.need[dst] -= units
        moved = units * net.volume[src]
        self.truck[net.owner[src]] -= moved
        self.dock[net.call[dst]] -= moved

    def one(self, arc: int) -> float:
        """Return the units that may still travel on one way."""
        net = self.net
        src, dst = net.src[arc], net.dst[arc]
        units = min(self.stock[src], self.need[dst], self.limit[arc])
        if net.volume[src] > 0:
            space = min(self.truck[net.owner[src]], self.dock[net.call[dst]])
            units = min(units, np.floor(space / net.volume[src] * (1 + 1e-12)))
        batch = net.batch[src]
        return float(np.floor(units / batch + NEAR) * batch)


def mend(net: Net, flow: Floats, owners: NDArray[np.bool_] | None = None) -> Floats:
    """Take back what does not fit, then send what still fits, the most helpful first. Changes and returns `flow`.

    What still fits is sent by some owners only, if they are given.
    """
    room = Room(net, flow)
    _take_back(room)
    _fill(room, owners)
    return flow


def _take_back(room: Room) -> None:
    """Take units back, the dearest first, until stock, needs, trucks and docks hold."""
    net = room.net
    for left, of in (
        (room.stock, net.src),
        (room.need, net.dst),
        (room.truck, net.owner[net.src]),
        (room.dock, net.call[net.dst]),
    ):
        scale = 1.0 + np.abs(left)
        for place in np.flatnonzero(left < -1e-9 * np.where(np.isinf(scale), 1, scale)).tolist():
            heavy = of is not net.src and of is not net.dst
            arcs = np.flatnonzero((of == place) & (room.flow > 0))
            for arc in arcs[np.argsort(-net.cost[arcs], kind="stable")].tolist():
                each = net.volume[net.src[arc]] if heavy else 1.0
                if left[place] >= 0:
                    break
                if each > 0:
                    batch = net.batch[net.src[arc]]
                    units = np.ceil(-left[place] / each / batch) * batch
                    room.send(arc, -min(units, room.flow[arc]))


def _fill(room: Room, owners: NDArray[np.bool_] | None) -> None:
    """Send what still fits where it saves most; once for each way, in the order of what it saves at the start."""
    net = room.net
    fits = room.fits() > 0
    if owners is not None:
        fits &= owners[net.owner[net.src]]
    open_ = np.flatnonzero(fits)
    gain = marginal(net, room.need)[net.dst[open_]] - net.cost[open_]
    open_, gain = open_[gain > 0], gain[gain > 0]
    for arc in open_[np.argsort(-gain, kind="stable")].tolist():
        need = int(net.dst[arc])
        while (units := room.one(arc)) > 0:
            price, step = top_segment(net, need, float(room.need[need]))
            batch = int(net.batch[net.src[arc]])
            if price <= net.cost[arc]:
                break
            room.send(arc, min(units, max(np.floor(step / batch), 1) * batch))


def marginal(net: Net, unmet: Floats) -> Floats:
    """Return for each need what its last open unit costs."""
    first = np.searchsorted(net.seg_need, np.arange(len(net.quantity)))
    total = np.concatenate([[0.0], np.cumsum(net.seg_units)])
    prices = np.zeros(len(net.quantity))
    before = total[:-1] - total[first[net.seg_need]]
    used = before < unmet[net.seg_need] - NEAR
    np.maximum.at(prices, net.seg_need[used], net.seg_price[used])
    return prices


def top_segment(net: Net, need: int, unmet: float) -> tuple[float, float]:
    """Return what the last open unit of a need costs, and how many open units cost that."""
    first, last = np.searchsorted(net.seg_need, (need, need + 1))
    price, inside = 0.0, 0.0
    for place in range(first, last):
        if unmet <= 0:
            break
        price, inside = float(net.seg_price[place]), min(unmet, float(net.seg_units[place]))
        unmet -= inside
    return price, inside
