"""Key documents kept by a node: followed logs cut back, heads judged by range, the own log signed anew."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from hansa.kernel import announce, state
from hansa.kernel.errors import Untrusted
from hansa.kernel.export import export_log, record_bundle
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.ingest import ingest
from hansa.kernel.merkle import EMPTY_ROOT, leaf_hash, root_of
from hansa.kernel.models import Body, Entry, Fate, Log, Tombstone
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.roots import keeping as roots
from hansa.kernel.roots.models import Aside, Keys, Rival
from hansa.kernel.verify import verify
from tests.attacks.words import note as noted
from tests.builders import Town, town
from tests.foreign import ForeignLog
from tests.kernel.chains import Chain, rooted, signed, signer
from tests.kernel.chains import roots as root_keys

pytestmark = pytest.mark.usefixtures("home", "set_clock")


class Keyed(ForeignLog):
    """A log written elsewhere, whose keys change by documents."""

    def __init__(self, name: str = "elsewhere") -> None:
        super().__init__(name)
        self.chain = Chain(f"hansa/{name}")
        first = self.signer

        def log_key(version: int) -> Signer:
            return first if version == 1 else signer(f"hansa/{name}", f"{name} log {version}")

        self.chain.log_key = log_key  # type: ignore[method-assign]  # version 1 is the key it opened with

    def root_at(self, size: int) -> bytes:
        return root_of([leaf_hash(entry) for entry in self.entries[:size]])

    def turn(self, start: int) -> bytes:
        """Make the next document, from `start` on, and sign with its key from now on."""
        note = self.chain.grow(start, self.root_at(start))
        self.signer = self.chain.log_key(len(self.chain.notes))
        return note

    def back_to(self, size: int) -> None:
        """Forget, at its own node, what was written from `size` on."""
        del self.entries[size:], self.bodies[size:]
        self.sent = min(self.sent, size)


@pytest.fixture
def far() -> Keyed:
    made = Keyed()
    for text in ("one", "two", "three"):
        made.write("pact.note/1", noted(f"elsewhere@{0}", text=text), cites=("elsewhere@0",))
    made.send()
    roots.accept("elsewhere", made.chain.grow())
    return made


@pytest.fixture
def log(far: Keyed) -> Log:
    return Log.objects.get(name="elsewhere")


def test_the_first_document_is_made_under_the_key_by_which_the_log_is_known(
    far: Keyed, log: Log
) -> None:
    assert roots.documents("elsewhere") == far.chain.notes
    assert not roots.accept("elsewhere", far.chain.notes[0])
    ForeignLog("other")
    mine = Chain("hansa/other")
    with pytest.raises(Untrusted, match="known here"):
        roots.accept("other", mine.grow())
    assert roots.documents("other") == []


def test_nobody_takes_keys_for_a_log_that_is_not_followed() -> None:
    with pytest.raises(Untrusted, match="follows"):
        roots.accept("nobody", Chain().grow())


def test_a_planned_rotation_takes_nothing_out(far: Keyed, log: Log) -> None:
    before = state.state_hash()
    assert roots.accept("elsewhere", far.turn(4))
    log.refresh_from_db()
    assert (log.size, state.state_hash(), Aside.objects.count()) == (4, before, 0)
    assert log.vkey == far.signer.vkey()
    far.write("pact.note/1", noted("elsewhere@0", text="four"), cites=("elsewhere@0",))
    far.send()
    assert far.fate("elsewhere@4") == (Fate.DONE, "")


def test_a_head_of_the_old_key_above_the_start_is_refused(far: Keyed, log: Log) -> None:
    old = far.signer
    roots.accept("elsewhere", far.turn(4))
    far.write("pact.note/1", noted("elsewhere@0", text="thief"), cites=("elsewhere@0",))
    far.signer = old
    with pytest.raises(Untrusted):
        far.send()
    assert Log.objects.get(name="elsewhere").size == 4
    with pytest.raises(Untrusted, match="key of version 1, which may not sign that size"):
        roots.open_head(log, sign_checkpoint(5, bytes(32), old))


def test_a_stolen_keys_entries_are_set_aside_and_the_prefix_stands(far: Keyed, log: Log) -> None:
    """The attack `stolen online keys`: the thief writes, the owner names the last good size."""
    good = state.state_hash()
    for text in ("stolen", "words"):
        far.write("pact.note/1", noted("elsewhere@0", text=text), cites=("elsewhere@0",))
    far.send()
    forged = [bytes(entry.header) for entry in Entry.objects.filter(log="elsewhere", index__gte=4)]
    thief = Log.objects.get(name="elsewhere").note
    far.back_to(4)
    assert roots.accept("elsewhere", far.turn(4))
    log.refresh_from_db()
    assert (log.size, log.folded, log.note) == (4, 4, "")
    assert state.state_hash() == good
    kept = list(Aside.objects.order_by("index"))
    assert [bytes(one.header) for one in kept] == forged
    assert {one.note for one in kept} == {thief}
    assert all(one.body for one in kept)
    assert "version 2" in kept[0].why
    far.write("pact.note/1", noted("elsewhere@0", text="honest"), cites=("elsewhere@0",))
    far.send()
    assert far.fate("elsewhere@4") == (Fate.DONE, "")
    assert fsck().ok


def test_numbers_of_arrival_are_never_given_twice(far: Keyed, log: Log) -> None:
    far.write("pact.note/1", noted("elsewhere@0", text="stolen"), cites=("elsewhere@0",))
    far.send()
    last = Entry.objects.order_by("-id")[0].id
    far.back_to(4)
    roots.accept("elsewhere", far.turn(4))
    far.write("pact.note/1", noted("elsewhere@0", text="honest"), cites=("elsewhere@0",))
    far.send()
    assert Entry.objects.order_by("-id")[0].id > last


def test_an_entry_that_comes_back_under_the_new_key_is_aside_no_longer(
    far: Keyed, log: Log
) -> None:
    far.write("pact.note/1", noted("elsewhere@0", text="mine all along"), cites=("elsewhere@0",))
    far.send()
    whole = state.state_hash()
    roots.accept("elsewhere", far.turn(4))
    assert Aside.objects.count() == 1
    far.sent = 4
    bundle = far.bundle()
    ingest([type(bundle)(bundle.log, bundle.note, bundle.entries, [None])])
    assert Aside.objects.count() == 0
    assert state.state_hash() == whole
    assert Body.objects.count() == 5


def test_an_order_to_erase_that_is_set_aside_erases_no_longer(far: Keyed, log: Log) -> None:
    far.write(
        "kernel.erasure/1", {"target": "elsewhere@1", "ground": "Theft."}, cites=("elsewhere@1",)
    )
    far.send()
    assert Tombstone.objects.count() == 1
    far.back_to(4)
    roots.accept("elsewhere", far.turn(4))
    assert Tombstone.objects.count() == 0
    assert fsck().ok


def test_a_document_that_starts_at_another_root_changes_nothing(far: Keyed, log: Log) -> None:
    other = Keyed("wide")
    other.send()
    far.chain.grow(2, other.root_at(1))
    with pytest.raises(Untrusted, match="split before that"):
        roots.accept("elsewhere", far.chain.notes[1])
    log.refresh_from_db()
    assert (log.size, log.vkey, len(roots.documents("elsewhere"))) == (4, far.signer.vkey(), 1)


def test_a_newcomer_reads_the_whole_chain_before_the_entries(home) -> None:
    far = Keyed()
    for text in ("one", "two", "three"):
        far.write("pact.note/1", noted("elsewhere@0", text=text), cites=("elsewhere@0",))
    far.chain.grow()
    far.turn(2)
    for note in far.chain.notes:
        assert roots.accept("elsewhere", note)
    far.send()
    assert Log.objects.get(name="elsewhere").size == 4
    assert fsck().ok


def test_a_new_key_cannot_write_another_past(home) -> None:
    """The roots put their names to the root hash at the start: a stolen later key cannot change what lies before."""
    far = Keyed()
    far.write("pact.note/1", noted("elsewhere@0", text="the past"), cites=("elsewhere@0",))
    far.chain.grow()
    far.turn(2)
    for note in far.chain.notes:
        roots.accept("elsewhere", note)
    far.back_to(1)
    for text in ("another past", "more"):
        far.write("pact.note/1", noted("elsewhere@0", text=text), cites=("elsewhere@0",))
    with pytest.raises(Untrusted):
        far.send()
    assert Log.objects.get(name="elsewhere").size == 0


def test_invariant_15_two_documents_of_one_version_are_an_alarm(far: Keyed, log: Log) -> None:
    first = far.turn(4)
    roots.accept("elsewhere", first)
    second = far.chain.sign(far.chain.document(2, start=3, root_at=far.root_at(3)))
    with pytest.raises(Untrusted, match="two versions 2"):
        roots.accept("elsewhere", second)
    assert [one.note.encode() for one in Rival.objects.all()] == [second]
    assert roots.documents("elsewhere")[1] == first
    far.write("pact.note/1", noted("elsewhere@0", text="on"), cites=("elsewhere@0",))
    far.send()


def test_a_forged_rival_is_no_alarm(far: Keyed, log: Log) -> None:
    roots.accept("elsewhere", far.turn(4))
    document = far.chain.document(2, start=3, root_at=far.root_at(3))
    with pytest.raises(Untrusted):
        roots.accept(
            "elsewhere",
            far.chain.sign(document, [far.signer, *root_keys(1, origin=far.chain.origin)]),
        )
    assert not Rival.objects.exists()


def test_whoever_keeps_something_of_the_log_is_told(far: Keyed, log: Log, monkeypatch) -> None:
    heard: list[tuple[str, int, bytes]] = []
    monkeypatch.setattr(roots, "_hears", [])
    roots.on_cut(lambda *what: heard.append(what))
    roots.accept("elsewhere", far.turn(2))
    assert heard == [("elsewhere", 2, far.root_at(2))]


# The own log.


@pytest.fixture
def own() -> Town:
    made = town("town-a", "Town A")
    made.say("pact.note/1", **noted("town-a@0"))
    roots.accept("town-a", signed("town-a", 1, 0, EMPTY_ROOT))
    return made


def test_the_own_log_goes_on_under_its_new_key(
    own: Town, django_capture_on_commit_callbacks
) -> None:
    before = this_home().keys.verifier("town-a", "hansa/town-a")
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)))
    after = this_home().keys.verifier("town-a", "hansa/town-a")
    assert before != after
    assert Log.objects.get(name="town-a").vkey == after.vkey()
    own.say("pact.note/1", **noted("town-a@0"))
    assert Log.objects.get(name="town-a").size == 3
    assert this_home().keys.staged("town-a", "hansa/town-a") is None
    assert fsck().ok


def test_what_was_written_while_the_roots_signed_is_kept(
    own: Town, django_capture_on_commit_callbacks
) -> None:
    note = signed("town-a", 2, 2, rooted("town-a", 2))
    own.say("pact.note/1", **noted("town-a@0"))
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", note)
    assert Log.objects.get(name="town-a").size == 3
    assert not Aside.objects.exists()
    own.say("pact.note/1", **noted("town-a@0"))
    assert fsck().ok


def test_what_a_thief_wrote_here_is_set_aside(
    own: Town, django_capture_on_commit_callbacks
) -> None:
    own.say("pact.note/1", **noted("town-a@0"))
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)), keep=False)
    assert Log.objects.get(name="town-a").size == 2
    assert Aside.objects.count() == 1
    own.say("pact.note/1", **noted("town-a@0"))
    assert Log.objects.get(name="town-a").size == 3
    assert fsck().ok


def test_a_change_of_key_that_was_cut_short_is_finished(own: Town) -> None:
    """The database was written and the key not yet exchanged when the power went."""
    roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)))
    assert this_home().keys.staged("town-a", "hansa/town-a")  # the test's transaction never commits
    own.say("pact.note/1", **noted("town-a@0"))
    assert this_home().keys.staged("town-a", "hansa/town-a") is None
    assert fsck().ok


def test_a_log_whose_new_key_is_elsewhere_is_followed_from_now_on(
    own: Town, django_capture_on_commit_callbacks
) -> None:
    note = signed("town-a", 2, 2, rooted("town-a", 2))
    this_home().keys.unstage("town-a")
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", note)
    assert not Log.objects.get(name="town-a").mine
    assert not this_home().keys.holds("town-a")
    assert fsck().ok


# What the node says of it by itself.


def test_every_document_is_put_on_record_in_its_log(
    own: Town, django_capture_on_commit_callbacks
) -> None:
    assert announce.speak() == 1
    assert announce.speak() == 0
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 3, rooted("town-a", 3)))
    assert announce.speak() == 1
    row = Keys.objects.get(key="town-a/keys")
    assert (row.version, row.start) == (2, 3)
    assert row.note.encode() == roots.documents("town-a")[1]
    assert set(Entry.objects.filter(kind="kernel.keys/1").values_list("fate", "by")) == {
        ("done", "")
    }
    assert fsck().ok


def test_nothing_is_put_on_record_that_cannot_follow(far: Keyed, log: Log) -> None:
    right = {"version": 1, "start": 0, "note": far.chain.notes[0].decode()}
    two = far.chain.grow(4, far.root_at(4)).decode()
    for says, code in (
        ({**right, "start": 1}, "bad-document"),
        ({**right, "note": "x"}, "bad-document"),
        ({"version": 2, "start": 4, "note": two}, "bad-document"),
        (right, ""),
        (right, "bad-document"),
        ({"version": 2, "start": 4, "note": two}, ""),
    ):
        place = far.write("kernel.keys/1", says, by="")
        far.send()
        assert far.fate(place)[1] == code
    place = far.write("kernel.keys/1", right)
    far.send()
    assert far.fate(place) == (Fate.VOID, "node")


@pytest.fixture
def citing(own: Town) -> tuple[ForeignLog, str]:
    """A thief wrote in our log, and another member cited it before we knew."""
    stolen = [own.say("pact.note/1", **noted("town-a@0")) for _ in range(5)][-1]
    wide = ForeignLog("wide")
    place = wide.write("pact.note/1", noted(stolen), cites=(stolen,))
    wide.write("pact.note/1", noted("wide@0"), cites=("wide@0",))
    wide.send()
    assert wide.fate(place) == (Fate.DONE, "")
    return wide, place


def test_a_stolen_key_does_not_hold_up_those_who_cited_it(
    citing: tuple[ForeignLog, str], django_capture_on_commit_callbacks
) -> None:
    wide, place = citing
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)), keep=False)
    assert wide.fate(place) == (Fate.WAITING, "")
    assert announce.speak() == 3  # two documents, and what was never written
    assert wide.fate(place) == (Fate.VOID, "ref-disowned")
    assert wide.fate("wide@2") == (Fate.DONE, "")
    assert announce.speak() == 0
    before = state.state_hash()
    state.rebuild()
    assert state.state_hash() == before
    assert fsck().ok


def test_who_waits_for_a_place_that_is_written_anew_goes_on(
    citing: tuple[ForeignLog, str], own: Town, django_capture_on_commit_callbacks
) -> None:
    wide, place = citing
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)), keep=False)
    for _ in range(6):
        own.say("pact.note/1", **noted("town-a@0"))
    announce.speak()
    assert wide.fate(place) == (Fate.VOID, "ref-differs")
    assert fsck().ok


def test_what_is_disowned_stays_so_whatever_comes_later(far: Keyed, log: Log) -> None:
    """A log that disowns an entry and then writes it cannot make nodes differ by what reached them first."""
    wide = ForeignLog("wide")
    far.write("pact.note/1", noted("elsewhere@0"), cites=("elsewhere@0",), index=5)
    entry, body = far.entries.pop(), far.bodies.pop()
    far.write("kernel.disown/1", {"index": 5, "leaf": leaf_hash(entry).hex()}, by="")
    place = wide.write("pact.note/1", noted("elsewhere@5"), refs={"elsewhere@5": leaf_hash(entry)})
    wide.send()
    assert wide.fate(place) == (Fate.WAITING, "")
    far.send()
    assert wide.fate(place) == (Fate.VOID, "ref-disowned")
    far.entries.append(entry)
    far.bodies.append(body)
    far.send()
    before = state.state_hash()
    state.rebuild()
    assert state.state_hash() == before
    assert wide.fate(place) == (Fate.VOID, "ref-disowned")


def test_nobody_disowns_what_stands_in_its_log(far: Keyed, log: Log) -> None:
    for index in (1, 4 + 1):
        place = far.write("kernel.disown/1", {"index": index, "leaf": "ab" * 32}, by="")
        far.send()
        assert far.fate(place) == (Fate.VOID, "bad-disowned")


def test_what_is_exported_holds_across_a_change_of_key(
    own: Town, tmp_path, django_capture_on_commit_callbacks
) -> None:
    first = Log.objects.get(name="town-a").vkey
    with django_capture_on_commit_callbacks(execute=True):
        roots.accept("town-a", signed("town-a", 2, 2, rooted("town-a", 2)))
    own.say("pact.note/1", **noted("town-a@0"))
    folder = tmp_path / "out"
    export_log("town-a", folder, "town-a")
    report = verify(folder, first)
    assert (report.ok, report.findings, report.notes) == (True, [], [])
    bundle = tmp_path / "record.zip"
    bundle.write_bytes(record_bundle("town-a@2", "town-a"))
    assert verify(bundle, first).ok


class Faulty:
    """The statement of this number fails, before or after it was carried out."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when, self.count = at, when, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return execute(sql, params, many, context)
        self.count += 1
        if self.count == self.at and self.when == "before":
            raise OperationalError("database or disk is full")
        result = execute(sql, params, many, context)
        if self.count == self.at:
            raise OperationalError("database or disk is full")
        return result


def test_fault_every_statement_of_a_cut_fails_once_and_nothing_is_half_done(
    far: Keyed, log: Log
) -> None:
    far.write("pact.note/1", noted("elsewhere@0", text="stolen"), cites=("elsewhere@0",))
    far.send()
    before = state.state_hash()
    note = far.turn(4)
    tried = 0
    for when in ("before", "after"):
        for at in range(1, 200):
            fault = Faulty(at, when)
            with (
                suppress(OperationalError),
                transaction.atomic(),
                connection.execute_wrapper(fault),
            ):
                roots.accept("elsewhere", note)
                transaction.set_rollback(True)
            if fault.count < at:
                break
            tried += 1
            log.refresh_from_db()
            assert (log.size, len(roots.documents("elsewhere"))) == (5, 1)
            assert not Aside.objects.exists()
            assert state.state_hash() == before
    assert tried > 20
    assert roots.accept("elsewhere", note)
    log.refresh_from_db()
    assert (log.size, Aside.objects.count()) == (4, 1)
    assert fsck().ok
