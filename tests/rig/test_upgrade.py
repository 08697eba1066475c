"""Nodes of different versions beside each other, and nodes that should be alike and are not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from hansa.kernel import likeness, search
from hansa.kernel.entry import PACT_AUDIENCES
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Body, Divergence, Entry, Fate, Log
from hansa.kernel.record import KINDS
from hansa.kernel.sync import alike, serve, wire
from hansa.kernel.sync.line import Line
from hansa.kernel.witness import guard
from hansa.node import upgrade
from tests.rig.acts import EVERYDAY, NothingToSay, Voice
from tests.rig.dice import dice
from tests.rig.nodes import Node
from tests.rig.oracles import pact_state
from tests.rig.worlds import founded_homes, make_world

__all__ = ["founded_homes", "make_world"]

LATER = ("pact.note/1", "aid.pledge/1", "pact.fact-correction/1")
"""Kinds that the older version does not know."""


@pytest.fixture
def nodes_of(make_world):
    """Make a world whose nodes have asked the others, and may sign."""

    def make(*carried):
        world = make_world(*carried)
        for node in world.nodes:
            with node:
                guard.clear()
        return world

    return make


class Versions:
    """Which node runs which version: those named here lack some kinds."""

    def __init__(self) -> None:
        self.everything = dict(KINDS)
        self.lacking: dict[str, tuple[str, ...]] = {}
        self.outer: list[dict[str, type]] = []

    def enter(self, node: Node) -> None:
        self.outer.append(dict(KINDS))
        gone = self.lacking.get(node.name, ())
        _put({tag: kind for tag, kind in self.everything.items() if tag not in gone})

    def leave(self) -> None:
        _put(self.outer.pop())


def _put(kinds) -> None:
    KINDS.clear()
    KINDS.update(kinds)


@pytest.fixture
def versions(monkeypatch) -> Iterator[Versions]:
    """Let each node run the version that the test says."""
    made, enter, leave = Versions(), Node.__enter__, Node.__exit__

    def entered(node):
        found = enter(node)
        made.enter(node)
        return found

    def left(node, *error):
        made.leave()
        leave(node, *error)

    monkeypatch.setattr(Node, "__enter__", entered)
    monkeypatch.setattr(Node, "__exit__", left)
    yield made
    _put(made.everything)


def live(world, rounds, drawn):
    """Let everybody say things and ask each other. Nothing is erased: then there would be less to compare."""
    acts = [act for name, (_weight, act) in sorted(EVERYDAY.items()) if name != "erases"]
    for _ in range(rounds):
        for node in world.nodes:
            for _ in range(4):
                try:
                    with node:
                        drawn.one(acts)(Voice(node.logs[0], drawn))
                except (NothingToSay, Refused, KeyError):
                    continue
        world.everybody(1)


def held(node):
    """Every entry for the pact that a node holds, with its body."""
    with node.looked_into():
        bodies = dict(Body.objects.values_list("entry_id", "data"))
        return {
            one.position: (bytes(one.leaf), bytes(bodies.get(one.id, b"")))
            for one in Entry.objects.filter(audience__in=PACT_AUDIENCES)
        }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_an_older_node_beside_newer_ones_keeps_converging_loses_nothing_and_agrees_once_upgraded(
    nodes_of, versions, seed
):
    world, drawn = nodes_of(("ada",), ("bel",), ("cyd",)), dice(f"upgrade-{seed}")
    older, newer, other = world.nodes
    versions.lacking[older.name] = LATER
    with newer:
        Voice("bel", drawn).say("pact.note/1", on="ada@0", text="The older one cannot read this.")
    live(world, 4, drawn)
    world.everybody(2)
    assert older.sizes() == newer.sizes() == other.sizes(), "it keeps converging"
    assert held(older) == held(newer), "nothing is lost where it cannot be read"
    assert pact_state(newer) == pact_state(other)
    with older:
        unread = [one.position for one in Entry.objects.filter(fate=Fate.UNKNOWN)]
        assert fsck().ok
    assert unread
    versions.lacking.clear()
    with older:
        assert upgrade.settle()
        assert not upgrade.settle()
        assert not Entry.objects.filter(fate=Fate.UNKNOWN).exists()
        assert fsck().ok
    assert pact_state(older) == pact_state(newer)
    live(world, 1, drawn)
    world.everybody(2)
    assert len({pact_state(node) for node in world.nodes}) == 1


def test_the_older_node_knows_what_it_could_not_read_and_finds_it_after_the_upgrade(
    nodes_of, versions
):
    world = nodes_of(("ada",), ("bel",))
    older, newer = world.nodes
    versions.lacking[older.name] = ("pact.note/1",)
    with older:
        upgrade.settle()
        assert not upgrade.is_due()
    with newer:
        Voice("bel", dice()).say("pact.note/1", on="ada@0", text="Zinnober")
    world.everybody(1)
    with older:
        search.catch_up()
        assert search.find("Zinnober", "ada") == []
        assert likeness.fold_version() == upgrade.folded_by()
    versions.lacking.clear()
    with older:
        assert upgrade.is_due()
        upgrade.settle()
        assert len(search.find("Zinnober", "ada")) == 1


def test_an_order_to_erase_that_was_not_understood_is_followed_after_the_upgrade(
    nodes_of, versions
):
    world = nodes_of(("ada",), ("bel",))
    older, newer = world.nodes
    versions.lacking[older.name] = ("kernel.erasure/1",)
    with newer:
        voice = Voice("bel", dice())
        told = voice.say("pact.note/1", on="ada@0", text="Zinnober")
    world.everybody(1)
    with newer:
        voice.say("kernel.erasure/1", target=told, ground="Asked.")
    world.everybody(1)
    assert held(older)[told][1]
    versions.lacking.clear()
    with older:
        upgrade.settle()
    assert held(older)[told][1] == b""
    assert pact_state(older) == pact_state(newer)


def test_a_refold_that_fails_leaves_the_home_as_it_was(nodes_of, versions, monkeypatch):
    world = nodes_of(("ada",), ("bel",))
    node = world.nodes[0]
    with node:
        upgrade.settle()
        before, version = pact_state(node), upgrade.folded_by()
        monkeypatch.setattr(likeness, "LAW", 2)
        assert upgrade.is_due()

        def broken(_ids):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(search, "renew", broken)
            with pytest.raises(OSError, match="No space"):
                upgrade.settle()
        assert (pact_state(node), upgrade.folded_by()) == (before, version)
        assert upgrade.settle()


# --- silent divergence -----------------------------------------------------------------------


@pytest.fixture
def pair(nodes_of):
    """Two nodes that hold the same, and have published it."""
    world = nodes_of(("ada",), ("bel",))
    for node in world.nodes:
        with node:
            voice = Voice(node.logs[0], dice())
            for i in range(3):
                voice.say("pact.note/1", on=f"{node.logs[0]}@0", text=f"Note {i}.")
    world.everybody(2)
    for node in world.nodes:
        with node:
            likeness.publish()
    return world


def told_by(node):
    """What a node has published of itself."""
    with node.looked_into():
        found = likeness.published()
    assert found
    return found


def compared(node, other):
    """What a node finds when it compares with another, without a network between them."""
    theirs = told_by(other)

    def ask(log, bucket):
        with other.looked_into():
            return likeness.details(log, bucket)

    with node:
        return likeness.compare(theirs, ask, other.url)


def spoil(node, statement, *parameters):
    with node.looked_into(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount == 1


def test_nodes_that_hold_the_same_agree(pair):
    one, two = pair.nodes
    here, there = told_by(one), told_by(two)
    assert here.parts == there.parts
    assert set(here.parts) == {"ada", "bel"}
    assert compared(one, two) == compared(two, one) == []


SPOILS = [
    ("UPDATE pact_note SET text = 'Other.' WHERE key LIKE 'bel@%%' AND text = 'Note 1.'", "pact.Note"),
    ("DELETE FROM pact_note WHERE key LIKE 'bel@%%' AND text = 'Note 1.'", "pact.Note"),
    ("UPDATE pact_member SET name = 'Bell' WHERE key LIKE 'bel%%'", "pact.Member"),
    ("UPDATE kernel_entry SET fate = 'void', reason = 'gone' WHERE log = 'bel' AND \"index\" = 0", "fate bel@0"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "named"), SPOILS, ids=[named for _s, named in SPOILS])
def test_a_silent_divergence_is_found_and_its_first_object_is_named(pair, statement, named):
    one, two = pair.nodes
    spoil(two, statement)
    with two:
        likeness.publish()
    for here, there in ((one, two), (two, one)):
        (found,) = compared(here, there)
        assert found.log == "bel"
        assert found.object.startswith(named)
        with here.looked_into():
            assert [alarm.object for alarm in likeness.alarms()] == [found.object]


def test_an_alarm_ends_when_the_rows_agree_again(pair):
    one, two = pair.nodes
    spoil(two, SPOILS[0][0])
    with two:
        likeness.publish()
    assert len(compared(one, two)) == 1
    with two:
        from hansa.kernel.state import rebuild

        rebuild()
        likeness.publish()
    assert compared(one, two) == []
    with one:
        assert likeness.alarms() == []


def test_what_is_not_of_the_same_size_law_or_not_whole_is_not_judged(pair, monkeypatch):
    one, two = pair.nodes
    spoil(two, SPOILS[0][0])
    with two:
        likeness.publish()
    with one:
        Log.objects.filter(name="bel").update(size=99, folded=99)
    assert compared(one, two) == []
    with one:
        Log.objects.filter(name="bel").update(size=Log.objects.get(name="bel").size, folded=3)
    assert compared(one, two) == []
    with monkeypatch.context() as patch:
        patch.setattr(likeness, "LAW", 2)
        assert compared(one, two) == []


def test_a_log_with_a_body_that_is_not_here_is_not_judged(pair):
    _one, two = pair.nodes
    last = max(index for index in range(9) if f"bel@{index}" in held(two))
    with two:
        Entry.objects.filter(log="bel", index=last).update(fate=Fate.UNREAD)
        assert "bel" not in likeness.publish().parts


def test_what_is_not_for_the_pact_counts_nowhere(pair):
    one, two = pair.nodes
    with two:
        Voice("bel", dice()).say("aid.stock/1", item="n95-respirator", unit="piece", quantity=5)
    pair.everybody(1)
    with two:
        likeness.publish()
        connection.cursor().execute("UPDATE aid_stock SET quantity = 6")
    with one:
        likeness.publish()
    assert compared(one, two) == []


def test_the_comparison_travels_and_its_alarm_stands_where_staff_look(pair):
    one, two = pair.nodes
    spoil(two, SPOILS[0][0])
    with two:
        likeness.publish()
    pair.hand.move(timedelta(hours=2))
    with one:
        # Two rounds: the session may have ended meanwhile.
        reports = [pair.net.puller(one).round(two.url, sweep=True) for _ in range(2)]
        told = [one for report in reports for one in report.refused if one.what == "state"]
    assert [(one.log, "pact.Note bel@" in one.why) for one in told] == [("bel", True)]
    with one:
        assert Divergence.objects.get().peer == two.url


def test_single_hashes_are_for_members_only(pair):
    """A stranger who guesses a row could find it confirmed."""
    with pair.nodes[0]:
        assert serve.answer("GET", "/sync/state", b"", None, "x").status == 200
        assert serve.answer("GET", "/sync/state/of/bel", b"", None, "x").status == 401
        assert serve.answer("GET", "/sync/state/of/bel/0f", b"", "guessed", "x").status == 401


class Stub:
    """A peer that gives this answer, whatever is asked."""

    def __init__(self, status, data):
        self.status, self.data = status, data

    def ask(self, url, path, body, *, most, seconds, token):
        return self.status, self.data


LIES = [
    b"",
    b"\xc1",
    wire.encode(wire.Nonce("x")),
    wire.encode(likeness.Details(1, "x", {"a" * 399: bytes(32)})),
    b"\x83\xa4fold\xa1x\xa2at\xcb" + b"\xff" * 8 + b"\xa5parts\x80",
]


@pytest.mark.parametrize("data", LIES)
def test_a_peer_that_says_nonsense_of_its_state_is_told_and_holds_up_nothing(pair, data):
    from hansa.kernel.sync.models import Peer
    from hansa.kernel.sync.report import Report

    with pair.nodes[0]:
        report, peer = (
            Report("https://liar.example"),
            Peer.objects.create(url="https://liar.example"),
        )
        alike.fetch(Line(Stub(200, data), peer.url), peer, report)
        assert [one.what for one in report.refused] in ([], ["state"])
        assert likeness.alarms() == []


@pytest.mark.parametrize("lie", [float("nan"), float("inf"), -float("inf"), 1e300, 0.0])
def test_a_clock_that_is_no_clock_is_passed_over(pair, lie):
    from hansa.kernel.sync.models import Peer
    from hansa.kernel.sync.report import Report

    with pair.nodes[0]:
        report, peer = (
            Report("https://liar.example"),
            Peer.objects.create(url="https://liar.example"),
        )
        said = likeness.Published(likeness.fold_version(), 0.0, {}, now=lie)
        alike.fetch(Line(Stub(200, wire.encode(said)), peer.url), peer, report)
        assert Peer.objects.get(url=peer.url).cursor["apart"] is None


def test_a_peer_that_names_strange_buckets_is_refused(pair):
    one, two = pair.nodes
    spoil(two, SPOILS[0][0])
    with two:
        theirs = likeness.publish()
        size = theirs.parts["bel"].size
    with one:
        strange = likeness.Details(size, theirs.fold, {"../x": bytes(32)})
        with pytest.raises(Untrusted, match="bucket"):
            likeness.compare(theirs, lambda _log, _bucket: strange, two.url)


# --- the language of sync --------------------------------------------------------------------


def test_a_question_in_too_old_a_language_is_answered_with_a_plain_sentence(pair, monkeypatch):
    monkeypatch.setattr(wire, "OLDEST", 2)
    with pair.nodes[0]:
        answer = serve.pull(wire.encode(wire.Pull(have={"bel": 0}, protocol=1)), None)
    assert answer.status == 426
    assert b"Upgrade" in answer.body


def test_staff_read_that_their_own_node_is_too_old(pair):
    with pair.nodes[0]:
        line = Line(Stub(426, b"whatever"), "https://newer.example")
        with pytest.raises(Refused, match="Upgrade this node") as refusal:
            line.pull(wire.Pull(have={}))
    assert refusal.value.code == "protocol"


def test_staff_read_that_the_other_node_is_too_old(pair, monkeypatch):
    answer = wire.frames([wire.End(protocol=1)])
    monkeypatch.setattr(wire, "OLDEST", 2)
    with pair.nodes[0]:
        line = Line(Stub(200, answer), "https://older.example")
        with pytest.raises(Refused, match="Ask its staff to upgrade it"):
            line.pull(wire.Pull(have={}))


def test_every_question_and_answer_of_a_pull_names_its_version(pair, monkeypatch):
    seen = []

    class Ear(Stub):
        def ask(self, url, path, body, **rest):
            seen.append(wire.decode(body, wire.Pull))
            return 200, wire.frames([wire.End()])

    monkeypatch.setattr(wire, "PROTOCOL", 7)
    with pair.nodes[0]:
        Line(Ear(0, b""), "https://x.example").pull(wire.Pull(have={}))
        answer = serve.pull(wire.encode(wire.Pull(have={})), None)
    assert [one.protocol for one in seen] == [7]
    assert wire.whole(answer.body)[1].protocol == 7


def test_a_field_that_a_newer_version_added_is_passed_over():
    import msgspec

    newer = msgspec.msgpack.encode({"have": {}, "colour": "red", "protocol": 9})
    assert wire.decode(newer, wire.Pull).protocol == 9
