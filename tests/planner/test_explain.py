"""Reasons: what they say of a plan comes true when it is tried."""

import string
from dataclasses import replace

import pytest

from hansa.aid.planner.engine import solve
from hansa.aid.planner.explain import Explainer
from hansa.aid.planner.greedy import weighed
from hansa.aid.planner.plan import Flow, Plan, Prices
from hansa.aid.planner.problem import Need, Problem, Supply
from hansa.aid.planner.reason import SENTENCES, Reason, english, measured
from tests.planner.cases import Sort, case

PLAIN = Sort(scenarios=False, published=False, batches=False)
SEEDS = range(60)

OPEN = ((9, 100.0),)
PROBLEM = Problem(
    (
        Supply("a/pumps", "austin", "pumps", 4),
        Supply("b/pumps", "boston", "pumps", 4),
        Supply("c/pumps", "chicago", "pumps", 9),
        Supply("d/pumps", "denver", "pumps", 0),
        Supply("e/pumps-fine", "erie", "pumps-fine", 2, expires=1.0),
        Supply("f/pumps", "flint", "pumps", 9),
        Supply("g/pumps", "galveston", "pumps", 9),
    ),
    (
        Need("h/pumps", "harbor", "pumps", 6, 2.0, 9.0, OPEN),
        Need("v/pumps", "valley", "pumps", 6, 4.0, 9.0, OPEN, until=20.0),
    ),
    {
        ("austin", "harbor"): 2.0,
        ("austin", "valley"): 1.0,
        ("boston", "harbor"): 3.0,
        ("boston", "valley"): 6.0,
        ("chicago", "harbor"): 5.0,
        ("chicago", "valley"): 8.0,
        ("denver", "harbor"): 1.0,
        ("denver", "valley"): 1.0,
        ("erie", "valley"): 2.0,
        ("flint", "harbor"): 1.0,
        ("galveston", "valley"): 25.0,
    },
    trucks={"chicago": 3.0},
    volume={"pumps": 1.0},
    serves=frozenset({("pumps-fine", "pumps")}),
    barred=frozenset({("flint", "pumps", "")}),
    haul=0.0,
    whole=False,
)
"""Austin sends its 4 to the valley, Boston 3 to the harbor and 1 to the valley, and Chicago the 3 that its trucks carry to the harbor."""


@pytest.fixture(scope="module")
def told() -> Explainer:
    return Explainer(PROBLEM, solve(PROBLEM))


def codes(reasons: tuple[Reason, ...]) -> dict[object, str]:
    return {reason.numbers["owner"]: reason.code for reason in reasons}


def test_what_one_more_is_worth(told):
    more = told.one_more(0, 4.0)
    assert english(more, {"harbor": "Harbor", "pumps": "pumps"}) == (
        "1 more of pumps at Harbor within 4.0 hours would save up to 39.4 % of all waiting."
    )
    assert told.one_more(1, 30.0).code == "one.late"
    assert told.one_more(1, 19.0).numbers["worth"] == 0.0  # 4 x (19 + 3 x 10) is above 100


def test_what_a_unit_is_worth_is_told_for_as_many_as_make_it_plain():
    assert measured(50.0, 200.0) == {"worth": 50.0, "lot": 1, "share": 25.0}
    assert measured(0.004, 200.0) == {"worth": 0.004, "lot": 100, "share": pytest.approx(0.2)}
    assert measured(0.0, 200.0)["lot"] == 1
    assert measured(1e-12, 1e9)["lot"] == 10_000
    assert measured(500.0, 200.0)["share"] == 100.0


def test_what_binds_at_each_member(told):
    assert {reason.code for reason in told.binds_at("austin")} == {"binds.stock"}
    assert {reason.code for reason in told.binds_at("chicago")} == {"binds.trucks"}
    assert {reason.code for reason in told.binds_at("galveston")} == {"binds.none"}
    worth = [reason.numbers["worth"] for reason in told.binds()]
    assert worth == sorted(worth, reverse=True)


