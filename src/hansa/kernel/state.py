"""The state as a whole: its hash, and how it is made anew from the logs."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection

from hansa.kernel import live, store
from hansa.kernel.entry import PACT, PACT_AUDIENCES
from hansa.kernel.fold import fold_batch
from hansa.kernel.models import Entry, Fate, Log, Row, Touch, row_models
from hansa.kernel.said import EmptyShelf, Said
from hansa.kernel.seal import keeping as seal
from hansa.kernel.store import DbShelf
from hansa.kernel.writing import writing

BATCH = 5000


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Drop every row and fold all entries again, in one transaction; return how many were folded.

    If the process dies meanwhile, everything is as before. `progress` hears how many entries are done.
    """
    with writing(), store.uncollected():
        seal.learn_stored(again=True)
        done = refold(progress)
    live.wake()
    return done


def refold(progress: Callable[[int], None] | None = None) -> int:
    """Do the work of `rebuild` inside the caller's transaction."""
    seal.learn_stored()
    with connection.cursor() as cursor:
        tables = [model._meta.db_table for model in row_models()]
        for table in [*tables, Touch._meta.db_table]:
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the models' own names
    done = 0
    carried: list[Said] = []
    broken: set[str] = set()
    with seal.remembering():
        for batch in store.chunked(store.stored(), BATCH):
            together = [*carried, *batch]
            folding, carried = fold_batch(together, DbShelf(upto=batch[-1].id), broken)
            waiting = set(map(id, carried))
            store.upsert(folding.kept.values())
            store.refate(together)
            store.touch([one for one in together if id(one) not in waiting])
            done += len(batch)
            if progress:
                progress(done)
    mark_folded(Log.objects.all(), carried)
    return done


def mark_folded(
    logs: Iterable[Log], waiting: Iterable[Said], ends: Mapping[str, int] | None = None
) -> None:
    """Write how far each log is folded, and for which record its first entry among `waiting` waits.

    `ends` says up to which index entries were folded, where that is not the log's end.
    """
    first: dict[str, Said] = {}
    for one in waiting:
        known = first.setdefault(one.header.log, one)
        if one.header.i < known.header.i:
            first[one.header.log] = one
    cited = DbShelf().cited({ref for one in first.values() for ref in one.refs})
    here = {ref for ref, record in cited.items() if record.fate != Fate.WAITING}
    written = []
    for log in logs:
        held_up = first.get(log.name)
        end = (ends or {}).get(log.name, log.size)
        waits = next((ref for ref in held_up.refs if ref not in here), "") if held_up else ""
        written.append((end if held_up is None else held_up.header.i, waits, log.name))
    table = Log._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE "{table}" SET folded = %s, waits = %s WHERE name = %s', written)  # noqa: S608 - the model's own name


def replay(said: Iterable[Said], mine: Iterable[str] = ()) -> tuple[list[Row], list[Said]]:
    """Fold entries into memory, without a database; return the rows, and the entries with their fates.

    `mine` are the logs that are written on this node.
    """
    listed = list(said)
    folding, _waiting = fold_batch(listed, EmptyShelf(mine), set())
    return list(folding.kept.values()), listed


def state_hash(
    rows: Iterable[Row] | None = None,
    fates: Iterable[tuple[str, str, str]] | None = None,
    *,
    pact: bool = False,
) -> str:
    """Return a hash over every row, and over every entry that is not plainly done; from the database unless given.

    Keys are positions and times are the records' own, so nodes with the same records agree on it. With
    `pact`, only over what is for the whole pact, so that nodes agree whatever else they may read.
    """
    lines = [canonical(row) for row in (stored_rows(pact=pact) if rows is None else rows)]
    lines += [
        msgspec.json.encode(fate) + b"\n"
        for fate in (stored_fates(pact=pact) if fates is None else fates)
        if fate[1] != Fate.DONE
    ]
    digest = hashlib.sha256()
    for line in sorted(lines):
        digest.update(line)
    return digest.hexdigest()


def stored_fates(*, pact: bool = False) -> Iterator[tuple[str, str, str]]:
    """Yield position, fate and reason of every entry in the database, or of those for the whole pact."""
    entries = Entry.objects.filter(audience__in=PACT_AUDIENCES) if pact else Entry.objects.all()
    for entry in (
        entries.order_by("id").only("log", "index", "fate", "reason").iterator(chunk_size=BATCH)
    ):
        yield entry.position, entry.fate, entry.reason


def stored_rows(*, pact: bool = False) -> Iterator[Row]:
    """Yield every row in the database, or those for the whole pact."""
    for model in row_models():
        rows = model._default_manager.filter(audience=PACT) if pact else model._default_manager
        yield from rows.order_by("pk").iterator(chunk_size=BATCH)


def canonical(row: Row) -> bytes:
    """Return a row's bytes: model, key and all fields, times in UTC."""
    values = {
        field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields
    }
    return msgspec.json.encode([row._meta.label, values], order="sorted") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if not isinstance(value, str) else str(value)


def counts() -> dict[str, int]:
    """Return how many entries there are of each kind, void and unknown ones under their fate."""
    found: dict[str, int] = {}
    for kind, fate in Entry.objects.values_list("kind", "fate").iterator(chunk_size=BATCH):
        name = kind if fate == Fate.DONE else f"{fate}: {kind}"
        found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))
