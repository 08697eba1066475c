"""Attachments on their way: which files the records here name and this node lacks, fetched a part at a time.

A file is asked for by the record that names it: whoever may read that record may have its files. What came
is kept only if it hashes to its name. What breaks off goes on where it stopped. What comes from one peer is
never put together with what comes from another, so that whoever gives something false spoils only its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from hansa.kernel import attachments, clock, erase, files, store
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.models import Body, Entry, Fate, Tombstone
from hansa.kernel.sync import follow, wire
from hansa.kernel.sync.line import Line
from hansa.kernel.sync.report import Report

A_ROUND = 16 * 1024 * 1024
"""Bytes of files that are fetched in one round with one peer, so that records come first."""
A_TURN = timedelta(seconds=10)
"""For which files are fetched in one round with one peer, for the same reason; on a slow line it is less than a round's bytes."""
IN_VAIN = 32
"""Files for which one peer is asked in one round without giving any of it: a member may name any number that nobody has."""
AGAIN = timedelta(seconds=30)
"""After which a peer is asked again for a file that it did not have."""
SHUN = timedelta(hours=1)
"""After which it is asked again for one of which it gave something false."""
LOOK = timedelta(seconds=60)
"""After which it is looked whether records can be read by now that could not before."""

_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A file that is not here: its SHA-256, its size, and the record that names it."""

    digest: str
    size: int
    log: str
    index: int


def lacking(after: int = 0) -> Iterator[Lacking]:
    """Yield the files that readable records name and that are not here, of entries with an id above `after`."""
    for entry, file in named(after):
        if not files.kept(file.sha256):
            yield Lacking(file.sha256, file.size, entry.log, entry.index)


def named(after: int = 0) -> Iterator[tuple[Entry, File]]:
    """Yield every file that a readable record names, with its entry, of entries with an id above `after`."""
    entries = _naming().filter(id__gt=after).order_by("id")
    for chunk in store.chunked(entries.iterator(chunk_size=500), 500):
        bodies = Body.objects.in_bulk([entry.id for entry in chunk])
        for entry in chunk:
            body = bodies.get(entry.id)
            for file in attachments.named(entry, bytes(body.data)) if body else ():
                yield entry, file


def _naming() -> QuerySet[Entry]:
    return Entry.objects.filter(kind__in=attachments.kinds(), fate=Fate.DONE)


@dataclass
class _Turn:
    """What one peer may still be asked for in one round."""

    until: datetime
    vain: int
    room: int = A_ROUND

    @property
    def over(self) -> bool:
        return self.room <= 0 or clock.passing() >= self.until


@dataclass
class Attached:
    """What a process knows of files that are wanted. Losing it loses nothing: it looks again."""

    in_vain: int = IN_VAIN
    wanted: set[Lacking] = field(default_factory=set)
    unfinished: set[str] = field(default_factory=set)
    """Addresses of peers whose last turn was over before they had given all."""
    _later: dict[Lacking, dict[str, datetime]] = field(default_factory=dict)
    """Until when a peer is not asked for a file, by its address: it did not have it, or something else came."""
    _upto: int = 0
    _seen: tuple[int, int] = (0, 0)
    """How many entries up to `_upto` were looked at, and the sum of their numbers."""
    _looked_at: datetime | None = None
    _busy: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def fetch(self, line: Line, report: Report, lines: Mapping[str, Line]) -> None:
        """Ask one peer for files that are wanted, the smallest first, until its turn is over."""
        self._look(report)
        self.unfinished.discard(line.url)
        if not line.token or not self.wanted:
            return
        turn = _Turn(clock.passing() + A_TURN, self.in_vain)
        for one in self._due(line, lines):
            if turn.over or not turn.vain:
                break
            if self._take(one):
                try:
                    self._fetch(line, one, turn, report)
                except Refused as refusal:  # this machine's disk, and so the same with the next
                    report.refuse(one.log, "file", refusal.sentence)
                    return
                finally:
                    self._busy.discard(one.digest)
        if turn.over:
            self.unfinished.add(line.url)

    def _look(self, report: Report) -> None:
        """Learn of files that records named since.

        Now and then, and when bodies came late, of those too that earlier entries name which could not be read
        before, for want of their body, their key, or of what they waited for: then others count than did.
        """
        now = clock.passing()
        with self._lock:
            newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            recent = self._looked_at is not None and self._looked_at <= now < self._looked_at + LOOK
            if newest == self._upto and recent and not report.late:
                return
            if not recent or report.late or newest < self._upto:
                self._looked_at = now
                if _tally(0, self._upto) != self._seen:
                    self._upto, self._seen = 0, (0, 0)
            count, total = _tally(
                self._upto, newest
            )  # before it is looked: what changes meanwhile shows
            for one in lacking(self._upto):
                if one.size <= settings.HANSA_LARGEST_FILE:
                    self.wanted.add(one)
            self._upto, self._seen = newest, (self._seen[0] + count, self._seen[1] + total)

    def _due(self, line: Line, lines: Mapping[str, Line]) -> list[Lacking]:
        """Return for what this peer is to be asked, one of each log in turn: who names many that nobody has delays its own."""
        now, homes = clock.passing(), _homes()
        with self._lock:
            tried = {one: self._later.get(one, {}).get(line.url, _ALWAYS) for one in self.wanted}
        due = [
            one
            for one, until in tried.items()
            if until <= now and self._falls_to(line, one, homes, lines)
        ]
        due.sort(key=lambda one: (tried[one], one.size, one.digest, one.index))
        before: Counter[str] = Counter()
        ranked: list[tuple[int, int, Lacking]] = []
        for i, one in enumerate(due):
            ranked.append((before[one.log], i, one))
            before[one.log] += 1
        return [one for _rank, _i, one in sorted(ranked, key=lambda row: row[:2])]

    def _falls_to(
        self, line: Line, one: Lacking, homes: Mapping[str, list[str]], lines: Mapping[str, Line]
    ) -> bool:
        """Tell whether it is this peer's to give: the home of the record's log, and others where that does not or cannot."""
        near = homes.get(one.log, [])
        return line.url in near or all(
            url not in lines or lines[url].failures or url in self._later.get(one, {})
            for url in near
        )

    def _take(self, one: Lacking) -> bool:
        """Tell whether this thread is to fetch it: nobody else does, it is not here, and was not erased."""
        gone = _erased(one)
        if gone:
            erase.let_go(one.digest)  # what has come of it by now
        with self._lock:
            if files.kept(one.digest) or gone:
                self._drop(one)
                return False
            if one.digest in self._busy:
                return False
            self._busy.add(one.digest)
            return True

    def _drop(self, one: Lacking) -> None:
        self.wanted.discard(one)
        self._later.pop(one, None)

    def _fetch(self, line: Line, one: Lacking, turn: _Turn, report: Report) -> None:
        """Fetch what is still missing of a file, as far as the turn goes."""
        start = files.come_so_far(one.digest, line.url)
        while start < one.size:
            if turn.over:
                return
            most = min(line.amount, one.size - start, turn.room, wire.MOST_BYTES)
            part = line.file(wire.FileAsked(one.log, one.index, one.digest, start, most))
            if part is None:
                turn.vain -= 1
                self._put_off(line, one, AGAIN)
                return
            if part.size != one.size or len(part.data) != most:
                self._refuse(line, one, turn, report)
                return
            if not files.add_part(one.digest, line.url, start, part.data):
                return
            start, turn.room = start + most, turn.room - most
            report.fetched += most
        self._settle(line, one, turn, report)

    def _settle(self, line: Line, one: Lacking, turn: _Turn, report: Report) -> None:
        right = files.settle_coming(one.digest, line.url)
        if right:
            report.files += 1
            with self._lock:
                self._drop(one)
            if _erased(one):  # while it came
                erase.let_go(one.digest)
        elif right is False:
            self._refuse(line, one, turn, report)

    def _refuse(self, line: Line, one: Lacking, turn: _Turn, report: Report) -> None:
        turn.vain -= 1
        self._put_off(line, one, SHUN)
        words = _("The attachment that came is not the one that record %(index)s names.")
        report.refuse(one.log, "file", words % {"index": one.index})

    def _put_off(self, line: Line, one: Lacking, by: timedelta) -> None:
        with self._lock:
            self._later.setdefault(one, {})[line.url] = clock.passing() + by


def _homes() -> dict[str, list[str]]:
    """Return at which addresses each log's own node may be asked."""
    found: dict[str, list[str]] = {}
    for url, names in follow.peers().items():
        for name in names:
            found.setdefault(name, []).append(url)
    return found


def _tally(after: int, upto: int) -> tuple[int, int]:
    """Return how many entries within these bounds name files and can be read, and the sum of their numbers."""
    told = _naming().filter(id__gt=after, id__lte=upto).aggregate(n=Count("id"), sum=Sum("id"))
    return told["n"], told["sum"] or 0


def _erased(one: Lacking) -> bool:
    return Tombstone.objects.filter(log=one.log, index=one.index).exists()
