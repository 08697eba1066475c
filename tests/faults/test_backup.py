"""Backups, proved by restoring them: made under load, killed, cut, damaged, of other versions, forged."""

import errno
import io
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from functools import partial
from pathlib import Path

import pyrage
import pytest

from hansa.kernel.errors import Refused, Untrusted
from hansa.node.backup import archive, making, unpacking
from hansa.node.backup.locks import Key, Lock, identities_in, new_key
from hansa.node.backup.making import make
from hansa.node.backup.restoring import restore
from hansa.node.start import known_migrations
from tests.faults.rig import ROOT, environment, run, start

SECRET, RECIPIENT = new_key()
LOCK = Lock((RECIPIENT,))
KEY = Key(identities=(pyrage.x25519.Identity.from_str(SECRET),))

STATE = "print(json.dumps({'state': state.state_hash(), 'ok': fsck().ok, 'fsck': fsck().text()}))"


@pytest.fixture
def home(real) -> Path:
    """The settled home, with the settings that make it one."""
    (real / "hansa.toml").write_text('realm = "hansa"\n')
    (real / "secret").write_text("kept\n")
    home: Path = real
    return home


@pytest.fixture
def file(home, tmp_path) -> Path:
    """A backup of it."""
    made: Path = tmp_path / "one.age"
    make(home, made, LOCK)
    return made


def bring_back(file: Path, to: Path, key: Key = KEY):
    return restore(file, to, key, known=known_migrations())


