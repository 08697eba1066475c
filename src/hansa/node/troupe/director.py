"""Plays a scenario across nodes that are processes of their own, and lets three mishaps befall them.

One node is cut off for a while, one is killed, and one's key is used to sign a second history. The pages
of each node then show what that node knows of it.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hansa.kernel.errors import Refused
from hansa.node.troupe.casting import Part

STARTING = 120.0
"""Seconds that a node may take to answer its first order."""

BEAT = 0.5
"""Seconds between two tellings of the story's time."""


@dataclass
class Process:
    """One actor: its process, and the line on which it takes orders."""

    part: Part
    scenario: Path
    process: subprocess.Popen[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it on its home; what it says to people goes to a file beside the home."""
        arguments = [str(self.part.folder), str(self.part.port), self.part.own, self.part.url]
        log = self.part.folder.with_suffix(".log")
        with log.open("a", encoding="utf-8") as said:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "hansa.node.troupe.actor",
                    *arguments,
                    str(self.scenario),
                    *self.part.logs,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                encoding="utf-8",
            )

    def order(self, **order: Any) -> dict[str, Any]:
        """Give an order and wait for what came of it; Refused if the process is gone or could not do it."""
        with self.lock:
            if not self.alive or self.process is None:
                raise Refused(f"The node {self.part.name} does not run.", code="dead")
            if self.process.stdin is None or self.process.stdout is None:
                raise RuntimeError("an actor has both lines")
            try:
                self.process.stdin.write(json.dumps(order) + "\n")
                self.process.stdin.flush()
                answer: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")
            except (OSError, ValueError) as error:
                raise Refused(f"The node {self.part.name} does not answer.", code="dead") from error
        if not self.alive:
            raise Refused(f"The node {self.part.name} has ended.", code="dead")
        if answer.get("outcome") == "failed":
            raise Refused(f"{self.part.name}: {answer['why']}", code="failed")
        return answer

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        """Let it finish, and take no longer than a few seconds."""
        if self.process is None or self.process.stdin is None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass
class Company:
    """All nodes of one play, and what is known of it so far."""

    nodes: list[Process]
    tell: Callable[[str], None]
    names: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    """The position of the latest line of each log."""
    cut: set[str] = field(default_factory=set)
    """The loopback addresses of those that are cut off, in both directions."""

    def node_of(self, log: str) -> Process:
        """Return the node that keeps a log."""
        return next(one for one in self.nodes if log in one.part.logs)

    def whole(self, one: str, other: str) -> bool:
        """Tell whether the line between two nodes, by their loopback addresses, is whole."""
        return one not in self.cut and other not in self.cut

    def start(self) -> None:
        """Start every node and found the pact across them."""
        for one in self.nodes:
            one.start()
        known: list[tuple[str, str]] = []
        for one in self.nodes:
            opened = one.order(do="open")
            self.names.update(opened["names"])
            known += [(vkey, one.part.url) for vkey in opened["keys"].values()]
        self.everyone(do="follow", logs=known)
        self.names.update(self.nodes[0].order(do="found", names=self.names)["names"])
        for one in self.nodes:
            self.names.update(one.order(do="join", names=self.names)["names"])
        self.everyone(do="watch")

    def everyone(self, **order: Any) -> list[dict[str, Any]]:
        """Give every living node the same order."""
        return [one.order(**order) for one in self.nodes if one.alive]

    def clock(self, at: datetime) -> None:
        """Tell every living node the story's time."""
        for one in self.nodes:
            if one.alive:
                with contextlib.suppress(Refused):  # it has just ended
                    one.order(do="clock", at=at.isoformat())

    def agree(self, seconds: float) -> bool:
        """Wait until all living nodes hold the same, for at most so many seconds; tell whether they do."""
        end = time.monotonic() + seconds
        while True:
            states = [one["state"] for one in self.everyone(do="state")]
            if len(set(states)) == 1:
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.5)

    def end(self) -> None:
        """End every node."""
        for one in self.nodes:
            one.end()


@dataclass
class Play:
    """The lines of a story, said one after another; those that cannot be said yet are kept and tried again."""

    company: Company
    lines: Sequence[Any]
    moment: Callable[[Any], datetime]
    waiting: list[int] = field(default_factory=list)
    said: int = 0
    dropped: list[str] = field(default_factory=list)

    def say(self, number: int) -> bool:
        """Say a line on its member's node; False if what it needs is not there yet."""
        line = self.lines[number]
        node, company = self.company.node_of(line.log), self.company
        if not node.alive:
            return False
        whole = not company.cut and all(one.alive for one in company.nodes)
        order = {
            "do": "line",
            "number": number,
            "names": company.names,
            "at": self.moment(line).isoformat(),
            "patient": whole,
            "after": company.said,
        }
        try:
            answer = node.order(**order)
        except Refused as refusal:
            if refusal.code == "dead":
                return False
            self.dropped.append(refusal.sentence)
            return True
        if answer["outcome"] == "missing":
            coming = {self.lines[one].name for one in self.waiting}
            lost = [one for one in answer["missing"] if one not in company.names.keys() | coming]
            self.dropped += [f"{line.by}: “{one}” was never said." for one in lost]
            return bool(lost)
        if answer["outcome"] == "overtaken" and not whole:
            return False  # what it waits for may be on the other side of the cut
        company.names.update(answer.get("names", {}))
        if answer.get("position"):
            company.said[line.log] = answer["position"]
        self.said += answer["outcome"] in {"said", "refused"}
        if answer["outcome"] == "overtaken":
            self.dropped.append(f"{line.by}: {answer['why']}")
        return True

    def step(self, number: int) -> None:
        """Say a line, or keep it; what waited is tried first, in the order of the story."""
        self.catch_up()
        # A line that waits holds up what its own member says after it, as a log does.
        held = {self.lines[one].log for one in self.waiting}
        if self.lines[number].log in held or not self.say(number):
            self.waiting.append(number)

    def catch_up(self) -> None:
        """Try what waited."""
        held: set[str] = set()
        still: list[int] = []
        for number in self.waiting:
            log = self.lines[number].log
            if log in held or not self.say(number):
                held.add(log)
                still.append(number)
        self.waiting = still


def spoken(parts: Iterable[Part]) -> str:
    """Return the names of nodes as a list for the terminal."""
    return "\n".join(f"  {part.address:<26}{part.name:<20}{', '.join(part.logs)}" for part in parts)
