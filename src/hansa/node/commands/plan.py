"""`hansa plan`: what the planner proposes. `check` runs on any machine: it loads no Django and opens no database."""

import json
import sys
from math import inf
from pathlib import Path

import click

from hansa.aid.planner.sheet import BYTES
from hansa.kernel.errors import Untrusted
from hansa.node import start

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def plan() -> None:
    """Make, show and check what the planner proposes."""


@plan.command()
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sha256", default="", help="The plan's sha256, as the record of the plan states it."
)
@click.option(
    "--gap",
    type=click.FloatRange(min=0),
    default=inf,
    show_default=False,
    help="Refuse a plan that is not shown to be this near to the best, as a share: 0.0001.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(path: Path, sha256: str, gap: float, *, as_json: bool) -> None:
    """Check a plan file: that it can be done, keeps every reserve, costs what it says, and is as near to the best as it says.

    Ends with 0 when it holds, with 1 when it does not, and with 2 when FILE is no plan file.
    """
    from hansa.aid.planner.check import check as judge

    try:
        with path.open("rb") as file:
            data = file.read(BYTES + 1)
    except OSError as error:
        raise Untrusted(f"{path} cannot be read: {error.strerror or error}.") from error
    verdict = judge(data, plan=sha256.strip().lower(), most=gap)
    click.echo(json.dumps(verdict.as_dict(), indent=2) if as_json else verdict.text(), nl=as_json)
    sys.exit(0 if verdict.ok else 1 if verdict.readable else 2)


@plan.command()
@click.option(
    "--as", "officer", required=True, metavar="OFFICER", help="The office that plans and publishes."
)
@click.option("--out", type=FILE, help="Write the plan's file here, too.")
@click.option("--seed", default=0, help="For whatever is drawn while solving.")
@click.option("--fair", is_flag=True, help="Raise the call that gets least, for up to 5 % more.")
@click.option(
    "--hold-back", is_flag=True, help="Hold back for who may call next, as members have said."
)
@click.option(
    "--look",
    is_flag=True,
    help="Only look at what it would propose, and at what other manners would cost; publish nothing.",
)
def make(
    officer: str, out: Path | None, seed: int, *, fair: bool, hold_back: bool, look: bool
) -> None:
    """Plan over all open calls and publish the plan as a record. It proposes; each member decides."""
    start.open_home()
    from hansa.aid.planning.making import Manner
    from hansa.cli import plans

    plans.make(officer, out, seed, Manner(fair, hold_back), publish=not look)


@plan.command()
@click.argument("key", required=False)
@click.option("--out", type=FILE, help="Write the plan's file here, to be checked anywhere.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(key: str | None, out: Path | None, *, as_json: bool) -> None:
    """Show the plan at KEY, else the one that stands: its lines, what became of them, and what has changed since."""
    start.open_home()
    from hansa.cli import plans

    plans.show(key, out, as_json=as_json)
