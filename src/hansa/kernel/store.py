"""The kernel's reads and writes in bulk, by hand where the ORM would cost too much.

Plain SQL that SQLite and PostgreSQL both speak. Everything runs inside the caller's transaction.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, models

from hansa.kernel import postgres
from hansa.kernel.entry import read_header
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Body, Entry, Fate, Log, Once, Row, Tombstone, Touch
from hansa.kernel.ref import split
from hansa.kernel.said import Cited, Said

T = TypeVar("T")

CHUNK = 400
"""Members of one IN list, well under SQLite's limit of 32,766 parameters."""

LAST = 2**63 - 1
"""The largest number in the order of arrival."""

ENTRY = (
    "id",
    "log",
    "index",
    "leaf",
    "header",
    "at",
    "audience",
    "commitment",
    "kind",
    "by",
    "subject",
    "fate",
    "reason",
)
"""The columns of an entry, in the order of `entry_values`."""

_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)


def chunked(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield lists of at most `size` items."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest: what a batch makes by the hundred thousand lives until it is written, all of it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class DbShelf:
    """What earlier folds left, in the database.

    With `upto`, entries that arrived after the one with that number are not here yet: a rebuild must not
    judge by what an older rule made of a record that it folds only later.
    """

    def __init__(self, upto: int | None = None) -> None:
        """Look at everything, or at what arrived up to an entry's number."""
        self.upto = upto

    def rows(self, model: type[Row], keys: Iterable[str]) -> dict[str, Row]:
        """Return the rows that exist among `keys`."""
        found: dict[str, Row] = {}
        for chunk in chunked(keys):
            found.update({row.key: row for row in model._default_manager.filter(pk__in=chunk)})
        return found

    def cited(self, positions: Iterable[str]) -> dict[str, Cited]:
        """Return those of the records at `positions` that are here."""
        found: dict[str, Cited] = {}
        table = _name(Entry)
        for chunk in chunked(positions):
            pairs = ", ".join(["(%s, %s)"] * len(chunk))
            with connection.cursor() as cursor:
                cursor.execute(
                    # Joined, not IN (VALUES …): SQLite would use only the first column of the index, and read the whole log.
                    f'WITH w(log, i) AS (VALUES {pairs}) SELECT e.log, e."index", e.leaf, e.kind, e.fate, e.audience FROM w CROSS JOIN {table} e WHERE e.log = w.log AND e."index" = w.i AND e.id <= %s',  # noqa: S608 - names are ours
                    [*(part for ref in chunk for part in split(ref)), self.upto or LAST],
                )
                for log, index, leaf, kind, fate, audience in cursor.fetchall():
                    found[f"{log}@{index}"] = Cited(
                        bytes(leaf), "" if fate == Fate.VOID else kind, fate, audience
                    )
        return found

    def mine(self) -> frozenset[str]:
        """Return the logs that are written on this node."""
        return frozenset(Log.objects.filter(mine=True).values_list("name", flat=True))

    def all_keys(self, model: type[Row]) -> Iterable[str]:
        """Return the keys of all rows of a model of which there are few."""
        return model._default_manager.values_list("key", flat=True)


def insert(said: Sequence[Said]) -> None:
    """Write new entries with their bodies and touches. Each `said` has its id and fate."""
    moment = _written if connection.vendor == "sqlite" else _as_it_is
    _many(Entry, ENTRY, [entry_values(one, moment) for one in said])
    _many(Body, ("entry_id", "data"), [(s.id, s.body) for s in said if s.body is not None])
    touch(said)


def entry_values(
    said: Said, moment: Callable[[datetime | None], Any] | None = None
) -> tuple[Any, ...]:
    """Return what the columns of an entry hold, as this database keeps it (`moment` says how it keeps a time)."""
    header = said.header
    at = (moment or _moment)(said.at)
    kept = (header.log, header.i, said.leaf, said.entry, at, header.aud)
    return (said.id, *kept, said.commitment, *said.outcome)


def entries_as_kept() -> Iterator[tuple[Any, ...]]:
    """Yield the columns of every entry just as they stand, whatever they hold; None for its time, which `stored` reads."""
    columns = ", ".join("NULL" if name == "at" else f'"{name}"' for name in ENTRY)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {_name(Entry)} ORDER BY id")  # noqa: S608 - names are ours
        while rows := cursor.fetchmany(CHUNK):
            for row in rows:
                yield tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)


