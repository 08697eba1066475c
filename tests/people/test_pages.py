"""The pages about people: the whole way by hand, who reaches which form, what waits at home, papers that say what happened."""

import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.aid.people.models import CheckIn, Hours, Person, RollCall


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client, page, key, /, **fields):
    response = client.post(reverse(page, args=[key]), fields)
    assert response.status_code == 302, text(response)


def paper(response):
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u200b", "").split())


@pytest.fixture
def browsers(mission, sit):
    return sit(mission.chicago), sit(mission.la)


def test_the_whole_way_by_hand(mission, browsers, set_clock):
    chicago, la = browsers
    assert "Nobody listed yet" in text(chicago.get(reverse("people")))
    line = {"position": "Paramedic", "agency": "Fire", "travel": "road", "desk": "Duty desk"}
    post(chicago, "person-new", mission.pledge, ref="IL-1", **line)
    person = Person.objects.get().key
    assert (
        'value="Duty desk"'
        in chicago.get(reverse("person-new", args=[mission.pledge])).content.decode()
    )
    arrived = {"people": [person], "when": "2025-06-07T05:00", "place": "Gate 4"}
    post(la, "check-in", mission.pledge, **arrived)
    assert CheckIn.objects.get().home == mission.la.log
    set_clock.to("2025-06-08T12:00Z")
    worked = {"people": [person], "sort": "work", "began": "2025-06-07T08:00", "done": "Helped."}
    post(chicago, "hours-new", mission.pledge, ended="2025-06-07T18:00", pause="30", **worked)
    assert Hours.objects.get().began.isoformat() == "2025-06-07T13:00:00+00:00"
    post(
        la, "roll-new", mission.pledge, pledges=[mission.pledge], minutes="30", why="Evening count"
    )
    roll = RollCall.objects.get().key
    set_clock.to("2025-06-08T12:31Z")
    for client in browsers:
        assert "Overdue" in text(client.get("/"))
    assert "Time has run out" in text(la.get(reverse("roll", args=[roll])))
    form = chicago.get(reverse("roll-answer", args=[roll])).content.decode()
    assert not re.findall(r'<input[^>]*name="people"[^>]*checked', form), "nobody is found unseen"
    post(chicago, "roll-answer", roll, people=[person], found="safe", where="At the base camp")
    assert "All accounted for" in text(la.get(reverse("roll", args=[roll])))
    post(la, "roll-end", roll, why="All accounted for.")
    gone = {"people": [person], "when": "2025-06-08T05:00"}
    post(la, "release", mission.pledge, travel="air", **gone)
    page = text(chicago.get(reverse("roster", args=[mission.pledge])))
    assert "Demobilised" in page
    assert "9 h 30 min" in page
    post(chicago, "homecoming", mission.pledge, **gone)
    assert "1 home" in text(la.get(reverse("roster", args=[mission.pledge])))


def test_who_said_that_somebody_came_can_take_it_back_by_hand(mission, browsers):
    chicago, la = browsers
    one, two = mission.list("IL-1"), mission.list("IL-2")
    arrived = mission.arrive(one, two)
    url, page = reverse("arrival-end", args=[arrived]), reverse("roster", args=[mission.pledge])
    assert url in la.get(page).content.decode()
    assert url not in chicago.get(page).content.decode()
    assert chicago.get(url).status_code == 404
    assert "It speaks of: IL-1, IL-2." in text(la.get(url))
    post(la, "arrival-end", arrived, why="IL-2 never came.")
    assert "0 checked in" in text(la.get(page))


def test_who_is_pledged_and_on_no_roster_is_counted(mission, sit):
    """Nobody is checked in or called for whom no line names."""
    nurses = {"form": "material", "item": "registered-nurse-2", "unit": "person"}
    line = mission.line
    pledge = line.pledge(line.chicago, line.need(8, **nurses), 8, **nurses)
    mission.list("IL-1", pledge=pledge)
    page = text(sit(mission.la).get(reverse("roster", args=[pledge])))
    assert "7 more people of 8 pledged are on no roster" in page
    assert "on no roster" not in text(sit(mission.la).get(reverse("roster", args=[mission.pledge])))


