"""The world: some nodes, a network between them, time, and everything that happens, told in plain words."""

import shutil
import tempfile
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from hansa.kernel.home import home
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import decode_base64
from hansa.kernel.seal import keeping
from hansa.kernel.sync import follow
from hansa.kernel.witness import evidence, guard, starting
from hansa.kernel.witness.models import Ahead
from hansa.pact.models import Membership
from tests.builders import charter, town
from tests.rig import ceremonies
from tests.rig.acts import Voice
from tests.rig.broken import Broken
from tests.rig.dice import dice, loaded
from tests.rig.disk import Killed
from tests.rig.network import Network, plainly, words
from tests.rig.nodes import Hand, Node, new_node

NAMES = ("ada", "bel", "cyd", "dov", "eno", "fay", "gil", "hum")
TOML = 'realm = "hansa"\n'


@dataclass(frozen=True)
class Shape:
    """Which logs each node carries."""

    carried: tuple[tuple[str, ...], ...]

    @property
    def logs(self) -> list[str]:
        """Every log, in the order of its nodes."""
        return [log for logs in self.carried for log in logs]


@dataclass(frozen=True)
class Ack:
    """That a node told somebody: this stands."""

    log: str
    index: int
    leaf: bytes
    words: str
    mark: str = ""
    """A word that stands in it and nowhere else in the world."""
    honest: bool = True
    """Whether who said it keeps its word: a liar's second process may forget."""
    readers: frozenset[str] | None = None
    """The members who may read it; None: the whole pact."""

    @property
    def place(self) -> str:
        """Return `log@index`."""
        return f"{self.log}@{self.index}"


@dataclass(frozen=True)
class Word:
    """That a witness cosigned a head: whose, of which log and size, with which root."""

    witness: str
    log: str
    size: int
    root: bytes


