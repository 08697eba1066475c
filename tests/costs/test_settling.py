"""Who may claim, answer and pay, said to whoever may not; and what is open when somebody would call all settled."""

import re

import pytest
from django.urls import reverse

from hansa.aid.missions.models import Mission
from tests.aid.conftest import sit
from tests.builders import Town
from tests.missions.conftest import Side, side

__all__ = ["side", "sit"]


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def office(town, handle, *can):
    """Appoint an office of a town, and sit in it."""
    by = town.say("pact.officer/1", office=handle.title(), handle=handle, can=[*can])
    return Town(town.log, by)


@pytest.fixture
def returned(side: Side) -> tuple[Side, str, str]:
    """A team that came home: the side, its mission and its pledge."""
    _need, offer, agreement = side.signed(terms="reimbursed")
    mission = side.order(agreement, offer)
    for step in ("under-way", "arrived"):
        side.step(mission, step)
    side.receive(mission, "checked-in", quantity=20)
    side.receive(mission, "released", quantity=20)
    side.step(mission, "returned")
    return side, mission, Mission.objects.get(key=mission).pledge


def cost(side, pledge, cents=475_452):
    said = {"pledge": pledge, "basis": "actual", "category": "travel", "what": "Fuel"}
    when = {"incurred": "2025-06-07T12:00Z", "terms": "reimbursed"}
    return side.chicago.say("aid.cost/1", price_cents=cents, **said, **when)


def test_who_may_not_claim_is_told_which_offices_may(returned, sit):
    side, _mission, pledge = returned
    page = reverse("mission-costs", args=[pledge])
    duty = sit(office(side.chicago, "duty-officer", "duty", "logistics"))
    assert "May claim" not in text(duty.get(page)), "there is nothing to claim yet"
    line = cost(side, pledge)
    office(side.chicago, "treasurer", "sign", "note")
    assert "May claim: Chief of staff; Treasurer." in text(duty.get(page))
    assert "May claim" not in text(sit(side.chicago).get(page)), "it sees the button"
    assert "May claim" not in text(sit(side.new_york).get(page))
    hers = sit(office(side.la, "duty-officer", "duty", "logistics"))
    assert "May answer and pay" not in text(hers.get(page))
    side.chicago.say("aid.claim/1", pledge=pledge, lines=[line], total_cents=475_452)
    assert "May claim" not in text(duty.get(page))
    assert "May answer and pay: Chief of staff." in text(hers.get(page))


def test_before_all_is_called_settled_the_button_says_what_is_open(returned, sit):
    side, mission, pledge = returned
    chicago, page = sit(side.chicago), reverse("mission", args=[pledge])

    def settling():
        (step,) = [
            one for one in chicago.get(page).context["steps"] if one.label == "All is settled"
        ]
        return step

    assert (settling().main, settling().note) == (True, ""), "nothing was spent"
    line = cost(side, pledge)
    words = "Nothing was claimed yet: $4,754.52 would stay with Chicago."
    assert (settling().main, settling().note) == (False, words)
    assert f"All is settled: {words}" in text(chicago.get(page))
    asked = text(chicago.get(reverse("mission-step", args=[mission]) + "?step=settled"))
    assert f"Before you say that all is settled: {words}" in asked
    claim = side.chicago.say("aid.claim/1", pledge=pledge, lines=[line], total_cents=475_452)
    assert settling().note == "$4,754.52 is claimed and waits for an answer."
    cost(side, pledge, 1_000)
    assert settling().note.startswith("$10.00 more was not claimed: it would stay with Chicago.")
    said = [{"line": line, "cents": 475_452, "why": ""}]
    side.la.say("aid.claim-answer/1", pledge=pledge, claim=claim, words=said)
    assert settling().note.endswith("$4,754.52 is accepted and not paid yet.")
    side.step(mission, "settled")
    assert "Settled" in text(chicago.get(page)), "it is said, not forbidden"
