"""The node's own settings on a home of the test run's own: nothing is read from, or written to, a person's.

HANSA_TEST_STORE=postgresql runs the same tests on a PostgreSQL that is made for the run.
"""

import os
import tempfile
from pathlib import Path

os.environ["HANSA_HOME"] = tempfile.mkdtemp(prefix="hansa-test-")

from hansa.node.database import postgresql, sqlite
from hansa.node.settings import *  # noqa: F403 - these are its settings
from tests.postgres import shared

STORE = os.environ.get("HANSA_TEST_STORE", "sqlite")
if STORE == "postgresql":
    DATABASES = {"default": {**postgresql(shared()), "TEST": {"NAME": "hansa"}}}
elif STORE == "sqlite":
    home = Path(os.environ["HANSA_HOME"])
    DATABASES = {
        "default": {**sqlite(home / "hansa.sqlite3"), "TEST": {"NAME": str(home / "test.sqlite3")}}
    }
else:
    raise RuntimeError(f"HANSA_TEST_STORE is sqlite or postgresql, not {STORE!r}")
