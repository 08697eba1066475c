"""A mission from the phone call to the settled bill, said through the one door: what it refuses, and where it stands."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hansa.aid import board, custody
from hansa.aid.missions import rules
from hansa.aid.missions.models import Committed, Mission
from hansa.aid.missions.pages import told
from hansa.aid.missions.words import Phase
from hansa.aid.models import Pledge, Stock
from hansa.aid.words import NeedState, PledgeState
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.pact.models import Call
from hansa.web.flows import flows
from tests.missions.conftest import POWER, need_of, standing


def refused(code=None, field=None):
    return pytest.raises(
        Refused,
        check=lambda e: (code is None or e.code == code) and (field is None or e.field == field),
    )


def test_a_team_goes_from_the_offer_to_the_settled_bill(side):
    need = side.need()
    pledge = side.pledge(need)
    offer = side.offer(pledge)
    assert standing(pledge).phase == Phase.OFFERED
    agreement = side.agree(offer)
    assert standing(pledge).phase == Phase.AGREED
    side.countersign(agreement, offer)
    assert standing(pledge).phase == Phase.APPROVED
    mission = side.order(agreement, offer)
    seen = [standing(pledge).phase]
    for say, step in (
        (side.step, "under-way"),
        (side.step, "arrived"),
        (side.receive, "checked-in"),
        (side.receive, "at-work"),
        (side.receive, "released"),
        (side.step, "returned"),
        (side.step, "settled"),
    ):
        say(mission, step, **({"quantity": 20} if step == "checked-in" else {}))
        seen.append(standing(pledge).phase)
    assert seen == [
        Phase.ORDERED,
        Phase.UNDER_WAY,
        Phase.ARRIVED,
        Phase.CHECKED_IN,
        Phase.AT_WORK,
        Phase.RELEASED,
        Phase.RETURNED,
        Phase.SETTLED,
    ]
    assert rules.phase(Mission.objects.get()) == Phase.SETTLED
    assert rules.flags(standing(pledge)) == []
    assert board.need_lines([need_of(need)])[0].state == NeedState.MET
    assert Pledge.objects.get().to_send == 0
    assert Stock.objects.get(home=side.chicago.log).promised == 0
    assert custody.discrepancy() == []
    report = fsck()
    assert report.ok, report.text()


def test_each_step_waits_for_the_one_before(side):
    need = side.need()
    pledge = side.pledge(need)
    offer = side.offer(pledge)
    agreement = side.agree(offer)
    with refused("not-countersigned"):
        side.order(agreement, offer)
    side.countersign(agreement, offer)
    mission = side.order(agreement, offer)
    with refused("mission-ordered"):
        side.order(agreement, offer)
    with refused("not-in-this-phase", "step"):
        side.step(mission, "arrived")
    with refused("not-in-this-phase", "step"):
        side.receive(mission, "at-work")
    with refused("not-in-this-phase", "step"):
        side.step(mission, "settled")
    side.step(mission, "under-way")
    with refused("not-in-this-phase", "step"):
        side.step(mission, "under-way")


def test_a_signature_is_under_exactly_one_version(side):
    pledge = side.pledge(side.need())
    first = side.offer(pledge, people=20)
    agreement = side.agree(first)
    second = side.offer(pledge, replaces=first, people=12, personnel_cost=9_000)
    with refused("not-latest-offer"):
        side.agree(first)
    with refused("not-latest-offer", "offer"):
        side.countersign(agreement, first)
    with refused("not-latest-offer", "replaces"):
        side.offer(pledge, replaces=first)
    assert standing(pledge).phase == Phase.OFFERED
    side.countersign(side.agree(second), second)
    assert standing(pledge).phase == Phase.APPROVED
    ((after, changes),) = told.versions(standing(pledge))
    assert after.version == 2
    assert ("People", "20", "12") in [(one.label, one.before, one.after) for one in changes]
    assert "$9,000" in [one.after for one in changes]


def test_an_amendment_counts_when_both_have_signed_it(side):
    mission = side.ordered()
    side.step(mission, "under-way")
    pledge, first = Mission.objects.get().pledge, Mission.objects.get().offer
    second = side.offer(pledge, replaces=first, ends="2025-07-01T18:00Z", people=30)
    amendment = standing(pledge).amendment
    assert amendment is not None
    assert amendment.key == second
    assert Mission.objects.get().offer == first
    agreement = side.agree(second)
    assert rules.waiting(side.chicago.log).to_countersign
    side.countersign(agreement, second)
    changed = Mission.objects.get()
    assert (changed.offer, changed.agreement, changed.people) == (second, agreement, 30)
    assert standing(pledge).amendment is None
    assert standing(pledge).phase == Phase.UNDER_WAY
    assert standing(pledge).shut == []


def test_they_stay_longer_only_if_both_say_so(side):
    mission = side.ordered()
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=20)
    until = "2025-06-30T18:00Z"
    asked = side.la.say("aid.extension/1", mission=mission, until=until, why="One more week.")
    assert standing(mission).phase == Phase.CHECKED_IN
    (longer,) = (one.asked_longer for one in rules.waiting(side.chicago.log).to_answer)
    assert longer is not None
    assert longer.key == asked
    grant = {"mission": mission, "extension": asked}
    with refused(field="until"):
        side.chicago.say("aid.extension-consent/1", until="2025-07-30T18:00Z", **grant)
    side.chicago.say("aid.extension-consent/1", until=until, **grant)
    assert standing(mission).phase == Phase.EXTENDED
    ends = Mission.objects.get().ends
    assert ends is not None
    assert ends.isoformat() == "2025-06-30T18:00:00+00:00"
    with refused("said-before"):
        side.chicago.say("aid.extension-consent/1", until=until, **grant)


def test_the_giver_may_always_call_its_people_back(side):
    mission = side.ordered(unit_id="IL-TF1")
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=20)
    side.chicago.say("aid.mission-recall/1", mission=mission, why="A fire at home.")
    assert standing(mission).phase == Phase.RECALLED
    with refused("not-in-this-phase"):
        side.la.say("aid.extension/1", mission=mission, until="2025-07-30T18:00Z")
    assert Committed.objects.get().mission == mission
    side.step(mission, "returned")
    assert Committed.objects.get().mission == ""


def test_who_is_called_off_before_leaving_can_be_ordered_again(side):
    _need, offer, agreement = side.signed(unit_id="IL-TF1")
    mission = side.order(agreement, offer)
    assert Pledge.objects.get().to_send == 0
    side.chicago.say("aid.mission-recall/1", mission=mission, why="The vans broke down.")
    assert standing(mission).phase == Phase.CALLED_OFF
    assert Pledge.objects.get().to_send == 20
    again = side.order(agreement, offer)
    assert standing(again).phase == Phase.ORDERED
    ordered = standing(again).mission
    assert ordered is not None
    assert ordered.key == again
    with refused("not-in-this-phase"):
        side.step(mission, "under-way")


def test_what_is_offered_on_a_mission_is_not_sent_as_a_parcel(side):
    need = side.need(**POWER)
    pledge = side.pledge(need, **POWER)
    side.la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=20)
    offer = side.offer(pledge)
    goods = {"call": side.call, "need": need, "pledge": pledge, "quantity": 1, **POWER}
    with refused("on-a-mission"):
        side.chicago.say("aid.shipment/1", **goods)
    side.chicago.say("aid.offer-withdrawal/1", offer=offer, why="By truck after all.")
    side.chicago.say("aid.shipment/1", **goods)


def test_people_count_as_sent_while_they_are_away_and_come_back_to_the_need_when_recalled(side):
    mission = side.ordered()
    key, need = Mission.objects.get().pledge, Mission.objects.get().need

    def counts() -> tuple[Any, ...]:
        line = board.pledge_lines([Pledge.objects.get(key=key)])[0]
        of = board.need_lines([need_of(need)])[0]
        return line.state, line.received, of.sent, of.received, of.open

    assert counts() == (PledgeState.LENT, 0, 0, 0, 0)
    side.step(mission, "under-way")
    assert counts() == (PledgeState.LENT, 0, 20, 0, 0)
    side.receive(mission, "checked-in", quantity=18)
    assert counts() == (PledgeState.LENT, 18, 20, 18, 0)
    side.chicago.say("aid.mission-recall/1", mission=mission, why="A fire at home.")
    side.step(mission, "returned")
    assert counts() == (PledgeState.RECEIVED, 18, 0, 18, 2)
    assert board.pledge_lines([Pledge.objects.get(key=key)])[0].may_offer == 0


def test_the_map_shows_who_is_promised_who_is_on_the_way_and_nobody_who_has_come(side):
    def told() -> list[tuple[list[str], list[str]]]:
        return [(one.promised, one.moving) for one in flows(Call.objects.all(), side.la.log)]

    mission, medics = side.ordered(), ["Medics, 20 people"]
    assert told() == [(medics, [])]
    side.step(mission, "under-way")
    assert told() == [([], medics)]
    side.receive(mission, "checked-in", quantity=20)
    assert told() == []


def test_a_mission_is_part_of_the_line_of_aid(side):
    need = side.need(20)
    pledge = side.pledge(need)
    offer = side.offer(pledge)
    agreement = side.agree(offer)
    assert board.pledge_lines([Pledge.objects.get(key=pledge)])[0].accepted == 20
    side.countersign(agreement, offer)
    mission = side.order(agreement, offer)
    line = board.pledge_lines([Pledge.objects.get(key=pledge)])[0]
    assert (line.state, line.may_send, line.to_release) == (PledgeState.LENT, 0, 0)
    with refused(field="quantity"):
        side.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=1, why="No.")
    side.step(mission, "under-way")
    side.receive(mission, "checked-in", quantity=18)
    assert need_of(need).received == 18


def test_work_waits_where_it_belongs(side):
    la, chicago = side.la.log, side.chicago.log

    def open_work() -> dict[str, list[str]]:
        found = {}
        for log in (la, chicago):
            work = rules.waiting(log)
            found[log] = [name for name in work.__dataclass_fields__ if getattr(work, name)]
        return found

    offer = side.offer(side.pledge(side.need()))
    assert open_work() == {la: ["to_sign"], chicago: []}
    agreement = side.agree(offer)
    assert open_work() == {la: [], chicago: ["to_countersign"]}
    side.countersign(agreement, offer)
    assert open_work() == {la: [], chicago: ["to_order"]}
    mission = side.order(agreement, offer)
    assert open_work() == {la: [], chicago: ["to_leave"]}
    side.step(mission, "under-way")
    assert open_work() == {la: ["to_receive"], chicago: []}
    side.receive(mission, "checked-in", quantity=20)
    assert open_work() == {la: [], chicago: []}
    side.step(mission, "returned")
    assert open_work() == {la: [], chicago: ["to_settle"]}
    side.step(mission, "settled")
    assert open_work() == {la: [], chicago: []}


def test_any_number_of_missions_is_read_with_the_same_queries(side):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            rules.standings(Pledge.objects.all())
        return len(asked)

    side.ordered(unit_id="IL-TF1")
    one = count()
    for number in range(2, 5):
        side.ordered(unit_id=f"IL-TF{number}")
    assert count() == one
