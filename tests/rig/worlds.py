"""Worlds for tests that play their own story instead of a seed's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig.world import Shape, World, found

Make = Callable[..., World]


@pytest.fixture(scope="session")
def founded_homes(tmp_path_factory) -> Path:
    """Where homes of founded pacts are kept, to be copied."""
    kept: Path = tmp_path_factory.mktemp("founded")
    return kept


@pytest.fixture
def make_world(tmp_path, founded_homes, django_db_blocker) -> Iterator[Make]:
    """Make a world in which these logs, node by node, have founded a pact."""
    made = 0

    def make(*carried: tuple[str, ...]) -> World:
        nonlocal made
        made += 1
        return found(Shape(carried), tmp_path / f"world-{made}", founded_homes)

    with django_db_blocker.unblock():
        yield make
