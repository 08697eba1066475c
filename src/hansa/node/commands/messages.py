"""`hansa messages`: gather what people read, and make its translations readable for the software."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LOCALE = Path(__file__).resolve().parent.parent.parent / "locale"


def compile_messages(folder: Path = LOCALE) -> list[Path]:
    """Compile every catalogue under `folder` beside its source; return what was written."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        compiled = source.with_suffix(".mo")
        with compiled.open("wb") as file:
            write_mo(file, catalogue)
        written.append(compiled)
    return written


def gather_messages(folder: Path = LOCALE) -> int:
    """Bring every catalogue under `folder` up to what is written now; return how many translations are missing.

    A translation of words that are gone is dropped; one of words that stay is kept.
    """
    from babel.messages.pofile import read_po, write_po

    from hansa.node.start import load_django

    load_django()
    from hansa.node.words import gather

    missing, template = 0, gather()
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        written = io.BytesIO()
        write_po(
            written, catalogue, omit_header=True, no_location=True, sort_output=True, width=100
        )
        source.write_bytes(_header(catalogue).encode() + written.getvalue())
        missing += sum(1 for message in catalogue if message.id and not message.string)
    return missing


def _header(catalogue: "Catalog") -> str:
    """Return the head of a catalogue: what its readers need, and no date or name that changes by itself."""
    said = [
        f"Language: {catalogue.locale_identifier}",
        f"Plural-Forms: {catalogue.plural_forms}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    lines = "".join(f'"{line}\\n"\n' for line in said)
    return f'# What people read. Gathered with `hansa messages --gather`; the sentences are ours.\nmsgid ""\nmsgstr ""\n{lines}\n'


@click.command()
@click.option(
    "--gather", is_flag=True, help="First bring the catalogues up to what is written now."
)
def messages(*, gather: bool) -> None:
    """Compile the translations."""
    if gather:
        missing = gather_messages()
        click.echo(
            f"{missing} messages have no translation yet."
            if missing
            else "All messages are translated."
        )
    written = compile_messages()
    click.echo(
        f"{len(written)} catalogues compiled." if written else "There are no catalogues to compile."
    )
