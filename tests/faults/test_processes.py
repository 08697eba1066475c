"""Processes that share a home, and processes that are killed."""

import json

import pytest

from tests.faults.rig import run, start

CROWD = """
name, town = sys.argv[1:]
acknowledged = []
def work(n):
    for i in range(25):
        acknowledged.append(say(KINDS["pact.note/1"].read({"on": "town-a@0", "text": f"{name} {n} {i}"}), log=town, by=f"{town}@0", once=f"{name}-{n}-{i}"))
    connection.close()
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for one in threads: one.start()
for one in threads: one.join()
print(json.dumps(acknowledged))
"""

LOOK = """
here = {entry.position for entry in Entry.objects.all()}
report = fsck()
print(json.dumps({"here": sorted(here), "ok": report.ok, "fsck": report.text()}))
"""


def test_two_processes_write_in_one_home(real):
    both = [start(real, CROWD, "one", "town-a"), start(real, CROWD, "two", "town-a")]
    told = [one.communicate(timeout=100) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    first, second = (json.loads(out) for out, _error in told)
    assert len(set(first) | set(second)) == 150
    found = json.loads(run(real, LOOK))
    assert set(first) | set(second) <= set(found["here"])
    assert found["ok"], found["fsck"]


def test_the_same_request_sent_by_two_processes_at_once_makes_one_record(real):
    both = [start(real, CROWD, "same", "town-a"), start(real, CROWD, "same", "town-a")]
    told = [one.communicate(timeout=100) for one in both]
    assert [one.returncode for one in both] == [0, 0], told
    first, second = (set(json.loads(out)) for out, _error in told)
    assert first == second
    assert len(first) == 75


KILL = """
import select, signal
ROUNDS = int(sys.argv[1])
random.seed(int(sys.argv[2]))
connection.close()

def child(out):
    def work(n):
        i = 0
        while True:
            place = note(f"Round {time.monotonic_ns()} {n} {i}.")
            os.write(out, f"{place}\\n".encode())
            i += 1
    for n in range(4):
        threading.Thread(target=work, args=(n,), daemon=True).start()
    threading.Event().wait()

def look(out):
    here = {f"{log}@{index}" for log, index in Entry.objects.values_list("log", "index")}
    report = fsck()
    os.write(out, json.dumps({"lost": sorted(acknowledged - here), "ok": report.ok, "fsck": report.text()}).encode())

def inside(work):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            work(writer)
        except BaseException as error:
            os.write(2, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    return pid, reader

def read_all(reader):
    parts = []
    while part := os.read(reader, 65536):
        parts.append(part)
    os.close(reader)
    return b"".join(parts)

acknowledged, busy, findings = set(), 0, []
for turn in range(1, ROUNDS + 1):
    pid, reader = inside(child)
    time.sleep(random.uniform(0.02, 0.25))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    told = read_all(reader).decode().split("\\n")[:-1]
    acknowledged.update(told)
    busy += bool(told)
    if turn % 10 == 0 or turn == ROUNDS:
        pid, reader = inside(look)
        seen = json.loads(read_all(reader))
        os.waitpid(pid, 0)
        if seen["lost"] or not seen["ok"]:
            findings.append({"turn": turn, **seen})
print(json.dumps({"acknowledged": len(acknowledged), "busy": busy, "findings": findings}))
"""


@pytest.mark.slow
def test_killed_a_hundred_times_under_load_and_nothing_acknowledged_is_lost(real):
    told = json.loads(run(real, KILL, "100", "17"))
    assert told["findings"] == []
    assert told["busy"] > 25
    assert told["acknowledged"] > 500
