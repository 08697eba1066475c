"""Logs on a memory stick."""

import hashlib
import shutil
from pathlib import Path

import msgspec

from hansa.kernel import files, state
from hansa.kernel.fields import File
from hansa.kernel.models import Entry, Fate, Log
from hansa.kernel.sync.carried import carry_in, carry_out, names_in
from hansa.kernel.verify import verify
from tests.sync.virtual import Pact, Town


def test_what_is_carried_out_is_taken_in_elsewhere(pact: Pact, tmp_path: Path) -> None:
    ada, bel, cyd = talk(pact)
    stick = tmp_path / "stick"
    with ada:
        written = carry_out(stick, "cyd")
        assert (written.sizes, written.trouble) == ({"ada": 6, "bel": 5}, [])
        expected = state.state_hash()
    assert verify(stick / "ada").ok
    with cyd:
        report = carry_in(stick)
        assert (dict(report.received), report.refused) == ({"ada": 6, "bel": 5}, [])
        assert carry_in(stick).new == 0
        assert names_in(stick) == {"ada", "bel"}
    bel.restart()
    assert cyd.pull(bel).new == 0
    assert cyd.state_without_own() == expected


def test_a_stick_with_bodies_for_nobody_brings_entries_and_another_brings_the_bodies(
    pact: Pact, tmp_path: Path
) -> None:
    ada, _bel, cyd = talk(pact)
    with ada:
        carry_out(tmp_path / "bare")
        carry_out(tmp_path / "full")
    shutil.rmtree(tmp_path / "bare" / "ada" / "bodies")
    with cyd:
        assert carry_in(tmp_path / "bare").new == 11
        assert Entry.objects.filter(fate=Fate.UNREAD).count() == 6
        assert carry_in(tmp_path / "full").late == 6
        assert not Entry.objects.filter(fate=Fate.UNREAD).exists()


def test_one_damaged_log_on_a_stick_holds_up_no_other(pact: Pact, tmp_path: Path) -> None:
    ada, _bel, cyd = talk(pact)
    with ada:
        carry_out(tmp_path / "stick")
    bundle = next((tmp_path / "stick" / "ada" / "tile" / "entries").rglob("*/*"))
    bundle.write_bytes(bundle.read_bytes()[:-3])
    with cyd:
        report = carry_in(tmp_path / "stick")
        assert dict(report.received).keys() == {"bel"}
        assert [(one.log, one.what) for one in report.refused] == [("ada", "folder")]


def talk(pact: Pact) -> tuple[Town, Town, Town]:
    """Two towns that know what each other said, and a third that knows of them."""
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    with ada:
        Log.objects.filter(name="cyd").delete()
    for i in range(3):
        ada.note(f"Number {i}.")
        bel.pull(ada)
        bel.note("Heard.", on=f"ada@{i + 1}")
        ada.pull(bel)
    ada.note("Last.")
    return ada, bel, cyd


def note_with(town: Town, *contents: bytes) -> tuple[str, list[File]]:
    """A note with these files; its position, and what it names."""
    with town:
        kept = [files.keep(f"{i}.txt", "text/plain", [one]) for i, one in enumerate(contents)]
    built = [msgspec.to_builtins(one) for one in kept]
    return town.say("pact.note/1", on=f"{town.name}@0", text="See.", files=built), kept


def test_a_damaged_attachment_is_named_and_holds_up_nothing_else(
    pact: Pact, tmp_path: Path
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    _place, kept = note_with(ada, b"Whole.", b"To be spoilt.")
    with ada:
        files.path_of(kept[1].sha256).write_bytes(b"Spoilt.")
        written = carry_out(tmp_path / "stick")
    assert [kept[1].sha256 in one for one in written.trouble] == [True]
    with bel:
        assert carry_in(tmp_path / "stick").files == 1


def test_a_stick_that_is_written_again_loses_what_was_erased_and_nothing_that_is_not_ours(
    pact: Pact, tmp_path: Path
) -> None:
    ada = pact.town("ada")
    place, (kept,) = note_with(ada, b"To be forgotten.")
    stick = tmp_path / "stick"
    with ada:
        carry_out(stick)
    assert (stick / "_files" / kept.sha256).exists()
    (stick / "_files" / "holiday.jpg").write_bytes(b"Mine.")
    ada.say("kernel.erasure/1", target=place, ground="Asked.")
    with ada:
        carry_out(stick)
    assert [one.name for one in (stick / "_files").iterdir()] == ["holiday.jpg"]


def test_attachments_are_read_from_a_stick_that_lacks_any_number_of_others(
    pact: Pact, tmp_path: Path
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    for i in range(8):
        none = [hashlib.sha256(bytes([i, n])).hexdigest() for n in range(8)]
        named = [{"sha256": one, "name": "x", "size": 1} for one in none]
        ada.say("pact.note/1", on="ada@0", text="See.", files=named)
    note_with(ada, b"This one is there.")
    with ada:
        carry_out(tmp_path / "stick")
    with bel:
        assert carry_in(tmp_path / "stick").files == 1


def test_no_name_of_a_log_keeps_the_others_from_being_carried(pact: Pact, tmp_path: Path) -> None:
    """Whoever may introduce a log chooses its name, and the folder holds other things beside the logs."""
    names = ["ada", "checkpoint", "cosigned", "evidence", "files"]
    towns = [pact.town(name) for name in names]
    bel = pact.town("bel")
    pact.acquaint()
    for one in towns[1:]:
        towns[0].pull(one)
    with towns[0]:
        assert sorted(carry_out(tmp_path / "stick").sizes) == names
    with bel:
        assert sorted(carry_in(tmp_path / "stick").received) == names
        assert names_in(tmp_path / "stick") == set(names)
