"""Several processes on one PostgreSQL: one line of records, one worker, and each hears what the others write."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.rig import ROOT, environment, run, start
from tests.store.conftest import MOVE

SOON = 60.0
COMMAND = "from hansa.node.main import main; main()"

CROWD = """
name, town = sys.argv[1:]
acknowledged = []
def work(n):
    for i in range(20):
        acknowledged.append(say(KINDS["pact.note/1"].read({"on": "town-a@0", "text": f"{name} {n} {i}"}), log=town, by=f"{town}@0"))
    connection.close()
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for one in threads: one.start()
for one in threads: one.join()
print(json.dumps(acknowledged))
"""

CHAIN = """
from hansa.kernel.note import Verifier, open_checkpoint
log = Log.objects.get(name="town-a")
indexes = list(Entry.objects.filter(log="town-a").order_by("index").values_list("index", flat=True))
ids = list(Entry.objects.order_by("id").values_list("id", flat=True))
head = open_checkpoint(log.note.encode(), Verifier.parse(log.vkey))
report = fsck()
print(json.dumps({
    "dense": indexes == list(range(log.size)) and ids == list(range(ids[0], ids[0] + len(ids))),
    "in order": indexes == sorted(Entry.objects.filter(log="town-a").order_by("id").values_list("index", flat=True)),
    "signed": head.size == log.size, "ok": report.ok, "fsck": report.text(), "size": log.size,
}))
"""


def test_two_processes_that_append_to_one_log_leave_it_dense_under_one_head(served):
    both = [start(served, CROWD, name, "town-a") for name in ("one", "two")]
    told = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    first, second = (json.loads(out) for out, _error in told)
    assert len({*first, *second}) == 120
    assert {*first, *second} == {f"town-a@{i}" for i in range(23, 143)}
    found = json.loads(run(served, CHAIN))
    assert found == {**found, "dense": True, "in order": True, "signed": True, "size": 143}
    assert found["ok"], found["fsck"]


WHOEVER_WAITS = """
from hansa.kernel.writing import writing
from django.db import connections
role, path = sys.argv[1], Path(sys.argv[2])
if role == "holds":
    with writing():
        path.write_text("held")
        time.sleep(2)
        (path.parent / "left").write_text("now")
else:
    while not path.exists(): time.sleep(0.01)
    note("After.")
    print((path.parent / "left").exists())
"""


def test_who_writes_waits_for_who_writes_already(served, tmp_path):
    holds = start(served, WHOEVER_WAITS, "holds", str(tmp_path / "held"))
    waits = start(served, WHOEVER_WAITS, "waits", str(tmp_path / "held"))
    out, error = waits.communicate(timeout=60)
    assert out.strip() == "True", error
    holds.communicate(timeout=60)
    assert holds.returncode == 0


LISTENS = """
import asyncio
from hansa.kernel import live, listener
from hansa.web import live as pages
ear = listener.Listener()
ear.start()
end = time.monotonic() + 20
while not listener.hears() and time.monotonic() < end: time.sleep(0.01)
async def hear():
    stream = pages.events("town-a", "", None)
    await anext(stream)
    told = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(1)
    print("listening", flush=True)
    async with asyncio.timeout(20):
        event = await told
    print(event.splitlines()[0], flush=True)
    await stream.aclose()
asyncio.run(hear())
ear.stop()
print(listener.hears())
"""


def test_what_one_process_writes_another_hears_by_notify(served):
    listens = start(served, LISTENS)
    assert listens.stdout is not None
    assert listens.stdout.readline() == "listening\n"
    place = run(served, "print(note('Listen.'))").strip()
    number = run(
        served,
        f"print(Entry.objects.get(log='town-a', index={place.partition('@')[2]}).id)",
    )
    assert listens.stdout.readline() == f"id: {number}"
    assert listens.stdout.readline() == "False\n"
    listens.communicate(timeout=30)


NOT_BEFORE = """
from hansa.kernel import live, listener
from hansa.kernel.writing import writing
from django.db import connections, transaction
ear = listener.Listener()
ear.start()
end = time.monotonic() + 20
while not listener.hears() and time.monotonic() < end: time.sleep(0.01)
time.sleep(0.2)
heard = []
rung = live.rung()
class Undo(Exception): pass
try:
    with writing():
        Log.objects.update(folded=0)
        time.sleep(0.5)
        heard.append(live.rung() - rung)
        raise Undo
