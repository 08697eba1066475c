"""Approving at a terminal, with the real ssh-keygen and a real agent."""

import json
import os
import re
import signal
import subprocess

import msgspec
import pytest
from click.testing import CliRunner

from hansa.kernel.approval import Presence, read_approval, read_key, verify
from hansa.kernel.models import Entry
from hansa.kernel.prepare import prepare
from hansa.kernel.said import act_of
from hansa.kernel.store import stored
from hansa.node import main
from tests.approving import SshHand, draft
from tests.builders import found, pact_of, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def towns(home, set_clock):
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    return found(2)


@pytest.fixture
def run(towns, monkeypatch, home):
    monkeypatch.setenv("HANSA_HOME", str(home))

    def invoke(*arguments, code=0):
        result = CliRunner().invoke(main.hansa, [str(one) for one in arguments], prog_name="hansa")
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    return invoke


@pytest.fixture
def keyfile(tmp_path):
    """A key that the real ssh-keygen made."""
    place = tmp_path / "id_ed25519"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "desk", "-f", place]
    subprocess.run(command, check=True)
    return place


def public(keyfile):
    return keyfile.with_suffix(".pub").read_text()


@pytest.fixture
def enrolled(run, towns, keyfile):
    """The key, enrolled for the chief of Los Angeles."""
    by = towns[0].by
    said = (f"officer={by}", "method=ssh", f"public={public(keyfile)}", "label=Desk")
    run("say", "pact.officer-key/1", *said, "--as", by)
    return keyfile


def call(towns):
    pact = pact_of(towns)
    return (
        "say", "pact.call/1", f"pact={pact}", f"charter={pact}", "trigger=deployment",
        "began=2025-06-07T08:00Z", "place=Downtown", "summary=Troops came.", "forms=legal",
        "--as", towns[0].by,
    )  # fmt: skip


def test_its_fingerprint_is_the_one_that_ssh_keygen_shows(keyfile):
    shown = subprocess.check_output(["ssh-keygen", "-l", "-f", keyfile], text=True)
    assert read_key("ssh", public(keyfile)).fingerprint in shown


def test_a_weighty_act_is_signed_with_a_key_file(run, towns, enrolled):
    refused = run(*call(towns), code=1)
    assert "Add --sign KEYFILE" in refused.stderr
    said = run(*call(towns), "--sign", enrolled)
    assert "Los Angeles calls for aid: Troops came." in said.stderr
    entry = Entry.objects.get(log=towns[0].log, index=said.stdout.strip().split("@")[1])
    assert entry.fate == "done"
    (one,) = stored("WHERE e.id = %s", (entry.id,))
    assert one.envelope is not None
    (raw,) = one.envelope.approvals
    key = read_key("ssh", public(enrolled))
    assert verify(read_approval(raw), key, act_of(one)) is Presence.KEY


def test_a_key_in_an_agent_signs_too(run, towns, enrolled, tmp_path, monkeypatch):
    started = subprocess.check_output(["ssh-agent", "-s", "-a", tmp_path / "agent"], text=True)
    process = int(re.findall(r"SSH_AGENT_PID=(\d+)", started)[0])
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    try:
        subprocess.run(["ssh-add", "-q", enrolled], check=True)
        enrolled.unlink()
        run(*call(towns), "--sign", enrolled.with_suffix(".pub"))
    finally:
        os.kill(process, signal.SIGTERM)
    assert Entry.objects.filter(kind="pact.call/1", fate="done").count() == 1


def test_another_key_and_no_key_at_all_are_refused_in_words(run, towns, enrolled, tmp_path):
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    assert "does not hold" in run(*call(towns), "--sign", other, code=1).stderr
    other.write_text("rubbish")
    other.with_suffix(".pub").unlink()
    assert "ssh-keygen did not sign" in run(*call(towns), "--sign", other, code=1).stderr
    assert not Entry.objects.filter(kind="pact.call/1").exists()


def test_the_keys_are_listed(run, towns, enrolled):
    listed = run("officers", towns[0].log, "--keys").output
    assert read_key("ssh", public(enrolled)).fingerprint in listed
    (officer,) = json.loads(run("officers", towns[0].log, "--json").output)["officers"]
    assert officer["keys"][0]["label"] == "Desk"


def test_what_our_own_hand_signs_the_real_ssh_keygen_verifies(towns, tmp_path):
    """The other way round: PROTOCOL.sshsig as OpenSSH reads it."""
    for hand in (SshHand(), SshHand(hash_name="sha256"), SshHand(application="ssh:")):
        made = prepare(draft(towns[0], "pact.officer-end/1", officer=towns[0].by))
        (tmp_path / "allowed").write_text(f"officer {hand.ssh.line}\n")
        (tmp_path / "signature").write_text(hand.armored(made.statement))
        command = ["ssh-keygen", "-Y", "verify", "-n", "hansa", "-I", "officer"]
        command += ["-f", tmp_path / "allowed", "-s", tmp_path / "signature"]
        subprocess.run(command, input=made.statement, check=True, capture_output=True)
        raw = hand.approve(made).approvals[0]
        assert verify(read_approval(raw), hand.key, made.act) is (
            Presence.TOUCHED if hand.application else Presence.KEY
        )
        assert msgspec.json.decode(raw)["method"] == "ssh"


def test_a_founder_with_a_key_founds_and_joins_with_its_approval(
    home, set_clock, keyfile, monkeypatch
):
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    monkeypatch.setenv("HANSA_HOME", str(home))
    here = town("us-il-chicago", "Chicago", "IL")
    enrolled = {"officer": here.by, "method": "ssh", "public": public(keyfile), "label": "Desk"}
    here.say("pact.officer-key/1", **enrolled)
    run = CliRunner()
    assert run.invoke(main.hansa, ["found", "--as", here.by]).exit_code == 1
    made = run.invoke(main.hansa, ["found", "--as", here.by, "--sign", str(keyfile)])
    assert made.exit_code == 0, made.output
    kinds = Entry.objects.filter(fate="done").values_list("kind", flat=True)
    assert {"pact.pact/1", "pact.accession/1"} <= set(kinds)


def test_a_member_says_where_its_node_is_with_its_keeper_s_approval(run, towns, enrolled):
    said = ("node", "--as", towns[0].by, "--url", "https://aid.example.org")
    assert "your own approval" in run(*said, code=1).stderr
    assert "Said as" in run(*said, "--sign", enrolled).output
    assert Entry.objects.filter(kind="kernel.node/1", fate="done").count() == 1
