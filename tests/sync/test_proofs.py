"""Proofs for those who fetch: right for each signed head, whatever was kept of an earlier one, and cheap."""

import hashlib

import pytest

from hansa.kernel import store
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import root_of, verify_consistency
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint
from hansa.kernel.sync import proofs, serve, wire
from tests.sync.virtual import Pact


def leaves(count: int, branch: str = "") -> list[bytes]:
    return [hashlib.sha256(f"{branch}{i}".encode()).digest() for i in range(count)]


class Shelf:
    """Leaf hashes as the database would give them, and how often it was asked."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []
        self.reads = 0

    def read(self, _log: str, start: int, end: int) -> list[bytes]:
        self.reads += 1
        return self.leaves[start:end]

    def head(self) -> Checkpoint:
        return Checkpoint("hansa/ada", len(self.leaves), root_of(self.leaves))


@pytest.fixture
def shelf(home, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    made = Shelf()
    monkeypatch.setattr(store, "leaves", made.read)
    monkeypatch.setattr(proofs._Kept, "trees", type(proofs._Kept.trees)())
    return made


def holds(shelf: Shelf, size: int) -> None:
    head = shelf.head()
    proof = proofs.grown("ada", size, head)
    verify_consistency(size, head.size, proof, root_of(shelf.leaves[:size]), head.root)


def test_proofs_are_right_for_each_head_though_the_log_was_cut_back_and_grew_otherwise(shelf):
    first = leaves(700)
    other = [*first[:300], *leaves(500, "other")]
    for log in (first[:400], first, other, first, other[:600]):
        shelf.leaves = log
        for size in (1, 255, 256, 257, 300, 399):
            holds(shelf, size)


def test_entries_that_do_not_add_up_to_the_signed_head_are_shown_to_nobody(shelf):
    shelf.leaves = leaves(300)
    head = shelf.head()
    shelf.leaves = leaves(300, "changed")
    with pytest.raises(Untrusted, match="fsck"):
        proofs.grown("ada", 7, head)


def test_a_proof_under_a_head_that_is_known_takes_one_look_at_the_database(shelf):
    shelf.leaves = leaves(1000)
    for size in (3, 999):
        holds(shelf, size)
    shelf.reads = 0
    holds(shelf, 333)
    assert shelf.reads <= 2
    shelf.reads = 0
    holds(shelf, 334)
    assert shelf.reads <= 2


def test_a_small_answer_reads_few_entries_of_each_log(pact: Pact, monkeypatch) -> None:
    """On a slow line an answer has some kilobytes; it is not worth thousands of rows of each log."""
    towns = [pact.town(name) for name in ("ada", "bel")]
    pact.acquaint()
    towns[0].pull(towns[1])
    pages: list[int] = []
    rows = serve._rows

    def counted(name, start, end, page):
        pages.append(page)
        return rows(name, start, end, page)

    monkeypatch.setattr(serve, "_rows", counted)
    with towns[0]:
        have = {log.name: 0 for log in Log.objects.all()}
        for amount in (16 * 1024, wire.MOST_BYTES):
            serve.pull(wire.encode(wire.Pull(have=have, bytes=amount)), None)
    assert len(pages) == 4
    assert max(pages[:2]) * 2 * serve.LIGHT <= 2 * 16 * 1024
    assert max(pages[2:]) > max(pages[:2])
