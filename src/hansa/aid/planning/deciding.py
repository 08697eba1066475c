"""What is short where, and what the next hour decides: until when somebody must say yes for help to be on time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid import board, travel
from hansa.aid.planning.asking import open_calls, open_lines
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.offers import World, left_of, offered, stands_in
from hansa.pact.models import Call

SOON = timedelta(hours=1)
"""What the next hour decides."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What is open of a need: `planned` is proposed and not pledged, `short` is proposed by nobody.

    `fastest` names who could be there first and in how many hours, if anybody would lend it.
    """

    line: board.NeedLine
    call: Call
    planned: int
    now: datetime
    fastest: tuple[str, float] | None

    @property
    def open(self) -> int:
        """Return how much nobody has promised."""
        return self.line.open

    @property
    def short(self) -> int:
        """Return how much nobody has promised and no plan proposes."""
        return max(0, self.line.open - self.planned)

    @property
    def decide_by(self) -> datetime | None:
        """Return until when the fastest must decide to be on time; None if nobody would lend it."""
        if self.fastest is None:
            return None
        return self.line.need.due - timedelta(hours=self.fastest[1])

    @property
    def too_late(self) -> bool:
        """Tell whether even the fastest comes late."""
        return self.decide_by is not None and self.decide_by < self.now

    @property
    def pressing(self) -> bool:
        """Tell whether the next hour decides it, or it is late already."""
        last = self.decide_by or self.line.need.due
        return last <= self.now + SOON

    @property
    def words(self) -> str:
        """Say what to decide, and by when."""
        if self.fastest is None:
            return _(
                "Nobody says that it would lend this. Ask the members to say what they would lend, or look for it nearby."
            )
        name, hours = self.fastest
        left = self.line.need.due - timedelta(hours=hours) - self.now
        said = {"member": name, "way": _hours(timedelta(hours=hours))}
        if left < timedelta():
            return _("Even the fastest, %(member)s, now comes %(late)s late: it needs %(way)s.") % {
                **said,
                "late": _hours(-left),
            }
        return _(
            "%(member)s could be there in %(way)s. It has to decide within %(left)s to be on time."
        ) % {**said, "left": _hours(left)}


def _hours(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 120:  # noqa: PLR2004 - two hours: below, people count minutes
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}


@dataclass(frozen=True, slots=True)
class Room:
    """The duty room's view: everything that is open, the most pressing first, and sentences on what it rests on."""

    calls: list[Call]
    lacks: list[Lack]
    notes: list[str]

    @property
    def pressing(self) -> list[Lack]:
        """Return what the next hour decides."""
        return [lack for lack in self.lacks if lack.pressing]


def room(log: str | None, proposals: Sequence[Proposed]) -> Room:
    """Return what is open under all active calls, beside what is proposed."""
    world = World.seen(log)
    calls = open_calls(log, world.roll)
    by_key = {call.key: call for call in calls}
    lines = open_lines(log, calls)
    planned: dict[str, int] = defaultdict(int)
    for one in proposals:
        planned[one.need.key] += one.to_pledge
    fastest = _fastest(world, lines)
    lacks = [
        Lack(
            line,
            by_key[line.need.call],
            min(line.open, planned[key]),
            world.now,
            fastest.get(key),
        )
        for key, line in lines.items()
    ]
    lacks.sort(key=lambda lack: (lack.decide_by or lack.line.need.due, lack.line.need.key))
    return Room(calls, lacks, world.notes)


def _fastest(world: World, lines: dict[str, board.NeedLine]) -> dict[str, tuple[str, float]]:
    """Return by need who could be there first with what it said it would lend, by the estimated way."""
    wanted = {line.need.item: line.need.unit for line in lines.values()}
    offers = offered(world, wanted)
    left = left_of(offers.values())
    givers: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for key, offer in offers.items():
        if left[key] >= offer.batch:
            ready = max(0.0, world.hours(offer.at + timedelta(hours=offer.ready_hours)))
            for item in wanted:
                if item == offer.item or stands_in(offer.item, item):
                    givers[item].append((offer.home, ready))
    ways: dict[tuple[str, str], float] = {}
    found: dict[str, tuple[str, float]] = {}
    for key, line in lines.items():
        home = line.need.home
        for giver, ready in givers[line.need.item]:
            if giver == home or giver not in world.members or home not in world.members:
                continue
            if (giver, home) not in ways:
                ways[giver, home] = travel.hours(world.members[giver], world.members[home])
            hours = ready + ways[giver, home]
            if hours < found.get(key, ("", float("inf")))[1]:
                found[key] = (world.name(giver), hours)
    return found
