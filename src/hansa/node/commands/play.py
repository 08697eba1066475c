"""`hansa play`: play a scenario into a new home and print what it came to."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from hansa.node.scenario.play import make_home
from hansa.node.scenario.play import play as play_file


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--home",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="A new folder for the played home.",
)
@click.option(
    "--speed",
    default=0.0,
    type=click.FloatRange(min=0),
    help="Seconds of the story in one second; 0 is as fast as possible.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def play(file: Path, folder: Path, speed: float, *, as_json: bool) -> None:
    """Play the scenario FILE into a new home and print a summary. Needs no server."""
    make_home(folder)
    from hansa.node.scenario.summary import in_words

    found = play_file(file, speed, _progress if sys.stderr.isatty() else None)
    if sys.stderr.isatty():
        click.echo(err=True)
    click.echo(json.dumps(found, indent=2) if as_json else in_words(found))


def _progress(step: Any) -> None:
    """Write over one line of the terminal what is being played."""
    what = step.line.name or step.line.kind.kind
    click.echo(
        f"\r{step.number}/{step.of}  {step.at:%Y-%m-%d %H:%M %z}  {step.line.by}: {what}"[
            :99
        ].ljust(100),
        err=True,
        nl=False,
    )
