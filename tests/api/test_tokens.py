"""A token is its officer, for a time, and nobody else's."""

import pytest
from django.test import Client

from hansa.api import tokens
from hansa.api import urls as api_urls
from hansa.api.models import ApiToken
from hansa.kernel.errors import Refused
from tests.api.conftest import Program, program
from tests.api.test_say import problem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "hansa_abc"])
def test_without_a_token_nothing_is_told(towns, header):
    answer = Client().get("/api/records", headers={"Authorization": header})
    problem(answer, 401, "no-token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["hansa_no", "x" * 100_000, "é", "\x00"])
def test_an_unknown_token_is_refused(towns, secret):
    problem(Program(secret).get("/api/me"), 401, "bad-token")


def test_a_cookie_or_a_parameter_is_no_token(towns):
    secret, _row = tokens.make(towns[0].by, "x")
    client = Client()
    client.cookies["Authorization"] = f"Bearer {secret}"
    problem(client.get("/api/me", {"access_token": secret}), 401, "no-token")


def test_a_token_expires(towns, set_clock):
    secret, _row = tokens.make(towns[0].by, "x", days=1)
    set_clock.to("2025-06-08T11:59Z")
    assert Program(secret).get("/api/me").status_code == 200
    set_clock.to("2025-06-08T12:00Z")
    problem(Program(secret).get("/api/me"), 401, "expired-token")


def test_a_revoked_token_is_dead_at_once(towns):
    secret, row = tokens.make(towns[0].by, "x")
    assert Program(secret).get("/api/me").status_code == 200
    tokens.revoke(row.pk)
    problem(Program(secret).get("/api/me"), 401, "bad-token")


def test_a_token_ends_with_its_officers_term(towns, set_clock):
    by = towns[0].say(
        "pact.officer/1",
        office="Counsel",
        handle="counsel",
        can=["note"],
        until="2025-06-07T13:00Z",
    )
    here = program(towns[0], by=by)
    assert here.say("pact.note/1", on=by, text="In office.").status_code == 201
    set_clock.to("2025-06-07T13:00Z")
    problem(here.say("pact.note/1", on=by, text="After."), 403, "ended")
    problem(here.get("/api/records"), 403, "ended")


def test_a_token_loses_what_its_officer_loses(towns):
    by = towns[0].say("pact.officer/1", office="Counsel", handle="counsel", can=["note", "duty"])
    here = program(towns[0], by=by)
    assert here.say("pact.note/1", on=by, text="May.").status_code == 201
    towns[0].say("pact.officer-change/1", officer=by, can=["duty"])
    problem(here.say("pact.note/1", on=by, text="May not."), 403, "not-granted")
    towns[0].say("pact.officer-end/1", officer=by)
    problem(here.get("/api/me"), 403, "ended")


def test_an_ended_office_gets_no_token(towns):
    by = towns[0].say("pact.officer/1", office="Counsel", handle="counsel", can=["note"])
    towns[0].say("pact.officer-end/1", officer=by)
    with pytest.raises(Refused, match="not in force"):
        tokens.make(by, "x")


@pytest.mark.parametrize(
    ("name", "days"), [("", 1), ("  ", 1), ("x" * 81, 1), ("x", 0), ("x", 367)]
)
def test_a_token_has_a_name_and_an_end(towns, name, days):
    with pytest.raises(Refused):
        tokens.make(towns[0].by, name, days)


def test_only_the_hash_is_kept(towns):
    secret, row = tokens.make(towns[0].by, "x")
    row.refresh_from_db()
    assert secret not in str(vars(row))
    assert len(row.digest) == 64


def test_the_day_of_last_use_is_kept(towns, set_clock):
    secret, row = tokens.make(towns[0].by, "x")
    Program(secret).get("/api/me")
    row.refresh_from_db()
    assert str(row.last_used) == "2025-06-07"


def test_too_many_requests_are_held_back_and_others_are_not(towns, settings):
    settings.NODE = {**settings.NODE, "api_rate": 3}
    here, there = program(towns[0]), program(towns[1])
    assert [here.get("/api/me").status_code for _ in range(3)] == [200] * 3
    answer = here.get("/api/me")
    problem(answer, 429, "too-many")
    assert int(answer["Retry-After"]) >= 1
    assert there.get("/api/me").status_code == 200


def test_another_method_is_refused_with_those_there_are(towns):
    here = program(towns[0])
    answer = here.client.delete("/api/records")
    problem(answer, 405, "method")
    assert answer["Allow"] == "GET, POST"


def test_what_nobody_foresaw_is_a_problem_and_tells_nothing(towns, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr("hansa.api.records.tell", broken)
    said = problem(program(towns[0]).get("/api/records"), 500, "fault")
    assert "secret" not in str(said)


def test_every_address_says_who_may_use_it():
    access = {
        str(pattern.name): getattr(pattern.callback, "access", None)
        for pattern in api_urls.urlpatterns
    }
    assert access.pop("api-openapi") == "public"
    assert {access.pop("sync"), access.pop("witness-add-checkpoint")} == {"public"}
    assert {access.pop("api-tokens"), access.pop("api-token-revoke")} == {"seated"}
    assert set(access.values()) == {"token"}
    assert len(access) >= 6


def test_the_page_makes_a_token_once_and_revokes_it(towns, django_user_model):
    client = _seated(towns[0], django_user_model)
    made = client.post("/api/tokens", {"name": "Inventory", "days": "30"})
    assert made.status_code == 200
    secret = made.context["secret"]
    assert secret.encode() in made.content
    assert Program(secret).get("/api/me").json()["officer"] == towns[0].by
    assert secret.encode() not in client.get("/api/tokens").content
    token = ApiToken.objects.get(name="Inventory")
    assert client.post(f"/api/tokens/{token.pk}/revoke").status_code == 302
    problem(Program(secret).get("/api/me"), 401, "bad-token")


def test_nobody_revokes_anothers_token(towns, django_user_model):
    _secret, row = tokens.make(towns[1].by, "x")
    _seated(towns[0], django_user_model).post(f"/api/tokens/{row.pk}/revoke")
    assert ApiToken.objects.filter(pk=row.pk).exists()


def test_a_visitor_does_not_reach_the_page(towns):
    assert Client().get("/api/tokens").status_code == 302


def _seated(town, users):
    from hansa.kernel import clock
    from hansa.web.models import Seat

    user = users.objects.create_user("person", password="a long enough one")
    Seat.objects.create(user=user, officer=town.by, since=clock.now())
    client = Client()
    client.force_login(user)
    return client
