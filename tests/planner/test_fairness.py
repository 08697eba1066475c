"""The fair plan: the call that gets least gets more, within the price that is allowed and shown."""

from collections import Counter
from dataclasses import replace
from math import inf

import pulp
import pytest

from hansa.aid.planner import certificate, fairness
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.plan import Flow
from hansa.aid.planner.problem import Need, Problem, Supply
from hansa.aid.planner.reason import english
from tests.planner.cases import Sort, case
from tests.planner.oracle import Model, run

PROBLEM = Problem(
    (Supply("a/pumps", "austin", "pumps", 6), Supply("b/pumps", "boston", "pumps", 4)),
    (
        Need("h/pumps", "harbor", "pumps", 10, 2.0, 9.0, ((10, 100.0),)),
        Need("v/pumps", "valley", "pumps", 10, 1.0, 9.0, ((10, 100.0),)),
    ),
    {
        ("austin", "harbor"): 1.0,
        ("austin", "valley"): 4.0,
        ("boston", "harbor"): 1.0,
        ("boston", "valley"): 5.0,
    },
    haul=0.0,
)
"""All ten go to the harbor (2 hours each); one in the valley costs 2 more from Austin, 3 more from Boston."""


def test_the_call_that_gets_nothing_gets_what_it_can_and_the_price_is_shown():
    plan = solve(PROBLEM)
    assert plan.cost == 1020.0
    found = fairness.fair(PROBLEM, plan)
    assert found.before == {"harbor": 1.0, "valley": 0.0}
    assert found.after == {"harbor": 0.5, "valley": 0.5}
    assert found.plan.cost == 1030.0
    assert found.price == pytest.approx(10 / 1020)
    assert [english(reason) for reason in found.reasons] == [
        "The call that gets least would get 50 % instead of 0 %, and waiting would cost 1.0 % more.",
        "valley gets 50 % instead of 0 %.",
        "harbor gives: 50 % instead of 100 %.",
    ]


def test_no_more_is_paid_than_is_allowed():
    plan = solve(PROBLEM)
    found = fairness.fair(PROBLEM, plan, most=0.004)
    assert found.after == {"harbor": 0.8, "valley": 0.2}
    assert found.plan.cost == 1024.0
    none = fairness.fair(PROBLEM, plan, most=0.0)
    assert none.plan is plan
    assert none.reasons[0].code == "fair.same"


def test_a_fair_plan_keeps_the_proof_of_the_cheapest():
    plan = solve(PROBLEM)
    found = fairness.fair(PROBLEM, plan)
    verdict = check(certificate.write(PROBLEM, found.plan))
    assert verdict.ok, verdict.findings
    assert verdict.gap == pytest.approx(10 / 1030)


def test_a_plan_that_was_made_fair_is_told_beside_the_cheapest():
    plan = solve(PROBLEM)
    found = fairness.fair(PROBLEM, plan)
    assert [english(one) for one in fairness.compared(PROBLEM, found.plan, plan)] == [
        "This plan is fair: the call that gets least gets 50 % instead of 0 %, and waiting costs 1.0 % more than in the cheapest plan.",
        "valley gets 50 % instead of 0 %.",
        "harbor gives: 50 % instead of 100 %.",
    ]
    false = fairness.compared(PROBLEM, plan, plan)
    assert [one.code for one in false] == ["fair.not", "fair.price", "fair.gains", "fair.gives"]


def test_of_one_call_alone_nothing_is_told():
    for needs in ((PROBLEM.needs[0],), ()):
        alone = replace(PROBLEM, needs=needs)
        plan = solve(alone)
        assert fairness.fair(alone, plan).reasons == ()
        assert fairness.compared(alone, plan, plan) == ()


def test_rates_count_each_need_by_its_urgency():
    needs = (
        Need("h/pumps", "harbor", "pumps", 10, 3.0, 9.0, ((10, 1.0),)),
        Need("h/crews", "harbor", "crews", 2, 1.0, 9.0, ((2, 1.0),)),
        Need("v/crews", "valley", "crews", 2, 0.0, 9.0, ((2, 1.0),)),
        Need("c/crews", "coast", "crews", 0, 1.0, 9.0, ()),
    )
    problem = replace(PROBLEM, needs=needs)
    # In the harbor pumps count 3 x 10, and crews, of which 4 are needed in all, 1 x 4: more or fewer units change nothing.
    flows = (Flow(0, 0, 5), Flow(1, 1, 2), Flow(1, 2, 1))
    assert fairness.rates(problem, flows) == {
        "harbor": pytest.approx((15 + 4) / 34),
        "valley": 0.5,
    }


