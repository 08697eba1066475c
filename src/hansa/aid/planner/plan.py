"""What the planner answers: flows, what stays open, what it costs, and the prices that prove how near it is to the best."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Flow:
    """So many units of a supply for a need, by their places in the Problem's tuples."""

    supply: int
    need: int
    quantity: float


@dataclass(frozen=True, slots=True)
class Prices:
    """What one more unit, or one more m3, would save, in weighted hours. None is negative.

    `supplies` by place in the Problem; `trucks` by owner, `docks` by call; `scenarios` as `supplies`, for each scenario.
    """

    supplies: tuple[float, ...]
    trucks: Mapping[str, float] = field(default_factory=dict)
    docks: Mapping[str, float] = field(default_factory=dict)
    scenarios: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal: nothing in it is decided. `bound` is what no plan can go below, by `prices`; `method` says how it was found.

    `held` is what would go to each scenario's needs, out of what is left: by place in the Problem's scenarios, and in theirs.
    """

    flows: tuple[Flow, ...]
    cost: float
    bound: float
    prices: Prices
    method: str
    held: tuple[tuple[Flow, ...], ...] = ()

    @property
    def gap(self) -> float:
        """Return how far above the bound the plan may be, as a share of its cost."""
        return (self.cost - self.bound) / max(1.0, abs(self.cost))
