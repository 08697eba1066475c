"""`hansa exchange`: files of other systems in, needs, calls and feeds out."""

from pathlib import Path

import click
from django.utils.translation import gettext as _

from hansa.aid.exchange import cap, incoming, outgoing
from hansa.aid.exchange.feeds import FEEDS
from hansa.aid.exchange.models import Feed
from hansa.aid.exchange.xml import LARGEST
from hansa.aid.models import Need
from hansa.cli.officers import find_officer, reader_log
from hansa.cli.words import print_json, print_table
from hansa.kernel.errors import Refused
from hansa.kernel.reading import readable
from hansa.pact.models import Call

OFFICER = click.option(
    "--as", "officer", required=True, metavar="OFFICER", help="The office that acts."
)


@click.group()
def exchange() -> None:
    """Take messages of other systems in as drafts, and give ours out."""


@exchange.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@OFFICER
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_file(file: Path, officer: str, *, as_json: bool) -> None:
    """Take an EDXL-DE or EDXL-RM FILE in and print a receipt for each item. Nothing is said: an officer decides on each draft."""
    log, key = _office(officer)
    with file.open("rb") as opened:
        receipts = incoming.receive(opened.read(LARGEST + 1), log, key)
    if as_json:
        print_json(
            {
                "receipts": [
                    {
                        "item": one.item,
                        "state": str(one.state),
                        "sentence": one.sentence,
                        "draft": one.draft or None,
                    }
                    for one in receipts
                ]
            }
        )
        return
    rows = [[str(one.state), str(one.draft or "-"), one.item, one.sentence] for one in receipts]
    print_table(["STATE", "DRAFT", "ITEM", "RECEIPT"], rows)


@exchange.command()
@OFFICER
@click.option("--need", metavar="KEY", help="A need with its exchange, as EDXL-RM in EDXL-DE.")
@click.option("--call", metavar="KEY", help="A call, as CAP 1.2.")
@click.option("--feed", type=click.Choice(Feed.values), help="What a feed of this name gives.")
@click.option(
    "--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to write, else print."
)
def export(
    officer: str, need: str | None, call: str | None, feed: str | None, to: Path | None
) -> None:
    """Write what the officer may read, in a form of other systems: one of --need, --call and --feed."""
    if sum(one is not None for one in (need, call, feed)) != 1:
        raise click.UsageError("Name one of --need, --call and --feed.")
    content = _made(_office(officer)[0], need, call, feed)
    if to is not None:
        to.write_bytes(content)
        click.echo(f"Written: {to}")
    else:
        click.echo(content, nl=False)


def _office(named: str) -> tuple[str, str]:
    """Return the log and key of an office in force; Refused for any other."""
    return reader_log(named) or "", find_officer(named).key


def _made(log: str, need: str | None, call: str | None, feed: str | None) -> bytes:
    if feed is not None:
        return FEEDS[feed][0](log)
    if need is not None:
        found = readable(Need, log).filter(key=need).first()
        if found is not None:
            return outgoing.envelope(outgoing.exchange_of(found, log), log, found.key)
    called = readable(Call, log).filter(key=call or "").first()
    if called is not None:
        return cap.alert(called)
    raise Refused(
        _("There is no such record here, or it is not for your member to read."), code="unknown"
    )
