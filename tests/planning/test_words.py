"""One of anything is told as one."""

import pytest
from django.urls import reverse

from hansa.aid.people.records.hours import RestSet
from hansa.aid.people.records.rolls import RollOpened
from hansa.aid.planning.records import CapacitySaid, PlanPublished
from hansa.kernel.telling import sentence_of

PLAN = {"inputs": "0" * 64, "digest": "1" * 64, "cost": 0, "gap": 0}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (PlanPublished(flows=1, calls=["us-ca@3"], **PLAN), "a plan: 1 proposal for 1 call. "),
        (PlanPublished(flows=1_200, **PLAN), "a plan: 1,200 proposals for 0 calls. "),
        (CapacitySaid(trucks=40, hours=1), "take in, in 1 hour."),
        (CapacitySaid(trucks=40, hours=24), "take in, in 24 hours."),
        (RollOpened(pledges=["us-ca@3"], minutes=1), "within 1 minute. "),
        (RollOpened(pledges=["us-ca@3"], minutes=60), "within 60 minutes. "),
        (RestSet(shift_hours=12, rest_hours=10, days=1), "at most 1 day away."),
        (RestSet(shift_hours=12, rest_hours=10, days=14), "at most 14 days away."),
    ],
)
def test_a_record_counts_in_its_sentence(record, words):
    assert words in sentence_of(record, "Chicago", {})


def test_trucks_and_docks_are_told_by_the_hour(pact, sit):
    pact.chicago.say("aid.capacity/1", trucks=40, docks=60, hours=1)
    page = sit(pact.chicago).get(reverse("lending")).content.decode()
    assert "Our trucks move 40 m³ in 1 hour. Our docks take in 60 m³ in 1 hour." in page
