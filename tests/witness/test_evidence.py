"""A log that contradicts itself: shown by its own signatures, told to all, folded no further than both trees go."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel.errors import Untrusted
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.merkle import prove_consistency, root_of
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import Checkpoint
from hansa.kernel.roots.models import Aside
from hansa.kernel.state import state_hash
from hansa.kernel.witness import evidence, parting
from hansa.kernel.witness.models import Evidence, Head
from hansa.pact.models import Note
from tests.witness.conftest import Forker


def proof(leaves: list[bytes], old: int, new: int) -> list[bytes]:
    """What `accuse` wants for heads of two sizes: the larger tree's root at the smaller one, then the proof."""
    return [root_of(leaves[:old]), *prove_consistency(leaves, old, new)]


def test_two_roots_of_one_size_are_evidence(log):
    forged = log.forged(4, 10)
    made = evidence.accuse(log.name, log.head(9), log.head(9, forged), [], "a peer")
    assert made is not None
    assert evidence.forked(log.name)


def test_other_past_of_a_larger_head_is_evidence(log):
    forged = log.forged(4, 12)
    made = evidence.accuse(log.name, log.head(7), log.head(12, forged), proof(forged, 7, 12), "x")
    assert made is not None
    assert Checkpoint.parse(made.one.split("\n\n")[0] + "\n").size == 7


@given(st.integers(1, 12), st.integers(1, 12))
def test_honest_heads_are_never_evidence(small, large):
    leaves = [bytes([i]) * 32 for i in range(12)]
    small, large = sorted((small, large))
    one = Checkpoint("hansa/x", small, root_of(leaves[:small]))
    other = Checkpoint("hansa/x", large, root_of(leaves[:large]))
    shown = [] if small == large else proof(leaves, small, large)
    assert not evidence.contradict(one, other, shown)


def test_proof_that_does_not_hold_accuses_nobody(log):
    """Who brings it cannot make a log look forked: both trees must be under its own signatures."""
    forged = log.forged(4, 12)
    log.grow(2)
    for shown in ([], proof(forged, 7, 12), [bytes(32), *proof(log.leaves, 7, 12)[1:]]):
        with pytest.raises(Untrusted):
            evidence.accuse(log.name, log.head(7), log.head(12), shown, "x")
    assert evidence.accuse(log.name, log.head(7), log.head(7), [], "x") is None
    assert not Evidence.objects.exists()


def test_head_of_another_key_accuses_nobody(log, home):
    thief = Forker("thief")
    note = log.head(9).replace(log.name.encode(), b"thief")
    with pytest.raises(Untrusted):
        evidence.accuse("thief", thief.head(1), note, [], "x")
    with pytest.raises(Untrusted):
        evidence.accuse("nobody", log.head(9), log.head(9), [], "x")


def test_the_same_evidence_is_kept_once_and_not_without_bound(log):
    forged = log.forged(4, 10)
    one = evidence.accuse(log.name, log.head(9), log.head(9, forged), [], "x")
    assert evidence.accuse(log.name, log.head(9, forged), log.head(9), [], "y") == one
    for i in range(40):
        other = [*log.leaves[:4], *(bytes([i]) * 32 for _ in range(6))]
        evidence.accuse(log.name, log.head(9), log.head(9, other), [], "x")
    assert Evidence.objects.count() == evidence.MOST


def test_evidence_travels_and_is_verified_by_whoever_gets_it(log):
    forged = log.forged(4, 12)
    evidence.accuse(log.name, log.head(7), log.head(12, forged), proof(forged, 7, 12), "x")
    sent = evidence.evidence_since(0)
    number = Evidence.objects.get().pk
    Evidence.objects.all().delete()
    assert evidence.receive(sent, "https://peer.example") == number
    assert Evidence.objects.get().source == "https://peer.example"
    assert evidence.receive(evidence.evidence_since(Evidence.objects.get().pk), "x") > 0


