"""Missions that nobody agreed to: ordered alone, under another's signature, signed and received by strangers."""

import pytest
from click.testing import CliRunner
from django.urls import reverse

from hansa.aid.missions import rules
from hansa.aid.missions.models import (
    Agreement,
    Committed,
    Countersignature,
    Mission,
    Offer,
    Reception,
)
from hansa.aid.missions.words import Phase
from hansa.aid.models import Need, Pledge, Shipment
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.node import main
from tests.aid.conftest import sit
from tests.api.conftest import program
from tests.foreign import ForeignLog
from tests.missions.conftest import TEAM, side, standing

__all__ = ["side", "sit"]
TIMES = {"starts": "2025-06-08T08:00:00Z", "ends": "2025-06-20T18:00:00Z"}


class Hostile(ForeignLog):
    """A log that checks nothing, with a promise of its own."""

    toward: dict[str, str]
    pledge: str
    offer: str

    def order(self, agreement: str) -> str:
        """Countersign somebody's agreement, and give the order."""
        signed = {"agreement": agreement, "offer": self.offer}
        cites = (agreement, self.offer)
        self.write("aid.agreement-countersign/1", signed, cites=cites)
        said = {**self.toward, **signed, "pledge": self.pledge, "quantity": 9}
        return self.write("aid.mission/1", said, cites=(*self.toward.values(), self.pledge, *cites))


@pytest.fixture
def hostile(side):
    """A member elsewhere that follows no rule but the signature's, with a pledge and an offer of its own."""
    foreign = Hostile()
    need = side.need()
    toward = {"call": side.call, "need": need}
    pledge = foreign.write(
        "aid.pledge/1", {**toward, "quantity": 9, **TEAM}, cites=(side.call, need)
    )
    offer = foreign.write(
        "aid.offer/1",
        {**toward, "pledge": pledge, "unit_id": "X1", **TIMES},
        cites=(side.call, need, pledge),
    )
    foreign.send()
    foreign.toward, foreign.pledge, foreign.offer = toward, pledge, offer
    return foreign


def test_order_without_the_giver_s_own_signature(side, hostile):
    _need, _offer, agreement = side.signed()
    said = {**hostile.toward, "pledge": hostile.pledge, "offer": hostile.offer}
    order = {**said, "agreement": agreement, "quantity": 9}
    cites = (side.call, hostile.toward["need"], hostile.pledge, hostile.offer, agreement)
    first = hostile.write("aid.mission/1", order, cites=cites)
    hostile.write(
        "aid.agreement-countersign/1",
        {"agreement": agreement, "offer": hostile.offer},
        cites=(agreement, hostile.offer),
    )
    more = hostile.write("aid.mission/1", {**order, "quantity": 10}, cites=cites)
    good = hostile.write("aid.mission/1", order, cites=cites)
    again = hostile.write("aid.mission/1", order, cites=cites)
    hostile.send()
    fates = [hostile.fate(one) for one in (first, more, good, again)]
    assert fates == [
        ("void", "not-countersigned"),
        ("void", "too-much"),
        ("done", ""),
        ("void", "mission-ordered"),
    ]


def test_order_under_an_agreement_on_another_offer(side, hostile):
    """The agreement is real, and is for another offer: the order folds, the gate is shut, the board says so."""
    _need, _offer, agreement = side.signed()
    cites = (side.call, hostile.toward["need"], hostile.pledge, hostile.offer, agreement)
    hostile.write(
        "aid.agreement-countersign/1",
        {"agreement": agreement, "offer": hostile.offer},
        cites=(agreement, hostile.offer),
    )
    said = {**hostile.toward, "pledge": hostile.pledge, "offer": hostile.offer}
    mission = hostile.write(
        "aid.mission/1", {**said, "agreement": agreement, "quantity": 9}, cites=cites
    )
    hostile.write("aid.mission-step/1", {"mission": mission, "step": "under-way"}, cites=(mission,))
    hostile.send()
    found = standing(mission)
    assert found.phase == Phase.UNDER_WAY
    assert "approvals" in [gate.name.value for gate in found.shut]
    flags = " ".join(rules.flags(found))
    assert "not for this offer" in flags
    assert "They are out, and a gate is shut" in flags
    assert Countersignature.objects.filter(home=hostile.name).count() == 1