@pytest.mark.parametrize("seed", range(0, 120, 2))
def test_a_fair_plan_is_sound_no_less_fair_and_within_its_price(seed):
    problem = case(seed)
    plan = solve(problem)
    found = fairness.fair(problem, plan, most=0.1)
    assert min(found.after.values(), default=1) >= min(found.before.values(), default=1) - 1e-6
    assert found.plan.cost <= plan.cost * 1.1 + 1e-6
    verdict = check(certificate.write(problem, found.plan))
    assert verdict.ok, verdict.findings


@pytest.mark.parametrize("seed", range(1, 60, 2))
def test_the_lowest_rate_is_as_high_as_any_plan_of_that_price_makes_it(seed):
    """Against another solver, with whole units and without."""
    problem = case(seed, Sort(scenarios=False))
    for whole in (True, False):
        asked = replace(problem, whole=whole)
        plan = solve(asked)
        found = fairness.fair(asked, plan, most=0.1)
        if len(found.after) > 1:
            highest = _highest(asked, plan.cost * 1.1, whole=whole)
            assert min(found.after.values()) == pytest.approx(highest, abs=1e-5)


def _highest(problem: Problem, budget: float, *, whole: bool) -> float:
    program = pulp.LpProblem("fair", pulp.LpMaximize)
    model = Model(program, "p", problem, whole=whole)
    lowest = program.add_variable("lowest", 0, 1)
    wanted = Counter[str]()
    for need in problem.needs:
        wanted[need.item] += need.quantity
    program += lowest
    program += pulp.lpSum(model.costs) <= budget
    for call in {need.call for need in problem.needs if need.quantity}:
        own = [at for at, need in enumerate(problem.needs) if need.call == call and need.quantity]
        weights = {at: problem.needs[at].weight * wanted[problem.needs[at].item] for at in own}
        if not any(weights.values()):
            weights = dict.fromkeys(own, 1.0)
        program += (
            pulp.lpSum(
                weights[at] / sum(weights.values()) / problem.needs[at].quantity * row[at]
                for at in own
                for row in model.sent
            )
            >= lowest
        )
    run(program)
    return float(pulp.value(lowest) or 0.0)


def test_many_ways_are_weighed_by_their_best(monkeypatch):
    """Beyond what is weighed whole, the plan is still sound and fairer."""
    monkeypatch.setattr(fairness, "SMALL", 0)
    monkeypatch.setattr(fairness, "POOL", 1)
    plan = solve(PROBLEM)
    found = fairness.fair(PROBLEM, plan)
    assert min(found.after.values()) > 0
    assert found.plan.cost <= plan.cost * 1.05
    assert fairness.fair(replace(PROBLEM, hours={}), solve(replace(PROBLEM, hours={}))).price == 0
    assert found.plan.cost < inf


def test_one_kitchen_counts_as_much_as_ten_thousand_masks():
    """A weight is of one unit: by it alone, a call that got its kitchen and no mask would count as served."""
    needs = (
        Need("h/masks", "harbor", "masks", 10_000, 0.001, 9.0, ((10_000, 1.0),)),
        Need("h/kitchens", "harbor", "kitchens", 1, 10.0, 9.0, ((1, 1.0),)),
    )
    supplies = (Supply("a", "austin", "kitchens", 1),)
    problem = Problem(supplies, needs, {("austin", "harbor"): 1.0})
    assert fairness.rates(problem, (Flow(0, 1, 1),)) == {"harbor": pytest.approx(0.5)}


def test_what_is_raised_by_less_than_a_percent_is_told_as_nearly_fair():
    harbor, valley = (replace(need, quantity=1000, unmet=((1000, 9.0),)) for need in PROBLEM.needs)
    problem = replace(PROBLEM, needs=(harbor, valley))
    plan = solve(problem)
    found = fairness.fair(problem, plan)
    (told,) = found.reasons
    assert told.code == "fair.hardly"
    assert "nearly as fair" in english(told)
