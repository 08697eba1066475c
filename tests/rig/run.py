"""Runs seeds, and makes of one that fails a command that replays it and the shortest story that still does."""

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.rig.broken import Broken
from tests.rig.oracles import judge
from tests.rig.play import Plan, play
from tests.rig.world import World


@dataclass(frozen=True)
class Failure:
    """How a plan failed: the law's or the error's name, its words, and what had happened."""

    plan: Plan
    name: str
    words: str
    trace: list[str]


class Rig:
    """Plays plans in a folder of its own, which it removes."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 - where there is one, homes in memory spare the disk
        place = str(memory) if memory.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="hansa-rig-", dir=place))
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(
        self, plan: Plan, then: Callable[[World], None] = judge, story: list[str] | None = None
    ) -> Failure | None:
        """Play a plan and judge it; return how it failed, if it did. `story` gets what happens, line by line."""
        self.count += 1
        folder = self.folder / str(self.count)
        told = [] if story is None else story
        try:
            world = play(plan, folder, self.folder, told)
            then(world)
        except Broken as error:
            return Failure(plan, error.law, str(error), told)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failing seed
            words = "".join(traceback.format_exception(error)[-12:])
            return Failure(plan, type(error).__name__, words, told)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return None

    def shrink(self, failure: Failure, seconds: float) -> Failure:
        """Leave out events for as long as it still fails alike; return the shortest found in the time."""
        until = time.monotonic() + seconds
        best = failure
        kept = [number for number, _name in failure.plan.events]
        part = max(1, len(kept) // 2)
        while time.monotonic() < until:
            for start in range(0, len(kept), part):
                fewer = kept[:start] + kept[start + part :]
                found = self.run(Plan(failure.plan.seed, tuple(fewer)))
                if found is not None and found.name == failure.name:
                    best, kept = found, fewer
                    break
                if time.monotonic() > until:
                    break
            else:
                if part == 1:
                    break
                part = max(1, part // 2)
        return best


def told(failure: Failure) -> str:
    """Return all that a person needs to know of a failing seed."""
    seed = failure.plan.seed
    kept = ",".join(map(str, failure.plan.kept)) if failure.plan.kept is not None else ""
    command = f"python -m tests.rig replay {seed}" + (f" --events {kept}" if kept else "")
    story = "\n".join(f"    {line}" for line in failure.trace)
    return f"Seed {seed} fails. Replay it with:\n\n    {command}\n\n{story}\n\n{failure.words}"
