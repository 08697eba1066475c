"""What this node says by itself, in the logs that it writes: about their keys, and that it erased what it was told to.

Called after a ceremony, and by the worker.
"""

from hansa.kernel import chain, erase, ingest, store
from hansa.kernel.home import home
from hansa.kernel.models import Erasure, Log
from hansa.kernel.ref import is_position, split
from hansa.kernel.roots import keeping
from hansa.kernel.roots.models import Aside, Keys
from hansa.kernel.roots.records import EntryDisowned, KeysPublished
from hansa.kernel.said import Said
from hansa.kernel.say import say
from hansa.kernel.seal.models import Confirmation
from hansa.kernel.seal.records import ErasureConfirmed
from hansa.kernel.writing import writing

MOST = 20
"""Entries disowned in one go."""

MOST_RECEIPTS = 200
"""Orders confirmed in one go."""


def speak() -> int:
    """Say what is due in every log written here; return how many records were said. Nothing while the keys are locked."""
    if home().keys.shut:
        return 0
    said = 0
    for log in Log.objects.filter(mine=True, size__gt=0):
        said += _publish(log) + _disown(log) + _confirm(log)
    return said


def _confirm(log: Log) -> int:
    """Confirm every order to erase that was carried out here, by whichever member's log it was given."""
    orders = Erasure.objects.order_by("at", "key")
    said = set(Confirmation.objects.filter(home=log.name).values_list("order", flat=True))
    due = [order for order in orders.exclude(key__in=said) if erase.is_done(order)][:MOST_RECEIPTS]
    for order in due:
        once = f"receipt:{log.name}:{order.key}"
        say(ErasureConfirmed.read({"order": order.key}), log=log.name, by="", once=once)
    return len(due)


def _publish(log: Log) -> int:
    """Put every accepted key document on record in the log, so that it is witnessed with everything else."""
    row = Keys.objects.filter(key=f"{log.name}/keys").first()
    notes = keeping.documents(log.name)[row.version if row else 0 :]
    for note in notes:
        document = chain.read_text(note)
        say(
            KeysPublished(version=document.version, start=document.start, note=note.decode()),
            log=log.name,
            by="",
            once=f"keys:{log.name}:{document.version}:{document.digest.hex()[:16]}",
        )
    return len(notes)


def _disown(log: Log) -> int:
    """Say of entries that were set aside, and for which others' logs wait, that they were never written; then fold those logs."""
    held_up = Log.objects.filter(waits__startswith=f"{log.name}@").exclude(name=log.name)
    count = 0
    for waits in held_up:
        for one in store.stored('WHERE e.log = %s AND e."index" = %s', (waits.name, waits.folded)):
            for index, leaf in _ours_aside(log, one)[:MOST]:
                say(EntryDisowned(index=index, leaf=leaf.hex()), log=log.name, by="")
                count += 1
    log.refresh_from_db()
    here = [one.name for one in held_up if split(one.waits)[1] < log.size]
    if count or here:
        with writing():
            held_up.update(waits="")
            ingest.fold_forward([])
    return count


def _ours_aside(log: Log, said: Said) -> list[tuple[int, bytes]]:
    """Return which of the entry's citations are of entries of this log that were set aside, at places not written anew."""
    log.refresh_from_db()
    cited = [
        (split(ref)[1], leaf)
        for ref, leaf in said.refs.items()
        if is_position(ref) and split(ref)[0] == log.name
    ]
    return [
        (index, leaf)
        for index, leaf in cited
        if index >= log.size
        and any(bytes(one.leaf) == leaf for one in Aside.objects.filter(log=log.name, index=index))
    ]
