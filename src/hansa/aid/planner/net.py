"""A Problem as arrays: every way that may be used, sorted by family, supply and need.

A family is what the relation of serving ties together; between families only trucks and docks bind.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hansa.aid.planner.arcs import cost, departure, discount
from hansa.aid.planner.problem import Need, Problem, Supply

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Net:
    """Supplies `stock, spare` (more than can be asked for), `owner, volume, batch, offered` (item); needs `quantity, call`; segments `seg_need, seg_units, seg_price`, by need, cheapest first.

    Arcs `src, dst, cost, limit`; `truck` by owner and `dock` by call hold m3, `inf` where nothing binds. `spans` has one
    line a family: first and last arc (excluded), its supplies, its needs. `constant` is paid whatever is sent.
    """

    stock: Floats
    spare: NDArray[np.bool_]
    owner: Ints
    volume: Floats
    batch: Ints
    offered: Ints
    quantity: Floats
    call: Ints
    seg_need: Ints
    seg_units: Floats
    seg_price: Floats
    src: Ints
    dst: Ints
    cost: Floats
    limit: Floats
    truck: Floats
    dock: Floats
    spans: tuple[tuple[int, int, Ints, Ints], ...]
    owners: tuple[str, ...]
    calls: tuple[str, ...]
    constant: float
    whole: bool

    @cached_property
    def by_need(self) -> Ints:
        """Arcs without a limit, sorted by need."""
        free = np.flatnonzero(np.isinf(self.limit))
        return free[np.argsort(self.dst[free], kind="stable")]

    @cached_property
    def starts(self) -> tuple[Ints, Ints]:
        """Needs with an arc in `by_need`, and where each begins."""
        found, first = np.unique(self.dst[self.by_need], return_index=True)
        return found, first

    @cached_property
    def limited(self) -> Ints:
        """Arcs with a limit."""
        return np.flatnonzero(np.isfinite(self.limit))

    def changed(self, **arrays: Any) -> "Net":
        """Return the Net with other stock, needs or room; what is known of its ways, which stay, is not looked up again."""
        net = replace(self, **arrays)
        for known in ("by_need", "starts", "limited"):
            if known in self.__dict__:
                net.__dict__[known] = self.__dict__[known]
        return net

    def reduced(self, truck: Floats, dock: Floats) -> Floats:
        """Return what each arc costs when room in trucks and docks is paid for."""
        paid: Floats = self.cost + self.volume[self.src] * (
            truck[self.owner[self.src]] + dock[self.call[self.dst]]
        )
        return paid

    def couples(self) -> bool:
        """Whether a truck or a dock binds."""
        return bool(np.isfinite(self.truck).any() or np.isfinite(self.dock).any())

    def capped(self) -> "Net":
        """Return the Net with no more stock than can be asked for, and one: that never binds, and floats stay small."""
        reach = np.bincount(self.src, self.quantity[self.dst], len(self.stock))
        return self.changed(stock=np.minimum(self.stock, reach + 1), spare=self.stock > reach)

    def eased(self) -> "Net":
        """Return the Net capped, and without trucks and docks that can never bind."""
        net = self.capped()
        moved = np.bincount(net.owner, net.stock * net.volume, len(net.truck))
        bulk = np.zeros(len(net.quantity))
        np.maximum.at(bulk, net.dst, net.volume[net.src])
        taken = np.bincount(net.call, bulk * net.quantity, len(net.dock))
        return net.changed(
            truck=np.where(moved > net.truck, net.truck, np.inf),
            dock=np.where(taken > net.dock, net.dock, np.inf),
        )


def build(problem: Problem) -> Net:
    """Lay the Problem out."""
    owners = _places(supply.owner for supply in problem.supplies)
    calls = _places(need.call for need in problem.needs)
    table = np.full((len(owners), len(calls)), np.inf)
    for (owner, call), hours in problem.hours.items():
        if owner in owners and call in calls:
            table[owners[owner], calls[call]] = hours
    maker = _Maker(problem, problem.supplies, problem.needs, table, owners, calls)
    spans = maker.run()
    seg_need, seg_units, seg_price = segments(problem.needs)
    needs = problem.needs
    return Net(
        stock=_floats(supply.quantity for supply in problem.supplies),
        spare=np.zeros(len(problem.supplies), bool),
        owner=maker.owner,
        volume=maker.volume,
        batch=np.array([s.batch if problem.whole else 1 for s in problem.supplies], dtype=np.intp),
        offered=maker.offered,
        quantity=_floats(need.quantity for need in needs),
        call=maker.call,
        seg_need=seg_need,
        seg_units=seg_units,
        seg_price=seg_price,
        src=_join(maker.src, np.intp),
        dst=_join(maker.dst, np.intp),
        cost=_join(maker.cost, np.float64),
        limit=_join(maker.limit, np.float64),
        truck=_floats(problem.trucks.get(owner, np.inf) for owner in owners),
        dock=_floats(problem.docks.get(call, np.inf) for call in calls),
        spans=tuple(spans),
        owners=tuple(owners),
        calls=tuple(calls),
        constant=departure(problem),
        whole=problem.whole,
    )


def segments(needs: tuple[Need, ...]) -> tuple[Ints, Floats, Floats]:
    """Return need, units and price of each segment, cut so that a need's segments hold just its quantity (some then none)."""
    rows: list[tuple[int, float, float]] = []
    for place, need in enumerate(needs):
        left = need.quantity
        for units, price in need.unmet:
            rows.append((place, max(0, min(units, left)), price))
            left -= units
    where, units_, prices = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(where, dtype=np.intp), _floats(units_), _floats(prices)


