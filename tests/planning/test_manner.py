"""In which manner a plan is made: fair between calls, and holding back for who may call next. The officer decides."""

import re

import pytest
from click.testing import CliRunner
from django.urls import reverse

from hansa.aid.planner.check import check
from hansa.aid.planning import making
from hansa.aid.planning.asking import open_calls
from hansa.aid.planning.expected import outlook
from hansa.aid.planning.making import Manner
from hansa.aid.planning.models import Plan
from hansa.aid.planning.standing import standing
from hansa.kernel import files
from hansa.kernel.errors import Refused
from hansa.node.commands import plan as commands

SOURCE = "River outlook, 7 June."


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def expect(by, of, chance=90, until="2025-06-20T12:00Z", rests_on=SOURCE):
    said = {"member": f"{of.log}@0", "until": until, "rests_on": rests_on}
    return by.say("aid.next-call/1", **said, **({} if chance is None else {"chance": chance}))


def chances(pact):
    return outlook(pact.la.log, open_calls(pact.la.log)).chances


def make(town, **manner):
    return Plan.objects.get(key=making.published(town.log, town.by, manner=Manner(**manner)))


def data_of(plan):
    return files.path_of(plan.files[0]["sha256"]).read_bytes()


@pytest.fixture
def near(pact):
    """Chicago alone lends, and may call next: then it needs itself what it has."""
    pact.need(600, due="2025-06-30T12:00Z")
    pact.lend(pact.chicago, 600)
    return pact


def given(plan):
    return {line["giver"]: line["quantity"] for line in plan.lines}


# --- who may call next


def test_where_nobody_says_how_likely_all_count_alike_and_it_is_said(pact, sit):
    expect(pact.la, pact.chicago, None)
    expect(pact.la, pact.new_york, None)
    assert chances(pact) == {pact.chicago.log: 0.5, pact.new_york.log: 0.5}
    words = outlook(pact.la.log, []).words()
    assert any("is assumed to be as likely as any other" in one for one in words)
    room = text(sit(pact.seattle).get(reverse("duty-room")))
    assert "nobody says how likely; assumed 50 %" in room
    assert SOURCE in room


def test_its_own_word_counts_before_others_and_of_others_the_latest(pact, set_clock):
    expect(pact.la, pact.chicago, 80)
    set_clock.to("2025-06-07T13:00Z")
    expect(pact.seattle, pact.chicago, 30)
    assert chances(pact) == {pact.chicago.log: 0.3}
    set_clock.to("2025-06-07T14:00Z")
    expect(pact.chicago, pact.chicago, 10)
    set_clock.to("2025-06-07T15:00Z")
    expect(pact.la, pact.chicago, 60)
    assert chances(pact) == {pact.chicago.log: 0.1}
    (one,) = outlook(pact.la.log, open_calls(pact.la.log)).places
    assert [other.chance for other in one.others] == [60, 30]


def test_what_is_taken_back_over_or_calls_already_is_expected_no_more(pact, set_clock):
    expect(pact.la, pact.chicago, 80)
    expect(pact.la, pact.seattle, 80)
    expect(pact.la, pact.new_york, 20, until="2025-06-07T18:00Z")
    assert chances(pact) == {pact.chicago.log: 0.8, pact.new_york.log: 0.2}
    expect(pact.la, pact.chicago, 0)
    assert chances(pact) == {pact.new_york.log: 0.2}
    set_clock.to("2025-06-08T12:00Z")
    assert chances(pact) == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"until": "2025-06-01T12:00Z"}, "has passed"),
        ({"until": "2025-09-01T12:00Z"}, "so far ahead"),
        ({"chance": 101}, "chance"),
        ({"chance": -1}, "chance"),
        ({"rests_on": ""}, "rests_on"),
    ],
)
def test_no_word_without_a_source_a_sane_chance_and_an_end(pact, said, words):
    with pytest.raises(Refused) as refused:
        expect(pact.la, pact.chicago, **said)
    assert words in f"{refused.value.sentence} {refused.value.field}"


# --- holding back


def test_nothing_is_held_back_for_nobody(near, sit):
    with pytest.raises(Refused, match="No member has said who may call next"):
        making.propose(near.la.log, manner=Manner(guard=True))
    refused = sit(near.la).post(reverse("plan-make"), {"guard": "on", "once": "one"})
    assert refused.status_code == 422
    assert "No member has said who may call next" in text(refused)
    assert not Plan.objects.exists()


