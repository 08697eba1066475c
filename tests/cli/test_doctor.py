"""What the doctor sees in this process."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.node.commands import doctor
from hansa.node.main import hansa
from tests.builders import found

pytestmark = pytest.mark.django_db


def test_a_clock_far_ahead_is_told_until_someone_vouches_for_it(home, monkeypatch):
    (home / "hansa.toml").touch()
    town = found(1)[0]
    later = clock.machine() + timedelta(days=400)
    monkeypatch.setattr(clock, "_machine", lambda: later)
    before = clock.use(lambda: later)
    try:
        assert "--clock-is-right" in doctor._clock(home).words
        with pytest.raises(Refused, match="clock"):
            town.say("pact.note/1", on=town.by, text="x")
        monkeypatch.setenv("HANSA_HOME", str(home))
        CliRunner().invoke(hansa, ["doctor", "--clock-is-right"])
        assert doctor._clock(home).ok
        town.say("pact.note/1", on=town.by, text="x")
    finally:
        clock.use(before)


def test_a_clock_behind_the_newest_record_is_told(home, monkeypatch):
    found(1)
    earlier = clock.machine() - timedelta(days=1)
    monkeypatch.setattr(clock, "_machine", lambda: earlier)
    assert not doctor._clock(home).ok


def test_a_missing_log_key_is_told(home):
    found(1)
    assert doctor._keys().ok
    next((home / "keys").glob("*.seed")).unlink()
    assert "backup" in doctor._keys().words


def test_a_full_disk_is_told(home, monkeypatch):
    monkeypatch.setattr(doctor, "ROOM", 2**62)
    assert not doctor._room(home).ok
