"""Attachments travel: in parts, from whoever has them, to whoever may read the record, and only if they are what it names."""

import hashlib
import os
from typing import Any

import msgspec
import pytest

from hansa.kernel import clock, files
from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home as this_home
from hansa.kernel.models import Tombstone
from hansa.kernel.sync import attached, wire
from hansa.kernel.sync.carried import carry_in, carry_out
from hansa.kernel.sync.pull import Puller
from hansa.kernel.sync.transport import Unreachable
from tests.sync.virtual import Pact, Town, plain

CONTENT = bytes(range(256)) * 4096  # 1 MiB
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def noted(town: Town, content: bytes = CONTENT, audience: str = "") -> str:
    """A note with a file; its position."""
    with town:
        kept = files.keep("order.pdf", "application/pdf", [content])
        said: dict[str, Any] = {
            "on": f"{town.name}@0",
            "text": "The order.",
            "files": [msgspec.to_builtins(kept)],
        }
        return town.say("pact.note/1", audience=audience, **said)


def has(town: Town, digest: str = DIGEST) -> bool:
    with town:
        return files.kept(digest)


def twisted(pact: Pact, change) -> None:
    """Let an answer to /sync/file be changed on its way."""

    def twist(url, path, status, data):
        return change(status, data) if path == "/sync/file" else plain(url, path, status, data)

    pact.twist = twist


