"""What follows from hours: minutes by operational period, hours counted twice, and the rest that is owed.

Pure but for the data file: no clock, no database. Minutes are those that really passed, so a night in which the
clocks change counts as long as it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid.people.models import Hours, RestRules
from hansa.aid.people.records.hours import minutes_between
from hansa.aid.people.words import Activity

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
"""From when to when."""


@cache
def _data() -> dict[str, int]:
    text = resources.files("hansa.aid.people").joinpath("rest.yaml").read_text("utf-8")
    read: dict[str, int] = yaml.safe_load(text)
    return read


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest rules of a member; `own` tells whether it set them itself."""

    shift_hours: int
    rest_hours: int
    days: int
    own: bool = False


def rest_of(row: RestRules | None) -> Rest:
    """Return a member's rest rules, or those that hold where it set none."""
    if row is not None:
        return Rest(row.shift_hours, row.rest_hours, row.days, own=True)
    data = _data()
    return Rest(data["shift_hours"], data["rest_hours"], data["days"])


def paid(hours: Hours) -> int:
    """Return the minutes that count for each person of a line: all but the break; none once it is withdrawn."""
    if hours.withdrawn_at is not None:
        return 0
    return minutes_between(hours.began, hours.ended) - hours.pause


def person_minutes(hours: Hours) -> tuple[int, int]:
    """Return (regular, overtime) minutes of a line over all its people."""
    heads, whole = len(set(hours.people)), paid(hours)
    overtime = min(hours.overtime, whole)
    return (whole - overtime) * heads, overtime * heads


@dataclass(frozen=True, slots=True)
class Period:
    """An operational period: from a wall clock's hour to another, so it may be an hour longer or shorter."""

    began: datetime
    ended: datetime


def period_of(moment: datetime, zone: str) -> Period:
    """Return the operational period in which a moment lies, on the clocks of `zone`. Both ends are in UTC."""
    local = moment.astimezone(ZoneInfo(zone))
    marks = [one for shift in (-1, 0, 1) for one in _marks(local, shift)]
    for began, ended in pairwise(sorted(marks)):
        if began <= moment < ended:
            return Period(began, ended)
    raise RuntimeError("the periods of three days hold every moment of the middle one")


def _marks(local: datetime, shift: int) -> Iterator[datetime]:
    """Yield when periods begin on the day `shift` days later, in UTC."""
    data, day = _data(), local.date() + timedelta(days=shift)
    for hour in range(data["period_from"] % data["period_hours"], 24, data["period_hours"]):
        yield datetime.combine(day, time(hour), local.tzinfo).astimezone(UTC)


def by_period(hours: Hours, zone: str) -> list[tuple[Period, int]]:
    """Return the paid minutes of a line for each operational period; they add up to `paid`.

    The break is taken from the longest part, then from the next longest.
    """
    parts: list[tuple[Period, int]] = []
    at, ended = hours.began.astimezone(UTC), hours.ended.astimezone(UTC)
    while at < ended:
        period = period_of(at, zone)
        until = min(period.ended, ended)
        parts.append((period, minutes_between(hours.began, until)))
        at = until
    # Whole minutes since the beginning, so that what is rounded off once is not rounded off in every part.
    lengths = [now - before for before, now in pairwise([0, *(since for _one, since in parts)])]
    left = hours.pause
    for place in sorted(range(len(lengths)), key=lambda one: (-lengths[one], one)):
        taken = min(left, lengths[place])
        lengths[place] -= taken
        left -= taken
    if hours.withdrawn_at is not None:
        return [(period, 0) for period, _since in parts]
    return [(period, length) for (period, _since), length in zip(parts, lengths, strict=True)]


@dataclass(frozen=True, slots=True)
class Twice:
    """That the same person has hours twice in the same time: who, in which two records, for how many minutes."""

    ref: str
    first: str
    second: str
    minutes: int


def counted_twice(rows: Iterable[Hours], numbers: Mapping[str, str]) -> list[Twice]:
    """Return every overlap of standing hours of one person. `numbers`: reference number by roster line.

    A person is known by the number that its member gave it, so two missions of one member are looked at together.
    """
    shifts: dict[tuple[str, str], list[Hours]] = defaultdict(list)
    for row in rows:
        if row.withdrawn_at is None:
            for who in {(row.home, numbers.get(key, key)) for key in row.people}:
                shifts[who].append(row)
    found = []
    for (_home, ref), theirs in sorted(shifts.items()):
        running: list[Hours] = []
        for row in sorted(theirs, key=lambda one: (one.began, one.key)):
            running = [one for one in running if one.ended > row.began]
            for other in running:
                shared = minutes_between(row.began, min(row.ended, other.ended))
                first, second = sorted((other.key, row.key))
                found.append(Twice(ref, first, second, shared))
            running.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning about somebody's rest, and whether the rule is broken already."""

    words: str
    broken: bool


