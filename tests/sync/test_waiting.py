"""What waits: for a record of another log, for a body, for a home that was restored."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from hansa.kernel import ingest as door
from hansa.kernel import state, store
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import ingest
from hansa.kernel.models import Body, Entry, Fate, Log
from hansa.kernel.said import Said
from hansa.kernel.sync import status, wanted, wire
from hansa.kernel.sync.models import Wanted
from hansa.kernel.sync.pull import GRACE, SOON
from hansa.kernel.sync.report import Report
from tests.foreign import ForeignLog
from tests.sync.virtual import Pact, Town, plain


def test_a_log_that_waits_says_for_what_and_goes_on_when_it_comes(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    told = ada.note("First.")
    bel.pull(ada)
    bel.note("Heard.", on=told)
    bel.note("And more.")
    pact.cut.add(frozenset({ada.url, cyd.url}))
    with cyd:
        Log.objects.filter(name="ada").update(waits="")
    _only(bel, "bel", cyd)
    with cyd:
        assert status.waiting() == [("bel", 2, told)]
    pact.cut.clear()
    cyd.pull(ada)
    with cyd:
        assert status.waiting() == []
        assert Log.objects.get(name="bel").waits == ""
        assert fsck().ok, fsck().text()


def _only(peer: Town, log: str, town: Town) -> None:
    """Let the town hear of one log alone from the peer."""

    def twist(url: str, path: str, code: int, data: bytes) -> tuple[int, bytes]:
        if path != "/sync/pull":
            return code, data
        segments, end = wire.whole(data)
        return code, wire.frames([*(one for one in segments if one.log == log), end])

    town.pact.twist = twist
    town.pull(peer)
    town.pact.twist = plain


def test_entries_that_wait_cost_those_that_arrive_nothing(home, monkeypatch) -> None:
    """What waits is read again only when that has come for which it waits."""
    near, far, other = ForeignLog("near"), ForeignLog("far"), ForeignLog("other")
    other.send()
    near.send()
    far.send()
    late = other.write("pact.note/1", {"on": "other@0", "text": "Late."}, cites=("other@0",))
    far.write("pact.note/1", {"on": late, "text": "On it."}, refs={late: other.leaf(late)})
    for i in range(50):
        far.write("pact.note/1", {"on": "far@0", "text": f"Behind, {i}."}, cites=("far@0",))
    far.send()
    assert Log.objects.get(name="far").waits == late
    read: list[str] = []
    stored = store.stored

    def noted(where: str, parameters: Sequence[object]) -> Iterator[Said]:
        read.append(where)
        return stored(where, parameters)

    monkeypatch.setattr(store, "stored", noted)
    for i in range(3):
        near.write("pact.note/1", {"on": "near@0", "text": f"Ahead, {i}."}, cites=("near@0",))
        near.send()
    assert read == []
    other.send()
    assert len(read) == 1
    assert not Log.objects.exclude(waits="").exists()
    assert not Entry.objects.filter(fate=Fate.WAITING).exists()


def test_many_that_wait_are_folded_part_by_part(home, monkeypatch) -> None:
    monkeypatch.setattr(door, "TOGETHER", 7)
    other, far = ForeignLog("other"), ForeignLog("far")
    other.send()
    far.send()
    late = other.write("pact.note/1", {"on": "other@0", "text": "Late."}, cites=("other@0",))
    far.write("pact.note/1", {"on": late, "text": "On it."}, refs={late: other.leaf(late)})
    for i in range(40):
        far.write("pact.note/1", {"on": "far@0", "text": f"Behind, {i}."}, cites=("far@0",))
    far.send()
    other.send()
    log = Log.objects.get(name="far")
    assert (log.folded, log.size, log.waits) == (42, 42, "")
    assert fsck().ok, fsck().text()


def test_a_log_of_which_too_many_wait_is_taken_in_no_further(home, monkeypatch) -> None:
    monkeypatch.setattr(door, "MOST_WAITING", 5)
    other, far = ForeignLog("other"), ForeignLog("far")
    other.send()
    late = other.write("pact.note/1", {"on": "other@0", "text": "Late."}, cites=("other@0",))
    far.write("pact.note/1", {"on": late, "text": "On it."}, refs={late: other.leaf(late)})
    for i in range(6):
        far.write("pact.note/1", {"on": "far@0", "text": f"Behind, {i}."}, cites=("far@0",))
    far.send()
    far.write("pact.note/1", {"on": "far@0", "text": "Too many."}, cites=("far@0",))
    more = far.bundle()
    with pytest.raises(Exception, match="wait for other@1"):
        ingest([more])
    other.send()
    ingest([more])
    assert Log.objects.get(name="far").folded == 9


def test_entries_arrive_for_others_in_the_order_in_which_they_were_folded(home) -> None:
    """Causes first, whatever the order of the bundles: so nobody who fetches from here has to wait."""
    near, far = ForeignLog("near"), ForeignLog("far")
    fact = near.write("pact.note/1", {"on": "near@0", "text": "One."}, cites=("near@0",))
    said = far.write("pact.note/1", {"on": fact, "text": "On it."}, refs={fact: near.leaf(fact)})
    near.write("pact.note/1", {"on": said, "text": "On that."}, refs={said: far.leaf(said)})
    ingest([far.bundle(), near.bundle()])
    order = [one.position for one in Entry.objects.order_by("id")]
    assert order.index(fact) < order.index(said) < order.index("near@2")
    assert not Entry.objects.exclude(fate=Fate.DONE).exists()


def without_bodies(url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
    if path != "/sync/pull":
        return status, data
    segments, end = wire.whole(data)
    bare = [
        wire.Segment(s.log, s.note, s.start, s.entries, [None] * len(s.entries), s.proof)
        for s in segments
    ]
    return status, wire.frames([*bare, end])


def nothing_at_all(url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
    if path == "/sync/bodies":
        asked = wire.decode(data, wire.Bodies).bodies
        return status, wire.encode(wire.Bodies([None] * len(asked)))
    return without_bodies(url, path, status, data)


def test_a_body_that_did_not_come_is_had_from_another_at_once(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    ada.note("Kept by Bel, too.")
    bel.pull(ada)
    pact.twist = lambda url, *rest: (
        nothing_at_all(url, *rest) if url == ada.url else plain(url, *rest)
    )
    cyd.puller.line(bel.url)
    assert cyd.pull(ada).new == 3
    with cyd:
        assert not Entry.objects.filter(fate=Fate.UNREAD).exists()


def test_entries_are_held_back_for_a_while_and_then_taken_in_without_their_bodies(
    pact: Pact,
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    ada.note("Withheld.")
    pact.twist = nothing_at_all
    assert (bel.pull(ada).held, bel.size("ada")) == (["ada"], 0)
    pact.hand.move(SOON)
    assert (bel.pull(ada, sweep=True).held, bel.size("ada")) == (["ada"], 0)
    pact.hand.move(GRACE)
    assert bel.pull(ada, sweep=True).new == 3
    with bel:
        assert Entry.objects.filter(log="ada", fate=Fate.UNREAD).count() == 3
        assert status.lacking() == 3
    pact.twist = plain
    pact.hand.move(wanted.PAUSE)
    report = bel.pull(ada)
    assert report.late == 3
    with bel:
        assert not Wanted.objects.exists()
        assert fsck().ok, fsck().text()
        assert Entry.objects.filter(log="ada", fate=Fate.DONE).count() == 3
        expected = state.state_hash()
        state.rebuild()
        assert state.state_hash() == expected


def test_late_bodies_make_all_rows_anew_once_for_all_of_them(
    pact: Pact, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    for i in range(5):
        ada.note(f"Number {i}.")
    pact.twist = nothing_at_all
    bel.pull(ada)
    pact.hand.move(GRACE)
    bel.pull(ada, sweep=True)
    pact.twist = plain
    made: list[int] = []
    refold = state.refold

    def counted() -> int:
        made.append(refold())
        return made[-1]

    monkeypatch.setattr(state, "refold", counted)
    pact.hand.move(wanted.PAUSE)
    assert bel.pull(ada).late == 7
    assert len(made) == 1


def test_what_only_its_own_member_may_read_does_not_leave_its_home(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    ada.say("pact.note/1", on="ada@0", text="Ours alone.", audience="own")
    assert bel.pull(ada).new == 3
    with bel:
        private = Entry.objects.get(log="ada", index=2)
        assert private.fate == Fate.UNREAD
        assert not Body.objects.filter(entry_id=private.id).exists()
        assert not Wanted.objects.exists()


def test_a_home_that_was_restored_fetches_back_what_it_had_said(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    backup = ada.node.back_up()
    said = [ada.note(f"Number {i}.") for i in range(3)]
    bel.pull(ada)
    ada.node.restore(backup)
    ada.restart()
    assert ada.size("ada") == 2
    assert ada.pull(bel).received["ada"] == 3
    with ada:
        assert fsck().ok, fsck().text()
        assert not Entry.objects.filter(log="ada").exclude(fate=Fate.DONE).exists()
    told = ada.note("After the fire.", on=said[-1])
    assert told == "ada@5"
    assert bel.pull(ada).new == 1


def test_a_home_half_way_back_signs_nothing(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    backup = ada.node.back_up()
    for i in range(3):
        ada.note(f"Number {i}.")
    bel.pull(ada)
    ada.node.restore(backup)
    ada.restart()
    with ada:
        line = ada.puller.line(bel.url)
        line.sign_in()
        asked = wire.Pull(have={"ada": 2}, most=1)
        ada.puller._use(line, line.pull(asked), asked, Report(bel.url))
        assert (Log.objects.get(name="ada").size, bool(Log.objects.get(name="ada").ahead)) == (
            3,
            True,
        )
    with pytest.raises(Refused):
        ada.note("Too early.")
    ada.pull(bel, sweep=True)
    assert ada.note("In time.") == "ada@5"


def test_silence_is_told_apart_by_how_long_it_lasts(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    assert _word(bel) == "new"
    bel.pull(ada)
    assert _word(bel) == "ok"
    pact.cut.add(frozenset({ada.url, bel.url}))
    pact.hand.move(status.LATE + timedelta(seconds=1))
    bel.pull(ada)
    assert _word(bel) == "late"
    pact.hand.move(status.SILENT)
    with bel:
        (peer,) = status.peers()
    assert (peer.state, peer.failures, peer.problem) == ("silent", 1, "No answer.")
    pact.cut.clear()
    bel.pull(ada)
    assert _word(bel) == "ok"


def _word(town: Town) -> str:
    with town:
        (peer,) = status.peers()
        return peer.state


def test_what_another_has_of_ours_is_known_from_what_it_asks(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    bel.pull(ada)
    bel.pull(ada, sweep=True)
    ada.pull(bel)
    with ada:
        (peer,) = status.peers()
        (own,) = [one for one in peer.logs if one.log == "ada"]
        assert own.sent == 2


def test_what_only_a_lost_disk_held_is_not_looked_for_elsewhere(pact: Pact) -> None:
    """A backup from before it, and the log's entries from a peer: the body for the own officers alone is nowhere."""
    ada = pact.town("ada")
    with ada:
        place = ada.say("aid.stock/1", by="ada@0", item="cot", unit="piece", quantity=40)
        index = int(place.rpartition("@")[2])
        entry = Entry.objects.get(log="ada", index=index)
        Body.objects.filter(entry_id=entry.id).delete()
        Entry.objects.filter(pk=entry.pk).update(fate=Fate.UNREAD)
        wanted.note([("ada", index)])
        assert (status.lacking(), status.lost()) == (0, 1)
