"""`hansa verify`: check an export on any machine. Loads no Django and opens no database."""

import json
import sys

import click

from hansa.kernel.verify import verify as check


@click.command()
@click.argument("path", type=click.Path())
@click.option("--vkey", help="The log's key, as its owner told you by another way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(path: str, vkey: str | None, *, as_json: bool) -> None:
    """Check an exported log (a folder) or one record's proof (a zip file). Ends with 0 when it holds, else 1."""
    report = check(path, vkey)
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.text(), nl=as_json)
    sys.exit(0 if report.ok else 1)
