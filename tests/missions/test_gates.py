"""Nobody leaves through a shut gate: each of them, shut and opened again by what its remedy says."""

import random
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.aid.missions import rules
from hansa.aid.missions.models import Agreement, Mission, Offer
from hansa.aid.missions.words import Phase
from hansa.aid.models import Pledge
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.rules import Roll
from tests.builders import call, found
from tests.missions.conftest import Side, shut, standing
from tests.missions.test_line import refused


def test_every_gate_is_open_when_they_leave(side):
    mission = side.ordered()
    assert shut(mission) == []
    side.step(mission, "under-way")


def test_no_signature_no_leaving(side):
    pledge = side.pledge(side.need())
    offer = side.offer(pledge)
    assert shut(pledge) == ["approvals", "authority"]
    agreement = side.agree(offer)
    assert shut(pledge) == ["approvals", "authority"]
    side.countersign(agreement, offer)
    assert shut(pledge) == ["authority"]
    side.order(agreement, offer)
    assert shut(pledge) == []


def test_a_call_that_is_stood_down_keeps_everybody_at_home(side):
    mission = side.ordered()
    side.la.say("pact.call-end/1", call=side.call, why="They left.")
    assert shut(mission) == ["call"]
    gate = standing(mission).shut[0]
    assert (gate.article, "stood down" in gate.remedy) == ("Article 1: Purpose", True)
    with refused("gate-call"):
        side.step(mission, "under-way")


def test_whoever_is_a_member_now_may_leave_though_its_joining_was_witnessed_after_it_signed(
    side, set_clock, monkeypatch
):
    """Each log's clock says when it signed; witnesses say, later perhaps, since when it is a member."""
    offer = side.offer(side.pledge(side.need()))
    agreement = side.agree(offer)
    set_clock.at = signed = clock.now() + timedelta(minutes=1)
    side.countersign(agreement, offer)
    set_clock.at = clock.now() + timedelta(hours=1)
    is_member = Roll.is_member
    monkeypatch.setattr(
        Roll, "is_member", lambda roll, log, at: at != signed and is_member(roll, log, at)
    )
    assert shut(side.order(agreement, offer)) == []


def test_licences_count_when_they_are_named_and_recognised(side):
    need = side.need()
    offer = side.offer(side.pledge(need), credentials="")
    agreement = side.agree(offer)
    with refused("gate-licence") as refusal:
        side.countersign(agreement, offer)
    assert "Name the licences" in refusal.value.sentence
    second = side.offer(Offer.objects.get().pledge, replaces=offer, credentials="RN (Illinois)")
    side.countersign(side.agree(second), second)


def test_where_the_charter_leaves_licences_to_the_receiver_it_says_so_each_time(home, set_clock):
    towns = found(3, missions={"licences": "receiver-decides"})
    la, chicago, new_york = towns
    side = Side(la, chicago, new_york, call(towns))
    offer = side.offer(side.pledge(side.need()))
    with refused("gate-licence") as refusal:
        side.countersign(side.agree(offer), offer)
    assert "signs the agreement anew" in refusal.value.sentence
    assert "The charter has no article on this" in refusal.value.sentence


def test_somebody_answers_for_harm_and_loss(side):
    pledge = side.pledge(side.need())
    offer = side.offer(pledge, insured=False)
    agreement = side.agree(offer)
    with refused("gate-liability"):
        side.countersign(agreement, offer)
    second = side.offer(pledge, replaces=offer, insured=False, people=19)
    side.countersign(side.agree(second, covers=True), second)
    assert shut(pledge) == ["authority"]


def test_a_team_is_promised_once(side):
    """Two members promise one team: both see it before either signs, and only the first is bound."""
    need = side.need(40)
    ours, theirs = side.pledge(need), side.pledge(need, town=side.new_york)
    first = side.offer(ours, unit_id="IL-TF1")
    second = side.offer(theirs, unit_id="il tf 1")
    for pledge, other in ((ours, second), (theirs, first)):
        (rival,) = standing(pledge).rivals
        assert (rival.promise.key, rival.bound) == (other, False)
        assert "unit" not in shut(pledge)
    with refused("promised-twice", "despite") as refusal:
        side.agree(first)
    assert "also to Los Angeles by New York" in refusal.value.sentence
    signed = side.agree(first, despite=True)
    with refused("promised-twice", "despite"):
        side.countersign(signed, first)
    (rival,) = standing(theirs).rivals
    assert rival.bound
    with refused("gate-unit") as refusal:
        side.agree(second)
    assert "IL-TF1" in refusal.value.sentence
    side.chicago.say("aid.offer-withdrawal/1", offer=first, why="It is theirs.")
    side.agree(second)


def test_teams_of_one_name_and_another_sort_or_another_time_are_two_teams(side):
    need = side.need(40)
    first = side.offer(side.pledge(need), unit_id="Team 1")
    other = {"item": "interpreter", "unit": "person", "form": "material"}
    asked = side.need(5, **other)
    theirs = side.new_york.say("aid.pledge/1", call=side.call, need=asked, quantity=5, **other)
    side.offer(theirs, unit_id="Team 1")
    later = side.pledge(need, town=side.new_york)
    side.offer(later, unit_id="Team 1", starts="2025-07-01T08:00Z", ends="2025-07-09T08:00Z")
    assert standing(Offer.objects.get(key=first).pledge).rivals == []


