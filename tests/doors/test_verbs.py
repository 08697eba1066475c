"""Every verb of the command, and what it needs before it does anything: nothing, a home, a key in it, an officer."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from hansa.api.models import ApiToken
from hansa.kernel.home import home
from hansa.node import main
from hansa.web.models import Invite
from tests.doors.world import ENDED, World, kept

pytestmark = pytest.mark.django_db

NOTHING, HOME, OFFICER, READER, NEW = (
    "nothing",
    "a home",
    "an officer",
    "a home; --as",
    "a new home",
)
"""READER: without an officer it shows what is for the whole pact; with one, its member's own too."""

NEEDS = {
    "init": NEW,
    "found": OFFICER,
    "keys show": HOME,
    "keys lock": HOME,
    "keys unlock": HOME,
    "keys passphrase": HOME,
    "keys agent": HOME,
    "keys begin": HOME,
    "keys rotate": HOME,
    "keys revoke": HOME,
    "keys restart": HOME,
    "keys publish": HOME,
    "keys drop": HOME,
    "keys rebind": HOME,
    "keys roots": NOTHING,
    "keys sign": NOTHING,
    "keys text": NOTHING,
    "keys object": NOTHING,
    "demo-nodes": NEW,
    "move": HOME,
    "handover": HOME,
    "takeover": NEW,
    "join request": HOME,
    "join admit": OFFICER,
    "join follow": HOME,
    "node": OFFICER,
    "serve": HOME,
    "demo": NEW,
    "play": NEW,
    "doctor": HOME,
    "invite": OFFICER,
    "token make": OFFICER,
    "token list": HOME,
    "token revoke": HOME,
    "say": OFFICER,
    "show": READER,
    "log": READER,
    "kinds": HOME,
    "officers": HOME,
    "inventory import": OFFICER,
    "inventory export": OFFICER,
    "exchange import": OFFICER,
    "exchange export": OFFICER,
    "state": HOME,
    "rebuild": HOME,
    "fsck": HOME,
    "export": HOME,
    "witness key": HOME,
    "witness policy": HOME,
    "witness list": HOME,
    "witness evidence": HOME,
    "carry out": HOME,
    "carry in": HOME,
    "peers": HOME,
    "backup": HOME,
    "restore": NEW,
    "backup-key": NOTHING,
    "verify": NOTHING,
    "plan check": NOTHING,
    "plan make": OFFICER,
    "plan show": HOME,
    "migrate": HOME,
    "messages": NOTHING,
    "reference": NOTHING,
}
WORDS = {
    "found": ["--as", "{officer}", "--name", "Another"],
    "invite": ["{officer}"],
    "keys agent": ["us-ca-los-angeles"],
    "keys begin": ["us-ca-los-angeles", "--now", __file__, "--next", __file__],
    "keys rotate": ["us-ca-los-angeles", "--next", __file__],
    "keys revoke": ["us-ca-los-angeles", "--next", __file__],
    "keys restart": ["us-ca-los-angeles", "--next", __file__],
    "keys publish": [__file__, "--yes"],
    "keys drop": ["us-ca-los-angeles", "--yes"],
    "keys rebind": ["us-ca-los-angeles", "--now", __file__, "--next", __file__],
    "move": ["postgresql://localhost/none"],
    "handover": ["us-ca-los-angeles", "package", "--yes"],
    "join admit": ["letter.txt", "--as", "{officer}", "--yes"],
    "join follow": ["letter.txt"],
    "node": ["--as", "{officer}", "--url", "https://aid.example.org"],
    "token make": ["--as", "{officer}", "--name", "it"],
    "token revoke": ["1"],
    "say": ["note", "on={call}", "text=A word.", "--as", "{officer}"],
    "show": ["{call}"],
    "plan make": ["--as", "{officer}"],
    "export": ["us-ca-los-angeles", "out"],
    "inventory import": [__file__, "--as", "{officer}"],
    "inventory export": ["stock.csv", "--as", "{officer}"],
    "exchange import": [__file__, "--as", "{officer}"],
    "exchange export": ["--call", "{call}", "--as", "{officer}"],
    "backup": ["backup.age"],
    "carry out": ["stick"],
    "carry in": ["."],
}
"""What is typed after the verb where it asks for something."""


def verbs() -> list[str]:
    """Every verb there is, those in a group under the group's name."""
    named = []
    for name in main.COMMANDS:
        command = main.load(name)
        inner = command.commands if isinstance(command, click.Group) and name != "say" else {}
        named += [f"{name} {one}" for one in inner] or [name]
    return named