def test_an_officer_sees_what_a_guard_costs_and_saves_and_decides(near, sit):
    expect(near.la, near.chicago)
    la = sit(near.la)
    before = text(la.get(reverse("plan-make")))
    assert "If it held back for who may call next" in before
    assert "What is held back covers 33 % of a call from Chicago, and waiting now costs" in before
    assert "Without holding back, 0 % of a call from Chicago could be covered." in before
    assert "If Chicago calls, waiting there costs" in before
    assert "Chicago holds back 200 of N95 respirators." in before
    assert "90 %, until" in before
    bare = make(near.la)
    assert given(bare) == {near.chicago.log: 600}
    page = text(la.get(reverse("plan", args=[bare.key])))
    assert "It holds nothing back for who may call next: Chicago (90 %). If it did:" in page
    made = la.post(reverse("plan-make"), {"guard": "on", "once": "two"})
    assert made.status_code == 302
    plan = Plan.objects.exclude(key=bare.key).get()
    assert (plan.guard, plan.fair, given(plan)) == (True, False, {near.chicago.log: 400})
    verdict = check(data_of(plan), plan=plan.digest)
    assert verdict.ok, verdict.text()
    assert verdict.held == 200
    page = text(la.get(reverse("plan", args=[plan.key])))
    assert "It holds back for who may call next: Chicago (90 %)." in page
    assert "Chicago holds back 200 of N95 respirators." in page


def test_a_plan_that_holds_back_ages_with_what_it_rests_on(near):
    expect(near.la, near.chicago)
    make(near.la)
    expect(near.seattle, near.new_york)
    assert not standing(near.la.log).stale
    make(near.la, guard=True)
    assert not standing(near.la.log).stale
    expect(near.seattle, near.new_york, 5)
    assert "1 word on who may call next has changed. Plan again." in standing(near.la.log).words()


# --- fairness


def test_an_officer_sees_what_fairness_costs_and_decides(pact, sit):
    """Los Angeles is nearer to all there is: waiting least leaves Seattle with little."""
    pact.need(1_000, urgency="now", due="2025-06-30T12:00Z")
    pact.need(1_000, pact.seattle, urgency="now", due="2025-06-30T12:00Z")
    pact.lend(pact.chicago, 600)
    la = sit(pact.la)
    offered = text(la.get(reverse("plan-make")))
    assert "If the call that gets least were raised" in offered
    bare = make(pact.la)
    assert not bare.fair
    made = la.post(reverse("plan-make"), {"fair": "on", "once": "one"})
    assert made.status_code == 302
    plan = Plan.objects.exclude(key=bare.key).get()
    assert plan.fair
    assert plan.cost >= bare.cost
    verdict = check(data_of(plan), plan=plan.digest)
    assert verdict.ok, verdict.text()
    page = text(la.get(reverse("plan", args=[plan.key])))
    assert "Between calls" in page
    for url in (reverse("duty-room"), reverse("plan", args=[bare.key])):
        assert "Between" in text(la.get(url))


# --- at a terminal


def run(monkeypatch, *words):
    monkeypatch.setattr("hansa.node.start.open_home", lambda: None)
    result = CliRunner().invoke(commands.plan, [str(word) for word in words])
    assert result.exception is None, result.output
    return result.output


def test_the_terminal_shows_each_price_and_publishes_in_the_manner_that_was_chosen(
    near, monkeypatch
):
    looked = run(monkeypatch, "make", "--as", near.la.by, "--look")
    assert "hansa say aid.next-call/1" in looked
    expect(near.la, near.chicago)
    looked = run(monkeypatch, "make", "--as", near.la.by, "--look")
    assert "Chicago, 90 % (as said) until" in looked
    assert "Chicago holds back 200 of N95 respirators." in looked
    assert not Plan.objects.exists()
    run(monkeypatch, "make", "--as", near.la.by, "--hold-back", "--fair")
    plan = Plan.objects.get()
    assert (plan.fair, plan.guard, given(plan)) == (True, True, {near.chicago.log: 400})
    assert "It holds back for who may call next: Chicago (90 %)." in " ".join(
        run(monkeypatch, "show").split()
    )
