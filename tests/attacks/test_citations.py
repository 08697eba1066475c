"""Citations that are forged, missing, void, of the wrong sort, or never to be redeemed."""

import pytest

from hansa.kernel import state
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import ingest
from hansa.kernel.models import Fate, Log
from hansa.pact.models import Note
from tests.attacks.words import DONE, WAITING, envelope, fact, note, void
from tests.foreign import ForeignLog, example


def test_forged_citation_hash(log):
    said = log.write("pact.note/1", note(log.keeper), refs={log.keeper: bytes(32)})
    log.send()
    assert log.fate(said) == void("ref-differs")


def test_forged_hash_of_a_record_that_is_only_cited_and_not_used(log):
    told = log.write("pact.fact/1", fact())
    said = log.write("pact.note/1", note(log.keeper), refs={told: bytes(32)})
    log.send()
    assert log.fate(said) == void("ref-differs")


def test_officer_cited_without_its_hash(log):
    told = log.write("pact.fact/1", fact())
    said = log.raw(envelope("pact.note/1", log.keeper, {told: log.leaf(told)}, note(told)))
    log.send()
    assert log.fate(said) == void("ref-missing")


def test_record_cited_without_its_hash(log):
    told = log.write("pact.fact/1", fact())
    said = log.write("pact.note/1", note(told))
    log.send()
    assert log.fate(said) == void("ref-missing")


def test_citation_of_a_void_record(log):
    bad = log.write("pact.fact/1", fact(sources=[]))
    said = log.write("pact.note/1", note(bad), cites=(bad,))
    log.send()
    assert log.fate(said) == void("ref-void")


def test_citation_of_a_record_of_the_wrong_sort(log):
    told = log.write("pact.fact/1", fact())
    change = {"officer": told, "can": ["note"]}
    said = log.write("pact.officer-change/1", change, cites=(told,))
    mention = log.write("pact.note/1", note(told, mentions=[told]), cites=(told,))
    log.send()
    assert log.fate(said) == log.fate(mention) == void("wrong-kind")


def test_citation_of_a_record_that_opened_no_row_of_its_own(log):
    """A change is no row: what it changed must be named, not the change."""
    told = log.write("pact.fact/1", fact())
    correction = log.write(
        "pact.fact-correction/1", example("pact.fact-correction/1", fact=told), cites=(told,)
    )
    withdrawal = log.write(
        "pact.fact-withdrawal/1", {"fact": correction, "why": "No."}, cites=(correction,)
    )
    log.send()
    assert log.fate(correction) == DONE
    assert log.fate(withdrawal) == void("wrong-kind")


def test_citation_never_made_waits_and_holds_up_nobody_else(log):
    other = ForeignLog("other")
    other.send()
    said = log.write(
        "pact.note/1", note(other.keeper), cites=(other.keeper,), refs={"other@7": bytes(32)}
    )
    after = log.write("pact.note/1", note(log.keeper), cites=(log.keeper,))
    log.send()
    free = other.write("pact.note/1", note(other.keeper), cites=(other.keeper,))
    other.send()
    assert log.fate(said) == log.fate(after) == WAITING
    assert other.fate(free) == DONE
    assert Log.objects.get(name=log.name).folded == 1
    assert fsck().ok


def test_citation_of_a_log_that_does_not_exist(log):
    said = log.write("pact.note/1", note("nowhere@0"), refs={"nowhere@0": bytes(32)})
    log.send()
    assert log.fate(said) == WAITING


def test_what_waits_is_folded_when_its_citation_comes(log):
    other = ForeignLog("other")
    told = other.write("pact.fact/1", fact())
    leaf = other.leaf(told)
    said = log.write("pact.note/1", note(told), refs={told: leaf})
    after = log.write("pact.note/1", note(log.keeper), cites=(log.keeper,))
    log.send()
    assert log.fate(said) == log.fate(after) == WAITING
    other.send()
    assert log.fate(said) == log.fate(after) == DONE
    assert Log.objects.get(name=log.name).folded == 3
    hashed = state.state_hash()
    state.rebuild()
    assert state.state_hash() == hashed
    assert fsck().ok


