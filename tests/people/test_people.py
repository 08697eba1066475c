"""People on a mission: who may say what of whom, where each stands, and who is missing."""

import pytest

from hansa.aid.models import Pledge
from hansa.aid.people.models import Person, RollCall
from hansa.aid.people.records.rolls import RollOpened
from hansa.aid.people.records.roster import CheckedIn, Released
from hansa.aid.people.roster import open_rolls, roll_of, rolls, rosters
from hansa.aid.people.words import Answered, Stage
from hansa.kernel.errors import Refused


def roster(mission):
    return rosters([Pledge.objects.get(key=mission.pledge)])[0]


def stages(mission):
    return {line.person.ref: line.stage for line in roster(mission).lines}


def test_what_was_said_of_people_by_mistake_is_taken_back_by_who_said_it(mission):
    """Of nobody is it kept that they came, left or are home, only because somebody ticked the wrong line."""
    one, two = mission.list("IL-1"), mission.list("IL-2")
    arrived = mission.arrive(one, two)
    with pytest.raises(Refused):
        mission.chicago.say("aid.check-in-end/1", arrival=arrived, why="Ours.")
    mission.la.say("aid.check-in-end/1", arrival=arrived, why="One never came.")
    assert stages(mission) == {"IL-1": Stage.LISTED, "IL-2": Stage.LISTED}
    mission.chicago.say("aid.person-end/1", person=two, why="Stays at home.")
    mission.arrive(one, when="2025-06-07T11:00Z")
    assert stages(mission) == {"IL-1": Stage.HERE, "IL-2": Stage.STRUCK}
    of = {"pledge": mission.pledge, "people": [one], "when": "2025-06-07T12:00Z"}
    released = mission.la.say("aid.release/1", travel="road", **of)
    back = mission.chicago.say("aid.homecoming/1", **of)
    assert stages(mission)["IL-1"] == Stage.HOME
    mission.chicago.say("aid.homecoming-end/1", homecoming=back, why="Not yet.")
    assert stages(mission)["IL-1"] == Stage.RELEASED
    mission.la.say("aid.release-end/1", departure=released, why="Another day.")
    assert stages(mission)["IL-1"] == Stage.HERE
    assert not roster(mission).demobilised
    with pytest.raises(Refused):
        mission.la.say("aid.release-end/1", departure=released, why="Again.")


def test_a_third_member_s_word_on_people_counts_for_nothing(mission, monkeypatch):
    """Its node left the check out."""
    one = mission.list("IL-1")
    said = {"pledge": mission.pledge, "people": [one], "when": "2025-06-07T12:00Z"}
    with monkeypatch.context() as unchecked:
        for kind in (CheckedIn, Released):
            unchecked.setattr(kind, "check", lambda *_anything: None)
        mission.line.new_york.say("aid.check-in/1", place="Elsewhere", **said)
        assert stages(mission) == {"IL-1": Stage.LISTED}
        mission.arrive(one)
        mission.line.new_york.say("aid.release/1", travel="road", **said)
    assert stages(mission) == {"IL-1": Stage.HERE}


def test_a_person_goes_from_the_roster_home(mission, set_clock):
    one, two = mission.list("IL-1"), mission.list("IL-2")
    assert stages(mission) == {"IL-1": Stage.LISTED, "IL-2": Stage.LISTED}
    mission.arrive(one, two)
    assert stages(mission) == {"IL-1": Stage.HERE, "IL-2": Stage.HERE}
    assert not roster(mission).demobilised
    set_clock.to("2025-06-08T12:00Z")
    gone = {"pledge": mission.pledge, "when": "2025-06-08T08:00Z"}
    mission.la.say("aid.release/1", people=[one, two], travel="air", **gone)
    assert roster(mission).demobilised
    assert roster(mission).demobilised_at.isoformat() == "2025-06-08T08:00:00+00:00"
    mission.chicago.say("aid.homecoming/1", people=[one], **gone)
    assert stages(mission) == {"IL-1": Stage.HOME, "IL-2": Stage.RELEASED}


@pytest.mark.parametrize("ref", ["il-1", "SMITH", "JANE DOE", "IL_1", "-1", "1-", "", "1" * 25])
def test_a_reference_number_is_none_that_could_be_a_name(mission, ref):
    with pytest.raises(Refused) as refusal:
        mission.list(ref)
    assert refusal.value.field == "ref"
    assert not Person.objects.exists()


def test_nobody_is_on_a_roster_twice_but_may_come_back(mission):
    one = mission.list("IL-1")
    with pytest.raises(Refused, match="already"):
        mission.list("IL-1")
    mission.chicago.say("aid.person-end/1", person=one, why="Needed at home.")
    mission.list("IL-1")
    assert len(roster(mission).people) == 1


def test_whoever_has_checked_in_is_released_and_not_struck(mission):
    one = mission.list()
    mission.arrive(one)
    with pytest.raises(Refused, match="Release"):
        mission.chicago.say("aid.person-end/1", person=one, why="A mistake.")


