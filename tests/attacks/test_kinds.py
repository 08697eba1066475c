"""Kinds that this node does not know, and kinds whose own code fails."""

import pytest

from hansa.kernel import state
from hansa.kernel.errors import Refused
from hansa.kernel.fold import Fault
from hansa.kernel.fsck import fsck
from hansa.kernel.log import Draft, append
from hansa.kernel.models import Entry, Fate
from hansa.kernel.record import KINDS, OWN, PACT, Record, ask
from hansa.kernel.say import say
from hansa.kernel.telling import tell
from hansa.pact.models import Note
from tests.attacks.words import DONE, fact, note, void
from tests.builders import found
from tests.foreign import ForeignLog


@pytest.fixture
def brittle():
    """A kind whose code breaks on one word in `judge` and on another in `apply`, after it changed its row."""

    class Brittle(Record, kind="test.brittle/1", row=Note, by="note", audience=(PACT, OWN)):
        """{author} says {word}."""

        word: str = ask("Which word?", example="fine")

        def judge(self, row, saying):
            return 1 // (self.word != "judge") and None

        def apply(self, row, saying):
            row.about, row.text = "", self.word
            other = saying.open(Note, "shared")
            other.text += self.word
            saying.change(other)
            if self.word == "apply":
                raise RuntimeError(self.word)

    yield Brittle
    del KINDS["test.brittle/1"]


def test_unknown_kind_is_kept_and_counted_and_breaks_nothing(log):
    said = log.write("no.such-kind/1", {"anything": [1, 2, {"at": "all"}]})
    cited = log.write("pact.note/1", note(said), cites=(said,))
    log.send()
    assert log.fate(said) == (Fate.UNKNOWN, "")
    assert log.fate(cited) == DONE
    assert state.counts()["unknown: no.such-kind/1"] == 1
    assert len(tell(Entry.objects.all())) == 3
    assert fsck().ok


def test_unknown_kind_means_something_after_an_upgrade(log, request):
    good = log.write("test.brittle/1", {"word": "fine"})
    bad = log.write("test.brittle/1", {"word": 1})
    fault = log.write("test.brittle/1", {"word": "apply"})
    stranger = log.write("test.brittle/1", {"word": "fine"}, by="")
    rests = log.write("pact.note/1", note(bad), cites=(bad,))
    log.send()
    assert {log.fate(one)[0] for one in (good, bad, fault, stranger)} == {Fate.UNKNOWN}
    assert log.fate(rests) == DONE
    request.getfixturevalue("brittle")
    state.rebuild()
    assert log.fate(good) == DONE
    assert log.fate(bad) == void("malformed")
    assert log.fate(fault) == void("fault")
    assert log.fate(stranger) == void("no-officer")
    assert log.fate(rests) == void("ref-void")
    assert Note.objects.get(key=good).text == "fine"
    assert fsck().ok


def test_kind_that_differs_by_one_sign_is_another_kind(log):
    for kind in (
        "pact.fact/01",
        "pact.fact/2",
        "PACT.fact/1",
        "pact.fact/1 ",
        "pact.fаct/1",
        "pact.fact",
        "pact․fact/1",
    ):
        said = log.write(kind, fact())
        log.send()
        assert log.fate(said) == (Fate.UNKNOWN, ""), kind


def test_kind_whose_code_fails_voids_its_entry_and_no_other(log, brittle):
    other = ForeignLog("other")
    first = log.write("test.brittle/1", {"word": "one"})
    apply = log.write("test.brittle/1", {"word": "apply"})
    judge = log.write("test.brittle/1", {"word": "judge"})
    last = log.write("test.brittle/1", {"word": "two"})
    rests = log.write("pact.note/1", note(apply), cites=(apply,))
    theirs = other.write("test.brittle/1", {"word": "apply"})
    fine = other.write("test.brittle/1", {"word": "fine"})
    from hansa.kernel.ingest import ingest

    ingest([log.bundle(), other.bundle()])
    assert log.fate(apply) == log.fate(judge) == other.fate(theirs) == void("fault")
    assert log.fate(first) == log.fate(last) == other.fate(fine) == DONE
    assert log.fate(rests) == void("ref-void")
    assert Note.objects.get(key="elsewhere/shared").text == "onetwo"
    hashed = state.state_hash()
    state.rebuild()
    assert state.state_hash() == hashed
    assert fsck().ok


def test_own_record_on_which_its_kind_fails_is_not_said_and_the_others_are(
    home, set_clock, brittle
):
    town = found(1)[0]
    words = ["one", "apply", "two", "judge", "three"]
    made = append([Draft(brittle(word=word), town.log, town.by) for word in words])
    assert [isinstance(one, Exception) for one in made] == [False, True, False, True, False]
    assert Note.objects.get(key=f"{town.log}/shared").text == "onetwothree"
    with pytest.raises((Fault, ZeroDivisionError)):
        say(brittle(word="judge"), log=town.log, by=town.by)
    assert say(brittle(word="fine"), log=town.log, by=town.by)
    assert fsck().ok


def test_machine_that_fails_while_folding_decides_nothing(log, brittle, monkeypatch):
    """A full disk or a lock is no fault of the kind: nothing is stored, and the same bundle is taken later."""
    from django.db import OperationalError

    from hansa.kernel.ingest import ingest

    said = log.write("test.brittle/1", {"word": "fine"})
    bundle = log.bundle()

    def fail(self, row, saying):
        raise OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(brittle, "apply", fail)
        with pytest.raises(OperationalError):
            ingest([bundle])
    assert Entry.objects.count() == 1
    ingest([bundle])
    assert log.fate(said) == DONE


def test_audience_that_nobody_may_write_to_is_refused_in_words(home, set_clock):
    town = found(1)[0]
    record = KINDS["pact.fact/1"].read(fact())
    for audience in ("own", "us-ca", "No Such", "\x00", "x" * 2000):
        with pytest.raises(Refused) as refusal:
            say(record, log=town.log, by=town.by, audience=audience)
        assert refusal.value.code == "audience"


@pytest.mark.parametrize(
    "by", ["nobody", "us-ca-los-angeles@99", "us-ca-los-angeles@0\n", "\x00", "a@1/x"]
)
def test_officer_that_does_not_exist_is_refused_in_words(home, set_clock, by):
    town = found(1)[0]
    with pytest.raises(Refused) as refusal:
        say(KINDS["pact.fact/1"].read(fact()), log=town.log, by=by)
    assert refusal.value.code in {"no-record", "no-officer"}


def test_one_bad_draft_does_not_keep_others_waiting_for_ever(home, set_clock, monkeypatch):
    """Whatever goes wrong with one, whoever queued behind it gets an answer."""
    import threading

    from hansa.kernel import log as own_log
    from hansa.kernel.say import _Door, _Ticket

    town = found(1)[0]
    record = KINDS["pact.fact/1"].read(fact())
    real = own_log._stage

    def stage(draft, batch):
        if draft.once == "poison":
            raise ValueError("no sentence for this")
        return real(draft, batch)

    monkeypatch.setattr(own_log, "_stage", stage)
    behind = _Ticket(Draft(record, town.log, town.by))
    _Door.waiting.append(behind)
    with pytest.raises(ValueError, match="no sentence"):
        say(record, log=town.log, by=town.by, once="poison")
    assert behind.outcome is not None
    assert not isinstance(behind.outcome, Exception)
    assert threading.active_count() >= 1
    assert fsck().ok
