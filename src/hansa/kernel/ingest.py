"""How entries of logs written elsewhere are taken in: verified whole, stored, folded.

One signature authenticates a bundle of any size. What does not hold is refused whole, with nothing
stored; what must wait for another log waits, and holds up nobody else's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import F

from hansa.kernel import erase, search, state, store
from hansa.kernel.entry import commit, read_header, unbase64
from hansa.kernel.errors import Untrusted
from hansa.kernel.fold import fold_batch
from hansa.kernel.home import home
from hansa.kernel.merkle import Frontier, leaf_hash, verify_consistency
from hansa.kernel.models import Log, Tombstone
from hansa.kernel.note import Checkpoint, Verifier, open_checkpoint, split_note
from hansa.kernel.ref import is_log_name, position
from hansa.kernel.roots import keeping as roots
from hansa.kernel.roots.models import Aside, Disowned, KeyDocument
from hansa.kernel.said import Said
from hansa.kernel.seal import keeping as seal
from hansa.kernel.store import DbShelf
from hansa.kernel.witness import evidence
from hansa.kernel.writing import writing

MOST_WAITING = 10_000
"""Entries of one log that may wait for others. A log that has more is not taken in further until they fold."""

TOGETHER = 1000
"""Waiting entries of a log that are read again at once."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """New entries of another's log: its name, a signed checkpoint, the entries and the bodies held.

    The checkpoint stands at the end of the entries, or further on; then `proof` shows that the log at their
    end is a prefix of it (RFC 6962 section 2.1.2). `start` is the first entry's index where that is not
    simply the next: what is here already is left out.
    """

    log: str
    note: bytes
    entries: Sequence[bytes]
    bodies: Sequence[bytes | None]
    proof: Sequence[bytes] = ()
    start: int | None = None


def ingest(bundles: Sequence[Bundle]) -> int:
    """Verify, store and fold entries of logs written elsewhere; return how many were new.

    One signature authenticates a whole bundle. Untrusted, with nothing stored, if a bundle does not hold.
    """
    with writing(), store.uncollected():
        known = _Known({bundle.log for bundle in bundles})
        arrived: list[Said] = []
        for bundle in bundles:
            log = known.logs.get(bundle.log)
            if log is None:
                raise Untrusted(f"Nobody here follows a log called “{bundle.log[:80]}”.")
            arrived.extend(_verified(bundle, log, known))
        _write_heads(known.grown.values())
        fold_forward(arrived)
        _look_back(arrived)
    return len(arrived)


def _look_back(arrived: Sequence[Said]) -> None:
    """Make the rows anew, once, if earlier records can be read by what has just come of epochs and extensions."""
    if any(seal.teaches(one) for one in arrived) and (numbers := seal.unread_until_now()):
        state.refold()
        search.renew(numbers)


class _Known:
    """What is asked of each log of a batch, read at once: the logs, their keys, and what of them was erased."""

    def __init__(self, names: set[str]) -> None:
        self.logs = Log.objects.in_bulk([name for name in names if is_log_name(name)])
        self.forked = evidence.forked_among(self.logs)
        self.grown: dict[str, Log] = {}
        documents = KeyDocument.objects.filter(log__in=self.logs)
        self.turned = set(documents.values_list("log", flat=True))
        self.cut = set(Aside.objects.filter(log__in=self.logs).values_list("log", flat=True))
        self.erased: dict[str, set[int]] = {}
        for name, index in Tombstone.objects.filter(log__in=self.logs).values_list("log", "index"):
            self.erased.setdefault(name, set()).add(index)

    def open_head(self, log: Log, note: bytes) -> Checkpoint:
        """Return the head in `note` if a key that may sign the log at that size has signed it; Untrusted otherwise.

        For a log that is written here the database's word for its key is not enough: what comes back to us
        as our own is held to the key in our own key ring, or to what our roots say of earlier ones.
        """
        if log.name in self.turned:
            return roots.open_head(log, note)
        vkey = home().keys.verifier(log.name, log.origin).vkey() if log.mine else log.vkey
        head = _signed(note, vkey)
        if head.origin != log.origin:
            raise Untrusted(f"The checkpoint is for {head.origin!r}, not for {log.origin}.")
        return head


def size_of(note: str) -> int:
    """Return of how many entries a checkpoint that was verified before speaks; of none, 0."""
    return _read(note).size if note else 0


@lru_cache(maxsize=1024)
def _signed(note: bytes, vkey: str) -> Checkpoint:
    """Return the head that this key signed. Cached: the stretches of a long log all lie under one head."""
    return open_checkpoint(note, Verifier.parse(vkey))


@lru_cache(maxsize=1024)
def _read(note: str) -> Checkpoint:
    return Checkpoint.parse(split_note(note.encode())[0])


def _verified(bundle: Bundle, log: Log, known: _Known) -> list[Said]:
    """Steps: (1) the signature, (2) each header in its place, (3) each body its commitment, (4) the root."""
    head = known.open_head(log, bundle.note)
    if log.name in known.forked:
        raise Untrusted(
            f"{log.name} has signed two heads that contradict each other. Nothing more of it is taken in until its root keys say where it goes on."
        )
    start = log.size if bundle.start is None else bundle.start
    end = start + len(bundle.entries)
    if start > log.size or head.size < end or len(bundle.bodies) != len(bundle.entries):
        raise Untrusted(
            f"The checkpoint of {log.name} speaks of {head.size:,} entries; here are {log.size:,}, and {start:,} to {end:,} came."
        )
    if end <= log.size and bundle.entries:
        return []
    if log.size - log.folded > MOST_WAITING:
        raise Untrusted(
            f"{log.size - log.folded:,} entries of {log.name} wait for {log.waits}. No more are taken in until it has come."
        )
    said = _opened(bundle, log, log.size - start, known)
    frontier = _grown(log, said, roots.anchors(log.name) if log.name in known.turned else {})
    _require_root(log, frontier, head, bundle.proof)
    _keep_head(log, frontier, head, bundle.note)
    log.size, log.frontier = frontier.size, frontier.to_bytes()
    log.last_at = said[-1].at if said else log.last_at
    known.grown[log.name] = log
    return said


def _opened(bundle: Bundle, log: Log, skipped: int, known: _Known) -> list[Said]:
    said, last = [], log.last_at
    aside = roots.reclaim(log, bundle.entries[skipped:]) if log.name in known.cut else {}
    erased = known.erased.get(log.name, set())
    fresh = zip(bundle.entries[skipped:], bundle.bodies[skipped:], strict=True)
    for i, (entry, body) in enumerate(fresh, start=log.size):
        header = read_header(entry)
        if header.log != log.name or header.i != i:
            raise Untrusted(f"Entry {i} of {log.name} says that it is {header.log}@{header.i}.")
        commitment = unbase64(header.body)
        if body is not None and (len(body) != header.size or commit(body) != commitment):
            raise Untrusted(f"The body of {log.name}@{i} is not what its entry commits to.")
        last = max(last, header.t) if last else header.t
        # What was erased here is not taken in again, whoever brings it.
        kept = None if i in erased else body or aside.get(i)
        said.append(
            Said(entry, header, leaf_hash(entry), commitment, kept, last, erased=i in erased)
        )
        seal.open_said(said[-1])
    return said


def _grown(log: Log, said: Sequence[Said], known: dict[int, bytes]) -> Frontier:
    """Return the log's tree with the new entries; Untrusted if what its keys signed before lies within and differs.

    That is the furthest head known, and those `known` by size, at which its key documents start: whoever holds
    a later key cannot thereby write another past for a node that comes new.
    """
    frontier = Frontier.from_bytes(bytes(log.frontier))
    if log.ahead:
        known[size_of(log.ahead)] = _read(log.ahead).root
    done = 0
    for size in sorted(known):
        if frontier.size <= size <= log.size + len(said):
            frontier.extend(one.leaf for one in said[done : size - log.size])
            done = size - log.size
            if frontier.root() != known[size]:
                raise Untrusted(
                    f"{log.name} signed a head of {size:,} entries, and others that do not add up to it."
                )
    frontier.extend(one.leaf for one in said[done:])
    return frontier


def _require_root(log: Log, frontier: Frontier, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Hold the tree with the new entries against the head: it is that tree, or it is shown to begin with it."""
    root = frontier.root()
    if frontier.size == head.size and not proof:
        if root != head.root:
            raise Untrusted(
                f"The entries of {log.name} do not add up to the root that its checkpoint signs."
            )
        return
    try:
        verify_consistency(frontier.size, head.size, proof, root, head.root)
    except Untrusted as error:
        raise Untrusted(
            f"The entries of {log.name} do not lie in the tree that its checkpoint signs."
        ) from error


