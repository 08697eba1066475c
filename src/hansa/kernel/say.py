"""The one door by which anything is said on this node.

Group commit: callers queue, one of them writes for all who wait, one durable sync for the batch, and
tells them. That orders this process; the database's own write lock orders processes.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from hansa.kernel import live, postgres, tally
from hansa.kernel.errors import Refused
from hansa.kernel.log import Draft, append
from hansa.kernel.record import Record
from hansa.kernel.said import Said
from hansa.kernel.witness import guard

LARGEST_BATCH = 256


@dataclass(slots=True)
class _Ticket:
    draft: Draft
    outcome: Said | str | Exception | None = None


class _Door:
    free = threading.Condition()
    waiting: deque[_Ticket] = deque()
    writing = False


def say(record: Record, *, log: str, by: str = "", audience: str = "", once: str = "") -> str:
    """Say one record, durably, and return its position. Refused tells the person why not; nothing is half said."""
    return say_draft(Draft(record, log, by, audience, once))


def say_draft(draft: Draft) -> str:
    """Say what was drafted, with the approvals that it carries. As `say` otherwise."""
    approver = _approver.get()
    if approver is None or draft.approvals:
        return _say(draft)
    try:
        return _say(draft)
    except Refused as refusal:
        if refusal.code != "not-approved":
            raise
        return _say(approver(draft))


def say_each(drafts: Sequence[Draft]) -> list[str | Refused]:
    """Say many records, each by itself, with one durable sync for a batch of them: its position, or why it was refused.

    What goes wrong with the machine is raised; what was said before it stays said, and what follows is not said any more.
    """
    guard.prepare()
    tickets = [_Ticket(draft) for draft in drafts]
    with _Door.free:
        _Door.waiting.extend(tickets)
    try:
        return [_outcome(ticket) for ticket in tickets]
    except BaseException:
        _withdraw(tickets)
        raise


def _withdraw(tickets: Sequence[_Ticket]) -> None:
    """Take back what waits still: its author was told that it was not said. What another thread is writing now is waited for."""
    ours = set(map(id, tickets))
    with _Door.free:
        theirs = [one for one in _Door.waiting if id(one) not in ours]
        taken = ours - set(map(id, _Door.waiting))
        _Door.waiting.clear()
        _Door.waiting.extend(theirs)
        while any(one.outcome is None for one in tickets if id(one) in taken):
            _Door.free.wait()


def _outcome(ticket: _Ticket) -> str | Refused:
    try:
        return _settled(ticket)
    except Refused as refusal:
        if refusal.code in _OF_THE_MACHINE:
            raise
        return refusal


@contextmanager
def approving(approver: Callable[[Draft], Draft]) -> Iterator[None]:
    """Let `approver` add the officer's approval to whatever is said in this block and needs one."""
    before = _approver.set(approver)
    try:
        yield
    finally:
        _approver.reset(before)


_approver: ContextVar[Callable[[Draft], Draft] | None] = ContextVar("approver", default=None)


def _say(draft: Draft) -> str:
    guard.prepare()
    ticket = _Ticket(draft)
    with _Door.free:
        _Door.waiting.append(ticket)
    return _settled(ticket)


def _settled(ticket: _Ticket) -> str:
    """Return the position once it is written, by this thread or another; raise what it was refused for."""
    while ticket.outcome is None:
        _write_or_wait(ticket)
    outcome = ticket.outcome
    if isinstance(outcome, Exception):
        if isinstance(outcome, Refused):
            tally.count("refused", outcome.code)
        else:
            tally.count("failed", "")
        raise outcome
    tally.count("repeated" if isinstance(outcome, str) else "said")
    return outcome if isinstance(outcome, str) else outcome.position


def _write_or_wait(ticket: _Ticket) -> None:
    """Write for all who wait if nobody else does; else sleep until the one who does has told everybody."""
    with _Door.free:
        while _Door.writing and ticket.outcome is None:
            _Door.free.wait()
        if ticket.outcome is not None:
            return
        _Door.writing = True
        tickets = [_Door.waiting.popleft() for _ in range(min(len(_Door.waiting), LARGEST_BATCH))]
    outcomes: Sequence[Said | str | Exception] = [RuntimeError("the writer was stopped")] * len(
        tickets
    )
    try:
        outcomes = append([one.draft for one in tickets])
    except Exception as error:  # noqa: BLE001 - each of those who wait raises it in its own thread
        outcomes = [
            _in_words(error) if isinstance(error, DatabaseError | OSError) else error
        ] * len(tickets)
    finally:
        with _Door.free:
            for one, outcome in zip(tickets, outcomes, strict=True):
                one.outcome = outcome
            _Door.writing = False
            _Door.free.notify_all()
    live.wake()


def _in_words(error: Exception) -> Exception:
    """Turn what the machine says of itself into what a person can do about it."""
    word = postgres.trouble(error) or _of_sqlite(str(error).lower())
    if word is None:
        return error
    code, sentence = TROUBLE[word]
    return Refused(_(sentence), code=code)


def _of_sqlite(said: str) -> str | None:
    """Return our word for what SQLite or the system says; None if it is none of what we know."""
    return next((word for word, signs in _SIGNS.items() if any(one in said for one in signs)), None)


_SIGNS = {
    "full": ("full", "no space"),
    "busy": ("locked", "busy"),
    "damaged": ("malformed", "not a database", "disk i/o"),
    "read-only": ("readonly", "permission", "read-only"),
}

TROUBLE = {
    "full": (
        "disk-full",
        "The disk of this node is full. Nothing was saved. Ask your IT staff to free some space, then send it again.",
    ),
    "busy": (
        "busy",
        "Another process is writing in this home. Nothing was saved. Wait a moment and send it again.",
    ),
    "damaged": (
        "damaged",
        "The database of this node is damaged. Nothing was saved. Ask your IT staff to run “hansa fsck”.",
    ),
    "read-only": (
        "read-only",
        "This node may not write in its home folder. Nothing was saved. Ask your IT staff to mend its permissions.",
    ),
    "closed": (
        "read-only",
        "The database of this node cannot be written to. Nothing was saved. Ask your IT staff to look at the database server.",
    ),
    "crowded": (
        "busy",
        "The database of this node takes no more connections. Nothing was saved. Wait a moment and send it again.",
    ),
    "away": (
        "away",
        "The database of this node went away, so nobody can say yet whether this was saved. Wait a moment and send the same form again: it is never saved twice.",
    ),
}
"""What went wrong with the machine: its code, and the sentence for whoever wanted to say something."""

_OF_THE_MACHINE = frozenset(code for code, _sentence in TROUBLE.values())
