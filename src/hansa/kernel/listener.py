"""How this process hears on PostgreSQL that another one wrote: LISTEN, on a connection and a thread of its own.

What is heard rings the bell of `kernel.live`, as what this process writes does. Whoever writes says so in its
own transaction (`kernel.writing`), so it is heard exactly if it is there to be read.
"""

import logging
import threading
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections

from hansa.kernel import live, postgres

logger = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds after which a silent listener looks whether it shall stop."""

SILENCE = 30
"""Such looks without a word after which it asks whether the server is still there."""

AGAIN = 1.0
"""Seconds between two attempts to reach the server again."""


class _Ears:
    open = 0


def hears() -> bool:
    """Tell whether this process is told of what others write. If not, whoever must know has to look."""
    return _Ears.open > 0


class Listener:
    """One thread that rings this process's bell. Needed once in a process that serves, on PostgreSQL only."""

    def __init__(self) -> None:
        """Prepare; `start` lets it listen."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hansa-listener", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End within about a second."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            own = connections.create_connection("default")
            try:
                own.ensure_connection()
                with own.wrap_database_errors:
                    self._listen(own.connection)
            except (DatabaseError, OSError):
                logger.warning("the listener lost the database, and tries to reach it again")
                self._stopping.wait(AGAIN)
            finally:
                own.close()

    def _listen(self, line: Any) -> None:
        line.execute(f"LISTEN {postgres.CHANNEL}")
        _Ears.open += 1
        live.wake()  # for what was written while nobody listened
        quiet = 0
        try:
            while not self._stopping.is_set():
                heard = list(line.notifies(timeout=LOOK, stop_after=1))
                quiet = 0 if heard else quiet + 1
                if heard:
                    live.wake()
                elif quiet % SILENCE == 0:
                    line.execute("SELECT 1")
        finally:
            _Ears.open -= 1
