"""Asking a person at the terminal for the passphrase under which a home's keys are locked."""

import sys

import click

from hansa.kernel import vault
from hansa.kernel.errors import Refused
from hansa.kernel.home import home


def offer() -> None:
    """Ask whoever sits at the terminal, once a key is needed that nothing else opens. An empty answer is none."""
    if sys.stdin.isatty():
        vault.ask_person(_typed)


def open_now() -> bool:
    """Open this home's keys, asking at the terminal if need be; False if they stay locked."""
    offer()
    keys = home().keys
    if keys.shut:
        try:
            keys.chest.need()
        except Refused:
            return False
    return True


def _typed(why: str) -> str | None:
    return (
        click.prompt(
            f"{why} (nothing: go on without)",
            default="",
            hide_input=True,
            show_default=False,
            err=True,
        )
        or None
    )
