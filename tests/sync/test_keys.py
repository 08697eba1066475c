"""Changes of key as they reach other nodes: planned, after a theft, and through a node in between."""

import pytest

from hansa.kernel import announce, state
from hansa.kernel.fsck import fsck
from hansa.kernel.home import home as this_home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Log
from hansa.kernel.roots import keeping
from hansa.kernel.roots.models import Aside
from hansa.kernel.witness.models import Evidence
from tests.kernel.chains import rooted, signed
from tests.sync.virtual import Pact, Town


@pytest.fixture
def trio(pact: Pact) -> tuple[Town, Town, Town]:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    with ada:
        keeping.accept("ada", signed("ada", 1, 0, EMPTY_ROOT))
        announce.speak()
    everybody(ada, bel, cyd)
    return ada, bel, cyd


def everybody(*towns: Town, times: int = 3) -> None:
    for _ in range(times):
        for one in towns:
            for other in towns:
                if one is not other:
                    one.pull(other, sweep=True)


def alike(*towns: Town) -> None:
    hashes = set()
    for one in towns:
        with one:
            hashes.add(state.state_hash(pact=True))
            assert fsck().findings == []
    assert len(hashes) == 1


def turn(town: Town, start: int, *, keep: bool = True) -> None:
    with town:
        version = len(keeping.documents(town.name)) + 1
        note = signed(town.name, version, start, rooted(town.name, start))
        keeping.accept(town.name, note, keep=keep)
        announce.speak()


def test_a_planned_change_reaches_everybody(trio: tuple[Town, Town, Town]) -> None:
    ada, bel, cyd = trio
    size = ada.size("ada")
    turn(ada, size)
    ada.note("under the new key")
    everybody(*trio)
    assert bel.size("ada") == cyd.size("ada") == size + 2
    alike(*trio)


def test_a_change_is_noticed_without_waiting_for_a_round_of_everything(
    trio: tuple[Town, Town, Town],
) -> None:
    ada, bel, _cyd = trio
    turn(ada, ada.size("ada"))
    ada.note("under the new key")
    for _ in range(3):
        bel.pull(ada, sweep=False)
    assert bel.size("ada") == ada.size("ada")


def test_a_theft_is_undone_at_every_node(trio: tuple[Town, Town, Town]) -> None:
    ada, bel, cyd = trio
    good = ada.size("ada")
    stolen = [ada.note(f"a thief's word {i}") for i in range(6)][-1]
    everybody(*trio)
    cited = bel.note("We heard you.", on=stolen)
    everybody(*trio)
    turn(ada, good, keep=False)
    everybody(*trio, times=5)
    with ada:
        announce.speak()
    everybody(*trio, times=5)
    for one in (bel, cyd):
        assert one.size("ada") == ada.size("ada")
        with one:
            assert Aside.objects.filter(log="ada").count() >= 6
            assert not Evidence.objects.exists()
            assert Log.objects.get(name="bel").folded == Log.objects.get(name="bel").size
    assert cited
    alike(*trio)
    bel.note("And on we go.")
    ada.note("So do we.")
    everybody(*trio)
    alike(*trio)


def test_a_node_in_between_hands_on_the_keys(trio: tuple[Town, Town, Town], pact: Pact) -> None:
    ada, bel, cyd = trio
    pact.cut = {frozenset({ada.url, cyd.url})}
    turn(ada, ada.size("ada") - 1)
    ada.note("under the new key")
    bel.pull(ada, sweep=True)
    bel.pull(ada, sweep=True)
    for _ in range(3):
        cyd.pull(bel, sweep=True)
    assert cyd.size("ada") == ada.size("ada")


def test_a_log_moves_to_another_node(trio: tuple[Town, Town, Town]) -> None:
    """The key is made on the new node, the document drawn up there; the old one only follows from then on."""
    ada, bel, cyd = trio
    size = bel.size("ada")
    with bel:
        note = signed("ada", 2, size, rooted("ada", size))
        keeping.accept("ada", note)
        assert Log.objects.get(name="ada").mine
        announce.speak()
    everybody(*trio)
    with ada:
        assert not Log.objects.get(name="ada").mine
        assert not this_home().keys.holds("ada")
    assert ada.size("ada") == cyd.size("ada") == size + 1
