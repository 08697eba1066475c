"""`hansa carry` and `hansa peers` at the terminal."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hansa.node.commands.carry import carry, peers
from tests.sync.virtual import Pact, Town


@pytest.fixture
def pact(db: None, tmp_path: Path) -> Pact:
    return Pact(tmp_path)


def run(town: Town, *words: str) -> Result:
    command = peers if words[0] == "peers" else carry
    with town:
        return CliRunner().invoke(command, list(words[1:]))


def test_a_stick_goes_from_one_terminal_to_the_other(pact: Pact, tmp_path: Path) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    for other in (ada, bel):
        cyd.follow(other)
    ada.follow(bel)
    bel.follow(ada)
    ada.pull(bel)
    stick = str(tmp_path / "stick")
    out = run(ada, "carry", "out", stick)
    assert out.output == (
        f"4 entries of 2 logs written to {stick}. On the other node: hansa carry in {stick}\n"
    )
    assert run(cyd, "carry", "in", stick).output == "ada: 2 new entries\nbel: 2 new entries\n"
    assert run(cyd, "carry", "in", stick).output == "Nothing new.\n"
    told = json.loads(run(bel, "carry", "in", stick, "--json").output)
    assert (told["new"], told["refused"], told["not_followed"]) == ({"ada": 2}, [], [])


def test_what_is_refused_on_a_stick_is_named(pact: Pact, tmp_path: Path) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    run(ada, "carry", "out", str(tmp_path / "stick"))
    assert "Not followed here: ada" in run(bel, "carry", "in", str(tmp_path / "stick")).output
    bel.follow(ada)
    (tmp_path / "stick" / "ada" / "checkpoint").write_text("no head\n")
    assert "ada: refused: " in run(bel, "carry", "in", str(tmp_path / "stick")).output


def test_peers_says_how_it_stands(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    assert run(bel, "peers").output.startswith("No other node is known.")
    pact.acquaint()
    assert f"new     {ada.url}  (ada), never heard" in run(bel, "peers").output
    bel.pull(ada)
    said = run(bel, "peers").output
    assert f"ok      {ada.url}  (ada), heard 0 seconds ago" in said
    assert "ada: 2 here (2 from there)" in said
    pact.cut.add(frozenset({ada.url, bel.url}))
    bel.pull(ada)
    assert "No answer." in run(bel, "peers").output
    (peer,) = json.loads(run(bel, "peers", "--json").output)["peers"]
    assert (peer["url"], peer["failures"], peer["logs"][0]["here"]) == (ada.url, 1, 2)
