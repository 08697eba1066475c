"""From “we are under deployment” to a signed call in three screens."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hansa.pact.models import Call, Fact
from tests.builders import found

WHAT = {
    "trigger": "deployment",
    "place": "Downtown",
    "began": "2025-06-07T04:30",
    "summary": "Troops came unasked.",
}
FACT = {
    "new_text": "Troops stand at the federal building.",
    "new_when": "2025-06-07T04:30",
    "new_precision": "hour",
    "new_sources-0-title": "Statement",
    "new_sources-0-publisher": "Office of the Mayor",
    "new_sources-0-date": "2025-06-07",
}
ONE, TWO, THREE = (f"/call/new/{step}" for step in (1, 2, 3))


@pytest.fixture
def desk(towns, sit):
    return sit(towns[0].by)


def test_three_screens_make_a_signed_call_with_a_fact_and_a_file(desk, towns):
    assert desk.post(ONE, WHAT).url == TWO
    photo = SimpleUploadedFile("square.txt", b"the square at noon", "text/plain")
    assert desk.post(TWO, {"forms": ["legal", "material"], **FACT, "new_files": photo}).url == THREE
    page = desk.get(THREE).content.decode()
    for words in (
        "Troops came unasked.",
        "Troops stand at the federal building.",
        "Office of the Mayor",
        "square.txt",
        "Every officer of every member",
    ):
        assert words in page
    assert not Call.objects.exists()
    assert not Fact.objects.exists()
    there = desk.post(THREE, {"sign": ""}).url
    call, fact = Call.objects.get(), Fact.objects.get()
    assert there == reverse("call", args=[call.key])
    assert call.facts == [fact.key]
    assert sorted(call.forms) == ["legal", "material"]
    assert [one["name"] for one in fact.files] == ["square.txt"]
    assert call.began.isoformat() == "2025-06-07T11:30:00+00:00", "typed in the chair's own zone"


def test_what_was_typed_stays_across_screens_and_mistakes(desk):
    assert desk.post(ONE, {**WHAT, "summary": ""}).status_code == 422
    assert "Downtown" in desk.get(ONE).content.decode()
    desk.post(ONE, WHAT)
    wrong = desk.post(TWO, {"forms": ["legal"], "new_text": "Troops stand there."})
    assert wrong.status_code == 422
    assert "without a time and a source" in wrong.content.decode()
    assert (
        desk.post(TWO, {"forms": ["legal"], "new_text": "Troops stand there.", "back": ""}).url
        == ONE
    )
    assert "Troops came unasked." in desk.get(ONE).content.decode()
    assert "Troops stand there." in desk.get(TWO).content.decode()


def test_the_last_screen_sends_back_whoever_skipped_one(desk):
    assert desk.get(THREE).url == ONE
    desk.post(ONE, WHAT)
    assert desk.get(THREE).url == TWO
    assert desk.get("/call/new/4").status_code == 404


def test_a_call_sent_twice_is_one_call(desk):
    desk.post(ONE, WHAT)
    desk.post(TWO, {"forms": ["legal"], **FACT})
    kept = dict(desk.session["call-new"])
    desk.post(THREE, {"sign": ""})
    session = desk.session
    session["call-new"] = kept
    session.save()
    desk.post(THREE, {"sign": ""})
    assert Call.objects.count() == 1
    assert Fact.objects.count() == 1


def test_without_the_capability_nobody_reaches_it_and_no_fact_is_asked_of_who_may_not_record(
    towns, sit
):
    la = towns[0]
    duty = la.say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    chief = la.say("pact.officer/1", office="Mayor", handle="mayor", can=["sign"])
    assert sit(duty).get(ONE).status_code == 403
    desk = sit(chief)
    desk.post(ONE, WHAT)
    page = desk.get(TWO).content.decode()
    assert 'name="new_text"' not in page
    assert "Chief of staff" in page, "it names the office that can record facts"


def test_a_future_beginning_is_refused_on_the_first_screen(desk):
    answer = desk.post(ONE, {**WHAT, "began": "2025-06-09T04:30"})
    assert answer.status_code == 422


def test_who_is_no_member_is_told_so(home, set_clock, sit):
    from tests.builders import town

    found(2)
    stranger = town("us-co-denver", "Denver")
    answer = sit(stranger.by).get(ONE)
    assert answer.status_code == 403
    assert "not a member" in answer.content.decode()
