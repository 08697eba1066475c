"""`hansa init` makes a home for a member; `hansa found` founds a pact from it."""

import os
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from hansa.kernel.errors import Refused
from hansa.node.start import TOML, home_folder, load_django, migrate, open_home


@click.command()
@click.option("--name", prompt="What is the member called?", help="The member, such as Chicago.")
@click.option(
    "--type",
    "sort",
    type=click.Choice(["city", "county", "state", "tribe", "territory"]),
    prompt="What sort of government is it?",
    help="What sort of government it is.",
)
@click.option("--state", prompt="In which state? (two letters)", help="Its state, in two letters.")
@click.option(
    "--seat",
    prompt="Where is its seat? (latitude, longitude; may be left empty)",
    default="",
    show_default=False,
    help="Latitude and longitude of its seat.",
)
@click.option(
    "--zone",
    prompt="Which time zone does it keep?",
    default="America/New_York",
    show_default=True,
    help="Its time zone, such as America/Chicago.",
)
@click.option(
    "--office",
    prompt="Which office keeps its officers?",
    default="Chief of staff",
    show_default=True,
    help="Its first office, which appoints the others.",
)
@click.option(
    "--url",
    help="Its public address, such as https://aid.example.org. “hansa node” changes it later.",
)
@click.option("--handle", help="A short name for that office (else made from its title).")
@click.option(
    "--log",
    help="The name of its log (else made from type, state and name), such as us-il-chicago.",
)
@click.option(
    "--exercise", is_flag=True, help="Nothing in this home is in earnest. Cannot be changed later."
)
@click.option("--found", is_flag=True, help="Found a pact at once, with the default charter.")
@click.option("--pact", "pact_name", help="What that pact is called.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name under which browsers reach this node. May be given several times.",
)
def init(
    *,
    exercise: bool,
    found: bool,
    pact_name: str | None,
    hosts: tuple[str, ...],
    log: str | None,
    handle: str | None,
    sort: str,
    url: str | None,
    **given: str,
) -> None:
    """Make a home for a new member: its folder, keys, database, log and first office.

    On an existing home it adds another member, which then shares that home.
    """
    log = log or log_name(sort, given["state"], given["name"])
    folder = home_folder()
    url = _address() if url is None else url
    require_address(url)
    made = make_folder(folder, zone=given["zone"], exercise=exercise, hosts=hosts, url=url)
    load_django()
    migrate()
    open_home()  # an existing one may be locked, or have to ask its witnesses before it signs
    officer = open_member(
        log, {**given, "type": sort, "handle": handle or slug(given["office"])[:40]}
    )
    from hansa.node.commands.join import say_node

    say_node(officer, url=url)
    click.echo(
        f"{'Made the home' if made else 'Added to the home'} {folder}; {given['name']} keeps the log {log}."
    )
    if found:
        click.echo(f"Founded the pact {found_pact(officer, pact_name)}.")
    from hansa.node.commands.invite import link, unaddressed

    made_link = link(officer)
    click.echo(f"The {given['office']} signs up here, once, after “hansa serve”:\n  {made_link}")
    if unaddressed(made_link):
        click.echo(unaddressed(made_link))


@click.command()
@click.option("--as", "officer", required=True, metavar="OFFICER", help="The office that signs.")
@click.option("--name", help="What the pact is called.")
@click.option(
    "--with",
    "founders",
    multiple=True,
    metavar="LOG",
    help="Another founding member. May be given several times.",
)
@click.option(
    "--sign",
    "key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="KEYFILE",
    help="Approve it with this SSH key: a private key's file, or the .pub file of a key in ssh-agent.",
)
def found(officer: str, name: str | None, founders: tuple[str, ...], key: Path | None) -> None:
    """Found a pact with the default charter, and join it as its first member."""
    from hansa.cli.approve import signing
    from hansa.cli.officers import find_officer

    with signing(key):
        click.echo(f"Founded the pact {found_pact(find_officer(officer).key, name, founders)}.")


def slug(text: str) -> str:
    """Return lower-case letters and digits with single hyphens between."""
    letters = "".join(
        letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()
    )
    return "-".join(part for part in letters.split("-") if part)


def log_name(sort: str, state: str, name: str) -> str:
    """Return the customary name of a member's log: `us-il` for a state, `us-il-chicago` for others."""
    parts = (
        ["us", slug(state)] if sort in {"state", "territory"} else ["us", slug(state), slug(name)]
    )
    return "-".join(parts)[:63].strip("-")