def test_a_team_that_is_out_is_not_ordered_again_by_its_own_log(side):
    side.ordered(unit_id="IL-TF1")
    pledge = side.pledge(side.need())
    offer = side.offer(pledge, unit_id="IL-TF1")
    assert standing(pledge).rivals[0].bound
    with refused("gate-unit"):
        side.agree(offer)


def test_a_member_s_own_law_shuts_a_gate(side, monkeypatch):
    from hansa.aid.missions import standing as module

    mission = side.ordered()
    monkeypatch.setattr(
        module, "limits_on", lambda _log, _item, _to: [("City code 7-12", "Ask the council.")]
    )
    assert shut(mission) == ["limits"]
    with refused("gate-limits") as refusal:
        side.step(mission, "under-way")
    assert "City code 7-12" in refusal.value.sentence
    assert "Ask the council." in refusal.value.sentence


# --- whatever two sides do, in whichever order

ACTS = (
    "offer", "amend", "withdraw", "agree", "countersign", "order", "leave", "arrive", "recall", "return",
    "check-in", "release", "cancel", "stand-down", "take-back", "rival", "extend",
)  # fmt: skip


class Walk:
    """Whatever both sides may try, through the one door; what is refused is refused."""

    def __init__(self, side: Side, seed: int) -> None:
        self.side, self.random, self.left = side, random.Random(seed), 0
        self.need = side.need(40)
        self.pledges = [side.pledge(self.need), side.pledge(self.need, town=side.new_york)]

    def one(self, model):
        return self.random.choice(list(model.objects.order_by("key")) or [None])

    def act(self, act: str) -> None:
        pledge = self.random.choice(self.pledges)
        gates_before = {one.pledge: shut(one.pledge) for one in Mission.objects.all()}
        left = {one.key for one in Mission.objects.all() if "under-way" in one.steps}
        try:
            with transaction.atomic():
                self.do(act, pledge)
        except (Refused, AttributeError):
            return
        for mission in Mission.objects.all():
            if mission.key not in left and "under-way" in mission.steps:
                assert gates_before[mission.pledge] == []
                self.left += 1

    def do(self, act: str, pledge: str) -> None:
        side, offer, agreement, mission = self.side, *map(self.one, (Offer, Agreement, Mission))
        insured, unit = self.random.random() < 0.8, self.random.choice(["", "IL-TF1", "TF 2"])
        if act in {"offer", "amend"}:
            last = Offer.objects.filter(pledge=pledge, replaced_by="", withdrawn_at=None).first()
            side.offer(pledge, replaces=last and last.key, insured=insured, unit_id=unit)
        elif act == "withdraw":
            giver = side.town(offer.home)
            giver.say("aid.offer-withdrawal/1", offer=offer.key, why="So.")
        elif act == "agree":
            side.agree(offer.key)
        elif act == "countersign":
            side.countersign(agreement.key, agreement.offer)
        elif act == "order":
            side.order(agreement.key, agreement.offer)
        elif act in {"leave", "arrive", "return"}:
            steps = {"leave": "under-way", "arrive": "arrived", "return": "returned"}
            side.step(mission.key, steps[act])
        elif act == "recall":
            side.town(mission.home).say("aid.mission-recall/1", mission=mission.key, why="So.")
        elif act in {"check-in", "release"}:
            side.receive(mission.key, {"check-in": "checked-in", "release": "released"}[act])
        elif act == "extend":
            side.la.say("aid.extension/1", mission=mission.key, until="2025-07-20T12:00Z")
        else:
            self.end(act, pledge)

    def end(self, act: str, pledge: str) -> None:
        if self.random.random() < 0.7:
            return
        if act == "cancel":
            self.side.la.say("aid.need-end/1", need=self.need, why="So.")
        elif act == "stand-down":
            self.side.la.say("pact.call-end/1", call=self.side.call, why="So.")
        elif act == "take-back":
            row = Pledge.objects.get(key=pledge)
            giver = self.side.town(row.home)
            giver.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=row.to_send, why="So.")


LIKELY = ("offer", "agree", "countersign", "order", "leave")


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(ACTS), min_size=3, max_size=8))
def test_no_path_leads_out_through_a_shut_gate(side, seed, acts):
    with transaction.atomic():
        walk = Walk(side, seed)
        for act in acts:
            walk.act(act)
            walk.act(walk.random.choice(LIKELY))
        transaction.set_rollback(True)


def test_the_walk_does_lead_out_when_every_gate_is_open(side):
    walk = Walk(side, 1)
    walk.random = random.Random(3)
    for act in ("offer", "offer", *LIKELY[1:] * 4):
        walk.act(act)
    assert walk.left
    assert Phase.UNDER_WAY in {one.phase for one in rules.standings(Pledge.objects.all())}
