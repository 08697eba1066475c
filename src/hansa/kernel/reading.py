"""Who may read what: rows and entries for the whole pact, for the member in whose log they stand, or sealed to some."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from hansa.kernel.entry import PACT, PACT_AUDIENCES, for_the_pact
from hansa.kernel.models import Entry, Row
from hansa.kernel.record import FOUNDING, KINDS
from hansa.kernel.ref import home_of

M = TypeVar("M", bound=Model)
Opened = Callable[[str, type[Model]], Any]
"""The condition under which an officer of a log may read sealed entries, or rows made from sealed records."""


class _Seals:
    opened: Opened | None = None


def opened_by(opened: Opened) -> None:
    """Let the part that holds keys say what a member reads of what is sealed."""
    _Seals.opened = staticmethod(opened)


def readable(rows: "type[M] | QuerySet[M]", log: str | None) -> "QuerySet[M]":
    """Return those of the rows or entries that an officer of `log` may read; None: only what is for the whole pact."""
    query: QuerySet[M] = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    if query.model is Entry:
        may, home = Q(audience__in=PACT_AUDIENCES), "log"
    else:
        may, home = Q(audience=PACT), "home"
    if not log:
        return query.filter(may)
    may |= Q(**{home: log})
    if _Seals.opened is not None and may_be_sealed(query.model):
        may |= Q(_Seals.opened(log, query.model))
    return query.filter(may)


def may_read(row: Row | Entry, log: str | None) -> bool:
    """Tell whether an officer of `log` may read this row or entry."""
    if for_the_pact(row.audience):
        return True
    if log is None:
        return False
    if log == (row.log if isinstance(row, Entry) else row.home):
        return True
    return may_be_sealed(type(row)) and readable(type(row), log).filter(pk=row.pk).exists()


def may_be_sealed(model: type[Model]) -> bool:
    """Tell whether rows of this model may come of sealed records."""
    return model is Entry or any(kind.sealable and kind.row is model for kind in KINDS.values())


def names_of_members(logs: Iterable[str]) -> dict[str, str]:
    """Return what the keepers of these logs are called, by the kind that opens a log."""
    keys = [f"{log}@0" for log in logs]
    founding = next((kind for kind in KINDS.values() if kind.by == FOUNDING), None)
    if founding is None:
        return {}
    return {home_of(row.key): str(row) for row in founding.row._default_manager.filter(pk__in=keys)}
