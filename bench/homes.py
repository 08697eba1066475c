"""An empty home of its own for every measurement.

HANSA_TEST_STORE=postgresql puts it on a PostgreSQL that is made for the measurement.
"""

import os
import tempfile
from pathlib import Path


def fresh() -> Path:
    """Make a home in a temporary folder, with a migrated database, and set Django up on it. Once a process."""
    folder = Path(tempfile.mkdtemp(prefix="hansa-bench-"))
    (folder / "secret").write_text("of this measurement only")
    if on_postgresql():
        from tests.postgres import fresh as database

        (folder / "hansa.toml").write_text(f'database = "{database()}"\n')
    os.environ["HANSA_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.node.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return folder


def on_postgresql() -> bool:
    """Tell whether what is measured stands on PostgreSQL."""
    return os.environ.get("HANSA_TEST_STORE") == "postgresql"