def _keep_head(log: Log, frontier: Frontier, head: Checkpoint, note: bytes) -> None:
    """Keep the newest head that speaks of no more than is here, and the furthest one that is known to go on from it."""
    for known in (log.ahead, note.decode()):
        if known and size_of(log.note) <= size_of(known) <= frontier.size:
            log.note = known
    furthest = log.ahead if size_of(log.ahead) > head.size else note.decode()
    log.ahead = furthest if size_of(furthest) > frontier.size else ""


def _write_heads(logs: Iterable[Log]) -> None:
    names = {"size", "frontier", "last_at", "note", "ahead"}
    fields = [one for one in Log._meta.concrete_fields if one.name in names]
    values = [
        [*(one.get_db_prep_save(getattr(log, one.attname), connection) for one in fields), log.name]
        for log in logs
    ]
    marks = ", ".join(f'"{one.column}" = %s' for one in fields)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{Log._meta.db_table}" SET {marks} WHERE name = %s', values)  # noqa: S608 - names are ours


def fold_forward(arrived: list[Said]) -> None:
    """Fold what arrived and whatever waited for it; write entries, fates and rows. Inside a transaction.

    Entries behind one that waits are stored unfolded, and are read again only when the record has come for
    which the first of them waits. So many that wait cost nothing to those that arrive.
    """
    count = Counter(one.header.log for one in arrived)
    behind = {log.name for log in _stalled() if log.folded < log.size - count[log.name]}
    fresh = [one for one in arrived if one.header.log not in behind]
    first = store.next_id()
    parked = [one for one in arrived if one.header.log in behind]
    _number(parked, first + len(fresh))
    store.insert(parked)
    settled = _fold(fresh, first)
    stuck: set[str] = set()
    while woken := [
        log
        for log in _stalled()
        if log.name not in stuck and (not log.waits or log.waits in settled)
    ]:
        before = {log.name: log.folded for log in woken}
        settled |= _fold([one for log in woken for one in _waiting(log)])
        stuck |= {log.name for log in _stalled() if before.get(log.name) == log.folded}


