"""Is what this node holds still what was said? Every log verified again, every row compared with a replay.

Operators and tests share this one checker. It changes nothing, and whatever it reads, it ends with sentences.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from hansa.kernel import files, search, store
from hansa.kernel.chain import KeyDocument
from hansa.kernel.entry import Envelope, commit, unbase64
from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import (
    Body,
    Entry,
    Erasure,
    Fate,
    Log,
    Once,
    Row,
    Tombstone,
    Touch,
    row_models,
)
from hansa.kernel.note import Checkpoint, Verifier, split_note
from hansa.kernel.report import HOME, Report
from hansa.kernel.roots import keeping as roots
from hansa.kernel.said import Said
from hansa.kernel.state import canonical, replay
from hansa.kernel.witness import evidence
from hansa.kernel.writing import at_one_moment

Progress = Callable[[str], None]

REBUILD = "Run “hansa rebuild”."
CHUNK = 500


def fsck(progress: Progress = lambda _step: None) -> Report:
    """Check (1) the database file, (2) every log, (3) every row, (4) every file; return what is wrong.

    The first three as of one moment, so that nobody need stop a node for it.
    """
    report = Report(path=str(connection.settings_dict["NAME"]), kind=HOME)
    try:
        with at_one_moment():  # a node that serves meanwhile goes on writing
            _held(report, progress)
    except DatabaseError as error:
        report.find(
            f"The database cannot be read any further ({error}). Restore the last backup into an empty home, then run fsck there."
        )
    progress("files")
    for sentence in files.check_all():
        report.find(sentence)
    return report


def _held(report: Report, progress: Progress) -> None:
    """Check all that is held in the database."""
    progress("database")
    _database(report)
    progress("logs")
    trees = _trees(report)
    said = _logs(report, trees)
    progress("rows")
    rows, folded = replay(said, mine=[name for name, tree in trees.items() if tree.log.mine])
    _entries(report, folded)
    _beside(report, folded, rows)
    _rows(report, rows)
    _folded(report, folded, trees)
    _attached(report, folded, trees)
    _requests(report, folded)
    for sentence in search.check({one.id: one.record for one in folded}):
        report.find(f"{sentence} {REBUILD}")


def _database(report: Report) -> None:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(20)")
        for (line,) in cursor.fetchall():
            if line != "ok":
                report.find(f"The database file is damaged: {line}.")


def _each(report: Report, model: Any, what: str, advice: str) -> Iterator[Any]:
    """Yield every row of a model; one that cannot be read becomes a finding, and hides no other."""
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    for chunk in store.chunked(keys, CHUNK):
        try:
            yield from list(model._default_manager.filter(pk__in=chunk))
        except DatabaseError:
            raise
        except Exception:  # noqa: BLE001 - whatever a damaged value does to its reader, it is found one by one
            for key in chunk:
                try:
                    yield model._default_manager.get(pk=key)
                except DatabaseError:
                    raise
                except Exception as error:  # noqa: BLE001 - and told
                    report.find(f"{what} {key}: it cannot be read ({error}). {advice}")


def _trees(report: Report) -> dict[str, "_Tree"]:
    return {log.name: _Tree(log) for log in _each(report, Log, "log", "Restore the last backup.")}


def _logs(report: Report, trees: dict[str, "_Tree"]) -> list[Said]:
    """Verify headers, leaves, bodies, order, roots and signatures; return every entry that could be read."""
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
        try:
            tree.close(report)
        except (AttributeError, TypeError, ValueError, Untrusted) as error:
            report.find(f"{tree.log.name}: what is kept about the log cannot be read ({error}).")
    report.size = len(trees)
    missing = Entry.objects.count() - len(said)
    if missing:
        report.find(f"{missing:,} entries could not be read.")
    return said


def _readable(report: Report) -> Iterable[Said]:
    """Yield stored entries one log after another, so that one unreadable header hides no other."""
    numbers = list(Entry.objects.order_by("id").values_list("id", flat=True))
    for chunk in store.chunked(numbers):
        try:
            yield from list(store.stored("WHERE e.id >= %s AND e.id <= %s", (chunk[0], chunk[-1])))
        except (Untrusted, ValueError, TypeError):
            for number in chunk:
                try:
                    yield from list(store.stored("WHERE e.id = %s", (number,)))
                except (Untrusted, ValueError, TypeError) as error:
                    report.find(f"Entry {number} cannot be read: {error}")


class _Tree:
    """One log, taken in again from its first entry."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.frontier = Frontier()
        self.last: datetime | None = None
        self.starts = _signed_sizes(log)
        self.trees: dict[int, bytes] = {}

    def take(self, one: Said, report: Report) -> None:
        if self.frontier.size in self.starts:
            self.trees[self.frontier.size] = self.frontier.root()
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
        if size != self.log.size or _bytes(self.log.frontier) != self.frontier.to_bytes():
            report.find(
                f"{name}: {size:,} entries are here; {self.log.size:,} were counted, with another tree. Entries are missing or changed."
            )
        if self.log.last_at != self.last:
            report.find(f"{name}: the time kept as the log's latest is not its latest.")
        if self.log.mine != home().keys.holds(name):
            report.find(
                f"{name}: the log is kept as one to be written here, but its key is not in this home. Restore the key."
                if self.log.mine
                else f"{name}: the log's key is in this home, but the log is not kept as one to be written here."
            )
        self._head(report)

    def _head(self, report: Report) -> None:
        name, size = self.log.name, self.frontier.size
        try:
            documents = self._chain()
            if (
                not self.log.note and self.log.ahead
            ):  # a long log, of which the first part was fetched
                if roots.open_head(self.log, self.log.ahead.encode()).size <= size:
                    report.find(f"{name}: there is no signed checkpoint of what is here.")
                return
            if not self.log.note:
                # Cut back, and nothing signed since: then its roots' word for this very size stands for the
                # head, or, of a forked log, the proof that both its heads begin with this tree.
                known = evidence.shared(name)
                known += [(one.start, one.root_at) for one in documents[-1:]]
                if size and (size, self.frontier.root()) not in known:
                    report.find(f"{name}: there is no signed checkpoint.")
                return
            head = roots.open_head(self.log, self.log.note.encode())
            if self.log.ahead:
                roots.open_head(self.log, self.log.ahead.encode())
        except Untrusted as error:
            report.find(f"{name}: the checkpoint does not hold: {error.sentence}")
            return
        self.trees[size] = self.frontier.root()
        behind = head.size < size and self.log.ahead  # a long log, fetched in part
        if self.trees.get(head.size) != head.root or (head.size != size and not behind):
            report.find(
                f"{name}: the signed checkpoint speaks of {head.size:,} entries and another root."
            )

    def _chain(self) -> list[KeyDocument]:
        """Judge the log's keys anew: its own, or its chain of documents, each where its roots say it starts."""
        verifier = Verifier.parse(self.log.vkey)
        if verifier.name != self.log.origin:
            raise Untrusted(f"the key kept for the log is the key of {verifier.name}.")
        documents = roots.verified_chain(self.log)
        for one in documents:
            if self.trees.get(one.start, one.root_at) != one.root_at:
                raise Untrusted(
                    f"version {one.version} of its keys starts at {one.start:,}, where the entries have another root."
                )
        return documents


