"""One writer at a time, among all threads and processes that share a database.

SQLite gives its one write lock to every transaction as it begins (settings: IMMEDIATE). PostgreSQL would
let two transactions write side by side, each blind to the other; so whoever writes what logs add up to
takes an advisory lock first. Both give it back when the transaction ends, however it ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from hansa.kernel import postgres


@contextmanager
def writing() -> Iterator[None]:
    """Run the block in a transaction in which nobody else writes, and which sees all that others wrote before.

    When it commits, every process that listens is told. Inside another `writing` it is a part of that one.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            postgres.take_turn(connection)
        yield


@contextmanager
def at_one_moment() -> Iterator[None]:
    """Let everything in the block be read as of one moment, while others go on writing. It writes nothing itself.

    Inside a transaction it is a part of that one.
    """
    if connection.in_atomic_block:
        yield
        return
    here: Any = connection
    here.ensure_connection()  # to connect would set the mode again
    before = getattr(here, "transaction_mode", None)
    if connection.vendor == "sqlite":
        here.transaction_mode = "DEFERRED"  # a reader takes no lock
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    finally:
        if connection.vendor == "sqlite":
            here.transaction_mode = before
