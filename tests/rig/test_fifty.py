"""Fifty nodes, cut in two halves while all of them write, and whole again: one state, by few questions."""

from datetime import timedelta
from math import ceil, log2

import pytest

from hansa.kernel.errors import Refused
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import dice
from tests.rig.oracles import pact_state
from tests.rig.worlds import founded_homes, make_world

__all__ = ["founded_homes", "make_world"]

NODES = 50


def say_something(world, drawn):
    """Every node says one thing, if it can."""
    for node in world.nodes:
        try:
            with node:
                EVERYDAY[drawn.one(sorted(EVERYDAY))][1](Voice(node.logs[0], drawn))
        except (NothingToSay, Refused):
            continue


def gossip(world, drawn):
    """Every node asks two others that it can reach, for everything."""
    world.hand.move(timedelta(minutes=2))
    for node in world.nodes:
        near = [one for one in world.nodes if one is not node and world.net.reaches(node, one)]
        for peer in drawn.sample(near, 2):
            world.pull(node, peer)


@pytest.mark.fault
@pytest.mark.slow
def test_fifty_nodes_after_a_cut_come_to_one_state_by_few_questions(make_world):
    world = make_world(*((f"town-{i:02}",) for i in range(NODES)))
    drawn = dice("fifty")
    half = NODES // 2
    world.net.cut = {
        frozenset({one.name, other.name})
        for one in world.nodes[:half]
        for other in world.nodes[half:]
    }
    for _ in range(2):
        say_something(world, drawn)
        gossip(world, drawn)
    assert len({pact_state(node) for node in world.nodes}) > 1
    world.net.cut.clear()
    world.net.asked.clear()
    rounds = 0
    while len({str(node.sizes()) for node in world.nodes}) > 1:
        gossip(world, drawn)
        rounds += 1
        # Each round at least doubles who has heard of any record, and two questions in a round are enough.
        assert rounds <= 2 * ceil(log2(NODES)), "it does not converge"
    assert len({pact_state(node) for node in world.nodes}) == 1
    print(f"{rounds} rounds, {world.net.asked.total()} questions")
