"""What this process and this home count, as Prometheus reads it (text exposition format).

Labels are names of routes, logs and peers, and lasting code words. None says who acted, what was said, or of
what kind a record is. Each process has a registry of its own: several on one home are scraped each by itself.
"""

import shutil
from collections.abc import Iterable, Iterator

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Histogram, exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hansa import __version__
from hansa.kernel import likeness, search, tally
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.sync import status
from hansa.node.requests import Asked
from hansa.web.feed import streams

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
"""Seconds. A peer's long poll may wait for most of a minute."""

REGISTRY = CollectorRegistry(auto_describe=False)
REQUESTS = Histogram(
    "hansa_request_seconds",
    "Seconds until an answer began, by route and class of status.",
    ["route", "status"],
    registry=REGISTRY,
    buckets=BUCKETS,
)


def heard(asked: Asked) -> None:
    """Count one answered request."""
    REQUESTS.labels(asked.route, f"{asked.status // 100}xx").observe(asked.seconds)


def exposed() -> bytes:
    """Return everything as text for Prometheus."""
    return exposition.generate_latest(REGISTRY)


class OfProcess(Collector):
    """What this process counted since it started."""

    def collect(self) -> Iterator[Metric]:
        """Yield counters and the number of open streams."""
        labels = {"version": __version__, "fold": likeness.fold_version()}
        yield _one("hansa_info", "The version that runs, and that of its fold.", 1, labels)
        yield _one("hansa_streams", "Open live streams of this process.", streams())
        happened = CounterMetricFamily(
            "hansa_happened",
            "What happened in this process since it started, by its word and code.",
            labels=["what", "code"],
        )
        for (what, code), times in sorted(tally.counted().items()):
            happened.add_metric([what, code], times)
        yield happened


class OfHome(Collector):
    """What the database and the folder of the home hold, asked when scraped."""

    def collect(self) -> Iterator[Metric]:
        """Yield gauges; only that it is down where the database does not answer."""
        yield _one(
            "hansa_disk_free_bytes",
            "Room on the disk of the home.",
            shutil.disk_usage(home().folder).free,
        )
        try:
            families = [
                *_peers(),
                *_logs(),
                _one("hansa_search_behind", "Entries not indexed yet.", search.behind()),
            ]
        except DatabaseError:
            families = []
            connection.close()
        yield _one("hansa_database_up", "Whether the database answered.", int(bool(families)))
        yield from families


def _logs() -> Iterable[Metric]:
    """Return the sizes of all logs, and what in them waits."""
    entries = GaugeMetricFamily(
        "hansa_log_entries", "Entries of a log here.", labels=["log", "own"]
    )
    waiting = GaugeMetricFamily(
        "hansa_log_waiting", "Entries that wait for another log's.", labels=["log"]
    )
    newest = GaugeMetricFamily(
        "hansa_log_newest_timestamp_seconds", "The time of a log's newest entry.", labels=["log"]
    )
    for log in Log.objects.order_by("name"):
        entries.add_metric([log.name, "yes" if log.mine else "no"], log.size)
        waiting.add_metric([log.name], log.size - log.folded)
        if log.last_at is not None:
            newest.add_metric([log.name], log.last_at.timestamp())
    return [entries, waiting, newest]


def _peers() -> Iterable[Metric]:
    """Return how long peers have been silent, what they have that is not here, and what was refused from them."""
    silence = GaugeMetricFamily(
        "hansa_peer_silence_seconds", "Since a peer last answered.", labels=["peer"]
    )
    behind = GaugeMetricFamily(
        "hansa_peer_ahead",
        "Entries of a log that a peer has and this node lacks.",
        labels=["peer", "log"],
    )
    refused = CounterMetricFamily(
        "hansa_peer_refused", "What a peer gave of a log that did not hold.", labels=["peer", "log"]
    )
    for peer in status.peers():
        if peer.silence is not None:
            silence.add_metric([peer.url], peer.silence.total_seconds())
        for one in peer.logs:
            behind.add_metric([peer.url, one.log], one.behind)
            refused.add_metric([peer.url, one.log], one.refused)
    wanted = _one(
        "hansa_bodies_wanted", "Bodies that should be here and are not.", status.lacking()
    )
    differing = _one(
        "hansa_divergences", "Logs whose rows are others at a peer.", len(likeness.alarms())
    )
    return [silence, behind, refused, wanted, differing]


def _one(name: str, words: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels or {}))
    family.add_metric(list((labels or {}).values()), value)
    return family


for collector in (OfProcess(), OfHome()):
    REGISTRY.register(collector)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
