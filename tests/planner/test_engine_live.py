"""One stock or one need changes: the plan that follows is the plan that would be made anew."""

import random
from dataclasses import replace

import pytest

from bench.instances.make import Size, make
from hansa.aid.planner.engine import solve
from hansa.aid.planner.live import Live
from hansa.aid.planner.problem import Unfit
from tests.planner.cases import Sort, case

STILL = Sort(scenarios=False)


def changes(problem, seed, count=4):
    draw = random.Random(seed)
    for _ in range(count):
        if draw.random() < 0.5:
            yield {
                "supply": draw.choice(problem.supplies).key,
                "quantity": draw.choice((0, 1, 7, 300)),
            }
        else:
            yield {"need": draw.choice(problem.needs).key, "quantity": draw.choice((0, 2, 9, 400))}


@pytest.mark.parametrize("seed", range(40))
def test_each_change_is_proven_as_if_made_anew(seed):
    problem = case(seed, STILL)
    if not (problem.supplies and problem.needs):
        return
    live = Live(problem)
    for change in changes(problem, seed):
        plan, anew = live.change(**change), solve(live.problem)
        assert plan.bound == pytest.approx(anew.bound, rel=1e-6, abs=1e-6)
        assert plan.cost >= anew.bound - 1e-6


@pytest.mark.parametrize("room", ["no", "mild"])
def test_a_middling_plan_stays_near_the_best(room):
    live = Live(make(Size(60, 20, 6, 0.4, 0.6), room, 3))
    for change in changes(live.problem, 1, 8):
        plan = live.change(**change)
        assert plan.gap < 5e-3
    assert plan.bound == pytest.approx(solve(live.problem).bound, rel=2e-5)


def test_a_change_names_one_thing_that_is_there():
    live = Live(case(3, STILL))
    with pytest.raises(Unfit):
        live.change(quantity=3)
    with pytest.raises(KeyError):
        live.change(supply="nobody/nothing", quantity=3)
    with pytest.raises(Unfit):
        live.change(need=live.problem.needs[0].key, quantity=-3)


def test_scenarios_are_not_live():
    problem = next(one for one in map(case, range(100)) if one.scenarios)
    with pytest.raises(Unfit):
        Live(problem)
    Live(replace(problem, scenarios=()))
