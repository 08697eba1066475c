"""Where trucks or docks bind: prices by the interior method, then whole flows by network simplex, family by family.

The interior method says what each supply gives and what each need gets in all. Rounded, those totals keep trucks and
docks; inside them every family is a transport problem again, so the flows are few and whole. The prices of trucks and
docks alone, with the families solved once more at those prices, prove the bound.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hansa.aid.planner import answer, exact, interior, uncoupled, whole
from hansa.aid.planner.blocks import Block
from hansa.aid.planner.net import Floats, Ints, Net, added

NEAR = 1e-4
"""How near primal and dual of the interior method come, as a share of the cost, where units have parts."""
NEAR_WHOLE = 3e-4
"""How near for whole units: settling closes nearly all that is left, and rounding costs more than the rest."""


@dataclass(frozen=True)
class Totals:
    """What each supply gives and each need gets."""

    given: Floats
    got: Floats


def solve(net: Net, parts: list[Block], near: float | None = None) -> tuple[Floats, answer.Worth]:
    """Return flows (whole if the Net asks for it) and prices."""
    if near is None:
        near = NEAR_WHOLE if net.whole else NEAR
    flow = np.zeros(len(net.src))
    kept = living(net)
    if len(kept):
        try:
            middle = interior.solve(alive(net, kept), near)
        except interior.Lost:
            flow, worth = exact.relaxed(net)
            truck, dock, need = worth.truck, worth.dock, np.zeros(len(net.quantity))
        else:
            flow[kept] = middle.flow
            truck, dock, need = middle.truck, middle.dock, middle.need
    else:
        truck, dock, need = (np.zeros(len(of)) for of in (net.truck, net.dock, net.quantity))
    worth = proven(net, parts, truck, dock, need)
    totals = Totals(added(net.src, flow, len(net.stock)), added(net.dst, flow, len(net.quantity)))
    return settle(net, parts, totals, worth), worth


def living(net: Net) -> Ints:
    """Return the ways on which anything can travel: stock, need, and room in truck and dock."""
    src, dst = net.src, net.dst
    room = np.minimum(net.truck[net.owner[src]], net.dock[net.call[dst]]) > 0
    return np.flatnonzero(
        (net.stock[src] > 0) & (net.quantity[dst] > 0) & (room | (net.volume[src] == 0))
    )


def alive(net: Net, kept: Ints) -> Net:
    """Return the Net of those ways; what is empty has room for one, which nobody asks for."""
    asked = np.bincount(net.dst[kept], minlength=len(net.quantity)) > 0
    told = asked[net.seg_need] & (net.seg_units > 0)
    return replace(
        net,
        quantity=np.where(asked, net.quantity, 0.0),
        seg_need=net.seg_need[told],
        seg_units=net.seg_units[told],
        seg_price=net.seg_price[told],
        src=net.src[kept],
        dst=net.dst[kept],
        cost=net.cost[kept],
        limit=net.limit[kept],
        stock=np.where(net.stock > 0, net.stock, 1.0),
        truck=np.where(net.truck > 0, net.truck, 1.0),
        dock=np.where(net.dock > 0, net.dock, 1.0),
    )


def proven(net: Net, parts: list[Block], truck: Floats, dock: Floats, need: Floats) -> answer.Worth:
    """Return full prices: those of trucks and docks as given, of supplies the best that go with them.

    A truck or dock without room costs whatever keeps its ways from being a bargain; `need` is what needs are worth.
    """
    src, dst, volume = net.src, net.dst, net.volume[net.src]
    top = np.where(need > 0, need, answer.dearest(net))
    owner, call = net.owner[src], net.call[dst]
    shut = (volume > 0) & (net.truck[owner] <= 0)
    truck, dock = truck.copy(), dock.copy()
    np.maximum.at(truck, owner[shut], ((top[dst] - net.cost) / np.maximum(volume, 1e-300))[shut])
    shut = (volume > 0) & (net.dock[call] <= 0)
    np.maximum.at(dock, call[shut], ((top[dst] - net.cost) / np.maximum(volume, 1e-300))[shut])
    kept = answer.worth(net, np.zeros(len(net.stock)), truck, dock)
    _, supply = uncoupled.solve(net, parts, net.reduced(kept.truck, kept.dock))
    return answer.worth(net, supply, kept.truck, kept.dock)


def settle(net: Net, parts: list[Block], totals: Totals, worth: answer.Worth) -> Floats:
    """Return flows that keep about these totals where trucks or docks have a price, and trucks and docks exactly."""
    totals = limits(net, totals, worth)
    flow, _ = uncoupled.solve(net, parts, stock=totals.given, units=trimmed(net, totals.got))
    return whole.mend(net, whole.trim(net, flow) if net.whole else flow)


def limits(net: Net, totals: Totals, worth: answer.Worth) -> Totals:
    """Return what each supply may give and each need may get; nothing but stock and need where room has no price."""
    given, got = totals.given, totals.got
    if net.whole:
        given = _rounded(given, net.volume, net.owner, net.truck)
        got = _rounded(got, _bulk(net), net.call, net.dock)
    given = np.where(_tight(worth.truck)[net.owner], np.minimum(given, net.stock), net.stock)
    got = np.where(_tight(worth.dock)[net.call], np.minimum(got, net.quantity), net.quantity)
    return Totals(given, got)


def _tight(prices: Floats) -> NDArray[np.bool_]:
    """Return which prices are more than the interior method leaves on what does not bind."""
    tight: NDArray[np.bool_] = prices > 1e-6 * prices.max(initial=0.0)
    return tight


def trimmed(net: Net, got: Floats) -> Floats:
    """Return the segments' units when a need gets no more than this: what stays open is the cheapest."""
    closed = net.quantity - got
    total = np.concatenate([[0.0], np.cumsum(net.seg_units)])[:-1]
    before = total - total[np.searchsorted(net.seg_need, net.seg_need)]
    units: Floats = net.seg_units - np.clip(closed[net.seg_need] - before, 0.0, net.seg_units)
    return units


def _bulk(net: Net) -> Floats:
    """Return for each need the volume of what most often serves it."""
    bulk = np.zeros(len(net.quantity))
    bulk[net.dst] = net.volume[net.src]
    return bulk


def _rounded(amount: Floats, volume: Floats, holder: Ints, room: Floats) -> Floats:
    """Return whole amounts near to these, the largest remainders rounded up while the holder has room."""
    floor = np.floor(amount + whole.NEAR)
    left = room - np.bincount(holder, floor * volume, len(room))
    rest = amount - floor
    order = np.flatnonzero(rest > whole.NEAR)
    for place in order[np.argsort(-rest[order], kind="stable")].tolist():
        if volume[place] <= left[holder[place]]:
            left[holder[place]] -= volume[place]
            floor[place] += 1
    return floor
