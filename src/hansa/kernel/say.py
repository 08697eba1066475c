"""The one door by which anything is said on this node.

Group commit: callers queue, whoever holds the lock writes for all who wait, one durable sync for the
batch. The lock orders this process; the database's own write lock orders processes.
"""

import threading
from collections import deque
from dataclasses import dataclass

from django.db import DatabaseError
from django.utils.translation import gettext as _

from hansa.kernel import live
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
    lock = threading.Lock()
    waiting: deque[_Ticket] = deque()


def say(record: Record, *, log: str, by: str = "", audience: str = "", once: str = "") -> str:
    """Say one record, durably, and return its position. Refused tells the person why not; nothing is half said."""
    ticket = _Ticket(Draft(record, log, by, audience, once))
    _Door.waiting.append(ticket)
    with _Door.lock:
        while ticket.outcome is None:
            _write_for_all()
    outcome = ticket.outcome
    if isinstance(outcome, Exception):
        raise outcome
    if outcome is None:
        raise RuntimeError("the batch ended without an outcome")
    return outcome if isinstance(outcome, str) else outcome.position


def _write_for_all() -> None:
    tickets = []
    while _Door.waiting and len(tickets) < LARGEST_BATCH:
        tickets.append(_Door.waiting.popleft())
    try:
        outcomes = append([ticket.draft for ticket in tickets])
    except (DatabaseError, OSError) as error:
        outcomes = [_in_words(error)] * len(tickets)
    for ticket, outcome in zip(tickets, outcomes, strict=True):
        ticket.outcome = outcome
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
