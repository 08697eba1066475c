"""How often each may ask, counted for all processes on one database together.

A bucket holds one minute's worth and fills evenly. A process takes a share of it at once and spends that by
itself, so that most requests cost no write: what all processes together let through is never more than the
bucket held, and what one of them does not spend within a minute is lost.

Trust: none is asked of who is counted. When the database cannot be written, a share is given without it, because
a node that answers uncounted is better than one that is silent.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from hansa.kernel import clock, tally
from hansa.kernel.models import Bucket

MINUTE = 60.0
SHARE = 20
"""A process takes this part of a bucket at once: one write for so many requests."""

PATIENCE = 2000
"""Milliseconds that a request waits for the database's lock before it goes on uncounted."""

FORGET = 3600.0
"""Seconds after which a bucket that nobody used is full, and is deleted."""


@dataclass(slots=True)
class _Lease:
    left: float
    until: float


@dataclass(slots=True)
class _Held:
    """The shares that this process holds, by home, limit and who asks."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    leases: dict[tuple[str, str, str], _Lease] = field(default_factory=dict)


_held = _Held()


def take(what: str, who: str, most: float) -> float:
    """Count one request of `who` (100 characters at most) for `what`, of which `most` are allowed a minute.

    Return 0 if it is allowed, else the seconds to wait.
    """
    place = (str(settings.HANSA_HOME), what, who)
    if spend(what, who):
        return 0.0
    granted, wait = _share(f"{what}:{who}"[:120], most)
    if not granted:
        tally.count("held-back", what)
        return wait
    with _held.lock:
        lease = _held.leases.setdefault(place, _Lease(0.0, 0.0))
        lease.left += granted - 1
        lease.until = time.monotonic() + MINUTE
    return 0.0


def spend(what: str, who: str) -> bool:
    """Count one request against the share that this process holds, without asking the database; False if none is left."""
    place = (str(settings.HANSA_HOME), what, who)
    with _held.lock:
        lease = _held.leases.get(place)
        if lease is None:
            return False
        if lease.until < time.monotonic():
            del _held.leases[place]
            return False
        if lease.left < 1:
            return False
        lease.left -= 1
        return True


def forget_all() -> None:
    """Let go of every share that this process holds."""
    with _held.lock:
        _held.leases.clear()


def sweep() -> None:
    """Delete buckets that nobody used for a while, and shares that were not spent."""
    Bucket.objects.filter(at__lt=_now() - FORGET).delete()
    now = time.monotonic()
    with _held.lock:
        for place in [place for place, one in _held.leases.items() if one.until < now]:
            del _held.leases[place]


def _share(key: str, most: float) -> tuple[float, float]:
    """Take a share, or at least one, from the bucket; return how many, or none and the seconds to wait."""
    share = float(max(1, int(most // SHARE)))
    try:
        with _quickly():
            for asked in (share, 1.0) if share > 1 else (share,):
                if _taken(key, asked, most):
                    return asked, 0.0
            rest, at = Bucket.objects.values_list("rest", "at").get(key=key)
    except (DatabaseError, Bucket.DoesNotExist):
        tally.count("uncounted", key.partition(":")[0])
        return share, 0.0
    missing = 1 - (rest + max(0.0, _now() - at) * most / MINUTE)
    return 0.0, max(0.0, missing) * MINUTE / most


def _taken(key: str, asked: float, most: float) -> bool:
    """Take so many from the bucket in one statement, whoever else does the same; tell whether it held them."""
    least, most_of = ("min", "max") if connection.vendor == "sqlite" else ("least", "greatest")
    table, now = f'"{Bucket._meta.db_table}"', _now()
    filled = f'{least}(%s, {table}."rest" + {most_of}(0, %s - {table}."at") * %s)'
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} ("key", "rest", "at") VALUES (%s, %s, %s)'  # noqa: S608 - our own names
            f' ON CONFLICT ("key") DO UPDATE SET "rest" = {filled} - %s, "at" = {most_of}(%s, {table}."at")'
            f" WHERE {filled} >= %s",
            [
                *(key, most - asked, now),
                *(most, now, most / MINUTE, asked, now),
                *(most, now, most / MINUTE, asked),
            ],
        )
        return bool(cursor.rowcount)


@contextmanager
def _quickly() -> Iterator[None]:
    """Let statements wait for the database's lock only a moment; in a transaction, as long as its owner likes."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout")
            before = int(cursor.fetchone()[0])
            cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE}")
                yield
        finally:
            if connection.vendor == "sqlite":
                cursor.execute(f"PRAGMA busy_timeout = {before}")


def _now() -> float:
    return clock.machine().timestamp()
