"""What a serving process does beside answering: keeps the search index current and sends notices.

It owns nothing. If it dies, pages still work, search catches up when asked, and notices go out late.
"""

import logging
import threading
from collections.abc import Callable

from django.db import connections

from hansa.kernel import live, search

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at whether anything was said."""

REMINDERS = 60.0
"""Seconds between two rounds of notices: often enough for a duty counted in hours, and never a flood."""


class Worker:
    """One thread beside the server."""

    def __init__(self) -> None:
        """Prepare; `start` lets it run."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hansa-worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the round at hand and end; after `timeout` seconds the process ends without it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        heard, waited = -1, REMINDERS
        while not self._stopping.is_set():
            rung = live.rung()
            if rung != heard:
                heard = rung
                self._try("search", _index)
            if waited >= REMINDERS:
                waited = 0.0
                self._try("notices", _notices)
            self._stopping.wait(PAUSE)
            waited += PAUSE
        connections.close_all()

    def _try(self, name: str, work: Callable[[threading.Event], None]) -> None:
        """Do one piece of work. What fails is reported and tried again the next time."""
        try:
            work(self._stopping)
        except Exception:
            logger.exception("the worker could not finish its round", extra={"work": name})
            connections.close_all()


def _index(stopping: threading.Event) -> None:
    while not stopping.is_set() and search.catch_up():
        pass


def _notices(_stopping: threading.Event) -> None:
    from hansa.web import notices

    notices.deliver()
