"""`hansa doctor`: what this node stands on, each with what to do where something is wrong."""

import json
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.node import checkup, lock, start
from hansa.node.checkup import Finding
from hansa.node.commands.serve import HOST, PORT, bind
from hansa.node.database import SQLITE

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 38, 0)
"""Row values in IN, UPSERT and full text with one table: all older than this."""
ROOM = 512 * 1024 * 1024
"""Bytes of free disk under which a node should not go on."""


@click.command()
@click.option(
    "--clock-is-right",
    is_flag=True,
    help="Vouch for this machine's clock, once, after a long silence.",
)
@click.option(
    "--not-a-copy",
    is_flag=True,
    help="Vouch that this is the only home that signs for its logs, and that nothing is missing.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="HANSA_PORT",
    default=PORT,
    show_default=True,
    help="The port to look at.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(port: int, *, clock_is_right: bool, not_a_copy: bool, as_json: bool) -> None:
    """Look whether this machine and this home are well, and say what to do where not. Ends with 0 when all is, else 1."""
    folder = start.require_home()
    if clock_is_right:
        _vouch(folder)
    if not_a_copy:
        _take_for_the_only_one()
    found = list(findings(folder, port))
    if as_json:
        click.echo(
            json.dumps(
                {"ok": all(one.ok for one in found), "findings": [asdict(one) for one in found]},
                indent=2,
            )
        )
    else:
        width = max(len(one.what) for one in found)
        for one in found:
            click.echo(f"{'ok ' if one.ok else 'BAD'}  {one.what:<{width}}  {one.words}")
    sys.exit(0 if all(one.ok for one in found) else 1)


def findings(folder: Path, port: int) -> Iterator[Finding]:
    """Look at the machine first, then at what Django opens: where that fails, the rest is not looked at."""
    yield _python()
    yield _sqlite()
    yield _room(folder)
    yield from _permissions(folder)
    yield _assets()
    yield _messages()
    yield _port(folder, port)
    database = _database(folder)
    yield database
    if database.ok:
        tables = _migrations()
        yield tables
        if not tables.ok:
            return
        yield _clock(folder)
        yield _keys()
        yield _same()
        from django.conf import settings

        yield from checkup.findings(folder, settings.NODE, port, served=lock.served(folder))


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Finding(
        "python", ok, version if ok else f"{version} is too old. Install Python 3.11 or newer."
    )


def _sqlite() -> Finding:
    ok = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return Finding(
        "sqlite",
        ok,
        sqlite3.sqlite_version
        if ok
        else f"{sqlite3.sqlite_version} is too old. Use a Python with SQLite 3.38 or newer.",
    )


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:,.1f} GB free"
    return Finding(
        "disk",
        free >= ROOM,
        words if free >= ROOM else f"{words}. Free some space, or move the home to a larger disk.",
    )


def _permissions(folder: Path) -> Iterator[Finding]:
    for path in [folder / "secret", folder / "keys", *sorted((folder / "keys").glob("*.seed"))]:
        name = path.relative_to(folder).as_posix()
        if not path.exists():
            yield Finding(
                name,
                ok=False,
                words=f"{path} is missing. Restore it from a backup; nothing can be written without it.",
            )
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        ok = not mode & 0o077
        yield Finding(
            name,
            ok,
            "readable by its owner only"
            if ok
            else f"others on this machine can read it. Run: chmod go= {path}",
        )


def _assets() -> Finding:
    start.load_django()
    from django.contrib.staticfiles import finders

    missing = [
        name for name in ("uswds/uswds.min.css", "uswds/uswds.min.js") if finders.find(name) is None
    ]
    return Finding(
        "assets",
        not missing,
        "built" if not missing else f"{missing[0]} is missing, so pages look bare. Run: make setup",
    )


def _messages() -> Finding:
    from hansa.node.commands.messages import LOCALE

    late = [
        po
        for po in sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
        if not po.with_suffix(".mo").exists()
        or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime
    ]
    return Finding(
        "messages",
        not late,
        "compiled"
        if not late
        else f"{late[0].parent.parent.name} is not compiled. Run: hansa messages",
    )


def _port(folder: Path, port: int) -> Finding:
    if lock.served(folder):
        return Finding(
            "port", ok=True, words=f"this home is being served by process {lock.holder(folder)}"
        )
    try:
        bind(HOST, port).close()
    except Refused as refusal:
        return Finding("port", ok=False, words=refusal.sentence)
    return Finding("port", ok=True, words=f"{port} is free")


def _database(folder: Path) -> Finding:
    from django.db import Error, connection

    from hansa.kernel import postgres

    served = connection.vendor == "postgresql"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master" if not served else "SELECT 1")
        if served:
            why, words = postgres.unfit(connection), postgres.described(connection)
            return Finding("database", ok=why is None, words=why or words)
    except Error as error:
        remedy = (
            "Start the server, or mend the address in hansa.toml."
            if served
            else "Restore the last backup, then run: hansa fsck"
        )
        return Finding("database", ok=False, words=f"It does not open ({error}). {remedy}")
    size = (folder / SQLITE).stat().st_size if (folder / SQLITE).exists() else 0
    return Finding("database", ok=True, words=f"opens, {size / 1024**2:,.1f} MB")


def _migrations() -> Finding:
    behind = start.behind()
    return Finding(
        "tables",
        not behind,
        "current"
        if not behind
        else f"{len(behind)} changes are missing, {behind[0]} first. Run: hansa migrate",
    )


def _clock(folder: Path) -> Finding:
    from hansa.kernel.log import AHEAD, BEHIND
    from hansa.kernel.models import Log

    now = clock.machine()
    newest = (
        Log.objects.exclude(last_at=None)
        .order_by("-last_at")
        .values_list("last_at", flat=True)
        .first()
    )
    words = f"{_utc(now)}; the newest record here is of {_utc(newest) if newest else 'no time yet'}"
    if newest is not None and now < newest - BEHIND:
        return Finding("clock", ok=False, words=f"{words}. The clock is behind: set it right.")
    if newest is not None and now > newest + AHEAD and not _vouched(folder, now).exists():
        return Finding(
            "clock",
            ok=False,
            words=f"{words}. If the clock is wrong, set it right; if it is right, run: hansa doctor --clock-is-right",
        )
    return Finding("clock", ok=True, words=words)


def _keys() -> Finding:
    from hansa.kernel.home import home
    from hansa.kernel.models import Log

    keys = home().keys
    missing = [
        log
        for log in Log.objects.filter(mine=True).order_by("name").values_list("name", flat=True)
        if not keys.holds(log)
    ]
    return Finding(
        "log keys",
        not missing,
        "all here"
        if not missing
        else f"The key of {missing[0]} is missing. Restore {missing[0]}.seed from a backup.",
    )


def _take_for_the_only_one() -> None:
    start.load_django()
    from hansa.kernel.witness import starting

    starting.not_a_copy()


def _same() -> Finding:
    from hansa.kernel.witness import guard, marker

    if marker.unchanged() or guard.cleared():
        return Finding("home", ok=True, words="the one that signed last")
    return Finding(
        "home",
        ok=False,
        words="a copy, restored, or older than what it signed. It signs again when enough of the other nodes have answered; or run: hansa doctor --not-a-copy",
    )


def _vouched(folder: Path, now: datetime) -> Path:
    return folder / f"clock-is-right-{now:%Y}"


def _vouch(folder: Path) -> None:
    now = clock.machine()
    _vouched(folder, now).write_text(f"{_utc(now)}\n", "utf-8")


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
