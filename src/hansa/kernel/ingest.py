"""How entries of logs written elsewhere are taken in: verified whole, stored, folded.

One signature authenticates a bundle of any size. What does not hold is refused whole, with nothing
stored; what must wait for another log waits, and holds up nobody else's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from hansa.kernel import erase, store
from hansa.kernel.entry import commit, read_header, unbase64
from hansa.kernel.errors import Untrusted
from hansa.kernel.fold import Said, fold_batch
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Fate, Log
from hansa.kernel.note import Verifier, open_checkpoint
from hansa.kernel.ref import is_log_name
from hansa.kernel.store import DbShelf


@dataclass(frozen=True, slots=True)
class Bundle:
    """New entries of another's log: its name, its signed checkpoint at their end, and the bodies held."""

    log: str
    note: bytes
    entries: Sequence[bytes]
    bodies: Sequence[bytes | None]


def ingest(bundles: Sequence[Bundle]) -> int:
    """Verify, store and fold entries of logs written elsewhere; return how many were new.

    One signature authenticates a whole bundle. Untrusted, with nothing stored, if a bundle does not hold.
    """
    with transaction.atomic(), store.uncollected():
        arrived: list[Said] = []
        number = store.next_id()
        for bundle in bundles:
            named = is_log_name(bundle.log)
            log = Log.objects.filter(name=bundle.log).first() if named else None
            if log is None:
                raise Untrusted(f"Nobody here follows a log called “{bundle.log[:80]}”.")
            said = _verified(bundle, log)
            for i, one in enumerate(said):
                one.id = number + i
            number += len(said)
            arrived.extend(said)
        fold_forward(arrived)
    return len(arrived)


def _verified(bundle: Bundle, log: Log) -> list[Said]:
    """Steps: (1) the signature, (2) each header in its place, (3) each body its commitment, (4) the root."""
    head = open_checkpoint(bundle.note, Verifier.parse(log.vkey))
    if head.size != log.size + len(bundle.entries) or len(bundle.bodies) != len(bundle.entries):
        raise Untrusted(
            f"The checkpoint of {log.name} speaks of {head.size:,} entries; here would be {log.size + len(bundle.entries):,}."
        )
    said, last = [], log.last_at
    for i, (entry, body) in enumerate(
        zip(bundle.entries, bundle.bodies, strict=True), start=log.size
    ):
        header = read_header(entry)
        if header.log != log.name or header.i != i:
            raise Untrusted(f"Entry {i} of {log.name} says that it is {header.log}@{header.i}.")
        commitment = unbase64(header.body)
        if body is not None and (len(body) != header.size or commit(body) != commitment):
            raise Untrusted(f"The body of {log.name}@{i} is not what its entry commits to.")
        last = max(last, header.t) if last else header.t
        said.append(Said(entry, header, leaf_hash(entry), commitment, body, last))
    frontier = Frontier.from_bytes(bytes(log.frontier))
    frontier.extend(one.leaf for one in said)
    if frontier.root() != head.root:
        raise Untrusted(
            f"The entries of {log.name} do not add up to the root that its checkpoint signs."
        )
    log.size, log.frontier, log.note, log.last_at = (
        frontier.size,
        frontier.to_bytes(),
        bundle.note.decode(),
        last,
    )
    log.save()
    for one in said:
        one.open()
    return said


def fold_forward(arrived: list[Said]) -> None:
    """Fold what arrived and whatever waited for it; write entries, fates and rows. Inside a transaction."""
    stalled = [
        log.name
        for log in Log.objects.all()
        if log.folded < log.size - sum(1 for one in arrived if one.header.log == log.name)
    ]
    old: list[Said] = []
    for name in stalled:
        old.extend(store.stored("WHERE e.log = %s AND e.fate = %s", (name, Fate.WAITING)))
    folding, waiting = fold_batch([*old, *arrived], DbShelf(), set())
    store.insert(arrived)
    still = set(map(id, waiting))
    settled = [one for one in old if id(one) not in still]
    store.refate(settled)
    store.touch(settled)
    store.upsert(folding.kept.values())
    _mark_folded({one.header.log for one in [*old, *arrived]}, waiting)
    erase.carry_out(folding.kept.values())


def _mark_folded(names: Iterable[str], waiting: list[Said]) -> None:
    for log in Log.objects.filter(name__in=names):
        first = min(
            (one.header.i for one in waiting if one.header.log == log.name), default=log.size
        )
        Log.objects.filter(name=log.name).update(folded=first)
