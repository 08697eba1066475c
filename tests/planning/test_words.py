"""One of anything is told as one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from hansa.aid.models import Need
from hansa.aid.planner.reason import Reason, english
from hansa.aid.planning import reasons
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.models import Plan
from hansa.kernel.record import KINDS
from hansa.kernel.telling import sentence_of
from hansa.pact.models import Call

PLAN = {"inputs": "0" * 64, "digest": "1" * 64, "cost": 0, "gap": 0}


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        (
            "aid.plan/1",
            {"flows": 1, "calls": ["us-ca@3"], **PLAN},
            "a plan: 1 proposal for 1 call. ",
        ),
        ("aid.plan/1", {"flows": 1_200, **PLAN}, "a plan: 1,200 proposals for 0 calls. "),
        ("aid.capacity/1", {"trucks": 40, "hours": 1}, "take in, in 1 hour."),
        ("aid.capacity/1", {"trucks": 40, "hours": 24}, "take in, in 24 hours."),
        ("aid.roll/1", {"pledges": ["us-ca@3"], "minutes": 1}, "within 1 minute. "),
        ("aid.roll/1", {"pledges": ["us-ca@3"], "minutes": 60}, "within 60 minutes. "),
        ("aid.rest/1", {"shift_hours": 12, "rest_hours": 10, "days": 1}, "at most 1 day away."),
        ("aid.rest/1", {"shift_hours": 12, "rest_hours": 10, "days": 14}, "at most 14 days away."),
    ],
)
def test_a_record_counts_in_its_sentence(kind, said, words):
    assert words in sentence_of(KINDS[kind].read(said), "Chicago", {})


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-300, "It arrives 5 hours before it is due."),
        (-60, "It arrives 1 hour before it is due."),
        (10, "It arrives about when it is due."),
        (60, "It arrives 1 hour after it is due."),
        (90, "It arrives 2 hours after it is due."),
    ],
)
def test_a_line_counts_the_hours_to_when_it_is_due(home, minutes, words):
    due = datetime(2025, 6, 8, tzinfo=UTC)
    line = Proposed(
        number=0,
        giver="us-il",
        need=Need(key="us-ca@5", item="pump", unit="piece", due=due),
        call=Call(key="us-ca@3"),
        item="pump",
        unit="piece",
        quantity=1,
        arrives=due + timedelta(minutes=minutes),
        pledged=0,
        open=1,
        declined="",
        left=False,
    )
    assert reasons.why(Plan(home="us-ca", files=[]), line, None)[0] == words


def test_volumes_are_told_in_cubic_metres():
    for code in ("binds.trucks", "binds.dock"):
        numbers: dict[str, str | float] = {
            "owner": "Chicago",
            "call": "Harbour",
            "lot": 1,
            "share": 5.0,
        }
        assert "room for 1 m³ more" in english(Reason(code, numbers))


def test_trucks_and_docks_are_told_by_the_hour(pact, sit):
    pact.chicago.say("aid.capacity/1", trucks=40, docks=60, hours=1)
    page = sit(pact.chicago).get(reverse("lending")).content.decode()
    assert "Our trucks move 40 m³ in 1 hour. Our docks take in 60 m³ in 1 hour." in page
