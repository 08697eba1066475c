"""What a program may read, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hansa.api.rows import models_by_name
from hansa.kernel.record import KINDS
from tests.api.conftest import program
from tests.api.test_say import problem
from tests.builders import call, pact_of

pytestmark = pytest.mark.django_db


def everything(here, path, *, start=None, **query):
    """All items of a list, page by page."""
    items, cursor = [], {"cursor": start} if start else {}
    while True:
        said = here.get(path, **query, **cursor).json()
        items += said["items"]
        if not said["more"]:
            return items
        cursor = {"cursor": said["cursor"]}


def test_records_come_whole_whatever_the_page(towns):
    here = program(towns[0])
    whole = [one["position"] for one in here.get("/api/records").json()["items"]]
    assert whole == [one["position"] for one in everything(here, "/api/records", limit=2)]
    assert len(whole) == len(set(whole)) == 7


def test_a_cursor_holds_while_others_write(towns):
    here = program(towns[0])
    first = here.get("/api/records", limit=3).json()
    towns[1].say("pact.note/1", on=towns[1].by, text="Meanwhile.")
    rest = everything(here, "/api/records", start=first["cursor"], limit=3)
    assert [one["kind"] for one in rest][-1] == "pact.note/1"
    assert len(first["items"]) + len(rest) == 8


def test_a_cursor_at_the_end_shows_what_comes_later(towns):
    here = program(towns[0])
    end = here.get("/api/records").json()
    assert end["more"] is False
    towns[1].say("pact.note/1", on=towns[1].by, text="Later.")
    later = here.get("/api/records", cursor=end["cursor"]).json()
    assert [one["kind"] for one in later["items"]] == ["pact.note/1"]
    assert here.get("/api/records", cursor=later["cursor"]).json() == {
        "items": [],
        "cursor": later["cursor"],
        "more": False,
    }


def test_rows_come_whole_whatever_the_page(towns):
    here = program(towns[0])
    assert [one["key"] for one in everything(here, "/api/members", limit=1)] == sorted(
        f"{one.log}@0" for one in towns
    )


def test_records_are_narrowed(towns):
    asked = call(towns)
    here = program(towns[1])
    assert [
        one["position"] for one in here.get("/api/records", kind="pact.call/1").json()["items"]
    ] == [asked]
    assert {one["log"] for one in here.get("/api/records", log=towns[2].log).json()["items"]} == {
        towns[2].log
    }
    assert asked in [
        one["position"] for one in here.get("/api/records", about=pact_of(towns)).json()["items"]
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/records", {"colour": "red"}),
        ("/api/records", {"cursor": "%%%"}),
        ("/api/records", {"cursor": "eHl6"}),
        ("/api/records", {"limit": "0"}),
        ("/api/records", {"limit": "501"}),
        ("/api/records", {"limit": "²"}),
        ("/api/records", {"kind": ["pact.call/1", "pact.note/1"]}),
        ("/api/members", {"colour": "red"}),
        ("/api/pacts", {"exercise": "maybe"}),
        ("/api/duties", {"office": "x"}),
    ],
)
def test_a_wrong_parameter_is_named(towns, path, query):
    said = problem(program(towns[0]).get(path, **query), 400, "parameter")
    assert said["field"] in query


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/api/nothing/x",
        "/api/records/nobody@9",
        "/api/records/x",
        "/api/members/x",
        "/api/records/a/b",
    ],
)
def test_what_is_not_there_is_a_problem(towns, path):
    problem(program(towns[0]).get(path), 404)


def test_own_records_and_rows_are_not_shown_to_others(towns):
    here, there = program(towns[0]), program(towns[1])
    said = here.say("aid.stock/1", item="n95-respirator", unit="piece", quantity=500).json()
    assert said["row"] in [one["key"] for one in everything(here, "/api/stocks")]
    assert everything(there, "/api/stocks") == []
    assert everything(there, "/api/postings") == []
    problem(there.get(f"/api/stocks/{said['row']}"), 404)
    problem(there.get(f"/api/records/{said['position']}"), 404)
    assert said["position"] not in [one["position"] for one in everything(there, "/api/records")]
    assert here.get(f"/api/stocks/{said['row']}").json()["quantity"] == 500


def test_every_row_model_has_its_list(towns):
    here = program(towns[0])
    shown = set(models_by_name().values())
    assert {kind.row for kind in KINDS.values()} <= shown
    for name in models_by_name():
        assert here.get(f"/api/{name}").status_code == 200, name


def test_duties_say_who_owes_what_by_when(towns):
    asked = call(towns, forms=["legal"])
    here = program(towns[1])
    said = everything(here, "/api/duties", limit=1)
    assert [(one["member"], one["standing"]) for one in said] == [
        (one.log, "owed") for one in sorted(towns[1:], key=lambda one: one.log)
    ]
    assert said[0]["due"] == "2025-06-08T12:00:00Z"
    here.say("pact.decline/1", call=asked, form="legal", reason="No counsel free.")
    answered = here.get("/api/duties", member=towns[1].log).json()["items"]
    assert [(one["standing"], one["answer"]["verdict"]) for one in answered] == [
        ("on-time", "declined")
    ]


def test_me_says_for_whom_the_token_acts(towns):
    said = program(towns[0]).get("/api/me").json()
    assert (said["officer"], said["log"], said["member"]) == (
        towns[0].by,
        towns[0].log,
        "Los Angeles",
    )
    assert "sign" in said["can"]
    assert "exercise" not in said


def test_in_an_exercise_every_answer_says_so(towns, home):
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    here = program(towns[0])
    for path in [
        "/api/records",
        "/api/members",
        "/api/duties",
        "/api/me",
        "/api/openapi.json",
        f"/api/members/{towns[0].by}",
        "/api/nothing",
    ]:
        assert here.get(path).json()["exercise"] is True, path
    assert here.say("pact.note/1", on=towns[0].by, text="Played.").json()["exercise"] is True


@pytest.mark.parametrize("path", ["/api/records", "/api/members", "/api/duties"])
def test_the_number_of_queries_does_not_grow(towns, path):
    here, counted = program(towns[0]), []
    for _round in range(2):
        call(towns)
        for i in range(10):
            towns[1].say("pact.note/1", on=towns[1].by, text=f"Note {i}.")
        with CaptureQueriesContext(connection) as queries:
            assert here.get(path).status_code == 200
        counted.append(len(queries))
    assert counted[1] <= counted[0]
