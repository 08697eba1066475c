"""Erasure as a weapon, and ways to bring back what was erased."""

import msgspec
import pytest

from hansa.kernel import search, state
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Entry, Erasure, Fate, Once, Tombstone
from hansa.kernel.telling import tell
from hansa.pact.models import Fact, Note
from tests.attacks.words import DONE, fact, note, void
from tests.builders import found
from tests.foreign import ForeignLog

ERASED = (Fate.ERASED, "")


def erase(log: ForeignLog, target: str, **rest) -> str:
    return log.write(
        "kernel.erasure/1", {"target": target, "ground": "Asked."}, cites=(target,), **rest
    )


def holds() -> None:
    """A rebuild and the checker find the same state."""
    hashed = state.state_hash()
    state.rebuild()
    assert state.state_hash() == hashed
    report = fsck()
    assert report.ok, report.text()


def test_order_that_waited_is_followed_though_the_fold_for_another_order_reached_it_first(log):
    """Its log waits for a record that comes together with an order of the other log: following that folds all anew."""
    other = ForeignLog("other")
    other.send()
    secret = log.write("pact.note/1", note(log.keeper, text="Secret words."), cites=(log.keeper,))
    log.send()
    late = other.write("pact.note/1", note(other.keeper), cites=(other.keeper,))
    theirs = other.write("pact.note/1", note(other.keeper), cites=(other.keeper,))
    erase(other, theirs)
    log.write("pact.note/1", note(late), refs={late: other.leaf(late)})
    order = erase(log, secret)
    log.send()
    assert log.fate(order) == (Fate.WAITING, "")
    other.send()
    assert log.fate(order) == DONE
    assert log.fate(secret) == ERASED
    assert not search.find("secret", None)
    holds()


def test_erasure_of_the_own_record(log):
    said = log.write("pact.note/1", note(log.keeper, text="Secret words."), cites=(log.keeper,))
    log.send()
    assert search.find("secret", None)
    order = erase(log, said)
    log.send()
    assert log.fate(said) == ERASED
    assert log.fate(order) == DONE
    assert not Note.objects.exists()
    assert not search.find("secret", None)
    assert len(tell(Entry.objects.all())) == 3
    holds()


def test_erasure_of_another_members_record(log, set_clock):
    towns = found(1)
    theirs = towns[0].say("pact.fact/1", **fact())
    order = erase(log, theirs)
    log.send()
    assert log.fate(order) == void("not-home")
    assert Fact.objects.get().key == theirs
    assert not Tombstone.objects.exists()
    holds()


def test_erasure_of_another_members_commitment_under_a_record_of_ones_own(log):
    """Nobody erases another's body by committing to it too."""
    other = ForeignLog("other")
    said = other.write("pact.fact/1", fact())
    stolen = other.bodies[-1]
    log.entries.append(other.entries[-1].replace(b'"log":"other"', b'"log":"elsewhere"'))
    log.bodies.append(None)
    order = erase(log, "elsewhere@1")
    log.send()
    assert log.fate(order) == DONE
    other.send()
    assert other.fate(said) == DONE
    assert (
        bytes(Body.objects.get(entry_id=Entry.objects.get(log="other", index=1).id).data) == stolen
    )
    holds()


def test_copied_commitment_marks_nothing_erased_in_the_other_log(log):
    other = ForeignLog("other")
    said = other.write("pact.fact/1", fact())
    other.bodies[-1] = None
    log.entries.append(other.entries[-1].replace(b'"log":"other"', b'"log":"elsewhere"'))
    log.bodies.append(None)
    erase(log, "elsewhere@1")
    log.send()
    other.send()
    assert other.fate(said) == (Fate.UNREAD, "")
    holds()
    assert other.fate(said) == (Fate.UNREAD, "")


def test_erasure_without_the_capability(log):
    said = log.write("pact.fact/1", fact())
    clerk = log.write(
        "pact.officer/1", {"office": "Clerk", "handle": "clerk", "can": ["note", "voice"]}
    )
    order = erase(log, said, by=clerk)
    log.send()
    assert log.fate(order) == void("not-granted")
    assert log.fate(said) == DONE


@pytest.mark.parametrize("target", ["elsewhere@0", "elsewhere@1"])
def test_erasure_of_a_kind_that_stays(log, target):
    log.write("pact.officer/1", {"office": "Clerk", "handle": "clerk", "can": ["note"]})
    order = erase(log, target)
    log.send()
    assert log.fate(order) == void("not-erasable")
    assert log.fate(target) == DONE
    holds()