def test_one_bad_piece_does_not_hold_up_the_rest(log):
    forged = log.forged(4, 12)
    evidence.accuse(log.name, log.head(7), log.head(12, forged), proof(forged, 7, 12), "x")
    evidence.accuse(log.name, log.head(9), log.head(9, forged), [], "x")
    sent = evidence.evidence_since(0)
    Evidence.objects.all().delete()
    broken = sent.replace(b'"log":"elsewhere"', b'"log":"nobody"', 1)
    evidence.receive(broken, "x")
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("data", [b"", b"[]", b'{"next":1}', b'{"next":1,"evidence":[1]}x'])
def test_malformed_evidence_is_refused(log, data):
    with pytest.raises(Untrusted):
        evidence.receive(data, "x")


def test_forked_log_is_taken_in_no_further(log):
    forged = log.forged(4, 10)
    evidence.accuse(log.name, log.head(9), log.head(9, forged), [], "x")
    log.grow(2)
    with pytest.raises(Untrusted, match="two heads that contradict"):
        log.send()
    assert Log.objects.get(name=log.name).size == 10


class Branch:
    """A holder of the other tree, as a peer answers."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves, self.asked = leaves, 0

    def __call__(self, size: int, later: int) -> list[bytes]:
        self.asked += 1
        return proof(self.leaves, size, later)


def test_where_the_trees_part_is_found_and_the_log_cut_back_to_it(log):
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    assert evidence.unparted() == [kept]
    assert evidence.locate(kept, Branch(forged))
    [kept] = Evidence.objects.all()
    assert kept.common == 4
    assert Log.objects.get(name=log.name).size == 4
    assert Note.objects.filter(home=log.name).count() == 3
    assert Aside.objects.filter(log=log.name).count() == 6
    assert evidence.forked(log.name)
    assert evidence.unparted() == []


def test_whichever_tree_came_first_both_nodes_fold_the_same(log, home):
    """One node holds the first tree, another the second; with the proof each folds the shared entries alone."""
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    evidence.locate(kept, Branch(forged))
    sent, first = evidence.evidence_since(0), state_hash()
    Evidence.objects.all().delete()
    Log.objects.filter(name=log.name).delete()
    Entry.objects.filter(log=log.name).delete()
    second = Forker()
    second.grow(3)
    for i in range(6):
        second.write(
            "pact.note/1", {"on": second.keeper, "text": f"Else {i}."}, cites=(second.keeper,)
        )
    second.send()
    evidence.receive(sent, "x")
    assert state_hash() == first


def test_evidence_tells_others_where_the_trees_part_after_it_was_found(log):
    """It gets a new number, so that whoever has read on already reads it once more."""
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    number = kept.pk
    evidence.locate(kept, Branch(forged))
    assert b'"parting":"{' in evidence.evidence_since(number)


def test_false_word_about_the_parting_cuts_nothing(log):
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    liar = log.forged(2, 12)
    with pytest.raises(Untrusted):
        evidence.locate(kept, Branch(liar))
    good = parting.find(
        Checkpoint("x", 10, root_of(log.leaves)),
        Checkpoint("x", 12, root_of(forged)),
        Branch(log.leaves),
        Branch(forged),
    )
    for size in (0, 3, 5, 9):
        with pytest.raises(Untrusted):
            evidence.part(kept, msgspec.structs.replace(good, size=size))
    assert Log.objects.get(name=log.name).size == 10


@given(st.integers(0, 40), st.integers(1, 40), st.integers(1, 40))
def test_parting_is_found_in_few_questions_and_comes_back_as_written(shared, more, other):
    one = [bytes([i]) * 32 for i in range(shared)] + [bytes([200]) * 32] * more
    two = [bytes([i]) * 32 for i in range(shared)] + [bytes([100]) * 32] * other
    first, second = (Checkpoint("x", len(tree), root_of(tree)) for tree in (one, two))
    branch = Branch(two)
    found = parting.find(first, second, Branch(one), branch)
    assert found.size == shared
    assert branch.asked <= 10
    parting.verify(first, second, parting.read(parting.write(found)))


def test_cut_log_forgets_what_was_cosigned_beyond(log):
    Head.objects.create(log=log.name, size=9, note=log.head(9).decode())
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    evidence.locate(kept, Branch(forged))
    assert not Head.objects.exists()


def test_entries_of_the_other_tree_do_not_come_in_after_the_cut(log):
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    evidence.locate(kept, Branch(forged))
    with pytest.raises(Untrusted, match="two heads"):
        ingest([Bundle(log.name, log.head(10), log.entries[4:10], log.bodies[4:10])])
