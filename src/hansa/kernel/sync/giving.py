"""How the words of a node get out that no other node can call: it hands its own logs to its peers itself.

What is given proves itself as what is fetched does, and is taken in by the same door (`taking`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Log
from hansa.kernel.sync import follow, serve, wire
from hansa.kernel.sync.line import Line, Over
from hansa.kernel.sync.models import Node
from hansa.kernel.sync.transport import Transport, Unreachable

ROOM = 256 * 1024
"""Bytes of entries and bodies that are given at once: little, as the line may be bad."""

MOST_TURNS = 10_000
"""Questions to one peer in one round."""


def hidden() -> list[str]:
    """Return the logs kept here whose node, as their members say, can be called by nobody."""
    mine = set(Log.objects.filter(mine=True).exclude(note="").values_list("name", flat=True))
    nowhere = Node.objects.filter(home__in=mine, url="").values_list("home", flat=True)
    return sorted(nowhere)


@dataclass
class Giver:
    """Gives to peers through a transport. It remembers what each has; losing that costs a question."""

    transport: Transport
    idle: Callable[[], None] | None = None
    lines: dict[str, Line] = field(default_factory=dict)
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    """By address and log: how many entries the peer has."""

    def round(self, url: str) -> int:
        """Give one peer what it lacks of the logs that nobody can fetch here; return how many entries went.

        Unreachable, Untrusted or Refused say what is wrong with the peer.
        """
        line = self.lines.setdefault(url, Line(self.transport, url))
        given = 0
        for _ in range(MOST_TURNS):
            names = hidden()
            sizes = dict(Log.objects.filter(name__in=names).values_list("name", "size"))
            behind = {
                name: self.known[url, name]
                for name in names
                if (url, name) in self.known and self.known[url, name] < sizes[name]
            }
            unknown = [name for name in names if (url, name) not in self.known]
            if not behind and not unknown:
                break
            given += self._turn(line, behind, sizes)
        return given

    def _turn(self, line: Line, behind: dict[str, int], sizes: dict[str, int]) -> int:
        """Give one handful, or, where nothing is known yet, ask how much is there."""
        try:
            line.sign_in()
            if not line.token:
                raise Refused("It opens no session.", code="no-session")
            readers = sorted(follow.peers().get(line.url, ()))
            segments = serve.stretches(behind, readers, ROOM) if behind else []
            told = line.give(wire.frames([*segments, wire.End()]))
        except Over:
            line.token = None
            raise Unreachable(f"{line.url} ended the session.") from None
        for name in sizes:
            before, now = self.known.get((line.url, name)), told.get(name)
            if now is None or (segments and before == now and name in behind):
                raise Untrusted(f"{line.url} does not take in {name}.")
            self.known[line.url, name] = now
        return sum(len(one.entries) for one in segments)
