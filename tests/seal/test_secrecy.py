"""Invariant 26: a node that is not in the audience holds no word, kind, object or recipient of what is sealed."""

from pathlib import Path

import msgspec

from hansa.kernel import files, search
from hansa.kernel.fields import File
from hansa.kernel.models import Body, Entry
from hansa.kernel.seal import box
from hansa.kernel.seal import keeping as seal
from hansa.kernel.sync import wanted
from hansa.kernel.sync.carried import carry_in, carry_out
from tests.seal.sealing import Sealing

TITLE = "Vermilion circle"
TEXT = "Cinnabar barges leave at four."
WHY = "Ochre was a mistake."


def held(towns: Sealing, log: str) -> bytes:
    """Every byte of a node's home: its database as a file would hold it, and each file in its folder."""
    node = towns.node(log)
    with node:
        search.catch_up()
    folder = b"\0".join(
        path.read_bytes() for path in sorted(node.home.rglob("*")) if path.is_file()
    )
    return node.disk.read() + folder


def lines(towns: Sealing, log: str) -> set[str]:
    """Every row of a node's database, one a line; bytes in hexadecimal."""
    with towns.node(log):
        search.catch_up()
        base = towns.node(log).disk.open()
        return set(base.connection.iterdump())


def leak(towns: Sealing, log: str, *places: str) -> None:
    """Hand the sealed bytes to a node that is not in the audience, as a careless mirror would."""
    for place in places:
        name, _, index = place.partition("@")
        with towns.node(name):
            entry = Entry.objects.get(log=name, index=int(index))
            data = bytes(Body.objects.get(entry_id=entry.id).data)
        with towns.node(log):
            assert not seal.wanted(name, entry.audience)
            assert wanted.settle({(name, int(index)): data}) == 1


def holds(line: str, word: str) -> bool:
    """Tell whether a row holds a word, in a text or in bytes."""
    return word in line or word.encode().hex() in line.lower()


def test_no_byte_of_a_home_outside_the_audience_tells_of_it(pact):
    """The ciphertext itself was handed to it, as by a careless mirror; it gives nothing away."""
    towns = pact(("ada",), ("bel",), ("cyd",))
    before = lines(towns, "cyd")
    coast = towns.audience("ada", "bel", title=TITLE)
    fact = towns.fact(coast, TEXT)
    withdrawn = towns.say("ada", "pact.fact-withdrawal/1", fact=fact, why=WHY)
    towns.sync()
    leak(towns, "cyd", fact, withdrawn)
    there, here = held(towns, "bel"), held(towns, "cyd")
    for word in (TITLE, TEXT, WHY, "Cinnabar", "pact.fact-withdrawal/1", coast, f'"{fact}"'):
        assert word.encode() in there or word == f'"{fact}"', word
        assert word.encode() not in here, word
    # What a rebuild numbers anew, and whom the node asked when, is no news of the sealed records.
    passed = ("CREATE", 'INSERT INTO "kernel_touch"', 'INSERT INTO "sync_')
    fresh = [line for line in lines(towns, "cyd") - before if not line.startswith(passed)]
    assert len(fresh) > 3
    assert not [line for line in fresh if holds(line, "bel")], "no recipient is named"
    assert not [line for line in fresh if holds(line, "pact.fact")], "nor a kind"


def test_headers_and_sizes_of_two_secrets_of_one_bucket_differ_in_nothing_but_chance(pact):
    """Author, place, time, epoch and the doubling of the size are seen: another reader, kind or object is not."""
    towns = pact(("ada",), ("bel",), ("cyd",))
    coast = towns.audience("ada", "bel")
    said = [
        towns.note(coast, "Yes."),
        towns.fact(coast, "A longer sentence about something else altogether."),
    ]
    towns.sync()
    leak(towns, "cyd", *said)
    with towns.node("cyd"):
        entries = [Entry.objects.get(log="ada", index=int(one.partition("@")[2])) for one in said]
        assert len({len(bytes(one.header)) for one in entries}) == 1
        assert len({one.audience for one in entries}) == 1
        sizes = {len(bytes(Body.objects.get(entry_id=one.id).data)) for one in entries}
        assert sizes == {1024}
        assert {(one.kind, one.by, one.subject) for one in entries} == {("", "", "")}


def attached(towns: Sealing, audience: str, *contents: bytes) -> list[File]:
    """Seal a note with these files to an audience of its author's."""
    log = audience.partition("@")[0]
    with towns.node(log):
        kept = [files.keep(f"plan-{i}.txt", "text/plain", [one]) for i, one in enumerate(contents)]
    built = [msgspec.to_builtins(one) for one in kept]
    towns.say(log, "pact.note/1", audience=audience, on=f"{log}@0", text="See.", files=built)
    return kept


def test_a_sealed_records_files_come_to_its_readers_and_no_other_node_learns_even_their_hash(pact):
    towns = pact(("ada",), ("bel",), ("cyd",))
    (kept,) = attached(towns, towns.audience("ada", "bel"), b"Umber plan.")
    towns.sync()
    assert b"Umber plan." in held(towns, "bel")
    assert kept.sha256.encode() not in held(towns, "cyd")
    assert b"Umber plan." not in held(towns, "cyd")
    assert not list(Path(towns.node("cyd").home).rglob(kept.sha256))


def test_a_sealed_records_files_lie_sealed_in_a_folder_that_is_carried(pact, tmp_path):
    """Who finds the stick learns as little of them as of the records that name them, and their reader all."""
    towns = pact(("ada",), ("bel",), ("cyd",))
    towns.sync()
    kept = attached(towns, towns.audience("ada", "bel"), b"Umber plan." * 9, b"A second one.")
    stick = tmp_path / "stick"
    with towns.node("ada"):
        carry_out(stick, "bel")
    (first, second) = (stick / "_files").iterdir()
    assert first.stat().st_size == second.stat().st_size == box.SMALLEST
    for path in (one for one in stick.rglob("*") if one.is_file()):
        told = f"{path} ".encode() + path.read_bytes()
        assert b"Umber" not in told
        assert not [one for one in kept if one.sha256.encode() in told]
    with towns.node("cyd"):
        assert carry_in(stick).files == 0
    with towns.node("bel"):
        assert carry_in(stick).files == 2
        assert files.path_of(kept[0].sha256).read_bytes() == b"Umber plan." * 9


def test_sealed_files_that_were_exchanged_on_a_stick_are_refused(pact, tmp_path):
    towns = pact(("ada",), ("bel",))
    towns.sync()
    kept = attached(towns, towns.audience("ada", "bel"), b"Umber plan.", b"Another plan.")
    stick = tmp_path / "stick"
    with towns.node("ada"):
        carry_out(stick, "bel")
    first, second = (stick / "_files").iterdir()
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    with towns.node("bel"):
        report = carry_in(stick)
        assert {(one.log, one.what) for one in report.refused} == {("ada", "folder")}
        assert report.received["ada"], "its records are taken in all the same"
        assert not [one for one in kept if files.kept(one.sha256)]
