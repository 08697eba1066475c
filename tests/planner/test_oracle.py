"""Small problems against another solver through a modelling layer: the same cost, and a bound that is true."""

from dataclasses import replace

import pytest

from hansa.aid.planner import certificate
from hansa.aid.planner.check import check
from hansa.aid.planner.engine import solve
from hansa.aid.planner.problem import Need, Problem, Supply, Unfit
from tests.planner.cases import case
from tests.planner.oracle import best

CASES = [case(seed) for seed in range(330)]


@pytest.fixture(scope="module")
def least() -> dict[bool, list[float]]:
    return {whole: best(CASES, whole=whole) for whole in (True, False)}


def test_the_cases_are_of_every_sort():
    """Nothing needed, nothing there, no way, ties, rooms that bind at nothing, teams, stand-ins, scenarios, what was published."""
    assert sum(not any(need.quantity for need in one.needs) for one in CASES) >= 5
    assert sum(not any(supply.quantity for supply in one.supplies) for one in CASES) >= 5
    assert sum(not one.hours for one in CASES) >= 5
    assert sum(0.0 in one.trucks.values() or 0.0 in one.docks.values() for one in CASES) >= 50
    assert sum(any(supply.batch > 1 for supply in one.supplies) for one in CASES) >= 100
    assert sum(bool(one.serves and one.scenarios) for one in CASES) >= 50
    assert sum(bool(one.published) for one in CASES) >= 100


@pytest.mark.parametrize("at", range(len(CASES)))
def test_any_part_of_a_unit(least, at):
    problem = replace(CASES[at], whole=False)
    plan = solve(problem)
    assert plan.cost == pytest.approx(least[False][at], rel=1e-7, abs=1e-6)
    assert plan.bound == pytest.approx(plan.cost, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("at", range(len(CASES)))
def test_whole_units_and_teams(least, at):
    """The plan costs what the best costs, and its file holds; what its prices prove is below the best."""
    plan = solve(CASES[at])
    assert plan.cost == pytest.approx(least[True][at], rel=1e-7, abs=1e-6)
    verdict = check(certificate.write(CASES[at], plan))
    assert verdict.ok, verdict.findings
    assert verdict.bound <= least[True][at] + 1e-6


def test_what_cannot_be_planned_with_is_refused_by_both():
    """A need that may not stay open, and that nobody can reach."""
    need = Need("h", "harbor", "pumps", 5, 1.0, 9.0, ((2, 9.0),))
    problem = Problem((Supply("a", "austin", "pumps", 9),), (need,), {})
    with pytest.raises(AssertionError, match="Infeasible"):
        best([problem], whole=False)
    with pytest.raises(Unfit, match="segments"):
        solve(problem)
