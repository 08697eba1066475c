"""Hours: minutes that really passed, whatever the clocks do; periods that add up; nothing twice; rest that is owed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid.people.models import Hours, RestRules
from hansa.aid.people.records.hours import HoursKept, minutes_between
from hansa.aid.people.rules import (
    Rest,
    by_period,
    counted_twice,
    hours_words,
    paid,
    period_of,
    person_minutes,
    rest_of,
    rested_at,
    warnings,
)
from hansa.kernel.errors import Refused

LA = ZoneInfo("America/Los_Angeles")
NUMBER = count()
ZONES = st.sampled_from(["America/Los_Angeles", "America/Chicago", "America/Phoenix", "UTC"])


def line(began, ended, people=("one",), home="us-il", **fields):
    defaults = {"sort": "work", "pause": 0, "overtime": 0, "done": "", "withdrawn_at": None}
    return Hours(
        key=f"us-il@{next(NUMBER)}",
        home=home,
        began=began,
        ended=ended,
        people=list(people),
        **{**defaults, **fields},
    )


def at(text, zone=LA):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


spans = st.builds(
    lambda began, minutes, pause: line(
        began, began + timedelta(minutes=minutes), pause=min(pause, minutes)
    ),
    # Both nights of 2025 in which the clocks change lie within.
    st.datetimes(datetime(2025, 3, 7), datetime(2025, 11, 4), timezones=st.just(UTC)),  # noqa: DTZ001 - given a zone here
    st.integers(1, 48 * 60),
    st.integers(0, 200),
)


class TestClockChange:
    def test_the_long_night_has_an_hour_more(self):
        assert paid(line(at("2025-11-01T18:00"), at("2025-11-02T06:00"))) == 13 * 60

    def test_the_short_night_has_an_hour_less(self):
        assert paid(line(at("2025-03-08T18:00"), at("2025-03-09T06:00"))) == 11 * 60

    def test_the_period_of_such_a_night_is_as_long_as_it_was(self):
        period = period_of(at("2025-11-02T03:00"), "America/Los_Angeles")
        assert minutes_between(period.began, period.ended) == 13 * 60
        assert period.began == at("2025-11-01T18:00")

    def test_a_shift_said_by_the_clocks_on_the_wall_is_kept_as_it_passed(self, mission, set_clock):
        one = mission.list("IL-1")
        set_clock.to("2025-11-03T12:00Z")
        said = HoursKept(
            pledge=mission.pledge,
            people=[one],
            began=at("2025-11-02T00:00"),
            ended=at("2025-11-02T08:00"),
            overtime=9 * 60,
            done="Night watch.",
        )
        from hansa.kernel.say import say

        say(said, log=mission.chicago.log, by=mission.chicago.by)
        assert paid(Hours.objects.get()) == 9 * 60

    def test_an_hour_too_much_for_the_short_night_is_refused(self, mission, set_clock):
        one = mission.list("IL-1")
        set_clock.to("2025-03-10T12:00Z")
        with pytest.raises(Refused):
            mission.hours(
                one,
                began="2025-03-08T18:00-08:00",
                ended="2025-03-09T06:00-07:00",
                overtime=12 * 60,
            )


@given(spans, ZONES)
def test_the_periods_of_a_line_add_up_to_what_is_paid(hours, zone):
    parts = by_period(hours, zone)
    assert sum(minutes for _period, minutes in parts) == paid(hours)
    assert all(minutes >= 0 for _period, minutes in parts)
    assert all(period.began < period.ended for period, _minutes in parts)


@given(st.datetimes(datetime(2025, 3, 7), datetime(2025, 11, 4), timezones=st.just(UTC)), ZONES)  # noqa: DTZ001 - given a zone here
def test_every_moment_lies_in_one_period_that_begins_at_six(moment, zone):
    period = period_of(moment, zone)
    assert period.began <= moment < period.ended
    assert period.began.astimezone(ZoneInfo(zone)).hour in {6, 18}
    assert period_of(period.ended, zone).began == period.ended


def test_withdrawn_hours_never_count():
    gone = line(at("2025-06-07T06:00"), at("2025-06-07T18:00"), withdrawn_at=at("2025-06-08T06:00"))
    assert paid(gone) == 0
    assert person_minutes(gone) == (0, 0)
    assert sum(minutes for _one, minutes in by_period(gone, "UTC")) == 0
    assert not counted_twice([gone, gone], {})


class TestTwice:
    morning = staticmethod(
        lambda **more: line(at("2025-06-07T06:00"), at("2025-06-07T12:00"), **more)
    )
    noon = staticmethod(lambda **more: line(at("2025-06-07T11:00"), at("2025-06-07T18:00"), **more))

    def test_the_same_hour_of_the_same_person_is_flagged(self):
        found = counted_twice([self.morning(), self.noon()], {"one": "IL-1"})
        assert [(one.ref, one.minutes) for one in found] == [("IL-1", 60)]

    def test_on_two_missions_too_by_the_number_that_its_member_gave(self):
        numbers = {"one": "IL-1", "other": "IL-1"}
        assert counted_twice([self.morning(), self.noon(people=("other",))], numbers)

    def test_but_not_of_two_people_two_members_or_one_shift_after_another(self):
        assert not counted_twice([self.morning(), self.noon(people=("two",))], {})
        assert not counted_twice([self.morning(), self.noon(home="us-ny")], {})
        after = line(at("2025-06-07T12:00"), at("2025-06-07T18:00"))
        assert not counted_twice([self.morning(), after], {})

    def test_is_refused_where_it_is_said(self, mission, set_clock):
        one, two = mission.list("IL-1"), mission.list("IL-2")
        set_clock.to("2025-06-09T12:00Z")
        first = mission.hours(one, two, began="2025-06-08T06:00Z", ended="2025-06-08T12:00Z")
        with pytest.raises(Refused, match=r"IL-1 already"):
            mission.hours(one, began="2025-06-08T11:00Z", ended="2025-06-08T13:00Z")
        mission.chicago.say("aid.hours-end/1", hours=first, why="Wrong.")
        mission.hours(one, began="2025-06-08T11:00Z", ended="2025-06-08T13:00Z")

    @given(st.lists(spans, max_size=6))
    def test_is_found_between_any_two_that_overlap(self, rows):
        found = {(one.first, one.second) for one in counted_twice(rows, {})}
        expected = {
            tuple(sorted((a.key, b.key)))
            for i, a in enumerate(rows)
            for b in rows[i + 1 :]
            if a.began < b.ended and b.began < a.ended
        }
        assert found == expected


class TestRest:
    rest = Rest(shift_hours=12, rest_hours=10, days=14)
    now = at("2025-06-20T12:00")

    def said(self, *rows, since=None):
        return [one.words for one in warnings(rows, since, self.rest, self.now)]

    def test_two_lines_without_a_gap_are_one_shift(self):
        first = line(at("2025-06-07T06:00"), at("2025-06-07T14:00"))
        then = line(at("2025-06-07T14:00"), at("2025-06-07T19:00"))
        assert self.said(first) == []
        assert "13 h" in self.said(first, then)[0]

    def test_a_short_night_warns_and_standby_does_not(self):
        late = line(at("2025-06-07T12:00"), at("2025-06-07T22:00"))
        early = line(at("2025-06-08T05:00"), at("2025-06-08T10:00"))
        assert "7 h" in self.said(late, early)[0]
        early.sort = "standby"
        assert self.said(late, early) == []

    def test_relief_is_asked_for_before_the_time_is_up(self):
        assert self.said(since=self.now - timedelta(days=11)) == []
        soon = warnings((), self.now - timedelta(days=13), self.rest, self.now)
        assert [one.broken for one in soon] == [False]
        over = warnings((), self.now - timedelta(days=14), self.rest, self.now)
        assert [one.broken for one in over] == [True]

    def test_the_next_shift_may_begin_after_the_rest(self):
        shift = line(at("2025-06-07T06:00"), at("2025-06-07T18:00"))
        assert rested_at([shift], self.rest) == at("2025-06-08T04:00")
        assert rested_at([], self.rest) is None

    def test_a_member_s_own_rules_go_before_the_usual_ones(self, mission):
        assert not rest_of(None).own
        mission.chicago.say("aid.rest/1", shift_hours=8, rest_hours=12, days=7)
        own = rest_of(RestRules.objects.get())
        assert (own.shift_hours, own.rest_hours, own.days, own.own) == (8, 12, 7, True)


def test_hours_are_said_in_hours_and_minutes():
    assert [hours_words(one) for one in (0, 60, 90)] == ["0 h", "1 h", "1 h 30 min"]