@dataclass
class World:
    """Nodes, the network between them, and what happened so far."""

    shape: Shape
    folder: Path
    hand: Hand = field(default_factory=Hand)
    nodes: list[Node] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)
    excused: set[tuple[str, int]] = field(default_factory=set)
    """Records that were lost with the only disk that held them."""
    number: int = -1
    """Which event is being played."""
    cosignatures: list[Word] = field(default_factory=list)
    """Every cosignature that was given, in order."""
    published: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    """Every head that could have left its node, by log and size."""
    lies: float = 0.0
    """How often a hostile node answers with a lie."""
    twins: dict[str, Node] = field(default_factory=dict)
    """Second processes on a copy of a hostile node's home, by its name."""
    doubtful: set[str] = field(default_factory=set)
    """Honest logs that may fork: their node has forgotten something, and nobody who knew could be asked."""
    restarted: dict[str, int] = field(default_factory=dict)
    """From which size on roots have restarted a log."""
    remembered: dict[str, dict[str, int]] = field(default_factory=dict)
    """Sizes of logs before a disk was damaged, by node."""
    founded: ClassVar[dict[Shape, "Founded"]] = {}

    def __post_init__(self) -> None:
        self.net = Network(self)

    def tell(self, words: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.hand.at:%d %H:%M}  {words}")

    @property
    def honest(self) -> list[Node]:
        """Those who follow the rules, whatever their disks do."""
        return [node for node in self.nodes if not node.hostile]

    def holder(self, log: str) -> Node:
        """Return the node that carries this log."""
        return next(node for node in self.nodes if log in node.logs)

    def shown_to(self, client: Node, server: Node) -> Node:
        """Return the process that answers when `client` asks at the address of `server`."""
        twin = self.twins.get(server.name)
        return twin if twin and twin.alive and client.name in twin.audience else server

    @property
    def everyone(self) -> list[Node]:
        """Every process there is, second ones of liars included."""
        return [*self.nodes, *self.twins.values()]

    def fork(self, node: Node, audience: list[str]) -> None:
        """Start a second process on a copy of a node's home, and show it to these others."""
        folder = self.folder / f"{node.name}-twin"
        shutil.copytree(node.home, folder / "home")
        twin = Node(
            f"{node.name}-twin", folder, self.hand, list(node.logs), node.offset, hostile=True
        )
        twin.disk.put(node.disk.read())
        twin.url, twin.audience = node.url, set(audience)
        with twin:
            starting.not_a_copy()
        self.twins[node.name] = twin
        self.tell(f"{node.name} runs a second time, and shows that to {', '.join(audience)}")

    def agrees(self, logs: list[str]) -> bool:
        """Tell whether all honest nodes hold the same entries of these logs, and none of them fears to sign."""
        first, *others = [self.trees(node, logs) for node in self.honest]
        return all(one == first for one in others)

    def trees(self, node: Node, logs: list[str]) -> dict[str, tuple[int, bytes]]:
        """Return size and tree of these logs as a node holds them."""
        with node.looked_into():
            found = Log.objects.filter(name__in=logs).values_list("name", "size", "frontier")
            return {name: (size, bytes(frontier)) for name, size, frontier in found}

    def find_forks(self) -> dict[str, int]:
        """Return the logs of which honest nodes hold two branches, or heads that contradict each other; and what all share."""
        found = {}
        for log in self.shape.logs:
            held = [self.leaves(node, log) for node in self.honest]
            parted = any(
                one != two for held_by in held for one, two in zip(held[0], held_by, strict=False)
            )
            for node in self.honest:
                with node.looked_into():
                    parted = parted or evidence.forked(log)
            if parted:
                every = [*held, self.leaves(self.holder(log), log)]
                found[log] = next(
                    (i for i, at in enumerate(zip(*every, strict=False)) if len(set(at)) > 1),
                    min(map(len, every)),
                )
        return found

    def leaves(self, node: Node, log: str) -> list[bytes]:
        """Return the hashes of all entries of a log that a node holds."""
        with node.looked_into():
            rows = Entry.objects.filter(log=log).order_by("index")
            return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]

    def died(self, node: Node, why: str) -> None:
        """End a node's process after it was killed."""
        where = node.disk.died_at
        node.stop()
        self.tell(f"{node.name} is killed {where} while {why}")

    def pull(self, node: Node, peer: Node) -> str:
        """Let one node ask another for what is new; return what came of it, in words."""
        self.check(node)
        if not node.alive:
            return "killed"
        try:
            with node:
                said = words(self.net.pull(node, peer))
        except Killed:
            self.died(node, f"it asks {peer.name}")
            return "killed"
        self.tell(f"{node.name} asks {peer.name}: {said}")
        return said

    def check(self, node: Node) -> None:
        """Let a process that has just begun ask the others how much of its own logs they know, as `hansa serve` does."""
        if not node.alive or node.cleared:
            return
        ask = plainly(self.net, node)
        asked, self.net.reached = self.net.reached, set()
        try:
            with node:
                node.cleared = starting.check_start(ask, list(follow.peers()))
                said = (
                    guard.held()
                    or "nobody knows more of its logs than it does, or it fetches that first"
                )
        except Killed:
            self.died(node, "it asks how far its logs have come")
            return
        finally:
            reached, self.net.reached = self.net.reached, asked
        self.tell(
            f"{node.name} asks whether it may sign: {'yes' if node.cleared else 'no'}, {said}"
        )
        if node.cleared:
            self._judge_clearing(node, reached)

    def _judge_clearing(self, node: Node, reached: set[str]) -> None:
        """Look at who knew more of a node's logs when it was allowed to sign: none who answered may, unless it fetches first."""
        here = node.sizes()
        for other in self.everyone:
            there = other.sizes() if other is not node else {}
            for log in node.logs:
                if there.get(log, 0) <= here.get(log, 0):
                    continue
                with node.looked_into():
                    known = Ahead.objects.filter(log=log, size__gt=here[log], sure=True)
                    if known.exists() or Log.objects.get(name=log).ahead:
                        continue  # it may not sign in this log before it has fetched the rest
                if other.url in reached and not other.hostile:
                    more = f"though {other.name}, who answered, has {there[log]}"
                    raise Broken("start", f"{node.name} may sign {log}@{here[log]}, {more}")
                self.doubtful.add(log)
                self.tell(f"nobody could tell {node.name} that {other.name} has more of {log}")

    def acknowledge(self, node: Node, position: str, words: str, voice: Voice) -> None:
        """Remember that a node said that this stands."""
        log, _, index = position.partition("@")
        with node.looked_into():
            leaf = bytes(Entry.objects.get(log=log, index=int(index)).leaf)
            restricted = [log, *voice.shown]
            restricted += keeping.readers_of(voice.audience) if voice.audience else ()
        readers = frozenset(restricted) if voice.secret else None
        self.acks.append(Ack(log, int(index), leaf, words, voice.mark, not node.hostile, readers))

    def everybody(self, rounds: int = 3) -> None:
        """Let everybody ask everybody, so many times."""
        for _ in range(rounds):
            self.hand.move(timedelta(minutes=2))
            for node in self.everyone:
                for peer in self.nodes:
                    if node.url != peer.url and node.alive:
                        self.pull(node, peer)

    def gather(self) -> None:
        """Let the first node ask everybody, and everybody the first: the cheapest way to tell all of all."""
        hub, *others = self.nodes
        self.hand.move(timedelta(minutes=2))  # after which everybody asks for everything again
        for node in others:
            self.pull(hub, node)
        for node in others:
            self.pull(node, hub)

    def cosigned(self, witness: Node, request: bytes) -> None:
        """Remember which head a witness has put its name to."""
        origin, size, root = request.partition(b"\n\n")[2].decode().split("\n")[:3]
        log = origin.rpartition("/")[2]
        self.cosignatures.append(Word(witness.name, log, int(size), decode_base64(root, "A root")))

    def publish(self, node: Node) -> None:
        """Remember the heads that this node shows to others now."""
        with node.looked_into():
            for log in Log.objects.filter(name__in=node.logs).exclude(note=""):
                self.published[log.name].setdefault(log.size, bytes(log.frontier))


