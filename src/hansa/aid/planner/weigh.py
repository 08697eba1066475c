"""The checker's own reading of the objective: what a plan costs, and what no plan can go below. Stdlib only.

In weighted hours: a unit that arrives after h hours (ready + way) costs its need's weight x (h + late x what h is beyond
due), and haul x its volume x the hours of the way; a unit that stays open costs the price of its part; a unit taken away
from the published plan costs change; and all of a scenario counts by its chance.
"""

from collections import defaultdict
from math import fsum
from typing import NamedTuple

from hansa.aid.planner.sheet import Lot, Sent, Sheet, Want


class Place(NamedTuple):
    """Where needs stand: the calls of today (chance 1), or one scenario."""

    name: str
    """Before a sentence about it: nothing today."""
    wants: dict[str, Want]
    chance: float
    hours: dict[str, float] | None
    """By owner, of a scenario; today they depend on the call."""
    sent: Sent
    prices: dict[str, float]
    """Of a unit of each supply that goes here."""


def places(sheet: Sheet) -> list[Place]:
    """Return today and the scenarios. What is sent today is gone for each of them: it pays all their prices."""
    all_prices = dict(sheet.prices)
    for prices in sheet.held_prices:
        for key, price in prices.items():
            all_prices[key] = all_prices.get(key, 0.0) + price
    today = Place("", sheet.wants, 1.0, None, sheet.sent, all_prices)
    later = zip(sheet.cases, sheet.held, sheet.held_prices, strict=True)
    return [
        today,
        *(
            Place(f"Scenario {one.name}: ", one.wants, one.chance, one.hours, sent, prices)
            for one, sent, prices in later
        ),
    ]


def hours_to(sheet: Sheet, place: Place, want: Want) -> dict[str, float]:
    """Return the hours of the way to a need, by owner."""
    return sheet.hours.get(want.call, {}) if place.hours is None else place.hours


def unit(sheet: Sheet, lot: Lot, want: Want, way: float) -> float:
    """Return what one unit of a supply costs that goes to a need."""
    hours = lot.ready + way
    late = sheet.late * max(0.0, hours - want.due)
    return want.weight * (hours + late) + sheet.haul * sheet.volume.get(lot.item, 0.0) * way


def opened(want: Want, units: int) -> float:
    """Return what it costs that so many units stay open: the cheapest first."""
    costs = []
    for most, price in want.unmet:
        part = min(most, units)
        costs.append(part * price)
        units -= part
    return fsum(costs)


def cost(sheet: Sheet) -> float:
    """Return what the plan costs, change and scenarios included."""
    parts = [
        sheet.change * max(0, units - sheet.sent.get(pair, 0))
        for pair, units in sheet.published.items()
    ]
    for place in places(sheet):
        come: dict[str, int] = defaultdict(int)
        for (key, to), units in place.sent.items():
            lot, want = sheet.lots[key], place.wants[to]
            come[to] += units
            way = hours_to(sheet, place, want)[lot.owner]
            parts.append(place.chance * units * unit(sheet, lot, want, way))
        parts += [
            place.chance * opened(want, want.quantity - come[to])
            for to, want in place.wants.items()
        ]
    return fsum(parts)


