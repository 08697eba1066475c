"""A plan file: what holds is accepted, and whatever spoils it is refused in a sentence."""

import json
from copy import deepcopy
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from click.testing import CliRunner

from hansa.aid.planner import certificate, sheet, weigh
from hansa.aid.planner.check import check
from hansa.aid.planner.plan import Flow, Plan, Prices
from hansa.aid.planner.problem import Need, Problem, Scenario
from hansa.node import main
from tests.planner.files import FILE, PLAN, PROBLEM, spoiled, told


def test_a_sound_plan_holds_and_says_what_was_looked_at():
    verdict = check(FILE)
    assert verdict.ok, verdict.findings
    assert (verdict.supplies, verdict.floors, verdict.needs, verdict.flows) == (3, 2, 3, 4)
    assert (verdict.units, verdict.open) == (16, 3)
    assert verdict.cost == PLAN.cost
    # A need of 7 crews can be filled by 6 only, in threes: the checker's bound knows that, the plan's own did not.
    assert verdict.gap == pytest.approx(0.0, abs=1e-12)
    assert "No plan can cost less than 331: it is the best there is." in verdict.text()
    assert "2 supplies state a floor" in verdict.text()
    assert "Its prices show more than it claims" in verdict.text()


def test_a_file_without_floors_does_not_say_that_reserves_are_kept():
    bare = replace(PROBLEM, supplies=tuple(replace(one, floor=0) for one in PROBLEM.supplies))
    assert "No supply states a floor" in check(certificate.write(bare, PLAN)).text()


def test_it_reads_back_what_was_written():
    assert certificate.read(FILE) == (PROBLEM, PLAN)


def test_effort_is_told_before_anything_is_counted():
    # Each need by the supplies that serve and one, times its parts: 3 + 6 + 2; and the 3 supplies themselves.
    assert weigh.effort(sheet.read(FILE)) == 14
    later = replace(PROBLEM, scenarios=(Scenario("coast", 0.5, PROBLEM.needs, {}),))
    data = certificate.write(later, replace(PLAN, held=((),)))
    assert weigh.effort(sheet.read(data)) == 28
    stands_in = replace(PROBLEM, serves=frozenset({("pumps", "crews")}))
    assert weigh.effort(sheet.read(certificate.write(stands_in, PLAN))) == 14 + 1 + 2


