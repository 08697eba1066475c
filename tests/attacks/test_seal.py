"""A member that seals what it should not, in another's name, or so that its readers read different things."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from hansa.kernel import hpke, state
from hansa.kernel.entry import SALT, read_header, write_header
from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Body, Entry, Fate
from hansa.kernel.seal import box
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Epoch, EpochKey
from hansa.pact.models import Note
from tests.attacks.words import DONE, envelope, fact, note, void
from tests.builders import found
from tests.foreign import ForeignLog

UNREAD = (Fate.UNREAD, "")
NAME, OTHER = "e-" + "a1" * 16, "e-" + "b2" * 16
KEY = b"k" * 32
NOON = datetime(2025, 6, 7, 12, tzinfo=UTC)


@pytest.fixture
def reader(home, set_clock) -> bytes:
    """A member carried here, to whose key the foreign log seals: its public sealing key."""
    town = found(1)[0]
    return this_home().keys.sealing(town.log)


def epoch(
    log: ForeignLog,
    *publics: bytes,
    name: str = NAME,
    key: bytes = KEY,
    keys: tuple[bytes, ...] = (),
    audience: str = "",
    **rest: str,
) -> str:
    """Say an epoch, with this key or another one for each reader."""
    inside = {
        "audience": audience or f"{log.name}@1",
        "title": "Coast",
        "readers": ["us-ca-los-angeles"],
    }
    part = box.seal_part(key, log.name, name, msgspec.json.encode(inside))
    info = box.wrap_info(log.name, name)
    wrapped = [
        hpke.wrap(public, given, info)
        for public, given in zip(publics, keys or (key,) * len(publics), strict=True)
    ]
    says = {
        "name": name,
        "commitment": box.commitment(log.name, name, key),
        "wraps": [{"data": b64encode(one).decode()} for one in wrapped],
        "part": {"data": b64encode(part).decode()},
        **rest,
    }
    return log.write("kernel.epoch/1", says, by="")


def sealed(
    log: ForeignLog,
    text: str,
    *,
    key: bytes = KEY,
    name: str = NAME,
    bound: dict[str, Any] | None = None,
) -> str:
    """Seal a note to an epoch, bound to its own place or to another."""
    index = len(log.entries)
    words = envelope(
        "pact.note/1", log.keeper, {log.keeper: log.leaf(log.keeper)}, note(log.keeper, text=text)
    )
    place = {"log": log.name, "index": index, "epoch": name, **(bound or {})}
    body = box.seal_body(key, body=bytes(SALT) + words, **place)
    return _put(log, body, name)


def _put(log: ForeignLog, body: bytes, audience: str) -> str:
    index = len(log.entries)
    log.entries.append(write_header(log.name, index, NOON, audience, body))
    log.bodies.append(body)
    return f"{log.name}@{index}"


def holds() -> None:
    """A rebuild and the checker find the same state."""
    hashed = state.state_hash()
    state.rebuild()
    assert state.state_hash() == hashed
    report = fsck()
    assert report.ok, report.text()


def test_honest_epoch_of_these_tests_is_read(reader, log):
    epoch(log, reader)
    said = sealed(log, "Read this.")
    log.send()
    assert log.fate(said) == DONE
    assert Note.objects.get().text == "Read this."
    assert Note.objects.get().audience == f"{log.name}@1"
    holds()


def test_audience_spoofed_by_editing_an_id(reader, log):
    """Another log's epoch, whose key the hostile author holds as a reader, is no audience of its own log."""
    other = ForeignLog("other")
    epoch(other, reader)
    other.send()
    said = sealed(log, "In their name.", name=NAME)
    copied = _put(log, b"\0" * 1024, NAME)
    log.send()
    assert log.fate(said) == log.fate(copied) == UNREAD
    assert not Note.objects.exists()
    holds()


def test_audience_edited_on_the_way(reader, log):
    """The header is what was hashed and signed: who edits its audience has another entry, which no head signs."""
    epoch(log, reader)
    sealed(log, "Read this.")
    bundle = log.bundle()
    edited = [entry.replace(NAME.encode(), OTHER.encode()) for entry in bundle.entries]
    assert edited != bundle.entries
    for audience in (OTHER.encode(), b"pact:e", b"own"):
        edited = [entry.replace(NAME.encode(), audience) for entry in bundle.entries]
        with pytest.raises(Untrusted):
            ingest([Bundle(bundle.log, bundle.note, edited, bundle.bodies)])
    assert ingest([bundle]) == 2


def test_epoch_that_names_another_members_audience(reader, log):
    """Nobody writes to an audience of another's: its readers would take it for the other's word."""
    epoch(log, reader, audience="us-ca-los-angeles@1")
    said = sealed(log, "As if for them.")
    log.send()
    assert log.fate(said) == UNREAD
    assert not EpochKey.objects.exclude(audience="").exists()


def test_two_readers_given_two_keys_read_the_same_or_nothing(reader, log):
    """The key is pinned by its hash in the open, so that no ciphertext reads differently for two readers."""
    epoch(log, reader, keys=(b"q" * 32,))
    said = sealed(log, "One text.", key=b"q" * 32)
    log.send()
    assert log.fate(said) == UNREAD
    assert bytes(EpochKey.objects.get().key) == b""


def test_epoch_in_a_bundle_that_was_refused_is_forgotten(reader, log):
    """What was learnt is rolled back with what taught it: a key of it would open here what it opens nowhere else."""
    epoch(log, reader)
    sealed(log, "Read this.")
    bundle = log.bundle()
    with pytest.raises(Untrusted):
        ingest([bundle, Bundle("nobody", b"", [], [])])
    assert not EpochKey.objects.exists()
    assert seal.opener(read_header(bundle.entries[-1]), bundle.bodies[-1] or b"") is None


