"""Records for some: who reads them, from when on, and what everybody else sees."""

import pytest

from hansa.kernel import state
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Entry, Fate
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Audience, EpochKey
from tests.seal.sealing import SECRET


def test_a_sealed_record_is_read_by_its_readers_and_by_nobody_else(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    note = towns.note(coast)
    towns.sync()
    assert towns.notes("ada") == towns.notes("bel") == [SECRET]
    assert towns.notes("cyd") == []
    with towns.node("cyd"):
        entry = Entry.objects.get(log="ada", index=int(note.partition("@")[2]))
        assert (entry.fate, entry.kind, entry.by, entry.subject) == (Fate.UNREAD, "", "", "")
        assert not Audience.objects.exists()
    with towns.node("bel"):
        assert list(seal.audiences_of("bel")) == [coast]
        assert seal.audiences_of("ada") == seal.audiences_of("bel")
        assert not seal.audiences_of("cyd")


def test_every_node_agrees_on_what_is_for_the_pact(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    first = towns.fact(coast)
    towns.say("ada", "pact.fact-withdrawal/1", fact=first, why="Not so.")
    towns.say("ada", "kernel.erasure/1", target=first, ground="Asked.")
    towns.sync()
    hashes = set()
    for log in ("ada", "bel", "cyd"):
        with towns.node(log):
            hashes.add(state.state_hash(pact=True))
            here = state.state_hash()
            state.rebuild()
            assert state.state_hash() == here
            report = fsck()
            assert report.ok, report.text()
    assert len(hashes) == 1


def test_a_newcomer_reads_from_joining_on(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    towns.note(coast, "Before.")
    towns.change(coast, "bel", "cyd")
    towns.note(coast, "After.")
    towns.sync()
    assert towns.notes("bel") == ["After.", "Before."]
    assert towns.notes("cyd") == ["After."]


def test_a_removed_reader_reads_nothing_that_comes_later(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel", "cyd")
    towns.note(coast, "Before.")
    towns.change(coast, "bel")
    towns.note(coast, "After.")
    towns.sync()
    assert towns.notes("cyd") == ["Before."]
    assert towns.notes("bel") == ["After.", "Before."]


def test_one_epoch_serves_many_records_and_a_new_key_of_a_reader_begins_another(pact):
    towns = pact(("ada",), ("bel",))
    coast = towns.audience("ada", "bel")
    for number in range(3):
        towns.note(coast, f"Number {number}.")
    with towns.node("ada"):
        assert EpochKey.objects.count() == 1
    with towns.node("bel"):
        (towns.node("bel").home / "keys" / "bel.sealing").unlink()
    towns.say_key("bel")
    towns.sync()
    towns.note(coast, "Under the new key.")
    towns.sync()
    with towns.node("ada"):
        assert EpochKey.objects.count() == 2
    assert "Under the new key." in towns.notes("bel")


def test_a_correction_of_a_sealed_fact_is_for_the_same_readers(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    fact = towns.fact(coast)
    source = {"title": "An order", "publisher": "A ministry", "date": "2025-06-07"}
    said = {"fact": fact, "text": "At five.", "why": "Late.", "sources": [source]}
    towns.say("ada", "pact.fact-correction/1", **said)
    towns.sync()
    assert towns.facts("bel") == ["At five."]
    assert towns.facts("cyd") == []
    with pytest.raises(Refused, match=r"other readers|only some"):
        towns.say("ada", "pact.fact-correction/1", audience="pact", **said)


def test_nobody_writes_to_the_audience_of_another(pact):
    towns = pact(("ada",), ("bel",))
    coast = towns.audience("ada", "bel")
    towns.sync()
    with pytest.raises(Refused, match="who may read it"):
        towns.say("bel", "pact.note/1", audience=coast, on="bel@0", text=SECRET)


@pytest.mark.parametrize("length", [1, 700, 900, 1500, 3900])
def test_the_size_of_a_sealed_body_is_a_power_of_two(pact, length):
    towns = pact(("ada",), ("bel",))
    note = towns.note(towns.audience("ada", "bel"), "x" * length)
    with towns.node("ada"):
        entry = Entry.objects.get(log="ada", index=int(note.partition("@")[2]))
        size = len(bytes(Body.objects.get(entry_id=entry.id).data))
    assert size >= 1024
    assert size & (size - 1) == 0


def test_wraps_are_padded_in_number_by_dummies(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    towns.note(towns.audience("ada", "bel", "cyd"))
    with towns.node("ada"):
        from hansa.kernel.seal.models import Epoch

        assert Epoch.objects.get().wraps == 4