def test_strangers_who_sign_receive_and_prolong_what_is_not_theirs(side, hostile):
    mission = side.ordered()
    need, agreement = Mission.objects.get().need, Agreement.objects.get()
    foreign_agreement = hostile.write(
        "aid.agreement/1",
        {
            **hostile.toward,
            "pledge": Offer.objects.get(home=side.chicago.log).pledge,
            "offer": agreement.offer,
            "quantity": 20,
        },
        cites=(side.call, hostile.toward["need"], agreement.pledge, agreement.offer),
    )
    received = hostile.write(
        "aid.reception/1",
        {"mission": mission, "need": need, "step": "checked-in", "quantity": 20},
        cites=(mission, need),
    )
    step = hostile.write(
        "aid.mission-step/1", {"mission": mission, "step": "under-way"}, cites=(mission,)
    )
    longer = hostile.write(
        "aid.extension/1", {"mission": mission, "until": "2025-08-01T12:00:00Z"}, cites=(mission,)
    )
    hostile.send()
    assert hostile.fate(foreign_agreement) == ("void", "not-own-need")
    assert hostile.fate(received) == ("void", "not-own-need")
    assert hostile.fate(step)[0] == "void"
    assert hostile.fate(longer) == ("done", "")
    assert standing(mission).asked_longer is None
    assert standing(mission).phase == Phase.ORDERED
    assert Need.objects.get(key=need).received == 0
    assert not Reception.objects.exists()
    assert Pledge.objects.get(key=agreement.pledge).lent == 20
    report = fsck()
    assert report.ok, report.text()


def test_two_orders_for_one_team_in_one_log(side, hostile):
    """The same team on two pledges: the second order is void on every node, whatever its own node let pass."""
    _need, _offer, agreement = side.signed()
    hostile.order(agreement)
    second = hostile.write(
        "aid.pledge/1",
        {**hostile.toward, "quantity": 9, **TEAM},
        cites=(side.call, hostile.toward["need"]),
    )
    offer = hostile.write(
        "aid.offer/1",
        {**hostile.toward, "pledge": second, "unit_id": "x-1", **TIMES},
        cites=(side.call, hostile.toward["need"], second),
    )
    hostile.pledge, hostile.offer = second, offer
    again = hostile.order(agreement)
    hostile.send()
    assert hostile.fate(again) == ("void", "unit-committed")
    assert Committed.objects.get(home=hostile.name).mission != again


def test_leaving_without_an_order_or_after_being_called_back(side, hostile):
    _need, _offer, agreement = side.signed()
    mission = hostile.order(agreement)
    recall = hostile.write(
        "aid.mission-recall/1", {"mission": mission, "why": "So."}, cites=(mission,)
    )
    left = hostile.write(
        "aid.mission-step/1", {"mission": mission, "step": "under-way"}, cites=(mission,)
    )
    unordered = hostile.write(
        "aid.mission-step/1",
        {"mission": hostile.offer, "step": "under-way"},
        cites=(hostile.offer,),
    )
    hostile.send()
    assert hostile.fate(recall) == ("done", "")
    assert hostile.fate(left) == ("void", "not-in-this-phase")
    assert hostile.fate(unordered) == ("void", "wrong-kind")
    assert standing(mission).phase == Phase.CALLED_OFF


def test_people_offered_on_a_mission_and_sent_as_a_parcel(side, hostile):
    said = {**hostile.toward, "pledge": hostile.pledge, "quantity": 1, **TEAM}
    cites = (side.call, hostile.toward["need"], hostile.pledge)
    sent = hostile.write("aid.shipment/1", said, cites=cites)
    hostile.send()
    assert hostile.fate(sent) == ("void", "needs-mission")


