"""`hansa join`: how a government joins a pact that lives on other nodes. `hansa node`: where a member's own node is."""

import base64
import sys
from pathlib import Path

import click

from hansa.kernel.errors import Refused

FILE = click.Path(dir_okay=False, path_type=Path)
KEY = click.Path(exists=True, dir_okay=False, path_type=Path)
SIGN = "Approve it with this SSH key: a private key's file, or the .pub file of a key in ssh-agent."


@click.group()
def join() -> None:
    """Join a pact, or let somebody join it: by letter, which any way of sending text can carry."""


@join.command()
@click.argument("log", required=False)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the letter to this file."
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it as a page to print (HTML), with a QR code.",
)
def request(log: str | None, out: Path | None, page: Path | None) -> None:
    """Write the letter by which LOG (else the only one kept here) asks to join. Hand it to any member."""
    from hansa.kernel.sync.joining import write_request
    from hansa.web.joining.paper import as_page

    name = log or _only_log()
    letter = write_request(name)
    if page:
        page.write_text(as_page(letter), "utf-8")
    _hand_over(letter, out)
    click.echo(
        f"Give this letter to any member of the pact, and tell them this fingerprint by voice:\n  {_fingerprint(name)}",
        err=True,
    )


@join.command()
@click.argument("letter", type=FILE)
@click.option(
    "--as", "officer", required=True, metavar="OFFICER", help="The office that vouches and invites."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the welcome to this file."
)
@click.option("--yes", is_flag=True, help="The fingerprint was compared; do not ask.")
@click.option("--sign", "key", type=KEY, metavar="KEYFILE", help=SIGN)
def admit(letter: Path, officer: str, out: Path | None, key: Path | None, *, yes: bool) -> None:
    """Vouch for the newcomer whose LETTER this is, invite it, and write the welcome to send back."""
    from hansa.cli.approve import signing
    from hansa.cli.officers import find_officer
    from hansa.kernel.sync.letters import read_request
    from hansa.pact.joining import vouch

    found = find_officer(officer)
    asked = read_request(_text(letter))
    _compare(asked.verifier.name, asked.verifier.fingerprint, yes=yes)
    with signing(key):
        vouched = vouch(asked, found.key)
    _hand_over(vouched.welcome, out)
    click.echo(
        f"{vouched.member.name} is invited ({vouched.invitation}). Send this welcome back to it. It joins when it has signed and as many members have agreed as the charter asks.",
        err=True,
    )


@join.command()
@click.argument("letter", type=FILE)
@click.option("--yes", is_flag=True, help="The fingerprint was compared; do not ask.")
def follow(letter: Path, *, yes: bool) -> None:
    """Follow every log that a member's welcome (LETTER) names. “hansa serve” then fetches them."""
    from hansa.kernel.sync.joining import follow_all
    from hansa.kernel.sync.letters import read_welcome

    welcome = read_welcome(_text(letter))
    sender = welcome.sender.verifier
    _compare(sender.name, sender.fingerprint, yes=yes)
    fresh = follow_all(welcome)
    click.echo(
        f"{len(fresh)} logs are followed from now on: {', '.join(fresh)}."
        if fresh
        else "All logs of this letter were followed before."
    )
    click.echo(
        "Start “hansa serve”, and the pact's records will come. Then sign the accession on the page “Members”."
    )


@click.command()
@click.option("--as", "officer", required=True, metavar="OFFICER", help="The office that says so.")
@click.option(
    "--url",
    help="Where other nodes reach this one, such as https://aid.example.org; “-” for nowhere.",
)
@click.option(
    "--host", help="Who runs the machine. Members on one machine count once as witnesses."
)
@click.option("--sign", "key", type=KEY, metavar="KEYFILE", help=SIGN)
def node(officer: str, url: str | None, host: str | None, key: Path | None) -> None:
    """Say where this member's node is, with the keys that it uses now. What is left out stays as it was."""
    from hansa.cli.approve import signing
    from hansa.cli.officers import find_officer

    found = find_officer(officer)
    with signing(key):
        click.echo(f"Said as {say_node(found.key, url=url, host=host)}.")


def say_node(officer: str, *, url: str | None = None, host: str | None = None) -> str:
    """Say in the officer's name where its member's node is, with this home's keys; return the record's position."""
    from hansa.kernel.home import home
    from hansa.kernel.ref import home_of
    from hansa.kernel.say import say
    from hansa.kernel.sync.models import Node
    from hansa.kernel.sync.records import NodeSet

    log, keys = home_of(officer), home().keys
    before = Node.objects.filter(key=f"{log}/node").first()
    record = NodeSet.read(
        {
            "url": (before.url if before else "") if url is None else url.strip("-"),
            "host": (before.host if before else "") if host is None else host,
            "witness": keys.witness(),
            "sealing": [{"key": base64.b64encode(keys.sealing(log)).decode()}],
        }
    )
    return say(record, log=log, by=officer)


def _only_log() -> str:
    from hansa.kernel.models import Log

    mine = list(Log.objects.filter(mine=True).order_by("name").values_list("name", flat=True))
    if len(mine) != 1:
        raise Refused(
            f"Say which log asks to join: {', '.join(mine)}."
            if mine
            else "No log is kept here yet. Run “hansa init” first.",
            field="log",
        )
    return mine[0]


def _fingerprint(log: str) -> str:
    from hansa.kernel.models import Log
    from hansa.kernel.note import Verifier

    return Verifier.parse(Log.objects.get(name=log).vkey).fingerprint


def _text(letter: Path) -> str:
    try:
        return letter.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The letter {letter} cannot be read: {error}.") from error


def _hand_over(letter: str, out: Path | None) -> None:
    if out is None:
        click.echo(letter, nl=False)
        return
    out.write_text(letter, "utf-8")
    click.echo(f"Written to {out}.", err=True)


def _compare(name: str, fingerprint: str, *, yes: bool) -> None:
    click.echo(
        f"This letter is signed by the key of {name}, whose fingerprint is\n  {fingerprint}",
        err=True,
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            "Compare the fingerprint with that member by voice or on paper, then add --yes."
        )
    if not click.confirm(
        "Did you compare it with that member by voice or on paper, and is it the same?", err=True
    ):
        raise Refused("Nothing was done. Compare it first: a false letter can carry any name.")
