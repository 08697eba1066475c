"""The world: some nodes, a network between them, time, and everything that happens, told in plain words."""

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from hansa.kernel.models import Entry, Log
from hansa.pact.models import Membership
from tests.builders import charter, town
from tests.rig.acts import Voice
from tests.rig.dice import dice, loaded
from tests.rig.disk import Killed
from tests.rig.network import Network
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
    published: dict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    """Every head that could have left its node, by log and size."""
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

    def died(self, node: Node, why: str) -> None:
        """End a node's process after it was killed."""
        where = node.disk.died_at
        node.stop()
        self.tell(f"{node.name} is killed {where} while {why}")

    def pull(self, node: Node, peer: Node) -> str:
        """Let one node ask another for what is new; return what came of it, in words."""
        try:
            with node:
                said = self.net.pull(node, peer)
        except Killed:
            self.died(node, f"it asks {peer.name}")
            return "killed"
        self.tell(f"{node.name} asks {peer.name}: {said}")
        return said

    def acknowledge(self, node: Node, position: str, words: str) -> None:
        """Remember that a node said that this stands."""
        log, _, index = position.partition("@")
        with node.looked_into():
            leaf = bytes(Entry.objects.get(log=log, index=int(index)).leaf)
        self.acks.append(Ack(log, int(index), leaf, words))

    def everybody(self, rounds: int = 3) -> None:
        """Let everybody ask everybody, so many times."""
        for _ in range(rounds):
            for node in self.nodes:
                for peer in self.nodes:
                    if node is not peer:
                        self.pull(node, peer)

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
    for i, (logs, content, home) in enumerate(
        zip(shape.carried, made.contents, made.homes, strict=True)
    ):
        node = Node(f"node-{i}", folder / f"node-{i}", world.hand, list(logs))
        shutil.copytree(home, node.home)
        node.disk.put(content)
        world.nodes.append(node)
    return world


def _play(shape: Shape, kept: Path) -> Founded:
    place = kept / f"founded-{len(World.founded)}"
    world = World(shape, place)
    with loaded(dice("founding", shape.carried)):
        for i, logs in enumerate(shape.carried):
            world.nodes.append(new_node(f"node-{i}", place, world.hand, toml=TOML))
            world.nodes[i].logs = list(logs)
        _open(world)
        world.everybody()
        _accede(world)
        world.everybody()
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
            vkeys[log] = Log.objects.get(name=log).vkey
    for node in world.nodes:
        with node:
            for log in world.shape.logs:
                if log not in node.logs:
                    Log.objects.create(name=log, realm="hansa", vkey=vkeys[log])


def _accede(world: World) -> None:
    first, *others = world.shape.logs
    with world.holder(first):
        founders = [f"{log}@0" for log in others]
        pact = Voice(first, dice()).say(
            "pact.pact/1", name="The pact", founders=founders, **charter()
        )
    world.everybody()
    for log in world.shape.logs:
        with world.holder(log):
            Voice(log, dice()).say(
                "pact.accession/1", pact=pact, charter=pact, effective=world.hand.at
            )
