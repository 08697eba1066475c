"""The commands that look after a home: state, rebuild, fsck, export, migrate."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from hansa.node import start


def _out(value: dict[str, Any], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(value, indent=2) if as_json else words)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def state(*, as_json: bool) -> None:
    """Print the hash over all rows: the same on every node that holds the same records."""
    from hansa.kernel.models import Log
    from hansa.kernel.state import state_hash

    found = state_hash()
    logs = dict(Log.objects.order_by("name").values_list("name", "size"))
    _out({"state": found, "logs": logs}, found, as_json=as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rebuild(*, as_json: bool) -> None:
    """Drop all rows and the search index, and make them anew from the logs. Nothing that was said is touched."""
    from hansa.kernel import search
    from hansa.kernel.state import rebuild as make_anew
    from hansa.kernel.state import state_hash

    def progress(done: int) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{done:,} records", nl=False, err=True)

    done = make_anew(progress)
    search.start_over()
    found = state_hash()
    _out(
        {"records": done, "state": found},
        f"{done:,} records folded. State {found}",
        as_json=as_json,
    )


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fsck(*, as_json: bool) -> None:
    """Verify every log and body, and compare the rows with a replay. Ends with 0 when all holds, else 1."""
    from hansa.kernel.fsck import fsck as check

    report = check()
    click.echo(
        json.dumps(report.as_dict(), indent=2, default=str)
        if as_json
        else report.text().rstrip("\n")
    )
    sys.exit(0 if report.ok else 1)


@click.command()
@click.argument("log")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option(
    "--for",
    "reader",
    metavar="LOG",
    help="Write the bodies that this member's officers may read (else those of LOG's own).",
)
@click.option("--public", is_flag=True, help="Write only the bodies that are for the whole pact.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def export(log: str, folder: Path, reader: str | None, *, public: bool, as_json: bool) -> None:
    """Write LOG to DIR: tiles, entries, bodies, key and signed checkpoint, which “hansa verify” accepts."""
    from hansa.kernel.export import export_log

    size = export_log(log, folder, None if public else reader or log)
    _out(
        {"log": log, "size": size, "folder": str(folder)},
        f"{size:,} entries of {log} written to {folder}. Check them with: hansa verify {folder}",
        as_json=as_json,
    )


@click.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    start.require_home()
    start.load_django()
    behind = start.behind()
    start.migrate()
    click.echo(
        f"{len(behind)} changes made to the database." if behind else "The database is current."
    )
