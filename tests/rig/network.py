"""The network between virtual nodes: who can reach whom, in what weather, and what arrives."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hansa.kernel.errors import Untrusted
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.models import Body, Entry, Log
from tests.rig.dice import Dice, dice
from tests.rig.nodes import Node

if TYPE_CHECKING:
    from tests.rig.world import World


@dataclass
class Weather:
    """How likely each mishap is, for one exchange."""

    lost: float = 0.0
    torn: float = 0.0
    twice: float = 0.0


@dataclass
class Network:
    """Carries what nodes ask each other."""

    world: "World"
    weather: Weather = field(default_factory=Weather)
    cut: set[frozenset[str]] = field(default_factory=set)
    dice: Dice = field(default_factory=lambda: dice("calm"))
    asked: int = 0

    def reaches(self, one: Node, other: Node) -> bool:
        """Tell whether there is a way between two nodes, and both run."""
        return one.alive and other.alive and frozenset({one.name, other.name}) not in self.cut

    def pull(self, node: Node, peer: Node) -> str:
        """Fetch what the peer has and the node lacks."""
        if not self.reaches(node, peer) or self.dice.chance(self.weather.lost):
            return "no answer"
        new = 0
        for log in Log.objects.exclude(name__in=node.logs).order_by("name"):
            bundle = self._bundle(peer, log.name, log.size)
            self.asked += 1
            if bundle is None:
                continue
            if self.dice.chance(self.weather.torn):
                bundle = self._torn(bundle)
            try:
                new += ingest([bundle])
                if self.dice.chance(self.weather.twice):
                    new += ingest([bundle])
            except Untrusted as error:
                self.world.tell(f"{node.name} refuses what {peer.name} sent: {error}")
        return f"{new} new"

    def _bundle(self, peer: Node, name: str, start: int) -> Bundle | None:
        with peer:
            self.world.publish(peer)
            log = Log.objects.filter(name=name).first()
            if log is None or log.size <= start:
                return None
            entries = list(Entry.objects.filter(log=name, index__gte=start).order_by("index"))
            bodies = {
                one.entry_id: bytes(one.data)
                for one in Body.objects.filter(entry_id__in=[one.id for one in entries])
            }
            sent = [
                bodies.get(one.id) if one.audience != "own" or peer is None else None
                for one in entries
            ]
            return Bundle(name, log.note.encode(), [bytes(one.header) for one in entries], sent)

    def _torn(self, bundle: Bundle) -> Bundle:
        entries = list(bundle.entries)
        i = self.dice.randrange(len(entries))
        entry = bytearray(entries[i])
        entry[self.dice.randrange(len(entry))] ^= 1 << self.dice.randrange(8)
        entries[i] = bytes(entry)
        return Bundle(bundle.log, bundle.note, entries, bundle.bodies)
