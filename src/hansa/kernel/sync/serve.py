"""What a node answers to others: one plain function for every path, without HTTP in it.

Entries and heads are for anyone who asks, as they prove themselves and hold no word of what was said.
Bodies go only to those who have shown whose node they are, and only where that member may read them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from django.db import connection

from hansa.kernel import attachments, files
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.given import may_be_given
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.note import Checkpoint, split_note
from hansa.kernel.ref import is_log_name
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync import alike, heard, proofs, rights, session, taking, tree, wire
from hansa.kernel.sync.wire import End, Pull, Segment
from hansa.kernel.witness import collecting, cosigning, evidence

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"

OVERHEAD = 64
"""Bytes by which an entry counts beside itself and its body."""


MOST_FOR_STRANGERS = 1024 * 1024
"""Bytes of entries in one answer to someone who has not shown whose node it is."""

LIGHT = 512
"""Bytes that hardly any entry with its body is lighter than: so many are read from each log that an answer is full of them."""

SMALLEST = 32 * 1024
"""Bytes of a segment that is never cut further."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, type and bytes; `wait` seconds may pass before the same question is asked again, if nothing was new."""

    status: int
    content_type: str
    body: bytes
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """One entry on its way out."""

    id: int
    log: str
    index: int
    entry: bytes
    audience: str
    body: bytes | None

    @property
    def weight(self) -> int:
        return len(self.entry) + len(self.body or b"") + OVERHEAD


def answer(method: str, path: str, body: bytes, token: str | None, remote: str) -> Answer:
    """Answer one request for a path below /sync/ or /witness/. `remote` names who asks, for logs only."""
    try:
        return _route(method, path.partition("?")[0], body, token)
    except Untrusted as error:
        return Answer(400, TEXT, f"{error.sentence}\n".encode())
    except Refused as refusal:
        return Answer(403, TEXT, f"{refusal.sentence}\n".encode())


def _route(method: str, path: str, body: bytes, token: str | None) -> Answer:
    parts = path.strip("/").split("/")
    if method == "POST":
        doors: dict[str, Callable[[], Answer]] = {
            "sync/pull": lambda: pull(body, token),
            "sync/bodies": lambda: _bodies(body, token),
            "sync/file": lambda: _file(body, token),
            "sync/give": lambda: _give(body, token),
            "sync/hello": _hello,
            "sync/session": lambda: _session(body),
            "witness/add-checkpoint": lambda: Answer(*cosigning.add_checkpoint(body)),
        }
        door = doors.get("/".join(parts))
        return door() if door else _nothing()
    if method != "GET" or parts[0] != "sync" or len(parts) < 2:  # noqa: PLR2004 - sync/<what>
        return _nothing()
    match parts[1:]:
        case ["heads"]:
            return _heads()
        case ["evidence", number] if number.isdigit():
            return Answer(200, "application/json", evidence.evidence_since(_number(number)))
        case ["state"]:
            return Answer(200, wire.TYPE, alike.serve() or b"")
        case ["state", "of", name, *rest] if is_log_name(name):
            return _details(name, rest, token)
        case [name, *rest] if is_log_name(name):
            return _of_log(name, rest)
    return _nothing()


def _details(name: str, rest: list[str], token: str | None) -> Answer:
    """Answer with hashes of single rows: whoever guesses a row could find it confirmed, so only for members' nodes."""
    if not session.requester(token):
        return Answer(401, TEXT, b"Open a session first.\n")
    found = alike.serve(name, "".join(rest)[:2])
    return Answer(200, wire.TYPE, found) if found else _nothing()


def _nothing() -> Answer:
    return Answer(404, TEXT, b"There is nothing here.\n")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004 - what 63 bits hold for sure
        raise Untrusted("A number was expected at the end of the address.")
    return int(text)


# --- logs -------------------------------------------------------------------------------------


def _head_of(log: Log) -> Checkpoint:
    """Return the newest head of which all entries are here. It was verified when it was taken in."""
    return Checkpoint.parse(split_note(log.note.encode())[0])


def _served(names: "set[str] | None" = None) -> dict[str, tuple[Log, Checkpoint]]:
    logs = Log.objects.exclude(note="").order_by("name")
    return {
        log.name: (log, head)
        for log in logs
        if (names is None or log.name in names) and (head := _head_of(log)).size <= log.size
    }


def _heads() -> Answer:
    found = {name: log.note.encode() for name, (log, _head) in _served().items()}
    return Answer(200, wire.TYPE, wire.encode(wire.Heads(found)))


