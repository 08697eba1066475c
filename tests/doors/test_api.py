"""Every operation in the API's own document, with and without a token that opens it."""

import pytest
from django.urls import resolve

from hansa.api.openapi import document
from hansa.kernel.ref import home_of
from tests.doors import table
from tests.doors.world import ENDED, SINGLE, Browser, World, kept, stale_tokens

pytestmark = pytest.mark.django_db
VERBS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(path, verb) for path, verbs in document()["paths"].items() for verb in verbs]
NAMES = [f"{verb} {path}" for path, verb in OPERATIONS]
EACH = pytest.mark.parametrize(("path", "verb"), OPERATIONS, ids=NAMES)


def url_of(path: str, world: World) -> str:
    """The operation's address, of something that is there."""
    return path.format(position=world.at["call"], key=world.at["call"])


def is_open(path: str, verb: str) -> bool:
    """Whether the document says that it needs no token."""
    security: list[object] | None = document()["paths"][path][verb].get("security")
    return security == []


def test_the_document_leaves_out_no_address():
    documented = {
        resolve(path.format(position="us-ca@1", key="us-ca@1")).url_name
        for path, _verb in OPERATIONS
    }
    programs = {
        one.name for one in table.patterns() if getattr(one.callback, "access", "") == "token"
    }
    assert programs <= documented
    assert {path for path, verb in OPERATIONS if is_open(path, verb)} == {"/api/openapi.json"}


@EACH
def test_without_a_good_token_there_is_no_answer(world, path, verb):
    stale = stale_tokens(world)
    sent: dict[str | None, str] = {None: "no-token", **dict.fromkeys(stale.values(), "bad-token")}
    sent[stale["expired"]] = "expired-token"
    before = kept()
    for secret, code in sent.items():
        client = Browser(headers={"Authorization": f"Bearer {secret}"} if secret else {})
        answer = getattr(client, verb)(url_of(path, world))
        if is_open(path, verb):
            assert answer.status_code == 200
            continue
        assert answer.status_code == 401, secret
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["code"] == code
    assert kept() == before


@EACH
def test_a_session_is_no_token(world, path, verb):
    """A browser's cookie opens nothing here, so no other site can use one."""
    answer = getattr(world.sit("la", "chief"), verb)(url_of(path, world))
    assert answer.status_code == (200 if is_open(path, verb) else 401)


@EACH
def test_an_office_that_has_ended_opens_nothing(world, path, verb):
    for office in ENDED:
        client = Browser(headers={"Authorization": f"Bearer {world.tokens['la', office]}"})
        answer = getattr(client, verb)(url_of(path, world))
        if is_open(path, verb):
            continue
        assert (answer.status_code, answer.json()["code"]) == (403, "ended")


@pytest.mark.parametrize("path", [path for path, verb in OPERATIONS if verb == "get"])
def test_every_office_reads_what_is_for_the_pact(world, path):
    answers = {}
    for office in SINGLE:
        client = Browser(headers={"Authorization": f"Bearer {world.tokens['chicago', office]}"})
        answers[office] = client.get(url_of(path, world)).status_code
    assert len(set(answers.values())) == 1
    assert set(answers.values()) <= {200, 404}
    if "{key}" not in path:
        assert set(answers.values()) == {200}


@pytest.mark.parametrize("path", sorted(document()["paths"]))
def test_no_other_verb_is_answered(world, path):
    client = Browser(headers={"Authorization": f"Bearer {world.tokens['la', 'chief']}"})
    before = kept()
    for verb in VERBS:
        if verb not in document()["paths"][path] and path != "/api/openapi.json":
            answer = getattr(client, verb)(url_of(path, world))
            assert answer.status_code == 405, verb
            assert answer.json()["code"] == "method"
    assert kept() == before


def test_a_token_is_made_and_revoked_by_its_own_office_alone(world):
    from hansa.api.models import ApiToken

    theirs = ApiToken.objects.get(name="la keeper")
    for place, office in (("la", "note"), ("chicago", "chief")):
        world.sit(place, office).post(f"/api/tokens/{theirs.pk}/revoke")
        assert ApiToken.objects.filter(pk=theirs.pk).exists()
        page = world.sit(place, office).get("/api/tokens").content.decode()
        assert "la keeper" not in page
    world.sit("la", "keeper").post(f"/api/tokens/{theirs.pk}/revoke")
    assert not ApiToken.objects.filter(pk=theirs.pk).exists()
    world.sit("la", "note").post(
        "/api/tokens", {"name": "mine", "days": "9", "officer": world.towns["la"].by}
    )
    assert ApiToken.objects.get(name="mine").officer == world.offices["la", "note"]


def test_an_invitation_is_made_for_one_s_own_member_by_its_keeper(world):
    from hansa.web.models import Invite

    keeper, target = world.sit("la", "keeper"), world.offices["chicago", "note"]
    keeper.post("/chair/invite", {"officer": target})
    assert not Invite.objects.exists()
    keeper.post("/chair/invite", {"officer": world.at["spare"]})
    assert home_of(Invite.objects.get().officer) == world.log("la")


def test_nobody_takes_a_chair_that_is_not_theirs(world, settings):
    settings.DEMO = False
    client = world.sit("la", "note")
    for officer in (
        world.towns["la"].by,
        world.towns["chicago"].by,
        world.offices["la", "revoked"],
    ):
        client.post("/chair", {"officer": officer})
        assert client.get("/officers/new").status_code == 403
        client.post("/demo/chair", {"officer": officer})
        assert client.get("/officers/new").status_code == 403
