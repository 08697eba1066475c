"""Plans and offers of anyone's making, and routing engines that answer what they like."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from hansa.aid.planner import certificate, check
from hansa.aid.planner.greedy import greedy
from hansa.aid.planner.plan import Prices
from hansa.aid.planner.problem import Need, Problem, Scenario, Supply
from hansa.aid.planning.expected import outlook
from hansa.aid.planning.fitting import fit
from hansa.aid.planning.lines import proposed
from hansa.aid.planning.making import is_large, published
from hansa.aid.planning.models import Plan
from hansa.aid.planning.opened import EFFORT, LARGEST
from hansa.aid.planning.standing import standing
from hansa.kernel import files
from hansa.kernel.errors import Refused
from tests.builders import call, found

GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
LENT = {"item": "n95-respirator", "unit": "piece"}
SAID = {"inputs": "0" * 64, "digest": "1" * 64, "cost": 0, "gap": 0, "flows": 2}

SMALL = Problem(
    tuple(Supply(f"supply-{at}", f"owner-{at}", "masks", 5) for at in range(3)),
    (Need("need-0", "call", "masks", 5, 1.0, 6.0, ((5, 90.0),)),),
    {(f"owner-{at}", "call"): 1.0 for at in range(3)},
)


def served_by_each_other(count):
    """A plan's file in which each of so many supplies may go to each of so many needs."""
    problem = replace(
        SMALL,
        supplies=tuple(replace(SMALL.supplies[0], key=f"supply-{at}") for at in range(count)),
        needs=tuple(replace(SMALL.needs[0], key=f"need-{at}") for at in range(count)),
    )
    assert count * count > EFFORT
    return certificate.write(
        problem, replace(greedy(SMALL), flows=(), prices=Prices((0.0,) * count))
    )


def spoiled(at):
    """A plan's file that can be read, and is another than the record states."""
    return certificate.write(replace(SMALL, seed=at), greedy(SMALL))


@pytest.fixture
def towns(home, set_clock):
    return found(3)


@pytest.fixture
def need(towns):
    said = {"quantity": 1_000, "urgency": "now", "due": "2025-06-12T12:00Z", **GOODS}
    return towns[0].say("aid.need/1", call=call(towns), **said)


def line(giver, need, **other):
    return {
        "giver": giver,
        "need": need,
        "item": LENT["item"],
        "quantity": 5,
        "minutes": 60,
        **other,
    }


def test_plan_that_claims_to_have_read_what_was_said_later(towns, need, set_clock):
    la, chicago, liar = towns
    chicago.say("aid.availability/1", quantity=600, **LENT)
    reads = [{"log": la.log, "size": 10**9}, {"log": chicago.log, "size": 10**9}]
    false = liar.say("aid.plan/1", reads=reads, **SAID)
    state = standing(la.log)
    assert state.plan is not None
    assert (state.plan.key, state.ahead, state.stale) == (false, True, True)
    assert "not here" in state.words()
    set_clock.to("2025-06-07T12:01Z")
    honest = published(la.log, la.by)
    state = standing(la.log)
    assert state.plan is not None
    assert (state.plan.key, state.rivals, state.ahead) == (honest, [], False)


def test_plan_that_claims_to_have_read_more_of_its_own_log_than_there_was(towns, need):
    liar = towns[2]
    with pytest.raises(Refused) as refused:
        liar.say("aid.plan/1", reads=[{"log": liar.log, "size": 10**9}], **SAID)
    assert refused.value.code == "bad-plan"


@pytest.mark.parametrize(
    "other",
    [{"quantity": 0}, {"quantity": -5}, {"quantity": 10**12}, {"minutes": -1}, {"minutes": 10**12}],
)
def test_plan_with_figures_that_are_none(towns, need, other):
    with pytest.raises(Refused):
        towns[2].say("aid.plan/1", lines=[line(towns[1].log, need, **other)], **SAID)


def test_plan_that_says_a_line_twice(towns, need):
    with pytest.raises(Refused) as refused:
        towns[2].say("aid.plan/1", lines=[line(towns[1].log, need)] * 2, **SAID)
    assert refused.value.code == "bad-plan"


def test_plan_that_names_nobody_and_nothing(towns, need, settings):
    settings.DEMO = True
    la, chicago, liar = towns
    lines = [
        line("../../etc/passwd", need),
        line(chicago.log, "us-nowhere@7"),
        line("<script>alert(1)</script>", need),
        line(chicago.log, need, item="<script>alert(2)</script>"),
    ]
    key = liar.say("aid.plan/1", lines=lines, **{**SAID, "flows": 4})
    plan = Plan.objects.get(key=key)
    assert [one.number for one in proposed(plan, la.log)] == [3]
    for page in (reverse("plan", args=[key]), reverse("duty-room")):
        shown = Client().get(page)
        assert shown.status_code == 200
        assert b"<script>alert" not in shown.content


