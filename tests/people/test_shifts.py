"""Shifts planned before the day: who may plan whom, what the rest rules say of the plan, and what became of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from hansa.aid.exchange import ical
from hansa.aid.models import Pledge
from hansa.aid.people.models import Hours, Shift
from hansa.aid.people.records.shifts import ShiftPlanned
from hansa.aid.people.roster import rosters
from hansa.aid.people.rules import Rest, warnings_ahead
from hansa.kernel.errors import Refused


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def plan(mission, *people, town=None, began="2025-06-08T06:00Z", ended="2025-06-08T14:00Z"):
    said = {"people": list(people), "began": began, "ended": ended, "post": "First-aid post"}
    return (town or mission.la).say("aid.shift/1", pledge=mission.pledge, **said)


def company(mission):
    return rosters([Pledge.objects.get(key=mission.pledge)])[0]


def test_both_members_plan_and_only_they(mission):
    one, two = mission.list("IL-1"), mission.list("IL-2")
    first = plan(mission, one)
    second = plan(mission, two, town=mission.chicago)
    with pytest.raises(Refused, match="Only the member"):
        plan(
            mission,
            one,
            town=mission.line.new_york,
            began="2025-06-09T06:00Z",
            ended="2025-06-09T08:00Z",
        )
    assert [row.key for row in company(mission).shifts] == sorted([first, second])
    mission.la.say("aid.shift-end/1", shift=first, why="Closed.")
    assert [row.key for row in company(mission).shifts] == [second]


def test_a_stranger_s_plan_does_not_count_where_its_node_left_the_check_out(mission, monkeypatch):
    one = mission.list("IL-1")
    with monkeypatch.context() as unchecked:
        unchecked.setattr(ShiftPlanned, "check", lambda *_anything: None)
        plan(mission, one, town=mission.line.new_york)
    assert Shift.objects.count() == 1
    assert company(mission).shifts == []
    assert company(mission).lines[0].shifts == []
    assert b"First-aid post" not in ical.due(mission.la.log)


@pytest.mark.parametrize(
    ("began", "ended", "said"),
    [
        ("2025-06-08T14:00Z", "2025-06-08T06:00Z", "after the beginning"),
        ("2025-06-08T06:00Z", "2025-06-11T06:00Z", "48 hours"),
        ("2025-06-06T06:00Z", "2025-06-06T14:00Z", "Keep it as hours"),
        ("2025-06-08T13:00Z", "2025-06-08T20:00Z", "IL-1 has a shift in this time"),
    ],
)
def test_what_cannot_be_a_plan_is_refused_in_words(mission, began, ended, said):
    one = mission.list("IL-1")
    plan(mission, one)
    with pytest.raises(Refused, match=said):
        plan(mission, one, town=mission.chicago, began=began, ended=ended)


class TestRest:
    """What the rest rules say before the day, when a plan can still be changed."""

    rest = Rest(shift_hours=12, rest_hours=10, days=14)
    start = datetime(2025, 6, 8, 6, tzinfo=UTC)

    def said(self, *spans, shifts=(), since=None):
        planned = [
            (self.start + timedelta(hours=began), self.start + timedelta(hours=ended))
            for began, ended in spans
        ]
        return [one.words for one in warnings_ahead(shifts, planned, since, self.rest)]

    def test_a_good_plan_is_not_spoken_of(self):
        assert self.said((0, 12), (24, 36)) == []
        assert self.said() == []

    def test_a_long_shift_and_a_short_night_are(self):
        assert "13 h" in self.said((0, 13))[0]
        assert "13 h" in self.said((0, 6), (6, 13))[0]
        assert "8 h" in self.said((0, 12), (20, 30))[0]

    def test_what_was_worked_last_counts_before_the_first_shift(self):
        worked = Hours(
            began=self.start - timedelta(hours=20),
            ended=self.start - timedelta(hours=4),
            sort="work",
        )
        assert self.said((0, 8), shifts=[worked]) == [
            "A rest of 4 h; the rule is at least 10 h."
        ], "and the long shift, which is over, is none of the plan's"
        assert self.said((6, 14), shifts=[worked]) == []

    def test_a_shift_beyond_the_days_away_is(self):
        since = self.start - timedelta(days=14)
        assert "Planned beyond the 14 days" in self.said((0, 8), since=since)[0]
        assert self.said((0, 8), since=since + timedelta(days=1)) == []


def test_from_the_plan_to_the_hours_by_hand(mission, sit, set_clock):
    one, two = mission.list("IL-1"), mission.list("IL-2")
    mission.arrive(one, two)
    la, chicago = sit(mission.la), sit(mission.chicago)
    typed = {"began": "2025-06-08T06:00", "ended": "2025-06-08T23:00", "post": "Gate 4"}
    made = la.post(reverse("shift-new", args=[mission.pledge]), {"people": [one], **typed})
    assert made.status_code == 302, text(made)
    shift = Shift.objects.get()
    url = reverse("roster", args=[mission.pledge])
    page = text(chicago.get(url))
    assert "Planned shifts" in page
    assert "A shift of 17 h; the rule is at most 16 h." in page
    assert b"Shift begins: Gate 4" in ical.due(mission.chicago.log).replace(b"\\,", b",")
    assert b"Shift begins" not in ical.due(mission.line.new_york.log)
    assert chicago.get(reverse("shift-end", args=[shift.key])).status_code == 404
    set_clock.to("2025-06-10T12:00Z")
    assert "Over, no hours kept" in text(chicago.get(url))
    link = f"{reverse('hours-new', args=[mission.pledge])}?shift={shift.key.replace('@', '%40')}"
    assert link in chicago.get(url).content.decode()
    form = chicago.get(link).content.decode()
    assert 'value="2025-06-08T08:00"' in form, "06:00 in Los Angeles, on Chicago's clock"
    assert "Gate 4" in form
    checked = re.findall(r'<input[^>]*name="people"[^>]*checked[^>]*>', form)
    assert [one in box for box in checked] == [True]
    mission.hours(one, began=shift.began.isoformat(), ended=shift.ended.isoformat())
    assert "Planned shifts" not in text(chicago.get(url))
