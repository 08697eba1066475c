"""Invariant 30: no node's clock decides anything but what it shows."""

from datetime import timedelta

import pytest

from hansa.kernel import state
from hansa.kernel.errors import Refused
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import dice
from tests.rig.oracles import pact_state


@pytest.mark.parametrize("days", [-365, 365])
def test_30_a_clock_a_year_wrong_changes_no_state(make_world, days):
    world = make_world(("ada",), ("bel",), ("cyd",))
    author, _other, shifted = world.nodes
    shifted.offset = timedelta(days=days)
    drawn = dice("invariant 30")
    for _ in range(40):
        with author:
            try:
                EVERYDAY[drawn.one(sorted(EVERYDAY))][1](Voice("ada", drawn))
            except (NothingToSay, Refused):
                world.hand.move(timedelta(minutes=7))
    world.everybody()
    assert len({pact_state(node) for node in world.nodes}) == 1
    with shifted:
        before = state.state_hash()
        shifted.offset = timedelta(days=-days)
        state.rebuild()
        assert state.state_hash() == before