def test_only_the_two_members_reach_the_forms(mission, sit):
    person = mission.list("IL-1")
    stranger, needer = sit(mission.line.new_york), sit(mission.la)
    for name in ("person-new", "check-in", "hours-new", "release", "homecoming", "roll-new"):
        assert stranger.get(reverse(name, args=[mission.pledge])).status_code == 404, name
    for name in ("person-new", "hours-new", "homecoming"):
        assert needer.get(reverse(name, args=[mission.pledge])).status_code == 404, name
    assert needer.get(reverse("person-end", args=[person])).status_code == 404


def test_a_refusal_keeps_what_was_typed(mission, browsers):
    mission.list("IL-1")
    chicago, _la = browsers
    typed = {"ref": "IL-1", "position": "Medic", "agency": "Fire", "travel": "road", "desk": "Desk"}
    answer = chicago.post(reverse("person-new", args=[mission.pledge]), typed)
    assert answer.status_code == 422
    assert "already" in text(answer)
    assert 'value="Medic"' in answer.content.decode()


class TestPapers:
    @pytest.fixture
    def told(self, mission, set_clock):
        people = [
            mission.list("IL-1", unit="EMS-3", leader=True, credential="Paramedic"),
            mission.list("IL-2", unit="EMS-3"),
        ]
        mission.arrive(*people, assignment="Medical branch")
        set_clock.to("2025-06-09T12:00Z")
        night = {"began": "2025-06-07T17:00-05:00", "ended": "2025-06-07T21:00-05:00"}
        mission.hours(*people, done="Set up the first-aid post.", **night)
        gone = mission.hours(
            people[0], began="2025-06-08T15:00Z", ended="2025-06-08T16:00Z", done="Never."
        )
        mission.chicago.say("aid.hours-end/1", hours=gone, why="Wrong.")
        return mission

    def test_the_check_in_list_has_a_line_for_each_who_came(self, told, sit):
        words = paper(sit().get(reverse("ics-211", args=[told.pledge])))
        for said in ("IL-1 / EMS-3", "IL-2 / EMS-3", "Medical branch", "Duty desk", "Gate 4"):
            assert said in words

    def test_the_activity_log_leaves_out_what_was_withdrawn(self, told, sit):
        words = paper(sit().get(reverse("ics-214", args=[told.pledge])))
        assert "Set up the first-aid post." in words
        assert "Never." not in words

    def test_the_log_of_a_period_counts_the_part_that_lies_in_it(self, told, sit):
        url = reverse("ics-214", args=[told.pledge])
        # Los Angeles' clocks: 15:00 to 19:00, and a period ends at 18:00.
        day = paper(sit().get(url, {"from": "2025-06-07T13:00:00+00:00"}))
        night = paper(sit().get(url, {"from": "2025-06-08T01:00:00+00:00"}))
        assert "3 h each" in day
        assert "1 h each" in night
        assert "7 Jun 2025, 15:00 PDT – 7 Jun 2025, 18:00 PDT Set up" in day
        assert "7 Jun 2025, 18:00 PDT – 7 Jun 2025, 19:00 PDT Set up" in night

    def test_every_paper_is_in_its_form_s_language_on_the_incident_s_clock(self, told, sit):
        """Whoever prints it: an officer of another zone, who reads Spanish."""
        chicago = sit(told.chicago)
        chicago.cookies["django_language"] = "es"
        assert 'lang="es"' in chicago.get(reverse("people")).content.decode()
        for name in ("ics-211", "ics-214", "claim-pdf"):
            words = paper(chicago.get(reverse(name, args=[told.pledge])))
            assert "PDT" in words
            assert "CDT" not in words
            assert not re.search(r" h cada| ene | jun | Personal\b|Todavía", words), name

    def test_what_is_played_says_so_wherever_that_was_said(self, told, sit, monkeypatch):
        from hansa.kernel.home import Home
        from hansa.pact.models import Pact

        url = reverse("ics-214", args=[told.pledge])
        assert "EXERCISE" not in paper(sit().get(url))
        Pact.objects.update(exercise=True)
        made = sit().get(url)
        assert "EXERCISE" in paper(made)
        assert 'filename="exercise-ics-214' in made["Content-Disposition"]
        Pact.objects.update(exercise=False)
        monkeypatch.setattr(Home, "exercise", True)
        assert "EXERCISE" in paper(sit().get(url))

    @pytest.mark.parametrize(
        "asked",
        ["yesterday", "2025-06-07T13:00", "%00", "2025-06-07T14:00:00+00:00", "2025-06-09T01:00Z"],
    )
    def test_a_period_that_is_none_is_not_found(self, told, sit, asked):
        url = reverse("ics-214", args=[told.pledge])
        assert sit().get(url, {"from": asked}).status_code == 404