def open_member(log: str, answers: dict[str, Any]) -> str:
    """Open the member's log with its first record; return the first officer's key. Refused leaves no half-open log."""
    from django.db import transaction

    from hansa.kernel.home import home
    from hansa.kernel.log import open_log
    from hansa.kernel.models import Log
    from hansa.kernel.say import say
    from hansa.pact.records.offices import LogOpened

    record = LogOpened.read(answers)
    kept = Log.objects.filter(name=log).first()
    if kept is None or kept.size:  # an empty one was left behind by a start that was cut short
        with transaction.atomic():
            open_log(log)
    try:
        return say(record, log=log)
    except Refused:
        Log.objects.filter(name=log, size=0).delete()
        (home().folder / "keys" / f"{log}.seed").unlink(missing_ok=True)
        raise


def found_pact(officer: str, name: str | None = None, founders: tuple[str, ...] = ()) -> str:
    """Found a pact with the default charter in the officer's name, let its member join now, and return its position."""
    from hansa.kernel import clock
    from hansa.kernel.home import home
    from hansa.kernel.ref import home_of
    from hansa.kernel.say import say
    from hansa.pact.records.membership import Acceded, PactFounded
    from hansa.pact.terms import default_charter

    log = home_of(officer)
    said = {
        "name": name or "Pact of mutual aid",
        "exercise": home().exercise,
        "founders": [f"{log}@0", *(f"{other}@0" for other in founders)],
    }
    pact = say(
        PactFounded.read({**said, **default_charter()}), log=log, by=officer, once=f"found:{log}"
    )
    say(
        Acceded.read({"pact": pact, "charter": pact, "effective": clock.now()}),
        log=log,
        by=officer,
        once=f"found-join:{log}",
    )
    return pact


def _address() -> str:
    """Ask for the address where a person sits at the terminal; a script that gives none has none."""
    if not sys.stdin.isatty():
        return ""
    asked: str = click.prompt(
        "Where do other nodes and people reach this one? (https://…; may be left empty)",
        default="",
        show_default=False,
    )
    return asked


def require_address(url: str) -> None:
    """Refused, before anything is made, if other nodes could not use this address."""
    from hansa.kernel.sync.addresses import is_url

    if url and not is_url(url):
        raise Refused(
            "Write the address like https://aid.example.org, in small letters and without a path.",
            field="url",
        )


def make_folder(
    folder: Path, *, zone: str, exercise: bool, hosts: tuple[str, ...], url: str
) -> bool:
    """Make folder, secret and hansa.toml; leave an existing home as it is. Return whether it is new."""
    if (folder / TOML).exists():
        if exercise:
            raise Refused(
                f"{folder} is a home already. Whether it is an exercise was settled when it was made.",
                code="home-exists",
            )
        return False
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} holds other things. Name an empty folder with --home.", code="not-empty"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    _write(folder / "secret", f"{secrets.token_urlsafe(48)}\n")
    name = urlsplit(url).hostname
    hosts = (*hosts, *([name] if name and name not in hosts else []))
    lines = [
        f'realm = "{"exercise" if exercise else "hansa"}"',
        f"zone = {quoted(zone)}",
        f"hosts = [{', '.join(map(quoted, hosts))}]",
        *([f"origins = [{quoted(url)}]"] if url.startswith("https:") else []),
    ]
    _write(folder / TOML, "\n".join([*lines, *_OPTIONS]))
    return True


def quoted(text: str) -> str:
    """Return text as a TOML string."""
    import json

    return json.dumps(text)


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


_OPTIONS = (
    "",
    "# Where browsers reach this node, if not only on this machine. With https:// here, cookies ask for it.",
    '# origins = ["https://aid.example.org"]',
    "# Where notices go, besides each officer's own address.",
    "# notices = []",
    '# mail_from = "aid@example.org"',
    '# mail_host = "localhost"',
    "# Addresses that may ask for /health, /ready and /metrics, besides this machine itself.",
    '# metrics_for = ["10.0.0.5"]',
    "# Lines for programs instead of people; “info” also tells of every request, and never what it held.",
    '# log = "json"',
    '# log_level = "warning"',
    "# Who can open backups: see “hansa backup-key”.",
    '# backup_to = ["age1…"]',
    "# Requests a minute that one API token may make.",
    "# api_rate = 6000",
    "",
)
