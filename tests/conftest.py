"""A home of its own for every test. Nothing is read from, or written to, the person's own."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis


@pytest.fixture
def home(db, settings, tmp_path: Path) -> Path:
    """An empty home with a migrated database; rolled back afterwards."""
    settings.HANSA_HOME = tmp_path
    return tmp_path


class SetClock:
    """The one clock, in a test's hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def to(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    """The clock, standing at noon UTC on 7 June 2025 until the test moves it."""
    from hansa.kernel import clock

    hand = SetClock(datetime(2025, 6, 7, 12, tzinfo=UTC))
    before = clock.use(hand)
    yield hand
    clock.use(before)


# How fast a machine is says nothing about whether a law holds.
hypothesis.register_profile("hansa", deadline=None)
hypothesis.load_profile("hansa")


def pytest_configure(config: pytest.Config) -> None:
    """On PostgreSQL, leave to the server what it takes with it when it goes: databases, and threads' connections."""
    if os.environ.get("HANSA_TEST_STORE") == "postgresql":
        config.option.reuse_db = True
        config.addinivalue_line(
            "filterwarnings", "ignore:.*psycopg.Connection.*was deleted while still open"
        )
        config.addinivalue_line(
            "filterwarnings", "ignore:Exception ignored in. <function BaseConnection.__del__"
        )