def run(verb: str, **words: str) -> click.testing.Result:
    """Type the verb in this process."""
    typed = [one.format_map(words) for one in WORDS.get(verb, [])]
    return CliRunner().invoke(main.hansa, [*verb.split(), *typed], prog_name="hansa")


def test_every_verb_declares_what_it_needs():
    assert set(verbs()) == set(NEEDS), (
        "A verb was added or taken away: say in NEEDS of tests/doors/test_verbs.py what it needs."
    )


@pytest.mark.parametrize(
    "verb", [one for one, need in NEEDS.items() if need in {HOME, OFFICER, READER}]
)
def test_without_a_home_it_does_nothing(verb, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HANSA_HOME", str(tmp_path / "nowhere"))
    monkeypatch.chdir(tmp_path)
    before = kept()
    result = run(verb, officer="us-ca-los-angeles@0", call="us-ca-los-angeles@1")
    assert result.exit_code == 1, result.output
    assert "There is no home at" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert kept() == before


@pytest.fixture
def here(world: World, monkeypatch, tmp_path: Path) -> World:
    """At a terminal, on the world's home."""
    monkeypatch.setenv("HANSA_HOME", str(home().folder))
    monkeypatch.setattr(main, "open_home", lambda: None)
    monkeypatch.chdir(tmp_path)
    return world


@pytest.mark.parametrize("verb", [one for one, need in NEEDS.items() if need == OFFICER])
def test_without_an_officer_it_does_nothing(here, verb):
    before = kept()
    bare = CliRunner().invoke(
        main.hansa, [*verb.split(), *_without_officer(verb, here)], prog_name="hansa"
    )
    assert bare.exit_code == 2, bare.output
    for nobody in ("nobody", f"{here.log('la')}/nobody", "us-ca-los-angeles@99", "chief"):
        result = run(verb, officer=nobody, call=here.at["call"])
        assert result.exit_code == 1, result.output
    for office in ENDED:
        result = run(verb, officer=here.offices["la", office], call=here.at["call"])
        assert result.exit_code == 1, (office, result.output)
    assert kept() == before


def _without_officer(verb: str, world: World) -> list[str]:
    words = WORDS[verb]
    at = words.index("{officer}")
    rest = words[: at - 1] + words[at + 1 :] if words[at - 1 : at] == ["--as"] else words[:at]
    return [one.format_map({"call": world.at["call"]}) for one in rest]


def test_an_officer_s_verbs_work_for_an_officer(here):
    assert run("say", officer=here.offices["la", "note"], call=here.at["call"]).exit_code == 0
    assert run("token make", officer=here.offices["la", "note"]).exit_code == 0
    assert ApiToken.objects.filter(name="it").exists()
    assert run("invite", officer=here.offices["la", "note"]).exit_code == 0
    assert Invite.objects.exists()


def test_without_the_log_s_key_nothing_is_said(here):
    """Whoever has the database but not the keys writes in nobody's name."""
    keys = home().folder / "keys"
    away = keys.rename(keys.with_name("away"))
    before = kept()
    try:
        result = run("say", officer=here.offices["la", "note"], call=here.at["call"])
    finally:
        away.rename(keys)
    assert result.exit_code == 1
    assert result.stderr.strip()
    assert kept() == before


@pytest.mark.parametrize("verb", [one for one, need in NEEDS.items() if need == READER])
def test_a_reader_sees_only_what_the_office_may(here, verb):
    private = here.at["own-note"]
    words = [private] if verb == "show" else []

    def shown(*options: str) -> str:
        result = CliRunner().invoke(main.hansa, [verb, *words, *options], prog_name="hansa")
        return result.output

    assert "cinnabar" not in shown()
    assert "cinnabar" not in shown("--as", here.towns["chicago"].by)
    assert "cinnabar" in shown("--as", here.offices["la", "note"])
    for office in ENDED:
        assert "cinnabar" not in shown("--as", here.offices["la", office])


def test_what_needs_a_new_home_leaves_a_real_one_alone(here):
    scenario = Path(__file__).parents[2] / "scenarios" / "two-cities.yaml"
    before, stood = kept(), sorted(home().folder.iterdir())
    result = CliRunner().invoke(
        main.hansa, ["play", str(scenario), "--home", str(home().folder)], prog_name="hansa"
    )
    assert result.exit_code == 1, result.output
    assert kept() == before
    assert sorted(home().folder.iterdir()) == stood