def test_a_file_follows_the_record_that_names_it(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    report = bel.pull(ada)
    assert report.files == 1
    with bel:
        assert files.path_of(DIGEST).read_bytes() == CONTENT
        assert not list(attached.lacking())


def test_a_file_is_had_from_another_than_its_author(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    noted(ada)
    bel.pull(ada)
    pact.cut.add(frozenset({ada.url, cyd.url}))
    cyd.pull(bel, sweep=True)
    assert has(cyd)


def test_a_file_is_asked_for_at_the_home_of_its_record_while_that_answers(pact: Pact) -> None:
    """Else every peer that asks us for news would send it to us, on a line that may be slow."""
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    cyd.pull(ada)
    noted(ada)
    bel.pull(ada)
    assert cyd.pull(bel, sweep=True).new
    assert (bel.url, "/sync/file") not in cyd.asked
    assert cyd.pull(ada).files == 1


def test_what_broke_off_goes_on_where_it_stopped(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    parts = []

    def only_two(status, data):
        parts.append(data)
        return (status, data) if len(parts) <= 2 else (404, b"Gone.\n")

    twisted(pact, only_two)
    bel.pull(ada)
    with bel:
        came = files.come_so_far(DIGEST, ada.url)
    assert 0 < came < len(CONTENT)
    assert not has(bel)
    pact.twist = plain
    bel.restart()
    bel.pull(ada)
    assert has(bel)
    with bel:
        assert files.come_so_far(DIGEST, ada.url) == 0


def test_another_file_than_the_record_names_is_refused_and_had_elsewhere(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    noted(ada)
    bel.pull(ada)

    def forged(status, data):
        part = wire.decode(data, wire.FilePart)
        return status, wire.encode(wire.FilePart(part.size, bytes(len(part.data))))

    twisted(pact, forged)
    report = cyd.pull(ada)
    assert [(one.log, one.what) for one in report.refused] == [("ada", "file")]
    assert not has(cyd)
    pact.twist = plain
    assert not cyd.pull(ada).files, "who gave something false is not asked for it again"
    assert cyd.pull(bel, sweep=True).files == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda _status, _data: (200, wire.encode(wire.FilePart(1, b"x"))),
        lambda _status, _data: (200, wire.encode(wire.FilePart(len(CONTENT), b""))),
        lambda _status, data: (200, wire.encode(wire.FilePart(len(CONTENT), data * 2))),
    ],
    ids=["another size", "nothing", "more than was asked for"],
)
def test_parts_of_the_wrong_size_are_refused(pact: Pact, change) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    twisted(pact, change)
    assert bel.pull(ada).refused
    assert not has(bel)
    with bel, pytest.raises(Untrusted):
        files.path_of(DIGEST)


def test_own_files_are_handed_to_nobody(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    place = noted(ada, audience="own")
    bel.pull(ada)
    assert not has(bel)
    index = int(place.rpartition("@")[2])
    asked = wire.FileAsked("ada", index, DIGEST, 0)
    with bel:
        line = bel.puller.line(ada.url)
        assert line.file(asked) is None


def test_a_file_is_handed_out_only_for_a_record_that_names_it(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada, audience="own")
    other = ada.note("Names no file.")
    bel.pull(ada)
    with bel:
        index = int(other.rpartition("@")[2])
        assert bel.puller.line(ada.url).file(wire.FileAsked("ada", index, DIGEST, 0)) is None


def test_strangers_are_handed_no_file(pact: Pact) -> None:
    ada = pact.town("ada")
    place = noted(ada)
    asked = wire.encode(wire.FileAsked("ada", int(place.rpartition("@")[2]), DIGEST, 0))
    status, _data = ada.ask(ada.url, "/sync/file", asked, most=1 << 20, seconds=1, token="guessed")
    assert status == 401


def test_what_was_erased_meanwhile_is_not_fetched(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    place = noted(ada)
    twisted(pact, lambda _status, _data: (404, b"Later.\n"))
    bel.pull(ada)
    pact.twist = plain
    ada.say("kernel.erasure/1", target=place, ground="Asked.")
    pact.hand.move(attached.AGAIN)
    bel.pull(ada, sweep=True)
    assert not has(bel)
    assert not has(ada)


def test_a_stick_carries_files_to_whom_they_are_for(pact: Pact, tmp_path) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    noted(ada, b"For ourselves.", audience="own")
    with ada:
        carry_out(tmp_path / "stick", "bel")
    assert [one.name for one in (tmp_path / "stick" / "_files").iterdir()] == [DIGEST]
    with bel:
        assert carry_in(tmp_path / "stick").files == 1
        assert files.kept(DIGEST)


def test_a_file_on_a_stick_that_is_not_what_its_record_names_is_not_taken_in(
    pact: Pact, tmp_path
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    with ada:
        carry_out(tmp_path / "stick")
    (tmp_path / "stick" / "_files" / DIGEST).write_bytes(bytes(len(CONTENT)))
    with bel:
        report = carry_in(tmp_path / "stick")
        assert ("ada", "file") in {(one.log, one.what) for one in report.refused}
        assert not files.kept(DIGEST)


def test_a_file_of_two_records_comes_although_the_first_of_them_was_erased(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    first = noted(ada)
    twisted(pact, lambda _status, _data: (404, b"Later.\n"))
    bel.pull(ada)
    noted(ada)
    bel.pull(ada)
    ada.say("kernel.erasure/1", target=first, ground="Asked.")
    pact.twist = plain
    pact.hand.move(attached.AGAIN)
    assert bel.pull(ada).files == 1
    assert has(bel)


# --- what is found late --------------------------------------------------------------------------


def test_a_file_is_looked_for_when_what_its_record_waited_for_has_come(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    told = ada.note("First.")
    bel.pull(ada)
    with bel:
        kept = files.keep("order.pdf", "application/pdf", [CONTENT])
        built = [msgspec.to_builtins(kept)]
    bel.say("pact.note/1", on=told, text="Heard.", files=built)
    pact.cut.add(frozenset({ada.url, cyd.url}))

    def bels_alone(url, path, status, data):
        if path != "/sync/pull":
            return status, data
        segments, end = wire.whole(data)
        return status, wire.frames([*(one for one in segments if one.log == "bel"), end])

    pact.twist = bels_alone
    assert cyd.pull(bel).files == 0, "its record waits"
    cyd.pull(bel)
    pact.cut.clear()
    pact.twist = plain
    cyd.pull(ada)
    pact.hand.move(attached.LOOK)
    assert cyd.pull(bel).files == 1


# --- slow lines, full disks ----------------------------------------------------------------------


def test_a_line_on_which_a_long_part_never_comes_whole_is_asked_for_shorter_ones(
    pact: Pact,
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)

    def slow(status, data):
        if len(data) > 70_000:
            raise Unreachable("Too slow.", data[:70_000])
        return status, data

    twisted(pact, slow)
    for _ in range(4):
        bel.pull(ada)
    assert has(bel)


def test_files_that_come_slowly_let_records_pass_and_go_on_at_once(
    pact: Pact, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)

    def slow(status, data):
        pact.hand.move(attached.A_TURN)
        return status, data

    twisted(pact, slow)
    assert 0 < bel.pull(ada).fetched < len(CONTENT)
    ada.note("More urgent.")
    waits: list[float] = []
    line = bel.puller.line(ada.url)
    pull = line.pull

    def asking(question):
        waits.append(question.wait)
        return pull(question)

    monkeypatch.setattr(line, "pull", asking)
    with bel:
        report = bel.puller.round(ada.url, wait=25.0, sweep=False)
    assert report.new == 1
    assert report.fetched
    assert waits[0] == 0.0
    pact.twist = plain
    bel.pull(ada)
    assert has(bel)
    with bel:
        bel.puller.round(ada.url, wait=25.0, sweep=False)
        bel.puller.round(ada.url, wait=25.0, sweep=False)
    assert waits[-1] == 25.0


def test_attachments_of_others_leave_room_on_the_disk_and_that_is_no_peers_fault(
    pact: Pact, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    noted(ada)
    with monkeypatch.context() as full:
        full.setattr(files, "SPARE", 1 << 60)
        report = bel.pull(ada)
    assert (report.problem, report.new) == ("", 3)
    assert ["disk" in one.why for one in report.refused] == [True]
    assert bel.pull(ada).files == 1


# --- erasing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "last"), [(CONTENT, 4), (b"Short.", 1)], ids=["in four parts", "in one"]
)
def test_what_is_erased_while_its_file_comes_is_not_kept(
    pact: Pact, content: bytes, last: int
) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    place = noted(ada, content)
    parts = []

    def erased_midway(status, data):
        parts.append(data)
        if len(parts) == last:
            pact.twist = plain
            ada.say("kernel.erasure/1", target=place, ground="Asked.")
            other = Puller(bel)
            other.attached.fetch = lambda *_: None  # type: ignore[method-assign]
            with bel:
                other.round(ada.url)
        return status, data

    twisted(pact, erased_midway)
    bel.pull(ada)
    assert len(parts) == last
    with bel:
        assert Tombstone.objects.exists()
        assert not [one for one in this_home().files.rglob("*") if one.is_file()]


def test_what_has_come_of_a_file_is_deleted_with_it(home) -> None:
    assert files.add_part(DIGEST, "https://ada.test", 0, b"some")
    assert files.come_so_far(DIGEST, "https://ada.test") == 4
    assert not files.come_so_far(DIGEST, "https://bel.test")
    files.forget(DIGEST)
    assert not files.come_so_far(DIGEST, "https://ada.test")
    assert not files.add_part(DIGEST, "https://ada.test", 4, b"more"), (
        "what went on elsewhere has no beginning here"
    )
    assert not files.settle_coming("0" * 64, "https://ada.test")


def test_a_part_waits_for_a_peer_that_is_away_for_days(home) -> None:
    files.add_part(DIGEST, "https://ada.test", 0, b"some")
    (part,) = this_home().files.iterdir()
    now = clock.machine().timestamp()
    os.utime(part, (now, now - files.UNFINISHED - 1))
    assert files.sweep() == 0
    os.utime(part, (now, now - files.PATIENCE - 1))
    assert files.sweep() == 1
