"""Logs on a memory stick."""

import shutil
from pathlib import Path

from hansa.kernel import state
from hansa.kernel.models import Entry, Fate, Log
from hansa.kernel.sync.carried import carry_in, carry_out, names_in
from hansa.kernel.verify import verify
from tests.sync.virtual import Pact, Town


def test_what_is_carried_out_is_taken_in_elsewhere(pact: Pact, tmp_path: Path) -> None:
    ada, bel, cyd = talk(pact)
    stick = tmp_path / "stick"
    with ada:
        assert carry_out(stick, "cyd") == {"ada": 6, "bel": 5}
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