def _of_log(name: str, rest: list[str]) -> Answer:
    found = _served({name}).get(name)
    match rest:
        case ["keys"]:
            documents = roots.documents(name)
            return Answer(200, wire.TYPE, wire.encode(wire.Documents(documents)))
        case ["cosigned", size]:
            notes = collecting.cosigned(name, _number(size))
            return Answer(200, wire.TYPE, wire.encode(wire.Documents(notes)))
        case ["witnessed"]:
            seen = cosigning.witnessed(name)
            return Answer(200, TEXT, seen) if seen else _nothing()
    if found is None:
        return _nothing()
    _log, head = found
    match rest:
        case ["checkpoint"]:
            return Answer(200, TEXT, collecting.checkpoint(name))
        case ["proof", old, new]:
            return _proof(name, head, _number(old), _number(new))
        case ["tile", *_path]:
            data = tree.tile(name, head, "/".join(rest))
            return Answer(200, BYTES, data) if data is not None else _nothing()
    return _nothing()


def _proof(name: str, head: Checkpoint, old: int, new: int) -> Answer:
    """Return the root at `old`, then the proof that the tree of `new` entries grew from it."""
    if not 0 < old <= new <= head.size:
        raise Untrusted(f"There are {head.size:,} entries of {name} here.")
    known = proofs.tree_of(name, head)
    return Answer(200, BYTES, b"".join([known.hash(0, old), *proofs.between(known, old, new)]))


# --- what is new ------------------------------------------------------------------------------


