"""A home moves to another database: copied, compared and verified there first; the setting changes last.

Until that moment the home is what it was, whatever fails. Meanwhile nobody can write in it. What it leaves behind
holds the same keys' logs as of the past, and must never speak again: its logs are marked as not to be written.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection, connections, transaction

from hansa.kernel.disk import sync_folder
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.models import Log
from hansa.kernel.state import state_hash
from hansa.kernel.writing import writing
from hansa.node import database, transfer
from hansa.node.start import TOML

TARGET = "target"
LEFT = "hansa.sqlite3.left"
"""The name that the SQLite file gets when the home no longer uses it."""

TO_EMPTY = "Make a new one for the home, or, if an earlier move was cut short after its copy, empty this one (DROP SCHEMA public CASCADE; CREATE SCHEMA public;)."


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: the state's hash, the number of entries, and what is left behind."""

    state: str
    entries: int
    left: str


def move(folder: Path, to: str, password_file: str, progress: transfer.Progress) -> Moved:
    """Move the home in `folder`, which nobody serves, to the database at `to` (`sqlite`: into its folder).

    Steps: (1) look whether it can be, (2) copy, (3) compare and verify, (4) settle the copy, (5) change the
    setting, (6) silence what is left. Refused, or whatever fails before (5), leaves the home as it was.
    """
    new = {"database": "" if to == "sqlite" else to, "database_password_file": password_file}
    settings = _settings(folder, to, password_file)
    text = database.rewritten((folder / TOML).read_text("utf-8"), new)
    try:
        with transfer.joined(TARGET, settings) as line:
            transfer.require_empty(line, TO_EMPTY)
            _require_alone()
            with writing():
                moved = _copy(line, progress)
                if line.vendor == "sqlite":
                    line.close()  # which brings all of it into the one file
                    _sync(folder / database.SQLITE)
                _switch(folder, text)
                Log.objects.update(mine=False)
    except DatabaseError as error:
        raise Refused(
            f"The move stopped: {str(error).strip()}. This home is as it was.", code="database"
        ) from error
    return Moved(moved[0], moved[1], _leave(folder))


def _settings(folder: Path, to: str, password_file: str) -> dict[str, Any]:
    if to != "sqlite":
        node = {"database_password_file": password_file}
        return database.postgresql(to, database.password(folder, node))
    if connection.vendor == "sqlite":
        raise Refused("This home keeps its database in SQLite already.", code="same")
    if (folder / database.SQLITE).exists():
        raise Refused(
            f"{folder / database.SQLITE} is there already. Move it away first.", code="not-empty"
        )
    return database.sqlite(folder / database.SQLITE)


def _require_alone() -> None:
    """Refuse while another process uses the database that is left: it would not notice."""
    if connection.vendor != "postgresql":
        return  # there the write lock keeps everybody out
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        others = cursor.fetchone()[0]
    if others:
        raise Refused(
            f"{others} other connections use this database. Stop every process of Hansa on it, on all machines.",
            code="served",
        )


def _copy(line: Any, progress: transfer.Progress) -> tuple[str, int]:
    """Make, fill, compare and verify the new database; return its state's hash and how many entries it holds."""
    before = state_hash()
    if line.vendor == "postgresql":
        with transaction.atomic(using=TARGET):
            return _filled(before, progress)
    transfer.make_tables(TARGET)
    with transaction.atomic(using=TARGET):
        return _filled(before, progress, tables=False)


def _filled(before: str, progress: transfer.Progress, *, tables: bool = True) -> tuple[str, int]:
    if tables:
        transfer.make_tables(TARGET)
    transfer.copy(transfer.DEFAULT, TARGET, progress)
    transfer.compare(transfer.DEFAULT, TARGET, progress)
    with transfer.instead(TARGET):
        progress("verified", 0, 1)
        report = fsck()
        after = state_hash()
        entries = report.entries
    if after != before:
        raise Refused("The copy's state is not the home's. This home is as it was.", code="differs")
    if not report.ok:
        raise Refused(
            f"The records do not hold: {report.findings[0]} Run “hansa fsck” and mend that first; this home is as it was.",
            code="damaged",
        )
    progress("verified", 1, 1)
    return after, entries


def _switch(folder: Path, text: str) -> None:
    """Change the setting, in one step."""
    made = folder / f"{TOML}.new"
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(folder / TOML)
    sync_folder(folder)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _leave(folder: Path) -> str:
    """Take the old database out of the way, if it is a file; say what is left."""
    old = connections[transfer.DEFAULT]
    old.close()
    if old.vendor == "postgresql":
        return f"the PostgreSQL database {old.settings_dict['NAME']}"
    place = folder / LEFT
    (folder / database.SQLITE).replace(place)
    for ending in ("-wal", "-shm"):
        (folder / f"{database.SQLITE}{ending}").unlink(missing_ok=True)
    sync_folder(folder)
    return str(place)
