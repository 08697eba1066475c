"""Holding back for the next call: what it covers, and what it costs those who wait now."""

from dataclasses import replace

import pytest

from hansa.aid.planner import certificate
from hansa.aid.planner.check import check
from hansa.aid.planner.guard import Cover, guard, likely
from hansa.aid.planner.plan import Flow
from hansa.aid.planner.problem import Need, Problem, Scenario, Supply
from hansa.aid.planner.reason import english
from tests.planner.cases import case

LATER = Need("coast/pumps", "coast", "pumps", 4, 5.0, 9.0, ((4, 90.0),))
PROBLEM = Problem(
    (Supply("a/pumps", "austin", "pumps", 4), Supply("b/pumps", "boston", "pumps", 4)),
    (Need("h/pumps", "harbor", "pumps", 4, 1.0, 99.0, ((4, 90.0),)),),
    {("austin", "harbor"): 2.0, ("boston", "harbor"): 3.0},
    haul=0.0,
    scenarios=(Scenario("coast", 0.5, (LATER,), {"austin": 1.0, "boston": 11.0}),),
)
"""Austin is nearer to both. A unit from Boston costs 1 more today, and saves half of 90 - 5 if the coast is hit."""


def test_the_right_units_are_held_back_and_the_price_is_said():
    found = guard(PROBLEM)
    assert found.without.flows == (Flow(0, 0, 4),)
    assert found.plan.flows == (Flow(1, 0, 4),)
    assert found.plan.held == ((Flow(0, 0, 4),),)
    assert found.plan.cost == 4 * 3.0 + 0.5 * 4 * 5.0
    # Without, four from Boston: 11 hours and three times the two that are late; with it four from Austin.
    assert found.covers == (Cover("coast", 1.0, 1.0, found.covers[0].saves),)
    assert found.covers[0].saves == pytest.approx(1 - 5.0 / 85.0)
    assert found.price == pytest.approx((12 - 8) / 8)
    assert [english(reason) for reason in found.reasons][-1] == "austin holds back 4 of pumps."
    assert english(found.reasons[0]) == (
        "What is held back covers 100 % of a call from coast, and waiting now costs 50.0 % more."
    )
    assert "If coast calls, waiting there costs 94 % less than it would without." in [
        english(reason) for reason in found.reasons
    ]
    verdict = check(certificate.write(PROBLEM, found.plan))
    assert verdict.ok, verdict.findings
    assert verdict.held == 4


def test_where_the_far_units_come_too_late_the_guard_shows_what_would_be_missing():
    late = replace(LATER, until=10.0)
    problem = replace(PROBLEM, scenarios=(replace(PROBLEM.scenarios[0], needs=(late,)),))
    found = guard(problem)
    assert found.covers == (Cover("coast", 1.0, 0.0, found.covers[0].saves),)
    assert found.covers[0].saves == pytest.approx(1 - 5.0 / 90.0)
    assert "Without holding back, 0 % of a call from coast could be covered." in [
        english(reason) for reason in found.reasons
    ]


def test_a_plan_that_was_made_is_told_as_it_is():
    """Whoever reads a plan is told what that plan holds back, not what the best one would."""
    best = guard(PROBLEM)
    careless = replace(best.plan, flows=best.without.flows, held=((Flow(1, 0, 4),),))
    told = guard(PROBLEM, careless)
    assert told.plan is careless
    assert (told.price, told.covers[0].saves) == (0.0, 0.0)


def test_a_call_that_hardly_comes_costs_nobody_anything():
    found = guard(replace(PROBLEM, scenarios=(replace(PROBLEM.scenarios[0], chance=0.01),)))
    assert found.plan.flows == found.without.flows
    assert found.price == 0.0
    assert found.reasons[0].code == "guard.free"


def test_a_place_that_may_be_hit_would_need_what_calls_need_now():
    needs = (
        Need("h/pumps", "harbor", "pumps", 4, 1.0, 8.0, ((2, 30.0), (2, 90.0))),
        Need("v/pumps", "valley", "pumps", 10, 3.0, 4.0, ((10, 40.0),)),
        Need("v/crews", "valley", "crews", 0, 1.0, 4.0, ()),
    )
    hours = {("austin", "coast"): 2.0, ("boston", "coast"): 4.0, ("austin", "plain"): 1.0}
    found = likely(replace(PROBLEM, needs=needs), {"coast": 0.2, "plain": 0.1, "hill": 0.0}, hours)
    assert [(one.name, one.chance, one.hours) for one in found] == [
        ("coast", 0.2, {"austin": 2.0, "boston": 4.0}),
        ("plain", 0.1, {"austin": 1.0}),
    ]
    assert found[0].needs == (Need("coast/pumps", "coast", "pumps", 7, 2.0, 6.0, ((7, 50.0),)),)


@pytest.mark.parametrize("seed", range(40))
def test_no_guard_costs_less_than_none_today_and_none_is_worth_less_in_all(seed):
    problem = case(seed)
    if problem.scenarios:
        found = guard(problem)
        assert found.price >= -1e-9
        assert all(0 <= one.guarded <= 1 + 1e-9 for one in found.covers)
        verdict = check(certificate.write(problem, found.plan))
        assert verdict.ok, verdict.findings
