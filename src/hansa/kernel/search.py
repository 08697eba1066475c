"""Full text over everything that was said, for those who may read it.

An index, not a store: made from the entries as they come, thrown away with the body it was made from.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection, models

from hansa.kernel.models import Entry, Fate
from hansa.kernel.reading import readable
from hansa.kernel.telling import Told, tell

BATCH = 500
WORDS = 12
"""Words of a question that are looked at."""


def catch_up(most: int = 5000) -> int:
    """Index up to `most` entries not yet indexed; return how many are still left."""
    last = _last()
    waiting = Entry.objects.filter(id__gt=last).order_by("id")
    for start in range(0, most, BATCH):
        entries = list(waiting[start : min(start + BATCH, most)])
        if not entries:
            return 0
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO kernel_search (rowid, said) VALUES (%s, %s)",
                [(told.entry.id, _text(told)) for told in tell(entries)],
            )
    return behind()


def behind() -> int:
    """Return how many entries are not indexed yet."""
    return Entry.objects.filter(id__gt=_last()).count()


def find(
    text: str, log: str | None, limit: int = 50, kinds: Sequence[str] | None = None
) -> list[Entry]:
    """Return the newest entries that hold every word of `text` (by their beginnings) and that `log` may read."""
    words = [word.replace('"', "") for word in text.split()[:WORDS]]
    words = [word for word in words if any(letter.isalnum() for letter in word)]
    if not words:
        return []
    catch_up(
        BATCH
    )  # the worker's task; here only what came a moment ago, so that nobody waits long
    match = " ".join(f'"{word}"*' for word in words)
    found = readable(Entry, log).filter(fate__in=[Fate.DONE, Fate.VOID, Fate.WAITING])
    if kinds:
        found = found.filter(kind__in=kinds)
    hits = models.expressions.RawSQL(
        "SELECT rowid FROM kernel_search WHERE kernel_search MATCH %s", (match,)
    )
    return list(found.filter(id__in=hits).order_by("-id")[:limit])


def forget(ids: Iterable[int]) -> None:
    """Remove entries from the index, and their words from its pages."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM kernel_search WHERE rowid = %s", [(number,) for number in ids]
        )
        cursor.execute("INSERT INTO kernel_search (kernel_search) VALUES ('optimize')")


def _last() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(rowid) FROM kernel_search")
        return int(cursor.fetchone()[0] or 0)


def _text(told: Told) -> str:
    values: list[str] = [told.author, told.sentence]
    if told.record is not None:
        _strings(msgspec.to_builtins(told.record), values)
    return " ".join(values)


def _strings(value: Any, into: list[str]) -> None:
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, dict):
        for one in value.values():
            _strings(one, into)
    elif isinstance(value, list):
        for one in value:
            _strings(one, into)