def test_whom_to_ask_next(told):
    """Who has given all, or has none to give, by what a unit more would save; not who has some left that cannot go."""
    asked = told.ask(0)
    assert [reason.numbers["owner"] for reason in asked] == ["denver", "austin", "boston"]
    assert [reason.numbers["worth"] for reason in asked] == [80.0, 78.0, 76.0]
    assert len(told.ask(0, most=1)) == 1


def test_why_this_member_and_not_that_one(told):
    at = {(flow.supply, flow.need): flow for flow in told.plan.flows}
    assert {pair: flow.quantity for pair, flow in at.items()} == {
        (0, 1): 4.0,
        (1, 0): 3.0,
        (1, 1): 1.0,
        (2, 0): 3.0,
    }
    near = told.why(at[0, 1], most=9)
    assert near[0].code == "why.first"
    assert codes(near[1:]) == {
        "denver": "not.empty",
        "erie": "not.expired",
        "boston": "not.too",
        "chicago": "not.trucks",
        "galveston": "not.until",
        "flint": "not.law",
    }
    far = told.why(at[2, 0], most=9)
    assert far[0].code == "why.this"
    assert codes(far[1:]) == {
        "denver": "not.empty",
        "austin": "not.stock",
        "boston": "not.too",
        "erie": "not.way",
        "flint": "not.law",
        "galveston": "not.way",
    }
    assert len(told.why(at[2, 0])) == 4


def test_what_would_change_a_flow(told):
    """Austin's is worth 96 a unit in the valley and 78 at the harbor: 4.5 hours' wait, at 4 an hour, is the difference."""
    at = {(flow.supply, flow.need): flow for flow in told.plan.flows}
    reason = told.changes(at[0, 1])
    assert (reason.code, reason.numbers["other"]) == ("change.elsewhere", "harbor")
    assert reason.numbers["hours"] == pytest.approx(4.5)


def test_what_the_next_hour_decides():
    """Chicago's arrive 8 hours from now and are due after 8.5; Erie's would have to be there within 2.2."""
    problem = replace(
        PROBLEM,
        supplies=(replace(PROBLEM.supplies[4], expires=2.2), PROBLEM.supplies[2]),
        needs=(replace(PROBLEM.needs[1], due=8.5),),
    )
    said = Explainer(problem, solve(problem)).next_hours()
    assert [(reason.code, reason.numbers["owner"]) for reason in said] == [
        ("hour.lost", "erie"),
        ("hour.late", "chicago"),
    ]
    assert said[0].numbers["hours"] == pytest.approx(0.2)
    assert said[1].numbers["hours"] == pytest.approx(0.5)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_more_saves_no_more_than_is_said(seed):
    """A price is a subgradient: whoever brings one more finds at most that saving, and none where none is said."""
    problem = replace(case(seed, PLAIN), whole=False)
    plan = solve(problem)
    explainer = Explainer(problem, plan)
    for at, need in enumerate(problem.needs):
        reason = explainer.one_more(at, 2.0)
        more = replace(
            problem,
            supplies=(*problem.supplies, Supply("new", "new", "new", 1)),
            hours={**problem.hours, ("new", need.call): 2.0},
            serves=problem.serves | {("new", need.item)},
            volume={**problem.volume, "new": problem.volume.get(need.item, 0.0)},
            haul=problem.haul,
        )
        saved = plan.cost - solve(more).cost
        if reason.code != "one.late":
            assert saved <= float(reason.numbers["worth"]) + 1e-6
    for reason in explainer.binds():
        if reason.code == "binds.stock":
            more = replace(
                problem,
                supplies=tuple(
                    replace(one, quantity=one.quantity + 1)
                    if one.key == reason.numbers["supply"]
                    else one
                    for one in problem.supplies
                ),
            )
            assert plan.cost - solve(more).cost <= float(reason.numbers["worth"]) + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_holds_as_long_as_is_said(seed):
    """Where one way only is longer, by less than what would change the plan, the same flows stay the best."""
    problem = replace(case(seed, PLAIN), whole=False, haul=0.0)
    plan = solve(problem)
    explainer = Explainer(problem, plan)
    for flow in plan.flows:
        reason = explainer.changes(flow)
        hours = reason.numbers.get("hours")
        way = (problem.supplies[flow.supply].owner, problem.needs[flow.need].call)
        others = [one for one in plan.flows if one is not flow and _way(problem, one) == way]
        lots = [one for one in problem.supplies if one.owner == way[0]]
        if hours is None or others or len({one.item for one in lots}) < len(lots):
            continue
        supply, need = problem.supplies[flow.supply], problem.needs[flow.need]
        arrival = max(0.0, supply.ready) + problem.hours[way]
        if arrival + float(hours) > min(supply.expires, need.until):
            continue
        longer = replace(
            problem, hours={**problem.hours, way: problem.hours[way] + 0.99 * float(hours)}
        )
        assert solve(longer).cost == pytest.approx(weighed(longer, plan.flows), abs=1e-6)


