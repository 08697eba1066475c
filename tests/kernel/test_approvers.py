"""The stand-alone checker and the approvals in what it is given."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from hansa.kernel.export import export_log, record_bundle
from hansa.kernel.merkle import leaf_hash
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.proof import enrolment_names, pack_zip, unpack_zip
from hansa.kernel.verify import verify
from hansa.pact.models import Officer
from tests.approving import PasskeyHand, SshHand, approved, enrol
from tests.attacks.test_approval import Hostile
from tests.builders import found
from tests.foreign import example

pytestmark = pytest.mark.django_db


@pytest.fixture
def towns(home, set_clock):
    return found(2)


@pytest.fixture
def said(towns):
    """An office, appointed with approvals by both hands of the keeper."""
    ssh, passkey = SshHand(), PasskeyHand()
    enrol(towns[0], ssh)
    enrol(towns[0], passkey, by=ssh)
    approved(towns[0], passkey, "pact.officer/1", office="Counsel", handle="counsel", can=["note"])
    return Officer.objects.get(handle="counsel").key


def bundle(tmp_path: Path, position: str, **changed: bytes | None) -> Path:
    files = unpack_zip(record_bundle(position, position.partition("@")[0]))
    for name, data in changed.items():
        real = {"body": "body", **dict(zip("pec", enrolment_names(1), strict=True))}[name]
        files.pop(real) if data is None else files.__setitem__(real, data)
    place = tmp_path / "record.zip"
    place.write_bytes(pack_zip(files))
    return place


def test_an_exported_log_is_checked_with_its_approvals(towns, said, tmp_path):
    log = towns[0].log
    export_log(log, tmp_path / "log", log)
    report = verify(tmp_path / "log", Log.objects.get(name=log).vkey)
    assert report.ok, report.text()
    assert report.approvals == 2
    assert "2 approvals by officers' own keys hold." in report.text()


def test_a_record_brings_the_enrolment_of_the_key_that_approved_it(towns, said, tmp_path):
    report = verify(bundle(tmp_path, said), Log.objects.get(name=towns[0].log).vkey)
    assert report.ok, report.text()
    assert report.approvals == 1
    text = report.text()
    enrolled = Officer.objects.get(key=towns[0].by).keys[1]["record"]
    for words in (
        f"Approved by the office {towns[0].by}",
        PasskeyHand().key.fingerprint,
        f"enrolled by {enrolled}",
        "  | Los Angeles appoints the Counsel.",
        "cannot show that the key was not ended",
    ):
        assert words in text


def test_without_the_enrolment_it_says_that_it_could_not_check(towns, said, tmp_path):
    report = verify(bundle(tmp_path, said, p=None, e=None, c=None))
    assert report.ok
    assert report.approvals == 0
    assert "is not here, so its approval could not be checked" in report.text()


@pytest.mark.parametrize("missing", ["p", "e", "c"])
def test_half_an_enrolment_is_none(towns, said, tmp_path, missing):
    report = verify(bundle(tmp_path, said, **{missing: None}))
    assert "a part of this enrolment is missing" in report.text()
    assert not report.ok


def test_an_enrolment_with_another_body_does_not_hold(towns, said, tmp_path):
    place = Officer.objects.get(key=towns[0].by).keys[1]["record"]
    entry = Entry.objects.get(log=towns[0].log, index=place.split("@")[1])
    data = bytes(Body.objects.get(entry_id=entry.id).data).replace(b"Passkey", b"Passkex")
    assert not verify(bundle(tmp_path, said, c=data)).ok


def test_what_nobody_approved_is_checked_as_before(towns, tmp_path):
    files = unpack_zip(record_bundle(towns[0].by, towns[0].log))
    assert set(files) == {"record.tlog-proof", "entry", "body", "vkey"}


class Written(Hostile):
    """A hostile log, as it would be exported."""

    def check(self, folder: Path):
        from hansa.kernel.entry import commit
        from hansa.kernel.note import sign_checkpoint
        from hansa.kernel.tiles import write_file, write_tree

        frontier = write_tree(folder, self.entries)
        write_file(
            folder / "checkpoint", sign_checkpoint(frontier.size, frontier.root(), self.signer)
        )
        write_file(folder / "vkey", f"{self.signer.vkey()}\n".encode())
        for body in filter(None, self.bodies):
            write_file(folder / "bodies" / commit(body).hex(), body)
        return verify(folder)


def enrolment(officer: str, hand: SshHand) -> dict[str, str]:
    return {"officer": officer, **hand.enrolment(), "origin": "", "credential": ""}


def signed(log: Written, hand: SshHand, kind: str, says: object, number: int = 0) -> bytes:
    from hansa.kernel.approval import Act, BySsh
    from hansa.kernel.note import encode_base64

    refs = {log.keeper: leaf_hash(log.entries[0])}
    act = Act(log.name, kind, log.keeper, "pact", refs, msgspec.json.encode(says))
    nonce = bytes([number] * 16)
    made = encode_base64(hand.blob(act.statement(nonce, "Read.")))
    return msgspec.json.encode(
        BySsh(
            key=hand.key.fingerprint,
            audience="pact",
            nonce=encode_base64(nonce),
            shown="Read.",
            signature=made,
        )
    )


def test_a_false_approval_in_an_export_is_found(home, tmp_path):
    log, hand, office = Written(), SshHand(), example("pact.officer/1")
    log.act("pact.officer-key/1", enrolment(log.keeper, hand))
    right = signed(log, hand, "pact.officer/1", office)
    log.act("pact.officer/1", office, [right])
    log.act("pact.officer/1", {**office, "office": "Another"}, [right])
    report = log.check(tmp_path / "log")
    assert report.approvals == 1
    assert [one for one in report.findings if "index 3: an approval does not hold" in one]


def test_a_key_that_a_thief_enrolled_without_approval_approves_nothing(home, tmp_path):
    log, hand, thief = Written(), SshHand(), SshHand(seed=b"t" * 32)
    log.act("pact.officer-key/1", enrolment(log.keeper, hand))
    log.act("pact.officer-key/1", enrolment(log.keeper, thief))
    office = example("pact.officer/1")
    log.act("pact.officer/1", office, [signed(log, thief, "pact.officer/1", office)])
    report = log.check(tmp_path / "log")
    assert report.approvals == 0
    assert "never enrolled the key" in report.text()


def test_an_approval_by_a_key_that_was_ended_is_told(home, tmp_path):
    log, hand, office = Written(), SshHand(), example("pact.officer/1")
    log.act("pact.officer-key/1", enrolment(log.keeper, hand))
    says = {"officer": log.keeper, "key": hand.key.fingerprint}
    log.act("pact.officer-key-end/1", says, [signed(log, hand, "pact.officer-key-end/1", says)])
    log.act("pact.officer/1", office, [signed(log, hand, "pact.officer/1", office)])
    report = log.check(tmp_path / "log")
    assert report.approvals == 1
    assert "after the log ended it" in report.text()
    again = enrolment(log.keeper, hand)
    log.act("pact.officer-key/1", again)
    log.act("pact.officer/1", office, [signed(log, hand, "pact.officer/1", office, 2)])
    assert log.check(tmp_path / "again").approvals == 2


def test_where_bodies_are_missing_an_unknown_key_is_no_fault(home, tmp_path):
    log, hand, office = Written(), SshHand(), example("pact.officer/1")
    log.act("pact.officer-key/1", enrolment(log.keeper, hand))
    log.act("pact.officer/1", office, [signed(log, hand, "pact.officer/1", office)])
    folder = tmp_path / "log"
    assert log.check(folder).approvals == 1
    from hansa.kernel.entry import commit

    (folder / "bodies" / commit(log.bodies[1] or b"").hex()).unlink()
    report = verify(folder)
    assert report.ok, report.text()
    assert "could not be checked" in report.text()


def test_rubbish_where_keys_and_approvals_should_be_breaks_nothing(home, tmp_path):
    log = Written()
    rubbish: tuple[Any, ...] = (
        {},
        {"officer": 1},
        [],
        {"officer": log.keeper, "label": "", "method": "ssh", "public": "x"},
    )
    for says in rubbish:
        log.act("pact.officer-key/1", says)
        log.act("pact.officer-key-end/1", says)
    log.act("pact.officer/1", {}, [b"0"] * 20)
    log.act("pact.officer/1", {}, [b'{"method":"ssh"}', b"null"])
    report = log.check(tmp_path / "log")
    assert len([one for one in report.findings if "approval" in one]) == 3
