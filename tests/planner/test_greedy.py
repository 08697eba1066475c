"""The plan of people at telephones: it keeps every rule, and is never better than the plan."""

from dataclasses import replace

import pytest

from hansa.aid.planner import certificate
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.greedy import beside, greedy, top_up, weighed
from hansa.aid.planner.plan import Flow
from hansa.aid.planner.problem import Need, Problem, Supply
from hansa.aid.planner.reason import english
from tests.planner.cases import case

PROBLEM = Problem(
    (Supply("a/pumps", "austin", "pumps", 5), Supply("b/pumps", "boston", "pumps", 5)),
    (
        Need("h/pumps", "harbor", "pumps", 5, 2.0, 99.0, ((5, 200.0),)),
        Need("v/pumps", "valley", "pumps", 5, 1.0, 99.0, ((5, 200.0),)),
    ),
    {
        ("austin", "harbor"): 2.0,
        ("austin", "valley"): 3.0,
        ("boston", "harbor"): 3.0,
        ("boston", "valley"): 30.0,
    },
    haul=0.0,
)


def test_the_most_urgent_takes_the_nearest_and_the_other_pays_for_it():
    found = greedy(PROBLEM)
    assert found.flows == (Flow(0, 0, 5), Flow(1, 1, 5))
    assert (found.cost, found.bound) == (5 * 4.0 + 5 * 30.0, 0.0)
    plan = solve(PROBLEM)
    assert plan.cost == 5 * 6.0 + 5 * 3.0
    assert [english(reason) for reason in beside(PROBLEM, plan, found)] == [
        "Waiting costs 73.5 % less than if the most urgent were served first, from the nearest.",
        "Of pumps, a unit arrives 13.0 hours sooner on average.",
    ]
    assert [reason.code for reason in beside(PROBLEM, plan, plan)] == ["beside.same"]


def test_beside_it_says_what_more_is_sent():
    """Trucks that carry one pump or ten blankets: greed fills them with the pump."""
    problem = Problem(
        (Supply("a/pumps", "austin", "pumps", 1), Supply("a/blankets", "austin", "blankets", 10)),
        (
            Need("h/pumps", "harbor", "pumps", 1, 2.0, 9.0, ((1, 50.0),)),
            Need("h/blankets", "harbor", "blankets", 10, 1.0, 9.0, ((10, 50.0),)),
        ),
        {("austin", "harbor"): 2.0},
        trucks={"austin": 1.0},
        volume={"pumps": 1.0, "blankets": 0.1},
    )
    said = [
        (reason.code, reason.numbers.get("item"), reason.numbers.get("units"))
        for reason in beside(problem, solve(problem), greedy(problem))
    ]
    assert said[1:] == [("beside.more", "blankets", 10), ("beside.less", "pumps", 1)]


def test_nothing_is_sent_that_comes_too_late_to_be_worth_it():
    late = replace(PROBLEM, hours=dict.fromkeys(PROBLEM.hours, 120.0))
    assert greedy(late).flows == (Flow(0, 1, 5),)  # 120 + 3 x 21 is 183: below 200 once, not twice


@pytest.mark.parametrize("seed", range(150))
def test_it_is_sound_and_never_better_than_the_plan(seed):
    problem = case(seed)
    found = greedy(problem)
    verdict = check(certificate.write(problem, found))
    assert verdict.ok, verdict.findings
    plan = solve(problem)
    assert plan.cost <= found.cost + 1e-9 * max(1.0, found.cost)
    assert weighed(problem, plan.flows, plan.held) == pytest.approx(plan.cost)
    for reason in beside(problem, plan, found):
        assert "%(" not in english(reason)


def test_what_is_left_is_given_out_besides_what_is_sent():
    flows = top_up(PROBLEM, (Flow(0, 1, 3),), ((Flow(1, 0, 4),),), lambda need: (-need.weight,))
    assert set(flows) == {Flow(0, 1, 3), Flow(0, 0, 2), Flow(1, 0, 1)}