def warnings(
    shifts: Sequence[Hours], since: datetime | None, rest: Rest, now: datetime
) -> list[Warned]:
    """Return what the rest rules say of one person: the longest shift, the shortest rest, the days away.

    `since`: when they checked in, None if they did not. Travel counts as work for rest, standby does not.
    """
    blocks = _blocks(shifts)
    said = [*_too_long(blocks, rest), *_too_little(blocks, rest)]
    if since is not None:
        said.extend(_days(since, rest, now))
    return said


def warnings_ahead(
    shifts: Sequence[Hours], planned: Iterable[Span], since: datetime | None, rest: Rest
) -> list[Warned]:
    """Return what the rest rules say of the shifts that are planned for one person, after what was worked last."""
    worked, plan = _blocks(shifts)[-1:], _joined(planned)
    if not plan:
        return []
    blocks = _joined([*worked, *plan])
    said = [
        *_too_long([one for one in blocks if one not in worked], rest),
        *_too_little(blocks, rest),
    ]
    if since is not None and plan[-1][1] > since + rest.days * DAY:
        words = ngettext(
            "Planned beyond the %(most)s day away that the rule allows.",
            "Planned beyond the %(most)s days away that the rule allows.",
            rest.days,
        )
        said.append(Warned(words % {"most": rest.days}, broken=True))
    return said


def _blocks(shifts: Sequence[Hours]) -> list[Span]:
    """Return the stretches of work: lines that touch or overlap are one."""
    standing = [one for one in shifts if not one.withdrawn_at and one.sort != Activity.STANDBY]
    return _joined((one.began, one.ended) for one in standing)


def _joined(spans: Iterable[Span]) -> list[Span]:
    blocks: list[Span] = []
    for began, ended in sorted(spans):
        if blocks and began <= blocks[-1][1]:
            blocks[-1] = (blocks[-1][0], max(blocks[-1][1], ended))
        else:
            blocks.append((began, ended))
    return blocks


def _too_long(blocks: Sequence[Span], rest: Rest) -> Iterator[Warned]:
    longest = max((minutes_between(*block) for block in blocks), default=0)
    if longest > rest.shift_hours * 60:
        words = {"was": hours_words(longest), "most": rest.shift_hours}
        yield Warned(_("A shift of %(was)s; the rule is at most %(most)s h.") % words, broken=True)


def _too_little(blocks: Sequence[Span], rest: Rest) -> Iterator[Warned]:
    least = min((minutes_between(a[1], b[0]) for a, b in pairwise(blocks)), default=None)
    if least is not None and least < rest.rest_hours * 60:
        words = {"was": hours_words(least), "least": rest.rest_hours}
        yield Warned(_("A rest of %(was)s; the rule is at least %(least)s h.") % words, broken=True)


def _days(since: datetime, rest: Rest, now: datetime) -> Iterator[Warned]:
    until = since + rest.days * DAY
    if now >= until:
        words = {"days": (now - since) // DAY, "most": rest.days}
        away = ngettext(
            "Away for %(days)s day; the rule is at most %(most)s.",
            "Away for %(days)s days; the rule is at most %(most)s.",
            words["days"],
        )
        yield Warned(away % words, broken=True)
    elif now >= until - _data()["relief_hours"] * HOUR:
        words = {"hours": -(-(until - now) // HOUR), "most": rest.days}
        relieved = ngettext(
            "To be relieved within %(hours)s h: the rule is at most %(most)s day away.",
            "To be relieved within %(hours)s h: the rule is at most %(most)s days away.",
            rest.days,
        )
        yield Warned(relieved % words, broken=False)


def rested_at(shifts: Sequence[Hours], rest: Rest) -> datetime | None:
    """Return when somebody may begin the next shift; None who has not worked yet."""
    blocks = _blocks(shifts)
    return blocks[-1][1] + rest.rest_hours * HOUR if blocks else None


def hours_words(minutes: int) -> str:
    """Return a length as “12 h 30 min”."""
    hours, rest = divmod(minutes, 60)
    return _("%(hours)s h %(rest)s min") % {"hours": hours, "rest": rest} if rest else f"{hours} h"
