"""From arrays to a Plan: its cost, and its bound by prices in the closed form that the checker uses too.

For any prices, none negative, no plan costs less than: for each need the cheapest way to fill it when every unit pays
for stock, trucks and docks, as if there were no end of them; less what all the stock, trucks and docks are worth.
"""

from dataclasses import dataclass
from math import fsum

import numpy as np

from hansa.aid.planner.net import Floats, Net, added
from hansa.aid.planner.plan import Flow, Plan, Prices


@dataclass(frozen=True)
class Worth:
    """Prices as arrays: of a unit of each supply, of 1 m3 in each truck pool and at each dock."""

    supply: Floats
    truck: Floats
    dock: Floats


def worth(net: Net, supply: Floats, truck: Floats, dock: Floats) -> Worth:
    """Return prices that are none negative, and none where nothing binds."""
    return Worth(
        np.where(net.spare, 0.0, np.maximum(supply, 0.0)),
        np.where(np.isinf(net.truck), 0.0, np.maximum(truck, 0.0)),
        np.where(np.isinf(net.dock), 0.0, np.maximum(dock, 0.0)),
    )


def dearest(net: Net) -> Floats:
    """Return what the dearest unit of each need costs to leave open."""
    prices = np.zeros(len(net.quantity))
    used = net.seg_units > 0
    np.maximum.at(prices, net.seg_need[used], net.seg_price[used])
    return prices


def bound(net: Net, prices: Worth) -> float:
    """Return what no plan can go below, by these prices."""
    paid = net.reduced(prices.truck, prices.dock) + prices.supply[net.src]
    cheapest = np.full(len(net.quantity), np.inf)
    found, first = net.starts
    if len(found):
        cheapest[found] = np.minimum.reduceat(paid[net.by_need], first)
    filled = np.minimum(net.seg_price, cheapest[net.seg_need]) * net.seg_units
    total = float(filled.sum()) + _limited(net, paid, cheapest)
    return total + net.constant - held_worth(net, prices)


def held_worth(net: Net, prices: Worth) -> float:
    """Return what all the stock, all the trucks and all the docks are worth at these prices."""
    return float(
        prices.supply @ net.stock
        + np.where(
            prices.truck > 0, prices.truck * np.where(prices.truck > 0, net.truck, 0), 0
        ).sum()
        + np.where(prices.dock > 0, prices.dock * np.where(prices.dock > 0, net.dock, 0), 0).sum()
    )


def _limited(net: Net, paid: Floats, cheapest: Floats) -> float:
    """Return what ways with a limit add to the cheapest filling (never more than 0)."""
    by_need: dict[int, list[tuple[float, float]]] = {}
    for arc in net.limited.tolist():
        by_need.setdefault(int(net.dst[arc]), []).append((float(paid[arc]), float(net.limit[arc])))
    total = 0.0
    for need, ways in by_need.items():
        first, last = np.searchsorted(net.seg_need, (need, need + 1))
        ways.extend(
            zip(net.seg_price[first:last].tolist(), net.seg_units[first:last].tolist(), strict=True)
        )
        least = float(cheapest[need])
        total -= sum(
            min(price, least) * units
            for price, units in zip(
                net.seg_price[first:last], net.seg_units[first:last], strict=True
            )
        )
        left = float(net.quantity[need])
        for price, units in sorted(ways):
            taken = min(left, units) if price < least else left
            total += min(price, least) * taken
            left -= taken
            if left <= 0:
                break
    return total


def cost(net: Net, flow: Floats) -> float:
    """Return what these flows cost, with all that they leave open."""
    unmet = net.quantity - np.bincount(net.dst, flow, len(net.quantity))
    return fsum((net.constant, *(net.cost * flow)[flow > 0].tolist(), open_cost(net, unmet)))


def open_cost(net: Net, unmet: Floats) -> float:
    """Return what so many open units of each need cost."""
    total = np.concatenate([[0.0], np.cumsum(net.seg_units)])[:-1]
    first = np.searchsorted(net.seg_need, np.arange(len(net.quantity)))
    before = total - total[first[net.seg_need]] if len(total) else total
    used = np.clip(unmet[net.seg_need] - before, 0.0, net.seg_units)
    return fsum((net.seg_price * used).tolist())


def flows(
    net: Net, flow: Floats, arcs: "np.ndarray[tuple[int], np.dtype[np.intp]] | None" = None
) -> list[Flow]:
    """Return the flows of some arcs (all, unless given) as the Plan holds them, one for each pair."""
    used = np.flatnonzero(flow > 0) if arcs is None else arcs[flow[arcs] > 0]
    src, dst, units = net.src[used], net.dst[used], flow[used]
    if len(net.limited):
        pair = src * len(net.quantity) + dst
        pair, where = np.unique(pair, return_inverse=True)
        units = added(where, units, len(pair))
        src, dst = np.divmod(pair, len(net.quantity))
    values = units.astype(np.int64).tolist() if net.whole else units.tolist()
    return list(map(Flow, src.tolist(), dst.tolist(), values))


def prices(net: Net, of: Worth) -> Prices:
    """Return prices by name, those of trucks and docks where they bind."""
    return Prices(
        supplies=tuple(of.supply.tolist()),
        trucks={
            net.owners[place]: float(of.truck[place]) for place in np.flatnonzero(of.truck > 0)
        },
        docks={net.calls[place]: float(of.dock[place]) for place in np.flatnonzero(of.dock > 0)},
    )


def plan(net: Net, flow: Floats, of: Worth, method: str) -> Plan:
    """Put a Plan together."""
    paid = cost(net, flow)
    return Plan(
        flows=tuple(flows(net, flow)),
        cost=paid,
        bound=min(bound(net, of), paid),
        prices=prices(net, of),
        method=method,
    )
