"""The one way in which a program says something."""

import json

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.api.openapi import document, schema_name
from hansa.kernel import rates
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from tests.api.conftest import program
from tests.builders import call

pytestmark = pytest.mark.django_db


def problem(answer, status, code=None):
    """The problem in an answer, which has all that RFC 9457 and we promise."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status
    assert said["type"]
    assert said["title"]
    assert said["detail"].endswith((".", "?"))
    if code:
        assert said["code"] == code
    return said


def test_a_program_says_a_record_as_its_officer(towns):
    answer = program(towns[0]).say(
        "pact.officer/1", office="Counsel", handle="counsel", can=["duty"]
    )
    assert answer.status_code == 201
    said = answer.json()
    entry = Entry.objects.get(log=towns[0].log, index=said["position"].split("@")[1])
    assert (entry.fate, entry.by, entry.kind) == ("done", towns[0].by, "pact.officer/1")
    assert said["row"] == said["position"]
    assert answer["Location"] == f"/api/records/{said['position']}"
    assert program(towns[0]).get(answer["Location"]).json()["says"]["handle"] == "counsel"


def test_the_same_request_again_says_nothing_twice(towns):
    here = program(towns[0])
    first = here.say("pact.note/1", key="k1", on=towns[0].by, text="Once.")
    again = here.say("pact.note/1", key="k1", on=towns[0].by, text="Once.")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["position"] == again.json()["position"]
    assert Entry.objects.filter(kind="pact.note/1").count() == 1


def test_a_key_used_for_something_else_is_refused(towns):
    here = program(towns[0])
    here.say("pact.note/1", key="k1", on=towns[0].by, text="Once.")
    problem(here.say("pact.note/1", key="k1", on=towns[0].by, text="Other."), 422, "key-reused")


def test_two_officers_may_draw_the_same_key(towns):
    for one in towns[:2]:
        assert (
            program(one).say("pact.note/1", key="same", on=one.by, text="Mine.").status_code == 201
        )


def test_a_key_that_is_too_long_is_refused(towns):
    problem(
        program(towns[0]).say("pact.note/1", key="k" * 101, on=towns[0].by, text="x"),
        400,
        "bad-key",
    )


def test_an_officer_without_the_capability_is_refused(towns):
    by = towns[0].say("pact.officer/1", office="Counsel", handle="counsel", can=["note"])
    said = problem(
        program(towns[0], by=by).say("pact.officer/1", office="X", handle="x", can=["duty"]),
        403,
        "not-granted",
    )
    assert "keeper" in said["detail"].lower()


def test_what_lives_in_another_log_is_not_changed(towns):
    other = call(towns)
    problem(program(towns[1]).say("pact.call-end/1", call=other, why="Not ours."), 403, "not-home")
    assert not Entry.objects.filter(kind="pact.call-end/1").exists()


def test_a_founding_record_is_not_said_by_a_token(towns):
    says = msgspec.to_builtins(KINDS["pact.member/1"].example())
    problem(program(towns[0]).say("pact.member/1", **says), 403, "founding")


def test_a_weapon_is_no_resource_type(towns):
    said = program(towns[0]).say(
        "aid.type/1", code="rifle", name="Rifles", form="material", unit="piece"
    )
    problem(said, 422, "weapon")


def test_a_fact_without_a_source_is_not_said(towns):
    said = problem(
        program(towns[0]).say(
            "pact.fact/1", when="2025-06-07T08:00Z", text="It is said.", sources=[]
        ),
        422,
    )
    assert said["field"] == "sources"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 415, "not-json"),
        (b"{", 400, "not-json"),
        (b"\xff\xfe", 400, None),
        (b"[]", 400, "malformed"),
        (b"[" * 100_000, 400, None),
        (b'{"kind": "pact.note/1"}', 400, "malformed"),
        (b'{"kind": "pact.note/1", "says": {}, "by": "me"}', 400, "malformed"),
        (b'{"kind": "pact.nothing/1", "says": {}}', 422, "unknown-kind"),
        (b'{"kind": "pact.note/1", "says": {"text": "x"}}', 422, "missing"),
        (
            b'{"kind": "pact.note/1", "says": {"on": "x@1", "text": "x", "beliefs": "x"}}',
            422,
            "unknown-field",
        ),
        (b'{"kind": "pact.note/1", "says": {"on": "nobody@1", "text": "x"}}', 422, "no-record"),
        (b'{"kind": "pact.call/1", "says": {}, "for": "own"}', 422, "audience"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(towns, body, status, code):
    problem(program(towns[0]).post(body), status, code)


def test_another_content_type_is_refused(towns):
    problem(
        program(towns[0]).post("kind=x", kind="application/x-www-form-urlencoded"), 415, "not-json"
    )


def test_a_field_of_ten_megabytes_is_a_clear_problem(towns):
    size = Entry.objects.count()
    body = json.dumps(
        {"kind": "pact.note/1", "says": {"on": towns[0].by, "text": "x" * 10_000_000}}
    )
    said = problem(program(towns[0]).post(body), 413, "too-long")
    assert "kB" in said["detail"]
    assert Entry.objects.count() == size


def test_a_field_too_long_for_its_kind_names_the_field(towns):
    said = problem(
        program(towns[0]).say("pact.note/1", on=towns[0].by, text="x" * 5000), 422, "invalid"
    )
    assert said["field"] == "text"
    assert "4,000" in said["detail"]


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_every_kind_can_be_said_as_its_schema_has_it(towns, tag):
    """What the document allows is understood: it is said, or refused for what stands in the pact, never for its form."""
    kind = KINDS[tag]
    body = {"kind": tag, "says": json.loads(kind.example().encode())}
    schemas = document()["components"]["schemas"]
    jsonschema.validate(
        body, {**schemas[f"{schema_name(kind)}.say"], "components": {"schemas": schemas}}
    )
    answer = program(towns[0]).post(json.dumps(body))
    if answer.status_code != 201:
        said = answer.json()
        assert said["code"] not in {
            "fault",
            "malformed",
            "missing",
            "unknown-field",
            "unknown-kind",
        }, said
        assert said["status"] in {403, 409, 422}


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.dates().map(str),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def here(towns):
    return program(towns[0])


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_value_in_any_field_breaks_the_node(here, data):
    kind = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    says = json.loads(kind.example().encode())
    for name in data.draw(
        st.lists(st.sampled_from([field.name for field in kind.fields]), min_size=1, max_size=3)
    ):
        says[name] = data.draw(plain)
    rates.forget_all()
    answer = here.post(json.dumps({"kind": kind.kind, "says": says}))
    assert answer.status_code in {201, 400, 403, 409, 422}, answer.content
