"""Invariant 23: interrupted at every byte, a transfer goes on without loss and without a double entry."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel import state
from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Entry, Log
from hansa.kernel.sync import wire
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.transport import Unreachable
from tests.sync.virtual import Pact, Town

SEGMENT = wire.Segment("ada", b"note", 3, [b"{}", b"{}"], [None, b"x" * 40], [b"h" * 32])
ANSWER = wire.frames([SEGMENT, SEGMENT, wire.End({"ada": 5}, more=True)])


def test_of_an_answer_cut_at_any_byte_whole_segments_are_read_and_nothing_else() -> None:
    first = len(wire.frames([SEGMENT]))
    for cut in range(len(ANSWER)):
        assert wire.beginning(ANSWER[:cut]) == [SEGMENT] * min(cut // first, 2)
    assert wire.whole(ANSWER) == ([SEGMENT, SEGMENT], wire.End({"ada": 5}, more=True))


@settings(max_examples=300)
@given(st.binary(max_size=300), st.integers(0, len(ANSWER)))
def test_no_bytes_break_the_reader(garbage: bytes, at: int) -> None:
    torn = ANSWER[:at] + garbage
    assert all(isinstance(one, wire.Segment) for one in wire.beginning(torn))
    with suppress(Untrusted):
        wire.whole(torn)


def torn_line(town: Town, step: int) -> list[int]:
    """Let every answer to a pull break off, each time `step` bytes later; return where."""
    cuts: list[int] = []
    plain = town.pact.twist

    def twist(url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        if path == "/sync/pull" and (not cuts or cuts[-1] < len(data)):
            cuts.append((cuts[-1] if cuts else 0) + step)
            raise Unreachable("It broke off.", data[: cuts[-1]])
        return plain(url, path, status, data)

    town.pact.twist = twist
    return cuts


def test_a_transfer_that_breaks_off_everywhere_ends_whole(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    for i in range(4):
        ada.note(f"Number {i}.", on=f"ada@{i}")
        bel.pull(ada)
        bel.note("Heard.", on=f"ada@{i + 1}")
        ada.pull(bel)
    cuts = torn_line(cyd, step=23)
    for _ in range(200):
        cyd.restart()
        if not cyd.pull(ada).problem:
            break
    assert len(cuts) > 20
    with ada:
        expected = state.state_hash()
    with cyd:
        assert Entry.objects.filter(log="ada").count() == Log.objects.get(name="ada").size == 6
        assert fsck().ok, fsck().text()
    assert cyd.state_without_own() == expected


def test_a_log_fetched_in_part_is_sound_at_every_point(pact: Pact) -> None:
    """Its head lies further on than its entries; what is here is proved to be its beginning."""
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    for i in range(9):
        ada.note(f"Number {i}.")
    line = bel.puller.line(ada.url)
    for size in range(1, 12):
        with bel:
            line.sign_in()
            have = {"ada": size - 1}
            segments, end = line.pull(wire.Pull(have=have, most=1))
            bel.puller._use(line, (segments, end), wire.Pull(have=have), Report(ada.url))
            log = Log.objects.get(name="ada")
            assert (log.size, bool(log.ahead)) == (size, size < 11)
            assert fsck().ok, fsck().text()
    with bel:
        assert Log.objects.get(name="ada").note
    assert bel.pull(ada).new == 0
