"""The records that made and changed a row, in order: what an alert refers to, what an update recalls."""

from collections.abc import Collection
from datetime import UTC, datetime

from hansa.kernel.models import Entry, Fate, Row, Touch


def records_of(row: Row, kinds: Collection[str]) -> list[Entry]:
    """Return the entries of these kinds in the row's own log that are about it and count, the first first."""
    ids = Touch.objects.filter(key=row.key).values_list("entry_id", flat=True)
    found = Entry.objects.filter(
        id__in=list(ids), log=row.home, kind__in=list(kinds), fate=Fate.DONE
    )
    return list(found.order_by("index"))


def moment(at: datetime) -> str:
    """Return a moment as RFC 3339 has it, to the second, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