def test_only_the_two_members_of_a_mission_speak_of_its_people(mission):
    one = mission.list()
    with pytest.raises(Refused, match="Only the member"):
        mission.arrive(one, town=mission.line.new_york)
    mission.arrive(one, town=mission.chicago)
    assert stages(mission) == {"IL-1": Stage.HERE}


def test_nobody_arrives_tomorrow_or_from_another_roster(mission):
    one = mission.list()
    with pytest.raises(Refused, match="still to come"):
        mission.arrive(one, when="2025-06-08T12:00Z")
    other = mission.line.pledge(
        mission.line.new_york,
        Pledge.objects.get(key=mission.pledge).need,
        1,
        form="material",
        item="shelter-team",
        unit="team",
    )
    with pytest.raises(Refused, match="roster"):
        mission.arrive(one, pledge=other)


class TestAccountability:
    @pytest.fixture
    def called(self, mission):
        people = [mission.list(f"IL-{i}") for i in range(3)]
        mission.arrive(*people)
        roll = mission.la.say("aid.roll/1", pledges=[mission.pledge], minutes=30)
        return mission, roll, people

    def roll(self, key):
        return roll_of(RollCall.objects.get(key=key))

    def answer(self, town, roll, found, *people):
        return town.say("aid.roll-answer/1", roll=roll, people=list(people), found=found)

    def test_is_overdue_until_all_are_found(self, called, set_clock):
        mission, key, people = called
        assert self.roll(key).unanswered == 3
        assert not self.roll(key).overdue
        set_clock.to("2025-06-07T12:30Z")
        assert self.roll(key).overdue
        self.answer(mission.chicago, key, "safe", *people[:2])
        assert self.roll(key).overdue
        self.answer(mission.la, key, "hurt", people[2])
        assert self.roll(key).complete
        assert not self.roll(key).overdue

    def test_whoever_is_called_missing_is_missing_until_the_same_member_finds_them(self, called):
        mission, key, (one, *_rest) = called
        self.answer(mission.la, key, "missing", one)
        self.answer(mission.chicago, key, "safe", one)
        state = {line.line.person.key: line for line in self.roll(key).lines}[one]
        assert state.state == Answered.MISSING
        assert state.contradicted
        self.answer(mission.la, key, "safe", one)
        assert self.roll(key).found == 1

    def test_the_latest_word_of_a_member_counts_beyond_its_tenth_record(self, called):
        mission, key, (one, *_rest) = called
        for i in range(12):
            self.answer(mission.la, key, "missing" if i < 11 else "safe", one)
        assert self.roll(key).missing == 0

    def test_is_not_answered_by_a_third_member_or_after_its_end(self, called):
        mission, key, people = called
        with pytest.raises(Refused, match="Only the member"):
            self.answer(mission.line.new_york, key, "safe", *people)
        mission.la.say("aid.roll-end/1", roll=key, why="All are here.")
        with pytest.raises(Refused, match="closed"):
            self.answer(mission.la, key, "safe", *people)
        assert not open_rolls(mission.la.log)

    def test_waits_for_both_members(self, called):
        mission, key, _people = called
        for town in (mission.la, mission.chicago):
            assert [one.row.key for one in open_rolls(town.log)] == [key]
        assert not open_rolls(mission.line.new_york.log)

    def test_asks_for_whoever_is_on_the_way_home_and_not_for_who_is_home(self, called, set_clock):
        mission, _key, (one, two, _three) = called
        set_clock.to("2025-06-08T12:00Z")
        gone = {"pledge": mission.pledge, "when": "2025-06-08T08:00Z"}
        mission.la.say("aid.release/1", people=[one, two], travel="road", **gone)
        mission.chicago.say("aid.homecoming/1", people=[one], **gone)
        later = mission.la.say("aid.roll/1", pledges=[mission.pledge], minutes=5)
        assert len(self.roll(later).lines) == 2

    def test_of_a_member_that_has_no_part_in_the_mission_asks_nobody(self, called, monkeypatch):
        """Its node left the check out."""
        mission, key, _people = called
        with monkeypatch.context() as unchecked:
            unchecked.setattr(RollOpened, "check", lambda *_anything: None)
            said = {"pledges": [mission.pledge], "minutes": 1}
            strange = mission.line.new_york.say("aid.roll/1", **said)
        for town in (mission.la, mission.chicago, mission.line.new_york):
            assert strange not in {one.row.key for one in open_rolls(town.log)}
        assert [one.row.key for one in rolls(RollCall.objects.all())] == [key]
        assert roll_of(RollCall.objects.get(key=strange)).lines == []

    def test_of_nobody_is_refused(self, mission):
        with pytest.raises(Refused, match="Nobody"):
            mission.la.say("aid.roll/1", pledges=[mission.pledge])
