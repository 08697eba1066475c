"""What every verb prints: aligned plain lines for a person, JSON for a program."""

import json
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import click
from django.utils.functional import Promise

from hansa.kernel.home import home
from hansa.kernel.models import Row
from hansa.kernel.report import plain

LONGEST = 2000
"""Characters of one value that a terminal is shown."""


def as_json(function: Any) -> Any:
    """Give a verb its `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object, which says so where this home is an exercise."""
    marked = {**value, "exercise": True} if home().exercise else value
    click.echo(json.dumps(marked, indent=2, ensure_ascii=False, default=simple))


def simple(value: Any) -> Any:
    """Return a value that JSON knows; TypeError if there is none."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def say_if_played() -> None:
    """Tell on stderr that what stands in this home is played."""
    if home().exercise:
        click.echo("Exercise: what the pact does in this home is played.", err=True)


def print_pairs(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values in two columns, long values wrapped under themselves; a digest or an address stays whole."""
    listed = [(name, plain(str(value), LONGEST)) for name, value in pairs]
    left = max((len(name) for name, _value in listed), default=0) + 2
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    for name, value in listed:
        lines = textwrap.wrap(
            value, width - left, break_long_words=False, break_on_hyphens=False
        ) or [""]
        click.echo(f"{name:<{left}}{lines[0]}".rstrip())
        for line in lines[1:]:
            click.echo(" " * left + line)


def print_table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print aligned columns under their names; the last one takes what is left of the line."""
    rows = [tuple(plain(cell, LONGEST) for cell in line) for line in lines]
    widths = [max(len(row[i]) for row in [tuple(head), *rows]) for i in range(len(head) - 1)]
    for row in [tuple(head), *rows]:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())


def row_values(row: Row) -> dict[str, Any]:
    """Return a row's fields by name."""
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
