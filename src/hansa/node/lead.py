"""Which of the processes that share a database does the work beside answering: a lock that ends with its process."""

import logging
from contextlib import suppress

from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

WORKER = 0x68616E7361_02
"""The advisory lock of PostgreSQL that the one worker of a database holds."""


class Lead:
    """The right to do what one process must do for all that share a database. Used by one thread.

    On SQLite whoever serves has it. On PostgreSQL it is a lock of the database, on a connection of its own.
    """

    def __init__(self) -> None:
        """Begin without it."""
        self._line: BaseDatabaseWrapper | None = None

    def held(self) -> bool:
        """Tell whether it is ours, and take it if nobody has it."""
        if connections["default"].vendor != "postgresql":
            return True
        try:
            if self._line is not None:
                self._ask("SELECT true")
                return True
            self._line = connections.create_connection("default")
            if self._ask("SELECT pg_try_advisory_lock(%s)", WORKER):
                return True
        except DatabaseError:
            logger.warning("the database does not answer, so nothing is done beside answering")
        self.give_back()
        return False

    def give_back(self) -> None:
        """Let another process have it."""
        if self._line is not None:
            with suppress(DatabaseError):
                self._line.close()
            self._line = None

    def _ask(self, statement: str, *parameters: int) -> bool:
        with self._line.cursor() as cursor:  # type: ignore[union-attr]  # called only with a line
            cursor.execute(statement, parameters)
            return bool(cursor.fetchone()[0])
