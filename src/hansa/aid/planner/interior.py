"""An interior method made for the shape of the Problem: primal and dual at once, with Mehrotra's and Gondzio's corrections.

It ends near the best plan with prices for every row, in some thirty steps whatever the size. What it finds is spread
over all ways that are equally good; `coupled` makes whole flows of it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hansa.aid.planner.net import Floats, Net
from hansa.aid.planner.normal import Factor, System

STEPS = 100
UNMET = 1e-7
"""What a row may be short of, as a share of what it holds."""
LONG = 0.95
"""A step of this length needs no more correction."""
SHORT_OF_THE_EDGE = 0.9995


class Point(NamedTuple):
    """Columns and their reduced costs, what the capped columns' caps are worth, and the rows' prices."""

    columns: Floats
    reduced: Floats
    caps: Floats
    prices: Floats


class Lost(ArithmeticError):
    """Floats did not carry far enough; another method must."""


@dataclass(frozen=True)
class Middle:
    """Where the method stopped: flow of each way, prices of stock, of trucks, of docks and of needs; how many steps."""

    flow: Floats
    stock: Floats
    truck: Floats
    dock: Floats
    need: Floats
    steps: int


def solve(net: Net, near: float) -> Middle:
    """Follow the central path until primal and dual are `near` each other, as a share of the cost.

    Every stock, need, truck and dock with a way must have room: see `coupled.alive`. Raises Lost when floats end first.
    """
    system = System(net)
    point, steps = _start(system), 0
    with np.errstate(all="ignore"):
        while (moved := _Step(system, point, near).take()) is not None:
            point, steps = moved, steps + 1
            if steps == STEPS or not np.isfinite(point.prices).all():
                raise Lost
    flow = system.columns(point.columns)[0]
    stock, need, truck, dock = system.rows(point.prices)
    trucks, docks = np.zeros(len(net.truck)), np.zeros(len(net.dock))
    trucks[system.trucks], docks[system.docks] = -truck, -dock
    return Middle(flow, -stock, trucks, docks, need, steps)


def _start(system: System) -> Point:
    """Return columns and prices that keep every rule, with room to each edge."""
    net, counts = system.net, system.counts
    each = np.minimum(
        (net.stock / (1 + np.bincount(net.src, minlength=counts[0])))[net.src],
        (net.quantity / (1 + np.bincount(net.dst, minlength=counts[1])))[net.dst],
    )
    each = np.minimum(each / 2, net.limit / 2)
    room = []
    for held, place, size in (
        (net.truck[system.trucks], system.truck, counts[2]),
        (net.dock[system.docks], system.dock, counts[3]),
    ):
        used = np.bincount(place, system.volume * each, size + 1)[:-1]
        with np.errstate(divide="ignore"):
            room.append(np.append(np.minimum(1.0, held / 1.2 / used), 1.0)[place])
    each *= np.minimum(*room)
    with np.errstate(divide="ignore", invalid="ignore"):
        met = np.bincount(net.dst, each, counts[1]) / net.quantity
    open_ = net.seg_units * (1 - met[net.seg_need])
    rest = np.zeros(counts[0] + counts[2] + counts[3])
    columns = np.concatenate([each, open_, rest])
    left = system.rows(system.give - system.used(columns))
    columns = np.concatenate([each, open_, left[0], left[2], left[3]])
    prices = _first_prices(system)
    reduced = system.cost - system.paid(prices)
    caps = np.maximum(0.0, -reduced[system.capped]) + np.median(np.abs(net.cost)) / 3
    reduced[system.capped] += caps
    return Point(columns, reduced, caps, prices)


def _first_prices(system: System) -> Floats:
    """Return prices under which nothing is a bargain: needs at a share of what leaving them open costs."""
    net, counts = system.net, system.counts
    small = np.median(np.abs(net.cost)) / 3 or 1.0
    need = np.zeros(counts[1])
    np.maximum.at(need, net.seg_need, 0.6 * net.seg_price)
    stock = np.zeros(counts[0])
    np.maximum.at(stock, net.src, need[net.dst] - net.cost)
    bulk = float(np.median(net.volume[net.volume > 0])) if (net.volume > 0).any() else 1.0
    carried = np.full(counts[2] + counts[3], -small / bulk)
    return np.concatenate([-(stock + small), need, carried])


class _Step:
    """One step from a point: where to go and how far."""

    def __init__(self, system: System, point: Point, near: float) -> None:
        self.system, self.point, self.near = system, point, near
        self.room = system.cap - point.columns[system.capped]
        self.count = len(point.columns) + len(self.room)
        self.product = point.columns * point.reduced
        self.cap_product = self.room * point.caps
        # a division costs several times what a product does, and each of these serves a dozen times
        self.per_column, self.per_reduced = 1 / point.columns, 1 / point.reduced
        self.ratio = point.reduced * self.per_column
        self.off = float(self.product.sum() + self.cap_product.sum())

    def take(self) -> Point | None:
        """Return the next point, or None when this one is near enough."""
        system, point = self.system, self.point
        cost = float(system.cost @ point.columns)
        self.short = system.give - system.used(point.columns)
        self.gap = system.cost - system.paid(point.prices) - point.reduced
        self.gap[system.capped] += point.caps
        missing = np.abs(self.short / (1 + system.give)).max()
        if self.off < self.near * abs(cost) and missing < UNMET:
            return None
        weights = self.ratio.copy()
        weights[system.capped] += point.caps / self.room
        self.weights = 1 / weights
        try:
            self.factor: Factor = system.factor(self.weights)
        except np.linalg.LinAlgError as error:
            raise Lost from error
        way, (forth, back) = self._corrected()
        columns = point.columns + forth * way.columns
        rest = [old + back * new for old, new in zip(point[1:], way[1:], strict=True)]
        return Point(columns, *rest)

    def _corrected(self) -> tuple[Point, tuple[float, float]]:
        """Return direction and lengths: Mehrotra's predictor and corrector, then Gondzio's while they help."""
        capped = self.system.capped
        ahead = self._toward(-self.product, -self.cap_product)
        forth, back = self._lengths(ahead)
        point = self.point
        then = float(
            (point.columns + forth * ahead.columns) @ (point.reduced + back * ahead.reduced)
            + (self.room - forth * ahead.columns[capped]) @ (point.caps + back * ahead.caps)
        )
        aim = (then / self.off) ** 3 * self.off / self.count
        goal = aim - self.product - ahead.columns * ahead.reduced
        cap_goal = aim - self.cap_product + ahead.columns[capped] * ahead.caps
        way = self._toward(goal, cap_goal)
        lengths = self._lengths(way, SHORT_OF_THE_EDGE)
        for _ in range(3):
            if min(lengths) > LONG:
                break
            far, off = (min(1.0, length + 0.3) for length in lengths)
            goal = goal + _pull(
                (point.columns + far * way.columns) * (point.reduced + off * way.reduced), aim
            )
            cap_goal = cap_goal + _pull(
                (self.room - far * way.columns[capped]) * (point.caps + off * way.caps), aim
            )
            other = self._toward(goal, cap_goal)
            reach = self._lengths(other, SHORT_OF_THE_EDGE)
            if sum(reach) < sum(lengths) + 0.02:
                break
            way, lengths = other, reach
        return way, lengths

    def _toward(self, goal: Floats, cap_goal: Floats) -> Point:
        """Return the direction in which the products change by the goals and what is short is made good."""
        system, point = self.system, self.point
        asked = goal * self.per_column
        bent = self.gap - asked
        bent[system.capped] += cap_goal / self.room
        prices = self.factor.solve(self.short + system.used(self.weights * bent))
        columns = self.weights * (system.paid(prices) - bent)
        reduced = asked - self.ratio * columns
        caps = (cap_goal + point.caps * columns[system.capped]) / self.room
        return Point(columns, reduced, caps, prices)

    def _lengths(self, way: Point, share: float = 1.0) -> tuple[float, float]:
        """Return how far columns and prices may go, at most 1, staying inside."""
        capped, point = self.system.capped, self.point
        forth = min(
            _reach(self.per_column, way.columns), _reach(1 / self.room, -way.columns[capped])
        )
        back = min(_reach(self.per_reduced, way.reduced), _reach(1 / point.caps, way.caps))
        return min(1.0, share * forth), min(1.0, share * back)


def _pull(products: Floats, aim: float) -> Floats:
    """Return what brings products that stray back to a tenth or ten times the aim, never by more than the latter."""
    changed: Floats = np.maximum(np.clip(products, aim / 10, aim * 10) - products, -aim * 10)
    return changed


def _reach(per_value: Floats, change: Floats) -> float:
    """Return how many times the change may be made before a value falls to 0, given one over each value."""
    if not len(change):
        return float("inf")
    most = -float((change * per_value).min())
    return 1 / most if most > 0 else float("inf")
