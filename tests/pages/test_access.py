import pytest
from django.test import Client

pytestmark = [pytest.mark.urls("tests.pages.addresses"), pytest.mark.django_db]
PLACES = ["public", "signed-in", "account", "seated", "sign", "later"]


def outcomes(client):
    return {name: client.get(f"/t/{name}").status_code for name in PLACES}


def test_a_stranger_is_sent_to_sign_in(towns):
    assert outcomes(Client()) == {
        "public": 200,
        "signed-in": 302,
        "account": 302,
        "seated": 302,
        "sign": 302,
        "later": 302,
    }
    assert (
        Client().get("/t/seated?a=b").headers["Location"]
        == "/account/login/?next=/t/seated%3Fa%3Db"
    )


def test_a_visitor_of_a_demo_reads_and_takes_a_chair_to_act(towns, settings):
    settings.DEMO = True
    assert outcomes(Client()) == {
        "public": 200,
        "signed-in": 200,
        "account": 302,
        "seated": 302,
        "sign": 302,
        "later": 302,
    }
    assert Client().get("/t/seated").headers["Location"].startswith("/chair?next=")


def test_an_account_without_an_office_reads_nothing(towns, sit):
    client = sit(name="between offices")
    assert outcomes(client) == {
        "public": 200,
        "signed-in": 302,
        "account": 200,
        "seated": 302,
        "sign": 302,
        "later": 302,
    }
    assert client.get("/t/signed-in").headers["Location"].startswith("/chair?next=")


def test_an_officer_acts_and_a_view_may_be_async(at_desk):
    assert set(outcomes(at_desk).values()) == {200}
    assert at_desk.get("/t/seated").content == b"Chief of staff"


def test_one_of_several_offices_is_chosen(towns, sit):
    la, chicago, _ = towns
    duty = la.say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    both = sit(la.by, duty)
    assert both.get("/t/seated").headers["Location"].startswith("/chair?next=")
    assert sit(la.by, duty, chosen=duty).get("/t/seated").content == b"Duty officer"
    foreign = sit(la.by, duty, chosen=chicago.by)
    assert foreign.get("/t/seated").status_code == 302, (
        "the session may name only an office that is this person's"
    )


def test_who_lacks_a_capability_learns_which_and_whom_to_ask(towns, sit):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    page = sit(duty, name="duty").get("/t/sign")
    assert page.status_code == 403
    assert "Signs for the member" in page.content.decode()
    assert "Los Angeles" in page.content.decode()


def test_a_grant_that_ends_between_two_clicks_is_said(towns, sit, set_clock):
    duty = towns[0].say(
        "pact.officer/1",
        office="Duty officer",
        handle="duty",
        can=["duty"],
        until="2025-06-07T13:00Z",
    )
    client = sit(duty, name="duty")
    assert client.get("/t/seated").status_code == 200
    set_clock.to("2025-06-07T13:00+00:00")
    page = client.get("/t/seated")
    assert page.status_code == 403
    assert "ended on Sat 7 Jun 2025, 13:00 UTC" in page.content.decode()


def test_a_revoked_office_ends_at_once(towns, sit):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    client = sit(duty, name="duty")
    towns[0].say("pact.officer-end/1", officer=duty)
    assert client.get("/t/seated").status_code == 403


def test_htmx_is_sent_on_in_its_own_way(towns):
    answer = Client().get("/t/seated", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (
        204,
        "/account/login/?next=/t/seated",
    )


def test_a_page_that_says_nothing_of_access_is_shown_to_nobody(at_desk):
    with pytest.raises(RuntimeError, match="no access decorator"):
        at_desk.get("/t/unguarded")


def test_times_are_shown_in_the_officers_zone(towns, sit):
    page = sit(towns[0].by).get("/t/members").content.decode()
    assert "Sat 7 Jun 2025, 05:00 PDT" in page
