"""Bringing a process up on a home: which folder, then Django, then a database that is current.

Settings read the home folder when they are imported, so the order matters and is kept here.
"""

import os
from pathlib import Path

from hansa.kernel.errors import Refused

HOME_VARIABLE = "HANSA_HOME"
TOML = "hansa.toml"


def choose_home(folder: str | os.PathLike[str] | None) -> Path:
    """Let this process run on `folder` (else on HANSA_HOME, else on ~/.hansa). Before Django is loaded."""
    chosen = Path(folder or os.environ.get(HOME_VARIABLE) or "~/.hansa").expanduser().absolute()
    os.environ[HOME_VARIABLE] = str(chosen)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.node.settings")
    return chosen


def home_folder() -> Path:
    """Return the folder that this process runs on."""
    return choose_home(None)


def require_home() -> Path:
    """Return the home folder; Refused if nobody made one there."""
    folder = home_folder()
    if not (folder / TOML).exists():
        raise Refused(
            f"There is no home at {folder}. Make one with “hansa init”, or name another with --home.",
            code="no-home",
        )
    return folder


def load_django() -> None:
    """Load Django on the chosen home. Doing it again does nothing."""
    import django

    home_folder()
    django.setup()


def is_shared() -> bool:
    """Tell whether the home's database is one that several processes may serve."""
    from django.db import connection

    return connection.vendor == "postgresql"


def migrate() -> None:
    """Bring the home's database to this version's tables, and its rows to this version's reading of the records.

    What is current is left alone. Refused if the database cannot be reached, or is one that may not hold a home.
    """
    from django.db import connection

    from hansa.kernel import postgres

    if not is_shared():
        _bring_up()
        return
    _require_server()
    why = postgres.unfit(connection)
    if why:
        raise Refused(why, code="database")
    _require_moved()
    with postgres.alone(connection):  # of several that start at once, one makes the tables
        _bring_up()


def _require_server() -> None:
    """Refuse, with what the server says, where the home's PostgreSQL cannot be reached."""
    from django.db import OperationalError, connection

    if not is_shared():
        return
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise Refused(
            f"The database of this home cannot be reached ({str(error).strip()}). Mend `database` in {home_folder() / TOML}, or start the server.",
            code="database",
        ) from error


def _require_moved() -> None:
    """Refuse an empty database in place of the records that stand in the home: its logs would begin a second time."""
    from django.db import connection

    from hansa.node.database import SQLITE

    if (home_folder() / SQLITE).exists() and not connection.introspection.table_names():
        raise Refused(
            f"The database that {TOML} names is empty, and this home's records stand in {SQLITE}. Take `database` out of {TOML} again, then move them: hansa move postgresql://…",
            code="not-moved",
        )


def _bring_up() -> None:
    from django.core.management import call_command

    from hansa.node import upgrade

    call_command("migrate", verbosity=0, interactive=False)
    upgrade.settle()


def open_home() -> Path:
    """Load Django on an existing home whose database is current; Refused says what is missing."""
    folder = require_home()
    load_django()
    from hansa.node import passphrase, signing, upgrade

    if behind() or upgrade.is_due():
        raise Refused(
            "The database of this home is older than this version of Hansa. Start “hansa serve”, or run “hansa migrate”, once.",
            code="not-migrated",
        )

    passphrase.offer()
    signing.offer()
    return folder


def known_migrations() -> set[tuple[str, str]]:
    """Return the changes to a database, by app and name, that this version knows."""
    from django.db.migrations.loader import MigrationLoader

    return set(MigrationLoader(None).disk_migrations)


def behind() -> list[str]:
    """Return the names of migrations that the database still lacks."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    _require_server()
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]
