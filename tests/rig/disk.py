"""A disk that does what disks do: it loses power, lies about what it kept, tears pages, and is restored from old copies.

The database of a virtual node lives in memory. Its bytes, as a file would hold them after the last commit,
can be taken, changed and put back, and any statement or commit can be the last thing that a process did.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper

from hansa.kernel.sqlite import settle
from hansa.node.database import sqlite
from tests.rig.dice import Dice

PAGE = 4096


class Killed(BaseException):
    """The process was killed here. No code of ours may catch it and go on."""


class _Database(DatabaseWrapper):
    """SQLite in memory, each of whose statements and commits may be the last."""

    disk: "Disk"

    def _commit(self) -> None:
        self.disk.may_die("before the commit")
        super()._commit()  # type: ignore[misc]  # Django's own, without a type
        self.disk.may_die("after the commit")


class Disk:
    """The file of one node's database, and the connection to it while its process lives."""

    template: ClassVar[bytes] = b""

    def __init__(self, content: bytes | None = None) -> None:
        """Put a migrated, empty database on it, or the content given."""
        self.content = blank() if content is None else content
        self.synced: bytes | None = None
        self.fuse: int | None = None
        self.died_at = ""
        self.base: _Database | None = None

    def open(self) -> BaseDatabaseWrapper:
        """Return the connection of the process that runs now; a new one if none does."""
        if self.base is None:
            self.base = _connect(self.content)
            self.base.disk = self
            self.base.execute_wrappers.append(self._statement)
        return self.base

    def _statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.may_die("before a statement")
        return execute(sql, params, many, context)

    def light(self, fuse: int) -> None:
        """Kill the process at the so many-th place from now at which it could be killed."""
        self.fuse = fuse

    def may_die(self, where: str) -> None:
        """Die if the time has come. Places are: before each statement, before and after each commit."""
        if self.fuse is None:
            return
        self.fuse -= 1
        if self.fuse < 0:
            self.fuse, self.died_at = None, where
            raise Killed(where)

    def read(self) -> bytes:
        """Return what a file would hold now, all open transactions undone."""
        if self.base is None or self.base.connection is None:
            return self.content
        raw = self.base.connection
        if raw.in_transaction:
            raw.rollback()
        return bytes(raw.serialize())

    def kill(self) -> None:
        """End the process without warning. What was committed stays."""
        self.content = self.read()
        self._drop()

    def lie(self) -> None:
        """From now on, say that everything is kept, and keep nothing."""
        self.synced = self.read()

    def cut_power(self) -> bool:
        """End the process and the machine; tell whether the disk forgot what it had sworn to keep."""
        self.kill()
        lied = self.synced is not None and self.synced != self.content
        if self.synced is not None:
            self.content, self.synced = self.synced, None
        return lied

    def tear(self, dice: Dice) -> str:
        """End the process and damage a page; say how."""
        self.kill()
        page = dice.randrange(len(self.content) // PAGE)
        torn = bytearray(self.content)
        if dice.chance(0.5):
            torn[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
            said = f"page {page} is all zeros"
        else:
            at = page * PAGE + dice.randrange(PAGE)
            torn[at] ^= 1 << dice.randrange(8)
            said = f"a bit of byte {at} has flipped"
        self.content = bytes(torn)
        return said

    def put(self, content: bytes) -> None:
        """Replace the file, as whoever restores a backup does."""
        self._drop()
        self.content, self.synced = content, None

    def _drop(self) -> None:
        if self.base is not None and self.base.connection is not None:
            self.base.connection.close()
        self.base, self.fuse = None, None


def _connect(content: bytes) -> _Database:
    asked = {"default": {**sqlite(Path()), "NAME": ":memory:"}}
    base = _Database(connections.configure_settings(asked)["default"], "default")
    base.ensure_connection()
    if content:
        base.connection.deserialize(content)
        settle(base)  # what stood in the old file's header went with it
    return base


def blank() -> bytes:
    """Return an empty database with every table; made once in a process."""
    if not Disk.template:
        from django.core.management import call_command

        base = _connect(b"")
        base.disk = _Still()
        before = connections["default"]
        connections["default"] = base
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            connections["default"] = before
        Disk.template = bytes(base.connection.serialize())
        base.connection.close()
    return Disk.template


class _Still(Disk):
    """The disk on which the template is made, where nothing happens."""

    def __init__(self) -> None:
        super().__init__(b"-")