def bars(sheet: Sheet) -> dict[tuple[str, str], set[str]]:
    """Return whom the law bars, by item and call; as owner "" is everybody, as call "" everywhere."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for owner, item, call in sheet.barred:
        found[item, call].add(owner)
    return found


def effort(sheet: Sheet) -> int:
    """Return how much there is to count: pairs of a supply and a part of a need that it may serve, today and in scenarios.

    It is told from the sheet alone, quickly: who makes a file of a few megabytes can make them serve each other by the billion.
    """
    lots: dict[str, int] = defaultdict(int)
    for lot in sheet.lots.values():
        lots[lot.item] += 1
    serving: dict[str, int] = defaultdict(int)
    for offered, wanted in sheet.serves:
        if offered != wanted:
            serving[wanted] += 1 + lots[offered]
    wants = [
        want
        for one in (sheet.wants, *(case.wants for case in sheet.cases))
        for want in one.values()
    ]
    pairs = sum(
        (1 + lots[want.item] + serving[want.item]) * max(1, len(want.unmet)) for want in wants
    )
    return pairs + len(sheet.lots) * (1 + len(sheet.cases))


class Offer(NamedTuple):
    """What the bound needs of a supply: `most` in whole batches, and what a unit pays before it is on its way."""

    key: str
    owner: str
    ready: float
    expires: float
    batch: int
    most: int
    price: float


class Bound:
    """The bound by prices (`value`), and how many ways were looked at for it (`ways`)."""

    def __init__(self, sheet: Sheet) -> None:
        """Count it."""
        self.sheet = sheet
        self.ways = 0
        self._terms: list[float] = []
        self._sizes: list[float] = []
        self._bars = bars(sheet)
        self._published: dict[str, dict[str, int]] = defaultdict(dict)
        for (key, to), units in sheet.published.items():
            self._published[to][key] = units
            self._add(sheet.change * units)
        self._stand_ins: dict[str, list[str]] = defaultdict(list)
        for offered, wanted in sheet.serves:
            if offered != wanted:
                self._stand_ins[wanted].append(offered)
        for place in places(sheet):
            self._place(place)
        self._rents()
        # Each term is a handful of roundings off, 2^-53 of its size each; `late` multiplies what a difference is off.
        rounding = (32 + 4 * sheet.late) * 2.0**-53 * fsum(self._sizes)
        self.value = max(0.0, fsum(self._terms) - rounding)

    def _add(self, term: float) -> None:
        self._terms.append(term)
        self._sizes.append(abs(term))

    def _rents(self) -> None:
        """Take off what all the stock and all the room are worth at these prices."""
        sheet = self.sheet
        for prices in (sheet.prices, *sheet.held_prices):
            for key, price in prices.items():
                self._add(-price * sheet.lots[key].whole)
        for prices, rooms in ((sheet.truck_prices, sheet.trucks), (sheet.dock_prices, sheet.docks)):
            for name, price in prices.items():
                self._add(-price * rooms[name])

    def _place(self, place: Place) -> None:
        offers = self._offers(place)
        for want in place.wants.values():
            if want.quantity:
                found = [(place.chance * price, units) for units, price in want.unmet]
                for item in (want.item, *self._stand_ins[want.item]):
                    self._gather(place, want, item, offers[item], found)
                self._fill(want.quantity, found)

    def _offers(self, place: Place) -> dict[str, list[Offer]]:
        sheet = self.sheet
        found: dict[str, list[Offer]] = defaultdict(list)
        for lot in sheet.lots.values():
            if lot.whole:
                truck = 0.0 if place.hours is not None else sheet.truck_prices.get(lot.owner, 0.0)
                paid = place.prices.get(lot.key, 0.0) + sheet.volume.get(lot.item, 0.0) * truck
                found[lot.item].append(
                    Offer(lot.key, lot.owner, lot.ready, lot.expires, lot.batch, lot.whole, paid)
                )
        return found

    def _gather(
        self,
        place: Place,
        want: Want,
        item: str,
        offers: list[Offer],
        found: list[tuple[float, int]],
    ) -> None:
        """Add the ways that are cheaper than leaving all of the need open, as (cost with prices, units)."""
        sheet, call, quantity, today = self.sheet, want.call, want.quantity, place.hours is None
        here, everywhere = self._bars[item, call], self._bars[item, ""]
        if "" in here or "" in everywhere:
            return
        ways = hours_to(sheet, place, want)
        volume = sheet.volume.get(item, 0.0)
        dock = volume * sheet.dock_prices.get(call, 0.0) if today else 0.0
        published = self._published.get(want.key) if today else None
        weight, due, until = place.chance * want.weight, want.due, want.until
        late, haul = weight * sheet.late, place.chance * sheet.haul * volume
        ceiling = place.chance * _dearest(want)
        for key, owner, ready, expires, batch, most, paid in offers:
            way = ways.get(owner)
            if way is None:
                continue
            hours = ready + way
            if hours > until or hours > expires or owner in here or owner in everywhere:
                continue
            self.ways += 1
            dear = weight * hours + haul * way + paid + dock
            if hours > due:
                dear += late * (hours - due)
            kept = published.get(key, 0) if published else 0
            if dear < ceiling or kept:
                cap = most if most < quantity else quantity // batch * batch
                if kept:
                    self._sizes.append(2 * sheet.change * kept)
                    found.append((dear - sheet.change, min(kept, cap)))
                    cap -= min(kept, cap)
                found.append((dear, cap))

    def _fill(self, quantity: int, found: list[tuple[float, int]]) -> None:
        """Fill a need from what is cheapest."""
        least = min(found)
        if least[1] >= quantity:
            self._add(least[0] * quantity)
            return
        found.sort()
        for dear, units in found:
            part = min(units, quantity)
            self._add(dear * part)
            quantity -= part
            if not quantity:
                break


def _dearest(want: Want) -> float:
    """Return the price of the last unit, if all of a need stays open."""
    left = want.quantity
    for units, price in want.unmet:
        left -= units
        if left <= 0:
            return price
    raise AssertionError("a sheet says what it costs if all of a need stays open")
