"""What a serving process does beside answering: keeps the search index current, sends notices, tidies up.

It owns nothing. If it dies, pages still work, search catches up when asked, and notices go out late.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

from hansa.kernel import files, live, rates, search
from hansa.kernel.home import home
from hansa.kernel.sync.fleet import Fleet

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at whether anything was said."""

REMINDERS = 60.0
"""Seconds between two rounds of notices: often enough for a duty counted in hours, and never a flood."""

CHORES = 3600.0
"""Seconds between two rounds of tidying up."""


class Worker:
    """One thread beside the server."""

    def __init__(self) -> None:
        """Prepare; `start` lets it run."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hansa-worker", daemon=True)
        self._fleet = Fleet()

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._fleet.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the round at hand and end; after `timeout` seconds the process ends without it."""
        self._stopping.set()
        self._fleet.stop()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        heard = -1
        due = dict.fromkeys(_ROUNDS, 0.0)
        while not self._stopping.is_set():
            rung = live.rung()
            if rung != heard:
                heard = rung
                self._try("search", _index)
            now = time.monotonic()
            for name, (seconds, work) in _ROUNDS.items():
                if now >= due[name] and not self._stopping.is_set():
                    due[name] = now + seconds
                    self._try(name, work)
            self._stopping.wait(PAUSE)
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


def _tidy(_stopping: threading.Event) -> None:
    """Remove what was cut short by a kill, and what has passed."""
    from hansa.node.backup import making
    from hansa.web import cache

    files.sweep()
    making.sweep(home().folder)
    rates.sweep()
    cache.sweep()


_ROUNDS: dict[str, tuple[float, Callable[[threading.Event], None]]] = {
    "notices": (REMINDERS, _notices),
    "chores": (CHORES, _tidy),
}
"""What is done at the beginning and then every so many seconds."""
