"""What came of one round with one peer."""

from collections import Counter
from dataclasses import dataclass, field

from hansa.kernel.sync.wire import End


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was not taken in: about which log, what it was, and why not."""

    log: str
    what: str
    why: str


@dataclass
class Report:
    """Counts by log, and what went wrong. `files`: attachments that came whole; `fetched`: bytes of any. `problem` means that the round ended early; `unknown` that no session was opened."""

    url: str
    swept: bool = False
    received: Counter[str] = field(default_factory=Counter)
    there: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    late: int = 0
    files: int = 0
    fetched: int = 0
    problem: str = ""
    unknown: str = ""

    @property
    def new(self) -> int:
        """How many entries were taken in."""
        return self.received.total()

    def note_end(self, end: End | None) -> None:
        """Keep how much the peer says that it has."""
        if end is not None:
            self.there.update(end.sizes)

    def add(self, other: "Report") -> None:
        """Take another round with the same peer into this one."""
        self.received.update(other.received)
        self.there.update(other.there)
        self.refused += [one for one in other.refused if one not in self.refused]
        self.late += other.late
        self.files += other.files
        self.fetched += other.fetched
        self.problem = other.problem

    def refuse(self, log: str, what: str, why: str) -> None:
        """Keep that something was not taken in."""
        self.refused.append(Refused(log, what, why))
