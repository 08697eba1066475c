"""What the kernel asks of SQLite, on every connection."""

from typing import Any

from django.db import DatabaseError

PRAGMAS = (
    ("journal_mode", "WAL"),
    # An own checkpoint may leave this machine only when what it signs survives a power cut.
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    # An erased body is overwritten, not merely unlinked.
    ("secure_delete", "ON"),
    ("temp_store", "MEMORY"),
    ("cache_size", "-65536"),
)


def settle(connection: Any, **_signal: Any) -> None:
    """Set the pragmas on a new connection; other databases need none of them."""
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            for name, value in PRAGMAS:
                cursor.execute(f"PRAGMA {name} = {value}")
    except UnicodeDecodeError as error:
        # SQLite names what is malformed by its bytes as they are, and the driver cannot read them.
        raise DatabaseError("database disk image is malformed") from error
