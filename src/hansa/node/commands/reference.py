"""`hansa reference`: the pages of docs/reference, written from the kinds, the API and the commands themselves."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

CHECKOUT = Path(__file__).resolve().parents[4]
FOLDER = CHECKOUT / "docs" / "reference"
MADE = "<!-- Written by `hansa reference`. Do not edit: change the source and run it again. -->"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; end with 1 if a page lags behind.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="The folder (else docs/reference).",
)
def reference(folder: Path, *, check: bool) -> None:
    """Write the reference pages: kinds, API, command line."""
    made = pages()
    late = [
        name
        for name, text in made.items()
        if not (folder / name).exists() or (folder / name).read_text("utf-8") != text
    ]
    if check:
        click.echo(
            f"These pages lag behind: {', '.join(late)}. Run: hansa reference"
            if late
            else "The reference pages are current."
        )
        sys.exit(1 if late else 0)
    folder.mkdir(parents=True, exist_ok=True)
    for name in late:
        (folder / name).write_text(made[name], "utf-8")
    click.echo(f"{len(late)} of {len(made)} pages written to {folder}.")


def pages() -> dict[str, str]:
    """Return each page's text by its file name, in English."""
    from hansa.node.start import load_django

    load_django()
    from django.utils.translation import override

    with override("en"):
        return {
            name: "\n".join([MADE, "", *lines, ""])
            for name, lines in {"kinds.md": _kinds(), "api.md": _api(), "cli.md": _cli()}.items()
        } | {"scenarios.md": _scenarios()}


def _scenarios() -> str:
    """Return the page on scenarios with its tables and its example as they are now."""
    from hansa.node.scenario.reference import renewed

    example = CHECKOUT / "scenarios" / "two-cities.yaml"
    return renewed((FOLDER / "scenarios.md").read_text("utf-8"), example.read_text("utf-8"))


def _kinds() -> Iterator[str]:
    from hansa.cli.kinds import example, takes
    from hansa.kernel.record import FOUNDING, KINDS, NODE

    yield from (
        "# What can be said",
        "",
        "Every record is of one of these kinds. A tag is for ever; a changed meaning is a new number.",
        "",
    )
    for tag in sorted(KINDS):
        kind = KINDS[tag]
        by = (
            "A log's first record; it needs no officer."
            if kind.by == FOUNDING
            else "Said by a member's node itself, under no office."
            if kind.by == NODE
            else f"Needs the capability `{kind.by}`."
        )
        readers = [f"`{one}`" for one in kind.audiences] + ["an audience"] * kind.sealable
        erasable = "Its body may be erased." if kind.erasable else "Its body is never erased."
        yield from (
            f"## {tag}",
            "",
            f"`{kind.sentence}`",
            "",
            f"{by} Read by: {' or '.join(readers)}. {erasable} Folds into `{kind.row.__name__}`.",
            "",
        )
        yield from _table(
            ["Field", "Asks", "Takes", "Needed", "Example"],
            (
                [
                    f"`{one.name}`",
                    f"{one.label} {one.help}".strip(),
                    takes(one),
                    "yes" if one.required else "",
                    _code(example(one)),
                ]
                for one in kind.fields
            ),
        )
        yield ""


def _api() -> Iterator[str]:
    from hansa.api.openapi import document
    from hansa.api.problems import STATUS

    made = document()
    yield from (
        "# The HTTP API",
        "",
        made["info"]["description"].strip(),
        "",
        "The whole, with every field, is at `/api/openapi.json` (OpenAPI 3.1).",
        "",
        "## Addresses",
        "",
    )
    yield from _table(["Request", "Answer", "Parameters"], _addresses(made))
    yield from (
        "",
        "## Saying a record",
        "",
        "```",
        "POST /api/records",
        "Authorization: Bearer hansa_…",
        "Content-Type: application/json",
        "Idempotency-Key: any text of your own",
        "",
    )
    yield from (
        '{"kind": "pact.note/1", "says": {"on": "us-il-chicago@0", "text": "We can meet the truck at gate 4."}, "for": "pact"}',
        "```",
        "",
    )
    yield from ("## Problems", "", "Every refusal is a 422, except these, by `code`:", "")
    yield from _table(
        ["Code", "Status"],
        ([f"`{code}`", f"{status.value} {status.phrase}"] for code, status in STATUS.items()),
    )


def _addresses(made: dict[str, Any]) -> Iterator[list[str]]:
    parameters = made["components"]["parameters"]
    for path, verbs in made["paths"].items():
        for verb, operation in verbs.items():
            asked = [
                parameters[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
                for one in operation["parameters"]
            ]
            names = ", ".join(f"`{one['name']}`" for one in asked if one["in"] != "path")
            yield [f"`{verb.upper()} {path}`", operation["summary"], names]


def _cli() -> Iterator[str]:
    from hansa.node.main import COMMANDS, hansa, load

    root = click.Context(hansa, info_name="hansa", terminal_width=100, **hansa.context_settings)
    yield from ("# The command line", "", *_help(root))
    for name in COMMANDS:
        if name not in hansa.list_commands(root):
            continue
        command = load(name)
        yield from (
            f"## hansa {name}",
            "",
            *_help(click.Context(command, info_name=name, parent=root, terminal_width=100)),
        )
        if isinstance(command, click.Group) and name != "say":  # the kinds have a page of their own
            parent = click.Context(command, info_name=name, parent=root, terminal_width=100)
            for verb, inner in command.commands.items():
                yield from (
                    f"### hansa {name} {verb}",
                    "",
                    *_help(click.Context(inner, info_name=verb, parent=parent, terminal_width=100)),
                )


def _help(context: click.Context) -> list[str]:
    home = str(Path.home())
    return ["```", context.get_help().replace(home, "~"), "```", ""]


def _table(head: list[str], lines: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in line)} |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