def _signed_sizes(log: Log) -> set[int]:
    """Return the sizes at which somebody signed a root. What cannot be read is told when it is judged."""
    try:
        noted = {Checkpoint.parse(split_note(log.note.encode())[0]).size} if log.note else set()
        return noted | set(roots.anchors(log.name))
    except (AttributeError, Untrusted, UnicodeError):
        return set()


def _entries(report: Report, folded: list[Said]) -> None:
    """Compare what is kept beside each entry with what the entry says, and with what became of it."""
    expected = {one.id: (one.position, store.entry_values(one)) for one in folded}
    for kept in store.entries_as_kept():
        place, values = expected.get(kept[0], ("", kept))
        for name, here, right in zip(store.ENTRY, kept, values, strict=True):
            if here == right:
                continue
            if name in {"fate", "reason", "kind", "by", "subject"}:
                report.find(f"{place}: its {name} is “{here}”, and should be “{right}”. {REBUILD}")
            elif name in {"log", "index", "audience"}:
                report.find(f"{place}: its {name} is kept as “{here}”; the entry says “{right}”.")


def _beside(report: Report, folded: list[Said], rows: list[Row]) -> None:
    """Compare histories and tombstones with what the entries add up to, and find bodies without an entry."""
    right = Counter(pair for one in folded for pair in store.touched(one))
    here = Counter(Touch.objects.values_list("key", "entry_id"))
    for key in sorted({str(key) for key, _entry in (right - here) + (here - right)}):
        report.find(f"{key}: its history does not list the records that concern it. {REBUILD}")
    ordered: dict[str, str] = {}
    for order in (row for row in rows if isinstance(row, Erasure)):
        ordered.setdefault(order.target, order.key)
    tombs = {
        f"{tomb.log}@{tomb.index}": tomb.order
        for tomb in _each(report, Tombstone, "tombstone", "Restore the last backup.")
    }
    for place, told in sorted(ordered.items() ^ tombs.items(), key=str):
        report.find(f"{place}: the erasure {told} and what is remembered of it do not agree.")
    numbers = {one.id for one in folded}
    strays = [one for one in Body.objects.values_list("pk", flat=True) if one not in numbers]
    if strays:
        report.find(f"{len(strays):,} bodies belong to no entry, such as number {strays[0]}.")


