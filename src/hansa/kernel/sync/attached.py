"""Attachments on their way: which files the records here name and this node lacks, fetched a part at a time.

A file is asked for by the record that names it: whoever may read that record may have its files. What came
is kept only if it hashes to its name. What breaks off goes on where it stopped, from whichever peer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _

from hansa.kernel import attachments, files
from hansa.kernel.fields import File
from hansa.kernel.models import Body, Entry, Fate, Tombstone
from hansa.kernel.sync import wire
from hansa.kernel.sync.line import Line
from hansa.kernel.sync.report import Report

A_ROUND = 16 * 1024 * 1024
"""Bytes of files that are fetched in one round with one peer, so that records come first."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A file that is not here: its SHA-256, its size, and the record that names it."""

    digest: str
    size: int
    log: str
    index: int


def lacking(after: int = 0) -> Iterator[Lacking]:
    """Yield the files that readable records name and that are not here, of entries with an id above `after`."""
    for entry, file in _named(after):
        if not files.kept(file.sha256):
            yield Lacking(file.sha256, file.size, entry.log, entry.index)


def held() -> Iterator[tuple[str, str, str]]:
    """Yield digest, audience and log of every file that a readable record names and that is here."""
    for entry, file in _named(0):
        if files.kept(file.sha256):
            yield file.sha256, entry.audience, entry.log


def _named(after: int) -> Iterator[tuple[Entry, File]]:
    entries = Entry.objects.filter(kind__in=attachments.kinds(), fate=Fate.DONE, id__gt=after)
    for entry in entries.order_by("id").iterator(chunk_size=500):
        body = Body.objects.filter(entry_id=entry.id).first()
        for file in attachments.named(entry, bytes(body.data)) if body else ():
            yield entry, file


@dataclass
class Attached:
    """What a process knows of files that are wanted. Losing it loses nothing: it looks again."""

    wanted: dict[str, Lacking] = field(default_factory=dict)
    false: set[tuple[str, str]] = field(default_factory=set)
    """(address, digest) where something else came than the file."""
    seen: int = 0
    _busy: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def fetch(self, line: Line, report: Report) -> None:
        """Ask one peer for files that are wanted, the smallest first, until the round's measure is full."""
        self._look(anew=report.late > 0)
        room = A_ROUND
        if not line.token:
            return
        for one in sorted(self.wanted.values(), key=lambda one: (one.size, one.digest)):
            if room <= 0 or (line.url, one.digest) in self.false or not self._take(one):
                continue
            try:
                came = self._fetch(line, one, room, report)
                room, report.fetched = room - came, report.fetched + came
            finally:
                self._busy.discard(one.digest)

    def _look(self, *, anew: bool) -> None:
        """Learn of files that records named since. A late body may belong to an earlier entry."""
        with self._lock:
            newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            for one in lacking(0 if anew or newest < self.seen else self.seen):
                if one.size <= settings.HANSA_LARGEST_FILE:
                    self.wanted.setdefault(one.digest, one)
            self.seen = newest

    def _take(self, one: Lacking) -> bool:
        """Tell whether this thread is to fetch it: nobody else does, it is not here, and was not erased."""
        gone = Tombstone.objects.filter(log=one.log, index=one.index).exists()
        with self._lock:
            if files.kept(one.digest) or gone:
                self.wanted.pop(one.digest, None)
                return False
            if one.digest in self._busy:
                return False
            self._busy.add(one.digest)
            return True

    def _fetch(self, line: Line, one: Lacking, room: int, report: Report) -> int:
        """Fetch what is still missing of a file, at most `room` bytes; return how many came."""
        start = files.come_so_far(one.digest)
        came = 0
        while start < one.size and came < room:
            most = min(line.amount, one.size - start, room - came)
            part = line.file(wire.FileAsked(one.log, one.index, one.digest, start, most))
            if part is None:
                return came
            if part.size != one.size or not 0 < len(part.data) <= most:
                self._refuse(line, one, report)
                return came
            files.add_part(one.digest, start, part.data)
            start, came = start + len(part.data), came + len(part.data)
        if start >= one.size:
            if files.settle_coming(one.digest):
                self.wanted.pop(one.digest, None)
                report.files += 1
            else:
                self._refuse(line, one, report)
        return came

    def _refuse(self, line: Line, one: Lacking, report: Report) -> None:
        self.false.add((line.url, one.digest))
        words = _("The attachment that came is not the one that record %(index)s names.")
        report.refuse(one.log, "file", words % {"index": one.index})