SPOILED = {
    "more than the floor leaves": (("plan", "flows", 0, 2), 6, "needs 5, and is sent 6"),
    "floor gone below": (("problem", "supplies", 0, "floor"), 3, "the floor of chicago is 3"),
    "stock not there": (("problem", "supplies", 0, "stock"), 5, "sends 6, and chicago has 5"),
    "half a team": (("plan", "flows", 3, 2), 5, "parts of 3, and 5 is no such number"),
    "another item": (("problem", "supplies", 2, "item"), "boats", "boats does not serve"),
    "barred": (("problem", "barred"), [["chicago", "pumps", ""]], "no law lets chicago"),
    "barred for all": (("problem", "barred"), [["", "crews", "valley"]], "no law lets denver"),
    "no way": (("problem", "hours"), lambda rows: rows[:3], "no way from denver to valley"),
    "expired": (("problem", "supplies", 2, "expires"), 7.5, "has expired after 7.5"),
    "too late": (("problem", "needs", 2, "until"), 7.9, "of no use after 7.9"),
    "ready too late": (("problem", "supplies", 2, "ready"), 12.5, "has expired after 20"),
    "trucks": (("problem", "trucks", "denver"), 3.3, "trucks for 3.3 m³, and would send 3.4"),
    "dock": (("problem", "docks", "valley"), 3.4, "take in 3.4 m³, and would be sent 3.5"),
    "cost told low": (("plan", "cost"), 330.9, "it costs 331"),
    "cost told high": (("plan", "cost"), 332.0, "it costs 331"),
    "bound told high": (("plan", "bound"), 331.1, "its prices show that for 331 only"),
    "bound above cost": (("plan", "bound"), 400.0, "no plan is as cheap"),
    "unknown supply": (("plan", "flows", 0, 0), "x", "does not know: x"),
    "unknown need": (("plan", "flows", 0, 1), "x", "does not know: x"),
    "price of nothing": (("plan", "prices", "trucks"), {"x": 1}, "does not know: x"),
    "held for nobody": (("plan", "held"), [[]], "0 scenarios, but flows held for 1"),
    "more wanted": (("problem", "needs", 0, "quantity"), 4, "needs 4, and is sent 5"),
    "moved": (("plan", "flows", 0, 1), "v/crews", "pumps does not serve"),
    "dearer hours": (("problem", "needs", 0, "weight"), 3.0, "it costs 341"),
    "another change": (("problem", "published", 0, 2), 6, "it costs 332"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_plan_spoiled_and_sealed_anew_is_refused_by_what_it_breaks(name):
    path, value, sentence = SPOILED[name]
    assert sentence in told(spoiled(*path, value=value))


def test_prices_that_do_not_hold_the_claim_are_refused():
    for price in (40.0, 60.0):
        data = spoiled("plan", "prices", "supplies", "c/pumps", value=price)
        data = spoiled("plan", "bound", value=PLAN.cost, file=data)
        assert "It claims that it is the best there is, and it is shown that it is within" in told(
            data
        )


UNREAD = {
    "no file": (b"", "is not JSON"),
    "not text": (b"\xff\xfe", "not text in UTF-8"),
    "no object": (b"[]", "no known version"),
    "deep": (b"[" * 100_000, "is not JSON"),
    "another version": (spoiled("format", value="hansa.plan/2"), "it names “hansa.plan/2”"),
    "NaN": (FILE.replace(b'"haul": 0.0', b'"haul": NaN'), "NaN is not a number"),
    "infinite": (FILE.replace(b'"haul": 0.0', b'"haul": -Infinity'), "-Infinity is not"),
    "beyond a double": (FILE.replace(b'"haul": 0.0', b'"haul": 1e999'), "haul: is not a number"),
    "beyond an integer": (
        FILE.replace(b'"haul": 0.0', b'"haul": 1' + b"0" * 400),
        "haul: is not a number",
    ),
    "so many digits": (
        FILE.replace(b'"haul": 0.0', b'"haul": 1' + b"0" * 9000),
        "is not JSON",
    ),
    "negative stock": (spoiled("problem", "supplies", 0, "stock", value=-1), "stock: is not a"),
    "negative price": (spoiled("plan", "prices", "supplies", "c/pumps", value=-1), "is not a"),
    "negative flow": (spoiled("plan", "flows", 0, 2, value=-5), "flows[0]: is not a whole"),
    "no flow": (spoiled("plan", "flows", 0, 2, value=0), "flows[0]: is not a whole"),
    "parts": (spoiled("plan", "flows", 0, 2, value=4.5), "flows[0]: is not a whole"),
    "a truth": (spoiled("plan", "flows", 0, 2, value=True), "flows[0]: is not a whole"),
    "text for a number": (spoiled("problem", "late", value="3"), "late: is not a number"),
    "huge": (spoiled("problem", "supplies", 0, "stock", value=10**10), "stock: is not a"),
    "missing": (FILE.replace(b'"haul": 0.0,', b""), "“haul” is missing"),
    "unknown field": (FILE.replace(b'"haul"', b'"note": 1, "haul"'), "“note” is not known"),
    "name twice": (FILE.replace(b'"haul"', b'"haul": 5, "haul"'), "“haul” stands twice"),
    "supply twice": (
        spoiled("problem", "supplies", value=lambda rows: [*rows, rows[0]]),
        "the key “c/pumps” stands there twice",
    ),
    "flow twice": (
        spoiled("plan", "flows", value=lambda rows: [*rows, rows[0]]),
        "c/pumps for h/pumps stands there twice",
    ),
    "way twice": (
        spoiled("problem", "hours", value=lambda rows: [*rows, rows[0]]),
        "from chicago to harbor stands there twice",
    ),
    "law twice": (
        spoiled("problem", "barred", value=lambda rows: [*rows, rows[0]]),
        "stands there twice",
    ),
    "open for nothing": (
        spoiled("problem", "needs", 0, "unmet", value=[[4, 100.0]]),
        "if all 5 stay open",
    ),
    "dearest first": (
        spoiled("problem", "needs", 1, "unmet", value=lambda parts: parts[::-1]),
        "the cheapest part does not come first",
    ),
    "no batch": (spoiled("problem", "supplies", 2, "batch", value=0), "batch: is not a whole"),
    "no name": (spoiled("problem", "supplies", 2, "owner", value=""), "is not a text"),
    "seed": (spoiled("problem", "seed", value=0.5), "“seed” is a whole number"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_no_plan_file_is_refused_before_anything_is_believed(name):
    data, sentence = UNREAD[name]
    verdict = check(data)
    assert not verdict.readable
    assert sentence in verdict.findings[0]


def test_a_gap_larger_than_the_reader_accepts_is_refused():
    weak = spoiled("plan", "prices", "supplies", value={})
    weak = spoiled("plan", "bound", value=0, file=weak)
    assert check(weak).ok
    assert "10 % was asked for" in told(weak, most=0.1)


def test_what_is_held_for_a_next_call_counts_against_stock_and_cost():
    later = Need("coast/pumps", "coast", "pumps", 3, 4.0, 6.0, ((3, 200.0),))
    problem = Problem(
        (replace(PROBLEM.supplies[0], floor=0),),
        PROBLEM.needs[:1],
        PROBLEM.hours,
        haul=0.0,
        scenarios=(Scenario("coast", 0.5, (later,), {"chicago": 2.0}),),
    )
    today, then = 3 * 4.0 + 2 * 100.0, 0.5 * (3 * 8.0)
    plan = Plan((Flow(0, 0, 3),), today + then, 0.0, Prices((0.0,)), "by hand", ((Flow(0, 0, 3),),))
    data = certificate.write(problem, plan)
    verdict = check(data)
    assert verdict.ok, verdict.findings
    assert verdict.held == 3
    assert "holds 3 units back" in verdict.text()
    assert certificate.read(data) == (
        problem,
        Plan(plan.flows, plan.cost, 0.0, Prices((0.0,), {}, {}, ((0.0,),)), "by hand", plan.held),
    )
    assert "sends 7, and chicago has 6" in told(spoiled("plan", "flows", 0, 2, value=4, file=data))
    assert "Scenario coast: coast/pumps needs 3, and is sent 4" in told(
        spoiled("plan", "held", 0, 0, 2, value=4, file=data)
    )
    assert "it costs 221.6" in told(
        spoiled("problem", "scenarios", 0, "chance", value=0.4, file=data)
    )
    # Priced by the scenario alone, the first six units cover both: nothing is gained, and no more may be claimed.
    proven = Prices((0.0,), scenarios=((96.0,),))
    tight = certificate.write(
        problem,
        Plan(
            (Flow(0, 0, 5),),
            5 * 4.0 + 0.5 * (8.0 + 2 * 200.0),
            5 * 4.0 + 0.5 * (8.0 + 2 * 200.0),
            proven,
            "by hand",
            ((Flow(0, 0, 1),),),
        ),
    )
    verdict = check(tight)
    assert verdict.ok, verdict.findings
    assert verdict.gap < 1e-9


def test_parts_of_a_unit_cannot_be_written_down():
    with pytest.raises(certificate.NotWhole, match=r"2\.5 units go from c/pumps to h/pumps"):
        certificate.write(PROBLEM, Plan((Flow(0, 0, 2.5),), 0.0, 0.0, PLAN.prices, "parts"))


def test_what_is_endless_is_left_out_of_the_file():
    problem = deepcopy(PROBLEM)
    problem.trucks["denver"] = inf  # type: ignore[index]
    problem.hours["denver", "coast"] = inf  # type: ignore[index]
    read = certificate.read(certificate.write(problem, PLAN)).problem
    assert read.trucks == {}
    assert read.hours == PROBLEM.hours


def test_at_the_terminal(tmp_path):
    """0 for what holds, 1 for what does not, 2 for what is no plan; a sentence for each."""

    def run(data: bytes, *options: str) -> Any:
        path = tmp_path / "plan.json"
        path.write_bytes(data)
        return CliRunner().invoke(
            main.hansa, ["plan", "check", str(path), *options], prog_name="hansa"
        )

    good = run(FILE)
    assert (good.exit_code, good.stdout.splitlines()[0]) == (0, "HOLDS")
    bad = run(spoiled("plan", "cost", value=0))
    assert (bad.exit_code, bad.stdout.splitlines()[0]) == (1, "DOES NOT HOLD")
    assert "Wrong: The file says that the plan costs 0" in bad.stdout
    none = run(b"{}")
    assert (none.exit_code, none.stdout.splitlines()[0]) == (2, "CANNOT BE READ")
    assert run(FILE, "--sha256", "0" * 64).exit_code == 1
    assert json.loads(run(FILE, "--json").stdout)["ok"] is True
    missing = CliRunner().invoke(main.hansa, ["plan", "check", str(tmp_path / "x")])
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr
