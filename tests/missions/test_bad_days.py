"""Bad days: cut off, withdrawn too late, stood down in the middle, gone from the pact, clocks that jump."""

from dataclasses import replace

from django.urls import reverse

from hansa.aid.missions import phases, rules
from hansa.aid.missions.models import Mission, Offer
from hansa.aid.missions.pages import told
from hansa.aid.missions.words import Phase
from hansa.kernel.models import Entry
from hansa.pact.models import Membership
from tests.aid.conftest import sit
from tests.foreign import ForeignLog
from tests.missions.conftest import TEAM, need_of, shut, standing
from tests.missions.test_line import refused
from tests.visiting import text

__all__ = ["sit"]
TIMES = {"starts": "2025-06-08T08:00:00Z", "ends": "2025-06-20T18:00:00Z"}


def test_an_agreement_on_an_offer_that_was_withdrawn_binds_nobody(side):
    """The giver withdraws; the one in need, cut off, has signed meanwhile. Its word stands in its log, and binds nobody."""
    pledge = side.pledge(side.need())
    offer = side.offer(pledge)
    agreement = side.agree(offer)
    side.chicago.say("aid.offer-withdrawal/1", offer=offer, why="Needed at home.")
    assert standing(pledge).phase == Phase.WITHDRAWN
    assert any("had withdrawn" in words for words in rules.flags(standing(pledge)))
    with refused("offer-withdrawn"):
        side.countersign(agreement, offer)
    with refused("offer-withdrawn"):
        side.agree(offer)
    work = rules.waiting(side.chicago.log)
    assert [one.pledge.key for one in work.to_offer] == [pledge], "offer anew, or take it back"
    assert not replace(work, to_offer=[])


def test_a_pledge_that_was_taken_back_sends_nobody(side):
    _need, offer, agreement = side.signed()
    pledge = Offer.objects.get().pledge
    side.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=15, why="A fire.")
    with refused("too-much") as refusal:
        side.order(agreement, offer)
    assert "only 5 are left" in refusal.value.sentence
    side.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=5, why="A fire.")
    assert standing(pledge).phase == Phase.WITHDRAWN


def test_a_call_stood_down_in_the_middle_brings_them_home(side):
    mission = side.ordered()
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=20)
    side.la.say("pact.call-end/1", call=side.call, why="They left.")
    found = standing(mission)
    assert found.phase == Phase.CHECKED_IN
    assert any("Release them" in words for words in rules.flags(found))
    assert not any("left after" in words for words in rules.flags(found))
    assert [one.pledge.key for one in rules.waiting(side.la.log).to_release] == [found.pledge.key]
    side.receive(mission, "released")
    assert not rules.waiting(side.la.log)
    side.step(mission, "returned")
    side.step(mission, "settled")
    assert standing(mission).phase == Phase.SETTLED


def test_no_new_agreement_under_a_call_that_is_over(side):
    offer = side.offer(side.pledge(side.need()))
    side.la.say("pact.call-end/1", call=side.call, why="They left.")
    with refused("gate-call"):
        side.agree(offer)


def test_a_member_that_has_left_keeps_its_word_and_gives_no_new_one(side, set_clock):
    need, offer, agreement = side.signed()
    unsigned = side.offer(side.pledge(need))
    signed = side.agree(unsigned)
    membership = f"{side.chicago.log}@1"
    side.chicago.say("pact.withdrawal/1", membership=membership, leaves="2025-07-08T12:00Z")
    set_clock.to("2025-07-09T12:00+00:00")
    side.step(side.order(agreement, offer), "under-way")
    with refused("not-member"):
        side.countersign(signed, unsigned)
    gates = {gate.name.value: gate for gate in standing(unsigned).gates}
    assert "no member of the pact" in gates["authority"].remedy


def test_a_receiver_that_was_cut_off_says_afterwards_when_they_came(side, set_clock):
    """The node at the receiver hears of the order late: it says what happened with the time when it happened."""
    mission = side.ordered()
    set_clock.to("2025-06-09T12:00+00:00")
    side.receive(mission, "checked-in", quantity=20, when="2025-06-08T18:00Z", words="All here.")
    found = standing(mission)
    assert found.phase == Phase.CHECKED_IN
    assert any("not said that they left" in words for words in rules.flags(found))
    (came,) = [one for one in told.timeline(found) if one.words == "All here."]
    assert came.later
    assert came.when.isoformat() == "2025-06-08T18:00:00+00:00"
    side.step(mission, "under-way", when="2025-06-08T06:00Z")
    assert rules.flags(standing(mission)) == []
    labels = [one.label for one in told.timeline(standing(mission))]
    assert labels[-2:] == ["They are under way", "They are checked in"]