def _stalled() -> list[Log]:
    return list(Log.objects.filter(folded__lt=F("size")))


def _waiting(log: Log) -> Iterator[Said]:
    """Yield the first of the log's entries that wait."""
    return store.stored(
        'WHERE e.log = %s AND e."index" >= %s AND e."index" < %s',
        (log.name, log.folded, log.folded + TOGETHER),
    )


def _number(said: Iterable[Said], first: int) -> None:
    """Give new entries their places in the order of arrival."""
    for number, one in enumerate(said, start=first):
        one.id = number


def _fold(said: list[Said], first: int | None = None) -> set[str]:
    """Fold entries and write what comes of it; return the positions of those that need not wait (any more).

    New ones are numbered from `first` on as they were folded, causes first: in that order others fetch them.
    """
    folding, waiting = fold_batch(said, DbShelf(), set())
    still = set(map(id, waiting))
    settled = [one for one in said if id(one) not in still]
    if first is not None:
        turn = {position: i for i, position in enumerate(folding.known)}
        _number([*sorted(settled, key=lambda one: turn[one.position]), *waiting], first)
        store.insert(said)
    else:
        store.refate(settled)
        store.touch(settled)
    store.upsert(folding.kept.values())
    ends = {one.header.log: one.header.i + 1 for one in said}
    state.mark_folded(Log.objects.filter(name__in=ends), waiting, ends)
    erase.carry_out(folding.kept.values())
    # Nobody waits any more for what its log says that it never wrote.
    gone = {
        position(row.home, row.index) for row in folding.kept.values() if isinstance(row, Disowned)
    }
    return {one.position for one in settled} | gone
