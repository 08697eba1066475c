"""The life of a home at a terminal, in processes of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import httpx
import pytest

HANSA = [sys.executable, "-c", "from hansa.node.main import main; main()"]
ANSWERS = [
    "--name",
    "Chicago",
    "--type",
    "city",
    "--state",
    "IL",
    "--seat",
    "41.88, -87.63",
    "--zone",
    "America/Chicago",
    "--office",
    "Chief of staff",
]


class Node:
    """One home, and `hansa` run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, ""
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HANSA", "DJANGO"))
        } | {"HANSA_HOME": str(folder)}

    def run(self, *arguments, code=0, give=None):
        made = subprocess.run(
            [*HANSA, *map(str, arguments)],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=120,
            input=give,
            check=False,
        )
        assert made.returncode == code, (made.stdout, made.stderr)
        assert "Traceback" not in made.stderr
        return made

    def start(self, port):
        return subprocess.Popen(
            [*HANSA, "serve", "--port", str(port)],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Node:
    """A home with a founded pact, made once; no test below writes what another reads."""
    node = Node(tmp_path_factory.mktemp("node") / "home")
    node.said = node.run("init", *ANSWERS, "--found").stdout
    return node


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_init_makes_a_home_that_is_well(made):
    assert "us-il-chicago@2" in made.said
    assert re.search(r"http://\S+/invite/\S+", made.said)
    assert (made.folder / "secret").stat().st_mode & 0o777 == 0o600
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert (made.folder / "keys" / "us-il-chicago.seed").stat().st_mode & 0o777 == 0o600
    assert [one["kind"] for one in json.loads(made.run("log", "--json").stdout)["records"]] == [
        "pact.member/1",
        "kernel.node/1",
        "pact.pact/1",
        "pact.accession/1",
    ]
    assert json.loads(made.run("fsck", "--json").stdout)["ok"]


def test_state_is_the_same_after_a_rebuild(made):
    before = made.run("state").stdout
    assert json.loads(made.run("rebuild", "--json").stdout)["state"] == before.strip()
    assert made.run("state").stdout == before


def test_an_export_is_verified_without_django(made, tmp_path):
    made.run("export", "us-il-chicago", tmp_path / "out")
    assert made.run("verify", tmp_path / "out").stdout.startswith("HOLDS")
    (tmp_path / "out" / "checkpoint").write_bytes(b"")
    assert made.run("verify", tmp_path / "out", code=1).stdout.startswith("DOES NOT HOLD")
    script = f"import sys; from hansa.node.main import hansa\ntry: hansa(['verify', {str(tmp_path / 'out')!r}])\nexcept SystemExit: print(sorted(name for name in sys.modules if name.startswith(('django', 'sqlite3'))))"
    assert subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.endswith("[]\n")


def test_init_asks_for_what_it_is_not_told(tmp_path):
    node = Node(tmp_path / "home")
    node.run("init", give="Oregon\nstate\nOR\n\nAmerica/Los_Angeles\nChief of staff\n")
    assert json.loads(node.run("officers", "--json").stdout)["officers"][0]["log"] == "us-or"


def test_a_second_member_may_share_the_home_and_a_wrong_one_leaves_nothing(made):
    wrong = [
        *ANSWERS[:2],
        "--type",
        "city",
        "--state",
        "IL",
        "--seat",
        "",
        "--zone",
        "Moon/Base",
        "--office",
        "Mayor",
        "--log",
        "us-il-moon",
    ]
    assert "is no time zone" in made.run("init", *wrong, code=1).stderr
    assert not (made.folder / "keys" / "us-il-moon.seed").exists()
    right = [one if one != "Moon/Base" else "UTC" for one in wrong]
    made.run("init", *right)
    assert "called us-il-moon already" in made.run("init", *right, code=1).stderr


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "precious").write_text("x")
    assert "holds other things" in Node(tmp_path).run("init", *ANSWERS, code=1).stderr
    assert [one.name for one in tmp_path.iterdir()] == ["precious"]


def test_doctor_says_what_to_do(made):
    secret = made.folder / "secret"
    secret.chmod(0o644)
    try:
        text = made.run("doctor", "--port", free_port(), code=1).stdout
    finally:
        secret.chmod(0o600)
    lines = {line.split()[1]: line for line in text.splitlines()}
    assert lines["secret"].startswith("BAD")
    assert "chmod go= " in lines["secret"]
    for what in ("python", "sqlite", "disk", "port", "database", "tables", "clock"):
        assert lines[what].startswith("ok"), lines[what]


def test_a_home_is_served_once_and_stops_when_told(made):
    port = free_port()
    served = made.start(port)
    try:
        _wait(port, served)
        assert (
            json.load(
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/openapi.json", timeout=20)
            )["openapi"]
            == "3.1.0"
        )
        assert (
            f"served already, by process {served.pid}"
            in made.run("serve", "--port", free_port(), code=1).stderr
        )
        at = made.run(
            "say",
            "note",
            "on=us-il-chicago@0",
            "text=While it is served.",
            "--as",
            "us-il-chicago@0",
        ).stdout
        assert at.startswith("us-il-chicago@")
    finally:
        served.send_signal(signal.SIGTERM)
        output = served.communicate(timeout=30)
    assert "Traceback" not in output[1], output[1]
    assert json.loads(made.run("fsck", "--json").stdout)["ok"]


def test_a_port_in_use_is_said(made):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert (
            "cannot be used" in made.run("serve", "--port", taken.getsockname()[1], code=1).stderr
        )


def _wait(port: int, served: subprocess.Popen[str]) -> None:
    for _ in range(200):
        assert served.poll() is None, served.communicate()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it does not listen")


def test_a_program_is_answered_by_a_real_server(made):
    """The straight way in (`api.door`) answers as the views do; what it does not take goes the long way."""
    port = free_port()
    secret = made.run(
        "token", "make", "--as", "us-il-chicago/chief-of-staff", "--name", "x"
    ).stdout.strip()
    served = made.start(port)
    try:
        _wait(port, served)
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30
        ) as client:
            body: dict[str, Any] = {
                "kind": "pact.note/1",
                "says": {"on": "us-il-chicago@0", "text": "From afar."},
            }
            first, again = (
                client.post("/api/records", json=body, headers={"Idempotency-Key": "k"})
                for _ in range(2)
            )
            assert (first.status_code, again.status_code) == (201, 200)
            assert client.get(first.headers["Location"]).json()["says"]["text"] == "From afar."
            body["says"]["text"] = "x" * 10_000_000
            large = client.post("/api/records", json=body)
            assert (large.status_code, large.json()["code"]) == (413, "too-long")
            assert client.get("/api/records/nobody@1").json()["code"] == "no-record"
            assert client.get("/api/nothing").status_code == 404
            assert client.get("/api/me", headers={"Authorization": "Bearer no"}).status_code == 401
            assert client.get("/api/tokens").status_code == 302
            assert client.get("/api/openapi.json").status_code == 200
    finally:
        served.send_signal(signal.SIGTERM)
        output = served.communicate(timeout=30)
    assert "Traceback" not in output[1], output[1]
