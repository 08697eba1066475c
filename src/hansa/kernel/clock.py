"""The one clock. Everything that needs the time asks here, so tests and exercises can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Source = Callable[[], datetime]

EARLIEST = datetime(1700, 1, 1, tzinfo=UTC)
LATEST = datetime(2300, 1, 1, tzinfo=UTC)
"""Between these any time can be shown in any zone, and any term added to it. No record holds another."""


def _machine() -> datetime:
    return datetime.now(UTC)


class _Clock:
    source: Source = staticmethod(_machine)
    told: bool = False


def now() -> datetime:
    """Return the present moment, in UTC, by whichever source is set."""
    return _Clock.source().astimezone(UTC)


def passing() -> datetime:
    """Return the moment by which waiting is measured: patience with peers, sessions, silence. In UTC.

    While a story is told, hours of it pass in a second; nobody is to be given up for that.
    """
    return _machine() if _Clock.told else now()


def machine() -> datetime:
    """Return this machine's own time in UTC, whatever source is set."""
    return _machine()


def use(source: Source | None, *, told: bool = False) -> Source:
    """Take the time from `source` (None: from this machine); return the source used before.

    `told` says that it is the time of a story, which passes faster than waiting does.
    """
    before = _Clock.source
    _Clock.source, _Clock.told = staticmethod(source or _machine), told
    return before
