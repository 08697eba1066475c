"""What was said since a moment, for all open streams of this process at once.

One task a process reads what is new: when this process says something (the bell of `kernel.live`), and
when another process does (SQLite's `data_version`, looked at four times a second; on PostgreSQL the bell
rings for others too, `kernel.listener`). However many streams are open, news costs one query. The task
starts with the first stream and ends with the last.
"""

import asyncio
import logging
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, TypeVar

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Max

from hansa.kernel import live
from hansa.kernel.entry import for_the_pact, is_epoch
from hansa.kernel.listener import hears
from hansa.kernel.models import Entry, Touch
from hansa.kernel.reading import readable
from hansa.kernel.seal import keeping as seal

T = TypeVar("T")

_Row = tuple[int, int, str, str, str, frozenset[str]]

logger = logging.getLogger(__name__)

POLL = 0.25
"""Seconds between two looks at what other processes wrote."""

KEPT = 1000
"""How many entries' news is kept in memory. Who has missed more asks the database."""


@dataclass(frozen=True, slots=True)
class News:
    """One row that was touched: by which entry (in order of arrival), whose it is, and who may read it."""

    id: int
    log: str
    audience: str
    key: str
    readers: frozenset[str]
    """Who else may read it, where it is sealed."""

    def concerns(self, log: str | None, topic: str) -> bool:
        """Tell whether an officer of `log` may read it, and whether it is about the row `topic` (any, if empty)."""
        reads = for_the_pact(self.audience) or self.log == log or log in self.readers
        return reads and topic in {"", self.key}


@dataclass(eq=False, slots=True)
class Feed:
    """The newest touches in order of arrival, and the streams to wake. Owned by one event loop.

    Every touch by an entry after `oldest` and up to `latest` stands in `recent`.
    """

    recent: deque[News] = field(default_factory=deque)
    latest: int = -1
    oldest: int = 0
    touched: int = 0
    streams: set[asyncio.Event] = field(default_factory=set)
    task: "asyncio.Task[None] | None" = None
    version: int = -1

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever there is news. Starts the reader if nobody listened before."""
        event = asyncio.Event()
        self.streams.add(event)
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._read())
        try:
            yield event
        finally:
            self.streams.discard(event)

    async def since(self, last: int, log: str | None, topic: str) -> int | None:
        """Return the number of the newest entry after `last` that concerns this reader and topic, or None."""
        if last < self.oldest:
            return await in_reader(_missed, last, log, topic)
        fresh = takewhile(lambda news: news.id > last, reversed(self.recent))
        return next((news.id for news in fresh if news.concerns(log, topic)), None)

    async def _read(self) -> None:
        rung = -1
        while self.streams:
            rang, rung = live.rung() != rung, live.rung()
            try:
                fresh = await self._fresh(rang=rang)
            except DatabaseError:
                logger.exception("the feed could not read what is new, and tries again")
                fresh, rung = False, -1
                await in_reader(_hang_up)
                await asyncio.sleep(POLL)
            if fresh:
                for event in self.streams:
                    event.set()
                if not rang:
                    live.wake()
            if live.rung() == rung:
                await live.wait(POLL)
        self.task, self.version = None, -1
        await in_reader(_hang_up)

    async def _fresh(self, *, rang: bool) -> bool:
        """Take in what is new; return whether there was anything."""
        if self.latest < 0:
            self.touched, self.latest = await in_reader(_now)
            self.oldest = self.latest
            return True
        rows = await in_reader(self._look, rang)
        if rows:
            self._take(rows)
        return bool(rows)

    def _look(self, rang: bool) -> list[_Row]:  # noqa: FBT001 - an executor passes no keywords
        """Read new touches if anything was written. Runs in the reader's thread and changes nothing that streams see."""
        return _touches(self.touched) if rang or self._written_elsewhere() else []

    def _take(self, rows: list[_Row]) -> None:
        last = max(self.latest, *(entry for _id, entry, *_rest in rows))
        # An entry that had to wait for another is news only now: it arrives with the one it waited for.
        self.recent.extend(
            News(entry if entry > self.latest else last, log, audience, key, readers)
            for _id, entry, log, audience, key, readers in rows
        )
        if len(rows) > KEPT:
            self.recent.clear()
            self.oldest = last
        while len(self.recent) > KEPT:
            self.oldest = self.recent.popleft().id
        self.latest, self.touched = last, rows[-1][0]

    def _written_elsewhere(self) -> bool:
        if connection.vendor != "sqlite":
            return not hears()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            version = int(cursor.fetchone()[0])
        changed, self.version = version != self.version, version
        return changed


def newest() -> int:
    """Return the number of the newest entry here, in order of arrival; 0 if there is none."""
    return Entry.objects.aggregate(last=Max("id"))["last"] or 0


def _now() -> tuple[int, int]:
    """Return the number of the newest touch and of the newest entry, of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT (SELECT max(id) FROM "{Touch._meta.db_table}"),'  # noqa: S608 - names are ours
            f' (SELECT max(id) FROM "{Entry._meta.db_table}")'
        )
        touch, entry = cursor.fetchone()
    return touch or 0, entry or 0


def _touches(after: int) -> list[_Row]:
    """Return (id, entry, log, audience, key, readers) of touches after the one numbered `after`: at most one more than is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, e.id, e.log, e.audience, t.key"  # noqa: S608 - names are ours
            f' FROM (SELECT id, entry_id, "key" FROM "{Touch._meta.db_table}" WHERE id > %s ORDER BY id DESC LIMIT {KEPT + 1}) t'
            f' JOIN "{Entry._meta.db_table}" e ON e.id = t.entry_id ORDER BY t.id',
            [after],
        )
        found = list(cursor.fetchall())
    sealed = {(log, audience) for _id, _entry, log, audience, _key in found if is_epoch(audience)}
    readers = seal.readers_by_epoch(sealed) if sealed else {}
    return [(*row, readers.get(row[3], frozenset())) for row in found]


def _missed(last: int, log: str | None, topic: str) -> int | None:
    """Ask the database what `since` asks the feed. Runs in the reader's thread."""
    entries = readable(Entry, log).filter(id__gt=last)
    if topic:
        entries = entries.filter(
            id__in=Touch.objects.filter(key=topic, entry_id__gt=last).values("entry_id")
        )
    found: int | None = entries.aggregate(last=Max("id"))["last"]
    return found


def _hang_up() -> None:
    """Close the connection of the thread in which this runs."""
    connection.close()


_reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")
_feeds: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Feed]" = weakref.WeakKeyDictionary()


def in_reader(ask: Callable[..., T], *args: Any) -> Awaitable[T]:
    """Ask the database in the feed's own thread, which keeps one connection for all streams."""
    return asyncio.get_running_loop().run_in_executor(_reader, ask, *args)


def streams() -> int:
    """Return how many streams are open in this process."""
    return sum(len(one.streams) for one in list(_feeds.values()))


def feed() -> Feed:
    """Return the feed of the running event loop."""
    return _feeds.setdefault(asyncio.get_running_loop(), Feed())
