"""Every attack starts from one foreign log that the node already follows."""

import pytest

from tests.foreign import ForeignLog


@pytest.fixture
def log(home) -> ForeignLog:
    """A log written elsewhere, opened and taken in."""
    made = ForeignLog()
    made.send()
    return made
