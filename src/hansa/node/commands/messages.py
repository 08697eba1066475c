"""`hansa messages`: make the translations readable for the software."""

from pathlib import Path

import click

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


@click.command()
def messages() -> None:
    """Compile the translations."""
    written = compile_messages()
    click.echo(
        f"{len(written)} catalogues compiled." if written else "There are no catalogues to compile."
    )
