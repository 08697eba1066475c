"""CSV (RFC 4180) of anything that has rows. In an exercise home each row says so itself, since rows get copied."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hansa.kernel.home import home

CHUNK = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters by which a spreadsheet takes a text for something to run."""


def csv_response(
    title: str | Promise, headings: Sequence[str | Promise], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Stream rows as CSV. They may be read lazily: the middleware keeps zone, language and thread until the last one."""
    played = home().exercise
    heading = [str(one) for one in headings] + ([_("Exercise")] if played else [])
    mark = [_("played")] if played else []
    lines = ([plain(value) for value in row] + mark for row in rows)
    name = f"{'exercise-' if played else ''}{slugify(str(title)) or 'list'}.csv"
    return StreamingHttpResponse(
        _chunks(heading, lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def plain(value: Any) -> str:
    """Return a value as a CSV cell: times with their offset, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text


def _chunks(heading: list[str], lines: Iterator[list[str]]) -> Iterator[str]:
    pending = [heading]
    while pending:
        text = io.StringIO()
        csv.writer(text).writerows(pending)
        yield text.getvalue()
        pending = list(islice(lines, CHUNK))
