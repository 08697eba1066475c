"""The threads of a serving process that fetch from other nodes: one for each, so that a slow one holds up no other."""

import logging
import threading
import time
from dataclasses import dataclass, field

from django.db import connections

from hansa.kernel import live
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.sync import follow, giving
from hansa.kernel.sync.giving import Giver
from hansa.kernel.sync.http import HttpTransport
from hansa.kernel.sync.line import jitter
from hansa.kernel.sync.pull import Puller
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.transport import Unreachable

logger = logging.getLogger(__name__)

WAIT = 25.0
"""Seconds for which a peer may hold back its answer until something is new. Proxies cut what is silent for a minute."""
LOOK = 5.0
"""Seconds between two looks at which peers there are."""
PAUSE = 2.0
"""Seconds between two rounds that brought nothing and were not held back either."""
LONGEST = 300.0
"""Seconds at most between two tries at a peer that does not answer."""
MOST_PEERS = 500
MOMENT = 0.1
"""Seconds between two looks at whether something was said that is to be given."""
REST = 30.0
"""Seconds for which nothing is given to a peer that would not take it."""


@dataclass
class Fleet:
    """Keeps a thread for each peer. It owns nothing: whatever it was doing when it ends is begun again later."""

    transport: HttpTransport = field(default_factory=HttpTransport)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _wanted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Prepare; `start` lets it run."""
        self.puller = Puller(self.transport, ahead=True, idle=connections.close_all)
        self.giver = Giver(self.transport)
        self._manager = threading.Thread(target=self._manage, name="hansa-fleet", daemon=True)
        self._bringer = threading.Thread(target=self._bring, name="hansa-giver", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._manager.start()
        self._bringer.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End every round where it stands, and return when that is done, or after `timeout` seconds."""
        self._stopping.set()
        self.transport.close()
        end = time.monotonic() + timeout
        for thread in [self._manager, self._bringer, *self._threads.values()]:
            if thread.is_alive():
                thread.join(max(end - time.monotonic(), 0.0))

    def _manage(self) -> None:
        while not self._stopping.is_set():
            try:
                follow.heed()
                self._wanted = set(list(follow.peers())[:MOST_PEERS])
            except Exception:
                logger.exception("the list of peers could not be read")
            connections.close_all()
            for url in sorted(self._wanted):
                if url not in self._threads or not self._threads[url].is_alive():
                    thread = threading.Thread(
                        target=self._visit, args=(url,), name="hansa-sync", daemon=True
                    )
                    self._threads[url] = thread
                    thread.start()
            self._stopping.wait(LOOK)

    def _bring(self) -> None:
        """Give our own logs to the peers, where nobody can fetch them here; whenever something was said."""
        rest: dict[str, float] = {}
        while not self._stopping.is_set():
            heard = live.rung()
            try:
                for url in sorted(self._wanted) if giving.hidden() else ():
                    if time.monotonic() >= rest.get(url, 0.0) and not self._stopping.is_set():
                        rest[url] = self._give(url)
            except Exception:
                logger.exception("our own logs could not be given")
            connections.close_all()
            end = time.monotonic() + LOOK
            while live.rung() == heard and time.monotonic() < end and not self._stopping.is_set():
                self._stopping.wait(MOMENT)

    def _give(self, url: str) -> float:
        """Give to one peer; return until when (by the steady clock) it is left alone."""
        try:
            self.giver.round(url)
        except (Unreachable, Untrusted, Refused) as error:
            logger.warning("our logs could not be given to %s: %s", url, error.sentence)
            return time.monotonic() + REST
        return 0.0

    def _visit(self, url: str) -> None:
        failures = 0
        while not self._stopping.is_set() and url in self._wanted:
            began = time.monotonic()
            report = self._round(url)
            failures = failures + 1 if report is None or report.problem else 0
            if failures:
                self._stopping.wait(jitter(min(LONGEST, 2.0**failures)))
            elif report is not None and not report.new and time.monotonic() - began < PAUSE:
                self._stopping.wait(0.0 if report.swept else PAUSE)

    def _round(self, url: str) -> Report | None:
        """Do one round. What is wrong with this machine is logged, and tried again."""
        try:
            return self.puller.round(url, wait=WAIT)
        except Exception:
            if not self._stopping.is_set():
                logger.exception("a round with a peer could not be finished")
            return None
        finally:
            connections.close_all()
