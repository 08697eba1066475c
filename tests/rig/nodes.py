"""Whole nodes in one process: each with its own home folder, database, keys and clock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connections

from hansa.kernel import clock
from hansa.kernel.models import Log
from hansa.kernel.witness import guard
from tests.rig.disk import Disk

START = datetime(2025, 6, 7, 12, tzinfo=UTC)


class Hand:
    """The world's own time, which no node sees but through its own clock."""

    def __init__(self) -> None:
        self.at = START

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by


@dataclass
class Backup:
    """What stood in a home at some moment: the database and everything else."""

    content: bytes
    folder: Path
    at: datetime


@dataclass(eq=False)
class Node:
    """One node. `with node:` is this process running on its home; it nests, and a dead one cannot be entered."""

    name: str
    folder: Path
    hand: Hand
    logs: list[str] = field(default_factory=list)
    offset: timedelta = timedelta()
    hostile: bool = False
    disk: Disk = field(default_factory=Disk)
    alive: bool = True
    torn: str = ""
    """What is wrong with its file, until somebody mends it."""
    cleared: bool = True
    """Whether its process has asked how far its logs have come, and may sign."""
    url: str = ""
    """Where others find it."""
    audience: set[str] = field(default_factory=set)
    """To whom it is shown, if it is a liar's second process."""
    backups: list[Backup] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    """What its process remembers, gone when that dies."""
    _outer: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.url or f"https://{self.name}.example"

    @property
    def home(self) -> Path:
        """Its home folder."""
        return self.folder / "home"

    @property
    def own(self) -> dict[str, Any]:
        """Return the settings that differ from node to node."""
        secret = f"the secret of {self.name}"
        return {"HANSA_HOME": self.home, "NODE_URL": self.url, "SECRET_KEY": secret}

    def now(self) -> datetime:
        """Say what its own clock says."""
        return self.hand.at + self.offset

    def __enter__(self) -> Self:
        if not self.alive:
            raise RuntimeError(f"{self.name} does not run")
        before = {name: getattr(settings, name) for name in self.own}
        self._outer.append((connections["default"], before, clock.use(self.now)))
        connections["default"] = self.disk.open()
        for name, value in self.own.items():
            setattr(settings, name, value)
        return self

    def __exit__(self, *_error: object) -> None:
        base, before, source = self._outer.pop()
        connections["default"] = base
        for name, value in before.items():
            setattr(settings, name, value)
        clock.use(source)

    @contextmanager
    def looked_into(self) -> Iterator[None]:
        """Look into it from outside the world: alive or not, and without burning its fuse."""
        fuse, alive = self.disk.fuse, self.alive
        self.disk.fuse, self.alive = None, True
        try:
            with self:
                yield
        finally:
            self.disk.fuse, self.alive = fuse, alive

    def stop(self) -> None:
        """Kill its process: what was committed stays."""
        self.disk.kill()
        self.memory.clear()
        self.alive = False

    def start(self) -> None:
        """Start its process again on what the disk holds."""
        self.alive, self.cleared = True, False
        with self:
            guard.begin_anew()

    def back_up(self) -> Backup:
        """Copy its home, as a careful staff does."""
        kept = self.folder / f"backup-{len(self.backups)}"
        shutil.copytree(self.home, kept)
        made = Backup(self.disk.read(), kept, self.hand.at)
        self.backups.append(made)
        return made

    def restore(self, backup: Backup, *, keys: bool = False) -> None:
        """Put an older copy of the database back; with `keys`, the older folder too."""
        self.disk.put(backup.content)
        if keys:
            shutil.rmtree(self.home)
            shutil.copytree(backup.folder, self.home)
        self.torn = ""

    def sizes(self) -> dict[str, int]:
        """Return how much of each log it holds."""
        with self.looked_into():
            return {log.name: log.size for log in Log.objects.order_by("name")}


def new_node(
    name: str, folder: Path, hand: Hand, *, offset: timedelta = timedelta(), toml: str = ""
) -> Node:
    """Return a node with an empty home."""
    node = Node(name, folder / name, hand, offset=offset)
    node.home.mkdir(parents=True)
    if toml:
        (node.home / "hansa.toml").write_text(toml)
    return node
