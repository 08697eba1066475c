"""`hansa say`: one verb a kind, with the kind's own fields."""

import mimetypes
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from hansa.cli.approve import HELP, sign
from hansa.cli.kinds import about_field, example, find_kind
from hansa.cli.officers import find_officer
from hansa.cli.words import print_json, say_if_played
from hansa.kernel import files
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.log import Draft
from hansa.kernel.record import KINDS, Record
from hansa.kernel.say import say_draft

CHUNK = 1024 * 1024


class Verbs(click.Group):
    """One command for each kind that is registered."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(KINDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Derive the verb from its kind; Refused if there is none."""
        return verb(find_kind(cmd_name))


class Verb(click.Command):
    """A kind's verb. Its help lists the fields."""

    record: type[Record]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Fields"):
            formatter.write_dl([(field.name, about_field(field)) for field in self.record.fields])
        with formatter.section("Example"):
            shown = [
                f"{field.name}={_quoted(example(field))}"
                for field in self.record.fields
                if field.required and example(field)
            ]
            formatter.write_text(
                " ".join(["hansa say", self.record.kind, *shown, "--as", "OFFICER"])
            )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'" if set(text) & set(" \"'[]{}()$&;|<>*?") else text


def verb(kind: type[Record]) -> Verb:
    """Return the command that says this kind."""
    made = Verb(
        kind.kind,
        callback=partial(_say, kind),
        help=f"{kind.sentence}\n\nNeeds the capability “{kind.by}”.",
        short_help=kind.sentence,
        options_metavar="",
        params=[
            click.Argument(["fields"], nargs=-1, metavar="FIELD=VALUE..."),
            click.Option(
                ["--as", "officer"],
                required=True,
                metavar="OFFICER",
                help="The office in which you act: its key, LOG/HANDLE, or HANDLE.",
            ),
            click.Option(
                ["--log"], help="The member for which you act, where the handle alone does not say."
            ),
            click.Option(
                ["--for", "audience"],
                type=None if kind.sealable else click.Choice(kind.audiences),
                default="" if kind.sealable and kind.subject else kind.audiences[0],
                show_default=True,
                help="Who may read it."
                + (" Or an audience of the member's own, as LOG@NUMBER." if kind.sealable else ""),
            ),
            click.Option(
                ["--once"],
                metavar="KEY",
                help="Say it once only, however often this is run with the same KEY.",
            ),
            click.Option(
                ["--sign", "key"],
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="KEYFILE",
                help=HELP,
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."),
        ],
    )
    made.record = kind
    return made


@click.group(cls=Verbs, subcommand_metavar="KIND FIELD=VALUE...")
def say() -> None:
    """Say a record as an officer: KIND is a tag such as aid.need/1, or its last word."""


def _say(
    kind: type[Record],
    fields: Sequence[str],
    officer: str,
    log: str | None,
    audience: str,
    once: str | None,
    key: Path | None,
    *,
    as_json: bool,
) -> None:
    chosen = find_officer(officer, log)
    record = kind.read(read_fields(kind, fields))
    once = f"cli:{chosen.key}:{once}" if once else ""
    draft = Draft(record, chosen.home, chosen.key, audience, once)
    try:
        position = say_draft(sign(draft, key) if key else draft)
    except Refused as refusal:
        if refusal.code != "not-approved" or key:
            raise
        raise Refused(f"{refusal.sentence} Add --sign KEYFILE.", code=refusal.code) from refusal
    if as_json:
        print_json({"position": position, "kind": kind.kind, "log": chosen.home, "by": chosen.key})
    else:
        say_if_played()
        click.echo(position)


def read_fields(kind: type[Record], given: Sequence[str]) -> dict[str, Any]:
    """Return the values of FIELD=VALUE arguments; Refused if one is no such pair or comes twice."""
    values: dict[str, Any] = {}
    for pair in given:
        name, parted, value = pair.partition("=")
        if not parted or not name:
            raise Refused(
                f"“{pair[:60]}” is no FIELD=VALUE. The fields are: {', '.join(field.name for field in kind.fields)}.",
                code="invalid",
            )
        if name in values:
            raise Refused("This field is given twice. Give it once.", field=name, code="invalid")
        field = next((field for field in kind.fields if field.name == name), None)
        values[name] = (
            _attached(value)
            if field is not None and field.of is File and not value.startswith("[")
            else value
        )
    return values


def _attached(paths: str) -> list[dict[str, Any]]:
    """Keep the files at these paths (with commas) and return what a record says of them."""
    return [
        msgspec.to_builtins(_keep(Path(path.strip()))) for path in paths.split(",") if path.strip()
    ]


def _keep(path: Path) -> File:
    try:
        with path.open("rb") as file:
            return files.keep(path.name, mimetypes.guess_type(path.name)[0] or "", _chunks(file))
    except FileNotFoundError as error:
        raise Refused(f"There is no file {path}.", field="files", code="no-file") from error
    except IsADirectoryError as error:
        raise Refused(f"{path} is a folder. Name a file.", field="files", code="no-file") from error


def _chunks(file: Any) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
