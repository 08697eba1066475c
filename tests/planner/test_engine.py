"""What solve() answers: proven by its prices, whole where asked, the same however it was found."""

from dataclasses import replace
from math import inf

import pytest

from bench.instances.make import SIZES, Size, make
from hansa.aid.planner import answer, coupled, exact, interior
from hansa.aid.planner.blocks import blocks
from hansa.aid.planner.engine import solve
from hansa.aid.planner.net import build
from hansa.aid.planner.problem import MOST, Need, Problem, Supply, Unfit
from tests.planner.cases import Sort, case

PLAIN = Sort(rooms=False, batches=False, scenarios=False)
ROOMS = Sort(batches=False, scenarios=False)


def need(quantity: int, price: float = 100.0) -> Need:
    return Need("n", "harbor", "masks", quantity, 1.0, 6.0, ((quantity, price),))


def one(stock: int, wanted: int, **more) -> Problem:
    supply = Supply("s", "austin", "masks", stock)
    return Problem((supply,), (need(wanted),), {("austin", "harbor"): 2.0}, **more)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_coupled_is_solved_to_the_last_unit(seed):
    plan = solve(case(seed, PLAIN))
    assert plan.gap < 1e-9
    assert all(flow.quantity == int(flow.quantity) > 0 for flow in plan.flows)


@pytest.mark.parametrize("seed", range(60))
def test_parts_of_units_have_no_gap(seed):
    plan = solve(replace(case(seed), whole=False))
    assert plan.gap < 1e-7


def test_the_interior_method_proves_what_simplex_proves():
    done, lost = 0, 0
    for seed in range(120):
        net = build(replace(case(seed, ROOMS), whole=False)).eased()
        kept = coupled.living(net)
        if not (net.couples() and len(kept)):
            continue
        try:
            middle = interior.solve(coupled.alive(net, kept), 1e-7)
        except interior.Lost:  # solve() then takes the simplex
            lost += 1
            continue
        worth = coupled.proven(net, blocks(net), middle.truck, middle.dock, middle.need)
        found, best = answer.bound(net, worth), answer.bound(net, exact.relaxed(net)[1])
        assert found == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        done += 1
    assert done > 5 * lost


@pytest.mark.parametrize("room", ["no", "mild", "tight"])
def test_a_middling_problem_is_proven_near_the_best(room):
    problem = make(Size(60, 20, 6, 0.4, 0.6), room, 3)
    plan = solve(problem)
    assert plan.gap < 2e-3
    assert plan == solve(problem)  # nothing is left to chance


def test_the_generator_gives_the_same_problem_for_the_same_seed():
    size = SIZES["50x40x5"]
    assert make(size, "tight", 5) == make(size, "tight", 5)
    assert make(size, "tight", 5) != make(size, "tight", 6)


def test_nothing_there_or_nothing_needed_is_a_plan_without_flows():
    for problem in (Problem((), (), {}), one(0, 5), one(5, 0), replace(one(5, 5), hours={})):
        plan = solve(problem)
        assert plan.flows == ()
        assert plan.gap < 1e-12


def test_a_stock_beyond_counting_is_worth_nothing_more():
    plan = solve(one(MOST, 7))
    assert [(flow.supply, flow.need, flow.quantity) for flow in plan.flows] == [(0, 0, 7)]
    assert plan.prices.supplies == (0.0,)
    assert plan.gap < 1e-12


def test_a_truck_without_room_carries_nothing_and_the_plan_is_proven():
    plan = solve(one(5, 5, trucks={"austin": 0.0}, volume={"masks": 1.0}))
    assert plan.flows == ()
    assert plan.gap < 1e-9


def test_teams_travel_whole():
    supply = Supply("s", "austin", "masks", 10, batch=4)
    plan = solve(Problem((supply,), (need(7),), {("austin", "harbor"): 2.0}))
    assert [flow.quantity for flow in plan.flows] == [4]


def test_what_is_published_stays_while_change_costs_more_than_it_saves():
    near, far = Supply("near", "austin", "masks", 5), Supply("far", "boston", "masks", 5)
    hours = {("austin", "harbor"): 2.0, ("boston", "harbor"): 3.0}
    calm = Problem((near, far), (need(5),), hours, published={("far", "n"): 5}, change=2.0)
    assert [flow.supply for flow in solve(calm).flows] == [1]
    assert [flow.supply for flow in solve(replace(calm, change=0.5)).flows] == [0]
    assert solve(calm).gap < 1e-12


@pytest.mark.parametrize(
    "problem",
    [
        one(-1, 5),
        one(5, 10**15),
        one(10**15, 5),
        replace(one(5, 5), supplies=(replace(one(5, 5).supplies[0], floor=-1),)),
        replace(one(5, 5), supplies=(replace(one(5, 5).supplies[0], floor=10**15),)),
        replace(one(5, 5), hours={("austin", "harbor"): -2.0}),
        replace(one(5, 5), hours={("austin", "harbor"): float("nan")}),
        replace(one(5, 5), trucks={"austin": -1.0}),
        replace(one(5, 5), needs=(replace(need(5), unmet=((2, 9.0), (3, 4.0))),)),
        replace(one(5, 5), needs=(replace(need(5), unmet=((2, 9.0),)),)),
        replace(one(5, 5), needs=(replace(need(5), unmet=((5, inf),)),)),
        replace(one(5, 5), needs=(need(5), need(5))),
    ],
)
def test_what_contradicts_itself_is_refused_in_a_sentence(problem):
    with pytest.raises(Unfit, match=r"\.$"):
        solve(problem)