def is_home(folder: Path) -> bool:
    return (folder / "hansa.toml").exists()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a home but the database, which its own process changes, and what belongs to its machine."""
    machines = ("hansa.sqlite3", "signed/", "backup.lock", "last-backup")
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {
        name: path.read_bytes() for name, path in files.items() if not name.startswith(machines)
    }


def test_a_restored_home_is_the_home_that_was_backed_up(home, file, tmp_path):
    manifest = bring_back(file, tmp_path / "back")
    before, after = json.loads(run(home, STATE)), json.loads(run(tmp_path / "back", STATE))
    assert after["ok"], after["fsck"]
    assert before == {**after, "fsck": before["fsck"]}
    own = {one["log"] for one in manifest["logs"] if one["own"]}
    assert own == {"town-a", "town-b"}
    here = tree(tmp_path / "back")
    marker = json.loads(here.pop("restored"))
    assert marker["logs"] == {"town-a": 23, "town-b": 42}
    assert here == tree(home)


def test_nothing_readable_stands_in_the_file_and_nothing_is_left_beside_it(home, file, tmp_path):
    assert b"town-a" not in file.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "one.age"]
    assert list(home.glob(f"{making.WORKING}*")) == []
    assert file.stat().st_mode & 0o077 == 0


def test_the_keys_can_be_left_out(home, tmp_path):
    make(home, tmp_path / "bare.age", LOCK, with_keys=False)
    manifest = bring_back(tmp_path / "bare.age", tmp_path / "back")
    assert manifest["keys"] is False
    assert not (tmp_path / "back" / "keys").exists()
    seeds = [one.read_bytes() for one in (home / "keys").iterdir()]
    into = io.BytesIO()
    with (tmp_path / "bare.age").open("rb") as sealed:
        pyrage.decrypt_io(sealed, into, list(KEY.identities))
    assert seeds
    assert not any(seed in into.getvalue() for seed in seeds)


@pytest.mark.skipif(not shutil.which("age"), reason="needs Debian's age")
def test_age_and_tar_open_it_without_us(file, tmp_path):
    (tmp_path / "key").write_text(SECRET + "\n")
    plain = subprocess.run(
        ["age", "--decrypt", "-i", tmp_path / "key", file], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as opened:
        names = opened.getnames()
        member = opened.extractfile("manifest.json")
        assert member
        manifest = json.load(member)
    assert names[0] == "about.json"
    assert names[-1] == "manifest.json"
    assert {one["name"] for one in manifest["files"]} == set(names) - {"manifest.json"}


def test_a_passphrase_closes_and_opens_it(home, tmp_path):
    words = "four unrelated words do"
    make(home, tmp_path / "b.age", Lock(passphrase=words))
    with pytest.raises(Refused, match="does not open"):
        bring_back(tmp_path / "b.age", tmp_path / "back", Key(passphrase="something else again"))
    assert not is_home(tmp_path / "back")
    bring_back(tmp_path / "b.age", tmp_path / "back", Key(passphrase=words))
    assert is_home(tmp_path / "back")


def test_an_ssh_key_closes_and_opens_it(home, tmp_path):
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "id"], check=True
    )
    make(home, tmp_path / "b.age", Lock(((tmp_path / "id.pub").read_text().strip(),)))
    bring_back(tmp_path / "b.age", tmp_path / "back", Key(identities_in([tmp_path / "id"])))
    assert is_home(tmp_path / "back")


def test_another_key_opens_nothing_and_the_sentence_says_what_to_give(file, home, tmp_path):
    other = Key(identities=(pyrage.x25519.Identity.generate(),))
    with pytest.raises(Refused, match="--identity"):
        bring_back(file, tmp_path / "back", other)
    with pytest.raises(Refused, match="encrypted to a key"):
        bring_back(file, tmp_path / "back", Key(passphrase="four unrelated words do"))
    assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize("said", ["age1nonsense", "ssh-rsa nothing", "someone@example.org"])
def test_who_is_no_recipient_is_named(said):
    with pytest.raises(Refused, match="is no recipient"):
        Lock((said,))


def test_nobody_to_open_it_or_a_weak_passphrase_is_refused():
    with pytest.raises(Refused, match="backup_to"):
        Lock()
    with pytest.raises(Refused, match="too short"):
        Lock(passphrase="short")


def test_a_truncated_backup_restores_nothing(file, tmp_path):
    data = file.read_bytes()
    chance = random.Random(5)
    cuts = {0, 1, 100, 200, 400, len(data) - 1, len(data) - 70_000}
    for cut in cuts | {chance.randrange(len(data)) for _ in range(8)}:
        (tmp_path / "cut.age").write_bytes(data[:cut])
        with pytest.raises((Refused, Untrusted)):
            bring_back(tmp_path / "cut.age", tmp_path / "back")
        assert list((tmp_path / "back").iterdir()) == [], cut


def test_a_damaged_backup_restores_nothing(file, tmp_path):
    data = file.read_bytes()
    chance = random.Random(6)
    for place in [3, 30, 150, 250, len(data) - 1, *(chance.randrange(len(data)) for _ in range(8))]:
        wrong = bytearray(data)
        wrong[place] ^= 1 << chance.randrange(8)
        (tmp_path / "wrong.age").write_bytes(wrong)
        with pytest.raises((Refused, Untrusted)):
            bring_back(tmp_path / "wrong.age", tmp_path / "back")
        assert list((tmp_path / "back").iterdir()) == [], place


def test_a_home_is_never_restored_over(file, home, tmp_path):
    before = tree(home)
    with pytest.raises(Refused, match="is not empty"):
        bring_back(file, home)
    assert tree(home) == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match=r"letter\.txt"):
        bring_back(file, tmp_path / "other")
    assert (tmp_path / "other" / "letter.txt").read_text() == "mine"


def test_a_full_disk_keeps_the_older_backup(home, file, monkeypatch):
    older = file.read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused, match=r"No space left on device.*is the older backup"):
        make(home, file, LOCK)
    assert file.read_bytes() == older
    assert [one.name for one in file.parent.iterdir() if "partial" in one.name] == []
    assert list(home.glob(f"{making.WORKING}*")) == []


SMALL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from hansa.node.backup.locks import Lock
from hansa.node.backup.making import make
try:
    make(HOME, Path(sys.argv[1]), Lock((sys.argv[2],)))
except Refused as error:
    print(error.sentence)
"""


