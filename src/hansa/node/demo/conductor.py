"""Plays a scenario beside its visitors, and owns the clock of the process while it does.

The clock never runs backwards, stands still while the demo is paused, and never passes a line that is not
said yet: so a line is said at its own time, however slow the machine.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections

from hansa.kernel.fold import Fault
from hansa.node.demo.pace import Pace
from hansa.node.scenario.player import Outcome, Player, Step

logger = logging.getLogger(__name__)

SPEEDS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Now:
    """Where the demo stands. `overtaken` tells of the latest line if it no longer fitted.

    `waits`: it is paused because somebody sat down, and nobody has let it go on since.
    """

    title: str
    at: datetime
    zone: str
    done: int
    of: int
    running: bool
    speed: int
    overtaken: str
    waits: bool = False

    @property
    def finished(self) -> bool:
        """Tell whether every line was said."""
        return self.done == self.of

    @property
    def part(self) -> int:
        """Return how much of the story is over, in hundredths."""
        return 100 * self.done // self.of if self.of else 100


class Conductor:
    """One demo. `start` begins in a thread of its own; every other method may be called from any thread."""

    def __init__(
        self,
        player: Player,
        *,
        done: int = 0,
        floor: datetime | None = None,
        on_step: Callable[[Step], None] | None = None,
        keep_in: Path | None = None,
        ticking: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin after the first `done` lines, at `floor` or later; remember in `keep_in` how far it came."""
        story = player.scenario
        self.player, self.on_step, self.keep_in = player, on_step, keep_in
        self.pace = Pace(story.starts, story.ends, [player.moment(line) for line in story.lines])
        self._ticking, self._floor = ticking, floor or story.starts
        self._changed = threading.Condition(threading.RLock())
        self._done, self._running, self._speed, self._stopping = done, True, 1, False
        self._base, self._since = self.pace.marks[done], ticking()
        self._overtaken, self._waits = "", False
        self._thread = threading.Thread(target=self._run, name="hansa-demo", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        with self._changed:
            self._since = self._ticking()
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish the line at hand and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def now(self) -> datetime:
        """Return the story's time. This is the process's clock."""
        with self._changed:
            self._floor = max(self._floor, self.pace.at(self._seconds()))
            return self._floor

    def where(self) -> Now:
        """Return where the demo stands."""
        story = self.player.scenario
        with self._changed:
            return Now(
                story.title, self.now(), story.zone, self._done, len(story.lines),
                self._running, self._speed, self._overtaken, self._waits,
            )  # fmt: skip

    def run(self, *, running: bool) -> None:
        """Go on, or pause."""
        with self._changed:
            self._rebase()
            self._running, self._waits = running, False
            self._changed.notify_all()

    def wait(self) -> None:
        """Pause for somebody who sits down, so that the story does not overtake the reader."""
        with self._changed:
            if self._running and not self._over():
                self.run(running=False)
                self._waits = True

    def hasten(self, speed: int) -> None:
        """Play at one of SPEEDS; ValueError at any other."""
        if speed not in SPEEDS:
            raise ValueError(f"{speed} is none of {SPEEDS}")
        with self._changed:
            self._rebase()
            self._speed = speed
            self._changed.notify_all()

    def _seconds(self) -> float:
        """Return how many seconds were played, held back at the next line."""
        seconds = self._base
        if self._running:
            seconds += (self._ticking() - self._since) * self._speed
        return seconds if self._over() else min(seconds, self.pace.mark(self._done))

    def _rebase(self) -> None:
        self._base, self._since = self._seconds(), self._ticking()

    def _over(self) -> bool:
        return self._done == len(self.player.scenario.lines)

    def _run(self) -> None:
        try:
            while self._await_line():
                step = self._play(self._done)
                with self._changed:
                    self._overtaken = step.why if step.outcome == Outcome.OVERTAKEN else ""
                    self._rebase()
                    self._done += 1
                self._report(step)
        finally:
            connections.close_all()

    def _await_line(self) -> bool:
        """Wait until the next line is due; False when there is none any more."""
        with self._changed:
            while not self._stopping and not self._over():
                left = self.pace.mark(self._done) - self._seconds()
                if self._running and left <= 0:
                    return True
                self._changed.wait(left / self._speed if self._running else None)
        return False

    def _play(self, number: int) -> Step:
        """Say one line. What the machine itself cannot do now is passed over, and reported."""
        try:
            return self.player.step(number)
        except (Fault, DatabaseError, OSError) as error:
            logger.exception("a line of the scenario could not be said")
            line, of = self.player.scenario.lines[number], len(self.player.scenario.lines)
            at = self.player.moment(line)
            return Step(number + 1, of, line, at, Outcome.OVERTAKEN, why=str(error))

    def _report(self, step: Step) -> None:
        """Write down and tell what was played. A full disk or a closed terminal does not end the story."""
        try:
            self._keep()
            if self.on_step:
                self.on_step(step)
        except OSError:
            logger.exception("the demo could not tell how far it came")

    def _keep(self) -> None:
        """Write down how far it came. A line said but not written here is known by its request key."""
        if self.keep_in is None:
            return
        draft = self.keep_in.with_suffix(".new")
        draft.write_text(json.dumps({"done": self._done, "names": self.player.names}), "utf-8")
        draft.replace(self.keep_in)


def kept(path: Path) -> dict[str, Any] | None:
    """Return what an earlier demo in this home wrote down, or None."""
    return json.loads(path.read_text("utf-8")) if path.exists() else None


class _Stage:
    conductor: Conductor | None = None
    again: Callable[[], None] | None = None


def put_on(conductor: Conductor | None, again: Callable[[], None] | None = None) -> None:
    """Let this process's pages show and steer the conductor; `again` starts the demo anew."""
    _Stage.conductor, _Stage.again = conductor, again


def playing() -> Conductor | None:
    """Return the conductor of this process, if a demo plays in it."""
    return _Stage.conductor


def start_again() -> bool:
    """Ask for a new demo in a fresh home; False where nobody can do that."""
    if _Stage.again is None:
        return False
    _Stage.again()
    return True
