"""Every address, for everyone, looked at and posted to."""

import pytest

from hansa.api.models import ApiToken
from hansa.pact.words import Capability
from hansa.pages.access import capability_label
from tests.doors import table
from tests.doors.table import DOORS, OTHERWISE, Door, Role, outcome
from tests.doors.world import Browser, World, invitation_to, kept, read

pytestmark = pytest.mark.django_db
FOR_NODES = {"sync", "witness-add-checkpoint"}
ALL = table.patterns()
ANSWERS = {200, 204, 302, 400, 404, 405, 409, 410, 422}
"""What a POST may come to for one who is let in. The rest is a refusal at the door, or a fault."""


@pytest.mark.parametrize("pattern", ALL, ids=lambda one: str(one.name))
def test_an_address_says_who_may_see_it_and_has_a_name_and_an_example(pattern):
    view = pattern.callback
    access = getattr(view, "access", None)
    assert access, table.UNDECLARED.format(view=f"{view.__module__}.{view.__qualname__}")
    assert access in table.FIXED or access.removeprefix("can:") in Capability.values, access
    assert pattern.name, f"{pattern.pattern} needs a name"
    assert not table.is_example_missing(pattern), table.NO_EXAMPLE.format(name=pattern.name)


def test_every_name_is_one_address_and_no_example_is_left_over():
    names = [one.name for one in ALL]
    assert len(names) == len(set(names))
    assert set(DOORS) <= set(names)
    assert {name for name, _role in OTHERWISE} <= set(names)
    assert len(names) > 90


@pytest.fixture(scope="module")
def ready(world: World) -> World:
    """The world with an invitation and a token that can be addressed."""
    world.at["invite-token"] = invitation_to(world.at["spare"])
    row = ApiToken.objects.get(name="la chief")
    world.at["token-number"] = row.pk
    return world


@pytest.mark.parametrize(("pattern", "role"), [*table.visits()], ids=lambda one: str(one.name))
def test_each_meets_what_the_declared_access_gives(ready, settings, pattern, role):
    settings.DEMO = role.demo
    client, door = role.browser(ready), DOORS.get(pattern.name, Door())
    url = door.url(ready, pattern.name)
    expected = outcome(pattern.callback.access, role, demo=door.demo)
    before = kept()
    seen = client.get(url)
    assert kept() == before, "to look changes nothing"
    _judge(seen, expected, role)
    if expected == "in":
        assert seen.status_code == _seen(pattern.name, door, role), seen.content[:400]
    read(seen)
    posted = client.post(url)
    _judge(posted, expected, role)
    if expected != "in" or _not_theirs(door, role):
        assert kept() == before, "who is refused changes nothing"
    if expected == "in":
        assert posted.status_code in ({404} if _not_theirs(door, role) else ANSWERS)


def _not_theirs(door: Door, role: Role) -> bool:
    return bool(door.whose) and role.place != door.whose


def _seen(name: str, door: Door, role: Role) -> int:
    usual = 404 if _not_theirs(door, role) else door.get
    for key in ((name, role.name), (name, "known" if role.known else "unknown")):
        if key in OTHERWISE:
            status, reason = OTHERWISE[key]
            assert reason
            assert status != usual, f"{key} is no exception any more: take it out of OTHERWISE"
            return status
    return usual


def _judge(response, expected: str, role: Role) -> None:
    """Hold the answer against what is expected at the door."""
    assert response.status_code < 500
    where = response.headers.get("Location", "")
    if expected == "in":
        assert response.status_code != 403
    elif expected == "token":
        assert response.status_code == 401
        assert response.headers["Content-Type"] == "application/problem+json"
    elif expected == "absent":
        assert response.status_code == 404
    elif expected == "sign-in":
        assert (response.status_code, where.partition("?")[0]) == (302, "/account/login/")
    elif expected == "choose":
        assert (response.status_code, where.partition("?")[0]) == (302, "/chair")
    else:
        assert response.status_code == 403
        words = response.content.decode()
        if expected == "ended":
            assert f"The term of the Office {role.office} of Los Angeles ended on" in words
        else:
            capability = expected.removeprefix("lacks ")
            assert f"It needs the capability “{capability_label(capability)}”." in words


@pytest.mark.parametrize("pattern", ALL, ids=lambda one: str(one.name))
def test_no_other_site_can_post_in_an_officer_s_name(ready, pattern):
    """Only what takes a token instead of a cookie, and the open document, does without the form's own token."""
    officer = ready.sit("la", "chief")
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = officer.cookies
    before = kept()
    answer = strict.post(DOORS.get(pattern.name, Door()).url(ready, pattern.name))
    if pattern.callback.access == "token" or pattern.name == "api-openapi":
        assert answer.status_code in {200, 401}
    elif pattern.name in FOR_NODES:  # no cookie is looked at
        assert answer.status_code in {400, 404}
    else:
        assert answer.status_code in {403, 405}
    assert kept() == before


def test_what_a_demo_alone_has_is_known_as_such():
    demo = {one.name for one in ALL if one.callback.__module__.startswith("hansa.node.demo")}
    assert demo == {name for name, door in DOORS.items() if door.demo}
