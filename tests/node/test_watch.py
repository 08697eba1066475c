"""Health, readiness and metrics: who may ask, and what they are told."""

import json

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from hansa.kernel import tally
from hansa.node import metrics, watch
from hansa.node.requests import Asked
from tests.builders import found

pytestmark = pytest.mark.django_db
LOOPBACK = [("127.0.0.1", {}), ("::1", {}), ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"})]
OUTSIDE = [
    ("192.0.2.7", {}),
    ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}),
    ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
    ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}),
    ("127.0.0.1", {"X-Forwarded-Proto": "https"}),
    ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
    ("", {}),
]


def ask(path, address="127.0.0.1", headers=()):
    return watch.answer(path, address, list(dict(headers).items()))


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
@pytest.mark.parametrize(("address", "headers"), LOOPBACK)
def test_this_machine_may_watch(home, path, address, headers):
    assert ask(path, address, headers).status == 200


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
@pytest.mark.parametrize(("address", "headers"), OUTSIDE)
def test_who_is_not_named_is_told_nothing(home, path, address, headers):
    told = ask(path, address, headers)
    assert (told.status, told.body) == (404, b"There is nothing at this address.\n")


def test_who_is_named_may_watch_by_every_address_on_the_way(home, settings):
    settings.NODE = {"metrics_for": ["192.0.2.0/24", "2001:db8::5"]}
    assert ask("/metrics", "192.0.2.7").status == 200
    assert ask("/metrics", "2001:db8::5").status == 200
    assert ask("/metrics", "2001:db8::6").status == 404
    assert ask("/metrics", "127.0.0.1", {"x-forwarded-for": "192.0.2.9"}).status == 200
    assert ask("/metrics", "198.51.100.1", {"x-forwarded-for": "192.0.2.9"}).status == 404


def ready():
    told = ask("/ready")
    return told.status, json.loads(told.body)["checks"]


def test_ready_when_all_holds(home):
    found(1)
    status, checks = ready()
    assert status == 200
    assert {name for name, one in checks.items() if one["ok"]} == {
        "database", "disk", "keys", "witnesses",
    }  # fmt: skip


def test_not_ready_without_a_key(home):
    found(1)
    next((home / "keys").glob("us-*.seed")).unlink()
    status, checks = ready()
    assert status == 503
    assert "us-ca-los-angeles" in checks["keys"]["words"]


def test_not_ready_on_a_full_disk(home, monkeypatch):
    monkeypatch.setattr(watch, "ROOM", 2**62)
    status, checks = ready()
    assert (status, checks["disk"]["ok"]) == (503, False)


def test_not_ready_without_a_database_but_alive(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", _broken)
        patch.setattr(connection, "close", lambda: None)
        status, checks = ready()
        assert (status, list(checks)) == (503, ["database", "disk"])
        assert ask("/health").status == 200
        assert samples()["hansa_database_up"] == 0


def _broken():
    from django.db import OperationalError

    raise OperationalError("disk I/O error")


def test_not_ready_before_the_witnesses_were_asked(home, monkeypatch):
    from hansa.kernel.errors import Refused
    from hansa.kernel.witness import guard

    def refuse(log):
        raise Refused(f"The witnesses of {log.name} were not asked yet.")

    found(1)
    monkeypatch.setattr(guard, "require_current", refuse)
    status, checks = ready()
    assert (status, checks["witnesses"]["ok"]) == (503, False)


def samples():
    """What a scrape sees, labels of one-sample families left out."""
    text = ask("/metrics").body.decode()
    seen = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
            seen[f"{one.name}{{{labels}}}" if labels else one.name] = one.value
    return seen


def test_a_scrape_tells_sizes_and_counts(home):
    before = tally.counted().get(("said", ""), 0)
    towns = found(2)
    towns[0].say("pact.note/1", on=towns[1].by, text="x")
    seen = samples()
    assert seen["hansa_log_entries{log=us-ca-los-angeles,own=yes}"] == 4
    assert seen["hansa_log_waiting{log=us-il-chicago}"] == 0
    assert seen["hansa_happened_total{code=,what=said}"] == before + 6
    assert seen["hansa_database_up"] == 1
    assert seen["hansa_search_behind"] == 6
    assert seen["hansa_disk_free_bytes"] > 0


def test_a_refusal_is_counted_by_its_code(home):
    from hansa.kernel.errors import Refused

    town = found(1)[0]
    before = tally.counted().get(("refused", "no-record"), 0)
    with pytest.raises(Refused):
        town.say("pact.note/1", on="us-il-chicago@7", text="x")
    assert samples()["hansa_happened_total{code=no-record,what=refused}"] == before + 1


def test_requests_are_counted_by_route_and_class_of_status():
    metrics.heard(Asked("GET", route="history", status=204, seconds=0.02))
    metrics.heard(Asked("GET", route="history", status=503, seconds=3))
    seen = samples()
    assert seen["hansa_request_seconds_count{route=history,status=2xx}"] >= 1
    assert seen["hansa_request_seconds_bucket{le=0.025,route=history,status=5xx}"] == 0


ALLOWED = {
    "log", "own", "fold", "route", "status", "le", "what", "code", "version", "generation", "peer", "check",
}  # fmt: skip


def test_no_label_can_carry_content_an_officer_or_a_kind(home):
    """Labels are of the few names that are closed sets, logs or peers; a new one must be thought about here."""
    towns = found(2)
    towns[0].say("pact.note/1", on=towns[1].by, text="Zinnober geheim")
    text = ask("/metrics").body.decode()
    used = {
        name
        for family in text_string_to_metric_families(text)
        for one in family.samples
        for name in one.labels
    }
    assert used <= ALLOWED
    assert "Zinnober" not in text
    assert "pact.note" not in text
    assert towns[0].by not in text


def test_the_pages_answer_by_djangos_own_way_in_as_well(home):
    client = Client()
    assert client.get("/health").content == b"alive\n"
    assert client.get("/ready").json()["ready"] is True
    seen = client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"})
    assert seen.status_code == 404
