"""Lists: search, filters, order, pages of fifty, and the same selection as CSV."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise

from hansa.pages.sheets import CHUNK, csv_response

PAGE = 50
Words = str | Promise
Rows = QuerySet[Any] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and the value of a row (an attribute's name, or a function of the row).

    `link` gives the address behind the value, `number` sets it right, `sort` names the field or attribute
    by which the column orders the list, `template` shows the value (as `value`, with `row`) in dress.
    """

    label: Words
    value: str | Callable[[Any], Any]
    link: Callable[[Any], str | None] | None = None
    number: bool = False
    sort: str = ""
    template: str = ""

    def of(self, row: Any) -> Any:
        """Return the row's value in this column."""
        if callable(self.value):
            return self.value(row)
        value = row
        for name in self.value.split("__"):
            value = getattr(value, name)
            value = value() if callable(value) else value
        return value


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the list. `by` is a lookup (`form`) or a function (rows, value) -> rows."""

    name: str
    label: Words
    choices: Sequence[tuple[str, Words]]
    by: str | Callable[[Any, str], Any] = ""

    def apply(self, rows: Any, value: str) -> Any:
        """Return the rows that the chosen value leaves."""
        if callable(self.by):
            return self.by(rows, value)
        name = self.by or self.name
        if isinstance(rows, QuerySet):
            return rows.filter(**{name: value})
        return [row for row in rows if str(getattr(row, name)) == value]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of one row, ready to be shown."""

    column: Column
    value: Any
    link: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row and its cells."""

    row: Any
    cells: list[Cell]


@dataclass(slots=True)
class ListPage:
    """What a request asks of a list: the selection, its order, the page."""

    request: HttpRequest
    rows: Rows
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    search_fields: Sequence[str] = ()
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def q(self) -> str:
        """Return what was searched for."""
        return self.request.GET.get("q", "").strip()[:200]

    @property
    def sort(self) -> str:
        """Return the order asked for, with a minus for descending, or nothing."""
        asked = self.request.GET.get("sort", "")
        return (
            asked
            if asked.lstrip("-") in {column.sort for column in self.columns if column.sort}
            else ""
        )

    def selection(self) -> Rows:
        """Return the rows after search, filters and order."""
        rows: Any = self.rows
        for one in self.filters:
            value = self.request.GET.get(one.name, "")
            if value and value in {name for name, _label in one.choices}:
                self.chosen[one.name] = value
                rows = one.apply(rows, value)
        selected: Rows = self._ordered(self._searched(rows))
        return selected

    def _searched(self, rows: Any) -> Any:
        """Search as the rows themselves know how (`searched`), in the named fields, or in what is shown."""
        if not self.q:
            return rows
        if hasattr(rows, "searched"):
            return rows.searched(self.q)
        if isinstance(rows, QuerySet):
            matches = Q()
            for name in self.search_fields:
                matches |= Q(**{f"{name}__icontains": self.q})
            return rows.filter(matches) if self.search_fields else rows
        wanted = self.q.casefold()
        return [
            row
            for row in rows
            if any(wanted in str(column.of(row)).casefold() for column in self.columns)
        ]

    def _ordered(self, rows: Any) -> Any:
        if not self.sort:
            return rows
        if isinstance(rows, QuerySet):
            return rows.order_by(self.sort, "pk")
        name = self.sort.lstrip("-")
        return sorted(
            rows, key=lambda row: _key(getattr(row, name)), reverse=self.sort.startswith("-")
        )

    def values(self, rows: Rows) -> Iterator[list[Any]]:
        """Yield the bare values of each row, read a chunk at a time."""
        source = rows.iterator(CHUNK) if isinstance(rows, QuerySet) else rows
        return ([column.of(row) for column in self.columns] for row in source)

    def line(self, row: Any) -> Line:
        """Return one row's cells."""
        return Line(
            row,
            [
                Cell(column, column.of(row), column.link(row) if column.link else None)
                for column in self.columns
            ],
        )


def _key(value: Any) -> tuple[bool, Any]:
    return (value is None, value)


def render_list(  # noqa: PLR0913 - one keyword for each thing in which one list differs from another
    request: HttpRequest,
    *,
    title: Words,
    rows: Rows,
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    search_fields: Sequence[str] = (),
    empty: Words = "",
    template: str = "pages/list.html",
    context: dict[str, Any] | None = None,
) -> HttpResponseBase:
    """Show a list, or the same selection as CSV with `?format=csv`. `empty` says what to do when there is nothing yet."""
    page = ListPage(request, rows, columns, filters, search_fields)
    selection = page.selection()
    if request.GET.get("format") == "csv":
        return csv_response(title, [column.label for column in columns], page.values(selection))
    shown = Paginator(selection, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        template,
        {
            "title": title,
            "page": shown,
            "lines": [page.line(row) for row in shown],
            "columns": columns,
            "filters": [(one, page.chosen.get(one.name, "")) for one in filters],
            "list": page,
            "searchable": bool(search_fields) or not isinstance(rows, QuerySet),
            "narrowed": bool(page.q or page.chosen),
            "empty": empty,
            **(context or {}),
        },
    )
