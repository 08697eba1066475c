"""`hansa demo`: play a scenario on a served home that anyone at this machine may walk through."""

import os
from pathlib import Path

import click

from hansa.kernel.errors import Refused
from hansa.node.commands.serve import at_port, bind
from hansa.node.demo.stage import open_port, perform, succeed
from hansa.node.start import HOME_VARIABLE

CHECKOUT = Path(__file__).resolve().parents[4]
SCENARIO = CHECKOUT / "scenarios" / "los-angeles-2025.yaml"


@click.command()
@at_port
@click.option(
    "--home",
    "folder",
    type=click.Path(path_type=Path),
    help="The demo's folder (else .demo in the checkout).",
)
@click.option(
    "--scenario",
    type=click.Path(dir_okay=False, path_type=Path),
    default=SCENARIO,
    show_default=False,
    help="The scenario that plays.",
)
@click.option("--keep", is_flag=True, help="Go on with the last demo instead of a fresh home.")
def demo(host: str, port: int, folder: Path | None, scenario: Path, *, keep: bool) -> None:
    """Play the demo and serve it. Its home is made anew each time, and is never a real node."""
    if not scenario.exists():
        raise Refused(
            f"There is no scenario at {scenario}. Name one with --scenario.", code="no-scenario"
        )
    place = (folder or _default()).expanduser().absolute()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    listening, handed_over = open_port(lambda: bind(host, port))
    address = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"
    if perform(place, scenario, listening, address, keep=keep and not handed_over):
        succeed(listening)
    listening.close()


def _default() -> Path:
    """Return the home that HANSA_HOME or --home names, unless that is the place of a real node."""
    named = Path(os.environ.get(HOME_VARIABLE) or "~/.hansa").expanduser()
    return CHECKOUT / ".demo" if named == Path("~/.hansa").expanduser() else named
