"""A PostgreSQL beside the run's own store, and homes on it."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.rig import SETTLE, copy, run
from tests.postgres import SHARED, NoPostgres, Server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of this process's own, which a test may stop and start."""
    try:
        made = Server()
    except NoPostgres as why:
        if SHARED in os.environ:
            raise
        pytest.skip(str(why))
    yield made
    made.close()


@pytest.fixture
def database(server) -> Callable[[], str]:
    """Make an empty database and return its address."""
    return lambda: server.database(f"test_{next(_numbers)}")


@pytest.fixture(scope="session")
def settled(tmp_path_factory) -> Path:
    """Two members' logs and a foreign one on SQLite, with an attachment, an erasure and an entry that waits."""
    folder: Path = tmp_path_factory.mktemp("settled") / "home"
    folder.mkdir()
    (folder / "hansa.toml").write_text(
        'realm = "exercise"\nzone = "UTC"\n# kept\n[notice_services]\nntfys = ["push.example"]\n'
    )
    run(folder, SETTLE)
    return folder


@pytest.fixture
def home(settled, tmp_path) -> Path:
    """That home, for this test alone."""
    return copy(settled, tmp_path)


@pytest.fixture
def served(home: Path, database: Callable[[], str]) -> Path:
    """That home, moved to a PostgreSQL of its own."""
    run(home, MOVE, database())
    return home


MOVE = """
from hansa.node.main import hansa
hansa(["move", sys.argv[1]], standalone_mode=False)
"""
