"""What a serving process does beside answering: keeps the search index current, sends notices, tidies up.

It owns nothing. If it dies, pages still work, search catches up when asked, and notices go out late.
Of many processes on one database only one works: the one that leads (`node.lead`).
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connections

from hansa.kernel import announce, files, likeness, live, rates, search
from hansa.kernel.home import home
from hansa.kernel.sync import witnesses
from hansa.kernel.sync.fleet import Fleet
from hansa.kernel.sync.http import HttpTransport
from hansa.kernel.sync.seeker import Seeker
from hansa.kernel.witness import guard
from hansa.node.lead import Lead

logger = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds between two looks at whether anything was said."""

ASIDE = 2.0
"""Seconds after which a process that does not lead looks whether nobody does."""

REMINDERS = 60.0
"""Seconds between two rounds of notices: often enough for a duty counted in hours, and never a flood."""

CHORES = 3600.0
"""Seconds between two rounds of tidying up, and of publishing what the records add up to here."""


class Worker:
    """One thread beside the server."""

    def __init__(self) -> None:
        """Prepare; `start` lets it run."""
        self._stopping = threading.Event()
        self._lead = Lead()
        self._thread = threading.Thread(target=self._run, name="hansa-worker", daemon=True)
        self._abroad: tuple[Fleet, Seeker] | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the round at hand and end; after `timeout` seconds the process ends without it."""
        self._stopping.set()
        self._rest()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        heard = -1
        due = dict.fromkeys(_ROUNDS, 0.0)
        while not self._stopping.is_set():
            if not self._lead.held():
                self._rest()
                heard = -1
                self._try("start", _may_sign)
                self._stopping.wait(ASIDE)
                continue
            if self._abroad is None:
                self._abroad = (Fleet(), Seeker())
                for one in self._abroad:
                    one.start()
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
        self._rest()
        self._lead.give_back()
        connections.close_all()

    def _rest(self) -> None:
        """Let another process fetch from the peers, and ask the witnesses."""
        abroad, self._abroad = self._abroad, None
        for one in abroad or ():
            one.stop()

    def _try(self, name: str, work: Callable[[threading.Event], None]) -> None:
        """Do one piece of work. What fails is reported and tried again the next time."""
        try:
            work(self._stopping)
        except Exception:
            logger.exception("the worker could not finish its round", extra={"work": name})
            connections.close_all()


def _may_sign(_stopping: threading.Event) -> None:
    """Ask how far our logs have come, where another process leads: this one answers people, and signs, too."""
    if guard.cleared():
        return
    transport = HttpTransport()
    try:
        witnesses.check_start(transport)
    finally:
        transport.close()


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


def _keys(_stopping: threading.Event) -> None:
    """Follow what members decided about lost roots, and put on record what changed here."""
    from hansa.pact import rebinding

    rebinding.settle()
    announce.speak()


def _publish(_stopping: threading.Event) -> None:
    likeness.publish()


_ROUNDS: dict[str, tuple[float, Callable[[threading.Event], None]]] = {
    "notices": (REMINDERS, _notices),
    "chores": (CHORES, _tidy),
    "keys": (REMINDERS, _keys),
    "likeness": (CHORES, _publish),
}
"""What is done at the beginning and then every so many seconds."""
