"""The stand-alone checker: honest exports hold, and no change to one goes unnoticed."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import leaf_hash
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.proof import MAX_ARCHIVE, TlogProof, pack_zip, unpack_zip
from hansa.kernel.report import MAX_FINDINGS
from hansa.kernel.verify import Report, main, read_promise, verify
from tests.kernel.exports import (
    ORIGIN,
    SIGNER,
    STRANGER,
    body,
    header,
    honest_log,
    record,
    write_log,
)


def name_of(index: int) -> str:
    return f"bodies/{sha256(body(index)).hexdigest()}"


def only(report: Report, *words: str) -> None:
    """One finding, and it says so in these words."""
    assert not report.ok
    assert len(report.findings) == 1, report.findings
    assert all(word in report.findings[0] for word in words), report.findings


def some(report: Report, *words: str) -> None:
    assert not report.ok
    assert any(all(word in one for word in words) for one in report.findings), report.findings


# --- exported logs ---


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_an_honest_log_holds(tmp_path: Path, size: int) -> None:
    log = honest_log(tmp_path / "log", size, range(0, size, 50))
    report = verify(log, SIGNER.vkey())
    assert report.ok, report.text()
    assert (report.kind, report.origin, report.size, report.entries) == ("log", ORIGIN, size, size)
    present = len(range(0, size, 50))
    assert (report.bodies_present, report.bodies_absent) == (present, size - present)
    assert report.fingerprint == SIGNER.verifier.fingerprint
    assert not report.key_from_export
    assert report.notes == []
    assert report.text().startswith("HOLDS")


def test_without_a_key_of_ones_own_the_report_says_whose_was_used(tmp_path: Path) -> None:
    report = verify(honest_log(tmp_path, 3))
    assert report.ok
    assert report.key_from_export
    assert any(
        "from the export itself" in note and SIGNER.verifier.fingerprint in note
        for note in report.notes
    )
    plain = json.loads(json.dumps(report.as_dict()))
    assert plain["ok"] is True
    assert plain["size"] == 3


def test_a_log_signed_by_a_stranger_holds_only_by_its_own_key(tmp_path: Path) -> None:
    log = write_log(tmp_path, [header(0)], signer=STRANGER)
    assert verify(log).ok
    report = verify(log, SIGNER.vkey())
    assert not report.ok
    some(report, "vkey", "another key")
    some(report, "no signature by a known key")
    assert report.fingerprint == SIGNER.verifier.fingerprint
    assert report.root is None
    assert not verify(log, "not a key").ok


def flips(whole: bytes) -> Iterator[bytes]:
    """Every byte changed in one bit, another bit each time."""
    for at in range(len(whole)):
        yield whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]


def test_a_flipped_bit_in_any_byte_of_any_file_is_found(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 3, [0, 2])
    for path in sorted(file for file in log.rglob("*") if file.is_file()):
        whole = path.read_bytes()
        for at, changed in enumerate(flips(whole)):
            path.write_bytes(changed)
            assert not verify(log).ok, f"{path} byte {at}"
        path.write_bytes(whole)
    assert verify(log).ok


def test_a_flipped_bit_on_any_level_of_the_tree_is_found(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 259)
    chance = random.Random(6962)
    for path in sorted(file for file in (log / "tile").rglob("*") if file.is_file()):
        whole = path.read_bytes()
        for changed in chance.sample(list(flips(whole)), 12):
            path.write_bytes(changed)
            some(verify(log), path.relative_to(log).as_posix())
        path.write_bytes(whole)
    assert verify(log).ok


def test_any_truncated_or_missing_file_is_found(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 259, [7])
    for path in sorted(file for file in log.rglob("*") if file.is_file()):
        whole = path.read_bytes()
        # A key without its newline is the same key.
        for end in {0, 1, len(whole) // 2, len(whole) - (2 if path.name == "vkey" else 1)}:
            path.write_bytes(whole[:end])
            assert not verify(log).ok, f"{path} cut to {end}"
        path.write_bytes(whole + b"\0")
        assert not verify(log).ok, f"{path} lengthened"
        path.unlink()
        # Any subset of the bodies may be handed on.
        assert verify(log).ok == (path.parent.name == "bodies"), path
        path.write_bytes(whole)
    assert verify(log).ok


def test_a_changed_entry_is_named(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 300)
    bundle = log / "tile/entries/001.p/44"
    bundle.write_bytes(bundle.read_bytes().replace(b'"i":290,"t":"2025', b'"i":290,"t":"2024'))
    report = verify(log)
    some(report, "tile/entries/001.p/44", "index 290", "not the one hashed")
    some(report, "entries give the root")
    assert not any("hash tiles give" in one for one in report.findings)


def test_a_changed_body_is_named(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 3, [1])
    (log / name_of(1)).write_bytes(body(1).replace(b"says", b"sang"))
    only(verify(log), name_of(1), "index 1", "not the one that the log committed to")


def test_a_body_that_no_entry_has_is_reported(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 3, [1, 5])
    only(verify(log), name_of(5), "no entry of the log has this body")


def test_a_log_of_another_size_than_signed_is_found(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 300)
    root = bytes.fromhex(str(verify(log).root))
    for size in (0, 1, 256, 299, 301, 512, 2**63 - 1):
        (log / "checkpoint").write_bytes(sign_checkpoint(size, root, SIGNER))
        assert not verify(log).ok, size
    (log / "checkpoint").write_bytes(sign_checkpoint(300, bytes(32), SIGNER))
    some(verify(log), "hash tiles give the root")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (header(2), "says it is entry 2"),
        (header(1, i="1"), "wrong type"),
        (header(1, i=1.0), "wrong type"),
        (header(1, v=True), "wrong type"),
        (header(1, v=2), "version 2"),
        (header(1, log="boston"), "log 'boston'"),
        (header(1, log=None), "wrong type"),
        (header(1, extra=1), "fields of version 1"),
        (header(1, t="2025-06-07T19:00:00"), "time with its zone"),
        (header(1, t="today"), "time with its zone"),
        (header(1, body="AAAA"), "out of bounds"),
        (header(1, body="!"), "not base64"),
        (header(1, size=-1), "out of bounds"),
        (header(1, size=0).replace(b":0}", b":" + b"9" * 5_000 + b"}"), "not JSON"),
        (header(1)[:-1], "not JSON"),
        (header(1)[:-1] + b',"i":1}', "twice"),
        (header(1, size=0).replace(b":0}", b":NaN}"), "not JSON"),
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"null", "fields of version 1"),
        (b"[" * 60_000, "not JSON"),
        (b'{"v":' * 12_000, "not JSON"),
    ],
)
def test_an_entry_that_is_no_header_of_this_place_is_named(
    tmp_path: Path, entry: bytes, words: str
) -> None:
    log = write_log(tmp_path, [header(0), entry, header(2)])
    only(verify(log), "tile/entries/000.p/3", "index 1", words)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["v", "log", "i", "t"]), inner),
)


@given(st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_entry_is_a_header_or_untrusted(entry: bytes) -> None:
    with pytest.raises(Untrusted):
        read_promise(entry, 0, "los-angeles")


def test_a_body_of_another_size_than_promised_is_found(tmp_path: Path) -> None:
    log = write_log(tmp_path, [header(0, size=7)], [0])
    only(verify(log), name_of(0), "the log says 7")


def test_an_origin_without_a_realm_is_refused(tmp_path: Path) -> None:
    for origin in ("los-angeles", "/los-angeles", "exercise/"):
        signer = Signer(origin, bytes(32))
        log = write_log(tmp_path / origin.replace("/", "_"), [header(0)], signer=signer)
        some(verify(log), "realm/log")


def test_the_findings_of_a_wholly_wrong_log_are_bounded(tmp_path: Path) -> None:
    log = write_log(tmp_path, [b"x"] * 1_000)
    report = verify(log)
    assert len(report.findings) == MAX_FINDINGS
    assert report.findings_left_out == 900
    assert "900 more" in report.text()


def test_files_that_are_no_part_of_the_log_are_noted(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 3)
    (log / "README").write_text("hello")
    (log / "tile/0/000.p/2").write_bytes(b"older")
    report = verify(log)
    assert report.ok
    assert any("not checked: 2" in note and "README" in note for note in report.notes)


LINKS: list[Callable[[Path], Path]] = [
    lambda log: log / "checkpoint",
    lambda log: log / "vkey",
    lambda log: log / "tile",
    lambda log: log / "tile/entries/000.p/3",
    lambda log: log / "tile/0",
    lambda log: log / "bodies",
    lambda log: log / name_of(1),
]


@pytest.mark.parametrize("choose", LINKS)
@pytest.mark.parametrize("how", ["link", "pipe", "folder", "loop"])
def test_no_link_or_pipe_is_followed(
    tmp_path: Path, choose: Callable[[Path], Path], how: str
) -> None:
    log = honest_log(tmp_path / "log", 3, [1])
    path = choose(log)
    path.rename(tmp_path / "moved")
    match how:
        case "link":
            path.symlink_to(tmp_path / "moved")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case _:
            path.symlink_to(path)
    report = verify(log)
    if path.name == "bodies" and how != "folder":
        only(report, "bodies is not a folder")
    # An empty folder of bodies is an honest one.
    assert report.ok == (how == "folder" and path.name == "bodies")


def test_hostile_names_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    log = honest_log(tmp_path, 1)
    (log / "bodies").mkdir()
    (log / os.fsdecode(b"bodies/\x1b[2J\xff\xe2\x80\xae")).write_bytes(b"x")
    (log / "a\nHOLDS").write_bytes(b"x")
    report = verify(log)
    assert not report.ok
    text = report.text()
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "\nHOLDS" not in text


# --- single records ---


@pytest.mark.parametrize(("index", "size"), [(0, 1), (2, 3), (5, 300), (299, 300)])
def test_an_honest_record_holds(tmp_path: Path, index: int, size: int) -> None:
    files = record(index, size)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    archive = tmp_path / "record.zip"
    archive.write_bytes(pack_zip(files))
    for path in (folder, archive):
        report = verify(path, SIGNER.vkey())
        assert report.ok, report.text()
        assert (report.kind, report.origin, report.size) == ("record", ORIGIN, size)
        assert (report.entries, report.bodies_present, report.bodies_absent) == (1, 1, 0)
    (folder / "body").unlink()
    assert verify(folder).ok
    assert verify(folder).bodies_absent == 1


def test_a_flipped_bit_in_any_byte_of_a_record_is_found(tmp_path: Path) -> None:
    files = record(2, 5)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert verify(tmp_path).ok
    for name, data in files.items():
        for at, changed in enumerate(flips(data)):
            (tmp_path / name).write_bytes(changed)
            assert not verify(tmp_path).ok, f"{name} byte {at}"
        (tmp_path / name).write_bytes(data)


def zipped(tmp_path: Path, files: dict[str, bytes]) -> Report:
    path = tmp_path / "record.zip"
    path.write_bytes(pack_zip(files))
    return verify(path)


def test_a_record_with_a_file_missing_says_which(tmp_path: Path) -> None:
    for name in ("record.tlog-proof", "entry", "vkey"):
        files = record(0, 2)
        del files[name]
        some(zipped(tmp_path, files), name, "missing")


def test_the_body_of_another_record_is_found(tmp_path: Path) -> None:
    only(zipped(tmp_path, record(0, 2) | {"body": body(1)}), "body", "not the one")


def test_the_proof_of_another_record_is_found(tmp_path: Path) -> None:
    only(zipped(tmp_path, record(0, 2) | {"entry": header(1)}), "does not lead to the log's root")
    wrong = record(0, 2, header(1))
    some(zipped(tmp_path, wrong), "entry, index 0", "says it is entry 1")


def test_a_strange_file_in_an_archive_is_noted_and_not_read(tmp_path: Path) -> None:
    report = zipped(tmp_path, record(0, 2) | {"README.txt": b"x" * 10_000_000})
    assert report.ok
    assert any("README.txt" in note for note in report.notes)


@pytest.mark.parametrize("name", ["../body", "/etc/passwd", "a/body", "..", "C:x", "a\\..\\b"])
def test_names_in_an_archive_that_point_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    only(zipped(tmp_path, record(0, 2) | {name: b"x"}), "no folders")
    assert [path.name for path in tmp_path.iterdir()] == ["record.zip"]


@pytest.mark.parametrize("name", ["entry", "body", "vkey", "record.tlog-proof"])
def test_a_zip_bomb_is_refused(tmp_path: Path, name: str) -> None:
    only(zipped(tmp_path, record(0, 2) | {name: bytes(50_000_000)}), name, "larger")


def archive_of(edit: Callable[[zipfile.ZipFile, zipfile.ZipInfo], None]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in record(0, 2).items():
            info = zipfile.ZipInfo(name)
            if name == "body":
                edit(archive, info)
            archive.writestr(info, data)
    return target.getvalue()


def as_link(_: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    info.external_attr = 0o120777 << 16


def as_lzma(_: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_LZMA


def with_many(archive: zipfile.ZipFile, _: zipfile.ZipInfo) -> None:
    for number in range(2_000):
        archive.writestr(f"x{number}", b"")


def as_encrypted(archive: zipfile.ZipFile, _: zipfile.ZipInfo) -> None:
    archive.writestr("extra", b"x")
    archive.getinfo("extra").flag_bits |= 1


def with_large_format(archive: zipfile.ZipFile, _: zipfile.ZipInfo) -> None:
    archive.comment = b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18)


def with_comment(archive: zipfile.ZipFile, _: zipfile.ZipInfo) -> None:
    archive.comment = b"a second directory could hide behind this"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (as_link, "a link"),
        (as_lzma, "compression"),
        (with_many, "more files"),
        (with_comment, "not a plain"),
        (with_large_format, "more files"),
        (as_encrypted, "encrypted"),
    ],
)
def test_odd_archives_are_refused(
    tmp_path: Path, edit: Callable[[zipfile.ZipFile, zipfile.ZipInfo], None], words: str
) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(archive_of(edit))
    only(verify(path), words)


def test_an_archive_that_holds_a_name_twice_is_refused(tmp_path: Path) -> None:
    data = archive_of(lambda archive, _: archive.writestr("copyy", b"x"))
    path = tmp_path / "x.zip"
    path.write_bytes(data.replace(b"copyy", b"entry"))
    only(verify(path), "twice")


def test_a_name_in_an_archive_with_a_hidden_end_is_refused(tmp_path: Path) -> None:
    data = archive_of(lambda archive, _: archive.writestr("READ%ME", b"x"))
    path = tmp_path / "x.zip"
    path.write_bytes(data.replace(b"READ%ME", b"READ\0ME"))
    only(verify(path), "no folders")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_archive_gives_the_same_files_or_is_untrusted(data: st.DataObject) -> None:
    files = record(0, 2)
    packed = bytearray(pack_zip(files))
    for _ in range(data.draw(st.integers(1, 3))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(packed)) | st.integers(0, len(packed)))
    try:
        found = unpack_zip(bytes(packed[:cut]))
    except Untrusted:
        return
    for name in found.keys() & files.keys():
        assert found[name] == files[name]


def test_every_single_byte_changed_in_an_archive_is_survived() -> None:
    packed = pack_zip(record(0, 2))
    for at in range(len(packed)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            changed = packed[:at] + bytes([value]) + packed[at + 1 :]
            try:
                unpack_zip(changed)
            except Untrusted:
                continue


# --- paths that are no export ---


def test_what_is_no_export_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "large").write_bytes(bytes(MAX_ARCHIVE + 10))
    os.mkfifo(tmp_path / "pipe")
    for name in ("empty", "text", "large", "pipe", "absent", "nul\0"):
        report = verify(tmp_path / name)
        assert len(report.findings) == 1, name
        assert not report.ok


@given(st.binary(max_size=400))
def test_any_bytes_are_a_proof_or_untrusted(data: bytes) -> None:
    for one in (data, b"c2sp.org/tlog-proof@v1\nindex 0\n" + data):
        try:
            proof = TlogProof.parse(one)
        except Untrusted:
            continue
        assert TlogProof.parse(proof.to_bytes()) == proof


def test_a_proof_reads_as_written() -> None:
    for extra in (None, b"", b"more"):
        proof = TlogProof(7, (leaf_hash(b"a"), leaf_hash(b"b")), b"note\n", extra)
        assert TlogProof.parse(proof.to_bytes()) == proof


@pytest.mark.parametrize(
    "change",
    [
        (b"@v1", b"@v2"),
        (b"index 2", b"index 02"),
        (b"index 2", b"index -2"),
        (b"index 2", b"Index 2"),
        (b"index 2\n", b""),
        (b"index 2\n", b"index 2\n" + b"A" * 43 + b"=\n" * 1),
        (b"index 2\n", b"index 2\n" + (b"A" * 43 + b"=\n") * 64),
        (b"index 2", b"extra !\nindex 2"),
        (b"index 2\n", b"index 2\nextra AA==\n"),
        (b"\n\n", b"\n"),
    ],
)
def test_a_malformed_proof_is_found(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    files = record(2, 5)
    assert change[0] in files["record.tlog-proof"]
    files["record.tlog-proof"] = files["record.tlog-proof"].replace(*change, 1)
    assert not zipped(tmp_path, files).ok


def test_a_proof_longer_than_any_log_needs_is_untrusted() -> None:
    TlogProof.parse(TlogProof(0, [leaf_hash(b"x")] * 63, b"note\n").to_bytes())
    with pytest.raises(Untrusted, match="more than 63"):
        TlogProof.parse(TlogProof(0, [leaf_hash(b"x")] * 64, b"note\n").to_bytes())


# --- the program ---


def test_the_checker_needs_neither_django_nor_a_database() -> None:
    code = (
        "import sys, hansa.kernel.verify\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('django', 'sqlite3', '_sqlite3', 'msgspec', 'cryptography')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ran.stdout.strip() == "[]"


def test_the_program_answers_by_its_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = honest_log(tmp_path, 2)
    assert main([str(log)]) == 0
    assert "HOLDS" in capsys.readouterr().out
    assert main([str(log), STRANGER.vkey()]) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out
    assert main([]) == 2