def test_the_giver_s_word_on_its_own_people_comes_first(side):
    mission = side.ordered()
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=20)
    side.step(mission, "returned")
    found = standing(mission)
    assert found.phase == Phase.RETURNED
    assert any("has not released them" in words for words in rules.flags(found))
    with refused("not-in-this-phase"):
        side.receive(mission, "at-work")


def test_nothing_happens_in_the_future(side):
    mission = side.ordered()
    with refused(field="when"):
        side.step(mission, "under-way", when="2025-06-07T12:01Z")


# --- a request by phone


def test_a_request_by_phone_has_a_clock(side, set_clock):
    need = side.need(how="phone", taken_by="Duty officer, Chicago")
    (due,) = rules.waiting(side.la.log).to_confirm
    assert (due.need.key, due.by.isoformat(), due.overdue) == (
        need,
        "2025-07-07T12:00:00+00:00",
        False,
    )
    set_clock.to("2025-07-07T12:00:01+00:00")
    assert rules.waiting(side.la.log).to_confirm[0].overdue
    side.la.say("aid.need-confirmation/1", need=need)
    assert not rules.waiting(side.la.log)
    with refused("confirmed-before"):
        side.la.say("aid.need-confirmation/1", need=need)
    with refused("not-by-phone"):
        side.la.say("aid.need-confirmation/1", need=side.need(due="2025-07-09T12:00Z"))


def test_the_days_of_the_clock_are_the_charter_s(home, set_clock):
    from tests.builders import call, found
    from tests.missions.conftest import Side

    towns = found(3, missions={"confirm_days": 10})
    la, chicago, new_york = towns
    side = Side(la, chicago, new_york, call(towns))
    side.need(how="phone")
    (due,) = rules.waiting(side.la.log).to_confirm
    assert due.by.isoformat() == "2025-06-17T12:00:00+00:00"


def test_a_clock_that_runs_over_the_change_of_the_hour_counts_whole_days(home, set_clock):
    """Thirty days of 24 hours: on the wall it is an hour earlier, because the hour changed in between."""
    from django.utils import timezone

    from tests.builders import call, found
    from tests.missions.conftest import Side

    set_clock.to("2025-10-20T12:00:00-07:00")
    towns = found(3)
    la, chicago, new_york = towns
    side = Side(la, chicago, new_york, call(towns))
    side.need(due="2025-10-21T12:00Z", how="phone")
    (due,) = rules.waiting(side.la.log).to_confirm
    with timezone.override("America/Los_Angeles"):
        assert told.moment(due.need.at) == "Mon 20 Oct 2025, 12:00 PDT"
        assert told.moment(due.by) == "Wed 19 Nov 2025, 11:00 PST"


def test_a_clock_set_back_does_not_turn_the_order_of_steps(side, set_clock):
    mission = side.ordered()
    set_clock.to("2025-06-09T12:00+00:00")
    side.step(mission, "under-way")
    side.step(mission, "arrived", when="2025-06-09T11:00Z")
    assert standing(mission).phase == Phase.ARRIVED
    assert phases.giver_next(standing(mission).giver, standing(mission).receiver)


def test_a_request_that_changes_after_the_signature_shows_what_changed(side):
    need, _offer, _agreement = side.signed()
    assert rules.flags(standing(Offer.objects.get().pledge)) == []
    side.la.say("aid.need-change/1", need=need, quantity=25, urgency="now", due="2025-06-10T12:00Z")
    found = standing(Offer.objects.get().pledge)
    assert any("changed after it was signed" in words for words in rules.flags(found))
    ((_record, lines),) = told.request_changes(need_of(need))
    assert ("20" in lines[0].before, "25" in lines[0].after) == (True, True)
    assert [one.label for one in lines] == ["How much", "How urgent", "Due"]
    side.la.say("aid.need-details/1", need=need, meals=True)
    side.la.say("aid.need-change/1", need=need, quantity=26, urgency="now", due="2025-06-10T12:00Z")
    changes = told.request_changes(need_of(need))
    assert [[one.label for one in lines] for _record, lines in changes] == [
        ["How much"],
        ["Meals are provided"],
        ["How much", "How urgent", "Due"],
    ]


