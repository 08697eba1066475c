"""One world for each module; whatever a test does in it is undone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test.utils import override_settings

from hansa.kernel import clock, live
from tests.doors.world import NOW, Hand, World, build


@pytest.fixture(scope="module")
def world(
    django_db_setup, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The pact of `world.build`, in a home of its own, at the hour when everyone knocks."""
    home: Path = tmp_path_factory.mktemp("doors")
    (home / "hansa.toml").write_text('realm = "hansa"\n')
    hand = Hand()
    before = clock.use(hand)
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        django_db_blocker.unblock(),
        override_settings(HANSA_HOME=home, PASSWORD_HASHERS=quick),
        transaction.atomic(),
    ):
        made = build()
        hand.at = NOW
        yield made
        transaction.set_rollback(True)
    clock.use(before)
    live.wake()


@pytest.fixture(autouse=True)
def _undone(world: World, db, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each test be taken back. What memory holds of it is told by the bell, or forgotten."""
    from hansa.kernel import rates
    from hansa.web import live as stream

    rates.forget_all()
    cache.clear()
    # A stream lets its thread's connection go; here that is the one in which the world stands.
    monkeypatch.setattr(stream, "close_old_connections", lambda: None)
    yield
    live.wake()
