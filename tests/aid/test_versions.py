"""What a change of a need replaces is the same wherever its rows were made."""

from hansa.aid.models import Need
from hansa.kernel.state import rebuild, state_hash


def test_versions_are_the_same_when_rows_are_made_again(line):
    """A row fresh from its record has the offset in which its time was said; one read from the store has UTC."""
    need = line.need(100, due="2025-06-09T08:00-04:00")
    due = {"urgency": "now", "due": "2025-06-10T08:00-04:00"}
    line.la.say("aid.need-change/1", need=need, quantity=120, **due)
    line.la.say("aid.need-details/1", need=need, what="For medics.")
    before, hashed = Need.objects.get().before, state_hash()
    rebuild()
    assert Need.objects.get().before == before
    assert state_hash() == hashed
