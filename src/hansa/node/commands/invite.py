"""`hansa invite`: the link with which a person takes an office on this node."""

import json

import click


@click.command()
@click.argument("officer")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def invite(officer: str, *, as_json: bool) -> None:
    """Print a link with which one person may sign up as OFFICER (key, LOG/HANDLE or HANDLE), once."""
    from hansa.cli.officers import find_officer

    found = find_officer(officer)
    made = link(found.key)
    click.echo(json.dumps({"officer": found.key, "link": made}, indent=2) if as_json else made)
    if unaddressed(made):
        click.echo(unaddressed(made), err=True)


def link(officer: str) -> str:
    """Return a new invitation link for the officer with this key, at the address under which this node is reached."""
    from django.conf import settings
    from django.urls import reverse

    from hansa.web.accounts import make_invite

    return f"{settings.NODE_URL}{reverse('invite', args=[make_invite(officer)])}"


def unaddressed(made: str) -> str:
    """Return what to do about a link that opens on this machine alone; nothing if the node has an address."""
    if not made.startswith("http://localhost"):
        return ""
    return "This link opens on this machine only. Name the node's address in hansa.toml (origins), or put it in place of localhost."
