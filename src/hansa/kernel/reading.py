"""Who may read what: rows and entries for the whole pact, or for the member in whose log they stand."""

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from hansa.kernel.entry import PACT, PACT_AUDIENCES, for_the_pact
from hansa.kernel.models import Entry, Row

M = TypeVar("M", bound=Model)


def readable(rows: "type[M] | QuerySet[M]", log: str | None) -> "QuerySet[M]":
    """Return those of the rows or entries that an officer of `log` may read; None: only what is for the whole pact."""
    query: QuerySet[M] = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    if query.model is Entry:
        all_may, home = Q(audience__in=PACT_AUDIENCES), "log"
    else:
        all_may, home = Q(audience=PACT), "home"
    return query.filter(all_may | Q(**{home: log})) if log else query.filter(all_may)


def may_read(row: Row | Entry, log: str | None) -> bool:
    """Tell whether an officer of `log` may read this row or entry."""
    return for_the_pact(row.audience) or (
        log is not None and log == (row.log if isinstance(row, Entry) else row.home)
    )
