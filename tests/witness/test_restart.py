"""The end of a fork: the log's root keys say from where on it continues, and witnesses follow."""

import pytest

from hansa.kernel.fsck import fsck
from hansa.kernel.merkle import prove_consistency, root_of
from hansa.kernel.models import Fate, Log
from hansa.kernel.note import Signer
from hansa.kernel.roots import keeping as roots
from hansa.kernel.witness import collecting, dating, evidence
from hansa.kernel.witness.cosigning import add_checkpoint
from hansa.kernel.witness.models import Dated, Evidence, Witnessed
from tests.kernel.chains import Chain
from tests.witness.conftest import Forker, Other, asking, write_policy
from tests.witness.test_evidence import Branch, proof

AT = 1_749_290_400
A, B = (Other(f"hansa/witness-{name}") for name in "ab")


@pytest.fixture
def chain(log: Forker) -> Chain:
    """The log's key documents; the first is accepted."""
    made = Chain(f"hansa/{log.name}")
    first = log.signer

    def log_key(version: int) -> Signer:
        return first if version == 1 else Signer(first.name, bytes([version]) * 32)

    made.log_key = log_key  # type: ignore[method-assign]  # version 1 is the key it opened with
    roots.accept(log.name, made.grow())
    return made


def fork(log: Forker) -> list[bytes]:
    """Let the log contradict itself from entry 4 on, and everybody know."""
    forged = log.forged(4, 12)
    kept = evidence.accuse(log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "x")
    assert kept is not None
    evidence.locate(kept, Branch(forged))
    return forged


def restart(log: Forker, chain: Chain, size: int) -> None:
    """Let the roots name the last good size; the log goes on from there under a new key."""
    assert roots.accept(log.name, chain.grow(size, root_of(log.leaves[:size])))
    del log.entries[size:], log.bodies[size:]
    log.sent = size
    log.signer = chain.log_key(2)
    log.grow(2)


def test_root_keys_end_a_fork(log, chain):
    fork(log)
    restart(log, chain, 4)
    assert not evidence.forked(log.name)
    log.send()
    assert log.fate(f"{log.name}@5") == (Fate.DONE, "")
    assert Evidence.objects.count() == 1, "it is shown for ever"
    assert fsck().ok, fsck().text()


def test_evidence_about_a_settled_fork_accuses_nobody_anew(log, chain):
    forged = fork(log)
    notes = log.head(10), log.head(12, forged)
    sent = evidence.evidence_since(0)
    restart(log, chain, 4)
    log.send()
    Evidence.objects.all().delete()
    evidence.receive(sent, "a late peer")
    assert not evidence.forked(log.name)
    assert Log.objects.get(name=log.name).size == 6
    assert all(evidence.standing(log.name) == [] for _note in notes)


def test_witness_goes_on_from_where_the_roots_say(log, chain):
    """What it cosigned of the other tree binds it no longer; a smaller head than that is cosigned again."""
    assert add_checkpoint(log.request(0, 10))[0] == 200
    fork(log)
    restart(log, chain, 4)
    log.send()
    assert Witnessed.objects.get().size == 4
    steps = prove_consistency(log.leaves, 4, 6)
    assert add_checkpoint(asking(4, steps, log.head(6)))[0] == 200


def test_dates_of_what_was_cut_off_are_gone_and_those_before_it_stay(log, chain, home):
    write_policy(home, [A, B], 2)
    for size, at in [(3, AT), (9, AT + 60)]:
        collecting.collect(log.name, B.cosign(A.cosign(log.head(size), at), at))
    fork(log)
    assert list(Dated.objects.values_list("size", "first")) == [(3, True)]
    assert set(dating.dated([f"{log.name}@2", f"{log.name}@5"])) == {f"{log.name}@2"}
