"""What is for the whole pact comes out the same on every node, whatever else a node may read."""

from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel import said, state
from hansa.kernel.entry import Header, for_the_pact, is_epoch, read_header
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import ingest
from hansa.kernel.models import Log, Row
from hansa.kernel.record import KINDS, OWN, PACT, Record
from hansa.kernel.store import DbShelf
from tests.laws.test_arrival import LAW, Undo, Written, histories


def opened(header: Header, body: bytes) -> tuple[str, bytes]:
    """A seal that anybody opens, and that names one audience for each sign in the epoch's name."""
    return f"{header.log}@{header.aud[2]}", body


@pytest.fixture
def readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that holds every key."""
    monkeypatch.setattr(said._Seals, "opener", staticmethod(opened))


def without(logs: list[Written], *, own: bool, sealed: bool) -> list[Written]:
    """The same logs as they come to a node that may not read all of them."""
    return [
        Written(
            log.name,
            log.entries,
            [
                None
                if (own and read_header(entry).aud == OWN)
                or (sealed and is_epoch(read_header(entry).aud))
                else body
                for entry, body in zip(log.entries, log.bodies, strict=True)
            ],
        )
        for log in logs
    ]


def of_the_pact(logs: list[Written], mine: tuple[str, ...]) -> tuple[object, ...]:
    """What a node that carries `mine` makes of the logs, as far as it is for the pact."""
    found: list[object] = []
    try:
        with transaction.atomic(), patch.object(DbShelf, "mine", lambda _shelf: frozenset(mine)):
            for log in logs:
                Log.objects.create(name=log.name, realm="hansa", vkey=log.signer.vkey())
            for log in logs:
                ingest([log.bundle(0, len(log.entries))])
            found = [state.state_hash(pact=True), sorted(state.stored_fates(pact=True))]
            whole = state.state_hash()
            state.rebuild()
            assert state.state_hash() == whole
            if not mine:
                report = fsck()
                assert report.ok, report.text()
            raise Undo
    except Undo:
        return tuple(found)


@pytest.mark.django_db
@settings(LAW, max_examples=60)
@given(histories(), st.booleans(), st.booleans())
def test_what_is_for_the_pact_does_not_depend_on_what_is_not(home, readable, logs, own, sealed):
    """Law of audiences: the same pact rows and pact fates with all bodies and without the restricted ones."""
    everything = of_the_pact(logs, tuple(log.name for log in logs))
    assert of_the_pact(without(logs, own=own, sealed=sealed), ()) == everything
    assert of_the_pact(without(logs, own=True, sealed=True), ("ada",)) == everything


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_a_kind_that_may_be_sealed_changes_no_row_but_its_own(tag):
    """It opens a row at its own position, or changes one that such a record opened."""
    kind = KINDS[tag]
    if not kind.sealable:
        return
    assert kind.suffix is Record.suffix
    assert not kind.also


def test_rows_that_share_a_name_in_a_log_have_one_audience():
    """A row `log/suffix` that some could open and others not would be two rows."""
    readers: dict[type[Row], set[str]] = {}
    for kind in KINDS.values():
        if kind.suffix is not Record.suffix:
            assert len(kind.audiences) == 1, kind.kind
            readers.setdefault(kind.row, set()).update(kind.audiences)
    assert all(len(one) == 1 for one in readers.values())


@pytest.mark.parametrize("tag", sorted(KINDS))
def test_its_header_says_whether_its_body_may_be_erased(tag):
    kind = KINDS[tag]
    if PACT in kind.audiences:
        assert kind.header_of(PACT) == ("pact:e" if kind.erasable else "pact")
        assert kind.is_for(kind.header_of(PACT))
        assert [aud for aud in ("pact", "pact:e") if kind.is_for(aud)] == [kind.header_of(PACT)]
        assert for_the_pact(kind.header_of(PACT))
    assert kind.is_for("e-" + "0" * 32) == kind.sealable
    assert kind.is_for(OWN) == (OWN in kind.audiences)
    assert not kind.is_for("elsewhere")
