"""Logs in a folder, on a memory stick say, read as if another node answered from it.

Layout: a folder for each log as `hansa export` writes it (C2SP tlog-tiles, key, key documents, bodies by their
commitment); beside them, under names that no log can have, `_cosigned/LOG` with cosigned heads, `_evidence`, and
`_files` (`sync.luggage`). Nothing in it is believed: what is read goes the same way as what comes over a line.
Names are computed, never taken from the folder; links, devices and files larger than they may be are refused by
name (`tiles.read_file`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice
from pathlib import Path

from hansa.kernel.chain import unpack
from hansa.kernel.entry import LARGEST_BODY, read_header, unbase64
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.export import export_log
from hansa.kernel.likeness import Published, fold_version
from hansa.kernel.merkle import HASH_SIZE, Subtrees, prove_consistency
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint, split_note
from hansa.kernel.proof import KEYS_NAME, MAX_KEYS
from hansa.kernel.ref import is_log_name
from hansa.kernel.sync import luggage, wire
from hansa.kernel.sync.attached import Attached
from hansa.kernel.sync.pull import Puller
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.wire import End, Pull, Segment
from hansa.kernel.tiles import MAX_BUNDLE, WIDTH, Tile, read_file, unpack_bundle, write_file
from hansa.kernel.witness import collecting, evidence

CARRIED = "carried by hand"
"""Stands for a folder where a peer has its address."""

LARGEST_COSIGNED = 8 * 1024 * 1024
LARGEST_EVIDENCE = 8 * 1024 * 1024
MOST_ROUNDS = 1_000
MOST_NAMES = 10_000


COSIGNED, EVIDENCE = "_cosigned", "_evidence"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into a folder: the sizes of the logs by name, and a sentence for each attachment that was not."""

    sizes: dict[str, int]
    trouble: list[str]


