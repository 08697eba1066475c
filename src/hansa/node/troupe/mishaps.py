"""What befalls the nodes of the demo: a cut, a kill, and, when the story is told, a second history under a true key.

The forgery comes last, as nobody takes in any more of a forked log until its roots have spoken.
"""

import contextlib
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.error import HTTPError, URLError

from hansa.kernel.errors import Refused
from hansa.node.troupe.director import Company, Process


@dataclass
class Mishaps:
    """Each comes after a share of the story, once, and is told at the terminal."""

    company: Company
    tell: Callable[[str], None]
    done: set[str] = field(default_factory=set)

    def at(self, part: float) -> None:
        """Let happen what is due when this part of the story (0 to 1) is over."""
        for share, name, happen in (
            (0.25, "cut", self._cut),
            (0.45, "heal", self._heal),
            (0.55, "kill", self._kill),
            (0.70, "start", self._start),
        ):
            if part >= share and name not in self.done:
                self.done.add(name)
                happen()

    def _cut(self) -> None:
        one = self._chosen(1)
        self.company.cut.add(one.part.own)
        self.tell(f"{one.part.name} is cut off. It goes on alone, and nobody hears it.")

    def _heal(self) -> None:
        one = self._chosen(1)
        self.company.cut.discard(one.part.own)
        self.tell(f"{one.part.name} is reachable again, and catches up.")

    def _kill(self) -> None:
        one = self._chosen(2)
        one.kill()
        self.tell(f"{one.part.name} is killed in the middle of its work.")

    def _start(self) -> None:
        one = self._chosen(2)
        one.start()
        with contextlib.suppress(Refused):
            one.order(do="state")  # it answers once it is there
        self.tell(f"{one.part.name} runs again, on what its disk held.")

    def forge(self) -> None:
        """Let a node sign a history that never was, and show it to another, who witnesses heads (C2SP tlog-witness)."""
        one, other = self._chosen(3), self._chosen(0)
        log = one.part.logs[0]
        size = other.order(do="state")["sizes"][log]
        status, said = _show(one, other, log, size, 0)
        if status == HTTPStatus.CONFLICT:  # it says which size it knows
            status, said = _show(one, other, log, size, int(said))
        if status:
            self.tell(
                f"Somebody uses the key of {one.part.name} to sign a second history of {log}, and shows it to {other.part.name}. Every node is told, and shows both."
            )

    def _chosen(self, number: int) -> Process:
        return self.company.nodes[number % len(self.company.nodes)]


def _show(liar: Process, other: Process, log: str, size: int, old: int) -> tuple[int, bytes]:
    """Return what the other node answers; status 0 if it does not."""
    request = liar.order(do="forge", log=log, size=size, old=old)["request"]
    asked = urllib.request.Request(  # noqa: S310 - a node of our own, on loopback
        f"{other.part.address}witness/add-checkpoint", data=request.encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - as above
            return int(answer.status), answer.read()
    except HTTPError as refused:
        return refused.code, refused.read()
    except URLError:
        return 0, b""