def test_a_call_asks_no_more_questions_for_more_people(mission, sit):
    client = sit(mission.la)

    def asked(url):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    mission.arrive(mission.list("IL-1"))
    roll = mission.la.say("aid.roll/1", pledges=[mission.pledge], minutes=60)
    pages = [reverse(name, args=[roll]) for name in ("roll", "roll-answer")]
    few = [asked(page) for page in pages]
    mission.arrive(*(mission.list(f"IL-{number}") for number in range(2, 9)))
    assert [asked(page) for page in pages] == few


def test_the_list_asks_no_more_questions_for_more_people(mission, sit):
    client, url = sit(mission.la), reverse("people")

    def asked():
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    mission.list("IL-1")
    before = asked()
    mission.arrive(*[mission.list(f"IL-{i}") for i in range(2, 12)])
    assert asked() <= before


class TestSeveral:
    def send(self, mission, browsers, text):
        return browsers[0].post(reverse("person-several", args=[mission.pledge]), {"lines": text})

    def test_each_line_gets_its_receipt_and_a_bad_one_stops_nobody(self, mission, browsers):
        lines = [
            "IL-1\tParamedic\tFire\tEMS-3\tyes\t\t\tEnglish, Spanish\t\troad\tDuty desk",
            "First Last\tParamedic\tFire\t\t\t\t\t\t\troad\tDuty desk",
            "IL-3\tParamedic\tFire\t\t\t\t\t\t\tby horse\tDuty desk",
            "",
            "IL-4\tNurse\tHealth\t\t\t\t\t\t\tair\tDuty desk",
        ]
        page = self.send(mission, browsers, "\r\n".join(lines))
        assert page.status_code == 422
        assert sorted(Person.objects.values_list("ref", flat=True)) == ["IL-1", "IL-4"]
        first = Person.objects.get(ref="IL-1")
        assert (first.leader, first.languages, first.unit) == (True, "English, Spanish", "EMS-3")
        said = text(page)
        assert "2 people are listed" in said
        assert "2 lines were not taken" in said
        left = page.context["form"].initial["lines"]
        assert left.splitlines() == [lines[1], lines[2]]

    def test_a_first_line_may_name_the_columns(self, mission, browsers):
        page = self.send(
            mission, browsers, "desk;ref;position;agency;travel\nDuty desk;IL-9;Driver;Fleet;road"
        )
        assert page.status_code == 200
        assert Person.objects.get().desk == "Duty desk"

    def test_the_same_lines_again_list_nobody_twice(self, mission, browsers):
        line = "IL-1,Driver,Fleet,,,,,,,road,Desk"
        self.send(mission, browsers, line)
        assert "already" in text(self.send(mission, browsers, line))
        assert Person.objects.count() == 1

    def test_what_stands_beyond_the_last_column_is_not_dropped_in_silence(self, mission, browsers):
        line = "IL-1,Driver,Fleet,,,,,,,road,Desk,spare"
        answer = self.send(mission, browsers, line)
        assert "After the last column stands “spare”" in text(answer)
        assert line in answer.content.decode()
        assert not Person.objects.exists()

    def test_lines_beyond_the_most_are_told_and_kept(self, mission, browsers, monkeypatch):
        from hansa.aid.people.pages import several

        monkeypatch.setattr(several, "MOST_LINES", 1)
        lines = [f"IL-{number},Driver,Fleet,,,,,,,road,Desk" for number in (1, 2, 3)]
        answer = self.send(mission, browsers, "\n".join(lines))
        assert Person.objects.count() == 1
        assert "At most 1 people are listed at once" in text(answer)
        kept = answer.content.decode().split("<textarea")[1]
        assert lines[0] not in kept
        assert lines[1] in kept
        assert lines[2] in kept

    @pytest.mark.parametrize(
        "typed", ["", "colour,ref\nred,IL-1", '"IL-1', "\x00", ",,,,,,,,,,,,,,"]
    )
    def test_whatever_is_pasted_is_answered_in_words(self, mission, browsers, typed):
        answer = self.send(mission, browsers, typed)
        assert answer.status_code in {200, 422}
        assert not Person.objects.exists()
