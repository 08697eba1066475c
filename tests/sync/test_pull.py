"""Nodes that fetch from each other."""

from hansa.kernel import state
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Fate
from tests.sync.virtual import Pact


def test_two_nodes_come_to_the_same_state(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    for i in range(5):
        ada.note(f"Number {i}.")
    report = bel.pull(ada)
    assert (report.problem, report.refused, report.new) == ("", [], 7)
    bel.note("We heard.", on="ada@3")
    assert ada.pull(bel).new == 3
    states = set()
    for town in (ada, bel):
        with town:
            states.add(state.state_hash())
            assert fsck().ok, fsck().text()
            assert not Entry.objects.exclude(fate=Fate.DONE).exists()
    assert len(states) == 1
