"""Is what this node holds still what was said? Every log verified again, every row compared with a replay.

Operators and tests share this one checker. It changes nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import DatabaseError, connection

from hansa.kernel import store
from hansa.kernel.entry import commit, unbase64
from hansa.kernel.errors import Untrusted
from hansa.kernel.files import check_all
from hansa.kernel.fold import Said
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import Verifier, open_checkpoint
from hansa.kernel.report import HOME, Report
from hansa.kernel.state import canonical, replay, stored_fates, stored_rows

Progress = Callable[[str], None]


def fsck(progress: Progress = lambda _step: None) -> Report:
    """Check (1) the database file, (2) every log, (3) every row, (4) every file; return what is wrong."""
    report = Report(path=str(connection.settings_dict["NAME"]), kind=HOME)
    try:
        progress("database")
        _database(report)
        progress("logs")
        said = _logs(report)
        progress("rows")
        _rows(report, said)
    except DatabaseError as error:
        report.find(
            f"The database cannot be read any further ({error}). Restore the last backup into an empty home, then run fsck there."
        )
    progress("files")
    for sentence in check_all():
        report.find(sentence)
    return report


def _database(report: Report) -> None:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        for (line,) in cursor.fetchall():
            if line != "ok":
                report.find(f"The database file is damaged: {line}.")


def _logs(report: Report) -> list[Said]:
    """Verify headers, leaves, bodies, order, roots and signatures; return every entry that could be read."""
    trees = {log.name: _Tree(log) for log in Log.objects.all()}
    said: list[Said] = []
    for one in _readable(report):
        name = one.header.log
        if name not in trees:
            report.find(f"Entry {one.id} belongs to the log {name}, which is not known here.")
            continue
        trees[name].take(one, report)
        said.append(one)
        report.entries += 1
        report.bodies_present += one.body is not None
        report.bodies_absent += one.body is None
    for tree in trees.values():
        tree.close(report)
    report.size = len(trees)
    return said


def _readable(report: Report) -> Iterable[Said]:
    """Yield stored entries one log after another, so that one unreadable header hides no other."""
    for number in range(0, store.next_id(), store.CHUNK):
        try:
            yield from list(
                store.stored("WHERE e.id >= %s AND e.id < %s", (number, number + store.CHUNK))
            )
        except Untrusted:
            for single in range(number, number + store.CHUNK):
                try:
                    yield from list(store.stored("WHERE e.id = %s", (single,)))
                except Untrusted as error:
                    report.find(f"Entry {single} cannot be read: {error.sentence}")


class _Tree:
    """One log, taken in again from its first entry."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.frontier = Frontier()
        self.last: datetime | None = None

    def take(self, one: Said, report: Report) -> None:
        place = f"{self.log.name}@{self.frontier.size}"
        if one.header.i != self.frontier.size:
            report.find(
                f"{place}: here stands the entry {one.header.i}. One is missing, or their order was changed."
            )
        if leaf_hash(one.entry) != one.leaf:
            report.find(f"{place}: the entry is not the one that was hashed.")
        if unbase64(one.header.body) != one.commitment:
            report.find(f"{place}: the commitment kept beside the entry is not the entry's own.")
        if one.body is not None and (
            commit(one.body) != one.commitment or len(one.body) != one.header.size
        ):
            report.find(f"{place}: the body is not what the entry commits to.")
        self.last = max(self.last, one.header.t) if self.last else one.header.t
        if one.at != self.last:
            report.find(f"{place}: the time kept beside the entry is not the log's.")
        self.frontier.append(leaf_hash(one.entry))

    def close(self, report: Report) -> None:
        name, size = self.log.name, self.frontier.size
        if size != self.log.size or self.frontier.to_bytes() != bytes(self.log.frontier):
            report.find(
                f"{name}: {size:,} entries are here; {self.log.size:,} were counted, with another tree. Entries are missing or changed."
            )
        if not self.log.note:
            if size:
                report.find(f"{name}: there is no signed checkpoint.")
            return
        try:
            head = open_checkpoint(self.log.note.encode(), Verifier.parse(self.log.vkey))
        except Untrusted as error:
            report.find(f"{name}: the checkpoint does not hold: {error.sentence}")
            return
        if (head.size, head.root) != (size, self.frontier.root()):
            report.find(
                f"{name}: the signed checkpoint speaks of {head.size:,} entries and another root."
            )


def _rows(report: Report, said: list[Said]) -> None:
    """Compare rows and fates with what the entries add up to."""
    rows, folded = replay(said)
    expected = {canonical(row): row for row in rows}
    for row in stored_rows():
        if expected.pop(canonical(row), None) is None:
            report.find(
                f"{row._meta.verbose_name} {row.key}: the row is not what the records say. Run “hansa rebuild”."
            )
    for row in expected.values():
        report.find(
            f"{row._meta.verbose_name} {row.key}: the row that the records make is missing. Run “hansa rebuild”."
        )
    fates = {one.position: (str(one.fate), one.reason) for one in folded}
    for place, fate, reason in stored_fates():
        if fates.get(place, (fate, reason)) != (fate, reason):
            report.find(
                f"{place}: it is marked {fate} {reason}, and should be {' '.join(fates[place])}. Run “hansa rebuild”."
            )
    missing = Entry.objects.count() - len(folded)
    if missing:
        report.find(f"{missing:,} entries could not be read.")
