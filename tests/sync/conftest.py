"""Whole nodes in one process."""

from pathlib import Path

import pytest

from tests.sync.virtual import Pact


@pytest.fixture
def pact(db: None, tmp_path: Path) -> Pact:
    """A pact without members yet."""
    return Pact(tmp_path)
