"""Which member of a scenario keeps its log on which node."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hansa.node.scenario.reading import Scenario

LEAST = 5
MOST = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One node: which logs it keeps, where its home is, where people and where other nodes reach it.

    `own` is the loopback address by which it is known to the others, so that each counts as a host of its own.
    """

    name: str
    logs: tuple[str, ...]
    folder: Path
    port: int
    own: str
    bridge: int

    @property
    def address(self) -> str:
        """Return where a browser finds it."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def url(self) -> str:
        """Return where other nodes find it: on a bridge that can be cut."""
        return f"http://{self.own}:{self.bridge}"


def cast(scenario: "Scenario", count: int) -> list[tuple[str, ...]]:
    """Share the members out over `count` nodes: who speaks most has one alone, the others share the last ones.

    The founder who founds the pact is in the first.
    """
    said = Counter(line.log for line in scenario.lines)
    first = next(one.log for one in scenario.members if one.founder)
    rest = sorted(
        (one.log for one in scenario.members if one.log != first),
        key=lambda log: (-said[log], log),
    )
    nodes = [[first], *([log] for log in rest[: count - 1])]
    for i, log in enumerate(rest[count - 1 :]):
        nodes[-1 - i % 2].append(log)
    return [tuple(logs) for logs in nodes]