def test_erasure_of_an_erasure(log):
    said = log.write("pact.fact/1", fact())
    order = erase(log, said)
    again = erase(log, order)
    log.send()
    assert log.fate(again) == void("not-erasable")
    assert Erasure.objects.count() == 1


def test_the_same_bytes_said_again_are_another_record_and_take_another_order(log):
    said = log.write("pact.note/1", note(log.keeper, text="Secret words."), cites=(log.keeper,))
    twin = log.raw(log.bodies[-1][32:], audience="pact:e")
    erase(log, said)
    later = log.raw(log.bodies[1][32:], audience="pact:e")
    assert log.bodies[1] == log.bodies[2] == log.bodies[-1]
    log.send()
    assert log.fate(said) == ERASED
    assert log.fate(twin) == log.fate(later) == DONE
    erase(log, twin)
    erase(log, later)
    log.send()
    assert not any(b"Secret" in bytes(one.data) for one in Body.objects.all())
    holds()


def test_erasure_of_a_void_twin_does_not_erase_what_must_stay(log):
    """A second founding record is void, and void words may be erased; the first is what everything rests on."""
    twin = log.raw(log.bodies[0][32:], audience="pact:e")
    order = erase(log, twin)
    log.send()
    assert log.fate(twin) == ERASED
    assert log.fate(order) == log.fate(log.keeper) == DONE
    after = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(after) == DONE
    holds()


def test_what_rests_on_an_erased_record_still_holds(log):
    told = log.write("pact.fact/1", fact())
    correction = {"fact": told, "text": "Otherwise.", "why": "Wrong.", "sources": fact()["sources"]}
    corrected = log.write("pact.fact-correction/1", correction, cites=(told,))
    erase(log, told)
    after = log.write("pact.fact-withdrawal/1", {"fact": told, "why": "Erased."}, cites=(told,))
    log.send()
    assert log.fate(told) == ERASED
    assert log.fate(corrected) == log.fate(after) == DONE
    assert not Fact.objects.exists()
    holds()


def test_erasure_of_a_malformed_record_of_an_erasable_kind(log):
    bad = log.write("pact.note/1", {"text": 1, "files": [{"sha256": 1}]})
    order = erase(log, bad)
    log.send()
    assert log.fate(order) == DONE
    assert log.fate(bad) == ERASED
    holds()


def test_digest_of_the_request_is_erased_too(home, set_clock):
    """A hash without salt would let the words be guessed."""
    from hansa.kernel.errors import Refused
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    town = found(1)[0]
    record = KINDS["pact.fact/1"].read(fact())
    said = say(record, log=town.log, by=town.by, once="form-1")
    town.say("kernel.erasure/1", target=said, ground="Asked.")
    assert Once.objects.get(key="form-1").digest == ""
    with pytest.raises(Refused, match="request key"):
        say(record, log=town.log, by=town.by, once="form-1")


@pytest.mark.parametrize("kind", ["pact.note/1", "pact.call/1", "no.such/1", "pact.member/1"])
def test_void_record_full_of_personal_words_can_be_erased(log, kind):
    """Whatever kind it claims, if its header says that it may be erased; by the header alone, body here or not."""
    words = {"kind": kind, "by": log.keeper, "refs": {}, "says": {"text": "Secret words."}}
    bad = log.raw(msgspec.json.encode(words), audience="pact:e")
    stays = log.raw(msgspec.json.encode(words), audience="pact")
    order, refused = erase(log, bad), erase(log, stays)
    log.send()
    assert log.fate(order) == DONE
    assert log.fate(bad) == ERASED
    assert log.fate(refused) == void("not-erasable")
    holds()


@pytest.mark.parametrize("held", [True, False])
def test_erasure_of_what_stays_is_void_on_nodes_that_never_had_it(log, held):
    """Judged by the header alone: else one node would keep what another is told to forget."""
    stays = log.write("pact.officer/1", {"office": "Clerk", "handle": "clerk", "can": ["note"]})
    gone = log.write("pact.fact/1", fact())
    if not held:
        log.bodies[-2:] = [None, None]
    orders = [erase(log, stays), erase(log, gone)]
    log.send()
    assert [log.fate(one) for one in orders] == [void("not-erasable"), DONE]
    assert log.fate(gone) == ERASED
    assert log.fate(stays) == (DONE if held else (Fate.UNREAD, ""))
    holds()
