"""Fetching what others have: one round with one peer, and what comes of it.

A peer is asked for the logs whose home it is, and for those whose home does not answer or which something
here waits for; now and then for all, so that nobody who withholds decides what we know. What it gives is
believed only as far as it proves itself. What does not hold is put aside alone: its log from this peer is
left for a while, and nothing else waits for it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from hansa.kernel import clock, live
from hansa.kernel.entry import Header
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.ingest import MOST_WAITING, Bundle, ingest
from hansa.kernel.models import Log
from hansa.kernel.ref import split
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync import beside, follow, status, wanted, wire
from hansa.kernel.sync.attached import Attached
from hansa.kernel.sync.line import Line, Over
from hansa.kernel.sync.report import Report
from hansa.kernel.sync.transport import Transport, Unreachable

SWEEP = timedelta(seconds=60)
"""After which a peer is asked for every log again, and for what stands beside logs."""
SHUN = timedelta(seconds=60)
"""For which a peer is not asked again for a log of which it gave something false."""
GRACE = timedelta(seconds=20)
"""For which new entries are held back while their bodies are looked for."""
SOON = timedelta(seconds=2)
"""After which a log that is held back is asked for again."""
HELPERS = 4
"""Other peers that are asked for a body that did not come with its entry."""
MOST_QUESTIONS = 10_000
"""In one round, so that it ends whatever the peer says."""

Answer = tuple[list[wire.Segment], wire.End | None]


@dataclass
class Puller:
    """Fetches from peers through a transport. One serves all threads of a process.

    `ahead` lets it ask on while it works; `idle` is called before it waits for an answer that may be held back.
    """

    transport: Transport
    ahead: bool = False
    idle: Callable[[], None] | None = None
    grace: timedelta | None = GRACE
    """How long to hold entries back while their bodies are looked for. None: not at all."""
    lines: dict[str, Line] = field(default_factory=dict)
    held: dict[str, datetime] = field(default_factory=dict)
    """Since when a log is held back for bodies."""
    paused: dict[str, datetime] = field(default_factory=dict)
    """Until when a log that is held back is not asked for."""
    attached: Attached = field(default_factory=Attached)
    _lock: Lock = field(default_factory=Lock)
    _threads: ThreadPoolExecutor | None = None

    def line(self, url: str) -> Line:
        """Return what is remembered of the peer at this address."""
        with self._lock:
            return self.lines.setdefault(url, Line(self.transport, url))

    def round(self, url: str, *, wait: float = 0.0, sweep: bool | None = None) -> Report:
        """Fetch from one peer all that it has and this node lacks; say what came of it.

        `wait` seconds may pass until something is new. `sweep` asks for every log (None: if it is time).
        What is wrong with the peer stands in the report; what is wrong with this machine is raised.
        """
        line, report = self.line(url), Report(url)
        now = clock.passing()
        due = line.swept_at is None or not line.swept_at <= now < line.swept_at + SWEEP
        report.swept = due if sweep is None else sweep
        try:
            try:
                self._visit(line, report, wait)
            except Over:  # the session ended meanwhile: open another, once
                line.token = None
                self._visit(line, report, wait)
            line.failures = 0
        except (Unreachable, Untrusted, Refused) as error:
            report.problem = error.sentence
            line.failures += 1
        except Over:
            line.token = None
            report.problem = "It opens a session and knows nothing of it afterwards."
            line.failures += 1
        status.tell(report)
        return report

    def _visit(self, line: Line, report: Report, wait: float) -> None:
        follow.heed()
        self._sign_in(line, report)
        hurried = report.swept or line.url in self.attached.unfinished
        self._pull(line, report, 0.0 if hurried else wait)
        if report.swept:
            beside.fetch(line, self._near(line), report)
            line.swept_at = clock.passing()
        self._fetch_wanted(line, report)
        self.attached.fetch(line, report, self.lines)

    def _sign_in(self, line: Line, report: Report) -> None:
        try:
            line.sign_in()
        except (Refused, Untrusted, Over) as error:
            report.unknown = getattr(error, "sentence", "It opens no session.")

    # --- what is new --------------------------------------------------------------------------

    def _question(self, line: Line, report: Report, wait: float = 0.0) -> wire.Pull:
        logs, versions = self._logs(line, report), roots.newest()
        return wire.Pull(
            have={log.name: log.size for log in logs},
            keys={log.name: versions.get(log.name, (0, 0))[0] for log in logs},
            bytes=line.amount,
            wait=wait,
            heads=report.swept,
        )

    def _logs(self, line: Line, report: Report) -> list[Log]:
        """Return the logs for which this peer is asked now."""
        homes = follow.peers()
        awaited = {
            split(ref)[0] for ref in Log.objects.exclude(waits="").values_list("waits", flat=True)
        }
        now = clock.passing()
        asked = []
        for log in Log.objects.order_by("name")[: wire.MOST_LOGS]:
            if line.shuns(log.name) or now < self.paused.get(log.name, now):
                continue
            if log.size - log.folded > MOST_WAITING:
                continue
            if report.swept or log.name in awaited or self._falls_to(line, log, homes):
                asked.append(log)
        return asked

    def _near(self, line: Line) -> list[str]:
        """Return the logs for which this peer is the one to ask."""
        homes = follow.peers()
        return [
            log.name for log in Log.objects.order_by("name") if self._falls_to(line, log, homes)
        ]

    def _falls_to(self, line: Line, log: Log, homes: dict[str, set[str]]) -> bool:
        if log.mine:
            return False
        known = [url for url, names in homes.items() if log.name in names]
        if line.url in known or not known:
            return True
        return all(url in self.lines and self.lines[url].failures for url in known)

    def _pull(self, line: Line, report: Report, wait: float) -> None:
        """Ask, use the answer, ask on; with `ahead`, the next question is under way while an answer is used."""
        asked = self._question(line, report, wait)
        if not asked.have:
            return
        if asked.wait and self.idle is not None:
            self.idle()
        answer: Answer = line.pull(asked)
        for _ in range(MOST_QUESTIONS):
            segments, end = answer
            further = bool(segments) and (end is None or end.more)
            after = _after(asked, segments, line.amount)
            coming = self._submit(line, after) if further and self.ahead else None
            try:
                new = self._use(line, answer, asked, report)
            finally:
                if coming is not None:
                    coming.exception()  # a line answers one question at a time
            if not further or not new:
                return
            asked = after if coming is not None else self._rest(asked, line)
            answer = coming.result() if coming is not None else line.pull(asked)

    def _rest(self, asked: wire.Pull, line: Line) -> wire.Pull:
        sizes = Log.objects.filter(name__in=asked.have).values_list("name", "size")
        return wire.Pull(
            have={name: size for name, size in sizes if not line.shuns(name)}, bytes=line.amount
        )

    def _submit(self, line: Line, question: wire.Pull) -> "Future[Answer]":
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(thread_name_prefix="hansa-sync")
            return self._threads.submit(line.pull, question)

    def _use(self, line: Line, answer: Answer, asked: wire.Pull, report: Report) -> int:
        """Take in what an answer holds; return how many entries were new."""
        segments, end = answer
        report.note_end(end)
        self._take_keys(end, asked, report)
        bundles = self._bundles(segments, asked, report)
        lacking = self._look_for_bodies(line, bundles, report)
        before = report.new
        self._ingest(line, bundles, report)
        if lacking:
            wanted.note(lacking)
        beside.compare(line, end, asked, report)
        if report.new > before:
            live.wake()
        return report.new - before

    def _take_keys(self, end: wire.End | None, asked: wire.Pull, report: Report) -> None:
        for name, notes in (end.keys if end else {}).items():
            for note in notes if name in asked.have else ():
                try:
                    roots.accept(name, note)
                except Untrusted as error:
                    report.refuse(name, "keys", error.sentence)
                    break

    def _bundles(
        self, segments: Sequence[wire.Segment], asked: wire.Pull, report: Report
    ) -> list[Bundle]:
        """Return what can be taken in now: asked for, and without a gap before it."""
        ends = dict(Log.objects.filter(name__in=asked.have).values_list("name", "size"))
        found = []
        for one in segments:
            if one.log not in ends:
                report.refuse(one.log[:63], "log", "Nobody asked for this log.")
            elif one.start <= ends[one.log]:
                ends[one.log] = max(ends[one.log], one.start + len(one.entries))
                found.append(
                    Bundle(one.log, one.note, one.entries, one.bodies, one.proof, one.start)
                )
        return found

    def _ingest(self, line: Line, bundles: list[Bundle], report: Report) -> None:
        names = {one.log for one in bundles}
        before = _sizes(names)
        try:
            ingest(bundles)
        except (Untrusted, Refused):
            bad: set[str] = set()
            for one in bundles:
                if one.log in bad:
                    continue
                try:
                    ingest([one])
                except (Untrusted, Refused) as error:
                    bad.add(one.log)
                    report.refuse(one.log, "entries", error.sentence)
                    line.shun(one.log, SHUN)
                    beside.suspect(line, one, report)
        after = _sizes(names)
        report.received.update(
            {name: after[name] - before[name] for name in names if after[name] > before[name]}
        )

    # --- bodies -------------------------------------------------------------------------------

    def _look_for_bodies(
        self, line: Line, bundles: list[Bundle], report: Report
    ) -> list[wanted.Place]:
        """Fill in bodies that did not come, from whoever has them; hold their logs back for a while if nobody has.

        Changes `bundles` in place. Returns what is taken in without its body after all.
        """
        try:
            lacking = wanted.missing(bundles)
        except Untrusted:
            return []  # an entry that is none: `ingest` says of which log
        if not lacking:
            self._release({one.log for one in bundles})
            return []
        found: dict[wanted.Place, bytes] = {}
        for other in self._helpers(line, {log for log, _index in lacking}):
            places = [place for place in lacking if place not in found]
            for some in _parts(places):
                found |= _ask_bodies(other, some, lacking)
        bundles[:] = [wanted.with_bodies(one, found) for one in bundles]
        still = [place for place in lacking if place not in found]
        held = self._hold({log for log, _index in still})
        self._release({one.log for one in bundles} - held - {log for log, _index in still})
        report.held += sorted(held)
        bundles[:] = [one for one in bundles if one.log not in held]
        return [place for place in still if place[0] not in held]

    def _helpers(self, line: Line, logs: set[str]) -> list[Line]:
        """Return other peers that may have bodies of these logs: their homes first, then whoever answers."""
        homes = follow.peers()
        near = [url for url, names in homes.items() if names & logs]
        rest = [url for url in homes if url not in near and url in self.lines]
        found = [self.line(url) for url in [*near, *rest] if url != line.url]
        return [one for one in found if not one.failures][:HELPERS]

    def _hold(self, logs: set[str]) -> set[str]:
        """Return those that are held back still: since less than the grace."""
        now = clock.passing()
        held: set[str] = set()
        for log in logs if self.grace else ():
            since = self.held.setdefault(log, now)
            if since <= now < since + (self.grace or timedelta()):
                held.add(log)
                self.paused[log] = now + SOON
        return held

    def _release(self, logs: set[str]) -> None:
        for log in logs:
            self.held.pop(log, None)
            self.paused.pop(log, None)

    def _fetch_wanted(self, line: Line, report: Report) -> None:
        """Ask for bodies that have been wanted longer, and make all rows anew with those that came."""
        now = clock.passing()
        last = line.asked_bodies_at
        if report.swept:
            wanted.look_again()
        if not line.token or (not report.swept and last and last <= now < last + wanted.PAUSE):
            return
        found: dict[wanted.Place, bytes] = {}
        asked: set[wanted.Place] = set()
        while places := [one for one in wanted.next_places() if one not in asked]:
            line.asked_bodies_at = now
            asked.update(places)
            came = wanted.fitting(places, line.bodies(places))
            wanted.tried(places)
            found |= came
            if not came or sum(map(len, found.values())) > wanted.TOGETHER:
                break
        if found:
            report.late += wanted.settle(found)


def _after(asked: wire.Pull, segments: Sequence[wire.Segment], amount: int) -> wire.Pull:
    """Return the question that follows if all of this is taken in."""
    have = dict(asked.have)
    for one in segments:
        if one.log in have:
            have[one.log] = max(have[one.log], one.start + len(one.entries))
    return wire.Pull(have=have, bytes=amount)


def _sizes(names: set[str]) -> dict[str, int]:
    return dict(Log.objects.filter(name__in=names).values_list("name", "size"))


def _parts(places: list[wanted.Place]) -> list[list[wanted.Place]]:
    return [places[i : i + wire.MOST_PLACES] for i in range(0, len(places), wire.MOST_PLACES)]


def _ask_bodies(
    line: Line, places: list[wanted.Place], headers: Mapping[wanted.Place, Header]
) -> dict[wanted.Place, bytes]:
    """Ask one helper. What goes wrong there is its own matter, and told when it is that peer's turn."""
    try:
        line.sign_in()
        if not line.token:
            return {}
        came = line.bodies(places)
    except Over:
        line.token = None
        return {}
    except (Unreachable, Untrusted, Refused):
        return {}
    return {
        place: body
        for place, body in zip(places, came, strict=True)
        if body is not None and wanted.fits(headers[place], body)
    }
