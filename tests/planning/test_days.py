"""Bad days: what was known is old, somebody is cut off, leaves, has nothing, or has changed its mind; two plan at once."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from hansa.aid.planning import making
from hansa.aid.planning.asking import ask
from hansa.aid.planning.fitting import fit, overstated
from hansa.aid.planning.lines import proposed
from hansa.aid.planning.models import Plan
from hansa.aid.planning.standing import standing
from hansa.aid.planning.words import LineState
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.sync import follow
from hansa.kernel.sync.models import Peer
from tests.planner.files import spoiled, told
from tests.planning.conftest import SUPPLY


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def make(town):
    return Plan.objects.get(key=making.published(town.log, town.by))


def later(set_clock, **length):
    set_clock.at = clock.now() + timedelta(**length)


def lent(asked):
    return {supply.owner: supply.quantity for supply in asked.problem.supplies}


def test_what_was_said_long_ago_is_marked_and_after_a_week_left_out(pact, set_clock):
    pact.need(1_000, due="2025-06-30T12:00Z")
    pact.lend(pact.chicago, 600)
    later(set_clock, hours=30)
    asked = ask(pact.la.log)
    assert lent(asked) == {pact.chicago.log: 600}
    assert any("30 hours ago" in note and "Chicago" in note for note in asked.notes)
    later(set_clock, days=7)
    asked = ask(pact.la.log)
    assert lent(asked) == {}
    assert any(
        "Chicago said on Sat 7 Jun 2025, 12:00 UTC" in note and "left out" in note
        for note in asked.notes
    )
    with pytest.raises(Refused, match="No member has said"):
        making.propose(pact.la.log)


def test_a_member_that_is_cut_off_while_its_stock_is_planned_is_named(pact, monkeypatch):
    from hansa.kernel.models import Log

    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    Log.objects.filter(name=pact.chicago.log).update(mine=False)
    url = "https://chicago.example"
    Peer.objects.create(
        url=url, logs=[pact.chicago.log], heard_at=clock.passing() - timedelta(hours=2)
    )
    monkeypatch.setattr(follow, "peers", lambda: {url: {pact.chicago.log}})
    asked = ask(pact.la.log)
    assert lent(asked) == {pact.chicago.log: 600}
    assert any(
        "node of Chicago has not answered since Sat 7 Jun 2025, 10:00 UTC" in note
        for note in asked.notes
    )


def test_a_plan_older_than_its_inputs_says_what_has_changed(pact, set_clock, sit):
    first = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    assert not standing(pact.la.log).stale
    later(set_clock, hours=3)
    pact.need(50, pact.seattle)
    pact.la.say(
        "aid.need-change/1", need=first, quantity=2_000, urgency="now", due="2025-06-12T12:00Z"
    )
    state = standing(pact.la.log)
    assert state.stale
    assert (state.changes.needs, state.changes.pledges) == (2, 0)
    assert "2 needs have changed. Plan again." in state.words()
    room = text(sit(pact.la).get(reverse("duty-room")))
    assert "3 h ago" in room
    assert "2 needs have changed" in room
    again = make(pact.la)
    assert standing(pact.la.log).plan == again != plan
    assert not standing(pact.la.log).stale


def test_a_pledge_that_does_what_was_proposed_does_not_age_the_plan(pact):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    make(pact.la)
    pact.pledge(pact.chicago, need, 600)
    assert not standing(pact.la.log).stale
    pact.pledge(pact.new_york, need, 5)
    assert standing(pact.la.log).changes.pledges == 1


def test_nothing_new_is_a_reason_to_plan_again_after_hours(pact, set_clock):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    make(pact.la)
    later(set_clock, hours=7)
    assert "time has passed" in standing(pact.la.log).words()


def test_a_member_that_leaves_sends_only_what_arrives_before(pact):
    from hansa.pact.models import Membership

    pact.need(1_000, due="2025-09-30T12:00Z")
    pact.lend(pact.chicago, 600)
    of = Membership.objects.get(home=pact.chicago.log).key
    pact.chicago.say("pact.withdrawal/1", membership=of, leaves="2026-01-01T00:00Z")
    asked = ask(pact.la.log)
    assert any("Chicago leaves the pact" in note for note in asked.notes)
    (supply,) = asked.problem.supplies
    assert 0 < supply.expires < 24 * 400


def test_a_member_that_has_left_is_shown_as_such(pact, set_clock):
    from hansa.pact.models import Membership

    pact.need(1_000, due="2027-09-30T12:00Z")
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    of = Membership.objects.get(home=pact.chicago.log).key
    pact.chicago.say("pact.withdrawal/1", membership=of, leaves="2026-01-01T00:00Z")
    later(set_clock, days=700)
    (line,) = proposed(plan, pact.la.log)
    assert line.state == LineState.LEFT
    assert lent(ask(pact.la.log)) == {}


def test_a_call_that_is_stood_down_asks_nothing_more(pact, sit):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    pact.la.say("pact.call-end/1", call=pact.call, why="They left.")
    (line,) = proposed(plan, pact.la.log)
    assert line.state == LineState.GONE
    assert line.to_pledge == 0
    assert fit(plan, pact.chicago.log).open == []
    assert "1 call has changed" in standing(pact.la.log).words()
    shown = sit(pact.chicago).get(reverse("proposal"))
    page = shown.content.decode()
    assert "No longer needed" in text(shown)
    assert reverse("plan-take", args=[plan.key, 0]) not in page


def test_a_floor_raised_afterwards_cuts_what_is_proposed_and_is_told_at_home(pact, sit):
    pact.chicago.say("aid.stock/1", quantity=1_000, **SUPPLY)
    pact.need(1_000)
    pact.lend(pact.chicago, 900)
    plan = make(pact.la)
    pact.chicago.say("aid.reserve/1", quantity=700, why="A fire nearby.", **SUPPLY)
    (fitted,) = fit(plan, pact.chicago.log).lines
    assert (fitted.quantity, fitted.cut) == (300, True)
    assert any("your reserve has changed" in sentence for sentence in fitted.words)
    (told,) = overstated(pact.chicago.log)
    assert "would lend 900" in told
    assert "300 are free" in told
    home = text(sit(pact.chicago).get("/"))
    assert "Say anew what you would lend" in home
    assert "700" not in text(sit(pact.new_york).get(reverse("plan", args=[plan.key])))


def test_nobody_offers_more_than_is_free_of_its_own(pact):
    pact.chicago.say("aid.stock/1", quantity=1_000, **SUPPLY)
    pact.chicago.say("aid.reserve/1", quantity=700, why="A fire nearby.", **SUPPLY)
    with pytest.raises(Refused, match="Only 300 of this are free"):
        pact.lend(pact.chicago, 301)
    pact.lend(pact.chicago, 300)


def test_stock_that_was_never_there_is_not_offered_again_until_its_member_says_so(pact):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    pledge = pact.pledge(pact.chicago, need, 400)
    assert lent(ask(pact.la.log)) == {pact.chicago.log: 200}
    pact.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=400, why="It is not there.")
    assert lent(ask(pact.la.log)) == {pact.chicago.log: 200}
    pact.lend(pact.chicago, 150)
    assert lent(ask(pact.la.log)) == {pact.chicago.log: 150}


def test_what_the_needer_turned_down_is_offered_again_once_it_is_taken_back(pact):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    pledge = pact.pledge(pact.chicago, need, 400)
    pact.la.say("aid.pledge-decline/1", need=need, pledge=pledge, why="Too far.")
    pact.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=400, why="As you say.")
    assert lent(ask(pact.la.log)) == {pact.chicago.log: 600}


def test_what_was_never_counted_is_proposed_with_a_warning(pact):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    (fitted,) = fit(make(pact.la), pact.chicago.log).lines
    assert fitted.quantity == 600
    assert any("never counted" in sentence for sentence in fitted.words)


def test_trucks_bound_a_proposal_and_a_plan(pact):
    from hansa.aid.planning.asking import volume_of

    volume = volume_of(SUPPLY["item"])
    assert volume > 0
    pact.need(100_000)
    pact.lend(pact.chicago, 100_000)
    pact.chicago.say("aid.capacity/1", trucks=2, hours=48)
    asked = ask(pact.la.log)
    assert asked.problem.trucks == {pact.chicago.log: 1.0}
    (line,) = make(pact.la).lines
    assert line["quantity"] * volume <= 1.0


def test_two_nodes_that_plan_at_once_are_both_shown_and_the_next_plan_replaces_both(pact, sit):
    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    before = making.record_of(making.propose(pact.la.log))
    beside = making.record_of(making.propose(pact.seattle.log))
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    kind = KINDS["aid.plan/1"]
    one = say(kind(**before), log=pact.la.log, by=pact.la.by)
    other = say(kind(**beside), log=pact.seattle.log, by=pact.seattle.by)
    state = standing(pact.la.log)
    assert state.plan is not None
    assert {state.plan.key, *(rival.key for rival in state.rivals)} == {one, other}
    assert "Two plans were made at once" in state.rival_words()
    assert standing(pact.chicago.log).plan == state.plan
    assert "Two plans were made at once" in text(sit(pact.la).get(reverse("duty-room")))
    third = make(pact.new_york)
    state = standing(pact.la.log)
    assert (state.plan, state.rivals) == (third, [])


def test_what_was_declined_is_not_proposed_again_until_its_member_says_anew(pact, sit):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    page = reverse("plan-decline", args=[plan.key, 0])
    said = sit(pact.chicago).post(page, {"why": "Our own weekend.", "once": "one"})
    assert said.status_code == 302
    (line,) = proposed(plan, pact.la.log)
    assert (line.state, line.declined) == (LineState.DECLINED, "Our own weekend.")
    asked = ask(pact.la.log)
    assert (pact.chicago.log, SUPPLY["item"], pact.call) in asked.problem.barred
    assert any("Our own weekend." in note for note in asked.notes)
    pact.lend(pact.chicago, 500)
    assert not ask(pact.la.log).problem.barred
    assert need in {one.key for one in asked.problem.needs}


def test_nobody_declines_what_was_proposed_to_another(pact):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    with pytest.raises(Refused, match="proposes nothing of the kind to you"):
        pact.new_york.say(
            "aid.plan-decline/1", plan=plan.key, need=need, item=SUPPLY["item"], why="No."
        )


def test_a_plan_without_its_file_is_still_a_proposal(pact, sit):
    from hansa.kernel import files

    pact.need(1_000)
    pact.lend(pact.chicago, 600)
    plan = make(pact.la)
    files.forget(plan.files[0]["sha256"])
    page = text(sit(pact.chicago).get(reverse("plan", args=[plan.key])))
    assert "is kept by the member that made the plan" in page
    assert plan.digest in page
    why = text(sit(pact.chicago).get(reverse("plan-line", args=[plan.key, 0])))
    assert "Los Angeles keeps" in why
    assert "N95 respirators, 600 pieces" in text(sit(pact.chicago).get(reverse("proposal")))


def test_a_spoiled_file_says_so_and_hides_nothing(pact, sit):
    from hansa.kernel import files

    pact.need(1_000)
    pact.lend(pact.chicago, 601)  # a file that nobody has read yet
    plan = make(pact.la)
    files.path_of(plan.files[0]["sha256"]).write_bytes(b"{}")
    page = sit(pact.la).get(reverse("plan", args=[plan.key]))
    assert page.status_code == 200
    assert "damaged" in text(page)


def test_a_plan_asks_only_what_its_own_member_may_read(pact):
    pact.chicago.say("aid.stock/1", quantity=77_777, **SUPPLY)
    pact.need(1_000)
    asked = ask(pact.la.log)
    assert asked.problem.supplies == ()
    pact.lend(pact.chicago, 100)
    data = making.propose(pact.la.log).data.decode()
    assert "77777" not in data
    assert '"stock": 100' in data


def test_the_published_plan_stands_its_proof(pact):
    from hansa.aid.planner.check import check
    from hansa.kernel import files

    pact.need(1_000)
    pact.need(500, pact.seattle, urgency="now")
    pact.lend(pact.chicago, 600)
    pact.lend(pact.new_york, 700, batch=100)
    plan = make(pact.la)
    data = files.path_of(plan.files[0]["sha256"]).read_bytes()
    verdict = check(data, plan=plan.digest)
    assert verdict.ok, verdict.text()


def test_what_is_counted_in_another_unit_is_left_out_and_named(pact):
    """Another node may say what this one would refuse: boxes are not added to pieces."""
    from hansa.aid.models import Need
    from hansa.aid.planning.models import Availability

    pact.need(1_000)
    odd = pact.need(90, pact.seattle)
    pact.lend(pact.chicago, 600)
    pact.lend(pact.new_york, 70)
    Availability.objects.filter(home=pact.new_york.log).update(unit="box")
    Need.objects.filter(key=odd).update(unit="box")
    asked = ask(pact.la.log)
    assert lent(asked) == {pact.chicago.log: 600}
    assert [need.quantity for need in asked.problem.needs] == [1_000]
    for name in ("New York", "Seattle"):
        assert any(
            f"{name} counts N95 respirators in boxes; all others count in pieces." in note
            for note in asked.notes
        ), asked.notes


@pytest.mark.parametrize("quantity", [-1, 10_000_001, 10**18])
def test_negative_and_huge_quantities_are_refused_in_a_sentence(pact, quantity):
    for said in (
        lambda: pact.lend(pact.chicago, quantity),
        lambda: pact.lend(pact.chicago, 5, floor=quantity),
        lambda: pact.lend(pact.chicago, 5, batch=quantity),
        lambda: pact.need(quantity),
        lambda: pact.chicago.say("aid.capacity/1", trucks=quantity, hours=24),
        lambda: pact.chicago.say("aid.capacity/1", docks=quantity, hours=24),
    ):
        with pytest.raises(Refused) as refused:
            said()
        assert refused.value.sentence.endswith(".")


def test_a_floor_that_an_owner_states_is_in_the_file_and_checked(pact):
    from hansa.aid.planner.check import check
    from hansa.kernel import files

    pact.need(1_000)
    pact.lend(pact.chicago, 600, floor=150)
    pact.lend(pact.new_york, 300)
    plan = make(pact.la)
    data = files.path_of(plan.files[0]["sha256"]).read_bytes()
    assert b'"stock": 750, "floor": 150' in data
    assert b'"stock": 300, "floor": 0' in data
    verdict = check(data, plan=plan.digest)
    assert verdict.ok, verdict.text()
    assert "1 supply states a floor, and it is not gone below." in verdict.text()
    floors = [one["floor"] for one in json.loads(data)["problem"]["supplies"]]
    at = floors.index(150)
    forged = spoiled("problem", "supplies", at, "floor", value=151, file=data)
    assert "the floor of us-il-chicago is 151" in told(forged)


def test_nobody_lends_and_keeps_more_than_it_holds(pact):
    pact.chicago.say("aid.stock/1", quantity=1_000, **SUPPLY)
    with pytest.raises(Refused, match=r"hold 1,000 of this. You cannot lend 600 .* keep 401"):
        pact.lend(pact.chicago, 600, floor=401)
    pact.lend(pact.chicago, 600, floor=400)


def test_the_form_types_in_the_standing_floor_and_keeps_silence_that_was_chosen(pact, sit):
    pact.chicago.say("aid.stock/1", quantity=1_000, **SUPPLY)
    pact.chicago.say("aid.reserve/1", quantity=700, why="A fire nearby.", **SUPPLY)
    page = reverse("availability") + f"?item={SUPPLY['item']}"
    form = sit(pact.chicago).get(page).context["form"]
    assert (form["quantity"].value(), form["floor"].value()) == ("300", "700")
    pact.lend(pact.chicago, 100)
    assert sit(pact.chicago).get(page).context["form"]["floor"].value() == "0"
    pact.lend(pact.chicago, 100, floor=50)
    assert sit(pact.chicago).get(page).context["form"]["floor"].value() == "700"