def touch(said: Sequence[Said]) -> None:
    """Write which rows the entries concern: their subject and all that they cite, their officer apart."""
    _many(Touch, ("key", "entry_id"), [pair for one in said for pair in touched(one)])


def touched(said: Said) -> list[tuple[str, int]]:
    """Return the keys of the rows that an entry concerns, each with the entry's number."""
    keys = {said.subject, *said.refs} - {said.by} if said.fate == Fate.DONE else ()
    return [(key, said.id) for key in keys]


def refate(said: Sequence[Said]) -> None:
    """Write what became of entries that were stored before, where it is not what stands there."""
    changed = [s for s in said if s.outcome != s.stands]
    _change(
        Entry, ("kind", "by", "subject", "fate", "reason"), [(*s.outcome, s.id) for s in changed]
    )
    for one in changed:
        one.stands = one.outcome


def upsert(rows: Iterable[Row]) -> None:
    """Write rows, new or changed, whole."""
    grouped: dict[type[Row], list[Row]] = {}
    for row in rows:
        grouped.setdefault(type(row), []).append(row)
    for model, members in grouped.items():
        names, read, otherwise = _whole(model, connection.vendor)
        _many(model, names, list(map(read, members)), otherwise)


def once(made: Sequence[tuple[str, str, str]]) -> None:
    """Write which requests, by idempotency key and digest, made the record at which position."""
    _many(Once, ("key", "digest", "position"), list(made))


def said_before(keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return digest and position of those requests, by idempotency key, that were carried out before."""
    found: dict[str, tuple[str, str]] = {}
    for chunk in chunked(keys):
        marks = ", ".join(["%s"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key, digest, position FROM {_name(Once)} WHERE key IN ({marks})",  # noqa: S608 - names are ours
                chunk,
            )
            found.update({key: (digest, place) for key, digest, place in cursor.fetchall()})
    return found


def next_id() -> int:
    """Return the next number in the order of arrival. None is given twice, not even that of an entry set aside."""
    aside = apps.get_model("roots", "Aside")  # kept above this layer
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(id), (SELECT max(number) FROM {_name(aside)}) FROM {_name(Entry)}"  # noqa: S608 - names are ours
        )
        return max(number or 0 for number in cursor.fetchone()) + 1


def newest() -> datetime | None:
    """Return the time of the newest record in any log here."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(last_at) FROM {_name(Log)}")  # noqa: S608 - names are ours
        at = cursor.fetchone()[0]
        return None if at is None else _read_moment(at)


def stored(where: str = "", parameters: Sequence[Any] = ()) -> Iterator[Said]:
    """Yield stored entries with their bodies, in order of arrival, unfolded. `where` is SQL of our own making."""
    statement = (
        "SELECT e.id, e.header, e.leaf, e.commitment, e.at, b.data, t.id, "  # noqa: S608 - names are ours
        f'e.kind, e."by", e.subject, e.fate, e.reason FROM {_name(Entry)} e '
        f"LEFT JOIN {_name(Body)} b ON b.entry_id = e.id "
        f'LEFT JOIN {_name(Tombstone)} t ON t.log = e.log AND t."index" = e."index" {where} ORDER BY e.id'
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(CHUNK):
            for number, entry, leaf, commitment, at, body, tomb, *stands in rows:
                header = _bytes(entry)
                one = Said(
                    header,
                    read_header(header),
                    _bytes(leaf),
                    _bytes(commitment),
                    None if body is None else _bytes(body),
                    _read_moment(at),
                    id=number,
                    erased=tomb is not None,
                    stands=tuple(stands),
                )
                one.open()
                yield one


def leaves(log: str, start: int, end: int) -> list[bytes]:
    """Return the leaf hashes of entries [start, end) of the log."""
    table = Entry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT leaf FROM "{table}" WHERE log = %s AND "index" >= %s AND "index" < %s ORDER BY "index"',  # noqa: S608 - the model's own name
            (log, start, end),
        )
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]


