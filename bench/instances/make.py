"""Makes an aid problem: members with stock on a plane, several calls at once, scarcity that differs by item.

The same arguments give the same problem on every machine: Python's own generator, no library's.
"""

import random
from dataclasses import dataclass
from math import hypot

from hansa.aid.planner.problem import Need, Problem, Supply

ROOM = {"no": None, "mild": (0.55, 0.8), "tight": (0.15, 0.4)}
"""Trucks hold this share of a member's lendable volume, docks this share of what a call needs."""


@dataclass(frozen=True)
class Size:
    """How many members, items and calls; `held` and `wanted` are the shares of items that each has or needs."""

    members: int
    items: int
    calls: int
    held: float = 1.0
    wanted: float = 1.0


SIZES = {
    "50x40x5": Size(50, 40, 5),
    "500x100x20-sparse": Size(500, 100, 20, 0.225, 0.35),
    "500x100x20-dense": Size(500, 100, 20),
    "3000x200x50-sparse": Size(3000, 200, 50, 0.225, 0.35),
}


def make(size: Size, coupled: str = "no", seed: int = 1, *, whole: bool = True) -> Problem:
    """Return the problem; `coupled` is a key of ROOM."""
    draw = random.Random(seed)
    items = [f"item-{place}" for place in range(size.items)]
    volume = {item: round(draw.lognormvariate(-1.5, 1.0), 3) for item in items}
    spots = [(draw.uniform(0, 40), draw.uniform(0, 40)) for _ in range(size.members)]
    sites = [(draw.uniform(0, 40), draw.uniform(0, 40)) for _ in range(size.calls)]
    often = {
        item: draw.lognormvariate(4.6, 1.2) for item in items
    }  # teams by the few, masks by the thousand
    supplies = _supplies(draw, size, often)
    needs = _needs(draw, size, items, supplies)
    hours = {
        (f"member-{m}", f"call-{k}"): round(0.5 + hypot(x - u, y - v), 2)
        for m, (x, y) in enumerate(spots)
        for k, (u, v) in enumerate(sites)
    }
    trucks: dict[str, float] = {}
    docks: dict[str, float] = {}
    if (room := ROOM[coupled]) is not None:
        for supply in supplies:
            trucks[supply.owner] = (
                trucks.get(supply.owner, 0) + supply.quantity * volume[supply.item]
            )
        for need in needs:
            docks[need.call] = docks.get(need.call, 0) + need.quantity * volume[need.item]
        trucks = {owner: round(bulk * draw.uniform(*room), 1) for owner, bulk in trucks.items()}
        docks = {call: round(bulk * draw.uniform(*room), 1) for call, bulk in docks.items()}
    return Problem(
        tuple(supplies), tuple(needs), hours, trucks, docks, volume, whole=whole, seed=seed
    )


def _supplies(draw: random.Random, size: Size, often: dict[str, float]) -> list[Supply]:
    supplies = []
    for member in range(size.members):
        for item, usual in often.items():
            if draw.random() < size.held:
                quantity = 1 + int(usual * draw.lognormvariate(0, 0.8))
                ready = draw.choice((0.0, 0.0, 2.0, 6.0))
                supplies.append(
                    Supply(f"{member}/{item}", f"member-{member}", item, quantity, ready)
                )
    return supplies


def _needs(draw: random.Random, size: Size, items: list[str], supplies: list[Supply]) -> list[Need]:
    """Return needs that ask of each item between a third more than there is and a third of it."""
    stock: dict[str, int] = {}
    for supply in supplies:
        stock[supply.item] = stock.get(supply.item, 0) + supply.quantity
    needs = []
    for item in items:
        shares = [
            (call, draw.lognormvariate(0, 1))
            for call in range(size.calls)
            if draw.random() < size.wanted
        ]
        total = stock.get(item, 100) / draw.uniform(0.3, 1.3)
        whole = sum(share for _, share in shares)
        for call, share in shares:
            quantity = 1 + int(total * share / whole)
            weight = float(draw.randint(1, 10))
            first = quantity // 2
            unmet = ((first, 80 * weight), (quantity - first, 120 * weight))
            due = draw.choice((6.0, 12.0, 24.0))
            key = f"{call}/{item}"
            needs.append(Need(key, f"call-{call}", item, quantity, weight, due, unmet))
    return needs
