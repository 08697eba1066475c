"""What the kernel asks of PostgreSQL: on every connection, of a database it is given, and when something fails."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db import models

WRITERS = 0x68616E7361_01
"""The advisory lock that whoever writes in logs holds until its transaction ends. Its number is ours alone."""

TABLES = 0x68616E7361_03
"""The advisory lock of whoever changes the tables."""

CHANNEL = "hansa"
"""Where processes are told that something was written (LISTEN, NOTIFY). Never what."""

SETTINGS = (
    # An own checkpoint may leave this machine only when what it signs survives a power cut.
    ("synchronous_commit", "on"),
    # As long as SQLite waits for its lock (settings, `timeout`).
    ("lock_timeout", "20s"),
    # A process that is gone, or stands still in the middle of writing, must not hold up the others for ever.
    ("idle_in_transaction_session_timeout", "15min"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
)

ORDERS = frozenset({"c", "posix", "c.utf-8", "c.utf8"})
"""Collations that order text by its code points, as SQLite does, and that no upgrade of the system changes."""

OLDEST = 14_00_00
"""The oldest server that Django 5.2 works with (its documentation, “PostgreSQL notes”)."""

HOW_TO_MAKE = "CREATE DATABASE hansa OWNER hansa TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';"
"""What makes a database that fits."""

_TROUBLE = (
    ("53100", "full"),
    ("55P03", "busy"),
    ("40P01", "busy"),
    ("53300", "crowded"),
    ("25006", "closed"),
    ("42501", "closed"),
    ("XX", "damaged"),
    ("58", "damaged"),
    ("08", "away"),
    ("57P", "away"),
    ("25P03", "away"),
)
"""What the beginning of an SQLSTATE (PostgreSQL's appendix A) means to us. The first that fits counts."""


def settle(connection: Any, **_signal: Any) -> None:
    """Make a new connection keep the kernel's promises; other databases need none of it."""
    if connection.vendor != "postgresql":
        return
    connection.connection.adapters.register_dumper(str, _plain_dumper())
    asked = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SETTINGS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}")


@cache
def _plain_dumper() -> Any:
    """Return how psycopg shall write a text: one with U+0000, which PostgreSQL cannot hold, as one that nothing equals.

    No record holds that sign (`kernel.entry`), and no form takes it. A stranger who asks for it finds nothing, as on SQLite.
    """
    from psycopg.types.string import StrDumperUnknown

    class Plain(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    return Plain


def take_turn(connection: Any) -> None:
    """Wait until nobody else writes, and let everybody be told when this transaction is through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s), pg_notify(%s, '')", (WRITERS, CHANNEL))


@contextmanager
def alone(connection: Any) -> Iterator[None]:
    """Change the tables while no other process does."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout TO 0")  # who brings it up to date may take its time
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", (TABLES,))
            cursor.execute(f"SET lock_timeout TO '{dict(SETTINGS)['lock_timeout']}'")
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (TABLES,))


def unfit(connection: Any) -> str | None:
    """Return why this database may not hold a home, in a sentence that says what to do; None if it may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), datcollate, datname,"
            " current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery()"
            " FROM pg_database WHERE datname = current_database()"
        )
        version, encoding, collation, name, fsync, pages, standby = cursor.fetchone()
    if version < OLDEST:
        return f"This PostgreSQL is version {version // 10000}. Use {OLDEST // 10000} or newer."
    if encoding != "UTF8" or collation.lower() not in ORDERS:
        return (
            f"The database {name} keeps text as {encoding} in the order of {collation}; Hansa needs UTF8 in the order C, "
            f"which stays the same when the system is upgraded. Make one so: {HOW_TO_MAKE}"
        )
    if fsync != "on" or pages != "on":
        return "This server does not wait for its disk, so what is acknowledged may be lost. Set fsync and full_page_writes to on."
    return (
        "This server is a standby, which takes no writing. Name the primary." if standby else None
    )


def described(connection: Any) -> str:
    """Return version, name and size of the database in words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_database(), pg_database_size(current_database())"
        )
        version, name, size = cursor.fetchone()
    return f"PostgreSQL {version}, database {name}, {size / 1024**2:,.1f} MB"


def trouble(error: BaseException) -> str | None:
    """Tell what an error of the database means: full, busy, crowded, closed, damaged or away; None if none of these."""
    cause = error if hasattr(error, "sqlstate") else error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # Without a state it is libpq that speaks: the server cannot be reached, or has gone.
        return "away" if type(cause).__module__.startswith("psycopg") else None
    return next((word for begins, word in _TROUBLE if state.startswith(begins)), None)


def copy(
    connection: Any,
    table: str,
    fields: "Sequence[models.Field[Any, Any]]",
    values: Sequence[Sequence[Any]],
) -> None:
    """Insert new rows by COPY, in one statement to whoever watches the connection (`execute_wrapper`)."""
    types = [_type(field, connection) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)

    def carry_out(statement: str, _params: Any, _many: Any, context: Any) -> None:
        with (
            connection.wrap_database_errors,
            context["cursor"].copy(statement) as into,
        ):
            into.set_types(types)
            for row in values:
                into.write_row(row)

    watched: Callable[..., None] = carry_out
    for wrapper in reversed(connection.execute_wrappers):
        watched = partial(wrapper, watched)
    with connection.cursor() as cursor:
        statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"
        watched(statement, None, False, {"connection": connection, "cursor": cursor})  # noqa: FBT003 - as Django calls it


def bulk(
    connection: Any,
    statement: str,
    fields: "Sequence[models.Field[Any, Any]]",
    values: Sequence[Sequence[Any]],
) -> None:
    """Carry out a statement over many rows at once: `{rows}` in it is the table of `values`, columned as `fields`.

    The columns travel as binary arrays: four times as fast as one statement a row, and still one statement to Django.
    """
    import psycopg
    from django.db.backends.utils import CursorWrapper

    types = [_type(field, connection) for field in fields]
    marks = ", ".join(f"%b::{name}[]" for name in types)
    columns = [
        list(map(_PLAIN[name], column)) if name in _PLAIN else list(column)
        for name, column in zip(types, zip(*values, strict=True), strict=True)
    ]
    connection.ensure_connection()
    with CursorWrapper(psycopg.Cursor(connection.connection), connection) as cursor:
        cursor.execute(statement.format(rows=f"unnest({marks})"), columns)


def _type(field: "models.Field[Any, Any]", connection: Any) -> str:
    """Return a column's type without its length. A cast to a length would cut what is too long; an insert refuses it."""
    return re.sub(r"\(.*\)", "", field.db_type(connection) or "text")


def _text(value: Any) -> str | None:
    """Return a text as itself: members of an enumeration and references are texts that psycopg would take for more."""
    return value if value is None or type(value) is str else str(value)


_PLAIN: dict[str, Callable[[Any], Any]] = {"varchar": _text, "text": _text}
