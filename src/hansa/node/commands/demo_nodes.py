"""`hansa demo-nodes`: the scenario on five nodes or more, each a process with a home of its own."""

import shutil
import time
from pathlib import Path
from typing import Any

import click

from hansa.kernel.errors import Refused
from hansa.node.commands.demo import CHECKOUT, SCENARIO
from hansa.node.commands.serve import bind
from hansa.node.troupe.casting import LEAST, MOST

MARK = "demo-nodes"
"""The file that says that a folder was made by this command, and may be made anew."""


@click.command("demo-nodes")
@click.option(
    "--nodes",
    type=click.IntRange(2, MOST),
    default=LEAST,
    show_default=True,
    help="How many nodes.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=CHECKOUT / ".demo-nodes",
    show_default=False,
    help="Where their homes are made (else .demo-nodes in the checkout).",
)
@click.option(
    "--scenario",
    type=click.Path(dir_okay=False, path_type=Path),
    default=SCENARIO,
    show_default=False,
    help="The scenario that plays.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535 - MOST),
    envvar="HANSA_PORT",
    default=8000,
    show_default=True,
    help="The first node's port (HANSA_PORT); the others have the next ones.",
)
@click.option(
    "--seconds",
    type=float,
    default=240.0,
    show_default=True,
    help="How long the story takes at least; a busy machine takes longer.",
)
@click.option("--once", is_flag=True, help="End when the story is over.")
def demo_nodes(
    nodes: int, folder: Path, scenario: Path, port: int, seconds: float, *, once: bool
) -> None:
    """Play the demo across nodes that keep their own logs: one is cut off, one killed, one forged."""
    if not scenario.exists():
        raise Refused(f"There is no scenario at {scenario}. Name one with --scenario.")
    place = _fresh(folder.expanduser().absolute())
    from hansa.node.troupe.stage import perform

    perform(place, scenario.absolute(), _ports(nodes, port), seconds, once=once, tell=_tell)


def _tell(sentence: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')}  {sentence}")


def _ports(nodes: int, first: int) -> list[int]:
    """Return a free port for each node; Refused, before anything is made, if one is taken."""
    taken: list[Any] = []
    try:
        taken.extend(bind("127.0.0.1", first + number) for number in range(nodes))
    finally:
        for one in taken:
            one.close()
    return [first + number for number in range(nodes)]


def _fresh(folder: Path) -> Path:
    """Empty the folder that an earlier demo made, or make it; Refused if it holds anything else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise Refused(
            f"{folder} holds something that is no demo. Name another folder with --folder.",
            code="not-demo",
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    (folder / MARK).touch()
    return folder
