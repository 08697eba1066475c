"""`hansa log`: the history in sentences."""

from typing import Any

import click
from django.db.models import QuerySet

from hansa.cli.kinds import find_kind
from hansa.cli.officers import as_reader, reader_log
from hansa.cli.words import as_json, print_json, print_table, say_if_played
from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry, Fate, Log, Touch
from hansa.kernel.reading import readable
from hansa.kernel.seal import keeping as seal
from hansa.kernel.telling import Told, moment, tell


@click.command()
@click.argument("log", required=False)
@click.option("--about", metavar="KEY", help="Only what concerns this row or record.")
@click.option("--kind", help="Only this kind.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="At most so many, the newest.",
)
@as_reader
@as_json
def log(
    log: str | None,
    about: str | None,
    kind: str | None,
    limit: int,
    reader: str | None,
    *,
    as_json: bool,
) -> None:
    """Show the history of one LOG, or of all, the newest last."""
    entries = _selected(log, about, kind, reader).order_by("-id")[:limit]
    told = tell(reversed(entries))
    if as_json:
        print_json({"records": [plain_told(one) for one in told]})
        return
    say_if_played()
    print_table(
        ["RECORD", "WHEN", "WHAT"], [[one.position, moment(one.at), words(one)] for one in told]
    )


def _selected(
    log: str | None, about: str | None, kind: str | None, reader: str | None
) -> QuerySet[Entry]:
    entries = readable(Entry, reader_log(reader))
    if log:
        if not Log.objects.filter(name=log).exists():
            raise Refused(
                f"There is no log {log} here. There are: {', '.join(Log.objects.order_by('name').values_list('name', flat=True)[:20]) or 'none'}.",
                field="log",
                code="no-log",
            )
        entries = entries.filter(log=log)
    if about:
        entries = entries.filter(id__in=Touch.objects.filter(key=about).values("entry_id"))
    if kind:
        entries = entries.filter(kind=find_kind(kind).kind)
    return entries


def words(told: Told) -> str:
    """Return the sentence, and why it counts for nothing where it does."""
    return f"{told.sentence} [void: {told.why}]" if told.fate == Fate.VOID else told.sentence


def plain_told(told: Told) -> dict[str, Any]:
    """Return what a program wants of one entry in the history."""
    return {
        "position": told.position, "at": told.at, "log": told.entry.log, "author": told.author, "by": told.entry.by, "office": told.officer,
        "kind": told.kind, "audience": seal.audience_of(told.entry), "sentence": told.sentence, "fate": told.fate, "reason": told.reason, "subject": told.subject,
    }  # fmt: skip
