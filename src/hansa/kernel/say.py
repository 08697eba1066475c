"""The one door by which anything is said on this node.

Group commit: callers queue, one of them writes for all who wait, one durable sync for the batch, and
tells them. That orders this process; the database's own write lock orders processes.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import DatabaseError
from django.utils.translation import gettext as _

from hansa.kernel import live, tally
from hansa.kernel.errors import Refused
from hansa.kernel.fold import Said
from hansa.kernel.log import Draft, append
from hansa.kernel.record import Record

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
    ticket = _Ticket(draft)
    with _Door.free:
        _Door.waiting.append(ticket)
    while ticket.outcome is None:
        _write_or_wait(ticket)
    outcome = ticket.outcome
    if isinstance(outcome, Exception):
        refused = isinstance(outcome, Refused)
        tally.count("refused" if refused else "failed", outcome.code if refused else "")
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
    said = str(error).lower()
    if "full" in said or "no space" in said:
        return Refused(
            _(
                "The disk of this node is full. Nothing was saved. Ask your IT staff to free some space, then send it again."
            ),
            code="disk-full",
        )
    if "locked" in said or "busy" in said:
        return Refused(
            _(
                "Another process is writing in this home. Nothing was saved. Wait a moment and send it again."
            ),
            code="busy",
        )
    if "malformed" in said or "not a database" in said or "disk i/o" in said:
        return Refused(
            _(
                "The database of this node is damaged. Nothing was saved. Ask your IT staff to run “hansa fsck”."
            ),
            code="damaged",
        )
    if "readonly" in said or "permission" in said or "read-only" in said:
        return Refused(
            _(
                "This node may not write in its home folder. Nothing was saved. Ask your IT staff to mend its permissions."
            ),
            code="read-only",
        )
    return error
