"""A small plan with its file, and ways to forge it."""

import json
from typing import Any

from hansa.aid.planner import certificate, sheet
from hansa.aid.planner.check import check
from hansa.aid.planner.plan import Flow, Plan, Prices
from hansa.aid.planner.problem import Need, Problem, Supply

PROBLEM = Problem(
    (
        Supply("c/pumps", "chicago", "pumps", 6, floor=2),
        Supply("d/pumps", "denver", "pumps", 4),
        Supply("d/crews", "denver", "crews", 9, batch=3, expires=20.0, floor=1),
    ),
    (
        Need("h/pumps", "harbor", "pumps", 5, 2.0, 4.0, ((5, 100.0),)),
        Need("v/pumps", "valley", "pumps", 7, 1.0, 4.0, ((3, 50.0), (4, 90.0))),
        Need("v/crews", "valley", "crews", 7, 1.0, 30.0, ((7, 80.0),), until=40.0),
    ),
    {
        ("chicago", "harbor"): 2.0,
        ("chicago", "valley"): 3.0,
        ("denver", "harbor"): 6.0,
        ("denver", "valley"): 8.0,
    },
    trucks={"denver": 4.0},
    docks={"valley": 100.0},
    volume={"pumps": 0.1, "crews": 0.5},
    barred=frozenset({("denver", "pumps", "harbor")}),
    haul=0.0,
    published={("c/pumps", "h/pumps"): 5},
    change=1.0,
)
"""The best: Chicago's pumps go to the harbor (5) and the valley (1), Denver's 4 to the valley, and 6 of its crews."""

PLAN = Plan(
    (Flow(0, 0, 5), Flow(0, 1, 1), Flow(1, 1, 4), Flow(2, 2, 6)),
    cost=5 * 4.0 + 3.0 + 4 * (8 + 3 * 4) + 2 * 50.0 + 6 * 8.0 + 80.0,
    bound=5 * 4.0 + 3.0 + 4 * (8 + 3 * 4) + 2 * 50.0 + 6 * 8.0 + 80.0 - 72.0,
    prices=Prices((47.0, 30.0, 0.0)),
    method="by hand",
)
FILE = certificate.write(PROBLEM, PLAN)


def spoiled(*path: Any, value: Any, seal: bool = True, file: bytes = FILE) -> bytes:
    """Return the file with another value at a place; sealed anew, as whoever forges it would."""
    whole = json.loads(file)
    inner = whole
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value(inner[path[-1]]) if callable(value) else value
    if seal:
        whole["sha256"] = sheet.digests(whole["problem"], whole["plan"])
    return json.dumps(whole).encode()


def told(data: bytes, **options: Any) -> str:
    verdict = check(data, **options)
    assert not verdict.ok
    return "\n".join(verdict.findings)
