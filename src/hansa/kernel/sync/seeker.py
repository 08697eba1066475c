"""The threads of a serving process that ask witnesses: first how far our logs have come, then to cosign what is new."""

import logging
import os
import threading
import time
from dataclasses import dataclass, field

from django.db import connections

from hansa.kernel import live
from hansa.kernel.policy import Witness
from hansa.kernel.sync import witnesses
from hansa.kernel.sync.http import HttpTransport
from hansa.kernel.witness import asking, dating, guard, marker

logger = logging.getLogger(__name__)

LOOK = 5.0
"""Seconds between two looks at the policy, and between two tries to be allowed to sign."""
PAUSE = 1.0
"""Seconds between two looks at whether something new was signed."""


@dataclass
class Seeker:
    """Keeps a thread for each witness, so that a slow one holds up no other. It owns nothing."""

    transport: HttpTransport = field(default_factory=HttpTransport)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: dict[Witness, threading.Thread] = field(default_factory=dict)
    _wanted: set[Witness] = field(default_factory=set)
    _dated: str = ""
    _told: bool = False

    def __post_init__(self) -> None:
        """Prepare; `start` lets it run."""
        self._manager = threading.Thread(target=self._manage, name="hansa-seeker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._manager.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End, and return when that is done, or after `timeout` seconds."""
        self._stopping.set()
        self.transport.close()
        end = time.monotonic() + timeout
        for thread in [self._manager, *self._threads.values()]:
            if thread.is_alive():
                thread.join(max(end - time.monotonic(), 0.0))

    def _manage(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception:
                if not self._stopping.is_set():
                    logger.exception("the witnesses could not be asked")
            connections.close_all()
            self._stopping.wait(LOOK)

    def _look(self) -> None:
        if not guard.cleared() and witnesses.check_start(self.transport):
            live.wake()
        if guard.cleared() and not self._told:
            marker.clear_for_others(os.getpid())
            self._told = True
        counts = dating.policy()
        if counts is not None and counts.digest != self._dated:
            dating.refresh()
            self._dated = counts.digest
        self._wanted = set(counts.witnesses) if counts else set()
        for witness in self._wanted:
            if witness not in self._threads or not self._threads[witness].is_alive():
                thread = threading.Thread(
                    target=self._visit, args=(witness,), name="hansa-witness", daemon=True
                )
                self._threads[witness] = thread
                thread.start()

    def _visit(self, witness: Witness) -> None:
        heard, looked = -1, 0.0
        while not self._stopping.is_set() and witness in self._wanted:
            rung, now = live.rung(), time.monotonic()
            if rung != heard or now - looked >= LOOK:
                heard, looked = rung, now
                self._ask(witness)
            self._stopping.wait(PAUSE)

    def _ask(self, witness: Witness) -> None:
        """Ask once. What is wrong with this machine is logged, and tried again."""
        try:
            if guard.cleared():
                asking.ask_witness(witnesses.by(self.transport), witness)
        except Exception:
            if not self._stopping.is_set():
                logger.exception("a witness could not be asked")
        finally:
            connections.close_all()
