"""How it stands between this node and each other one: what was sent, taken in, held up, refused, and why.

Staleness is data: how long a peer has been silent, and from when on that is worth a warning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from hansa.kernel import clock
from hansa.kernel.entry import OWN
from hansa.kernel.models import Entry, Log
from hansa.kernel.sync import follow, heard
from hansa.kernel.sync.models import Lane, Node, Peer, Refusal, Wanted
from hansa.kernel.sync.report import Report
from hansa.kernel.writing import writing

LATE = timedelta(minutes=3)
"""Silence after which a peer is late."""
SILENT = timedelta(minutes=30)
"""Silence after which it is treated as cut off."""
MOST_REFUSALS = 1_000
QUIET = timedelta(seconds=20)
"""Between two notes that a peer is well, if nothing else has changed."""


@dataclass(frozen=True, slots=True)
class LogState:
    """One log with one peer. `here`, `there`: entries; `parked`: entries here that wait; `waits`: for which record."""

    log: str
    here: int
    there: int
    received: int
    sent: int | None
    parked: int
    waits: str
    refused: int
    why: str

    @property
    def behind(self) -> int:
        """Entries that the peer has and this node lacks."""
        return max(self.there - self.here, 0)


@dataclass(frozen=True, slots=True)
class PeerState:
    """One peer. `state`: `new` (never asked), `ok`, `late`, or `silent`; `silence` counts since it last answered."""

    url: str
    members: tuple[str, ...]
    state: str
    heard_at: datetime | None
    silence: timedelta | None
    failures: int
    problem: str
    logs: tuple[LogState, ...]


def tell(report: Report) -> None:
    """Write down what came of a round. A quiet one is written only now and then."""
    now = clock.passing()
    heard.write()
    peer = Peer.objects.filter(url=report.url).first() or Peer(url=report.url)
    problem = report.problem or report.unknown
    same = peer.problem == problem and not report.problem and not report.refused and not report.new
    recent = peer.heard_at is not None and peer.heard_at <= now < peer.heard_at + QUIET
    if same and recent and not peer.failures:
        return
    with writing():
        peer = Peer.objects.filter(url=report.url).first() or peer
        peer.tried_at, peer.problem = now, problem[:500]
        peer.failures = peer.failures + 1 if report.problem else 0
        if not report.problem:
            peer.heard_at = now
        peer.save()
        _tell_lanes(report, now)
        _tell_refusals(report, now)


def _tell_lanes(report: Report, now: datetime) -> None:
    refused = {one.log: one for one in report.refused if one.log}
    lanes = {lane.log: lane for lane in Lane.objects.filter(peer=report.url)}
    followed = set(Log.objects.values_list("name", flat=True))
    changed: list[Lane] = []
    for name in (report.there.keys() | report.received.keys() | refused.keys()) & followed:
        lane = lanes.get(name) or Lane(peer=report.url, log=name, at=now)
        seen = (lane.there, lane.received, lane.refused, lane.why)
        lane.there = report.there.get(name, lane.there)
        lane.received += report.received[name]
        if name in refused:
            lane.refused, lane.why = lane.refused + 1, refused[name].why[:500]
        elif report.received[name]:
            lane.why = ""
        if name not in lanes or seen != (lane.there, lane.received, lane.refused, lane.why):
            lane.at = now
            changed.append(lane)
    Lane.objects.bulk_create([one for one in changed if one.log not in lanes], batch_size=500)
    Lane.objects.bulk_update(
        [one for one in changed if one.log in lanes],
        ["there", "received", "refused", "why", "at"],
        batch_size=500,
    )


def _tell_refusals(report: Report, now: datetime) -> None:
    for one in report.refused:
        same = Refusal.objects.filter(
            peer=report.url, log=one.log, what=one.what, why=one.why[:500]
        )
        if not same.update(at=now, times=F("times") + 1):
            Refusal.objects.create(
                at=now, peer=report.url, log=one.log, what=one.what, why=one.why[:500]
            )
    if report.refused and Refusal.objects.count() > MOST_REFUSALS:
        old = Refusal.objects.order_by("-at", "-id").values_list("id", flat=True)[MOST_REFUSALS:]
        Refusal.objects.filter(id__in=list(old)).delete()


def peers() -> list[PeerState]:
    """Return how it stands with every peer, by address."""
    now = clock.passing()
    homes = follow.peers()
    kept = Peer.objects.in_bulk(list(homes))
    logs = {log.name: log for log in Log.objects.all()}
    sent = {(lane.peer, lane.log): lane.sent for lane in Lane.objects.filter(peer__in=logs)}
    found = []
    for url, members in homes.items():
        peer = kept.get(url) or Peer(url=url)
        lanes = {lane.log: lane for lane in Lane.objects.filter(peer=url)}
        states = tuple(
            _state(log, lanes.get(name), _sent(sent, members, name))
            for name, log in sorted(logs.items())
            if name in lanes or name in members
        )
        silence = None if peer.heard_at is None else max(now - peer.heard_at, timedelta())
        found.append(
            PeerState(
                url, tuple(sorted(members)), _word(peer, silence), peer.heard_at, silence,
                peer.failures, peer.problem, states,
            )
        )  # fmt: skip
    return found


def _sent(sent: dict[tuple[str, str], int], members: Iterable[str], log: str) -> int | None:
    known = [sent[member, log] for member in members if (member, log) in sent]
    return max(known, default=None)


def _state(log: Log, lane: Lane | None, sent: int | None) -> LogState:
    return LogState(
        log.name,
        log.size,
        lane.there if lane else 0,
        lane.received if lane else 0,
        sent,
        log.size - log.folded,
        log.waits,
        lane.refused if lane else 0,
        lane.why if lane else "",
    )


def _word(peer: Peer, silence: timedelta | None) -> str:
    if silence is None:
        return "silent" if peer.failures else "new"
    if silence >= SILENT:
        return "silent"
    return "late" if silence >= LATE else "ok"


def lacking() -> int:
    """Return how many bodies should be here, are not, and may still come from another node."""
    return Wanted.objects.exclude(_lost()).count()


def lost() -> int:
    """Return how many records for the own officers alone are gone with a disk: no other node ever held their bodies."""
    return Wanted.objects.filter(_lost()).count()


def _lost() -> Exists:
    """Tell of a wanted body that it is for the officers of a log written here, and so was nowhere else."""
    entry = Entry.objects.filter(log=OuterRef("log"), index=OuterRef("index"), audience=OWN)
    return Exists(entry.filter(log__in=Log.objects.filter(mine=True).values("name")))


def waiting() -> list[tuple[str, int, str]]:
    """Return the logs that wait: name, entries that wait, and for which record."""
    logs = Log.objects.filter(folded__lt=F("size")).order_by("name")
    return [(log.name, log.size - log.folded, log.waits) for log in logs]


def refusals(most: int = 100) -> list[Refusal]:
    """Return what was not taken in lately, the newest first."""
    return list(Refusal.objects.order_by("-at", "-id")[:most])


def homeless() -> list[str]:
    """Return the logs followed here of whose node no address is known."""
    placed = {name for names in follow.peers().values() for name in names}
    followed = Log.objects.filter(mine=False).values_list("name", flat=True)
    hidden = set(Node.objects.filter(url="").values_list("home", flat=True))
    return sorted(set(followed) - placed - hidden)