@dataclass(frozen=True)
class Founded:
    """A pact that was just founded: what each node's disk and home hold."""

    contents: tuple[bytes, ...]
    homes: tuple[Path, ...]
    at: timedelta


def found(shape: Shape, folder: Path, kept: Path) -> World:
    """Return a world in which the members of this shape have founded their pact and all know of it.

    Founding is played once in a process for each shape, and copied from then on.
    """
    if shape not in World.founded:
        World.founded[shape] = _play(shape, kept)
    made = World.founded[shape]
    world = World(shape, folder)
    world.hand.move(made.at)
    for i, (logs, content, place) in enumerate(
        zip(shape.carried, made.contents, made.homes, strict=True)
    ):
        node = Node(f"node-{i}", folder / f"node-{i}", world.hand, list(logs))
        shutil.copytree(place, node.home)
        node.disk.put(content)
        world.nodes.append(node)
        with node:
            starting.not_a_copy()  # it is one, of a founding that nobody goes on with
    return world


def _play(shape: Shape, kept: Path) -> Founded:
    place = Path(tempfile.mkdtemp(prefix="founded-", dir=kept))
    world = World(shape, place)
    with loaded(dice("founding", shape.carried)):
        for i, logs in enumerate(shape.carried):
            world.nodes.append(new_node(f"node-{i}", place, world.hand, toml=TOML))
            world.nodes[i].logs = list(logs)
        _open(world)
        world.gather()
        _accede(world)
        world.gather()
    with world.nodes[-1]:
        assert Membership.objects.count() == len(shape.logs)
    for node in world.nodes:
        node.disk.kill()
    return Founded(
        tuple(node.disk.content for node in world.nodes),
        tuple(node.home for node in world.nodes),
        world.hand.at - Hand().at,
    )


def _open(world: World) -> None:
    """Let every member open its log, and follow all the others."""
    vkeys = {}
    for log in world.shape.logs:
        with world.holder(log):
            town(log, log.title())
            _say_where(log, world.holder(log))
            ceremonies.first(log)
            vkeys[log] = Log.objects.get(name=log).vkey
    for node in world.nodes:
        with node:
            for log in world.shape.logs:
                if log not in node.logs:
                    Log.objects.create(name=log, realm="hansa", vkey=vkeys[log])


def _say_where(log: str, node: Node) -> None:
    """Let a member say where its node is, and which keys it uses."""
    keys = home().keys
    sealing = [{"key": b64encode(keys.sealing(log)).decode()}]
    Voice(log, dice()).say(
        "kernel.node/1", url=node.url, witness=keys.witness(), sealing=sealing, host=node.name
    )


def _accede(world: World) -> None:
    first, *others = world.shape.logs
    with world.holder(first):
        founders = [f"{log}@0" for log in others]
        pact = Voice(first, dice()).say(
            "pact.pact/1", name="The pact", founders=founders, **charter()
        )
    world.gather()
    for log in world.shape.logs:
        with world.holder(log):
            Voice(log, dice()).say(
                "pact.accession/1", pact=pact, charter=pact, effective=world.hand.at
            )