@pytest.mark.parametrize("room", [1000, 300_000])
def test_a_disk_that_fills_up_midway_keeps_the_older_backup(home, file, room):
    older = file.read_bytes()
    told = run(home, SMALL, str(file), RECIPIENT, str(room))
    assert "could not be written" in told
    assert file.read_bytes() == older


def test_a_full_disk_restores_nothing(file, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Refused, match="No space left on device"):
            bring_back(file, tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []
    bring_back(file, tmp_path / "back")
    assert is_home(tmp_path / "back")


BUSY = """
name, town = sys.argv[1:]
print("busy", flush=True)
i = 0
while True:
    place = say(KINDS["pact.note/1"].read({"on": "town-a@0", "text": f"{name} {i} " + "x" * 500}), log=town, by=f"{town}@0")
    print(place, flush=True)
    i += 1
"""


@pytest.mark.slow
def test_a_backup_made_under_load_holds_everything_acknowledged_before_it(home, tmp_path):
    writer = start(home, BUSY, "load", "town-a")
    assert writer.stdout
    try:
        writer.stdout.readline()
        for turn in range(3):
            last = writer.stdout.readline().strip()
            manifest = make(home, tmp_path / "b.age", LOCK)
            sizes = {one["log"]: one["size"] for one in manifest["logs"]}
            assert sizes["town-a"] > int(last.partition("@")[2])
            back = tmp_path / f"back-{turn}"
            bring_back(tmp_path / "b.age", back)
            told = json.loads(run(back, STATE))
            assert told["ok"], told["fsck"]
    finally:
        writer.kill()
        writer.communicate()


KILLED = """
import shutil, signal, pyrage
from hansa.node.backup import unpacking
from hansa.node.backup.locks import Key, Lock
from hansa.node.backup.making import make
from hansa.node.backup.restoring import restore
from hansa.node.start import known_migrations
file, secret, recipient, what, rounds = Path(sys.argv[1]), *sys.argv[2:5], int(sys.argv[5])
lock, key = Lock((recipient,)), Key((pyrage.x25519.Identity.from_str(secret),))
known = known_migrations()
connection.close()
random.seed(8)

def work(back):
    if what == "backup":
        make(HOME, file, lock)
    else:
        restore(file, back, key, known=known)

def seconds(back):
    start = time.monotonic()
    work(back)
    return time.monotonic() - start

most = seconds(HOME.parent / "first") * 1.3
ended, told = 0, []
for turn in range(rounds):
    back = HOME.parent / f"back-{turn}"
    pid = os.fork()
    if pid == 0:
        work(back)
        os._exit(0)
    time.sleep(random.uniform(0, most))
    os.kill(pid, signal.SIGKILL)
    ended += os.waitpid(pid, 0)[1] == 0
    if what == "backup":
        with file.open("rb") as sealed:
            unpacking.unpack(sealed, key, back)
    else:
        if not (back / "hansa.toml").exists():
            restore(file, back, key, known=known)
        told = sorted(p.relative_to(back).as_posix() for p in back.rglob("*") if p.is_file())
    shutil.rmtree(back)
work(HOME.parent / "last")
print(json.dumps({"ended": ended, "files": told, "left": sorted(one.name for one in HOME.iterdir())}))
"""


@pytest.mark.slow
def test_killed_at_any_moment_a_backup_is_the_old_one_or_the_new_one(home, file, tmp_path):
    """After each kill the file under its name opens and holds against its own manifest."""
    told = json.loads(run(home, KILLED, str(file), SECRET, RECIPIENT, "backup", "50"))
    assert 0 < told["ended"] < 50
    assert not any(name.startswith(making.WORKING) for name in told["left"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "one.age"]


@pytest.mark.slow
def test_killed_at_any_moment_a_restore_leaves_a_whole_home_or_none_and_can_begin_again(home, file):
    told = json.loads(run(home, KILLED, str(file), SECRET, RECIPIENT, "restore", "50"))
    assert 0 < told["ended"] < 50
    assert set(told["files"]) == {*tree(home), "hansa.sqlite3", "restored"}


def test_two_backups_at_once_do_not_meet(home, tmp_path):
    with making._alone(home), pytest.raises(Refused, match="Another backup"):
        make(home, tmp_path / "b.age", LOCK)


def test_a_key_that_changes_while_the_database_is_copied_is_taken_as_it_is_afterwards(
    home, tmp_path, monkeypatch
):
    """Else a home would come back whose database speaks of one key, and whose folder holds another."""
    from hansa.node.backup import snapshot

    copy = snapshot.take
    turns: list[Path] = []

    def take(folder, to):
        made = copy(folder, to)
        if not turns:
            (folder / "keys" / "town-a.seed").write_bytes(b"n" * 32)
        turns.append(to)
        return made

    monkeypatch.setattr(snapshot, "take", take)
    make(home, tmp_path / "b.age", LOCK)
    bring_back(tmp_path / "b.age", tmp_path / "back")
    assert len(turns) == 2
    assert (tmp_path / "back" / "keys" / "town-a.seed").read_bytes() == b"n" * 32


WITNESS = """
from hansa.kernel.home import home
print(json.dumps([home().keys.witness(), home().keys.witness("mldsa44")]))
"""


def test_a_restored_witness_begins_anew_because_it_has_forgotten_what_it_cosigned(home, tmp_path):
    """C2SP tlog-witness: a witness MUST NOT cosign what is inconsistent with what it cosigned before."""
    before = json.loads(run(home, WITNESS))
    make(home, tmp_path / "b.age", LOCK)
    bring_back(tmp_path / "b.age", tmp_path / "back")
    after = json.loads(run(tmp_path / "back", WITNESS))
    assert set(before) & set(after) == set()
    restore(
        tmp_path / "b.age", tmp_path / "moved", KEY, known=known_migrations(), nothing_since=True
    )
    assert json.loads(run(tmp_path / "moved", WITNESS)) == before


MARK = """
from hansa.kernel.witness import guard, marker
guard.clear()
note("Marked.")
print(json.dumps([marker.unchanged(), (HOME / "signed").is_dir()]))
"""

MARKED = """
from hansa.kernel.witness import marker
print(json.dumps([marker.unchanged(), (HOME / "signed").exists()]))
"""


def test_a_restored_home_lacks_the_mark_by_which_it_would_sign_unasked(home, tmp_path):
    assert json.loads(run(home, MARK))[1]
    make(home, tmp_path / "b.age", LOCK)
    bring_back(tmp_path / "b.age", tmp_path / "back")
    assert json.loads(run(tmp_path / "back", MARKED)) == [False, False]


FAR = """
import pickle
from tests.foreign import ForeignLog
from tests.attacks.words import note
from hansa.kernel import search
from hansa.kernel.ingest import ingest
from hansa.kernel.models import Body
far = ForeignLog("far-away")
told = far.write("pact.note/1", {**note("far-away@0"), "text": "Zinnober"}, audience="pact:e")
far.send()
search.catch_up()
far.write("kernel.erasure/1", {"target": told, "ground": "Asked."}, cites=(told,))
(HOME.parent / "order").write_bytes(pickle.dumps(far.bundle()))
print(len(search.find("Zinnober", "town-a")))
"""

HEARS = """
import pickle
from hansa.kernel import search
from hansa.kernel.ingest import ingest
from hansa.kernel.models import Body
def holds(): return [len(search.find("Zinnober", "town-a")), any(b"Zinnober" in bytes(one) for one in Body.objects.values_list("data", flat=True))]
before = holds()
ingest([pickle.loads((HOME.parent / "order").read_bytes())])
print(json.dumps([before, holds(), fsck().ok]))
"""


def test_what_was_erased_after_the_backup_is_erased_again_once_the_order_arrives(home, tmp_path):
    assert run(home, FAR).strip() == "1"
    make(home, tmp_path / "b.age", LOCK)
    bring_back(tmp_path / "b.age", tmp_path / "back")
    before, after, ok = json.loads(run(tmp_path / "back", HEARS))
    assert before == [1, True]
    assert after == [0, False]
    assert ok
    plain = b"".join(one.read_bytes() for one in (tmp_path / "back").rglob("*") if one.is_file())
    assert b"Zinnober" not in plain


def test_an_attachment_erased_while_the_backup_is_made_is_left_out(home, tmp_path, monkeypatch):
    attached = next(one for one in (home / "files").rglob("*") if one.is_file())
    sources = making._sources

    def late(folder, work):
        listed = list(sources(folder, work))
        attached.unlink()
        return iter(listed)

    monkeypatch.setattr(making, "_sources", late)
    make(home, tmp_path / "b.age", LOCK)
    bring_back(tmp_path / "b.age", tmp_path / "back")
    assert list((tmp_path / "back").rglob(attached.name)) == []


# --- other versions --------------------------------------------------------------------------


def edit(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "hansa.sqlite3")) as database:
        database.execute(statement)
        database.commit()


def test_a_newer_versions_database_is_not_restored(home, tmp_path):
    edit(
        home, "INSERT INTO django_migrations (app, name, applied) VALUES ('aid', '9999_later', '')"
    )
    make(home, tmp_path / "b.age", LOCK)
    with pytest.raises(Refused, match=r"aid\.9999_later is not known here"):
        bring_back(tmp_path / "b.age", tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []


def test_a_newer_format_is_not_read_any_further(home, tmp_path, monkeypatch):
    monkeypatch.setattr(making, "FORMAT", 2)
    monkeypatch.setattr(unpacking, "FORMAT", 2)
    make(home, tmp_path / "b.age", LOCK)
    monkeypatch.undo()
    with pytest.raises(Refused, match="newer than"):
        bring_back(tmp_path / "b.age", tmp_path / "back")


OLDER = """
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader
last = max(name for app, name in MigrationLoader(None).disk_migrations if app == "api")
call_command("migrate", "api", "zero", verbosity=0)
print(last)
"""


def test_an_older_versions_backup_is_restored_and_brought_up_to_date(home, tmp_path):
    run(home, OLDER)
    make(home, tmp_path / "b.age", LOCK)
    back = tmp_path / "back"
    bring_back(tmp_path / "b.age", back)
    hansa = [sys.executable, "-c", "from hansa.node.main import main; main()", "--home", str(back)]

    def ask(*words):
        return subprocess.run(
            [*hansa, *words],
            check=False,
            env=environment(back),
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    assert "hansa migrate" in ask("state").stderr
    assert ask("migrate").returncode == 0
    assert ask("fsck").returncode == 0


# --- forged by whoever knows the recipient ---------------------------------------------------


def forged(path: Path, members, *, end: bytes = bytes(1024)) -> Path:
    """An archive of these tar headers and bytes, encrypted to us."""
    plain = b""
    for info, data in members:
        info.size = len(data) if info.isreg() else 0
        plain += info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)
    path.write_bytes(pyrage.encrypt(plain + end, [pyrage.x25519.Recipient.from_str(RECIPIENT)]))
    return path


def member(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, to: str = ""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, data


ABOUT = member("about.json", b'{"format": 1, "version": "0"}')


@pytest.mark.parametrize(
    "name",
    ["../out", "/etc/out", "a/../../out", "a//b", "./a", "a/./b", "a\\b", "a\nb", "..", "keys/.."],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    file = forged(tmp_path / "f.age", [ABOUT, member(name)])
    with pytest.raises(Untrusted, match=r"leads out|no plain file"):
        bring_back(file, tmp_path / "back")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["back", "f.age"]
    assert list((tmp_path / "back").iterdir()) == []


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_what_is_no_plain_file_is_refused(tmp_path, kind):
    file = forged(tmp_path / "f.age", [ABOUT, member("keys", b"", kind, "/etc")])
    with pytest.raises(Untrusted, match="no plain file"):
        bring_back(file, tmp_path / "back")


def test_a_file_that_stands_twice_is_refused(tmp_path):
    file = forged(tmp_path / "f.age", [ABOUT, member("secret", b"a"), member("secret", b"b")])
    with pytest.raises(Untrusted, match="twice"):
        bring_back(file, tmp_path / "back")


def test_a_file_inside_a_file_is_refused(tmp_path):
    file = forged(tmp_path / "f.age", [ABOUT, member("keys", b"a"), member("keys/a", b"b")])
    with pytest.raises((Refused, Untrusted)):
        bring_back(file, tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []


def test_an_archive_without_end_or_manifest_or_of_other_things_is_refused(tmp_path):
    for n, (members, end) in enumerate(
        [([ABOUT], bytes(1024)), ([ABOUT], b""), ([], b"no archive" * 100), ([], b"")]
    ):
        file = forged(tmp_path / f"{n}.age", members, end=end)
        with pytest.raises(Untrusted):
            bring_back(file, tmp_path / "back")
        assert list((tmp_path / "back").iterdir()) == []


def _read(opened: tarfile.TarFile, one: tarfile.TarInfo) -> bytes:
    file = opened.extractfile(one)
    assert file
    return file.read()


def repacked(file: Path, to: Path, change) -> Path:
    """The same backup with its files changed by `change(name, bytes)`; None leaves one out."""
    plain = io.BytesIO()
    with file.open("rb") as sealed:
        pyrage.decrypt_io(sealed, plain, list(KEY.identities))
    plain.seek(0)
    with tarfile.open(fileobj=plain) as opened:
        files = [(one.name, _read(opened, one)) for one in opened.getmembers()]
    made = [(name, change(name, data)) for name, data in files]
    return forged(to, [member(name, data) for name, data in made if data is not None])


@pytest.mark.parametrize("name", ["secret", "keys/town-a.seed", "hansa.sqlite3", "about.json"])
def test_a_file_that_is_not_the_one_in_the_manifest_is_refused(file, tmp_path, name):
    changed = repacked(
        file, tmp_path / "f.age", lambda one, data: data + b" " if one == name else data
    )
    with pytest.raises(Untrusted, match="is not the file"):
        bring_back(changed, tmp_path / "back")
    gone = repacked(file, tmp_path / "g.age", lambda one, data: None if one == name else data)
    with pytest.raises(Untrusted, match=f"lists: {name}"):
        bring_back(gone, tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []


def test_an_archive_is_read_the_same_however_its_bytes_are_cut(tmp_path):
    """The stream comes in parts of any size."""
    made = [("a", os.urandom(3)), ("b/c", b""), ("d", os.urandom(512)), ("e", os.urandom(1500))]
    out = archive.Out(
        [(name, partial(io.BytesIO, data)) for name, data in made],
        lambda _kept: ("last", lambda: io.BytesIO(b"end")),
    )
    plain = out.read()
    with tarfile.open(fileobj=io.BytesIO(plain)) as opened:
        assert opened.getnames() == ["a", "b/c", "d", "e", "last"]
    for step in (1, 7, 511, 512, 513, 4096, len(plain)):
        folder = tmp_path / str(step)
        folder.mkdir()
        into = archive.In(folder, lambda _one: None)
        for i in range(0, len(plain), step):
            into.write(plain[i : i + step])
        assert into.ended
        assert {name: (folder / name).read_bytes() for name, _data in made} == dict(made)
        assert list(into.kept) == ["a", "b/c", "d", "e", "last"]
