"""Invariants that need several nodes: forks, restored homes, rows of others, peers that lie, receipts, secrets, erasing."""

from base64 import b64decode
from datetime import timedelta

import pytest

from hansa.kernel.entry import commit, is_epoch
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Body, Entry, Erasure, Fate, Log, Tombstone
from hansa.kernel.note import Verifier, open_checkpoint
from hansa.kernel.seal import box
from hansa.kernel.seal.models import Epoch, EpochKey
from hansa.kernel.sync import wanted, wire
from hansa.kernel.sync.models import Wanted
from hansa.kernel.witness import evidence
from hansa.kernel.witness.models import Evidence
from hansa.pact.models import Fact
from tests.rig.acts import Voice
from tests.rig.dice import dice
from tests.rig.disk import Killed
from tests.rig.mischief import write
from tests.rig.network import Weather
from tests.rig.oracles import pact_state

SECRET = "Ferries leave pier nine at four."


def note(node, log: str, text: str, *, on: str = "", audience: str = "") -> str:
    """Let a member's chief write a note on its own node."""
    with node:
        voice = Voice(log, dice())
        voice.audience = audience
        return voice.say("pact.note/1", on=on or f"{log}@0", text=text)


def leaves(node, log: str) -> list[bytes]:
    """Every entry's hash that the node holds of a log."""
    with node:
        return [bytes(one.leaf) for one in Entry.objects.filter(log=log).order_by("index")]


def test_02_two_heads_that_contradict_each_other_are_proved_and_shown_everywhere(make_world):
    world = make_world(("ada",), ("bel",), ("cyd",), ("dov",))
    liar = world.nodes[0]
    liar.hostile = True
    world.fork(liar, ["node-1"])
    note(liar, "ada", "To some.")
    note(world.twins["node-0"], "ada", "To others.")
    for node in world.honest:
        world.pull(node, liar)
    one, two = leaves(world.nodes[1], "ada"), leaves(world.nodes[2], "ada")
    assert one[:-1] == two[:-1]
    assert one != two
    world.everybody(2)
    for node in world.honest:
        with node:
            assert evidence.forked("ada")
            kept = Evidence.objects.filter(log="ada")[0]
            key = Verifier.parse(Log.objects.get(name="ada").vkey)
            heads = [open_checkpoint(text.encode(), key) for text in (kept.one, kept.other)]
            assert heads[0] != heads[1]
    assert len({pact_state(node) for node in world.honest}) == 1


def test_04_a_restored_older_database_signs_nothing_before_it_holds_what_others_have_of_it(
    make_world,
):
    world = make_world(("ada",), ("bel",), ("cyd",))
    node = world.nodes[0]
    backup = node.back_up()
    note(node, "ada", "Said after the backup.")
    world.everybody(1)
    whole = leaves(world.nodes[1], "ada")
    node.stop()
    node.restore(backup)
    node.start()
    world.net.cut = {frozenset({"node-0", "node-1"}), frozenset({"node-0", "node-2"})}
    world.check(node)
    with pytest.raises(Refused):
        note(node, "ada", "Too early.")
    world.net.cut.clear()
    world.check(node)
    if leaves(node, "ada") != whole:
        with pytest.raises(Refused):
            note(node, "ada", "Still too early.")
    world.everybody(2)
    assert leaves(node, "ada")[: len(whole)] == whole
    note(node, "ada", "Now.")
    world.everybody(2)
    for other in world.nodes:
        assert leaves(other, "ada")[: len(whole)] == whole
        with other:
            assert not Evidence.objects.exists()


def test_21_a_row_written_from_another_log_is_void_on_every_node(make_world):
    world = make_world(("ada",), ("bel",), ("cyd",))
    with world.nodes[0]:
        voice = Voice("ada", dice("21"))
        told = voice.say(
            "pact.fact/1",
            when=world.hand.at,
            text="It happened.",
            sources=[{"title": "An order", "publisher": "A ministry", "date": "2025-06-07"}],
        )
    world.everybody(1)
    with world.nodes[1]:
        place = write(
            "bel", "pact.fact-withdrawal/1", {"fact": told, "why": "So."}, [told, "bel@0"]
        )
    world.everybody(1)
    for node in world.nodes:
        with node:
            log, _, index = place.partition("@")
            entry = Entry.objects.get(log=log, index=int(index))
            assert (entry.fate, entry.reason) == (Fate.VOID, "not-home")
            assert Fact.objects.get(key=told).withdrawn == ""


