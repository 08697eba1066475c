"""Which database a home uses: SQLite in its folder, or the PostgreSQL that `database` in hansa.toml names."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hansa.kernel.errors import Refused

SQLITE = "hansa.sqlite3"
EXAMPLE = "postgresql://hansa@db.example.org/hansa?sslmode=verify-full"
SCHEMES = ("postgresql://", "postgres://")


PATIENCE = {
    "application_name": "hansa",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
"""What libpq is told unless the address says otherwise: a server that is gone is noticed within a minute."""


def databases(folder: Path, node: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES for a home with these settings; Refused if what names the database cannot be read."""
    url = str(node.get("database", ""))
    if not url or url == "sqlite":
        return {"default": sqlite(folder / SQLITE)}
    return {"default": postgresql(url, password(folder, node))}


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of an SQLite database in this file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # Threads stay (node.asgi), and their connections with them.
        "CONN_MAX_AGE": None,
        # A writer takes the lock when it begins, so it never finds at the end that it must start anew.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    }


def postgresql(url: str, password: str = "") -> dict[str, Any]:
    """Return the settings of the PostgreSQL database at this address (libpq, “Connection URIs”); Refused if it is none."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    if not url.startswith(SCHEMES):
        raise Refused(
            f"“{url}” names no database. Leave `database` out of hansa.toml for SQLite, or give an address such as {EXAMPLE}",
            code="database",
        )
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.Error as error:
        raise Refused(
            f"The address of the database cannot be read ({error}). Give one such as {EXAMPLE}",
            code="database",
        ) from error
    name = parts.pop("dbname", "")
    if not name:
        raise Refused(
            f"The address of the database does not say which one. Give one such as {EXAMPLE}",
            code="database",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", "") or password,
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": None,
        # A server that was started anew is noticed at the next request, not by it.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**PATIENCE, **parts},
    }


def password(folder: Path, node: Mapping[str, Any]) -> str:
    """Return the password from the file that `database_password_file` names (in the home, unless it is a whole path)."""
    named = node.get("database_password_file")
    if not named:
        return ""
    try:
        return (folder / str(named)).expanduser().read_text("utf-8").strip()
    except OSError as error:
        raise Refused(
            f"The password of the database cannot be read from {folder / str(named)} ({error.strerror}). Mend database_password_file in hansa.toml.",
            code="database",
        ) from error


def rewritten(text: str, new: dict[str, str]) -> str:
    """Return hansa.toml with these settings changed and all else kept; an empty one is left out."""
    first_table = re.search(r"^\s*\[", text, re.MULTILINE)
    end = first_table.start() if first_table else len(text)
    names = "|".join(map(re.escape, new))
    kept = re.sub(rf"^[ \t]*(?:{names})[ \t]*=.*(?:\n|\Z)", "", text[:end], flags=re.MULTILINE)
    kept = kept if not kept or kept.endswith("\n") else f"{kept}\n"
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in new.items() if value]
    made = kept + "".join(lines) + text[end:]
    wanted = {name: value for name, value in tomllib.loads(text).items() if name not in new}
    wanted |= {name: value for name, value in new.items() if value}
    try:
        held = tomllib.loads(made) == wanted
    except tomllib.TOMLDecodeError:
        held = False
    if not held:
        raise Refused(
            "hansa.toml is written in a way that this command cannot change. Write its database settings on lines of their own.",
            code="toml",
        )
    return made
