"""Keeping to what was published, and what changes listed."""

from dataclasses import replace

import pytest

from hansa.aid.planner.engine import solve
from hansa.aid.planner.problem import Need, Problem, Supply
from hansa.aid.planner.reason import english
from hansa.aid.planner.stability import Difference, differences, price, steady, told

BEFORE = Problem(
    (Supply("a/pumps", "austin", "pumps", 6), Supply("b/pumps", "boston", "pumps", 6)),
    (
        Need("h/pumps", "harbor", "pumps", 6, 1.0, 99.0, ((6, 90.0),)),
        Need("v/pumps", "valley", "pumps", 6, 1.0, 99.0, ((6, 90.0),)),
    ),
    {
        ("austin", "harbor"): 2.0,
        ("austin", "valley"): 3.0,
        ("boston", "harbor"): 3.0,
        ("boston", "valley"): 5.0,
    },
    haul=0.0,
)
"""Best crosswise: Austin to the valley and Boston to the harbor, 6 hours for a pair against 7."""

NOW = replace(BEFORE, hours={**BEFORE.hours, ("austin", "valley"): 5.0})
"""The way to the valley got longer: now 7 straight against 8 crosswise."""


def test_a_small_gain_takes_nothing_away_from_who_counts_on_it():
    published = solve(BEFORE)
    anew = solve(NOW)
    assert len(differences(BEFORE, published, NOW, anew)) == 4
    kept_to = steady(NOW, BEFORE, published, 1.0)
    plan = solve(kept_to)
    assert differences(BEFORE, published, NOW, plan) == ()
    assert [reason.code for reason in told(())] == ["steady.same"]
    assert english(price(kept_to, plan)) == (
        "Keeping to what was published costs 14.3 % more than planning anew."
    )


def test_a_large_gain_is_worth_the_change_and_each_is_listed():
    published = solve(BEFORE)
    plan = solve(steady(NOW, BEFORE, published, 0.4))
    found = differences(BEFORE, published, NOW, plan)
    assert found[0] == Difference("a/pumps", "v/pumps", "austin", "pumps", "valley", 6, 0)
    assert [english(reason) for reason in told(found)] == [
        "No more: austin was to send 6 of pumps to valley.",
        "No more: boston was to send 6 of pumps to harbor.",
        "New: austin sends 6 of pumps to harbor.",
        "New: boston sends 6 of pumps to valley.",
    ]


def test_more_and_less_are_told_and_what_is_gone_is_known_by_its_key():
    published = solve(BEFORE)
    less = replace(BEFORE, supplies=(replace(BEFORE.supplies[0], quantity=4),))
    found = differences(BEFORE, published, less, solve(less))
    assert {(one.supply, one.before, one.now) for one in found} >= {("b/pumps", 6, 0)}
    only = replace(BEFORE, needs=BEFORE.needs[1:])
    more = replace(only, supplies=(replace(BEFORE.supplies[0], quantity=5),))
    fewer = differences(only, solve(only), more, solve(more))
    assert [english(reason) for reason in told(fewer)] == [
        "austin sends 5 of pumps to valley instead of 6."
    ]
    assert [reason.code for reason in told(differences(more, solve(more), only, solve(only)))] == [
        "steady.more"
    ]


@pytest.mark.parametrize("change", [0.0, 0.3, 0.6, 2.0])
def test_the_dearer_a_change_the_fewer_there_are(change):
    published = solve(BEFORE)

    def moved(at: float) -> int:
        plan = solve(steady(NOW, BEFORE, published, at))
        return sum(abs(one.now - one.before) for one in differences(BEFORE, published, NOW, plan))

    assert moved(change) <= moved(0.0)
    assert moved(2.0) == 0
