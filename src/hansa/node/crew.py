"""Several processes that do the same work, kept by one that does none: who dies is replaced, and all end with it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from django.db import connections

from hansa.kernel.errors import Refused

logger = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds that processes get to end when told to, before they are killed."""

SOON = 5.0
"""A process that lives shorter than so many seconds has not begun to work."""

MOST = 5
"""So many of them in a row, and nothing more is tried."""


def keep(workers: int, work: Callable[[], None]) -> None:
    """Let `work` run in so many processes until this one is told to stop (SIGINT, SIGTERM); Refused if they will not live."""
    crew = _Crew(work)
    before = {name: signal.signal(name, crew.stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        for _i in range(workers):
            crew.hire()
        crew.watch()
    finally:
        crew.dismiss()
        for name, handler in before.items():
            signal.signal(name, handler)


class _Crew:
    """The processes by their id, and since when each lives."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.since: dict[int, float] = {}
        self.stopping = False
        # Nobody writes here. It ends when this process does, however it does, and each of the others reads it.
        self.rope = os.pipe()

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        for pid in self.since:
            os.kill(pid, signal.SIGTERM)

    def _told(self) -> bool:
        """Tell whether a signal said to stop, which it may do between any two lines."""
        return self.stopping

    def hire(self) -> None:
        connections.close_all()  # what two processes write on one connection is nonsense
        pid = os.fork()
        if pid:
            self.since[pid] = time.monotonic()
            return
        code = 1
        try:
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, signal.default_int_handler)
            os.close(self.rope[1])
            threading.Thread(target=_end_with, args=(self.rope[0],), daemon=True).start()
            self.work()
            code = 0
        except KeyboardInterrupt:
            code = 0
        except BaseException:
            logger.exception("a serving process failed")
        finally:
            os._exit(code)

    def watch(self) -> None:
        """Replace those that end, until told to stop."""
        short = 0
        while not self._told():
            pid, _status = os.wait()
            since = self.since.pop(pid, None)
            if since is None or self._told():
                continue
            short = short + 1 if time.monotonic() - since < SOON else 0
            if short >= MOST:
                raise Refused(
                    "The serving processes end as soon as they begin; the lines above say why. Run: hansa doctor",
                    code="workers",
                )
            logger.error("the serving process %s ended, and another takes its place", pid)
            self.hire()

    def dismiss(self) -> None:
        """Wait until all have ended; kill those that will not."""
        end = time.monotonic() + PATIENCE
        for pid in self.since:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        while self.since:
            pid, _status = os.waitpid(-1, os.WNOHANG)
            self.since.pop(pid, None)
            if pid == 0 and time.monotonic() > end:
                for left in self.since:
                    os.kill(left, signal.SIGKILL)
            if pid == 0:
                time.sleep(0.05)
        for handle in self.rope:
            os.close(handle)


def _end_with(rope: int) -> None:
    """Wait until the process that holds the other end is gone, then end this one."""
    os.read(rope, 1)
    os.kill(os.getpid(), signal.SIGTERM)
