"""What one more unit of each supply would save: followed through the plan, where a price alone would say too much.

One more unit goes where a need is open, or in place of another, which goes elsewhere in its turn. Its price is no less,
and more where all is just filled: one kitchen for one need is priced at all that it is worth, and a second saves nothing.
"""

from typing import TYPE_CHECKING

from hansa.aid.planner import arcs

if TYPE_CHECKING:
    from hansa.aid.planner.explain import Explainer

SMALL = 20_000
"""Ways of a plan up to which it is followed; beyond, and with scenarios, the prices are told."""
ROUNDS = 50
"""So many flows one after another are followed."""
NOTHING = 1e-6
"""A price below this, in weighted hours, is none."""


def gains(explainer: "Explainer", prices: list[float]) -> list[float]:
    """Return what one more unit of each supply would save at most, in weighted hours. `prices` are of a unit of each."""
    problem = explainer.problem
    served = sum(len(list(explainer.serving(need))) for need in problem.needs)
    if problem.scenarios or served > SMALL:
        return prices
    ways = [
        (at, way.supply, way.cost + explainer.rooms(problem.supplies[way.supply], need))
        for at, need in enumerate(problem.needs)
        for way in explainer.ways(at)
        if prices[way.supply] > NOTHING or (way.supply, at) in explainer.sent
    ]
    gained = [0.0] * len(prices)
    for _ in range(ROUNDS):
        worth = [_open_price(explainer, at) for at in range(len(problem.needs))]
        for at, place, cost in ways:
            if (place, at) in explainer.sent:
                worth[at] = max(worth[at], cost + gained[place])
        after = list(gained)
        for at, place, cost in ways:
            after[place] = max(after[place], min(prices[place], worth[at] - cost))
        if after == gained:
            break
        gained = after
    return gained


def _open_price(explainer: "Explainer", at: int) -> float:
    """Return what it saves to fill one unit of a need that stays open; nothing if none does."""
    need = explainer.problem.needs[at]
    open_ = need.quantity - explainer.come.get(at, 0)
    return arcs.unmet_price(need, open_) if open_ > 0 else 0.0