def pull(body: bytes, token: str | None) -> Answer:
    """Answer `POST /sync/pull`: new entries of the logs asked for, in the order in which they arrived here.

    That order is causal: whoever takes them in as they come finds every citation already there.
    """
    asked = wire.decode(body, Pull, "The question")
    if asked.protocol < wire.OLDEST:
        return Answer(426, TEXT, b"This version of Hansa is too old for this node. Upgrade it.\n")
    reader = session.requester(token)
    if token and not reader:
        return Answer(401, TEXT, b"The session is over. Open another.\n")
    served = _served(set(asked.have))
    if reader:
        heard.hold(reader[0], asked.have)
    behind = {
        name: (asked.have[name], head.size)
        for name, (_log, head) in served.items()
        if asked.have[name] < head.size
    }
    room = min(asked.bytes, wire.MOST_BYTES if reader else MOST_FOR_STRANGERS)
    taken, more = _take(behind, min(asked.most, wire.MOST_ENTRIES), room)
    segments = _segments(taken, served, reader, max(SMALLEST, room // 8))
    end = End(
        sizes={name: head.size for name, (_log, head) in served.items()},
        more=more,
        keys=_keys(asked.keys, served),
        heads={n: log.note.encode() for n, (log, _h) in served.items()} if asked.heads else {},
        protocol=wire.PROTOCOL,
    )
    idle = not (segments or end.keys or asked.heads)
    wait = min(asked.wait, wire.LONGEST_WAIT) if idle and asked.wait else None
    return Answer(200, wire.TYPE, wire.frames([*segments, end]), wait)


def stretches(have: dict[str, int], readers: Sequence[str], room: int) -> list[Segment]:
    """Return what follows after so many entries of each log, as far as nodes of `readers` may have it."""
    served = _served(set(have))
    behind = {n: (have[n], head.size) for n, (_log, head) in served.items() if have[n] < head.size}
    taken, _more = _take(behind, wire.MOST_ENTRIES, room)
    return _segments(taken, served, readers, room)


def _take(behind: dict[str, tuple[int, int]], most: int, room: int) -> tuple[list[_Row], bool]:
    """Return the next entries of all these logs in order of arrival, and whether there are more."""
    if not behind:
        return [], False
    page = max(16, min(1000, 2 * min(most, room // LIGHT) // len(behind)))
    streams = [_rows(name, start, end, page) for name, (start, end) in behind.items()]
    ordered = merge(*streams, key=lambda row: row.id)
    taken: list[_Row] = []
    for row in islice(ordered, most):
        room -= row.weight
        if room < 0 and taken:
            return taken, True
        taken.append(row)
    return taken, next(ordered, None) is not None


def _rows(name: str, start: int, end: int, page: int) -> Iterator[_Row]:
    entries, bodies = Entry._meta.db_table, Body._meta.db_table
    statement = (
        f'SELECT e.id, e.log, e."index", e.header, e.audience, b.data FROM "{entries}" e '  # noqa: S608 - names are ours
        f'LEFT JOIN "{bodies}" b ON b.entry_id = e.id '
        'WHERE e.log = %s AND e."index" >= %s AND e."index" < %s ORDER BY e."index"'
    )
    while start < end:
        upto = min(start + page, end)
        with connection.cursor() as cursor:
            cursor.execute(statement, (name, start, upto))
            rows = cursor.fetchall()
        for number, log, index, header, audience, data in rows:
            body = None if data is None else bytes(data)
            yield _Row(number, log, index, bytes(header), audience, body)
        if len(rows) < upto - start:
            return
        start = upto


def _segments(
    taken: list[_Row],
    served: dict[str, tuple[Log, Checkpoint]],
    reader: Sequence[str],
    largest: int,
) -> list[Segment]:
    """Cut what was taken into stretches of one log each, in the order of their first entries.

    None is larger than `largest` bytes, so that of an answer that breaks off most is of use.
    """
    stretches: list[list[_Row]] = []
    growing: dict[str, tuple[list[_Row], int]] = {}
    for row in taken:
        stretch, weight = growing.get(row.log, ([], 0))
        if not stretch or weight + row.weight > largest:
            stretch, weight = [], 0
            stretches.append(stretch)
        stretch.append(row)
        growing[row.log] = (stretch, weight + row.weight)
    may = rights.of(reader)
    return [
        Segment(
            rows[0].log,
            served[rows[0].log][0].note.encode(),
            rows[0].index,
            [row.entry for row in rows],
            [row.body if may(row.log, row.audience) else None for row in rows],
            proofs.grown(rows[0].log, rows[-1].index + 1, served[rows[0].log][1]),
        )
        for rows in stretches
    ]


def _keys(
    known: dict[str, int], served: dict[str, tuple[Log, Checkpoint]]
) -> dict[str, list[bytes]]:
    """Return key documents that the asker lacks, of the logs for which it says how many it has."""
    versions = roots.newest()
    return {
        name: roots.documents(name)[count : count + wire.MOST_DOCUMENTS]
        for name, count in known.items()
        if name in served and versions.get(name, (0, 0))[0] > count
    }


# --- bodies and sessions ----------------------------------------------------------------------


def _bodies(body: bytes, token: str | None) -> Answer:
    reader = session.requester(token)
    if not reader:
        return Answer(401, TEXT, b"Bodies are for those who show whose node they are.\n")
    asked = wire.decode(body, wire.Places, "The question").places
    may: Callable[[str, str], bool] = rights.of(reader)
    found: list[bytes | None] = []
    room = wire.MOST_BYTES
    for name, index in asked:
        entry = Entry.objects.filter(log=name, index=index).only("id", "audience").first()
        data = None
        if entry is not None and room > 0 and may(name, entry.audience):
            held = Body.objects.filter(entry_id=entry.id).first()
            data = bytes(held.data) if held else None
            room -= len(data or b"")
        found.append(data)
    return Answer(200, wire.TYPE, wire.encode(wire.Bodies(found)))


def _file(body: bytes, token: str | None) -> Answer:
    """Answer with a part of an attachment, to whoever may read the record that names it."""
    reader = session.requester(token)
    if not reader:
        return Answer(401, TEXT, b"Attachments are for those who show whose node they are.\n")
    asked = wire.decode(body, wire.FileAsked, "The question")
    entry = Entry.objects.filter(log=asked.log, index=asked.index).first()
    may = rights.of(reader)
    if entry is None or not may(asked.log, entry.audience):
        return _nothing()
    held = Body.objects.filter(entry_id=entry.id).first()
    named = attachments.named(entry, bytes(held.data)) if held else []
    if asked.digest not in {file.sha256 for file in named}:
        return _nothing()
    if not may_be_given(entry, asked.digest, lambda one: may(one.log, one.audience)):
        return _nothing()
    part = files.part_of(asked.digest, asked.start, min(asked.most, wire.MOST_BYTES))
    return Answer(200, wire.TYPE, wire.encode(wire.FilePart(*part))) if part else _nothing()


def _give(body: bytes, token: str | None) -> Answer:
    givers = session.requester(token)
    if not givers:
        return Answer(401, TEXT, b"Open a session first.\n")
    return Answer(200, wire.TYPE, wire.encode(wire.Given(taking.take(body, givers))))


def _hello() -> Answer:
    return Answer(200, wire.TYPE, wire.encode(wire.Nonce(session.hello())))


def _session(body: bytes) -> Answer:
    proven = wire.decode(body, wire.Proven, "The question")
    token = session.open_session(proven.notes)
    return Answer(200, wire.TYPE, wire.encode(wire.Token(token, session.TOKEN_SECONDS)))
