import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hansa.kernel.models import Entry
from hansa.pact.models import Fact, Note, Officer

pytestmark = [pytest.mark.urls("tests.pages.addresses")]
OFFICE = {"office": "Duty officer", "handle": "duty", "can": ["duty"], "until": ""}


def fields(page):
    """The hidden token of the page's form."""
    return {"once": re.findall(r'name="once" value="([^"]+)"', page.content.decode())[0]}


def test_what_is_typed_is_said_and_the_person_goes_on(at_desk):
    page = at_desk.get("/t/officer")
    answer = at_desk.post("/t/officer", {**OFFICE, **fields(page)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/t/public")
    assert Officer.objects.filter(office="Duty officer", home="us-ca-los-angeles").count() == 1


def test_the_page_says_who_will_read_it_and_who_speaks(at_desk):
    page = at_desk.get("/t/officer").content.decode()
    assert "Every officer of every member of the pact will be able to read this." in page
    assert "You speak as Chief of staff of Los Angeles." in page


def test_a_form_posted_twice_says_one_thing(at_desk):
    sent = {**OFFICE, **fields(at_desk.get("/t/officer"))}
    first, second = at_desk.post("/t/officer", sent), at_desk.post("/t/officer", sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert Officer.objects.filter(office="Duty officer").count() == 1


def test_the_same_token_for_something_else_is_refused(at_desk):
    sent = {**OFFICE, **fields(at_desk.get("/t/officer"))}
    at_desk.post("/t/officer", sent)
    answer = at_desk.post("/t/officer", {**sent, "handle": "other"})
    assert answer.status_code == 422
    assert "used before for something else" in answer.content.decode()


def test_a_refusal_keeps_what_was_typed(at_desk):
    sent = {
        "when": "2030-01-01T00:00",
        "precision": "hour",
        "text": "It will happen.",
        "sources-0-title": "T",
        "sources-0-publisher": "P",
        "sources-0-date": "2025-06-07",
    }
    answer = at_desk.post("/t/fact", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A fact has happened; this time is still to come." in page
    assert "It will happen." in page
    assert 'href="#id_when"' in page
    assert not Fact.objects.exists()


def test_a_message_of_ten_megabytes_is_refused_in_a_sentence(at_desk):
    sent = {**OFFICE, "office": "x" * 10_000_000}
    answer = at_desk.post("/t/officer", sent)
    assert answer.status_code == 400
    assert "longer than 2 MB, so nothing was saved" in answer.content.decode()


def test_done_may_depend_on_the_position(at_desk):
    upload = SimpleUploadedFile("order.pdf", b"an order")
    sent = {
        "when": "2025-06-07T04:00",
        "precision": "hour",
        "text": "It happened.",
        "sources-0-title": "T",
        "sources-0-publisher": "P",
        "sources-0-date": "2025-06-07",
        "files": upload,
    }
    answer = at_desk.post("/t/fact", sent)
    fact = Fact.objects.get()
    assert answer.headers["Location"] == f"/t/done/{fact.key}"
    assert fact.files[0]["name"] == "order.pdf"


def test_another_row_is_no_saying(at_desk):
    answer = at_desk.post("/t/fact", {"text": "It happened.", "more": "sources"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "It happened." in page
    assert 'name="sources-1-title"' in page
    assert "form-errors" not in page


def test_who_lacks_the_kinds_capability_is_told_before_anything_is_typed(towns, sit):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    assert sit(duty, name="duty").get("/t/officer").status_code == 403


def test_the_audience_chosen_is_the_audience_said(at_desk):
    assert "Who may read it?" in at_desk.get("/t/note").content.decode()
    at_desk.post("/t/note", {"text": "Between us.", "audience": "own"})
    note = Note.objects.get()
    assert note.audience == "own"
    assert Entry.objects.latest("id").audience == "own"


def test_an_audience_that_the_kind_does_not_have_is_refused(at_desk):
    answer = at_desk.post("/t/note", {"text": "Between us.", "audience": "everyone"})
    assert answer.status_code == 422
    assert not Note.objects.exists()


def test_htmx_is_redirected_and_sees_its_errors(at_desk):
    ask = {"headers": {"HX-Request": "true"}}
    wrong = at_desk.post("/t/officer", {**OFFICE, "can": []}, **ask)
    assert (wrong.status_code, "form-errors" in wrong.content.decode()) == (200, True)
    right = at_desk.post("/t/officer", OFFICE, **ask)
    assert (right.status_code, right.headers["HX-Redirect"]) == (204, "/t/public")
