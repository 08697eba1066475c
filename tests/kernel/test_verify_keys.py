"""The stand-alone checker on logs whose key has changed: heads judged by the chain of key documents."""

import subprocess
import sys
from pathlib import Path

import pytest

from hansa.kernel.chain import hash_of, pack
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.note import Signer, sign_checkpoint, sign_note
from hansa.kernel.proof import KEYS_NAME, pack_zip
from hansa.kernel.verify import verify
from tests.kernel.chains import Chain, signer
from tests.kernel.exports import ORIGIN, SIGNER, header, record, write_log

SIZE = 300


def root_at(size: int) -> bytes:
    return root_of([leaf_hash(header(index)) for index in range(size)])


@pytest.fixture
def chain() -> Chain:
    """Three keys: the export's own, another from 100 on, a third from 280 on."""
    made = Chain(ORIGIN)

    def log_key(version: int) -> Signer:
        return SIGNER if version == 1 else signer(ORIGIN, f"key {version}")

    made.log_key = log_key  # type: ignore[method-assign]  # version 1 is the key of these exports
    made.grow()
    made.grow(100, root_at(100))
    made.grow(280, root_at(280))
    return made


def exported(folder: Path, chain: Chain, *, version: int = 3, size: int = SIZE) -> Path:
    made = write_log(
        folder, [header(index) for index in range(size)], [0, 50], chain.log_key(version)
    )
    (made / "vkey").write_text(chain.log_key(3).vkey() + "\n")
    (made / KEYS_NAME).write_bytes(pack(chain.notes))
    return made


def test_any_key_that_the_log_ever_had_leads_to_its_head(tmp_path: Path, chain: Chain) -> None:
    made = exported(tmp_path, chain)
    for version in (1, 2, 3):
        report = verify(made, chain.log_key(version).vkey())
        assert report.ok, report.findings
        assert (report.size, report.notes) == (SIZE, [])
    assert verify(made).ok
    assert not verify(made, signer(ORIGIN, "a stranger's").vkey()).ok


@pytest.mark.parametrize(("version", "size", "holds"), [(1, 100, True), (1, 101, False), (2, 99, False), (2, 280, True), (2, 281, False), (3, 279, False)])  # fmt: skip
def test_invariant_12_a_key_never_counts_outside_its_interval(
    tmp_path: Path, chain: Chain, version: int, size: int, holds: bool
) -> None:
    made = exported(tmp_path, chain, version=version, size=size)
    assert verify(made, SIGNER.vkey()).ok == holds


def test_without_its_documents_a_later_key_is_a_stranger(tmp_path: Path, chain: Chain) -> None:
    made = exported(tmp_path, chain)
    (made / KEYS_NAME).unlink()
    assert not verify(made, SIGNER.vkey()).ok
    assert verify(made, chain.log_key(3).vkey()).ok


def test_a_later_key_cannot_put_another_past_under_its_head(tmp_path: Path, chain: Chain) -> None:
    entries = [header(index) for index in range(SIZE)]
    entries[50] = header(50, t="2024-01-01T00:00:00Z")
    made = write_log(tmp_path, entries, [], chain.log_key(3))
    (made / KEYS_NAME).write_bytes(pack(chain.notes))
    report = verify(made, SIGNER.vkey())
    assert [one for one in report.findings if "Version 2 of the log's keys starts at 100" in one]
    assert [one for one in report.findings if "Version 3" in one]


def test_a_chain_that_does_not_hold_proves_nothing(tmp_path: Path, chain: Chain) -> None:
    made = exported(tmp_path, chain)
    for spoilt in (
        pack(chain.notes[:1] + chain.notes[2:]),
        pack(chain.notes)[:-40],
        b"no chain",
        pack([*chain.notes, chain.notes[-1]]),
    ):
        (made / KEYS_NAME).write_bytes(spoilt)
        report = verify(made, SIGNER.vkey())
        assert not report.ok


def test_what_the_members_decided_is_said_and_not_taken_for_proven(
    tmp_path: Path, chain: Chain
) -> None:
    fresh = [signer(f"{ORIGIN}/new-{i}", f"new {i}") for i in range(2)]
    document = chain.document(
        4,
        start=290,
        root_at=root_at(290),
        roots=tuple(sorted(one.vkey() for one in fresh)),
        next=tuple(sorted(hash_of(signer("n", f"n {i}").vkey()) for i in range(2))),
    )
    chain.notes.append(sign_note(document.text(), chain.log_key(4), *fresh))
    made = exported(tmp_path, chain, version=4)
    assert not verify(made, SIGNER.vkey()).ok
    (made / KEYS_NAME).write_bytes(pack(chain.notes, [4]))
    report = verify(made, SIGNER.vkey())
    assert report.ok
    assert "Version 4 of the log's keys was decided by the other members" in report.notes[0]


def test_one_record_is_proved_across_a_change_of_key(tmp_path: Path, chain: Chain) -> None:
    files = record(5, SIZE)
    proof = files["record.tlog-proof"].split(b"\n\n", 1)[0]
    files["record.tlog-proof"] = (
        proof + b"\n\n" + sign_checkpoint(SIZE, root_at(SIZE), chain.log_key(3))
    )
    bundle = tmp_path / "record.zip"
    bundle.write_bytes(pack_zip(files))
    assert not verify(bundle, SIGNER.vkey()).ok
    files[KEYS_NAME] = pack(chain.notes)
    bundle.write_bytes(pack_zip(files))
    assert verify(bundle, SIGNER.vkey()).ok


def test_the_checker_still_loads_no_django() -> None:
    code = "import sys, hansa.kernel.verify; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
