"""Keys in the wrong hands: the online ones, the current roots, a new one, a passphrase's file; and roots on paper."""

import pytest

from hansa.kernel import state
from hansa.kernel.chain import KeyDocument, hash_of, merge, open_document
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.ingest import ingest
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.models import Log, Tombstone
from hansa.kernel.note import Signer, sign_checkpoint, sign_note
from hansa.kernel.roots import drafts, keeping
from hansa.kernel.roots.models import Aside, Rival
from tests.attacks.words import DONE, note, void
from tests.builders import town
from tests.foreign import ForeignLog
from tests.kernel.chains import Chain, rooted, roots, signed, signer

ORIGIN = "hansa/elsewhere"


@pytest.fixture
def chain(log: ForeignLog) -> Chain:
    """The documents of the log that is followed: it has named its roots."""
    made = Chain(ORIGIN)
    first = log.signer
    made.log_key = lambda version: first if version == 1 else signer(ORIGIN, f"new {version}")  # type: ignore[method-assign]
    keeping.accept("elsewhere", made.grow())
    return made


def written(log: ForeignLog, *texts: str) -> list[str]:
    return [
        log.write("pact.note/1", note("elsewhere@0", text=text), cites=("elsewhere@0",))
        for text in texts
    ]


def root_at(log: ForeignLog, size: int) -> bytes:
    return root_of([leaf_hash(entry) for entry in log.entries[:size]])


def thieves_document(chain: Chain, *, key: Signer, start: int, at: bytes) -> KeyDocument:
    mine = [signer(f"{ORIGIN}/thief-{i}", f"thief {i}") for i in range(3)]
    return chain.document(
        2,
        start=start,
        root_at=at,
        log_vkey=key.vkey(),
        roots=tuple(sorted(one.vkey() for one in mine)),
        next=tuple(sorted(hash_of(signer("n", f"thief next {i}").vkey()) for i in range(2))),
    )


def test_stolen_online_keys(log, chain):
    """A thief with the log key writes and is believed, until the roots say where it began; then it never was."""
    written(log, "honest")
    log.send()
    before = state.state_hash()
    false = written(log, "a thief's word")
    log.send()
    assert log.fate(false[0]) == DONE
    thief = log.signer
    del log.entries[2:], log.bodies[2:]
    keeping.accept("elsewhere", chain.grow(2, root_at(log, 2)))
    assert state.state_hash() == before
    assert Aside.objects.count() == 1
    log.signer, log.sent = thief, 2
    written(log, "once more")
    with pytest.raises(Untrusted):
        log.send()
    assert state.state_hash() == before
    assert fsck().ok


def test_stolen_online_keys_cannot_change_the_keys(log, chain):
    document = thieves_document(chain, key=log.signer, start=1, at=root_at(log, 1))
    mine = [signer(f"{ORIGIN}/thief-{i}", f"thief {i}") for i in range(3)]
    with pytest.raises(Untrusted, match="0 of the roots before it"):
        keeping.accept("elsewhere", sign_note(document.text(), log.signer, *mine))
    assert len(keeping.documents("elsewhere")) == 1


def test_stolen_current_roots(log, chain):
    """Every key in use is in the thief's hands, and still it cannot write the next document (invariant 14)."""
    mine = [signer(f"{ORIGIN}/thief-{i}", f"thief {i}") for i in range(3)]
    stolen = [log.signer, *roots(1, origin=ORIGIN)]
    document = thieves_document(chain, key=log.signer, start=1, at=root_at(log, 1))
    with pytest.raises(Untrusted, match="committed"):
        keeping.accept("elsewhere", sign_note(document.text(), *stolen, *mine))
    # The true next ones put an end to it.
    assert keeping.accept("elsewhere", chain.grow(1, root_at(log, 1)))


def test_stolen_roots_of_both_sets_are_noticed(log, chain):
    """Whoever has two of each set can rotate; the true holders' document of that version then raises the alarm."""
    keeping.accept("elsewhere", chain.sign(chain.document(2, start=1, root_at=root_at(log, 1))))
    other = chain.document(2, start=1, root_at=root_at(log, 1), log_vkey=signer(ORIGIN, "x").vkey())
    everybody = [*roots(1, origin=ORIGIN), *roots(2, origin=ORIGIN)]
    with pytest.raises(Untrusted, match="two versions 2"):
        keeping.accept("elsewhere", sign_note(other.text(), signer(ORIGIN, "x"), *everybody))
    assert Rival.objects.count() == 1


def test_forged_author(log, chain):
    """A member's own sound key says nothing in another member's log, nor names its keys."""
    other = ForeignLog("other")
    other.send()
    forged = Chain(ORIGIN)
    forged.log_key = lambda version: Signer(ORIGIN, b"other".ljust(32, bytes([44 + version])))  # type: ignore[method-assign]
    with pytest.raises(Untrusted):
        keeping.accept("elsewhere", forged.grow())
    with pytest.raises(Untrusted):
        keeping.accept("other", chain.notes[0])
    place = other.write(
        "kernel.keys/1", {"version": 1, "start": 0, "note": chain.notes[0].decode()}, by=""
    )
    other.send()
    assert other.fate(place) == void("bad-document")


def test_head_of_a_retired_key(log, chain):
    """The key of an earlier interval signs a longer log, and a shorter one with another past."""
    written(log, "one", "two")
    log.send()
    old = log.signer
    keeping.accept("elsewhere", chain.grow(3, root_at(log, 3)))
    known = Log.objects.get(name="elsewhere")
    with pytest.raises(Untrusted, match="may not sign that size"):
        keeping.open_head(known, sign_checkpoint(4, bytes(32), old))
    assert keeping.open_head(known, sign_checkpoint(3, root_at(log, 3), old)).size == 3


