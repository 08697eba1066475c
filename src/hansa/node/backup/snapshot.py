"""The database as of one moment, as an SQLite file, while others go on writing.

A home in PostgreSQL is backed up as SQLite too: one file that can be restored anywhere, and moved to a server again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from hansa.kernel.errors import Untrusted
from hansa.node import transfer
from hansa.node.database import sqlite

NAME = "hansa.sqlite3"


def take(folder: Path, to: Path) -> list[dict[str, Any]]:
    """Copy the database of the home in `folder` to a new file and return the head of every log in it."""
    if connection.vendor != "sqlite":
        transfer.snapshot(sqlite(to), lambda *_told: None)
        with closing(sqlite3.connect(to)) as new:
            new.execute("PRAGMA journal_mode = DELETE")
        return heads(to)
    # In one step: it reads as of its beginning, and in WAL mode holds up no writer.
    try:
        with closing(_open(folder / NAME, "rw")) as old, closing(sqlite3.connect(to)) as new:
            old.backup(new, pages=-1)
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise OSError(0, f"the database cannot be copied: {error}") from error
    return heads(to)


def heads(path: Path) -> list[dict[str, Any]]:
    """Return name, size and signed head of every log in a database file, and whether it is written there."""
    with _reading(path) as database:
        found = database.execute("SELECT name, size, mine, note FROM kernel_log ORDER BY name")
        return [
            {"log": name, "size": size, "own": bool(mine), "head": note}
            for name, size, mine, note in found
        ]


def migrations(path: Path) -> set[tuple[str, str]]:
    """Return the changes, by app and name, that were made to a database file."""
    with _reading(path) as database:
        return set(database.execute("SELECT app, name FROM django_migrations"))


def problems(path: Path) -> list[str]:
    """Return what SQLite finds wrong with a database file."""
    with _reading(path) as database:
        found = [line for (line,) in database.execute("PRAGMA integrity_check(5)")]
    return [] if found == ["ok"] else found


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(_open(path, "ro")) as database:
            yield database
    except sqlite3.Error as error:
        raise Untrusted(f"The database in the backup cannot be read ({error}).") from error


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=20)