def test_22_after_a_partition_few_questions_bring_any_number_of_records(make_world):
    """The questions that a log costs do not grow with what it says, until an answer is full."""
    asked = {}
    for count in (5, 120):
        world = make_world(("ada",), ("bel",))
        world.net.cut = {frozenset({"node-0", "node-1"})}
        for i in range(count):
            note(world.nodes[0], "ada", f"Number {i}.")
            note(world.nodes[1], "bel", f"Number {i}.")
        world.net.cut.clear()
        world.net.asked.clear()
        world.everybody(1)
        assert world.agrees(["ada", "bel"])
        assert len({pact_state(node) for node in world.nodes}) == 1
        asked[count] = world.net.asked.total()
    assert asked[120] <= asked[5] + 2


def test_24_a_node_that_lies_in_every_answer_keeps_nobody_from_the_others(make_world):
    world = make_world(("ada",), ("bel",), ("cyd",), ("dov",))
    liar = world.nodes[0]
    liar.hostile, world.lies = True, 1.0
    for i in range(5):
        for node in world.honest:
            note(node, node.logs[0], f"Number {i}.")
        world.everybody(1)
    world.everybody(1)
    assert world.agrees(["bel", "cyd", "dov"])
    for node in world.honest:
        with node:
            assert fsck().ok


def test_25_no_receipt_is_given_for_what_a_crash_can_still_take_back(make_world):
    """What a node says in its questions that it holds, it holds after a crash at any place."""
    world = make_world(("ada",), ("bel",))
    author, reader = world.nodes
    for i in range(8):
        note(author, "ada", f"Number {i}.")
    before = reader.disk.read()
    deaths = 0
    for fuse in range(0, 400, 3):
        reader.disk.put(before)
        reader.memory.clear()
        told = _said_to_hold(world)
        try:
            with reader:
                reader.disk.light(fuse)
                for _ in range(2):
                    world.net.puller(reader).round(author.url, sweep=True)
        except Killed:
            deaths += 1
            reader.stop()
            reader.start()
        reader.disk.fuse = None
        sizes = reader.sizes()
        for have in told:
            assert all(sizes[log] >= size for log, size in have.items()), fuse
    assert deaths > 20


def _said_to_hold(world) -> list[dict[str, int]]:
    """What every question from now on says that its asker holds."""
    told: list[dict[str, int]] = []
    net = world.net
    ask = type(net).ask

    def listen(question):
        if question.path == "/sync/pull":
            told.append(dict(wire.decode(question.body, wire.Pull).have))
        return ask(net, question)

    net.ask = listen
    return told


@pytest.fixture
def sealed(make_world):
    """A pact of three in which ada has sealed a note to bel; the node of cyd is not among the readers."""
    world = make_world(("ada",), ("bel",), ("cyd",))
    with world.nodes[0]:
        voice = Voice("ada", dice("sealed"))
        audience = voice.say(
            "kernel.audience/1", title="Harbour watch", whom="members", members=["bel@0"]
        )
    place = note(world.nodes[0], "ada", SECRET, audience=audience)
    world.everybody(2)
    return world, audience, place


def test_26_the_whole_home_of_a_node_outside_the_audience_holds_nothing_of_it(sealed):
    world, audience, place = sealed
    reader, other = world.nodes[1], world.nodes[2]
    with reader:
        assert Body.objects.count()
    inside = reader.disk.read()
    assert SECRET.encode() in inside
    outside = [
        other.disk.read(),
        *(path.read_bytes() for path in other.home.rglob("*") if path.is_file()),
    ]
    for word in (SECRET, "Harbour watch", audience, place):
        assert not any(word.encode() in content for content in outside), word
    with other:
        entry = Entry.objects.get(log="ada", index=int(place.partition("@")[2]))
        assert (entry.kind, entry.by, entry.subject, entry.fate) == ("", "", "", Fate.UNREAD)
        assert not Body.objects.filter(entry_id=entry.id).exists()
        epochs = Epoch.objects.filter(home="ada").values_list("commitment", flat=True)
        assert "bel" not in "".join(epochs)


@pytest.mark.parametrize("seed", range(3))
def test_27_who_was_removed_derives_no_later_key(make_world, seed):
    """A model beside the nodes: who read which epoch; nobody else's home opens anything of it with any key it has."""
    world = make_world(("ada",), ("bel",), ("cyd",))
    drawn = dice("invariant 27", seed)
    author = world.nodes[0]
    with author:
        voice = Voice("ada", drawn)
        audience = voice.say("kernel.audience/1", title="A", whom="members", members=["bel@0"])
    may: dict[str, set[str]] = {}
    readers = {"bel"}
    for turn in range(6):
        if drawn.chance(0.6):
            readers = set(drawn.some(["bel", "cyd"], 1))
            with author:
                members = [f"{log}@0" for log in sorted(readers)]
                Voice("ada", drawn).say(
                    "kernel.audience-change/1",
                    of=audience,
                    title="A",
                    whom="members",
                    members=members,
                )
        place = note(author, "ada", f"Turn {turn}.", audience=audience)
        may[place] = {*readers, "ada"}
        world.everybody(1)
    world.everybody(1)
    bodies = {}
    with author:
        for place in may:
            entry = Entry.objects.get(log="ada", index=int(place.partition("@")[2]))
            assert is_epoch(entry.audience)
            data = bytes(Body.objects.get(entry_id=entry.id).data)
            bodies[place] = (entry.index, entry.audience, data)
    for node in world.nodes:
        with node:
            keys = [bytes(one.key) for one in EpochKey.objects.all() if one.key]
        for place, (index, epoch, data) in bodies.items():
            opened = any(_opens(key, index, epoch, data) for key in keys)
            assert opened == bool(may[place] & set(node.logs)), (node.name, place)


