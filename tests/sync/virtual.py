"""Several homes in one process, and a line between them that a test may break."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from hansa.kernel import state
from hansa.kernel.log import open_log
from hansa.kernel.models import Entry, Log
from hansa.kernel.record import KINDS
from hansa.kernel.say import say
from hansa.kernel.sync import follow, serve
from hansa.kernel.sync.pull import Puller
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.transport import Unreachable
from tests.rig.nodes import Hand, Node, new_node

OPENING = {
    "type": "city",
    "state": "ME",
    "zone": "UTC",
    "office": "Chief",
    "handle": "chief",
}
Twist = Callable[[str, str, int, bytes], tuple[int, bytes]]


def plain(_url: str, _path: str, status: int, data: bytes) -> tuple[int, bytes]:
    """Leave an answer as it is."""
    return status, data


@dataclass
class Town:
    """A node with one log, and what fetches for it."""

    node: Node
    pact: "Pact"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.puller = Puller(self)

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def url(self) -> str:
        return self.node.url

    def ask(
        self,
        url: str,
        path: str,
        body: bytes | None,
        *,
        most: int,
        seconds: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        self.asked.append((url, path))
        other = self.pact.towns.get(url)
        if other is None or frozenset({self.url, url}) in self.pact.cut:
            raise Unreachable("No answer.")
        with other.node:
            answer = serve.answer(
                "GET" if body is None else "POST", path, body or b"", token, self.name
            )
        status, data = self.pact.twist(url, path, answer.status, answer.body)
        if len(data) > most:
            raise Unreachable("The answer is longer than it may be.", data[:most])
        return status, data

    def open(self) -> None:
        with self.node:
            vkey = open_log(self.name).vkey
            self.say("pact.member/1", by="", **OPENING, name=self.name.title())
            self.say("kernel.node/1", url=self.url)
        self.pact.keys[self.name] = vkey

    def say(self, kind: str, by: str | None = None, audience: str = "", **fields: Any) -> str:
        with self.node:
            return say(
                KINDS[kind].read(fields),
                log=self.name,
                by=f"{self.name}@0" if by is None else by,
                audience=audience,
            )

    def note(self, text: str = "A word.", on: str = "") -> str:
        return self.say("pact.note/1", on=on or f"{self.name}@0", text=text)

    def follow(self, other: "Town") -> None:
        with self.node:
            follow.follow(self.pact.keys[other.name], other.url)

    def pull(self, other: "Town", *, sweep: bool | None = None) -> Report:
        with self.node:
            return self.puller.round(other.url, sweep=sweep)

    def state_without_own(self) -> str:
        """Forget the own log, and return the hash of what is left: that of a node that never heard of it."""
        with self.node:
            Entry.objects.filter(log=self.name).delete()
            Log.objects.filter(name=self.name).delete()
            state.rebuild()
            return state.state_hash()

    def restart(self) -> None:
        """Forget what only the process knew."""
        self.puller = Puller(self)

    def size(self, log: str) -> int:
        with self.node:
            return Log.objects.get(name=log).size

    def __enter__(self) -> Self:
        self.node.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.node.__exit__(*error)


@dataclass
class Pact:
    """Towns, the keys by which they know each other, and what stands between them."""

    folder: Path
    hand: Hand = field(default_factory=Hand)
    towns: dict[str, Town] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    cut: set[frozenset[str]] = field(default_factory=set)
    twist: Twist = plain

    def town(self, name: str) -> Town:
        made = Town(new_node(name, self.folder, self.hand), self)
        self.towns[made.url] = made
        made.open()
        return made

    def acquaint(self) -> None:
        """Let everybody follow everybody."""
        for one in self.towns.values():
            for other in self.towns.values():
                if one is not other:
                    one.follow(other)


@contextmanager
def twisted(pact: Pact, twist: Twist) -> Iterator[None]:
    """Let answers pass through `twist` for a while."""
    before, pact.twist = pact.twist, twist
    try:
        yield
    finally:
        pact.twist = before