def test_second_record_under_an_epochs_name_changes_nothing(reader, log):
    first = epoch(log, reader)
    second = epoch(log, reader, key=b"q" * 32)
    said, other = sealed(log, "The first key."), sealed(log, "The second.", key=b"q" * 32)
    log.send()
    assert log.fate(first) == log.fate(said) == DONE
    assert log.fate(second) == void("bad-epoch")
    assert log.fate(other) == void("malformed")
    assert Epoch.objects.get().wraps == 1


def test_sealed_record_before_its_epoch_stays_unread(reader, log):
    """What it says would else depend on what arrived first."""
    early = sealed(log, "Too early.")
    epoch(log, reader)
    log.send()
    assert log.fate(early) == UNREAD
    holds()


@pytest.mark.parametrize("bound", [{"log": "other"}, {"index": 7}, {"epoch": OTHER}])
def test_sealed_words_taken_from_another_place(reader, log, bound):
    epoch(log, reader)
    said = sealed(log, "From elsewhere.", bound=bound)
    log.send()
    assert log.fate(said) == void("malformed")
    assert not Note.objects.exists()
    holds()


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 31, b"\0" * 44, b"\0" * 60, b"\0" * 1024, b"\xff" * 5000]
)
def test_bytes_that_are_no_sealed_body(reader, log, body):
    epoch(log, reader)
    said = _put(log, body.ljust(SALT, b"\0"), NAME)
    after = sealed(log, "Still read.")
    log.send()
    assert log.fate(said) == void("malformed")
    assert log.fate(after) == DONE
    holds()


def test_epoch_that_is_none(reader, log):
    bad = [
        epoch(log, reader, name="e-short"),
        epoch(log, name=OTHER),
        log.write(
            "kernel.epoch/1",
            {"name": NAME, "commitment": "0" * 64, "wraps": [{"data": "A"}]},
            by="",
        ),
        log.write("kernel.epoch/1", {"name": NAME}, by=""),
    ]
    officer = epoch(log, reader)
    log.send()
    assert {log.fate(one)[0] for one in bad} == {Fate.VOID}
    assert log.fate(officer) == DONE
    holds()


def test_office_that_speaks_for_the_node(reader, log):
    """What a node says by itself is said under no office, so that no officer is blamed for it."""
    epoch(log, reader)
    words = msgspec.json.decode(log.bodies[-1][SALT:])
    said = log.write("kernel.epoch/1", words["says"], by=log.keeper)
    log.send()
    assert log.fate(said) == void("node")


def test_sealed_record_that_cites_what_never_comes_holds_up_nobody(reader, log):
    """What few may read waits for nothing: else its readers' nodes would stop where others go on."""
    epoch(log, reader)
    index = len(log.entries)
    words = envelope(
        "pact.note/1",
        log.keeper,
        {log.keeper: log.leaf(log.keeper), "nowhere@5": bytes(32)},
        note("nowhere@5"),
    )
    body = box.seal_body(KEY, log.name, index, NAME, bytes(SALT) + words)
    said = _put(log, body, NAME)
    after = log.write("pact.note/1", note(log.keeper), cites=(log.keeper,))
    log.send()
    assert log.fate(said) == log.fate(after) == DONE
    holds()


def test_sealed_change_of_what_all_can_read(reader, log):
    """Else the pact would see one text on the nodes of the audience, and another on all others."""
    told = log.write("pact.fact/1", fact())
    epoch(log, reader)
    correction = {"fact": told, "text": "Otherwise.", "why": "So.", "sources": fact()["sources"]}
    refs = {ref: log.leaf(ref) for ref in (told, log.keeper)}
    words = envelope("pact.fact-correction/1", log.keeper, refs, correction)
    said = _put(
        log, box.seal_body(KEY, log.name, len(log.entries), NAME, bytes(SALT) + words), NAME
    )
    log.send()
    assert log.fate(said) == void("other-readers")
    holds()


def test_record_for_all_that_rests_on_a_sealed_one(reader, log):
    epoch(log, reader)
    secret = sealed(log, "Not for all.")
    said = log.write("pact.note/1", note(secret), cites=(secret,))
    log.send()
    assert log.fate(said) == void("ref-audience")
    without = Body.objects.get(entry_id=Entry.objects.get(log=log.name, index=2).id)
    without.delete()
    state.rebuild()
    assert log.fate(secret) == UNREAD
    assert log.fate(said) == void("ref-audience")


def test_member_not_named_asks_for_a_sealed_body(reader, log):
    """A node is handed what is sealed to its members, what is for the pact, and what it wrote; nothing else."""
    epoch(log, reader)
    secret = sealed(log, "Not for all.")
    log.send()
    assert seal.may_fetch("us-ca-los-angeles", secret)
    assert seal.may_fetch(log.name, secret)
    assert not seal.may_fetch("stranger", secret)
    assert not seal.may_fetch("us-ca-los-angeles", f"{log.name}@99")
    own = log.write("pact.note/1", note(log.keeper), cites=(log.keeper,), audience="own")
    log.send()
    assert not seal.may_fetch("us-ca-los-angeles", own)
    assert seal.wanted(log.name, NAME)
    assert seal.wanted(log.name, OTHER), "nobody can tell yet"
    assert not seal.wanted(log.name, "own")
    epoch(log, hpke.keypair()[1], name=OTHER)
    log.send()
    assert not seal.wanted(log.name, OTHER)
