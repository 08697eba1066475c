"""`hansa show`: one record, or one row, whole."""

import json
from datetime import datetime
from typing import Any

import click
import msgspec

from hansa.cli.history import plain_told, words
from hansa.cli.officers import as_reader, reader_log
from hansa.cli.words import as_json, print_json, print_pairs, row_values, say_if_played
from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry, Row, row_models
from hansa.kernel.reading import readable
from hansa.kernel.ref import is_position, split
from hansa.kernel.seal import keeping as seal
from hansa.kernel.telling import Told, moment, tell


@click.command()
@click.argument("key")
@as_reader
@as_json
def show(key: str, reader: str | None, *, as_json: bool) -> None:
    """Show the record at KEY (LOG@NUMBER), and the rows that live under KEY."""
    log = reader_log(reader)
    told = _told(key, log)
    rows = [row for model in row_models() for row in readable(model, log).filter(key=key)]
    if told is None and not rows:
        raise Refused(f"There is nothing called {key} here that you may read.", code="no-record")
    if as_json:
        record = (
            None if told is None else {**plain_told(told), "says": msgspec.to_builtins(told.record)}
        )
        print_json(
            {
                "record": record,
                "rows": [{"row": row._meta.model_name, **row_values(row)} for row in rows],
            }
        )
        return
    say_if_played()
    if told is not None:
        _print_record(told)
    for row in rows:
        _print_row(row)


def _told(key: str, log: str | None) -> Told | None:
    if not is_position(key):
        return None
    name, index = split(key)
    return next(iter(tell(readable(Entry, log).filter(log=name, index=index))), None)


def _print_record(told: Told) -> None:
    click.echo(words(told))
    pairs = [
        ("record", told.position),
        ("kind", told.kind),
        ("when", moment(told.at)),
        ("by", f"{told.officer}, {told.author}" if told.officer else told.author),
    ]
    print_pairs([*pairs, ("read by", seal.who_reads(told.entry))])
    if told.record is not None:
        click.echo()
        print_pairs(
            [(name, _worded(value)) for name, value in msgspec.to_builtins(told.record).items()]
        )


def _print_row(row: Row) -> None:
    click.echo()
    click.echo(f"{str(row._meta.verbose_name).capitalize()}: {row}")
    print_pairs([(name, _worded(value)) for name, value in row_values(row).items()])


def _worded(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return moment(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