def _bytes(value: Any) -> Any:
    """Return bytes for what drivers give instead, and anything else as a damaged file holds it."""
    return bytes(value) if isinstance(value, memoryview) else value


def _rows(report: Report, rows: list[Row]) -> None:
    """Compare every row with what the records make."""
    expected = {canonical(row): row for row in rows}
    for model in row_models():
        name = model._meta.verbose_name
        for row in _each(report, model, str(name), REBUILD):
            try:
                found = expected.pop(canonical(row), None)
            except (TypeError, ValueError, OverflowError):
                found = None
            if found is None:
                report.find(f"{name} {row.key}: the row is not what the records say. {REBUILD}")
    for row in expected.values():
        name = row._meta.verbose_name
        report.find(f"{name} {row.key}: the row that the records make is missing. {REBUILD}")


def _folded(report: Report, folded: list[Said], trees: dict[str, _Tree]) -> None:
    """Compare how far each log counts as folded, and for what it waits, with its first entry that waits."""
    first: dict[str, Said] = {}
    for one in folded:
        if one.fate == Fate.WAITING:
            known = first.setdefault(one.header.log, one)
            first[one.header.log] = min(known, one, key=lambda said: said.header.i)
    here = {one.position for one in folded if one.fate != Fate.WAITING}
    for name, tree in trees.items():
        held_up = first.get(name)
        right = held_up.header.i if held_up else tree.frontier.size
        if tree.log.folded != right:
            report.find(f"{name}: it counts as folded up to another entry than {right}. {REBUILD}")
        waits = next((ref for ref in held_up.refs if ref not in here), "") if held_up else ""
        if tree.log.waits != waits:
            report.find(f"{name}: it waits for “{waits}”, and not for what is kept. {REBUILD}")


def _requests(report: Report, folded: list[Said]) -> None:
    """Compare which requests made which records: a wrong one would be answered with another's record."""
    said = {one.position: one for one in folded}
    seen: set[str] = set()
    for once in _each(report, Once, "request", "Restore the last backup."):
        one = said.get(once.position)
        if once.position in seen:
            report.find(f"{once.position}: two requests are remembered for it.")
        seen.add(once.position)
        if one is None:
            report.find(f"A request is remembered for {once.position}, which is not here.")
        elif one.envelope is None:
            if once.digest and one.erased:
                report.find(
                    f"{once.position}: it was erased, and what is remembered of its request lets it be guessed."
                )
        elif once.digest not in _digests(one, one.envelope):
            report.find(f"{once.position}: the request remembered for it was another one.")


def _digests(one: Said, envelope: Envelope) -> set[str]:
    """Return the digests that the request of an entry may have, by how its audience was named."""
    start = f"{envelope.kind}\n{one.header.log}\n{envelope.by}\n"
    named = ("", one.header.aud, "pact", one.audience)
    says = bytes(envelope.says)
    return {hashlib.sha256(f"{start}{aud}\n".encode() + says).hexdigest() for aud in named}


def _attached(report: Report, folded: list[Said], trees: dict[str, _Tree]) -> None:
    """Find attachments of members kept here that are gone. Other members' may never have come."""
    for one in folded:
        if trees[one.header.log].log.mine and one.fate == Fate.DONE:
            for file in getattr(one.record, "files", []):
                if not files.kept(file.sha256):
                    report.find(
                        f"{one.position}: its attachment {file.sha256} is not kept here any more. Restore it from a backup."
                    )
