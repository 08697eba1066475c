"""Bodies that should be here and are not: which, where to ask, and what to do when one comes late."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db.models import F

from hansa.kernel import clock, erase, live, search, state
from hansa.kernel.entry import Header, commit, read_header, unbase64
from hansa.kernel.ingest import Bundle
from hansa.kernel.models import Body, Entry, Fate, Log, Tombstone
from hansa.kernel.sync import rights, wire
from hansa.kernel.sync.models import Wanted
from hansa.kernel.writing import writing

Place = tuple[str, int]

PAUSE = timedelta(seconds=10)
"""Between two questions to one peer for bodies that are wanted."""
TOGETHER = 32 * 1024 * 1024
"""Bytes of late bodies that are kept in memory until all rows are made anew with them."""


def missing(bundles: Sequence[Bundle]) -> dict[Place, Header]:
    """Return those entries of the bundles whose body should be here and did not come with them."""
    found: dict[Place, Header] = {}
    logs: dict[str, Log] = {}
    for bundle in bundles:
        for entry, body in zip(bundle.entries, bundle.bodies, strict=False):
            if body is not None:
                continue
            header = read_header(entry)
            if bundle.log not in logs:
                logs[bundle.log] = Log.objects.get(name=bundle.log)
            if rights.wanted(logs[bundle.log], header.aud):
                found[bundle.log, header.i] = header
    return found


def fits(header: Header, body: bytes | None) -> bool:
    """Tell whether this is the body to which the entry commits."""
    return body is not None and len(body) == header.size and commit(body) == unbase64(header.body)


def with_bodies(bundle: Bundle, found: Mapping[Place, bytes]) -> Bundle:
    """Return the bundle with the bodies that were found for it."""
    start = bundle.start or 0
    bodies = [
        body if body is not None else found.get((bundle.log, start + i))
        for i, body in enumerate(bundle.bodies)
    ]
    return Bundle(bundle.log, bundle.note, bundle.entries, bodies, bundle.proof, bundle.start)


def note(places: Iterable[Place]) -> None:
    """Remember that these entries' bodies are wanted; those that are here, erased or not known are passed over."""
    now = clock.passing()
    rows = []
    for log, index in places:
        entry = Entry.objects.filter(log=log, index=index, fate=Fate.UNREAD).first()
        if entry is not None and not Body.objects.filter(entry_id=entry.id).exists():
            rows.append(Wanted(log=log, index=index, commitment=bytes(entry.commitment), since=now))
    Wanted.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def look_again() -> None:
    """Want the bodies of unread entries that may be read by now, and no more those that were erased or cut back."""
    audiences = set(
        Entry.objects.filter(fate=Fate.UNREAD).values_list("log", "audience").distinct()
    )
    logs = Log.objects.in_bulk([log for log, _audience in audiences])
    for log, audience in sorted(audiences):
        if not rights.wanted(logs[log], audience):
            continue
        unread = Entry.objects.filter(fate=Fate.UNREAD, log=log, audience=audience)
        known = set(Wanted.objects.filter(log=log).values_list("index", flat=True))
        note((log, i) for i in unread.values_list("index", flat=True) if i not in known)
    for row in Wanted.objects.all().iterator(chunk_size=500):
        if not Entry.objects.filter(log=row.log, index=row.index, fate=Fate.UNREAD).exists():
            row.delete()


def next_places() -> list[Place]:
    """Return the bodies to ask for next: those that were asked for least often."""
    rows = Wanted.objects.order_by("tries", "id")[: wire.MOST_PLACES]
    return [(row.log, row.index) for row in rows]


def tried(places: Sequence[Place]) -> None:
    """Count that these were asked for, so that others get their turn."""
    for log in {log for log, _index in places}:
        indexes = [index for name, index in places if name == log]
        Wanted.objects.filter(log=log, index__in=indexes).update(tries=F("tries") + 1)


def fitting(places: Sequence[Place], bodies: Sequence[bytes | None]) -> dict[Place, bytes]:
    """Return those of the bodies that came which are what the entries here commit to."""
    found: dict[Place, bytes] = {}
    for (log, index), body in zip(places, bodies, strict=True):
        if body is None:
            continue
        entry = Entry.objects.filter(log=log, index=index).only("header").first()
        if entry is not None and fits(read_header(bytes(entry.header)), body):
            found[log, index] = body
    return found


def settle(found: Mapping[Place, bytes]) -> int:
    """Keep bodies that came late and make all rows anew, once for all of them; return how many were kept.

    What was erased by order is not taken in again, whoever says that it is new.
    """
    kept: list[int] = []
    with writing():
        for (log, index), body in found.items():
            entry = Entry.objects.filter(log=log, index=index).first()
            gone = entry is None or Tombstone.objects.filter(log=log, index=index).exists()
            if entry is None or gone or not fits(read_header(bytes(entry.header)), body):
                continue
            _row, made = Body.objects.get_or_create(entry_id=entry.id, defaults={"data": body})
            kept += [entry.id] if made else []
            Wanted.objects.filter(log=log, index=index).delete()
        if kept:
            state.refold()
            erase.follow_all()
            search.renew(kept)
    if kept:
        live.wake()
    return len(kept)
