"""Small problems of every sort, by seed: nothing to send, nothing needed, ties, stand-ins, rooms, expiry, teams, scenarios."""

import random
from dataclasses import dataclass
from math import inf

from hansa.aid.planner.problem import Need, Problem, Scenario, Supply, Waiting

ITEMS = ("masks", "masks-fine", "pumps", "crews")
OWNERS = ("austin", "boston", "chicago", "denver")
CALLS = ("harbor", "valley", "coast")


@dataclass(frozen=True)
class Sort:
    """What may come up in a case."""

    rooms: bool = True
    batches: bool = True
    scenarios: bool = True
    published: bool = True


def case(seed: int, sort: Sort = Sort()) -> Problem:
    """Draw a problem. Figures are few and round, so that ties and degenerate corners are common."""
    r = random.Random(seed)
    owners, calls = OWNERS[: r.randint(1, 4)], CALLS[: r.randint(1, 3)]
    items = ITEMS[: r.randint(1, 4)]
    supplies = tuple(
        Supply(
            f"{owner}/{item}/{lot}",
            owner,
            item,
            r.choice((0, 1, 2, 3, 5, 8)),
            r.choice((0.0, 0.0, 2.0)),
            r.choice((inf, inf, inf, 6.0)),
            r.choice((1, 1, 2, 3)) if sort.batches else 1,
        )
        for owner in owners
        for item in items
        for lot in range(r.choice((0, 1, 1, 2)))
    )
    needs = tuple(
        need(r, f"{call}/{item}", call, item)
        for call in calls
        for item in items
        if r.random() < 0.7
    )
    pairs = {(supply.key, one.key): supply.batch for supply in supplies for one in needs}
    change = r.choice((0.0, 1.0, 5.0)) if sort.published else 0.0
    scenarios = r.choice((0, 0, 1, 2)) if sort.scenarios else 0
    return Problem(
        supplies,
        needs,
        {
            (owner, call): float(r.choice((1, 2, 4, 4, 9)))
            for owner in owners
            for call in calls
            if r.random() < 0.9
        },
        {owner: float(r.choice((0, 1, 3, 6))) for owner in owners if r.random() < 0.5}
        if sort.rooms
        else {},
        {call: float(r.choice((0, 2, 5, 9))) for call in calls if r.random() < 0.5}
        if sort.rooms
        else {},
        {item: r.choice((0.0, 0.1, 0.5, 1.0, 2.0)) for item in items if r.random() < 0.8},
        frozenset({("masks-fine", "masks")} if r.random() < 0.6 else ()),
        frozenset(
            (owner, item, r.choice((call, "")))
            for owner in owners
            for item in items
            for call in calls
            if r.random() < 0.05
        ),
        Waiting(r.choice((0.0, 1.0, 3.0))),
        r.choice((0.0, 0.001, 0.1)),
        {pair: batch * r.randint(1, 3) for pair, batch in pairs.items() if r.random() < 0.2}
        if change
        else {},
        change,
        tuple(scenario(r, at, owners, items) for at in range(scenarios)),
        seed=seed,
    )


def need(r: random.Random, key: str, call: str, item: str) -> Need:
    quantity = r.choice((0, 1, 2, 4, 7))
    half = quantity // 2
    low = r.choice((5.0, 20.0, 40.0))
    unmet = r.choice((((quantity, low),), ((half, low), (quantity - half, low * 3))))
    return Need(
        key,
        call,
        item,
        quantity,
        r.choice((0.0, 1.0, 1.0, 3.0, 10.0)),
        r.choice((0.0, 3.0, 12.0)),
        unmet,
        r.choice((inf, inf, 8.0)),
    )


def scenario(
    r: random.Random, at: int, owners: tuple[str, ...], items: tuple[str, ...]
) -> Scenario:
    return Scenario(
        f"next {at}",
        r.choice((0.1, 0.5, 1.0)),
        tuple(
            need(r, f"next-{at}/{item}", f"next-{at}", item) for item in items if r.random() < 0.7
        ),
        {owner: float(r.choice((1, 3, 5))) for owner in owners if r.random() < 0.9},
    )