except Undo: pass
time.sleep(0.5)
heard.append(live.rung() - rung)
with writing(): time.sleep(0.5); heard.append(live.rung() - rung)
time.sleep(0.5)
heard.append(live.rung() - rung)
ear.stop()
print(heard)
"""


def test_nobody_is_told_before_it_is_there_nor_of_what_was_given_up(served):
    assert json.loads(run(served, NOT_BEFORE)) == [0, 0, 0, 1]


RETURNS = """
from hansa.kernel import live, listener
ear = listener.Listener()
ear.start()
def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end: time.sleep(0.02)
until(listener.hears)
print("up", flush=True); sys.stdin.readline()
until(lambda: not listener.hears())
print("down", listener.hears(), flush=True); sys.stdin.readline()
until(listener.hears)
rung = live.rung()
print("up", listener.hears(), flush=True); sys.stdin.readline()
until(lambda: live.rung() > rung)
print("heard", live.rung() > rung, flush=True)
ear.stop()
"""


def test_a_listener_finds_its_way_back_to_a_server_that_was_started_anew(served, server):
    process = subprocess.Popen(
        [sys.executable, "-c", _script(RETURNS)], env=environment(served), cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    def go_on():
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

    assert process.stdout.readline() == "up\n"
    server.stop()
    go_on()
    try:
        assert process.stdout.readline() == "down False\n"
    finally:
        server.start()
    go_on()
    assert process.stdout.readline() == "up True\n"
    go_on()
    run(served, "note('Here again.')")
    assert process.stdout.readline() == "heard True\n"
    process.communicate(timeout=60)


def _script(body: str) -> str:
    from tests.faults.rig import PRELUDE

    return PRELUDE + body


LEADS = """
from hansa.node.lead import Lead
lead = Lead()
print(lead.held(), flush=True)
sys.stdin.readline()
print(lead.held(), flush=True)
"""


def leader(home):
    return subprocess.Popen(
        [sys.executable, "-c", _script(LEADS)], env=environment(home), cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_one_process_works_for_all_and_another_when_it_dies(served):
    first = leader(served)
    assert first.stdout is not None
    assert first.stdout.readline() == "True\n"
    second = leader(served)
    assert second.stdout is not None
    assert second.stdin is not None
    assert second.stdout.readline() == "False\n"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    time.sleep(0.5)
    assert second.communicate("\n", timeout=30)[0] == "True\n"


AWAY = """
codes = []
def attempt():
    try: note("Anybody there?")
    except Refused as refusal: codes.append(refusal.code)
    else: codes.append("said")
attempt()
print("ready", flush=True); sys.stdin.readline()
attempt()
print("ready", flush=True); sys.stdin.readline()
from django.db import close_old_connections
close_old_connections()
attempt()
print(json.dumps(codes))
"""


def test_a_server_that_is_gone_is_said_in_words_and_found_again(served, server):
    process = subprocess.Popen(
        [sys.executable, "-c", _script(AWAY)], env=environment(served), cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    server.stop(signal.SIGQUIT)
    process.stdin.write("\n")
    process.stdin.flush()
    try:
        assert process.stdout.readline() == "ready\n"
    finally:
        server.start()
    out, error = process.communicate("\n", timeout=60)
    assert json.loads(out) == ["said", "away", "said"], error
    assert "True" in run(served, "print(fsck().ok)")


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def serving(home, port, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--port", str(port), *arguments],
        env=environment(home), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(condition, what):
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def asked(port, path="/account/login/"):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status
    except OSError:
        return 0


def test_several_processes_serve_one_home_and_who_dies_is_replaced(served, port):
    crew = serving(served, port, "--workers", "3")
    try:
        until(lambda: asked(port) == 200, "it never answered")
        members = children(crew.pid)
        assert len(members) == 3
        os.kill(members[0], signal.SIGKILL)
        until(
            lambda: len(children(crew.pid)) == 3 and members[0] not in children(crew.pid),
            "nobody took its place",
        )
        assert all(asked(port) == 200 for _ in range(10))
        members = children(crew.pid)
        crew.send_signal(signal.SIGTERM)
        assert crew.wait(SOON) == 0
        assert not any(map(alive, members))
    finally:
        crew.kill()
        out, _error = crew.communicate()
    assert re.search(r"with 3 processes", out)


def test_when_the_keeper_is_killed_no_process_goes_on_alone(served, port):
    crew, members = serving(served, port, "--workers", "2"), []
    try:
        until(lambda: asked(port) == 200, "it never answered")
        members = children(crew.pid)
        crew.kill()
        crew.communicate()
        until(lambda: not any(map(alive, members)), "one goes on")
    finally:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_two_processes_may_serve_a_home_on_postgresql_and_one_on_sqlite(served, home, port):
    assert served == home
    first = serving(served, port)
    try:
        until(lambda: asked(port) == 200, "it never answered")
        second = serving(served, 0)
        assert second.stdout is not None
        assert "Serving" in second.stdout.readline()
        second.terminate()
        second.communicate(timeout=SOON)
    finally:
        first.terminate()
        first.communicate(timeout=SOON)


def test_several_processes_are_refused_on_sqlite_in_words(home, port):
    process = serving(home, port, "--workers", "2")
    _out, error = process.communicate(timeout=SOON)
    assert process.returncode == 1
    assert "hansa move" in error


def test_a_server_that_orders_text_its_own_way_is_refused(home, server, database):
    server.ask("CREATE DATABASE folded TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
    server.ask(
        "CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    process = start(home, MOVE, server.url("bytes"))
    _out, error = process.communicate(timeout=60)
    assert "UTF8" in error
    run(home, MOVE, server.url("folded"))
