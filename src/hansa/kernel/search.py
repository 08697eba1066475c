"""Full text over everything that was said, for those who may read it.

An index, not a store: made from the entries as they come, thrown away with the body it was made from.
What a word is, is decided here, so that SQLite's FTS5 and PostgreSQL's text search find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection, models

from hansa.kernel.models import Entry, Fate
from hansa.kernel.reading import readable
from hansa.kernel.telling import Told, tell
from hansa.kernel.writing import writing

BATCH = 500
WORDS = 12
"""Words of a question that are looked at."""

LONGEST_WORD = 500
"""Letters of a word that count. PostgreSQL takes a lexeme of 2,046 bytes."""

LAST_PLACE = 16_383
"""The last place in a text that PostgreSQL tells from others. Words after it are found, but not as neighbours."""

_WORD = re.compile(r"[^\W_]+")


def catch_up(most: int = 5000) -> int:
    """Index up to `most` entries not yet indexed; return how many are still left."""
    for start in range(0, most, BATCH):
        if not _index(min(BATCH, most - start)):
            return 0
    return behind()


def _index(most: int) -> int:
    """Index the next entries, while nobody else writes: what is erased meanwhile must not come back here."""
    if not behind():
        return 0
    with writing(), connection.cursor() as cursor:
        entries = list(Entry.objects.filter(id__gt=_last()).order_by("id")[:most])
        cursor.executemany(
            "INSERT INTO kernel_search (rowid, said) VALUES (%s, %s)",
            [(told.entry.id, _kept(words_of(_text(told)))) for told in tell(entries)],
        )
    return len(entries)


def behind() -> int:
    """Return how many entries are not indexed yet."""
    return Entry.objects.filter(id__gt=_last()).count()


def find(
    text: str, log: str | None, limit: int = 50, kinds: Sequence[str] | None = None
) -> list[Entry]:
    """Return the newest entries that hold every word of `text` (by their beginnings) and that `log` may read."""
    phrases = [words for word in text.split()[:WORDS] if (words := words_of(word))]
    if not phrases:
        return []
    # The worker's task; here only what came a moment ago, so that nobody waits long.
    catch_up(BATCH)
    found = readable(Entry, log).filter(fate__in=[Fate.DONE, Fate.VOID, Fate.WAITING])
    if kinds:
        found = found.filter(kind__in=kinds)
    hits = models.expressions.RawSQL(*_matching(phrases))  # noqa: S611 - what was typed is a parameter
    return list(found.filter(id__in=hits).order_by("-id")[:limit])


def holding(word: str) -> list[Entry] | None:
    """Return every entry that holds this word or one that begins so, whoever may read it; None while some are not indexed."""
    if catch_up(BATCH):
        return None
    hits = models.expressions.RawSQL(*_matching([words_of(word)]))  # noqa: S611 - what was asked is a parameter
    return list(Entry.objects.filter(id__in=hits))


def forget(ids: Iterable[int]) -> None:
    """Remove entries from the index, and their words from its pages (on PostgreSQL: `erase` does, once it is said)."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM kernel_search WHERE rowid = %s", [(number,) for number in ids]
        )
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO kernel_search (kernel_search) VALUES ('optimize')")


def words_of(text: str) -> list[str]:
    """Return a text's words in their order: letters and digits, without case, accents and what stands between them."""
    folded = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFC", plain))]


def _kept(words: Sequence[str]) -> str:
    """Return a text's words as the index takes them."""
    if connection.vendor == "postgresql":
        # A tsvector (PostgreSQL 8.11.1), with the places that phrases need. No word holds a quotation mark.
        return " ".join(f"'{word}':{min(i, LAST_PLACE)}" for i, word in enumerate(words, start=1))
    return " ".join(words)


def _matching(phrases: Sequence[Sequence[str]]) -> tuple[str, tuple[str]]:
    """Return the SQL, with its parameter, that gives the numbers of entries with all phrases, each by the beginning of its last word."""
    if connection.vendor == "postgresql":
        asked = " & ".join(
            "(" + " <-> ".join(f"'{word}'" for word in words) + ":*)" for words in phrases
        )
        return "SELECT rowid FROM kernel_search WHERE said @@ %s::tsquery", (asked,)
    asked = " ".join(f'"{" ".join(words)}"*' for words in phrases)
    return "SELECT rowid FROM kernel_search WHERE kernel_search MATCH %s", (asked,)


def renew(ids: Sequence[int]) -> None:
    """Index entries again that were indexed without their bodies. Those not indexed yet keep their turn."""
    last = _last()
    for start in range(0, len(ids), BATCH):
        chunk = [number for number in ids[start : start + BATCH] if number <= last]
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM kernel_search WHERE rowid = %s", [(number,) for number in chunk]
            )
            cursor.executemany(
                "INSERT INTO kernel_search (rowid, said) VALUES (%s, %s)",
                [
                    (told.entry.id, _kept(words_of(_text(told))))
                    for told in tell(Entry.objects.filter(id__in=chunk).order_by("id"))
                ],
            )


def start_over() -> None:
    """Throw the index away and make it anew from the entries."""
    with writing(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_search")
    while catch_up():
        pass


def check(readable_here: Mapping[int, Any]) -> Iterator[str]:
    """Yield what is wrong with the index. Given: every entry's number, with its record or None where none can be read.

    Names of members and rows in it may be older than theirs now; the record's own words must all be there.
    """
    last, seen = _last(), set()
    for number, words in _rows():
        seen.add(number)
        if number not in readable_here:
            yield f"The search holds words of entry {number}, which is not here."
            continue
        record = readable_here[number]
        said: list[str] = []
        if record is not None:
            _strings(msgspec.to_builtins(record), said)
        missing = set(words_of(" ".join(said))) - words
        if missing:
            yield f"The search does not know all words of entry {number}."
    for number, record in readable_here.items():
        if number <= last and number not in seen and record is not None:
            yield f"The search does not know entry {number}."


def _rows() -> Iterator[tuple[int, set[str]]]:
    """Yield number and words of everything in the index; no words where a damaged index holds none that can be read."""
    column = "said" if connection.vendor == "sqlite" else "tsvector_to_array(said)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT rowid, {column} FROM kernel_search")  # noqa: S608 - our own words
        while rows := cursor.fetchmany(BATCH):
            for number, said in rows:
                words = said.split() if isinstance(said, str) else said
                yield number, set(words if isinstance(words, list) else ())


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
