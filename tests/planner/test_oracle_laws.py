"""Laws of every plan: none is worse than greed, no floor is broken, more stock costs nobody anything, each proof is accepted."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid.planner import certificate
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.greedy import greedy
from hansa.aid.planner.problem import Need, Problem, Supply
from tests.planner.cases import case

problems = st.builds(case, st.integers(0, 10**6))


@settings(max_examples=150, deadline=None)
@given(problems, st.randoms(use_true_random=False))
def test_each_plan_is_proved_keeps_its_floors_and_is_no_worse_than_greed(problem, random):
    floored = tuple(replace(one, floor=random.randint(0, 9)) for one in problem.supplies)
    problem = replace(problem, supplies=floored)
    plan = solve(problem)
    file = certificate.write(problem, plan)
    verdict = check(file)
    assert verdict.ok, verdict.findings
    assert verdict.floors == sum(1 for one in floored if one.floor)
    assert plan.cost <= greedy(problem).cost * (1 + 1e-9) + 1e-9
    assert certificate.read(file).problem.supplies == floored


@settings(max_examples=60, deadline=None)
@given(problems, st.data())
def test_a_higher_floor_breaks_the_plan_or_nothing(problem, data):
    """Stock as it is, floors raised: whatever is sent is still above them, or the file is refused by name."""
    plan = solve(problem)
    gone = {one.key: 0.0 for one in problem.supplies}
    for flow in plan.flows:
        gone[problem.supplies[flow.supply].key] += flow.quantity
    held = {one.key: 0.0 for one in problem.supplies}
    for flows in plan.held:
        sums = dict.fromkeys(held, 0.0)
        for flow in flows:
            sums[problem.supplies[flow.supply].key] += flow.quantity
        held = {key: max(held[key], sums[key]) for key in held}
    raised = {one.key: data.draw(st.integers(0, int(one.quantity))) for one in problem.supplies}
    after = replace(
        problem,
        supplies=tuple(
            replace(one, quantity=one.quantity - raised[one.key], floor=raised[one.key])
            for one in problem.supplies
        ),
    )
    verdict = check(certificate.write(after, replace(plan, bound=0.0)))
    broken = {
        one.key
        for one in problem.supplies
        if gone[one.key] + held[one.key] > one.quantity - raised[one.key]
    }
    assert verdict.ok == (not broken), verdict.findings
    for key in broken:
        assert any(key in sentence and "floor" in sentence for sentence in verdict.findings)


@settings(max_examples=80, deadline=None)
@given(problems, st.data())
def test_more_stock_never_raises_the_cost(problem, data):
    if not problem.supplies:
        return
    at = data.draw(st.integers(0, len(problem.supplies) - 1))
    more = data.draw(st.integers(1, 9))
    assert solve(_more(problem, at, more)).cost <= solve(problem).cost + 1e-6


def _more(problem: Problem, at: int, more: int) -> Problem:
    richer = replace(problem.supplies[at], quantity=problem.supplies[at].quantity + more)
    return replace(problem, supplies=(*problem.supplies[:at], richer, *problem.supplies[at + 1 :]))


def test_of_a_batch_that_is_published_in_part_that_part_is_kept():
    """Three were published, and teams go by twos: four keep all three, two take one away."""
    need = Need("h", "harbor", "crews", 4, 1.0, 9.0, ((4, 90.0),))
    for stock, cost in ((4, 4 * 2.0), (2, 2 * 2.0 + 2 * 90.0 + 5.0)):
        problem = Problem(
            (Supply("a", "austin", "crews", stock, batch=2),),
            (need,),
            {("austin", "harbor"): 2.0},
            haul=0.0,
            published={("a", "h"): 3},
            change=5.0,
        )
        plan = solve(problem)
        assert plan.cost == pytest.approx(cost)
        verdict = check(certificate.write(problem, plan))
        assert verdict.ok, verdict.findings