def _many(
    model: type[models.Model],
    names: Sequence[str],
    values: Sequence[Sequence[Any]],
    otherwise: str = "",
) -> None:
    """Insert many rows; `otherwise` says what happens to one that is there already."""
    if not values:
        return
    columns = ", ".join(f'"{name}"' for name in names)
    insert = f"INSERT INTO {_name(model)} ({columns})"
    if connection.vendor == "postgresql":
        fields = _fields(model, names)
        if not otherwise:
            postgres.copy(connection, _name(model), fields, values)
            return
        postgres.bulk(connection, f"{insert} SELECT * FROM {{rows}} {otherwise}", fields, values)  # noqa: S608 - names are ours
        return
    marks = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f"{insert} VALUES ({marks}) {otherwise}", values)


def _change(
    model: type[models.Model], names: Sequence[str], values: Sequence[Sequence[Any]]
) -> None:
    """Give the named columns of many rows new values; each row's id comes after its values."""
    if not values:
        return
    if connection.vendor == "postgresql":
        fields = _fields(model, (*names, "id"))
        new = ", ".join(f'"{name}" = v."{name}"' for name in names)
        columns = ", ".join(f'"{name}"' for name in (*names, "id"))
        statement = (
            f"UPDATE {_name(model)} e SET {new} FROM {{rows}} AS v({columns}) WHERE e.id = v.id"  # noqa: S608 - names are ours
        )
        postgres.bulk(connection, statement, fields, values)
        return
    marks = ", ".join(f'"{name}" = %s' for name in names)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {_name(model)} SET {marks} WHERE id = %s", values)  # noqa: S608 - names are ours


def _fields(model: type[models.Model], names: Sequence[str]) -> "list[models.Field[Any, Any]]":
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return [by_column[name] for name in names]


@cache
def _whole(model: type[Row], vendor: str) -> tuple[list[str], Callable[[Row], list[Any]], str]:
    """Return a row's columns, how their values are read, and that a row which stands there is replaced."""
    fields = list(model._meta.concrete_fields)
    changed = ", ".join(
        f'"{field.column}" = excluded."{field.column}"' for field in fields if not field.primary_key
    )
    replaced = f'ON CONFLICT ("key") DO UPDATE SET {changed}'
    return [str(field.column) for field in fields], _reader(fields, vendor), replaced


def _reader(fields: "list[models.Field[Any, Any]]", vendor: str) -> Callable[[Row], list[Any]]:
    """Return how a row's values are read for the database: all at once, then those that are not plain."""
    take = attrgetter(*(field.attname for field in fields))
    moment = _written if vendor == "sqlite" else _as_it_is
    prepared = [
        (i, moment if isinstance(field, models.DateTimeField) else _prepare(field))
        for i, field in enumerate(fields)
        if not isinstance(field, _PLAIN)
    ]

    def read(row: Row) -> list[Any]:
        values = list(take(row))
        for i, prepare in prepared:
            values[i] = prepare(values[i])
        return values

    return read


def _prepare(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)


def _moment(at: datetime | None) -> Any:
    """Return a moment as the database keeps it."""
    return at if connection.vendor != "sqlite" else _written(at)


def _as_it_is(at: datetime | None) -> datetime | None:
    return at


@lru_cache(maxsize=8192)
def _written(at: datetime | None) -> str | None:
    """Return a moment as SQLite keeps it. Cached: a batch writes the same few moments over and over."""
    return None if at is None else str(at.astimezone(UTC).replace(tzinfo=None))


def _bytes(value: Any) -> bytes:
    """Return a column's bytes; Untrusted where a damaged file holds something else there."""
    if not isinstance(value, bytes | memoryview):
        raise Untrusted("Something else stands where there were bytes.")
    return bytes(value)


def _read_moment(at: Any) -> datetime:
    try:
        read = datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError as error:
        raise Untrusted(f"“{at[:40]}” is no time.") from error
    if not isinstance(read, datetime):
        raise Untrusted("Something else stands where there was a time.")
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def _name(model: type[models.Model]) -> str:
    return f'"{model._meta.db_table}"'
