"""All that a database of Hansa holds, written into another one that is empty: every table, row by row, then compared."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from hansa.kernel import postgres
from hansa.kernel.errors import Refused
from hansa.kernel.writing import at_one_moment

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and how much there is."""

TOGETHER = 2000
"""Rows that are read and written at once."""

DEFAULT = "default"


@contextmanager
def joined(alias: str, settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Let this process use one more database under a name of its own."""
    full = connections.configure_settings({DEFAULT: settings})[DEFAULT]
    connections.settings[alias] = full
    line = connections[alias]
    try:
        yield line
    finally:
        line.close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def instead(alias: str) -> Iterator[None]:
    """Let everything that asks the home's database ask the other one."""
    before = connections[DEFAULT]
    connections[DEFAULT] = connections[alias]
    try:
        yield
    finally:
        connections[DEFAULT] = before


def require_empty(line: BaseDatabaseWrapper, why: str) -> None:
    """Refuse a database that holds any table, or that cannot hold a home."""
    if line.vendor == "postgresql":
        unfit = postgres.unfit(line)
        if unfit:
            raise Refused(unfit, code="database")
    tables = line.introspection.table_names()
    if tables:
        raise Refused(
            f"The database {line.settings_dict['NAME']} is not empty: it holds the table {tables[0]}. {why}",
            code="not-empty",
        )


def make_tables(alias: str) -> None:
    """Make this version's tables, and nothing in them."""
    call_command("migrate", database=alias, verbosity=0, interactive=False)
    for model in reversed(tables()):
        models.QuerySet(
            model, using=alias
        ).delete()  # what migrations put there comes along with the rest


def tables() -> list[type[models.Model]]:
    """Return every table by its model, those first that others point to."""
    found = [model for model in apps.get_models(include_auto_created=True) if _is_table(model)]
    ordered: list[type[models.Model]] = []
    while found:
        ready = [model for model in found if not (_needs(model) - {model}) & set(found)]
        ordered += ready or found
        found = [model for model in found if model not in ordered]
    return ordered


def copy(source: str, target: str, progress: Progress) -> None:
    """Write every row of one database into the tables of another, which are empty. Inside a transaction of the target's."""
    for model in tables():
        name, done = str(model._meta.verbose_name_plural), 0
        total = models.QuerySet(model, using=source).count()
        for values in _rows(model, source):
            _write(model, target, values)
            done += len(values)
            progress(name, done, total)
    reset = connections[target].ops.sequence_reset_sql(no_style(), tables())
    with connections[target].cursor() as cursor:
        for statement in reset:
            cursor.execute(statement)


def compare(source: str, target: str, progress: Progress) -> None:
    """Refused if any table of the two databases differs in any row."""
    listed = tables()
    for done, model in enumerate(listed, start=1):
        if _digest(model, source) != _digest(model, target):
            raise Refused(
                f"The copy is not the same: {model._meta.verbose_name_plural} differ. Nothing was changed. Try again; if it stays so, tell the makers of Hansa.",
                code="differs",
            )
        progress("tables compared", done, len(listed))


def snapshot(settings: dict[str, Any], progress: Progress) -> None:
    """Copy the home's database, as of one moment and while others go on writing, into the empty one with these settings."""
    with joined("snapshot", settings), at_one_moment():
        make_tables("snapshot")
        with transaction.atomic(using="snapshot"):
            copy(DEFAULT, "snapshot", progress)


def _is_table(model: type[models.Model]) -> bool:
    return model._meta.managed and not model._meta.proxy and not model._meta.swapped


def _needs(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _rows(model: type[models.Model], alias: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows in the order of their keys, so many at once."""
    rows = iter(
        models.QuerySet(model, using=alias)
        .order_by("pk")
        .values_list(*_names(model))
        .iterator(chunk_size=TOGETHER)
    )
    while found := list(islice(rows, TOGETHER)):
        yield found


def _write(model: type[models.Model], alias: str, rows: list[tuple[Any, ...]]) -> None:
    line, fields = connections[alias], list(model._meta.concrete_fields)
    values = [
        [field.get_db_prep_save(value, line) for field, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    if line.vendor == "postgresql":
        postgres.copy(line, f'"{model._meta.db_table}"', fields, values)
        return
    columns = ", ".join(f'"{field.column}"' for field in fields)
    insert = f'INSERT INTO "{model._meta.db_table}" ({columns})'
    marks = ", ".join(["%s"] * len(fields))
    with line.cursor() as cursor:
        cursor.executemany(f"{insert} VALUES ({marks})", values)


def _digest(model: type[models.Model], alias: str) -> str:
    digest = hashlib.sha256()
    for rows in _rows(model, alias):
        for row in rows:
            plain = [bytes(one) if isinstance(one, memoryview) else one for one in row]
            digest.update(msgspec.json.encode(plain, order="sorted") + b"\n")
    return digest.hexdigest()
