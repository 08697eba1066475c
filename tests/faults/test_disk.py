"""A disk that is full, a folder that may not be written, a key that is gone."""

import errno
import json
import os

import pytest

from hansa.kernel import files
from hansa.kernel import say as door
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.log import Draft, append, open_log
from hansa.kernel.models import Log
from hansa.kernel.record import KINDS
from hansa.kernel.ref import is_position
from hansa.kernel.say import say, say_each
from tests.attacks.words import fact
from tests.builders import found
from tests.faults.rig import run

FULL = """
with connection.cursor() as cursor:
    cursor.execute("PRAGMA page_count")
    pages = cursor.fetchone()[0]
    cursor.execute(f"PRAGMA max_page_count = {pages + 3}")
acknowledged, refusal = [], None
for i in range(2000):
    try:
        acknowledged.append(note(f"{i} " + "x" * 3000))
    except Refused as error:
        refusal = error
        break
sizes = {log.name: log.size for log in Log.objects.all()}
with connection.cursor() as cursor:
    cursor.execute("PRAGMA max_page_count = 1073741823")
after = note("There is room again.")
here = {entry.position for entry in Entry.objects.all()}
report = fsck()
print(json.dumps({
    "acknowledged": len(acknowledged), "kept": set(acknowledged) <= here, "code": refusal.code, "sentence": refusal.sentence,
    "next": after == f"town-a@{sizes['town-a']}", "ok": report.ok, "fsck": report.text(),
}))
"""


def test_full_disk(real):
    told = json.loads(run(real, FULL))
    assert told["acknowledged"] > 0
    assert told["kept"]
    assert told["code"] == "disk-full"
    assert "disk of this node is full" in told["sentence"]
    assert told["next"]
    assert told["ok"], told["fsck"]


def test_of_many_that_are_said_together_none_is_said_after_its_author_was_told_that_it_was_not(
    home, set_clock, monkeypatch
):
    """The disk is full at the second batch. What waited behind it must not be said when others speak later."""
    town = found(1)[0]
    drafts = [
        Draft(KINDS["pact.fact/1"].read(fact(text=f"{i}.")), town.log, town.by) for i in range(6)
    ]
    size = Log.objects.get(name=town.log).size
    batches = []

    def fails_once(waiting):
        batches.append(len(waiting))
        if len(batches) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return append(waiting)

    monkeypatch.setattr(door, "LARGEST_BATCH", 2)
    monkeypatch.setattr(door, "append", fails_once)
    with pytest.raises(Refused) as refusal:
        say_each(drafts)
    assert refusal.value.code == "disk-full"
    assert say(KINDS["pact.fact/1"].read(fact()), log=town.log, by=town.by)
    assert Log.objects.get(name=town.log).size == size + 2 + 1
    assert batches == [2, 2, 1]
    assert fsck().ok


def test_one_that_is_refused_among_many_keeps_none_of_the_others_from_being_said(home, set_clock):
    town = found(1)[0]
    kind = KINDS["pact.fact/1"]
    said, refused, last = say_each(
        [
            Draft(kind.read(fact(text="One.")), town.log, town.by),
            Draft(kind.read(fact(text="Two.")), town.log, "nobody@0"),
            Draft(kind.read(fact(text="Three.")), town.log, town.by),
        ]
    )
    assert isinstance(refused, Refused)
    assert [is_position(str(one)) for one in (said, last)] == [True, True]


def test_full_disk_while_an_attachment_comes(home, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Refused) as refusal:
            files.keep("a.txt", "text/plain", [b"x" * 10])
    assert refusal.value.code == "disk-full"
    assert refusal.value.field == "files"
    assert [one for one in (home / "files").rglob("*") if one.is_file()] == []
    assert files.keep("a.txt", "text/plain", [b"x" * 10]).size == 10


def test_upload_that_breaks_off_leaves_nothing_behind(home):
    def chunks():
        yield b"x" * 100
        raise ConnectionResetError("the browser went away")

    with pytest.raises((Refused, ConnectionResetError)):
        files.keep("a.txt", "text/plain", chunks())
    assert [one for one in (home / "files").rglob("*") if one.is_file()] == []


READ_ONLY = """
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
refusals = []
try:
    note("Anything.")
except Refused as error:
    refusals.append([error.code, error.sentence])
from hansa.kernel import files
from hansa.kernel import say as door
try:
    files.keep("a.txt", "text/plain", [b"x"])
except Refused as error:
    refusals.append([error.code, error.sentence])
print(json.dumps(refusals))
"""


def test_home_that_may_only_be_read(real):
    for one in [*real.rglob("*"), real]:
        one.chmod(0o555 if one.is_dir() else 0o444)
    above = real.parent
    while (
        above != above.parent
        and above.stat().st_uid == os.getuid()
        and not above.stat().st_mode & 0o1
    ):
        above.chmod(above.stat().st_mode | 0o111)
        above = above.parent
    try:
        (said, kept) = json.loads(run(real, READ_ONLY))
    finally:
        for one in [real, *real.rglob("*")]:
            one.chmod(0o700 if one.is_dir() else 0o600)
    assert said[0] == "read-only"
    assert "may not write" in said[1]
    assert kept[0] == "disk-full"
    assert "not writable" in kept[1]
    assert json.loads(run(real, 'print(json.dumps(fsck().ok)); note("Anything.")'))


def test_key_file_that_is_gone_stops_its_own_log_only(home, set_clock):
    first, second = found(2)
    record = KINDS["pact.fact/1"].read(fact())
    seed = home / "keys" / f"{first.log}.seed"
    kept = seed.read_bytes()
    seed.unlink()
    lost, fine = append([Draft(record, first.log, first.by), Draft(record, second.log, second.by)])
    assert isinstance(lost, Refused)
    assert lost.code == "no-key"
    assert "key" in lost.sentence
    assert not isinstance(fine, Exception)
    assert any("key" in one for one in fsck().findings)
    seed.write_bytes(kept)
    assert say(record, log=first.log, by=first.by)
    assert fsck().ok


@pytest.mark.parametrize("bad", [b"", b"short", bytes(33), bytes(32)])
def test_key_file_that_is_damaged_signs_nothing(home, set_clock, bad):
    first, second = found(2)
    record = KINDS["pact.fact/1"].read(fact())
    seed = home / "keys" / f"{first.log}.seed"
    kept = seed.read_bytes()
    seed.write_bytes(bad)
    lost, fine = append([Draft(record, first.log, first.by), Draft(record, second.log, second.by)])
    assert isinstance(lost, Refused)
    assert not isinstance(fine, Exception)
    seed.write_bytes(kept)
    assert say(record, log=first.log, by=first.by)
    assert fsck().ok


def test_key_that_anyone_may_read_is_not_made(home):
    open_log("town-c")
    seed = home / "keys" / "town-c.seed"
    assert seed.stat().st_mode & 0o777 == 0o600
    assert seed.parent.stat().st_mode & 0o777 == 0o700


def test_log_that_could_not_be_made_leaves_no_key_behind(home, monkeypatch):
    """Else its name would be taken for ever by a log that does not exist."""
    from django.db import OperationalError

    def fail(*_, **__):
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Log.objects, "create", fail)
        with pytest.raises(OperationalError):
            open_log("town-c")
    assert open_log("town-c").mine
    assert this_home().keys.holds("town-c")
