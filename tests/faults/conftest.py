"""One small settled home, made once, copied for each fault."""

from pathlib import Path

import pytest

from tests.faults.rig import SETTLE, copy, on_store, run


@pytest.fixture(scope="session")
def settled(tmp_path_factory) -> Path:
    """Two members' logs and a foreign one, with an attachment, an erasure and an entry that waits."""
    folder: Path = tmp_path_factory.mktemp("settled") / "home"
    folder.mkdir()
    run(on_store(folder), SETTLE)
    return folder


@pytest.fixture
def real(settled, tmp_path) -> Path:
    """A real home that the test may break."""
    return copy(settled, tmp_path)
