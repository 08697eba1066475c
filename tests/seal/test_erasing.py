"""Erasing across nodes: on every holder, for ever, and confirmed by each in the open."""

import pytest

from hansa.kernel import announce, erase, state
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Body, Entry, Erasure, Fate, Log, Tombstone
from hansa.kernel.seal.models import Confirmation
from hansa.kernel.sync import wanted
from tests.seal.sealing import SECRET, Sealing


def speak(towns: Sealing, *logs: str) -> None:
    """Let nodes say what they say by themselves."""
    for log in logs:
        with towns.node(log):
            announce.speak()


def erased(towns: Sealing, target: str) -> str:
    """Order an erasure and let everybody hear of it."""
    log = target.partition("@")[0]
    order = towns.say(log, "kernel.erasure/1", target=target, ground="The person asked for it.")
    towns.sync()
    return order


def test_every_holder_erases_and_confirms_once(pact):
    towns = pact(("ada",), ("bel", "bim"), ("cyd",))
    note = towns.note(towns.audience("ada", "bel"))
    towns.sync()
    order = erased(towns, note)
    for _ in range(2):
        speak(towns, "ada", "bel", "cyd")
        towns.sync()
    for log in ("ada", "bel", "cyd"):
        assert towns.notes(log) == []
        with towns.node(log):
            entry = Entry.objects.get(log="ada", index=int(note.partition("@")[2]))
            assert entry.fate == Fate.ERASED
            assert not Body.objects.filter(entry_id=entry.id).exists()
            rows = Confirmation.objects.filter(order=order).order_by("home")
            assert [row.home for row in rows] == ["ada", "bel", "bim", "cyd"]
            report = fsck()
            assert report.ok, report.text()


def test_no_member_confirms_what_it_still_holds(pact):
    towns = pact(("ada",), ("bel",))
    note = towns.note(towns.audience("ada", "bel"))
    towns.sync()
    order = erased(towns, note)
    with towns.node("bel"):
        entry = Entry.objects.get(log="ada", index=int(note.partition("@")[2]))
        Body.objects.create(entry_id=entry.id, data=b"put back by hand")
        assert not erase.is_done(Erasure.objects.get(key=order))
    speak(towns, "bel")
    with towns.node("bel"):
        assert not Confirmation.objects.filter(home="bel").exists()


@pytest.mark.parametrize("way", ["late", "newcomer"])
def test_an_erased_body_that_a_peer_calls_new_is_never_taken_in(pact, way):
    """Invariant 28, by every way in: as a late body, and within a bundle to a node that has the order already."""
    towns = pact(("ada",), ("bel",))
    note = towns.note(towns.audience("ada", "bel"))
    index = int(note.partition("@")[2])
    with towns.node("ada"):
        data = bytes(Body.objects.get(entry_id=Entry.objects.get(log="ada", index=index).id).data)
    towns.sync()
    erased(towns, note)
    with towns.node("bel"):
        if way == "late":
            assert wanted.settle({("ada", index): data}) == 0
        else:
            log = Log.objects.get(name="ada")
            entries = list(Entry.objects.filter(log="ada").order_by("index"))
            bodies = [data if one.index == index else None for one in entries]
            bundle = Bundle(
                "ada", log.note.encode(), [bytes(one.header) for one in entries], bodies, start=0
            )
            assert ingest([bundle]) == 0
        assert Tombstone.objects.filter(log="ada", index=index).exists()
        state.rebuild()
        entry = Entry.objects.get(log="ada", index=index)
        assert entry.fate == Fate.ERASED
        assert not Body.objects.filter(entry_id=entry.id).exists()
    assert towns.notes("bel") == []


def test_a_backup_from_before_the_order_forgets_again_when_it_hears_of_it(pact):
    """Invariant 28: an older disk holds the body; the order comes again from others, and is carried out again."""
    towns = pact(("ada",), ("bel",))
    note = towns.note(towns.audience("ada", "bel"))
    towns.sync()
    kept = towns.node("bel").back_up()
    order = erased(towns, note)
    towns.node("bel").restore(kept)
    assert towns.notes("bel") == [SECRET]
    towns.sync()
    assert towns.notes("bel") == []
    speak(towns, "bel")
    with towns.node("bel"):
        assert Confirmation.objects.filter(order=order, home="bel").exists()
        assert fsck().ok


def test_the_order_is_judged_without_the_body(pact):
    """A node that may not read the record comes to the same end: its header says that it may be erased."""
    towns = pact(("ada",), ("bel",), ("cyd",))
    note = towns.note(towns.audience("ada", "bel"))
    towns.sync()
    order = erased(towns, note)
    hashes = set()
    for log in ("ada", "bel", "cyd"):
        with towns.node(log):
            assert Erasure.objects.get().key == order
            hashes.add(state.state_hash(pact=True))
    assert len(hashes) == 1
