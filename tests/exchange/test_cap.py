"""A call as CAP 1.2: valid, one message for each step, each naming those before it, and no person."""

import pytest
from django.urls import reverse
from lxml import etree

from hansa.aid.exchange import atom, cap, tokens
from hansa.pact.models import Call, Officer, Pact
from tests.exchange.schemas import schema

C = f"{{{cap.CAP}}}"


def read(call):
    root = etree.fromstring(cap.alert(Call.objects.get(key=call)))
    return root, lambda path: root.findtext("/".join(f"{C}{one}" for one in path.split("/")))


def judged(call):
    judge = schema("CAP-v1.2.xsd")
    judge.assertValid(etree.fromstring(cap.alert(Call.objects.get(key=call))))


def test_a_call_is_an_alert_its_change_an_update_its_end_a_cancel(line, set_clock):
    _root, first = read(line.call)
    judged(line.call)
    assert (first("msgType"), first("status"), first("scope")) == ("Alert", "Actual", "Restricted")
    assert (first("sender"), first("info/senderName")) == (line.la.log, "Los Angeles")
    assert first("references") is None
    assert first("info/area/circle") == "34.0500,-118.2400 20"
    assert first("info/area/geocode/value") == "US-CA"
    assert first("sent") == "2025-06-07T12:00:00-00:00"
    set_clock.to("2025-06-08T12:00Z")
    change = line.la.say(
        "pact.call-change/1",
        call=line.call,
        place="Downtown",
        summary="More came.",
        forms=["material"],
    )
    _root, second = read(line.call)
    judged(line.call)
    assert (second("msgType"), second("identifier")) == ("Update", change)
    assert second("references") == f"{line.la.log},{line.call},2025-06-07T12:00:00-00:00"
    line.la.say("pact.call-end/1", call=line.call, why="They left.")
    _root, third = read(line.call)
    judged(line.call)
    assert (third("msgType"), third("note")) == ("Cancel", "They left.")
    assert third("info/responseType") == "AllClear"
    assert [one.split(",")[1] for one in third("references").split()] == [line.call, change]


def test_an_exercise_says_so(line):
    Pact.objects.update(exercise=True)
    _root, said = read(line.call)
    judged(line.call)
    assert said("status") == "Exercise"
    assert "Nothing here is in earnest" in said("note")


def test_it_is_in_the_language_that_it_names_whoever_fetches_it(line, sit):
    client = sit(line.chicago)
    client.cookies["django_language"] = "es"
    made = client.get(reverse("call-cap", args=[line.call])).content
    assert made == cap.alert(Call.objects.get(key=line.call))
    assert b"<language>en-US" in made
    assert b"Aid asked" in made


def test_no_officer_is_named(line):
    text = cap.alert(Call.objects.get(key=line.call)).decode()
    for officer in Officer.objects.all():
        assert officer.office not in text
        assert f">{officer.handle}<" not in text


@pytest.mark.parametrize("words", ["<b>&amp; ]]>", "a\x00b\x1bc", "naïve “quotes” 漢字", "\ud800"])
def test_any_words_make_a_valid_alert(line, words):
    call = Call.objects.get(key=line.call)
    call.summary = call.place = words
    root = etree.fromstring(cap.alert(call))
    schema("CAP-v1.2.xsd").assertValid(root)


def test_the_page_gives_it(line, sit):
    answer = sit(line.chicago).get(reverse("call-cap", args=[line.call]))
    assert answer["Content-Type"] == "application/cap+xml"
    assert b"urn:oasis:names:tc:emergency:cap:1.2" in answer.content


class TestFeed:
    """All calls at once, as a program fetches them."""

    def read(self, town):
        return etree.fromstring(atom.calls(town.log))

    def test_has_every_call_that_stands_with_its_alert_inside(self, line, set_clock):
        other = line.chicago.say(
            "pact.call/1",
            pact=f"{line.la.log}@1",
            charter=f"{line.la.log}@1",
            trigger="deployment",
            began="2025-06-07T11:00Z",
            place="The Loop",
            summary="They came here, too.",
            forms=["material"],
        )
        feed = self.read(line.new_york)
        entries = feed.findall(f"{{{atom.ATOM}}}entry")
        inside = [one.find(f".//{C}alert") for one in entries]
        assert {one.findtext(f"{C}identifier") for one in inside} == {line.call, other}
        for one in inside:
            schema("CAP-v1.2.xsd").assertValid(etree.fromstring(etree.tostring(one)))
        for name in ("id", "title", "updated"):
            for one in (feed, *entries):
                assert one.findtext(f"{{{atom.ATOM}}}{name}"), name
        line.la.say("pact.call-end/1", call=line.call, why="They left.")
        kinds = [one.text for one in self.read(line.new_york).iter(f"{C}msgType")]
        assert sorted(kinds) == ["Alert", "Cancel"]
        set_clock.to("2025-07-07T12:00Z")
        kinds = [one.text for one in self.read(line.new_york).iter(f"{C}msgType")]
        assert kinds == ["Alert"], "its end is past for weeks"

    def test_without_a_call_it_has_no_entry_and_the_newest_is_nothing(self, line, sit, client):
        Call.objects.all().delete()
        assert self.read(line.la).findtext(f"{{{atom.ATOM}}}updated")
        for feed, status in (("calls.atom", 200), ("calls.xml", 204)):
            secret, _row = tokens.make(line.la.by, feed, "Siren")
            assert client.get(reverse("feed", args=[secret, feed])).status_code == status
