"""Invariants 1 to 4: one log, whatever happens to the machine on which it is written."""

import shutil

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Log
from hansa.kernel.witness import starting
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import dice
from tests.rig.disk import Killed


def heads(node) -> dict[str, tuple[int, bytes]]:
    """Every log's size and tree, as the node would show it."""
    with node:
        return {log.name: (log.size, bytes(log.frontier)) for log in Log.objects.all()}


def indexes(node) -> dict[str, list[int]]:
    """Which entries the node holds of each log."""
    with node:
        found: dict[str, list[int]] = {
            name: [] for name in Log.objects.values_list("name", flat=True)
        }
        for log, index in Entry.objects.order_by("index").values_list("log", "index"):
            found[log].append(index)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_01_size_and_index_only_grow_and_leave_no_gap(make_world, seed):
    world = make_world(("ada",), ("bel",))
    drawn = dice("invariant 1", seed)
    before = [node.sizes() for node in world.nodes]
    for _ in range(40):
        node = drawn.one(world.nodes)
        try:
            with node:
                EVERYDAY[drawn.one(sorted(EVERYDAY))][1](Voice(node.logs[0], drawn))
        except (NothingToSay, Refused):
            world.pull(node, drawn.one([peer for peer in world.nodes if peer is not node]))
        after = [one.sizes() for one in world.nodes]
        for old, new, one in zip(before, after, world.nodes, strict=True):
            assert all(new[log] >= size for log, size in old.items())
            assert indexes(one) == {log: list(range(size)) for log, size in new.items()}
        before = after


def test_03_a_crash_at_any_place_leaves_every_published_head_a_prefix(make_world):
    """At each statement and on both sides of each commit, one after the other, while one record is said."""
    world = make_world(("ada",), ("bel",))
    node = world.nodes[0]
    before = node.disk.read()
    old = heads(node)
    ends = set()
    for fuse in range(500):
        node.disk.put(before)
        shutil.rmtree(node.home / "signed", ignore_errors=True)
        with node:
            starting.not_a_copy()
        died = False
        try:
            with node:
                node.disk.light(fuse)
                Voice("ada", dice()).say("pact.note/1", on="bel@0", text="Stay calm.")
        except Killed:
            died = True
            node.stop()
            node.start()
            world.check(node)
        node.disk.fuse = None
        now = heads(node)
        assert now["bel"] == old["bel"]
        size, _tree = now["ada"]
        assert now["ada"] == old["ada"] or size == old["ada"][0] + 1
        with node:
            report = fsck()
            assert report.ok, (fuse, report.text())
            # What stood before stands still, so whoever saw the old head sees its prefix.
            assert Voice("ada", dice()).say("pact.note/1", on="bel@0", text="And again.")
        ends.add((died, size - old["ada"][0]))
        if not died:
            break
    assert ends == {(True, 0), (True, 1), (False, 1)}