def test_head_of_a_new_key_below_its_start(log, chain):
    written(log, "one", "two")
    log.send()
    keeping.accept("elsewhere", chain.grow(3, root_at(log, 3)))
    known = Log.objects.get(name="elsewhere")
    with pytest.raises(Untrusted):
        keeping.open_head(known, sign_checkpoint(2, root_at(log, 2), chain.log_key(2)))


def test_new_key_shows_a_newcomer_another_past(log, chain, monkeypatch):
    """Who comes new holds nothing to compare with, but the roots put their names to what the past adds up to."""
    written(log, "one", "two")
    chain.grow(3, root_at(log, 3))
    keeping.accept("elsewhere", chain.notes[1])
    log.signer = chain.log_key(2)
    del log.entries[1:], log.bodies[1:]
    written(log, "another past", "and another", "and what follows")
    with pytest.raises(Untrusted):
        log.send()
    assert Log.objects.get(name="elsewhere").size == 1


def test_rolled_back_keys(log, chain):
    """An earlier document handed over again is no change; one that skips a version is none either."""
    keeping.accept("elsewhere", chain.grow(1, root_at(log, 1)))
    chain.grow(1, root_at(log, 1))
    chain.grow(1, root_at(log, 1))
    assert not keeping.accept("elsewhere", chain.notes[0])
    with pytest.raises(Untrusted, match="after 2 comes 3"):
        keeping.accept("elsewhere", chain.notes[3])
    assert len(keeping.documents("elsewhere")) == 2


def test_fast_forward_by_a_stolen_key(log, chain):
    """A thief makes the log so long that the true one would look old; the cut makes room again (TUF 5.3.11)."""
    written(log, *(f"false {i}" for i in range(30)))
    log.send()
    del log.entries[1:], log.bodies[1:]
    log.sent = 1
    keeping.accept("elsewhere", chain.grow(1, root_at(log, 1)))
    log.signer = chain.log_key(2)
    true = written(log, "true")
    log.send()
    assert log.fate(true[0]) == DONE
    assert Log.objects.get(name="elsewhere").size == 2


def test_erasure_ordered_by_a_stolen_key(log, chain):
    kept = written(log, "to be kept")
    log.send()
    log.write("kernel.erasure/1", {"target": kept[0], "ground": "Theft."}, cites=(kept[0],))
    log.send()
    assert Tombstone.objects.count() == 1
    del log.entries[2:], log.bodies[2:]
    keeping.accept("elsewhere", chain.grow(2, root_at(log, 2)))
    assert not Tombstone.objects.exists()  # whoever still has the body may hand it over again
    assert fsck().ok


def test_draft_changed_on_its_way(home, set_clock):
    """Between two holders somebody exchanges the key in the draft: what was signed before no longer fits."""
    town("town-a", "Town A")
    keeping.accept("town-a", signed("town-a", 1, 0, root_of([])))
    note_ = signed("town-a", 2, 1, rooted("town-a", 1))
    document = open_document(note_, keeping.chain_of("town-a")[0])
    false = document.text().replace(document.log_vkey, signer("hansa/town-a", "false").vkey())
    changed = note_.replace(document.text().encode(), false.encode())
    draft = drafts.Draft("rotate", keeping.documents("town-a")[0], changed)
    with pytest.raises(Untrusted):
        _ = draft.complete
    with pytest.raises(Untrusted):
        merge([note_, changed])
    with pytest.raises(Untrusted):
        keeping.accept("town-a", changed)


def test_page_of_another_log(home, set_clock):
    """A root signs for its own log only, whatever draft its holder is handed."""
    town("town-a", "Town A")
    first = signed("town-a", 1, 0, root_of([]))
    draft = drafts.Draft("begin", b"", first)
    with pytest.raises(Refused, match="none of the roots"):
        drafts.sign(draft, bytes(range(32)))


def test_keys_folder_of_a_locked_home_is_stolen(home, set_clock):
    town("town-a", "Town A")
    keys = this_home().keys
    seed = (keys.folder / "town-a.seed").read_bytes()
    keys.chest.lock("four words none guesses")
    everything = b"".join(path.read_bytes() for path in keys.folder.iterdir())
    assert seed not in everything


def test_waiting_is_not_forced_by_a_stolen_key(log, chain):
    """Others cited what the thief wrote; once the log disowns it they wait no longer."""
    false = written(log, *(f"false {i}" for i in range(8)))[-1]
    log.send()
    wide = ForeignLog("wide")
    place = wide.write("pact.note/1", note(false), refs={false: log.leaf(false)})
    after = wide.write("pact.note/1", note("wide@0"), cites=("wide@0",))
    wide.send()
    leaf = log.leaf(false)
    del log.entries[1:], log.bodies[1:]
    log.sent = 1
    keeping.accept("elsewhere", chain.grow(1, root_at(log, 1)))
    assert wide.fate(after)[0] == "waiting"
    log.signer = chain.log_key(2)
    index = int(false.partition("@")[2])
    log.write("kernel.disown/1", {"index": index, "leaf": leaf.hex()}, by="")
    ingest([log.bundle()])
    assert wide.fate(place) == void("ref-disowned")
    assert wide.fate(after) == DONE
