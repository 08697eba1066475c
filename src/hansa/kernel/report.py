"""What the stand-alone checker says: plain sentences for a person, plain values for a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from hansa.kernel.errors import Untrusted

MAX_FINDINGS = 100

HOME = "home"
"""The kind of a report on a whole home, which has many logs and no one head."""

_T = TypeVar("_T")


def plain(text: str, limit: int = 600) -> str:
    """Text from outside made safe to print: no control, direction or escape signs."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:limit])
    return safe if len(text) <= limit else safe + "…"


@dataclass(slots=True)
class Report:
    """What the checker found. `findings` are what is wrong, `notes` what a reader must know."""

    path: str
    kind: str = "unknown"
    findings: list[str] = field(default_factory=list)
    findings_left_out: int = 0
    notes: list[str] = field(default_factory=list)
    origin: str | None = None
    size: int | None = None
    root: str | None = None
    fingerprint: str | None = None
    key_from_export: bool = False
    entries: int = 0
    bodies_present: int = 0
    bodies_absent: int = 0
    approvals: int = 0
    """Officers' own approvals that hold."""
    approved: list[str] = field(default_factory=list)
    """Of a single record: who approved it, with which key, over which text."""

    @property
    def ok(self) -> bool:
        """Whether a signed head was found and everything under it holds."""
        return not self.findings and (self.root is not None or self.kind == HOME)

    def find(self, sentence: str) -> None:
        """Add what is wrong; beyond a hundred sentences only the number is kept."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(plain(sentence))
        else:
            self.findings_left_out += 1

    def note(self, sentence: str) -> None:
        """Add what a reader must know; beyond a hundred sentences one says that there are more."""
        if len(self.notes) < MAX_FINDINGS:
            self.notes.append(plain(sentence))
        elif len(self.notes) == MAX_FINDINGS:
            self.notes.append("There is more of the like.")

    def attempt(self, where: str, work: Callable[[], _T]) -> _T | None:
        """Result of `work`, or None and a finding when its bytes do not hold."""
        try:
            return work()
        except Untrusted as error:
            self.find(f"{where}: {error.sentence}" if where else error.sentence)
            return None

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {"ok": self.ok, **asdict(self)}

    def text(self) -> str:
        """Everything as lines for a person."""
        lines = [f"{'HOLDS' if self.ok else 'DOES NOT HOLD'}: {plain(self.path)}"]
        if self.origin is not None:
            lines.append(f"Log {self.origin}, size {self.size}, root {self.root}.")
        lines.append(
            f"{self.entries} entries checked; of their bodies {self.bodies_present} are here, "
            f"{self.bodies_absent} are not."
        )
        if self.approvals:
            lines.append(f"{self.approvals} approvals by officers' own keys hold.")
        lines += self.approved
        if self.fingerprint:
            lines.append(f"Fingerprint of the log's key: {self.fingerprint}.")
        lines += [f"Wrong: {sentence}" for sentence in self.findings]
        if self.findings_left_out:
            lines.append(f"Wrong: {self.findings_left_out} more of the like.")
        lines += [f"Note: {sentence}" for sentence in self.notes]
        return "\n".join(lines) + "\n"