def test_a_team_that_another_node_promised_meanwhile_is_shown_here_before_anybody_signs(side):
    """The other promise was made on a node that was cut off; it comes over the line and the conflict is seen at once."""
    need = side.need(40)
    ours = side.pledge(need)
    offer = side.offer(ours, unit_id="IL-TF1")
    assert standing(ours).rivals == []
    elsewhere = ForeignLog()
    toward = {"call": side.call, "need": need}
    theirs = elsewhere.write(
        "aid.pledge/1", {**toward, "quantity": 5, **TEAM}, cites=(side.call, need)
    )
    elsewhere.write(
        "aid.offer/1",
        {**toward, "pledge": theirs, "unit_id": "IL TF 1", **TIMES},
        cites=(side.call, need, theirs),
    )
    elsewhere.send()
    assert [one.promise.home for one in standing(ours).rivals] == ["elsewhere"]
    assert [one.promise.key for one in standing(theirs).rivals] == [offer]
    with refused("promised-twice"):
        side.agree(offer)
    side.agree(offer, despite=True)
    assert standing(theirs).rivals[0].bound
    assert "unit" in shut(theirs)


def test_both_sign_while_they_are_cut_off_and_neither_leaves_until_one_takes_it_back(
    side, monkeypatch
):
    """Two nodes sign for one team, neither knowing of the other: afterwards the gate is shut for both."""
    need = side.need(40)
    first = side.offer(side.pledge(need), unit_id="IL-TF1")
    second = side.offer(side.pledge(need, town=side.new_york), unit_id="IL-TF1")
    with monkeypatch.context() as cut_off:
        cut_off.setattr(rules, "require_open", lambda *_rest, **_more: None)
        cut_off.setattr(rules, "require_known", lambda *_rest, **_more: None)
        agreement = side.agree(first)
        side.countersign(agreement, first)
        other = side.agree(second)
        side.countersign(other, second)
    for signed, offer in ((agreement, first), (other, second)):
        assert shut(offer) == ["authority", "unit"]
        with refused("gate-unit"):
            side.order(signed, offer)
    side.new_york.say("aid.offer-withdrawal/1", offer=second, why="It is Chicago's.")
    side.order(agreement, first)


def test_a_request_that_is_cancelled_sends_nobody_and_brings_home_who_is_out(side):
    need, offer, agreement = side.signed()
    mission = side.order(agreement, offer)
    out = side.ordered()
    side.step(out, "under-way")
    second = Mission.objects.get(key=out).need
    for one in (need, second):
        side.la.say("aid.need-end/1", need=one, why="Found nearby.")
    with refused("not-needed"):
        side.step(mission, "under-way")
    assert any("was cancelled" in words for words in rules.flags(standing(out)))
    waiting = rules.waiting(side.la.log).to_release
    assert {one.mission.key if one.mission else "" for one in waiting} == {mission, out}


def test_each_moment_names_the_record_by_which_it_was_said(side):
    need = side.need(how="phone")
    pledge = side.pledge(need)
    first = side.offer(pledge)
    said = {"Offer withdrawn": side.chicago.say("aid.offer-withdrawal/1", offer=first, why="So.")}
    said["Request confirmed in writing"] = side.la.say("aid.need-confirmation/1", need=need)
    offer = side.offer(pledge)
    said["Signed by the one in need"] = agreement = side.agree(offer)
    side.countersign(agreement, offer)
    said["Countersigned by the giver"] = Entry.objects.get(
        kind="aid.agreement-countersign/1"
    ).position
    said["Mission ordered"] = mission = side.order(agreement, offer)
    said["Recalled by the giver"] = side.chicago.say(
        "aid.mission-recall/1", mission=mission, why="A fire at home."
    )
    told_by = {one.label: one.record for one in told.timeline(standing(mission))}
    assert said.items() <= told_by.items()
    assert all("@" in record and "/" not in record for record in told_by.values())


# --- a member that leaves, a floor that rises, a call that asks for less