def carry_out(
    folder: Path, reader: str | None = None, *, attached_in: str | None = None
) -> Written:
    """Write every log here into the folder, with the bodies and attachments that `reader` may have.

    Without a reader: what is for the whole pact. Of attachments only those that records in the log
    `attached_in` name, where it is given. Refused if the folder holds other things.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for log in Log.objects.exclude(note="").order_by("name"):
        sizes[log.name] = export_log(log.name, folder / log.name, reader)
        notes = wire.encode(wire.Documents(collecting.cosigned(log.name, 0)))
        write_file(folder / COSIGNED / log.name, notes)
    write_file(folder / EVIDENCE, evidence.evidence_since(0))
    return Written(sizes, luggage.write(folder, reader, attached_in))


def carry_in(folder: Path) -> Report:
    """Take in what is new in the folder, as from a peer; the report says what was taken, and what was not and why."""
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}.", code="no-folder")
    carried = Folder(folder)
    puller = Puller(carried, grace=None, attached=Attached(in_vain=MOST_NAMES))
    puller.line(CARRIED).token = CARRIED
    whole = Report(CARRIED)
    for _ in range(MOST_ROUNDS):
        report = puller.round(CARRIED, sweep=True)
        whole.add(report)
        if not report.new and not report.fetched:
            break
    for name, why in carried.refused.items():
        whole.refuse(name, "folder", why)
    return whole


def names_in(folder: Path) -> set[str]:
    """Return the names in the folder that may be logs."""
    found = islice((path.name for path in folder.iterdir()), MOST_NAMES)
    return {name for name in found if is_log_name(name)}


@dataclass
class Folder:
    """A transport that answers from a folder."""

    folder: Path
    refused: dict[str, str] = field(default_factory=dict)
    """Why a log in the folder is not read (any further)."""
    _logs: dict[str, "_Carried | None"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare to answer for attachments."""
        self._file = luggage.reading(self.folder)

    def ask(
        self,
        url: str,
        path: str,
        body: bytes | None,
        *,
        most: int,
        seconds: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        """Answer as `serve.answer` would, from the files."""
        parts = path.strip("/").split("/")
        match parts:
            case ["sync", "pull"]:
                return 200, self._pull(wire.decode(body or b"", Pull))
            case ["sync", "bodies"]:
                places = wire.decode(body or b"", wire.Places).places
                bodies = [self._body(name, index) for name, index in places]
                return 200, wire.encode(wire.Bodies(bodies))
            case ["sync", "file"]:
                return self._part(wire.decode(body or b"", wire.FileAsked))
            case ["sync", "evidence", _number]:
                data = read_file(self.folder, EVIDENCE, LARGEST_EVIDENCE)
                return (404, b"") if data is None else (200, data)
            case ["sync", "state"]:
                return 200, wire.encode(Published(fold_version(), 0.0, {}))
            case ["sync", name, "cosigned", _size]:
                data = read_file(self.folder, f"{COSIGNED}/{name}", LARGEST_COSIGNED)
                return (404, b"") if data is None else (200, data)
            case ["sync", name, "proof", old, new]:
                log = self._log(name)
                return (404, b"") if log is None else (200, log.proof(int(old), int(new)))
        return 404, b""

    def _log(self, name: str) -> "_Carried | None":
        if name not in self._logs:
            self._logs[name] = None
            try:
                note = read_file(self.folder, f"{name}/checkpoint", wire.LARGEST_NOTE)
                self._logs[name] = None if note is None else _Carried(self.folder, name, note)
            except Untrusted as error:
                self.refused[name] = error.sentence
        return None if name in self.refused else self._logs[name]

    def _pull(self, asked: Pull) -> bytes:
        logs = {name: log for name in asked.have if (log := self._log(name)) is not None}
        # In a folder nobody knows what came first. The authors' times come near to it; what does not fit waits.
        streams = [self._rows(log, asked.have[name]) for name, log in logs.items()]
        room, more = min(asked.bytes, wire.MOST_BYTES), False
        taken: list[_Row] = []
        for row in merge(*streams, key=lambda row: row.at):
            room -= len(row.entry) + row.size
            if len(taken) == wire.MOST_ENTRIES or (room < 0 and taken):
                more = True
                break
            taken.append(row)
        names = dict.fromkeys(row.log for row in taken)
        found = [self._segment(logs[name], [r for r in taken if r.log == name]) for name in names]
        sound = {name: log for name, log in logs.items() if name not in self.refused}
        end = End(
            sizes={name: log.head.size for name, log in sound.items()},
            more=more,
            keys={
                name: documents
                for name, count in asked.keys.items()
                if name in sound and (documents := self._documents(sound[name])[count:])
            },
            heads={name: log.note for name, log in sound.items()} if asked.heads else {},
            protocol=wire.PROTOCOL,
        )
        return wire.frames([*(one for one in found if one is not None), end])

    def _rows(self, log: "_Carried", start: int) -> Iterator["_Row"]:
        """Yield a log's entries as far as they can be read. What is damaged ends this log and no other."""
        try:
            yield from log.rows(start)
        except Untrusted as error:
            self.refused[log.name] = error.sentence

    def _segment(self, log: "_Carried", rows: list["_Row"]) -> Segment | None:
        try:
            bodies = [log.body(row.entry) for row in rows]
            proof = log.grown(rows[-1].index + 1)
        except Untrusted as error:
            self.refused[log.name] = error.sentence
            return None
        entries = [row.entry for row in rows]
        return Segment(log.name, log.note, rows[0].index, entries, bodies, proof)

    def _documents(self, log: "_Carried") -> list[bytes]:
        try:
            return log.documents()
        except Untrusted as error:
            self.refused[log.name] = error.sentence
            return []

    def _part(self, asked: wire.FileAsked) -> tuple[int, bytes]:
        try:
            return self._file(asked)
        except Untrusted as error:
            self.refused[asked.log] = error.sentence
            return 404, b""

    def _body(self, name: str, index: int) -> bytes | None:
        log = self._log(name)
        try:
            if log is None or index >= log.head.size:
                return None
            return log.body(next(log.rows(index)).entry)
        except Untrusted as error:
            self.refused[name] = error.sentence
            return None


@dataclass(frozen=True, slots=True)
class _Row:
    log: str
    index: int
    entry: bytes
    at: datetime
    size: int


class _Carried:
    """One log in the folder. Whatever is missing or malformed is Untrusted when it is read."""

    def __init__(self, folder: Path, name: str, note: bytes) -> None:
        self.folder, self.name, self.note = folder, name, note
        self.head = Checkpoint.parse(split_note(note)[0])
        self._tree = Subtrees(self._leaves)

    def rows(self, start: int) -> Iterator[_Row]:
        """Yield the entries from `start` on, one bundle in memory at a time."""
        last = None
        for tile in _bundles(start, self.head.size):
            data = self._file(tile.path, MAX_BUNDLE)
            entries = unpack_bundle(data, tile.width, f"{self.name}/{tile.path}")
            for index, entry in enumerate(entries, start=tile.index * WIDTH):
                if index >= start:
                    header = read_header(entry)
                    last = header.t if last is None else max(last, header.t)
                    yield _Row(self.name, index, entry, last, header.size)

    def body(self, entry: bytes) -> bytes | None:
        """Return the body to which the entry commits, if it was carried along."""
        commitment = unbase64(read_header(entry).body).hex()
        return read_file(self.folder, f"{self.name}/bodies/{commitment}", LARGEST_BODY)

    def documents(self) -> list[bytes]:
        """Return the log's key documents."""
        data = read_file(self.folder, f"{self.name}/{KEYS_NAME}", MAX_KEYS)
        return unpack(data)[0] if data else []

    def grown(self, size: int) -> list[bytes]:
        """Return the proof that the first `size` entries are a prefix of the head's tree."""
        return prove_consistency(self._tree, size, self.head.size)

    def proof(self, old: int, new: int) -> bytes:
        """Return the root at `old`, and the proof from there to `new`."""
        if not 0 < old <= new <= self.head.size:
            raise Untrusted(f"{self.name} has {self.head.size:,} entries in this folder.")
        return b"".join([self._tree.hash(0, old), *prove_consistency(self._tree, old, new)])

    def _leaves(self, start: int, end: int) -> list[bytes]:
        found: list[bytes] = []
        for index in range(start // WIDTH, (end + WIDTH - 1) // WIDTH):
            tile = Tile(0, index, min(WIDTH, self.head.size - index * WIDTH))
            data = self._file(tile.path, tile.width * HASH_SIZE)
            found += [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]
        first = start // WIDTH * WIDTH
        return found[start - first : end - first]

    def _file(self, path: str, limit: int) -> bytes:
        data = read_file(self.folder, f"{self.name}/{path}", limit)
        if data is None:
            raise Untrusted(f"{self.name}/{path} is missing.")
        return data


def _bundles(start: int, size: int) -> Iterator[Tile]:
    for index in range(start // WIDTH, (size + WIDTH - 1) // WIDTH):
        yield Tile(None, index, min(WIDTH, size - index * WIDTH))
