"""How often each may ask, over all processes on one home together."""

import json
import os
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel import clock, files, rates, tally
from hansa.kernel.models import Bucket, Passing
from hansa.web import cache as passing
from tests.faults.rig import PRELUDE, environment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(home):
    rates.forget_all()
    yield
    rates.forget_all()


@pytest.fixture
def machine(monkeypatch):
    """The machine's own clock, in the test's hand."""
    from datetime import UTC, datetime, timedelta

    start = datetime(2025, 6, 7, tzinfo=UTC)
    hand = {"seconds": 0.0}
    monkeypatch.setattr(clock, "_machine", lambda: start + timedelta(seconds=hand["seconds"]))
    return hand


def allowed(tries, most, who="x", **_rest):
    return sum(rates.take("test", who, most) == 0 for _ in range(tries))


def test_a_bucket_holds_a_minutes_worth_and_fills_evenly(machine):
    assert allowed(20, 10) == 10
    assert 0 < rates.take("test", "x", 10) <= 6
    machine["seconds"] = 6.0
    assert allowed(5, 10) == 1
    machine["seconds"] = 1000.0
    assert allowed(20, 10) == 10


def test_one_who_asks_too_often_holds_back_nobody_else(machine):
    allowed(20, 10)
    assert allowed(10, 10, who="y") == 10


def test_a_clock_that_goes_back_gives_and_takes_nothing(machine):
    machine["seconds"] = 100.0
    assert allowed(20, 10) == 10
    machine["seconds"] = 0.0
    assert allowed(5, 10) == 0
    machine["seconds"] = 106.0
    assert allowed(5, 10) == 1


def test_most_requests_cost_no_write(django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        assert allowed(2000, 6000) == 2000


def test_what_a_process_holds_and_does_not_spend_is_nobody_elses(machine):
    assert rates.take("test", "x", 6000) == 0
    rates.forget_all()  # as another process, which holds nothing yet
    assert Bucket.objects.get(key="test:x").rest == 6000 - 300
    assert allowed(6000, 6000) == 5700


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=60), st.integers(1, 100))
def test_all_processes_together_never_get_more_than_the_bucket_held(steps, most):
    """Each step is one process that asks, some seconds after the one before."""
    now, given_out = 0.0, 0
    held: dict[int, Any] = {}
    Bucket.objects.all().delete()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rates, "_now", lambda: now)
        for process, seconds in steps:
            now += seconds
            patch.setattr(rates._held, "leases", held.setdefault(process, {}))
            given_out += rates.take("test", "x", most) == 0
    assert given_out <= most + now * most / 60 + 1e-6


def test_a_database_that_cannot_be_written_lets_requests_through_and_says_so(monkeypatch):
    def broken(*_arguments):
        raise OperationalError("database is locked")

    before = tally.counted().get(("uncounted", "test"), 0)
    monkeypatch.setattr(rates, "_taken", broken)
    assert allowed(100, 10) == 100
    assert tally.counted()["uncounted", "test"] > before


def test_what_nobody_used_is_forgotten(machine):
    rates.take("test", "x", 10)
    cache.set("a", 1, 5)
    cache.set("b", 1, None)
    machine["seconds"] = 7200.0
    rates.sweep()
    passing.sweep()
    assert not Bucket.objects.exists()
    assert Passing.objects.count() == 1


MANY = """
from hansa.kernel import rates
print(sum(rates.take("test", "x", 200) == 0 for _ in range(400)))
"""


@pytest.mark.slow
def test_processes_share_one_bucket(real_home):
    began = time.monotonic()
    command = [sys.executable, "-c", PRELUDE + MANY]
    running = [
        subprocess.Popen(command, env=environment(real_home), stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    got = [int(one.communicate(timeout=60)[0]) for one in running]
    took = time.monotonic() - began
    assert 200 <= sum(got) <= 200 + took * 200 / 60 + 1, (got, took)


@pytest.fixture
def real_home(tmp_path):
    folder = tmp_path / "real"
    folder.mkdir()
    script = "from hansa.node.start import migrate; migrate()"
    subprocess.run([sys.executable, "-c", PRELUDE + script], env=environment(folder), check=True)
    return folder


def test_the_cache_keeps_plain_values_for_a_while(machine):
    assert cache.get("k", "none") == "none"
    assert cache.add("k", [1.5, "a"], 10)
    assert not cache.add("k", 2, 10)
    assert cache.get("k") == [1.5, "a"]
    assert cache.touch("k", 20)
    machine["seconds"] = 15.0
    assert cache.get("k") == [1.5, "a"]
    machine["seconds"] = 25.0
    assert cache.get("k") is None
    assert not cache.touch("k", 20)
    assert cache.add("k", 2, 10)
    assert cache.delete("k")
    assert not cache.delete("k")
    cache.set("k", 3, 0)
    assert cache.get("k") is None


def test_the_cache_never_runs_what_stands_in_the_database(machine):
    """A pickle would: whoever writes the table would run code in the server."""
    evil = b"cos\nsystem\n(S'true'\ntR.".decode()
    Passing.objects.create(key=":1:k", value=evil, until=1e12)
    with pytest.raises(json.JSONDecodeError):
        cache.get("k")


SIGN_IN = """
from django.test import Client
found = []
for i in range(12):
    seen = Client().post("/account/login/", {"login": "nobody", "password": f"wrong-{i}"}, REMOTE_ADDR="192.0.2.9")
    found.append("Too many failed login attempts" in seen.content.decode())
print(json.dumps(found))
"""


@pytest.mark.slow
def test_failed_sign_ins_are_counted_by_all_processes_together(real_home):
    def tries():
        out = subprocess.run(
            [sys.executable, "-c", PRELUDE + SIGN_IN],
            env=environment(real_home), check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        return json.loads(out.splitlines()[-1])

    first, second = tries(), tries()
    assert first[0] is False
    assert first[-1] is True
    assert all(second), "a second process must not begin to count anew"


# --- uploads that a kill cut off -------------------------------------------------------------


def test_an_upload_cut_off_by_a_kill_is_cleaned_up_and_one_that_goes_on_is_not(home):
    kept = files.keep("plan.txt", "text/plain", [b"x"])
    folder = home / "files"
    dead, alive = folder / "incoming-dead", folder / "incoming-alive"
    dead.write_bytes(b"half")
    alive.write_bytes(b"half")
    old = clock.machine().timestamp() - files.UNFINISHED - 1
    os.utime(dead, (old, old))
    assert files.sweep() == 1
    assert not dead.exists()
    assert alive.exists()
    assert files.kept(kept.sha256)


def test_a_worker_tidies_up(home, monkeypatch):
    from hansa.node import worker

    left = home / "backing-up-x"
    left.mkdir()
    (left / "hansa.sqlite3").write_text("plain")
    worker._tidy(threading.Event())
    assert not left.exists()
    assert connection.vendor
