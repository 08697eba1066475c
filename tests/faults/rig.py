"""Real homes in real processes, for what a test's own transaction would hide."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.postgres import fresh

ROOT = Path(__file__).parent.parent.parent

PRELUDE = """
import json, os, sys, threading, time, random
from pathlib import Path
import django
django.setup()
from django.db import connection
from hansa.kernel import state
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Log
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
HOME = Path(os.environ["HANSA_HOME"])

def note(text, **rest):
    return say(KINDS["pact.note/1"].read({"on": "town-a@0", "text": text}), log="town-a", by="town-a@0", **rest)
"""

SETTLE = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
from tests.builders import town
from tests.foreign import ForeignLog
from tests.attacks.words import fact, note as noted
from hansa.kernel import files
a, b = town("town-a", "Town A"), town("town-b", "Town B")
attached = files.keep("plan.txt", "text/plain", [b"What we plan."])
told = a.say("pact.fact/1", **fact())
for i in range(20):
    a.say("pact.note/1", on=told, text=f"Note {i}.", files=[attached] if i == 4 else [])
    answer = KINDS["pact.note/1"].read({"on": told, "text": f"Answer {i}."})
    say(answer, log=b.log, by=b.by, once=f"answer-{i}")
a.say("kernel.erasure/1", target="town-a@5", ground="Asked.")
b.say("aid.stock/1", item="drinking-water", unit="litre", quantity=100)
for i in range(20):  # long ones, so that most of the file is what was said and not room that no row fills yet
    b.say("pact.note/1", on=told, text=f"Day {i}: the street clinic saw many people. " * 80)
far = ForeignLog()
far.write("pact.fact/1", fact(sources=[]))
far.write("no.such/1", {})
far.write("pact.note/1", noted("nowhere@0"), refs={"nowhere@0": bytes(32)})
far.send()
from hansa.kernel import search
search.catch_up()
assert fsck().ok
if connection.vendor == "sqlite":
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""


def on_store(home: Path) -> Path:
    """Let an empty home use the store that the tests run on."""
    if os.environ.get("HANSA_TEST_STORE") == "postgresql":
        (home / "hansa.toml").write_text(f'database = "{fresh()}"\n')
    return home


def environment(home: Path) -> dict[str, str]:
    """What a process needs to run on this home."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("HANSA")},
        "HANSA_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "hansa.node.settings",
        "PYTHONPATH": str(ROOT),
    }


def start(home: Path, script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process of its own on the home."""
    command = [sys.executable, "-c", PRELUDE + script, *arguments]
    return subprocess.Popen(
        command,
        env=environment(home),
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(home: Path, script: str, *arguments: str) -> str:
    """Run a script on the home and return what it printed; it must end well."""
    process = start(home, script, *arguments)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, f"{out}\n{error}"
    return out


def copy(settled: Path, to: Path) -> Path:
    """A home of its own, as `SETTLE` left it."""
    home = Path(shutil.copytree(settled, to / "home"))
    settings = home / "hansa.toml"
    if settings.exists() and (used := tomllib.loads(settings.read_text()).get("database")):
        settings.write_text(settings.read_text().replace(used, fresh(like=used)))
    return home