def _way(problem: Problem, flow: Flow) -> tuple[str, str]:
    return problem.supplies[flow.supply].owner, problem.needs[flow.need].call


def test_every_reason_has_its_numbers():
    """Whatever a case says can be put into words, and over the cases all that can be said of a plan is said."""
    said = set()
    for seed in range(200):
        problem = case(seed)
        plan = solve(problem)
        explainer = Explainer(problem, plan)
        reasons = [*explainer.binds(), *explainer.next_hours(), *explainer.binds_at("austin")]
        for at in range(len(problem.needs)):
            reasons += [
                *(explainer.one_more(at, hours) for hours in (2.0, 9.0)),
                *explainer.ask(at),
            ]
        reasons += explainer.lacking()
        for flow in plan.flows:
            reasons += [*explainer.why(flow), explainer.changes(flow)]
        for reason in reasons:
            assert "%(" not in english(reason)
            said.add(reason.code)
    expected = {
        code
        for code in SENTENCES
        if code.split(".")[0] in {"one", "binds", "ask", "why", "not", "change", "hour"}
    }
    assert expected - said <= {"change.lot", "not.dearer"}


def test_one_more_of_what_nobody_lacks_is_said_to_save_nothing():
    """One kitchen is there, and one is needed: its price may be all that it is worth, and a second saves nothing."""
    problem = Problem(
        (Supply("a", "austin", "kitchens", 1), Supply("b", "boston", "pumps", 3)),
        (
            Need("h", "harbor", "kitchens", 1, 1.0, 9.0, ((1, 500.0),)),
            Need("v", "valley", "pumps", 4, 1.0, 9.0, ((4, 90.0),)),
        ),
        {("austin", "harbor"): 2.0, ("boston", "valley"): 3.0},
        haul=0.0,
    )
    plan = Plan(
        (Flow(0, 0, 1), Flow(1, 1, 3)),
        2.0 + 9.0 + 90.0,
        101.0,
        Prices((498.0, 87.0)),
        "by hand",
    )
    found = Explainer(problem, plan)
    assert found.gains == [0.0, 87.0]
    assert [one.numbers["owner"] for one in found.binds()] == ["boston"]


@pytest.mark.parametrize("seed", range(60))
def test_no_more_is_promised_of_one_more_than_it_is_worth(seed):
    """What one more unit saves, planned anew, is never more than is told; where nothing is told, nothing is saved."""
    problem = case(seed, Sort(rooms=False, batches=False, scenarios=False, published=False))
    plan = solve(problem)
    for at, gain in enumerate(Explainer(problem, plan).gains):
        more = replace(problem.supplies[at], quantity=problem.supplies[at].quantity + 1)
        richer = (*problem.supplies[:at], more, *problem.supplies[at + 1 :])
        saved = plan.cost - solve(replace(problem, supplies=richer)).cost
        assert saved == pytest.approx(gain, abs=1e-6)


def test_sentences_are_plain():
    for code, sentence in SENTENCES.items():
        names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        assert not names, f"{code}: pages fill %(name)s, not braces"
        assert sentence.endswith("."), code
        assert len(sentence) < 180, code
