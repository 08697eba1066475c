"""Attachments as a weapon: to be handed what is another's, to hide, to spoil, to fill a disk, to keep nodes busy."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from hansa.kernel.fields import File
from hansa.kernel.sync import attached, wire
from hansa.kernel.sync.carried import carry_out
from tests.sync.test_attached import CONTENT, DIGEST, has, noted
from tests.sync.virtual import Pact, Town


@pytest.fixture
def pact(db: None, tmp_path: Path) -> Pact:
    return Pact(tmp_path)


def names(town: Town, *named: File) -> str:
    """A note that names files which nobody uploaded for it; its position."""
    built = [msgspec.to_builtins(one) for one in named]
    return town.say("pact.note/1", on=f"{town.name}@0", text="See this.", files=built)


def test_a_file_asked_for_by_its_hash_under_a_record_of_ones_own(
    pact: Pact, tmp_path: Path
) -> None:
    """Whoever knows the hash of a file that is not for it names it in a record for all, and asks who has it."""
    ada, liar = pact.town("ada"), pact.town("liar")
    pact.acquaint()
    noted(ada, audience="own")
    place = names(liar, File(sha256=DIGEST, name="order.pdf", size=len(CONTENT)))
    ada.pull(liar)
    assert has(ada)
    liar.pull(ada)
    asked = wire.FileAsked("liar", int(place.partition("@")[2]), DIGEST, 0)
    with liar:
        assert liar.puller.line(ada.url).file(asked) is None
    assert not has(liar)
    with ada:
        carry_out(tmp_path / "stick", "liar")
    assert not list((tmp_path / "stick").rglob(DIGEST))


def test_a_file_that_all_may_have_is_handed_out_under_every_record_that_names_it(
    pact: Pact,
) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    noted(ada)
    bel.pull(ada)
    place = names(cyd, File(sha256=DIGEST, name="order.pdf", size=len(CONTENT)))
    bel.pull(cyd)
    asked = wire.FileAsked("cyd", int(place.partition("@")[2]), DIGEST, 0)
    with cyd:
        cyd.puller.line(bel.url).sign_in()
        assert cyd.puller.line(bel.url).file(asked)


def test_a_record_that_names_a_file_with_another_size_hides_it_from_nobody(pact: Pact) -> None:
    ada, bel, liar = (pact.town(name) for name in ("ada", "bel", "liar"))
    pact.acquaint()
    names(liar, File(sha256=DIGEST, name="order.pdf", size=1))
    bel.pull(liar)
    noted(ada)
    assert bel.pull(ada, sweep=True).files == 1
    assert has(bel)


def test_a_peer_that_begins_with_something_false_spoils_nothing_that_another_gives(
    pact: Pact,
) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    noted(ada)
    bel.pull(ada)
    given = []

    def poisoned(url, path, status, data):
        if path != "/sync/file" or url != bel.url:
            return status, data
        given.append(path)
        part = wire.decode(data, wire.FilePart)
        false = wire.encode(wire.FilePart(part.size, bytes(len(part.data))))
        return (status, false) if len(given) == 1 else (404, b"Gone.\n")

    pact.twist = poisoned
    pact.cut.add(frozenset({ada.url, cyd.url}))
    cyd.pull(bel, sweep=True)
    assert len(given) == 2
    assert not has(cyd)
    pact.cut.clear()
    report = cyd.pull(ada, sweep=True)
    assert (report.files, report.refused) == (1, [])
    assert has(cyd)


def test_names_of_files_that_nobody_has_hold_up_no_other_members(pact: Pact) -> None:
    ada, bel, cyd = (pact.town(name) for name in ("ada", "bel", "cyd"))
    pact.acquaint()
    for i in range(8):
        none = [hashlib.sha256(bytes([i, n])).hexdigest() for n in range(8)]
        names(ada, *(File(sha256=one, name="x", size=1) for one in none))
    noted(bel)
    ada.pull(bel)
    pact.cut.add(frozenset({bel.url, cyd.url}))
    cyd.pull(ada, sweep=True)
    assert has(cyd)
    assert asked_for_files(cyd) <= attached.IN_VAIN + 8
    before = asked_for_files(cyd)
    cyd.pull(ada, sweep=True)
    cyd.pull(ada, sweep=True)
    assert asked_for_files(cyd) - before == 64 - attached.IN_VAIN, (
        "none is asked for twice in a row"
    )


def asked_for_files(town: Town) -> int:
    return sum(1 for _url, path in town.asked if path == "/sync/file")
