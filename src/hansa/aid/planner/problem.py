"""What the planner is asked: stock that may be lent, needs, ways, and what binds. Plain values, hours from now.

Objective, in weighted hours: for each unit sent, its need's weight times the cost of waiting until it arrives; for
each unit not sent, the price of its segment. Waiting is a deprivation cost, convex in time (Holguín-Veras et al. 2013).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf


@dataclass(frozen=True, slots=True)
class Supply:
    """What one member would lend of one item, its reserve already taken off.

    `ready` and `expires` in hours from now; `batch` is the smallest part that travels alone (a team of one is 1).
    `floor` is what its owner says that it keeps besides: nothing is planned with it, and the plan's file states it.
    """

    key: str
    owner: str
    item: str
    quantity: int
    ready: float = 0.0
    expires: float = inf
    batch: int = 1
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """What one call lacks of one item.

    `weight` is what an hour's wait for one unit costs; `due` in hours from now; `until` is the latest useful arrival.
    `unmet` are (units, price of each) by which the need may stay open, the cheapest first, together at least `quantity`.
    """

    key: str
    call: str
    item: str
    quantity: int
    weight: float
    due: float
    unmet: tuple[tuple[int, float], ...]
    until: float = inf


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waiting costs: one an hour until a need is due, then `late` an hour more. Convex while `late` >= 0."""

    late: float = 3.0

    def __call__(self, hours: float, due: float) -> float:
        """Return the weighted hours of one unit that arrives after `hours`."""
        return hours + self.late * max(0.0, hours - due)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A call that may come next: how likely, what it would need, and how far each owner is (hours)."""

    name: str
    chance: float
    needs: tuple[Need, ...]
    hours: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that the planner knows.

    hours      from an owner to a call; a pair that is missing cannot be travelled
    trucks     volume (m3) that an owner can move; without an entry it binds nothing
    docks      volume (m3) that a call can take in; without an entry it binds nothing
    volume     of one unit of an item (m3); without an entry it is 0
    serves     (offered, wanted) pairs of different items: the first may stand in for the second, one for one
    barred     (owner, item, call) that no law lets travel; call "" bars the item everywhere
    haul       what moving 1 m3 for one hour costs, in weighted hours: it decides only between equals
    published  what the published plan sends: (supply key, need key) -> units, and `change` for each unit taken away from it
    scenarios  whom the next call may hit; what is held back for them is the guard
    whole      whether only whole units travel; else any part of one
    seed       for whatever is drawn while solving
    """

    supplies: tuple[Supply, ...]
    needs: tuple[Need, ...]
    hours: Mapping[tuple[str, str], float]
    trucks: Mapping[str, float] = field(default_factory=dict)
    docks: Mapping[str, float] = field(default_factory=dict)
    volume: Mapping[str, float] = field(default_factory=dict)
    serves: frozenset[tuple[str, str]] = frozenset()
    barred: frozenset[tuple[str, str, str]] = frozenset()
    waiting: Waiting = Waiting()
    haul: float = 0.001
    published: Mapping[tuple[str, str], int] = field(default_factory=dict)
    change: float = 0.0
    scenarios: tuple[Scenario, ...] = ()
    whole: bool = True
    seed: int = 0


MOST = 10**12
"""Units of one supply or need beyond which a number is a mistake of units."""


class Unfit(ValueError):
    """The Problem contradicts itself; the sentence says where and what to do."""


def fit(problem: Problem) -> None:
    """Raise Unfit for what cannot be planned with: a negative or missing number, prices that fall, a key said twice."""
    for what, things in (("supply", problem.supplies), ("need", problem.needs)):
        keys = {thing.key for thing in things}
        if len(keys) != len(things):
            raise Unfit(f"Two of the same key: give each {what} a key of its own.")
    for supply in problem.supplies:
        if max(supply.quantity, supply.floor) > MOST:
            raise Unfit(f"Supply {supply.key}: more than {MOST:,} units; check the unit.")
        if not (
            _whole(supply.quantity) and supply.ready < inf and supply.expires == supply.expires
        ):
            raise Unfit(f"Supply {supply.key}: quantity and hours must be numbers, none negative.")
        if not _whole(supply.floor):
            raise Unfit(f"Supply {supply.key}: its floor must be a number, not negative.")
        if not (_whole(supply.batch) and supply.batch):
            raise Unfit(f"Supply {supply.key}: a batch is one unit or more.")
    _fit_needs(problem.needs)
    for scenario in problem.scenarios:
        _fit_needs(scenario.needs)
        _fit_numbers(f"Scenario {scenario.name}: hours", scenario.hours.values())
        _fit_numbers(f"Scenario {scenario.name}: its chance", (scenario.chance,))
    _fit_numbers("Hours of travel", problem.hours.values())
    _fit_numbers("Volume of trucks", problem.trucks.values())
    _fit_numbers("Volume of docks", problem.docks.values())
    _fit_numbers("Volume of items", problem.volume.values())
    _fit_numbers("What the plan publishes", problem.published.values())
    _fit_numbers("Prices", (problem.haul, problem.change, problem.waiting.late))


def _fit_needs(needs: tuple[Need, ...]) -> None:
    for need in needs:
        if need.quantity > MOST:
            raise Unfit(f"Need {need.key}: more than {MOST:,} units; check the unit.")
        prices = [price for _, price in need.unmet]
        _fit_numbers(f"Need {need.key}: weight and prices", (need.weight, *prices))
        if not (_whole(need.quantity) and need.due == need.due and need.until == need.until):
            raise Unfit(f"Need {need.key}: quantity and hours must be numbers, none negative.")
        if prices != sorted(prices):
            raise Unfit(f"Need {need.key}: what stays open costs more with each segment, not less.")
        if inf in prices:
            raise Unfit(f"Need {need.key}: every unit may stay open at some price; give a number.")
        if sum(units for units, _ in need.unmet) < need.quantity:
            raise Unfit(f"Need {need.key}: its segments must hold all its units.")


def _whole(value: float) -> bool:
    return value >= 0 and value == value // 1


def _fit_numbers(what: str, values: Iterable[float]) -> None:
    if not all(value >= 0 for value in values):
        raise Unfit(f"{what}: numbers, none negative.")