def test_plan_that_proposes_more_than_its_giver_has(towns, need):
    _la, chicago, liar = towns
    chicago.say("aid.stock/1", quantity=100, **LENT)
    chicago.say("aid.reserve/1", quantity=60, why="Our own.", **LENT)
    key = liar.say(
        "aid.plan/1", lines=[line(chicago.log, need, quantity=1_000)], **{**SAID, "flows": 1}
    )
    (fitted,) = fit(Plan.objects.get(key=key), chicago.log).lines
    assert fitted.quantity == 40


def test_plan_under_a_proof_that_is_not_its_own(towns, need, settings):
    settings.DEMO = True
    la, chicago, liar = towns
    chicago.say("aid.availability/1", quantity=602, **LENT)
    true = Plan.objects.get(key=published(la.log, la.by))
    key = liar.say("aid.plan/1", files=true.files, **SAID)
    assert (
        "The file of this plan does not hold"
        in Client().get(reverse("plan", args=[key])).content.decode()
    )


def test_plan_under_a_file_of_any_bytes(towns, need, settings):
    settings.DEMO = True
    kept = files.keep("plan.json", "application/json", [b"[" * 100_000])
    says = {"sha256": kept.sha256, "name": kept.name, "size": kept.size, "type": kept.type}
    key = towns[2].say("aid.plan/1", files=[says], **SAID)
    assert Client().get(reverse("plan", args=[key])).status_code == 200


def test_plan_files_made_to_burden_whoever_looks_at_them(towns, need, settings, monkeypatch):
    """What does not hold is counted once, in whatever turn plans are looked at; what is too much is not counted at all."""
    settings.DEMO = True
    judge, counted = check.judged, []

    def judged(found, **stated):
        counted.append(found)
        return judge(found, **stated)

    monkeypatch.setattr(check, "judged", judged)
    many = served_by_each_other(800)  # 110 kB, and 640,000 ways
    files_ = [many, b"[" * 100_001, *(spoiled(at) for at in range(5)), b"{" * (LARGEST + 1)]
    keys = []
    for data in files_:
        kept = files.keep("plan.json", "application/json", [data])
        says = {"sha256": kept.sha256, "name": kept.name, "size": kept.size, "type": kept.type}
        keys.append(towns[2].say("aid.plan/1", files=[says], **SAID))
    for _look in range(2):
        pages = [Client().get(reverse("plan", args=[key])).content.decode() for key in keys]
        assert ["larger than a page can check" in page for page in pages] == [
            True,
            *[False] * 6,
            True,
        ]
        assert all("has not confirmed what its maker says" in page for page in pages)
        assert not any("its prices prove it" in page for page in pages)
    assert len(counted) == 5


def test_plan_whose_next_calls_or_open_parts_are_without_number(towns):
    """Reasons of fairness and of the guard are sought while a page is made, of small plans only, whatever makes one large."""
    assert not is_large(SMALL)
    wants = replace(SMALL.needs[0], quantity=30_000, unmet=((1, 9.0),) * 30_000)
    later = tuple(Scenario(f"place-{at}", 0.1, SMALL.needs, {}) for at in range(4_000))
    empty = tuple(Scenario(f"place-{at}", 0.1, (), {}) for at in range(1_000))
    for large in ({"needs": (wants,)}, {"scenarios": later}, {"scenarios": empty}):
        assert is_large(replace(SMALL, **large))


def test_weapon_that_is_lent_or_declined(towns, need):
    for kind, fields in (
        ("aid.availability/1", {"item": "rifle", "unit": "piece", "quantity": 1}),
        ("aid.plan-decline/1", {"plan": need, "need": need, "item": "rifle", "why": "No."}),
    ):
        with pytest.raises(Refused):
            towns[1].say(kind, **fields)


def test_plan_that_calls_itself_fair_and_is_not(towns, need, settings):
    """The file says what it gives to each call, and the page counts it: the maker's word for it is not taken."""
    settings.DEMO = True
    la, chicago, liar = towns
    said = {"quantity": 1_000, "urgency": "now", "due": "2025-06-12T12:00Z", **GOODS}
    second = call(towns, by=liar, began="2025-06-07T08:00Z", place="Harbour", forms=["material"])
    liar.say("aid.need/1", call=second, **{**said, "quantity": 10})
    chicago.say("aid.availability/1", quantity=600, **LENT)
    true = Plan.objects.get(key=published(la.log, la.by))
    fields = {
        name: getattr(true, name)
        for name in ("calls", "inputs", "digest", "cost", "gap", "flows", "lines", "files")
    }
    key = liar.say("aid.plan/1", fair=True, **fields)
    page = Client().get(reverse("plan", args=[key])).content.decode()
    assert "It was to be fair, and gives the call that gets least no more" in page


def test_next_call_that_others_invent_gives_way_to_the_members_own_word(towns, need):
    """Who says that another may call next can make plans hold back there, until that member or an officer says no."""
    la, chicago, liar = towns
    words = {"member": f"{chicago.log}@0", "until": "2025-06-12T12:00Z", "rests_on": "Rumour."}
    liar.say("aid.next-call/1", chance=100, **words)
    assert outlook(la.log, []).chances == {chicago.log: 1.0}
    chicago.say("aid.next-call/1", chance=0, **words)
    assert outlook(la.log, []).chances == {}
