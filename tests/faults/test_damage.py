"""Bytes that change or vanish on disk: the checker says so in sentences, or nothing of what was said has changed."""

import json
from typing import Any

from tests.faults.rig import run

DAMAGE = """
import sqlite3
what, times, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
path = HOME / "hansa.sqlite3"
connection.close()
whole = path.read_bytes()

def words(folder):
    found = {}
    database = sqlite3.connect(folder)
    database.text_factory = bytes
    try:
        names = [row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            # Not what was said: sign-ins, idempotency keys, the search index, which is made anew at will.
            if name.startswith(("kernel_", "pact_", "aid_")) and not name.startswith(("kernel_search", "kernel_once")):
                found[name] = sorted(map(repr, database.execute(f'SELECT * FROM "{name}"')))
    finally:
        database.close()
    return found

def write(data):
    connection.close()
    for name in ("hansa.sqlite3-wal", "hansa.sqlite3-shm"):
        (HOME / name).unlink(missing_ok=True)
    path.write_bytes(data)

good = words(path)
unseen, sentences, said = [], set(), 0
for _ in range(times):
    at = random.randrange(len(whole))
    if what == "flip":
        broken = bytearray(whole)
        broken[at] ^= 1 << random.randrange(8)
    elif what == "zero":
        broken = bytearray(whole)
        broken[at : at + 512] = bytes(len(broken[at : at + 512]))
    else:
        broken = whole[:at]
    write(broken)
    report = fsck()
    connection.close()
    if report.ok:
        write(broken)
        if words(path) != good:
            unseen.append(at)
    else:
        said += 1
        sentences.update(report.findings)
write(whole)
assert fsck().ok
print(json.dumps({"unseen": unseen, "said": said, "sentences": sorted(sentences)}))
"""


def check(told: dict[str, Any], times: int) -> None:
    assert told["unseen"] == []
    assert told["said"] > times // 20
    for sentence in told["sentences"]:
        assert sentence[0].isalnum()
        assert sentence.endswith((".", "…")), sentence
        assert "Traceback" not in sentence
        assert "object at 0x" not in sentence


def test_flipped_bit_in_the_database(real):
    check(json.loads(run(real, DAMAGE, "flip", "150", "1")), 150)


def test_lost_sector_in_the_database(real):
    check(json.loads(run(real, DAMAGE, "zero", "60", "2")), 60)


def test_truncated_database(real):
    check(json.loads(run(real, DAMAGE, "cut", "25", "3")), 25)


EXPORT = """
from hansa.kernel.export import export_log, record_bundle
from hansa.kernel.verify import verify
random.seed(int(sys.argv[1]))
folder = HOME / "export"
export_log("town-a", folder, "town-a")
bundle = HOME / "record.zip"
bundle.write_bytes(record_bundle("town-a@7", "town-a"))
key = Log.objects.get(name="town-a").vkey
assert verify(folder, key).ok and verify(bundle, key).ok
unseen = []
for path in sorted(one for one in [*folder.rglob("*"), bundle] if one.is_file()):
    whole = path.read_bytes()
    root = bundle if path == bundle else folder
    for _ in range(8):
        at, bit = random.randrange(len(whole)), 1 << random.randrange(8)
        flipped = bytearray(whole)
        flipped[at] ^= bit
        for name, data in (("flip", bytes(flipped)), ("cut", whole[:at]), ("more", whole + b"x")):
            path.write_bytes(data)
            report = verify(root, key)
            if report.ok:
                unseen.append([str(path.relative_to(HOME)), name, at])
            assert report.ok or report.findings
    path.unlink()
    if verify(root, key).ok and path.parent.name != "bodies":
        unseen.append([str(path.relative_to(HOME)), "gone"])
    path.write_bytes(whole)
assert verify(folder, key).ok and verify(bundle, key).ok
print(json.dumps(unseen))
"""


def test_damaged_export(real):
    """A body may be left out, for not everyone may read it. In a zip, what unpacks to the same files is the same."""
    unseen = json.loads(run(real, EXPORT, "4"))
    assert [one for one in unseen if one[0] != "record.zip"] == []
    assert all(one[1] == "flip" for one in unseen)


FILES = """
from hansa.kernel.files import path_of
from hansa.kernel.errors import Untrusted
(kept,) = (HOME / "files").glob("??/*")
whole = kept.read_bytes()
findings = []
for data in (whole[:-1], whole + b"x", b"", bytes(len(whole))):
    kept.chmod(0o600)
    kept.write_bytes(data)
    findings.append(fsck().findings)
    try:
        path_of(kept.name)
    except Untrusted:
        findings[-1].append("refused")
kept.unlink()
findings.append(fsck().findings)
print(json.dumps(findings))
"""


def test_damaged_attachment(real):
    *damaged, gone = json.loads(run(real, FILES))
    for findings in damaged:
        assert "damaged" in findings[0]
        assert findings[-1] == "refused"
    assert "not kept here" in gone[0]
    assert "town-a@" in gone[0]


def test_lost_write_ahead_log_is_a_shorter_log_and_no_broken_one(real):
    """Whoever loses the newest bytes keeps every log whole up to where it was."""
    script = """
(HOME / "hansa.sqlite3-wal").unlink(missing_ok=True)
before = {log.name: log.size for log in Log.objects.all()}
for i in range(5):
    note(f"Later {i}.")
data = (HOME / "hansa.sqlite3").read_bytes()
wal = (HOME / "hansa.sqlite3-wal").read_bytes()
connection.close()
results = []
for keep in (0, len(wal) // 3, len(wal) - 1, len(wal)):
    (HOME / "hansa.sqlite3").write_bytes(data)
    (HOME / "hansa.sqlite3-shm").unlink(missing_ok=True)
    (HOME / "hansa.sqlite3-wal").write_bytes(wal[:keep])
    report = fsck()
    results.append([report.ok, Log.objects.get(name="town-a").size - before["town-a"]])
    connection.close()
print(json.dumps(results))
"""
    results = json.loads(run(real, script))
    assert all(ok for ok, _size in results)
    sizes = [size for _ok, size in results]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (0, 5)
