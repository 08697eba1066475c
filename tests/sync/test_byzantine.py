"""Invariant 24: a peer that sends wrong, old, torn or endless bytes does not keep honest ones from being heard."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from hansa.kernel import state
from hansa.kernel.fsck import fsck
from hansa.kernel.sync import status, wire
from hansa.kernel.sync.models import Refusal
from hansa.kernel.sync.pull import SHUN
from hansa.kernel.sync.transport import Unreachable
from tests.sync.virtual import Pact, Town, plain

Lie = Callable[[str, bytes], tuple[int, bytes]]


def flipped(_path: str, data: bytes) -> tuple[int, bytes]:
    at = random.Random(len(data)).randrange(max(len(data), 1))
    return 200, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else b"?"


def changed_entries(path: str, data: bytes) -> tuple[int, bytes]:
    """Well formed, but an entry says something else than the log's head."""
    if path != "/sync/pull":
        return 200, data
    segments, end = wire.whole(data)
    other = [
        wire.Segment(
            one.log, one.note, one.start,
            [entry.replace(b'"v":1', b'"v": 1', 1) for entry in one.entries],
            one.bodies, one.proof,
        )
        for one in segments
    ]  # fmt: skip
    return 200, wire.frames([*other, end])


def false_bodies(path: str, data: bytes) -> tuple[int, bytes]:
    if path != "/sync/pull":
        return 200, data
    segments, end = wire.whole(data)
    other = [
        wire.Segment(
            one.log, one.note, one.start, one.entries, [b"x" * 64 for _ in one.bodies], one.proof
        )
        for one in segments
    ]
    return 200, wire.frames([*other, end])


def endless(_path: str, data: bytes) -> tuple[int, bytes]:
    return 200, data + b"\0" * (wire.LARGEST_ANSWER + 1)


def silent(_path: str, _data: bytes) -> tuple[int, bytes]:
    raise Unreachable("Too slow.")


def nonsense(_path: str, _data: bytes) -> tuple[int, bytes]:
    return 200, b"\xdd\xff\xff\xff\xff" * 50


def teapot(_path: str, _data: bytes) -> tuple[int, bytes]:
    return 418, b"\x1b[31mI am\n a teapot" * 1000


def gapped(path: str, data: bytes) -> tuple[int, bytes]:
    if path != "/sync/pull":
        return 200, data
    segments, end = wire.whole(data)
    return 200, wire.frames(
        [
            *(
                wire.Segment(one.log, one.note, one.start + 7, one.entries, one.bodies, one.proof)
                for one in segments
            ),
            end,
        ]
    )


LIES: list[Lie] = [
    flipped, changed_entries, false_bodies, endless, silent, nonsense, teapot, gapped,
]  # fmt: skip


@pytest.fixture
def towns(pact: Pact) -> tuple[Town, Town, Town]:
    """Ada speaks; Bel has it all, and lies; Cyd wants to know."""
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    for i in range(3):
        ada.note(f"Number {i}.")
    bel.pull(ada)
    bel.note("Heard.", on="ada@2")
    ada.pull(bel)
    return ada, bel, cyd


def lying(pact: Pact, town: Town, lie: Lie) -> None:
    def twist(url: str, path: str, code: int, data: bytes) -> tuple[int, bytes]:
        return lie(path, data) if url == town.url else plain(url, path, code, data)

    pact.twist = twist


@pytest.mark.parametrize("lie", LIES, ids=lambda one: one.__name__)
def test_a_lying_peer_does_not_keep_the_others_from_being_heard(
    pact: Pact, towns: tuple[Town, Town, Town], lie: Lie
) -> None:
    ada, bel, cyd = towns
    lying(pact, bel, lie)
    first = cyd.pull(bel)
    with cyd:
        assert fsck().ok, fsck().text()
    assert first.new == 0 or lie is flipped, "of what holds, each log stands by itself"
    assert cyd.pull(ada).new == 8 - first.new, "what the liar keeps for itself is had from others"
    with ada:
        expected = state.state_hash()
    with cyd:
        assert all(one.isprintable() for one in Refusal.objects.values_list("why", flat=True))
        told = {one.url: one for one in status.peers()}
        assert told[bel.url].problem or told[bel.url].logs[0].refused or lie is gapped
    assert cyd.state_without_own() == expected


def test_a_peer_that_told_the_truth_again_is_believed_again(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    _ada, bel, cyd = towns
    lying(pact, bel, changed_entries)
    assert cyd.pull(bel).new == 0
    pact.twist = plain
    assert cyd.pull(bel).new == 0, "it is not asked again at once"
    pact.hand.move(SHUN + timedelta(seconds=1))
    assert cyd.pull(bel).new == 8


def test_what_a_peer_is_refused_for_is_written_down_once_and_counted(
    pact: Pact, towns: tuple[Town, Town, Town]
) -> None:
    _ada, bel, cyd = towns
    lying(pact, bel, changed_entries)
    for _ in range(3):
        cyd.pull(bel)
        pact.hand.move(SHUN + timedelta(seconds=1))
    with cyd:
        rows = {one.log: one for one in Refusal.objects.filter(what="entries")}
        assert rows.keys() == {"ada", "bel"}
        assert rows["ada"].times == 3
        (lane,) = [one for one in status.peers()[1].logs if one.log == "bel"]
        assert lane.refused == 3
        assert "checkpoint signs" in lane.why or "header" in lane.why