def test_a_member_that_gives_notice_is_shown_to_both_while_its_team_is_out(side, set_clock):
    """They come home and all is settled under what was signed; nothing new is signed once the member has left."""
    mission = side.ordered(ends="2025-07-20T18:00Z")
    side.step(mission, "under-way")
    assert not any("the pact on" in words for words in rules.flags(standing(mission)))
    membership = f"{side.chicago.log}@1"
    side.chicago.say("pact.withdrawal/1", membership=membership, leaves="2025-07-08T12:00Z")
    (words,) = rules.flags(standing(mission))
    assert words.startswith("Chicago leaves the pact on ")
    assert "before they are due home" in words
    set_clock.to("2025-07-09T12:00+00:00")
    side.receive(mission, "checked-in", quantity=20, when="2025-06-08T18:00Z")
    assert any("Chicago left the pact" in words for words in rules.flags(standing(mission)))
    pledge = Mission.objects.get().pledge
    later = side.offer(pledge, replaces=Mission.objects.get().offer, ends="2025-08-01T18:00Z")
    with refused("not-member"):
        side.agree(later)
    side.receive(mission, "released")
    for step in ("returned", "settled"):
        side.step(mission, step)
    assert standing(mission).phase == Phase.SETTLED


def test_a_member_in_need_that_leaves_in_the_middle_of_an_agreement(side, set_clock):
    """Its signature stood before it left, so they may go; its page says until when, and that nothing new is signed."""
    _need, offer, agreement = side.signed(ends="2025-07-20T18:00Z")
    membership = Membership.objects.get(home=side.la.log).key
    side.la.say("pact.withdrawal/1", membership=membership, leaves="2025-07-08T12:00Z")
    assert any("Los Angeles leaves the pact" in words for words in rules.flags(standing(offer)))
    set_clock.to("2025-07-09T12:00+00:00")
    assert any("Los Angeles left the pact" in words for words in rules.flags(standing(offer)))
    assert shut(offer) == ["authority"], "the order itself, and nothing else"
    mission = side.order(agreement, offer)
    side.step(mission, "under-way")
    later = side.offer(Mission.objects.get().pledge, replaces=offer, ends="2025-08-01T18:00Z")
    with refused("not-member"):
        side.agree(later)


def test_a_floor_raised_after_the_pledge_keeps_them_at_home(side, sit):
    """The owner's right comes first, at the order and at the door; what it holds is for its own officers alone."""
    medics = {"item": "medic", "unit": "person"}
    side.chicago.say("aid.stock/1", quantity=30, **medics)
    _need, offer, agreement = side.signed()
    side.chicago.say("aid.reserve/1", quantity=15, why="A fire at home.", **medics)
    with refused("reserve") as refusal:
        side.order(agreement, offer)
    assert "15 are your own reserve" in refusal.value.sentence
    url = reverse("mission", args=[Offer.objects.get().pledge])
    assert "15 are your own reserve" in text(sit(side.chicago).get(url))
    assert "own reserve" not in text(sit(side.la).get(url))
    side.chicago.say("aid.reserve/1", quantity=10, why="The fire is out.", **medics)
    mission = side.order(agreement, offer)
    side.chicago.say("aid.reserve/1", quantity=11, why="Another fire.", **medics)
    with refused("reserve"):
        side.step(mission, "under-way")
    side.chicago.say("aid.reserve/1", quantity=0, why="It is out.", **medics)
    side.step(mission, "under-way")
    second = side.offer(side.pledge(side.need(10), 10), people=10)
    again = side.agree(second)
    side.countersign(again, second)
    side.chicago.say("aid.reserve/1", quantity=1, why="A storm.", **medics)
    with refused("reserve") as refusal:
        side.order(again, second)
    assert "20 are on other missions" in refusal.value.sentence


def test_a_form_of_aid_that_the_call_no_longer_asks_for_brings_them_home(side, sit):
    """The call stands, and asks for words only: nobody leaves any more, and who is at work is to be released."""
    _need, waiting, agreement = side.signed()
    mission = side.ordered()
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=20)
    side.receive(mission, "at-work")
    same = {"place": "Los Angeles", "summary": "Soldiers came."}
    side.la.say("pact.call-change/1", call=side.call, forms=["voice"], **same)
    found = standing(mission)
    assert found.phase == Phase.AT_WORK
    assert any("asks for this form of aid no more" in words for words in rules.flags(found))
    assert [one.pledge.key for one in rules.waiting(side.la.log).to_release] == [found.pledge.key]
    page = text(sit(side.la).get(reverse("mission", args=[mission])))
    assert "Release them: who was lent goes home" in page
    assert "call" in shut(waiting)
    with refused("gate-call") as refusal:
        side.order(agreement, waiting)
    assert "opens when the call asks for it again" in refusal.value.sentence
    side.la.say("pact.call-change/1", call=side.call, forms=["voice", "material"], **same)
    side.order(agreement, waiting)
    side.receive(mission, "released")
    assert not rules.waiting(side.la.log).to_release
