"""What an officer says and reads at a terminal."""

import json

import pytest
from click.testing import CliRunner

from hansa.cli.kinds import find_kind, short
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from hansa.node import main
from tests.builders import Town, call, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def towns(home, set_clock) -> list[Town]:
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    return found(3)


@pytest.fixture
def run(towns, monkeypatch, home):
    """Run `hansa` in this process, on the test's own home."""
    monkeypatch.setenv("HANSA_HOME", str(home))

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(main.hansa, [str(one) for one in arguments], prog_name="hansa")
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    return invoke


def test_a_record_is_said_by_its_fields(run, towns):
    at = run(
        "say",
        "officer",
        "office=Counsel",
        "handle=counsel",
        "can=duty,note",
        "--as",
        "us-ca-los-angeles/chief",
    ).output.strip()
    entry = Entry.objects.get(log=towns[0].log, index=at.split("@")[1])
    assert (entry.kind, entry.fate, entry.by) == ("pact.officer/1", "done", towns[0].by)


@pytest.mark.parametrize("name", ["pact.note/1", "pact.note", "note"])
def test_a_kind_is_named_in_full_or_in_short(run, towns, name):
    assert run(
        "say", name, f"on={towns[0].by}", "text=A note.", "--as", towns[0].by
    ).output.startswith(towns[0].log)


def test_every_kind_has_its_verb_and_lists_its_fields(run):
    for kind in KINDS.values():
        text = run("say", kind.kind, "--help").output
        assert all(f"  {field.name} " in text for field in kind.fields), kind.kind
        assert find_kind(kind.kind) is kind
    assert len({short(tag) for tag in KINDS}) > 20


def test_an_own_record_is_shown_to_its_member_only(run, towns):
    at = run(
        "say", "note", f"on={towns[0].by}", "text=Ours alone.", "--for", "own", "--as", towns[0].by
    ).output.strip()
    assert "Ours alone." not in run("log").output
    assert "Ours alone." not in run("log", "--as", towns[1].by).output
    assert "Ours alone." in run("log", "--as", towns[0].by).output
    assert "nothing called" in run("show", at, "--as", towns[1].by, code=1).stderr
    assert "Ours alone." in run("show", at, "--as", towns[0].by).output


def test_once_is_once(run, towns):
    twice = [
        run(
            "say",
            "note",
            f"on={towns[0].by}",
            "text=x",
            "--as",
            towns[0].by,
            "--once",
            "k",
            "--json",
        ).output
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert json.loads(twice[0])["kind"] == "pact.note/1"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["say", "nothing", "--as", "x"], 1, "There is no kind"),
        (["say", "note", "text=x", "--as", "nobody@0"], 1, "There is no office"),
        (["say", "note", "text=x", "--as", "chief"], 1, "may be several offices"),
        (["say", "note", "text", "--as", "us-ca-los-angeles/chief"], 1, "FIELD=VALUE"),
        (["say", "note", "text=x", "text=y", "--as", "us-ca-los-angeles/chief"], 1, "twice"),
        (["say", "note", "txt=x", "--as", "us-ca-los-angeles/chief"], 1, "has no field"),
        (
            ["say", "note", "text=x", "--as", "us-ca-los-angeles/chief"],
            1,
            "on: Please fill this in.",
        ),
        (
            ["say", "note", "files=/nowhere", "--as", "us-ca-los-angeles/chief"],
            1,
            "no file /nowhere",
        ),
        (["say", "note", "text=x"], 2, "--as"),
        (["show", "nobody@9"], 1, "nothing called"),
        (["log", "nobody"], 1, "There is no log"),
        (["nothing"], 2, "No such command"),
    ],
)
def test_what_is_wrong_is_one_sentence(run, arguments, code, words):
    result = run(*arguments, code=code)
    assert words in result.stderr
    assert "Traceback" not in result.output + result.stderr
    assert result.output.replace(result.stderr, "") == ""


def test_an_officer_whose_term_has_ended_is_refused(run, towns, set_clock):
    towns[0].say(
        "pact.officer/1",
        office="Counsel",
        handle="counsel",
        can=["note"],
        until="2025-06-07T13:00Z",
    )
    run("say", "note", f"on={towns[0].by}", "text=x", "--as", "counsel")
    set_clock.to("2025-06-07T14:00Z")
    assert (
        "term has ended"
        in run("say", "note", f"on={towns[0].by}", "text=x", "--as", "counsel", code=1).stderr
    )
    assert "term has ended" in run("log", "--as", "counsel", code=1).stderr


def test_files_are_attached_by_path(run, towns, tmp_path):
    (tmp_path / "list.txt").write_text("12 boxes")
    at = run(
        "say",
        "note",
        f"on={towns[0].by}",
        "text=See the list.",
        f"files={tmp_path / 'list.txt'}",
        "--as",
        towns[0].by,
    ).output.strip()
    said = json.loads(run("show", at, "--json").output)["record"]["says"]
    assert [(one["name"], one["size"], one["type"]) for one in said["files"]] == [
        ("list.txt", 8, "text/plain")
    ]


def test_an_empty_file_is_refused(run, towns, tmp_path):
    (tmp_path / "empty").touch()
    words = run(
        "say",
        "note",
        f"on={towns[0].by}",
        "text=x",
        f"files={tmp_path / 'empty'}",
        "--as",
        towns[0].by,
        code=1,
    ).stderr
    assert "empty" in words


def test_the_history_is_told_and_narrowed(run, towns):
    asked = call(towns)
    assert "calls for aid" in run("log").output
    assert len(json.loads(run("log", "--limit", "2", "--json").output)["records"]) == 2
    assert [
        one["position"]
        for one in json.loads(run("log", "--kind", "call", "--json").output)["records"]
    ] == [asked]
    assert (
        json.loads(run("log", towns[2].log, "--json").output)["records"][-1]["log"] == towns[2].log
    )
    assert asked in [
        one["position"]
        for one in json.loads(run("log", "--about", asked, "--json").output)["records"]
    ]


def test_a_record_is_shown_with_its_rows(run, towns):
    said = json.loads(run("show", call(towns), "--json").output)
    assert said["record"]["kind"] == "pact.call/1"
    assert [row["row"] for row in said["rows"]] == ["call"]
    assert "Downtown" in run("show", said["record"]["position"]).output


def test_columns_stand_under_each_other(run):
    lines = run("officers").output.splitlines()
    at = lines[0].index("OFFICE")
    assert all(line[at : at + 5] == "Chief" for line in lines[1:])


def test_in_an_exercise_json_says_so(run, home):
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    assert json.loads(run("officers", "--json").output)["exercise"] is True
    assert "played" in run("log").stderr


def test_tokens_are_made_listed_and_revoked(run, towns):
    made = json.loads(run("token", "make", "--as", towns[0].by, "--name", "x", "--json").output)
    assert made["token"].startswith("hansa_")
    assert made["token"] not in run("token", "list").output
    run("token", "revoke", made["number"])
    assert json.loads(run("token", "list", "--json").output)["tokens"] == []
    assert "no such token" in run("token", "revoke", made["number"], code=1).stderr


def test_without_a_home_it_says_how_to_make_one(run, tmp_path):
    result = run("--home", tmp_path / "none", "log", code=1)
    assert "hansa init" in result.stderr
