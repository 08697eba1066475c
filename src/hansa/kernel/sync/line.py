"""One peer as a puller remembers it, and the questions that are put to it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from hansa.kernel import clock
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.sync import session, wire
from hansa.kernel.sync.transport import Transport, Unreachable

SECONDS = 60.0
"""In which an answer must be whole, after what it may be held back."""
SMALL = 10.0
"""The same for small questions."""
FIRST, LEAST = 256 * 1024, 16 * 1024
"""Bytes that are asked for at first, and at the least."""
STEP = 32 * 1024
"""By which a line that was too slow once is asked for more again."""
LARGEST_SMALL = 2 * 1024 * 1024
AGAIN = timedelta(seconds=30)
"""After which a peer that knew none of our logs is asked again."""


class Over(Exception):
    """The session has ended."""


@dataclass
class Line:
    """What is remembered of one peer while this process runs. Losing it loses no record."""

    transport: Transport
    url: str
    amount: int = FIRST
    slow: bool = False
    token: str | None = None
    refused_at: datetime | None = None
    shunned: dict[str, datetime] = field(default_factory=dict)
    swept_at: datetime | None = None
    asked_bodies_at: datetime | None = None
    failures: int = 0

    def shun(self, log: str, by: timedelta) -> None:
        """Do not ask this peer for that log for a while: what it gave did not hold."""
        self.shunned[log] = clock.passing() + by

    def shuns(self, log: str) -> bool:
        """Tell whether it is not to be asked for that log now."""
        until = self.shunned.get(log)
        if until is not None and until <= clock.passing():
            del self.shunned[log]
            return False
        return until is not None

    def pull(self, question: wire.Pull) -> tuple[list[wire.Segment], wire.End | None]:
        """Ask what is new; the last frame is None if the answer broke off. Touches no database.

        Unreachable if nothing of use came, Untrusted if it is malformed, Over if another session is needed.
        """
        body = wire.encode(msgspec.structs.replace(question, protocol=wire.PROTOCOL))
        try:
            status, data = self._ask(
                "/sync/pull", body, wire.LARGEST_ANSWER, SECONDS + question.wait
            )
        except Unreachable as error:
            self._ask_for_less()
            segments = wire.beginning(error.got)
            if not segments:
                raise
            return segments, None
        _require_ok(status, data)
        segments, end = wire.whole(data)
        if end.protocol < wire.OLDEST:
            raise Refused(
                "It runs a version of Hansa that is too old for this one, so nothing can be fetched from there. Ask its staff to upgrade it.",
                code="protocol",
            )
        if end.more:
            more = self.amount + STEP if self.slow else self.amount * 2
            self.amount = min(more, wire.MOST_BYTES)
        return segments, end

    def get(self, path: str, most: int = LARGEST_SMALL) -> bytes:
        """Ask for something small."""
        status, data = self._ask(path, None, most, SMALL)
        _require_ok(status, data)
        return data

    def bodies(self, places: Sequence[tuple[str, int]]) -> list[bytes | None]:
        """Ask for bodies by their places; in the same order, None for what is not had."""
        body = wire.encode(wire.Places(list(places)))
        status, data = self._ask("/sync/bodies", body, wire.LARGEST_ANSWER, SECONDS)
        _require_ok(status, data)
        found = wire.decode(data, wire.Bodies, "The answer").bodies
        if len(found) != len(places):
            raise Untrusted("Other bodies came than were asked for.")
        return found

    def file(self, asked: wire.FileAsked) -> wire.FilePart | None:
        """Ask for a part of an attachment; None if the peer does not have it, or not for us."""
        most = asked.most + LARGEST_SMALL
        try:
            status, data = self._ask("/sync/file", wire.encode(asked), most, SECONDS)
        except Unreachable:
            self._ask_for_less()
            raise
        if status == 404:  # noqa: PLR2004 - HTTP
            return None
        _require_ok(status, data)
        return wire.decode(data, wire.FilePart, "The part of a file")

    def give(self, body: bytes) -> dict[str, int]:
        """Hand over frames of our own logs; return how many entries of each the peer has now."""
        status, data = self._ask("/sync/give", body, LARGEST_SMALL, SECONDS)
        _require_ok(status, data)
        return wire.decode(data, wire.Given, "The answer").sizes

    def _ask_for_less(self) -> None:
        """The next answer is to be shorter: one of this length did not come whole in its time."""
        self.amount, self.slow = max(LEAST, self.amount // 2), True

    def _ask(self, path: str, body: bytes | None, most: int, seconds: float) -> tuple[int, bytes]:
        return self.transport.ask(
            self.url, path, body, most=most, seconds=seconds, token=self.token
        )

    def sign_in(self) -> None:
        """Show the peer whose node this is, if it may learn that and does not know yet. Without, it hands out no bodies."""
        now = clock.passing()
        if self.token or (self.refused_at and self.refused_at <= now < self.refused_at + AGAIN):
            return
        logs = [log for log in Log.objects.filter(mine=True) if home().keys.holds(log.name)]
        if not logs:
            return
        try:
            status, data = self._ask("/sync/hello", b"\x80", LARGEST_SMALL, SMALL)
            _require_ok(status, data)
            nonce = wire.decode(data, wire.Nonce, "The nonce").nonce
            notes = {
                log.name: session.prove(log, nonce, self.url) for log in logs[: wire.MOST_KEYS]
            }
            status, data = self._ask(
                "/sync/session", wire.encode(wire.Proven(notes)), LARGEST_SMALL, SMALL
            )
            _require_ok(status, data)
            self.token = wire.decode(data, wire.Token, "The token").token
        except (Refused, Untrusted):
            self.refused_at = now
            raise


def _require_ok(status: int, data: bytes) -> None:
    if status == 401:  # noqa: PLR2004 - HTTP
        raise Over
    if status == 426:  # noqa: PLR2004 - HTTP, “Upgrade Required”
        raise Refused(
            "It does not understand this older version of Hansa any more. Upgrade this node; until then nothing can be fetched from there.",
            code="protocol",
        )
    if status != 200:  # noqa: PLR2004 - HTTP
        words = data[:300].decode("utf-8", "replace").strip().split("\n")[0]
        printable = "".join(sign for sign in words if sign.isprintable())
        raise Untrusted(f"It answered {status}: {printable or 'nothing more'}")


def jitter(seconds: float) -> float:
    """Return between half of it and all of it, so that many who were cut off do not come back at once."""
    return seconds * (0.5 + secrets.randbelow(1000) / 2000)
