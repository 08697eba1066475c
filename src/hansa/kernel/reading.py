"""Who may read what: rows and entries for the whole pact, or for the member in whose log they stand."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from hansa.kernel.models import Entry, Row
from hansa.kernel.record import PACT

M = TypeVar("M", bound=Model)


def readable(rows: "type[M] | QuerySet[M]", log: str | None) -> "QuerySet[M]":
    """Return those of the rows or entries that an officer of `log` may read; None: only what is for the whole pact."""
    query: QuerySet[M] = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    home = "log" if query.model is Entry else "home"
    return query.filter(Q(audience=PACT) | Q(**{home: log})) if log else query.filter(audience=PACT)


def may_read(row: Row | Entry, log: str | None) -> bool:
    """Tell whether an officer of `log` may read this row or entry."""
    return row.audience == PACT or (
        log is not None and log == (row.log if isinstance(row, Entry) else row.home)
    )
