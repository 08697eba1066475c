"""Cutting a log back to the size that its root keys named. What is taken out is kept as evidence."""

from hansa.kernel import clock, search, state, store
from hansa.kernel.merkle import Frontier
from hansa.kernel.models import Body, Entry, Log, Once, Tombstone
from hansa.kernel.ref import position, split
from hansa.kernel.roots.models import Aside

CHUNK = 1000


def tree_at(log_name: str, size: int) -> Frontier:
    """Return the tree over the log's first `size` entries, which are here."""
    tree = Frontier()
    for start in range(0, size, CHUNK):
        tree.extend(store.leaves(log_name, start, min(start + CHUNK, size)))
    return tree


def cut(log: Log, tree: Frontier, why: str) -> int:
    """Take all entries from the tree's size on out of the log, in the caller's transaction; return how many.

    They become `Aside`, with their bodies and the head that had signed them. Bodies that they had
    ordered to be erased may come back; all rows are folded anew.
    """
    gone = list(
        Entry.objects.filter(log=log.name, index__gte=tree.size)
        .order_by("index")
        .values_list("id", flat=True)
    )
    for chunk in store.chunked(gone):
        _set_aside(chunk, log.note, why)
        search.forget(chunk)
        Body.objects.filter(entry_id__in=chunk).delete()
        Entry.objects.filter(id__in=chunk).delete()
    _forget_orders(log, tree.size)
    last = Entry.objects.filter(log=log.name, index=tree.size - 1).first()
    log.size, log.frontier, log.note = tree.size, tree.to_bytes(), ""
    log.folded, log.last_at = min(log.folded, tree.size), last.at if last else None
    log.ahead = log.waits = ""
    log.save()
    state.refold()
    log.refresh_from_db()
    return len(gone)


def reclaim(log_name: str, leaves: dict[int, bytes]) -> dict[int, bytes]:
    """Return the bodies kept aside of entries that come back under the new key; they are aside no longer.

    `leaves` holds the leaf hash of each index that arrives.
    """
    found: dict[int, bytes] = {}
    back: list[int] = []
    rows = Aside.objects.filter(
        log=log_name, index__gte=min(leaves, default=0), index__lte=max(leaves, default=-1)
    )
    for one in rows.iterator(chunk_size=CHUNK):
        if leaves.get(one.index) == bytes(one.leaf):
            back.append(one.pk)
            if one.body is not None:
                found[one.index] = bytes(one.body)
    for chunk in store.chunked(back):
        Aside.objects.filter(pk__in=chunk).delete()
    return found


def _set_aside(numbers: list[int], note: str, why: str) -> None:
    bodies = Body.objects.in_bulk(numbers)
    now = clock.now()
    Aside.objects.bulk_create(
        Aside(
            number=entry.id,
            log=entry.log,
            index=entry.index,
            leaf=bytes(entry.leaf),
            header=bytes(entry.header),
            body=bytes(bodies[entry.id].data) if entry.id in bodies else None,
            note=note,
            why=why,
            at=now,
        )
        for entry in Entry.objects.filter(id__in=numbers).order_by("index")
    )


def _forget_orders(log: Log, size: int) -> None:
    """Forget what only the entries that are gone had caused: requests carried out, and orders to erase."""
    for tomb in Tombstone.objects.filter(log=log.name):
        if max(tomb.index, split(tomb.order)[1]) >= size:
            tomb.delete()
    for once in Once.objects.filter(position__startswith=position(log.name, 0)[:-1]):
        if split(once.position)[1] >= size:
            once.delete()
