"""`hansa move`: from SQLite to PostgreSQL, or back, with everything that the home holds."""

import sys

import click

from hansa.node import start
from hansa.node.lock import only_one


@click.command()
@click.argument("to", metavar="ADDRESS")
@click.option(
    "--password-file",
    default="",
    metavar="FILE",
    help="A file, in the home or by its whole path, with the password that ADDRESS leaves out.",
)
def move(to: str, password_file: str) -> None:
    """Copy this home into the empty database at ADDRESS (postgresql://…, or sqlite), verify it there, then use it.

    Nobody may serve the home meanwhile. Until the very end it stays as it is, whatever fails.
    """
    from hansa.node.moving import move as carry

    folder = start.require_home()
    shown = sys.stderr.isatty()

    def progress(what: str, done: int, total: int) -> None:
        if shown and total:
            end = "\n" if done >= total else ""
            click.echo(f"\r\033[K{what}: {done:,} of {total:,}{end}", nl=False, err=True)

    with only_one(folder):
        moved = carry(folder, to, password_file, progress)
    click.echo(
        f"Moved: {moved.entries:,} records, state {moved.state}. {start.TOML} names the new database.\n"
        f"What was used before is left as {moved.left}. It must never be served again: destroy it when you have made a backup."
    )