def _opens(key: bytes, index: int, epoch: str, data: bytes) -> bool:
    try:
        box.open_body(key, "ada", index, epoch, data)
    except Untrusted:
        return False
    return True


def test_28_what_was_erased_comes_back_from_no_peer_backup_or_replay(make_world):
    world = make_world(("ada",), ("bel",), ("cyd",))
    author, faithful, late = world.nodes
    place = note(author, "ada", SECRET)
    world.everybody(2)
    kept = late.back_up()
    roots = [leaves(node, "ada") for node in world.nodes]
    world.net.cut = {frozenset({one.name, "node-2"}) for one in (author, faithful)}
    with author:
        Voice("ada", dice()).say("kernel.erasure/1", target=place, ground="Asked.")
    world.everybody(1)
    world.net.cut.clear()
    # The one that was cut off offers the body as new; then a backup brings it; then old answers are replayed.
    world.net.weather = Weather(stale=0.7)
    world.everybody(3)
    late.stop()
    late.restore(kept)
    late.start()
    world.everybody(2)
    world.net.weather = Weather()
    world.everybody(2)
    for node, before in zip(world.nodes, roots, strict=True):
        assert SECRET.encode() not in node.disk.read(), node.name
        with node:
            assert Erasure.objects.count() == Tombstone.objects.count() == 1
            assert fsck().ok, fsck().text()
        assert leaves(node, "ada")[: len(before[:-1])] == before[:-1]
    assert len({pact_state(node) for node in world.nodes}) == 1


def test_28_a_body_that_comes_after_the_order_to_erase_it_is_not_taken_in(make_world):
    """The entry came without its body; the order was folded; then one who has not heard of it offers the body."""
    world = make_world(("ada",), ("bel",), ("cyd",))
    author, holder, reader = world.nodes
    before = reader.sizes()["ada"]
    place = note(author, "ada", SECRET)
    world.pull(holder, author)
    with author:
        log = Log.objects.get(name="ada")
        rows = list(Entry.objects.filter(log="ada", index__gte=before).order_by("index"))
        entries, head = [bytes(row.header) for row in rows], log.note.encode()
    with reader:
        ingest([Bundle("ada", head, entries, [None] * len(entries))])
        wanted.note([("ada", before)])
        assert Wanted.objects.count() == 1
    with author:
        Voice("ada", dice()).say("kernel.erasure/1", target=place, ground="Asked.")
    world.pull(reader, author)
    with reader:
        assert Tombstone.objects.count() == 1
        wanted.settle({("ada", before): held(holder, place)})
        assert not Body.objects.filter(entry_id=Entry.objects.get(log="ada", index=before).id)
    world.hand.move(timedelta(minutes=2))
    world.pull(reader, holder)
    assert SECRET.encode() not in reader.disk.read()
    with reader:
        assert fsck().ok, fsck().text()


def held(node, place: str) -> bytes:
    """The body that a node holds of a record."""
    log, _, index = place.partition("@")
    with node:
        entry = Entry.objects.get(log=log, index=int(index))
        return bytes(Body.objects.get(entry_id=entry.id).data)


@pytest.mark.parametrize("seed", range(8))
def test_29_a_body_is_kept_only_if_it_is_what_its_header_commits_to(make_world, seed):
    """Bytes are changed in every second answer; whatever is kept in the end hashes to what the author signed."""
    world = make_world(("ada",), ("bel",))
    world.net.dice = dice("invariant 29", seed)
    world.net.weather = Weather(torn=0.5)
    for i in range(6):
        note(world.nodes[0], "ada", f"Number {i}.")
        world.everybody(1)
    for node in world.nodes:
        with node:
            for body in Body.objects.all():
                entry = Entry.objects.get(id=body.entry_id)
                header = bytes(entry.header)
                wanted = b64decode(header.split(b'"body":"')[1].split(b'"')[0])
                assert commit(bytes(body.data)) == wanted == bytes(entry.commitment)
            assert fsck().ok
