"""A member leaves a shared home for one of its own, with its history, and no record is signed twice."""

import pytest

from hansa.kernel import state
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fields import File
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.sync import attached, handing
from tests.rig.nodes import new_node
from tests.sync.virtual import Pact


@pytest.fixture
def shared(pact: Pact):
    """Ada and Bel on one machine, with words for all and for Bel alone."""
    ada = pact.town("ada")
    with ada:
        from hansa.kernel.log import open_log
        from hansa.kernel.record import KINDS
        from hansa.kernel.say import say

        open_log("bel")
        given = {"type": "city", "state": "ME", "zone": "UTC", "office": "Chief", "handle": "c"}
        say(KINDS["pact.member/1"].read({**given, "name": "Bel"}), log="bel")
        note = KINDS["pact.note/1"]
        say(note.read({"on": "ada@0", "text": "For all."}), log="bel", by="bel@0")
        say(note.read({"on": "ada@0", "text": "For us."}), log="bel", by="bel@0", audience="own")
    return ada


def handed(shared, tmp_path, pact):
    """Pack Bel's log, release it, and take it up in a new home."""
    with shared:
        about = handing.pack("bel", tmp_path / "package", "UTC")
        handing.release(about)
    new = new_node("bel-alone", tmp_path, pact.hand)
    with new:
        handing.take(tmp_path / "package", handing.read(tmp_path / "package"))
    return new


def test_history_keys_and_own_records_go_along_and_the_log_goes_on(shared, tmp_path, pact):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    with shared:
        before = state.state_hash(pact=True)
        vkey = Log.objects.get(name="bel").vkey
    new = handed(shared, tmp_path, pact)
    with new:
        log = Log.objects.get(name="bel")
        assert (log.mine, log.size, log.vkey) == (True, 3, vkey)
        assert not Log.objects.get(name="ada").mine
        assert state.state_hash(pact=True) == before
        own = Entry.objects.get(log="bel", audience="own")
        assert Body.objects.filter(entry_id=own.id).exists()
        assert fsck().ok, fsck().text()
        from hansa.kernel.witness import starting

        starting.not_a_copy()
        note = KINDS["pact.note/1"].read({"on": "ada@0", "text": "From here on alone."})
        assert say(note, log="bel", by="bel@0") == "bel@3"
    with shared:
        with pytest.raises(Refused, match="not kept here"):
            say(note, log="bel", by="bel@0")
        assert not shared.node.home.joinpath("keys", "bel.seed").exists()
        assert shared.note()


def test_what_was_said_after_packing_is_not_left_behind(shared, tmp_path):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    with shared:
        about = handing.pack("bel", tmp_path / "package", "UTC")
        note = KINDS["pact.note/1"].read({"on": "ada@0", "text": "One more."})
        say(note, log="bel", by="bel@0")
        with pytest.raises(Refused, match="Something was said since"):
            handing.release(about)
        assert Log.objects.get(name="bel").mine
        assert say(note, log="bel", by="bel@0") == "bel@4"


def test_a_package_that_lost_something_gives_no_home(shared, tmp_path, pact):
    with shared:
        about = handing.pack("bel", tmp_path / "package", "UTC")
    (tmp_path / "package" / "logs" / "bel" / "checkpoint").unlink()
    new = new_node("bel-alone", tmp_path, pact.hand)
    with new:
        with pytest.raises(Untrusted, match="did not come whole"):
            handing.take(tmp_path / "package", about)
        assert not Log.objects.exists()
        assert not new.home.joinpath("keys", "bel.seed").exists()


def test_anothers_key_in_a_package_is_refused(shared, tmp_path, pact):
    import msgspec

    with shared:
        about = handing.pack("bel", tmp_path / "package", "UTC")
    false = msgspec.structs.replace(about, keys={**about.keys, "seed": "A" * 43 + "="})
    new = new_node("bel-alone", tmp_path, pact.hand)
    with new:
        with pytest.raises(Untrusted):
            handing.take(tmp_path / "package", false)
        assert not Log.objects.exists()
        assert not new.home.joinpath("keys", "bel.seed").exists()


def test_its_own_attachments_go_along_and_those_of_others_are_fetched_from_them(
    shared, tmp_path, pact
):
    import msgspec

    from hansa.kernel import files
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    with shared:
        kept = {
            log: files.keep("x.txt", "text/plain", [log.encode()]).sha256 for log in ("ada", "bel")
        }
        for log, audience in (("ada", "pact"), ("bel", "own")):
            named = [msgspec.to_builtins(File(sha256=kept[log], name="x.txt", size=3))]
            record = KINDS["pact.note/1"].read({"on": "ada@0", "text": "See.", "files": named})
            say(record, log=log, by=f"{log}@0", audience=audience)
    new = handed(shared, tmp_path, pact)
    with new:
        assert files.kept(kept["bel"])
        assert not files.kept(kept["ada"])
        assert [one.digest for one in attached.lacking()] == [kept["ada"]]
