"""A selection as CSV, where its rows are told and not read from columns."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hansa.kernel.home import home
from hansa.pages.lists import plain

CHUNK = 200


def csv_response(
    request: HttpRequest, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Stream rows as CSV. In an exercise home each row says so itself, since rows get copied."""
    played = home().exercise
    heading = [*headings, *([_("Exercise")] if played else [])]
    mark = [_("played")] if played else []
    lines = _lines(heading, ([plain(value) for value in row] + mark for row in rows))
    content: Iterator[str] | AsyncIterator[str] = (
        _in_thread(lines) if isinstance(request, ASGIRequest) else lines
    )
    name = f"{'exercise-' if played else ''}{slugify(title) or 'list'}.csv"
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(heading: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    pending = [heading]
    while pending:
        text = io.StringIO()
        csv.writer(text).writerows(pending)
        yield text.getvalue()
        pending = list(islice(rows, CHUNK))


async def _in_thread(lines: Iterator[str]) -> AsyncIterator[str]:
    """Read the database in the request's own thread, a chunk at a time."""
    while (chunk := await sync_to_async(_next)(lines)) is not None:
        yield chunk


def _next(lines: Iterator[str]) -> str | None:
    return next(lines, None)
