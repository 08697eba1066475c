"""Nobody signs up. An office is taken by invitation, once, and needs more than a password."""

import re
from html import unescape

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.test import Client

from hansa.kernel.errors import Refused
from hansa.web.accounts import make_invite
from hansa.web.models import Invite, Seat

GOOD = "four unrelated words here"


def text(page):
    return unescape(page.content.decode())


def join(client, token, **more):
    given = {"username": "la.chief", "password": GOOD, "again": GOOD, **more}
    return client.post(f"/invite/{token}", given)


@pytest.fixture
def token(towns):
    return make_invite(towns[0].by)


def test_the_invited_takes_the_office_and_is_asked_for_a_second_factor(towns, token):
    client = Client()
    assert "Chief of staff of Los Angeles" in text(client.get(f"/invite/{token}"))
    answer = join(client, token)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/2fa/")
    assert "A password alone is not enough" in text(client.get("/account/2fa/"))
    assert list(Seat.objects.values_list("officer", flat=True)) == [towns[0].by]
    assert client.get("/account/2fa/totp/activate/").status_code == 200, (
        "the password just typed is proof enough"
    )


def test_an_invitation_works_once(towns, token):
    join(Client(), token)
    assert join(Client(), token, username="another").status_code == 410
    assert Seat.objects.count() == 1


def test_an_invitation_grows_old(towns, token, set_clock):
    set_clock.to("2025-06-10T12:00+00:00")
    assert Client().get(f"/invite/{token}").status_code == 410


def test_an_invitation_ends_with_its_office(towns):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    token = make_invite(duty)
    towns[0].say("pact.officer-end/1", officer=duty)
    assert Client().get(f"/invite/{token}").status_code == 410
    with pytest.raises(Refused, match="has ended"):
        make_invite(duty)


def test_who_reads_the_database_finds_no_token(token):
    assert token not in str(list(Invite.objects.values()))


def test_a_guessed_token_is_no_invitation(towns):
    assert Client().get("/invite/guess").status_code == 410


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": "password1234", "again": "password1234"}, "too common"),
        ({"again": "something else entirely"}, "not the same as above"),
        ({"username": "two words"}, "Enter a valid username"),
        ({"username": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_is_said_and_the_invitation_still_stands(token, given, words):
    client = Client()
    page = join(client, token, **given)
    assert words in text(page)
    assert not get_user_model().objects.exists()
    assert join(client, token).status_code == 302


def test_a_name_is_taken_whatever_its_case(token, sit):
    sit(name="LA.Chief")
    assert "This user name is taken" in text(join(Client(), token))


def test_who_is_signed_in_adds_the_office_to_the_account(towns, sit):
    duty = towns[1].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    client = sit(towns[0].by)
    token = make_invite(duty)
    assert "added to this account" in text(client.get(f"/invite/{token}"))
    client.post(f"/invite/{token}")
    assert Seat.objects.filter(user__username="someone").count() == 2
    assert "Duty officer" in text(client.get("/chair"))


def test_a_keeper_invites_to_an_office_of_its_own_member(towns, sit):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    page = sit(towns[0].by).post("/chair/invite", {"officer": duty})
    found = re.search(r"http://testserver/invite/(\S+?)\"", page.content.decode())
    assert found
    assert join(Client(), found[1]).status_code == 302
    assert Seat.objects.filter(officer=duty).count() == 1


def test_nobody_invites_to_anothers_office(towns, sit):
    client = sit(towns[0].by)
    client.post("/chair/invite", {"officer": towns[1].by})
    assert not Invite.objects.exists()


def test_only_a_keeper_invites(towns, sit):
    duty = towns[0].say("pact.officer/1", office="Duty officer", handle="duty", can=["duty"])
    assert sit(duty).post("/chair/invite", {"officer": duty}).status_code == 403
    assert Client().post("/chair/invite", {"officer": duty}).status_code == 302
    assert not Invite.objects.exists()


@pytest.mark.urls("tests.pages.addresses")
def test_in_a_demo_a_visitor_takes_a_chair_but_invites_nobody(towns, settings):
    settings.DEMO = True
    client = Client()
    client.post("/chair", {"officer": towns[1].by})
    assert client.post("/chair/invite", {"officer": towns[1].by}).status_code == 302
    assert not Invite.objects.exists()


def test_one_takes_only_a_chair_that_is_ones_own(towns, sit):
    client = sit(towns[0].by)
    client.post("/chair", {"officer": towns[1].by})
    assert "Chief of staff of Chicago" not in text(client.get("/chair"))
    assert client.session.get("chair") != towns[1].by


@pytest.mark.parametrize(
    "away", ["https://example.org/", "//example.org", "javascript:alert(1)", "\\\\example.org"]
)
def test_taking_a_chair_leads_only_to_this_node(towns, sit, away):
    answer = sit(towns[0].by).post("/chair", {"officer": towns[0].by, "next": away})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("place", ["/account/signup/", "/account/password/reset/"])
def test_there_is_no_way_in_but_by_invitation(towns, place):
    assert "made by invitation" in text(Client().get(place))
    Client().post(place, {"username": "mallory", "password1": GOOD, "password2": GOOD})
    assert not get_user_model().objects.exists()


def code(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_with_an_authenticator_app_the_password_alone_does_not_open_the_door(towns, token):
    client = Client()
    join(client, token)
    page = client.get("/account/2fa/totp/activate/")
    secret = re.findall(
        r'id="authenticator_secret"[^>]*value="([A-Z2-7]+)"', page.content.decode()
    )[0]
    assert client.post("/account/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    client.post("/account/logout/")
    assert client.get("/history").status_code == 302
    answer = client.post("/account/login/", {"login": "la.chief", "password": GOOD})
    assert answer.headers["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/history").status_code == 302, "half signed in is not signed in"
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/history").status_code == 302


def test_a_wrong_password_says_no_more_than_that(token):
    join(Client(), token)
    wrong = text(Client().post("/account/login/", {"login": "la.chief", "password": "not the one"}))
    nobody = text(Client().post("/account/login/", {"login": "nobody", "password": "not the one"}))
    said = "The username and/or password you specified are not correct."
    assert said in wrong
    assert said in nobody
