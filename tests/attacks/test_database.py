"""Whoever can write the database, and does not hold the key."""

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Entry, Log
from tests.builders import town


def test_an_entry_slipped_into_the_database_is_never_signed(home, set_clock):
    here = town("here", "Here")
    last = Entry.objects.get()
    forged = bytes(last.header).replace(b'"i":0', b'"i":1')
    log = Log.objects.get()
    frontier = Frontier.from_bytes(bytes(log.frontier))
    frontier.append(leaf_hash(forged))
    Entry.objects.create(
        id=last.id + 1, log="here", index=1, leaf=leaf_hash(forged), header=forged, at=last.at,
        audience="pact", commitment=bytes(last.commitment), fate="done",
    )  # fmt: skip
    Log.objects.update(size=2, folded=2, frontier=frontier.to_bytes())
    with pytest.raises(Refused, match="changed from outside"):
        here.say("pact.note/1", on="here@0", text="An honest word.")
    assert Log.objects.get().note == log.note


def test_another_key_in_the_database_is_not_believed(home, set_clock):
    here = town("here", "Here")
    town("there", "There")
    there = Log.objects.get(name="there")
    Log.objects.filter(name="here").update(vkey=there.vkey, note=there.note)
    with pytest.raises(Refused, match="changed from outside"):
        here.say("pact.note/1", on="here@0", text="An honest word.")
