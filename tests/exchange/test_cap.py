"""A call as CAP 1.2: valid, one message for each step, each naming those before it, and no person."""

import pytest
from django.urls import reverse
from lxml import etree

from hansa.aid.exchange import cap
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
