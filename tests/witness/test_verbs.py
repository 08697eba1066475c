"""`hansa witness` at a terminal."""

import json

import pytest
from click.testing import CliRunner

from hansa.kernel import clock
from hansa.kernel.cosign import Cosigner
from hansa.kernel.home import home as this_home
from hansa.kernel.policy import parse
from hansa.kernel.witness import dating
from hansa.kernel.witness.asking import ask_round
from hansa.node import main
from tests.builders import Town, found
from tests.witness.conftest import Far, Web


@pytest.fixture
def towns(home, set_clock) -> list[Town]:
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    return found(4)


@pytest.fixture
def run(towns, monkeypatch, home):
    monkeypatch.setenv("HANSA_HOME", str(home))

    def invoke(*typed: str, code: int = 0) -> str:
        result = CliRunner().invoke(main.hansa, ["witness", *typed], prog_name="hansa")
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result.output if code == 0 else result.stderr

    return invoke


def name_nodes(towns: list[Town], *far: Far) -> None:
    """Let each town name one of the nodes as its own; the first town's is this one."""
    own = this_home().keys.witness()
    towns[0].say("kernel.node/1", url="https://here.example", witness=own, host="Los Angeles")
    for town, one in zip(towns[1:], far, strict=False):
        town.say("kernel.node/1", url=one.url, witness=one.vkey, host=one.url.split("/")[2])


def test_key_is_one_that_cosigns(run):
    assert Cosigner.parse(run("key").strip()).algorithm == "ed25519"
    assert Cosigner.parse(run("key", "--algorithm", "mldsa44").strip()).algorithm == "mldsa44"


def test_proposal_is_only_shown_until_a_person_says_so(run, towns, home):
    far = [Far("hansa/witness-a"), Far("hansa/witness-b")]
    name_nodes(towns, *far)
    text = run("policy")
    assert "2 of 3 hosts must have cosigned." in text
    assert not (home / "policy").exists()
    written = run("policy", "--write")
    read = parse((home / "policy").read_bytes())
    assert read.text() in written
    assert read.since == int(clock.now().timestamp())
    assert {one.url for one in read.witnesses} > {f"{one.url}/witness" for one in far}


def test_members_on_one_host_count_once(run, towns, home):
    """Invariant 9, from the nodes that members name."""
    far = Far("hansa/witness-a")
    name_nodes(towns, far, far, far)
    assert "2 of 2 hosts" in run("policy")


def test_one_machine_under_two_names_counts_once(run, towns):
    far = [Far("hansa/witness-a"), Far("hansa/witness-b")]
    name_nodes(towns, *far)
    towns[2].say("kernel.node/1", url=far[0].url, witness=far[1].vkey, host="Somewhere else")
    assert "2 of 2 hosts" in run("policy")


def test_alone_there_is_no_policy(run, home):
    assert "No quorum" in run("policy")
    assert "Let a member on another machine name its node" in run("policy", "--write", code=1)
    assert not (home / "policy").exists()


def test_new_policy_counts_from_when_the_first_one_did(run, towns, set_clock, home):
    name_nodes(towns, Far("hansa/witness-a"))
    run("policy", "--write")
    first = parse((home / "policy").read_bytes()).since
    set_clock.to("2025-07-01T00:00Z")
    name_nodes(towns, Far("hansa/witness-a"), Far("hansa/witness-b"))
    run("policy", "--write")
    assert parse((home / "policy").read_bytes()).since == first


def test_list_shows_how_far_each_witness_has_come(run, towns, home):
    assert "clock of the member" in run("list")
    far = Far("hansa/witness-a")
    name_nodes(towns, far)
    run("policy", "--write")
    ask_round(Web(far))
    assert dating.dated([towns[0].by])
    rows = json.loads(run("list", "--json"))["witnesses"]
    assert {row["log"] for row in rows} == {town.log for town in towns}
    assert "never" not in run("list")


def test_evidence_says_when_there_is_none(run):
    assert "No log known here has contradicted itself." in run("evidence")
    assert json.loads(run("evidence", "--json")) == {"evidence": []}