def test_what_waits_for_a_forged_hash_is_void_when_the_record_comes(log):
    other = ForeignLog("other")
    told = other.write("pact.fact/1", fact())
    said = log.write("pact.note/1", note(told), refs={told: bytes(32)})
    log.send()
    other.send()
    assert log.fate(said) == void("ref-differs")
    assert not Note.objects.exists()


def test_two_logs_that_wait_for_each_other_hold_up_nobody_else(log):
    other, third = ForeignLog("other"), ForeignLog("third")
    for mine, theirs in ((log, other), (other, log)):
        mine.write(
            "pact.note/1",
            note(mine.keeper),
            cites=(mine.keeper,),
            refs={f"{theirs.name}@1": bytes(32)},
        )
    for one in (log, other, third):
        one.send()
    free = third.write("pact.note/1", note(third.keeper), cites=(third.keeper,))
    third.send()
    assert third.fate(free) == DONE
    assert log.fate(f"{log.name}@1") == other.fate("other@1") == WAITING


def test_nobody_here_may_cite_what_still_waits(log, set_clock):
    """An own record folds at once, so it may rest only on what is folded; else a rebuild would let it wait for ever."""
    from hansa.kernel.errors import Refused
    from tests.builders import found

    here = found(1)[0]
    said = log.write(
        "pact.note/1", note(log.keeper), cites=(log.keeper,), refs={"nowhere@0": bytes(32)}
    )
    log.send()
    with pytest.raises(Refused) as refusal:
        here.say("pact.note/1", on=said, text="Look at this.")
    assert refusal.value.field == "on"
    assert refusal.value.code == "waiting"
    assert fsck().ok
    hashed = state.state_hash()
    state.rebuild()
    assert state.state_hash() == hashed


def test_rebuild_in_small_steps_reads_no_fate_of_before(log, monkeypatch):
    """A record cited later in the order of arrival is judged anew before the one that cites it."""
    other = ForeignLog("other")
    told = other.write("pact.fact/1", fact())
    said = log.write("pact.note/1", note(told), refs={told: other.leaf(told)})
    log.send()
    other.send()
    assert log.fate(said) == DONE
    from hansa.pact.records.facts import FactRecorded

    monkeypatch.setattr(FactRecorded, "judge", lambda *_: "no-source")
    monkeypatch.setattr(state, "BATCH", 1)
    state.rebuild()
    assert other.fate(told) == void("no-source")
    assert log.fate(said) == void("ref-void")
    assert fsck().ok


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("sort", ["absent", "malformed", "unknown"])
def test_what_stands_behind_a_waiting_entry_waits_too_whatever_it_is(log, sort, together):
    """Else its fate would count before its turn, and only where it came in another bundle."""
    other, third = ForeignLog("other"), ForeignLog("third")
    told = third.write("pact.fact/1", fact())
    log.write("pact.note/1", note(told), refs={told: third.leaf(told)})
    behind = log.write("no.such/1", {}) if sort == "unknown" else log.raw(b"{")
    log.bodies[-1] = None if sort == "absent" else log.bodies[-1]
    rests = other.write("pact.note/1", note(behind), refs={behind: log.leaf(behind)})
    if together:
        ingest([log.bundle(), other.bundle()])
    else:
        log.send()
        other.send()
    assert log.fate(behind) == other.fate(rests) == WAITING
    assert fsck().ok
    third.send()
    fates = {
        "absent": (Fate.UNREAD, ""),
        "malformed": void("malformed"),
        "unknown": (Fate.UNKNOWN, ""),
    }
    assert log.fate(behind) == fates[sort]
    assert other.fate(rests) == (void("ref-void") if sort == "malformed" else DONE)
    assert fsck().ok
