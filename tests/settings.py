"""The node's own settings on a home of the test run's own: nothing is read from, or written to, a person's."""

import os
import tempfile
from pathlib import Path

os.environ["HANSA_HOME"] = tempfile.mkdtemp(prefix="hansa-test-")
os.environ["HANSA_TEST_DB"] = str(Path(os.environ["HANSA_HOME"]) / "test.sqlite3")

from hansa.node.settings import *  # noqa: F403 - these are its settings