class _Maker:
    """Finds the ways, family by family."""

    def __init__(
        self,
        problem: Problem,
        supplies: tuple[Supply, ...],
        needs: tuple[Need, ...],
        table: Floats,
        owners: dict[str, int],
        calls: dict[str, int],
    ) -> None:
        self.problem, self.supplies, self.needs, self.table = problem, supplies, needs, table
        self.owner = np.array([owners[s.owner] for s in supplies], dtype=np.intp)
        self.call = np.array([calls[n.call] for n in needs], dtype=np.intp)
        volume = problem.volume
        self.volume = _floats(volume.get(s.item, 0.0) for s in supplies)
        self.ready = np.maximum(_floats(s.ready for s in supplies), 0.0)
        self.expires = _floats(s.expires for s in supplies)
        self.weight, self.due = _floats(n.weight for n in needs), _floats(n.due for n in needs)
        self.until = _floats(n.until for n in needs)
        self.worst = np.array([max((p for _, p in n.unmet), default=0.0) for n in needs])
        self.items = _places([s.item for s in supplies] + [n.item for n in needs])
        self.offered = np.array([self.items[s.item] for s in supplies], dtype=np.intp)
        self.wanted = np.array([self.items[n.item] for n in needs], dtype=np.intp)
        self.bars = self._bars(owners, calls)
        self.src: list[Ints] = []
        self.dst: list[Ints] = []
        self.cost: list[Floats] = []
        self.limit: list[Floats] = []

    def _bars(
        self, owners: dict[str, int], calls: dict[str, int]
    ) -> dict[int, list[tuple[int | None, int | None]]]:
        """Return for each item the (owner, call) that are barred; None stands for any."""
        bars: dict[int, list[tuple[int | None, int | None]]] = {}
        for owner, item, call in self.problem.barred:
            if (
                item in self.items
                and (not owner or owner in owners)
                and (not call or call in calls)
            ):
                bars.setdefault(self.items[item], []).append((owners.get(owner), calls.get(call)))
        return bars

    def run(self) -> list[tuple[int, int, Ints, Ints]]:
        """Fill the lists; return the spans of the families."""
        families = _families(self.items, self.problem.serves)
        give, want = families[self.offered], families[self.wanted]
        gives, wants = _groups(give), _groups(want)
        discounts = self._discounts()
        spans: list[tuple[int, int, Ints, Ints]] = []
        done = 0
        for family in sorted(set(gives) & set(wants)):
            rows, columns = gives[family], wants[family]
            self._ways(rows, columns)
            for place in rows[np.isin(rows, list(discounts))] if discounts else ():
                self._discounted(int(place), discounts[int(place)])
            count = sum(len(part) for part in self.src[done:])
            first = spans[-1][1] if spans else 0
            spans.append((first, first + count, rows, columns))
            done = len(self.src)
        return spans

    def _ways(self, rows: Ints, columns: Ints) -> None:
        """Add the ways of one family."""
        hours = self.table[np.ix_(self.owner[rows], self.call[columns])]
        near = np.isfinite(hours)
        hours[~near] = 0.0
        arrival = self.ready[rows, None] + hours
        problem, due = self.problem, self.due[columns]
        waiting = arrival + problem.waiting.late * np.maximum(0.0, arrival - due)
        each = self.weight[columns] * waiting + (problem.haul * self.volume[rows])[:, None] * hours
        good = near & (arrival <= np.minimum(self.expires[rows, None], self.until[columns]))
        good &= each < self.worst[columns]
        offered, wanted = self.offered[rows], self.wanted[columns]
        if len(set(offered.tolist()) | set(wanted.tolist())) > 1:
            good &= self._serving(offered, wanted)
        for item in set(offered.tolist()) & self.bars.keys():
            for owner, call in self.bars[item]:
                one = (offered == item) & (True if owner is None else self.owner[rows] == owner)
                other = np.ones(len(columns), bool) if call is None else self.call[columns] == call
                good[np.ix_(one, other)] = False
        at, to = np.nonzero(good)
        self.src.append(rows[at])
        self.dst.append(columns[to])
        self.cost.append(each[at, to])
        self.limit.append(np.full(len(at), np.inf))

    def _serving(self, offered: Ints, wanted: Ints) -> NDArray[np.bool_]:
        """Return which of the offered items serve which of the wanted."""
        names = list(self.items)
        serves = self.problem.serves
        kinds, which = np.unique(offered, return_inverse=True)
        asked, what = np.unique(wanted, return_inverse=True)
        small = np.array(
            [
                [a == b or (names[a], names[b]) in serves for b in asked.tolist()]
                for a in kinds.tolist()
            ]
        )
        answer: NDArray[np.bool_] = small[np.ix_(which, what)]
        return answer

    def _discounts(self) -> dict[int, list[tuple[int, int]]]:
        """Return for each supply the needs and units of the published plan."""
        if not (self.problem.published and self.problem.change):
            return {}
        give = {s.key: place for place, s in enumerate(self.supplies)}
        want = {n.key: place for place, n in enumerate(self.needs)}
        found: dict[int, list[tuple[int, int]]] = {}
        for supply, need in self.problem.published:
            if supply in give and need in want:
                row, column = give[supply], want[need]
                units = discount(self.problem, self.supplies[row], self.needs[column])
                if units > 0:
                    found.setdefault(row, []).append((column, units))
        return found

    def _discounted(self, row: int, ways: list[tuple[int, int]]) -> None:
        """Add what the published plan sends as ways of their own, cheaper and limited."""
        supply, problem = self.supplies[row], self.problem
        for column, units in sorted(ways):
            need = self.needs[column]
            each = cost(problem, supply, need) - problem.change
            if each < self.worst[column]:
                self.src.append(np.array([row], dtype=np.intp))
                self.dst.append(np.array([column], dtype=np.intp))
                self.cost.append(np.array([each]))
                self.limit.append(np.array([float(units)]))


def _families(items: dict[str, int], serves: frozenset[tuple[str, str]]) -> Ints:
    """Return for each item the least item that it is tied to."""
    root = list(range(len(items)))

    def top(item: int) -> int:
        while root[item] != item:
            root[item] = item = root[root[item]]
        return item

    for better, lesser in serves:
        if better in items and lesser in items:
            one, other = sorted((top(items[better]), top(items[lesser])))
            root[other] = one
    return np.array([top(item) for item in range(len(items))], dtype=np.intp)


def _groups(of: Ints) -> dict[int, Ints]:
    """Return the places of each value, ascending."""
    order = np.argsort(of, kind="stable")
    values, first = np.unique(of[order], return_index=True)
    parts = np.split(order, first[1:]) if len(values) else []
    return dict(zip(values.tolist(), parts, strict=True))


def _places(names: Iterable[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for name in names:
        places.setdefault(name, len(places))
    return places


def added(places: Ints, values: Floats, size: int) -> Floats:
    """Return the sums of the values by place."""
    return np.bincount(places, values, size).astype(np.float64, copy=False)


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _join(parts: list[Any], kind: Any) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, kind)