@pytest.mark.parametrize(
    ("thing", "fate"),
    [
        (TEAM, ("void", "needs-mission")),
        ({**TEAM, "unit": "piece"}, ("void", "needs-mission")),
        ({**TEAM, "form": "legal", "item": "court-observer"}, ("void", "needs-mission")),
        ({**TEAM, "item": "night-watch-of-their-own"}, ("void", "needs-mission")),
        ({"form": "material", "item": "ambulance", "unit": "vehicle"}, ("void", "needs-mission")),
        ({"form": "material", "item": "shelter-team", "unit": "team"}, ("void", "needs-mission")),
        ({"form": "material", "item": "generator", "unit": "piece"}, ("done", "")),
    ],
    ids=lambda one: one.get("item", "") if isinstance(one, dict) else "",
)
def test_people_deployed_as_a_shipment_that_no_gate_sees(side, hostile, thing, fate):
    """Never offered, accepted by nobody's signature: void on every node, whatever code or unit it hides behind."""
    toward, need = hostile.toward, hostile.toward["need"]
    pledge = hostile.write(
        "aid.pledge/1", {**toward, "quantity": 9, **thing}, cites=(side.call, need)
    )
    said = {**toward, "pledge": pledge, "quantity": 9, **thing}
    sent = hostile.write("aid.shipment/1", said, cites=(side.call, need, pledge))
    hostile.send()
    assert hostile.fate(sent) == fate
    assert Shipment.objects.exists() is (fate[0] == "done")


def test_people_deployed_through_another_door(side, sit, home, monkeypatch):
    """Form, program, terminal and a type of one's own: each door asks for the mission order, and says where."""
    side.chicago.say(
        "aid.type/1",
        code="night-watch",
        name="Night watch",
        form="material",
        unit="hour",
        sort="position",
    )
    added = {"form": "material", "item": "night-watch", "unit": "hour"}
    monkeypatch.setenv("HANSA_HOME", str(home))
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    for thing in (TEAM, added):
        need = side.need(**thing)
        pledge = side.pledge(need, **thing)
        side.la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=20)
        said = {"call": side.call, "need": need, "pledge": pledge, "quantity": 20, **thing}
        page = sit(side.chicago).get(reverse("dispatch", args=[pledge]))
        assert reverse("offer-new", args=[pledge]) in page.content.decode()
        form = sit(side.chicago).post(reverse("dispatch", args=[pledge]), {"quantity": "20"})
        answer = program(side.chicago).say("aid.shipment/1", **said)
        told = [f"{name}={value}" for name, value in said.items()]
        typed = CliRunner().invoke(
            main.hansa, ["say", "aid.shipment/1", *told, "--as", side.chicago.by]
        )
        for words in (
            form.content.decode(),
            answer.content.decode(),
            " ".join(typed.output.split()),
        ):
            assert "leave by a mission order, never as a shipment" in words
    assert not Shipment.objects.exists()


def test_people_received_as_goods(side, hostile):
    """A giver that folds by no rule of ours says that they came as a parcel: the receiver's own log takes no such word."""
    need = hostile.toward["need"]
    sent = hostile.write(
        "aid.shipment/1",
        {**hostile.toward, "pledge": hostile.pledge, "quantity": 1, **TEAM},
        cites=(side.call, need, hostile.pledge),
    )
    hostile.send()
    said = {"shipment": sent, "need": need, "quantity": 1, **TEAM}
    receipt = hostile.write("aid.receipt/1", said, cites=(sent, need))
    hostile.send()
    assert hostile.fate(receipt)[0] == "void"
    with pytest.raises(Refused):
        side.la.say("aid.receipt/1", **said)
    assert Need.objects.get(key=need).received == 0


def test_team_claimed_to_hold_it_at_home(side, hostile):
    """The claim is shown to both sides, and binds nothing: no receiver has signed it."""
    mission = side.ordered(unit_id="X1", despite=True)
    hostile.order(Agreement.objects.get().key)
    hostile.send()
    (rival,) = standing(mission).rivals
    assert (rival.promise.home, rival.bound) == (hostile.name, False)
    side.step(mission, "under-way")
    assert standing(mission).phase == Phase.UNDER_WAY
