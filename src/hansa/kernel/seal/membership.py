"""Who belongs to an audience: the part that knows the pact's members says so here."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hansa.kernel.seal.models import Whom

Members = Callable[[str, Sequence[str], str, datetime], set[str]]
"""Whom (`pact`, `members`, `type`), the logs named, the type named, the moment: the logs that belong."""


class _Pact:
    members: Members | None = None


def readers_are(members: Members) -> None:
    """Let `members(whom, logs, type, at)` say which members' logs belong to an audience at a moment."""
    _Pact.members = staticmethod(members)


def members_of(whom: Whom, logs: Sequence[str], type: str, at: datetime) -> set[str]:  # noqa: A002 - a member's type
    """Return the logs that belong at this moment. Without a pact, those that are named."""
    if _Pact.members is None:
        return set(logs) if whom == Whom.MEMBERS else set()
    return _Pact.members(whom.value, list(logs), type, at)
