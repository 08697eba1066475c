"""Real nodes: `hansa serve` with a home each on loopback, and a process beside it that says something all the time."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.faults.rig import PRELUDE, ROOT, environment

HANSA = (sys.executable, "-c", "from hansa.node.main import main; main()")

OPEN = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from base64 import b64encode
from hansa.kernel.home import home
from tests.builders import town
log, url = sys.argv[1:]
made = town(log, log.title())
keys = home().keys
sealing = [{"key": b64encode(keys.sealing(log)).decode()}]
made.say("kernel.node/1", url=url, witness=keys.witness(), sealing=sealing, host=log)
print(Log.objects.get(name=log).vkey)
"""

FOLLOW = """
from hansa.kernel.sync.follow import follow
for vkey, url in json.loads(sys.argv[1]):
    follow(vkey, url)
"""

WRITE = """
from hansa.node import signing
signing.offer()
log, begin, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
i = begin
while True:
    words = KINDS["pact.note/1"].read({"on": f"{log}@0", "text": f"Number {i} of {log}."})
    try:
        place = say(words, log=log, by=f"{log}@0", once=f"{log}-{i}")
    except Refused as refusal:
        if refusal.code not in {"asking", "busy", "behind"}:
            raise
    else:
        print(place, flush=True)
        i += 1
    time.sleep(pause)
"""

LOOK = """
from hansa.kernel.witness.models import Evidence
report = fsck()
print(json.dumps({
    "sizes": dict(Log.objects.values_list("name", "size")),
    "state": state.state_hash(pact=True),
    "places": [f"{log}@{index}" for log, index in Entry.objects.values_list("log", "index")],
    "fsck": "" if report.ok else report.text(),
    "accused": sorted({one.log for one in Evidence.objects.all()}),
}))
"""


SLOW_LOOPBACK = "ip link set lo mtu 1500 up && tc qdisc add dev lo root tbf rate 50kbit burst 3000 latency 800ms"
"""Netem, which drops at random, is not in every kernel; the queue of this one overflows instead."""


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Abroad:
    """One real node. `url` is where the others find it, which may be a proxy's address."""

    log: str
    home: Path
    url: str = ""
    port: int = field(default_factory=free_port)
    acknowledged: list[str] = field(default_factory=list)
    server: "subprocess.Popen[str] | None" = None
    writer: "subprocess.Popen[str] | None" = None

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        (self.home / "hansa.toml").write_text('realm = "hansa"\npeers_local = true\n')
        (self.home / "secret").write_text("a secret of a test, as long as one must be\n")
        self.url = self.url or f"http://127.0.0.1:{self.port}"

    def run(self, script: str, *arguments: str) -> str:
        """Run a script on this home beside whatever runs there; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", PRELUDE + script, *arguments],
            env=environment(self.home), cwd=ROOT, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def serve(self) -> None:
        """Start `hansa serve`, and wait until it answers."""
        with (self.home / "errors.txt").open("a") as errors:
            self._start(errors)
        assert self.server is not None
        assert self.server.stdout is not None
        for line in self.server.stdout:
            if line.startswith("Serving "):
                return
        raise AssertionError((self.home / "errors.txt").read_text())

    def _start(self, errors: TextIO) -> None:
        self.server = subprocess.Popen(
            [*HANSA, "--home", str(self.home), "serve", "--port", str(self.port)],
            env=environment(self.home), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip

    def write(self, pause: float = 0.1) -> None:
        """Start a process that says one note after the other, and remembers which were acknowledged."""
        self.writer = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + WRITE, self.log, str(len(self.acknowledged)), str(pause)],
            env=environment(self.home), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def kill(self) -> None:
        """Kill everything that runs on this home, in the middle of whatever it does."""
        for process in (self.writer, self.server):
            if process is not None:
                process.send_signal(signal.SIGKILL)
        self._hear(self.writer)
        if self.server is not None:
            self.server.communicate()
        self.writer = self.server = None

    def rest(self) -> None:
        """Let nothing more be said here; the server goes on."""
        if self.writer is not None:
            self.writer.terminate()
            self._hear(self.writer)
            self.writer = None

    def _hear(self, writer: "subprocess.Popen[str] | None") -> None:
        if writer is None:
            return
        out, errors = writer.communicate()
        assert "Traceback" not in errors, errors
        whole = out if out.endswith("\n") else out.rpartition("\n")[0]
        self.acknowledged += whole.split()

    def look(self) -> dict[str, Any]:
        """Return sizes, state, places, what fsck finds, and who is accused here."""
        found: dict[str, Any] = json.loads(self.run(LOOK).splitlines()[-1])
        return found


def acquaint(nodes: list[Abroad]) -> None:
    """Open every node's log, and let each follow all the others."""
    vkeys = {node.log: node.run(OPEN, node.log, node.url).strip() for node in nodes}
    for node in nodes:
        others = [(vkeys[one.log], one.url) for one in nodes if one is not node]
        node.run(FOLLOW, json.dumps(others))


def await_agreement(nodes: list[Abroad], seconds: float) -> list[dict[str, Any]]:
    """Look until all nodes hold the same; return what each holds. AssertionError after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        seen = [node.look() for node in nodes]
        if all(
            (one["sizes"], one["state"]) == (seen[0]["sizes"], seen[0]["state"]) for one in seen
        ):
            return seen
        assert time.monotonic() < until, [one["sizes"] for one in seen]
        time.sleep(1)


def may_make_networks() -> bool:
    """Tell whether this machine lets a test make a network namespace with a slow link in it."""
    if not (shutil.which("unshare") and shutil.which("tc")):
        return False
    tried = subprocess.run(
        ["unshare", "-n", "sh", "-c", SLOW_LOOPBACK],
        capture_output=True, check=False,
    )  # fmt: skip
    return tried.returncode == 0
