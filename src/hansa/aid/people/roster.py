"""Where the people of missions stand: the words of the giver and of the one it helps, put together.

Nothing here is stored. Only two members' words count of a mission: the one whose people they are and the one that
they help. Whatever others say of them is not looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from hansa.aid.models import Need, Pledge
from hansa.aid.people.models import (
    CheckIn,
    Homecoming,
    Hours,
    Of,
    Person,
    Release,
    RestRules,
    RollAnswer,
    RollCall,
    Shift,
)
from hansa.aid.people.rules import Rest, Warned, paid, rest_of, rested_at, warnings, warnings_ahead
from hansa.aid.people.words import Answered, Found, Stage
from hansa.aid.words import Unit
from hansa.kernel import clock
from hansa.kernel.models import Row
from hansa.kernel.ref import split

O = TypeVar("O", bound=Of)  # noqa: E741 - a type, not a number
RANK = {Found.MISSING: 3, Found.HURT: 2, Found.SAFE: 1}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person of a mission with what was said of them."""

    person: Person
    arrived: CheckIn | None = None
    released: Release | None = None
    back: Homecoming | None = None
    hours: Sequence[Hours] = ()
    rest: Rest | None = None
    shifts: Sequence[Shift] = ()

    @property
    def stage(self) -> Stage:
        """Return where this person stands."""
        if self.person.struck_at is not None:
            return Stage.STRUCK
        if self.back is not None:
            return Stage.HOME
        if self.released is not None:
            return Stage.RELEASED
        return Stage.HERE if self.arrived is not None else Stage.LISTED

    @property
    def away(self) -> bool:
        """Tell whether this person must be accounted for: here, or on the way home."""
        return self.stage in {Stage.HERE, Stage.RELEASED}

    @property
    def minutes(self) -> int:
        """Return all minutes that count."""
        return sum(paid(one) for one in self.hours)

    @property
    def warnings(self) -> list[Warned]:
        """Return what the rest rules say; of who is home only what was broken."""
        if self.rest is None:
            return []
        since = self.arrived.when if self.arrived is not None and self.stage == Stage.HERE else None
        return warnings(self.hours, since, self.rest, clock.now())

    @property
    def ahead(self) -> list[Warned]:
        """Return what the rest rules say of the shifts that are planned."""
        if self.rest is None or self.stage not in {Stage.LISTED, Stage.HERE}:
            return []
        now, since = clock.now(), self.arrived.when if self.arrived is not None else None
        planned = [(one.began, one.ended) for one in self.shifts if one.ended > now]
        return warnings_ahead(self.hours, planned, since, self.rest)

    @property
    def rested(self) -> datetime | None:
        """Return when this person may begin the next shift, if that is still to come."""
        at = rested_at(self.hours, self.rest) if self.rest is not None else None
        return at if at is not None and self.stage == Stage.HERE and at > clock.now() else None


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of one mission, which is known by its pledge."""

    pledge: Pledge
    need: Need | None
    lines: list[PersonLine] = field(default_factory=list)
    hours: list[Hours] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    """What is planned, the first first."""

    @property
    def people(self) -> list[PersonLine]:
        """Return those who were not taken off."""
        return [line for line in self.lines if line.stage != Stage.STRUCK]

    @property
    def unlisted(self) -> int:
        """Return how many of the people who were pledged are on no roster, where the pledge counts people."""
        if self.pledge.unit != Unit.PERSON:
            return 0
        return max(0, self.pledge.standing - len(self.people))

    def count(self, stage: str) -> int:
        """Return how many stand there."""
        return sum(line.stage == stage for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many stand where, for the screen."""
        return {stage.name.lower(): self.count(stage) for stage in Stage}

    @property
    def demobilised(self) -> bool:
        """Tell whether somebody came and nobody is left there."""
        left = {line.stage for line in self.people}
        return bool(left & {Stage.RELEASED, Stage.HOME}) and Stage.HERE not in left

    @property
    def demobilised_at(self) -> datetime | None:
        """Return when the last of them was released, or came home without a word before."""
        if not self.demobilised:
            return None
        last = [line.released or line.back for line in self.people]
        return max((said.when for said in last if said is not None), default=None)


def rosters(pledges: Iterable[Pledge]) -> list[Roster]:
    """Return the people of these missions. A fixed number of queries."""
    listed = {pledge.key: pledge for pledge in pledges}
    needs = Need.objects.in_bulk({pledge.need for pledge in listed.values()})
    arrived, released = _said(CheckIn, listed), _said(Release, listed)
    back = _said(Homecoming, listed)
    hours: dict[str, list[Hours]] = defaultdict(list)
    by_person: dict[str, list[Hours]] = defaultdict(list)
    for row in Hours.objects.filter(pledge__in=listed).order_by("began", "key"):
        if row.home == listed[row.pledge].home:
            hours[row.pledge].append(row)
            for key in set(row.people):
                by_person[key].append(row)
    shifts = _planned(listed)
    rest = {row.home: row for row in RestRules.objects.filter(key__in=_rest_keys(listed))}
    made = {
        key: Roster(one, needs.get(one.need), [], hours[key], shifts[key])
        for key, one in listed.items()
    }
    for person in Person.objects.filter(pledge__in=listed).order_by("unit", "-leader", "ref"):
        if person.home != listed[person.pledge].home:
            continue
        made[person.pledge].lines.append(
            PersonLine(
                person,
                arrived.get(person.key),
                released.get(person.key),
                back.get(person.key),
                by_person[person.key],
                rest_of(rest.get(person.home)),
                [one for one in shifts[person.pledge] if person.key in one.people],
            )
        )
    return list(made.values())


def _planned(listed: Mapping[str, Pledge]) -> dict[str, list[Shift]]:
    """Return the shifts of each mission that a party to it plans."""
    found: dict[str, list[Shift]] = defaultdict(list)
    standing = Shift.objects.filter(pledge__in=listed, withdrawn_at=None)
    for row in standing.order_by("began", "key"):
        if row.home in {listed[row.pledge].home, listed[row.pledge].needer}:
            found[row.pledge].append(row)
    return found


def _place(row: Row) -> tuple[datetime, int]:
    """Return where a record stands in the order of its log: by time, within a second by its number."""
    return row.at, split(row.key)[1]


def _rest_keys(pledges: Mapping[str, Pledge]) -> list[str]:
    return [f"{home}/rest" for home in {pledge.home for pledge in pledges.values()}]


def _said(model: type[O], pledges: Mapping[str, Pledge]) -> dict[str, O]:
    """Return the first word on each person by a party to the mission that stands; the giver's goes before the other's."""
    found: dict[str, O] = {}
    standing = model._default_manager.filter(pledge__in=pledges, withdrawn_at=None)
    rows = sorted(standing, key=_place)
    for row in sorted(rows, key=lambda one: one.home != pledges[one.pledge].home):
        pledge = pledges[row.pledge]
        if row.home in {pledge.home, pledge.needer}:
            for key in row.people:
                found.setdefault(key, row)
    return found


def with_people(log: str | None, most: int) -> list[Pledge]:
    """Return the pledges of which somebody is on a roster, at most so many: `log`'s own affairs, then others', the newest first."""
    found = Pledge.objects.filter(key__in=Person.objects.values("pledge"))
    return own_first(found, log, most)


def own_first(found: QuerySet[Pledge], log: str | None, most: int) -> list[Pledge]:
    """Return the newest of these pledges, at most so many: those to which `log` is a party before all others."""
    party, newest = Q(home=log or "") | Q(needer=log or ""), ("-at", "-key")
    mine = list(found.filter(party).order_by(*newest)[:most])
    return mine + list(found.exclude(party).order_by(*newest)[: most - len(mine)])


@dataclass(frozen=True, slots=True)
class RollLine:
    """One person in an accountability call, on which mission, with who said what."""

    line: PersonLine
    pledge: Pledge
    answers: list[RollAnswer]

    @property
    def state(self) -> Answered:
        """Return what is known: the worst of each member's latest word, so that nobody is found by another's guess."""
        if not self.answers:
            return Answered.NOT_YET
        return Answered(max((Found(one.found) for one in self.answers), key=lambda one: RANK[one]))

    @property
    def contradicted(self) -> bool:
        """Tell whether one member calls missing whom the other has found."""
        missing = {one.found == Found.MISSING for one in self.answers}
        return len(missing) > 1


@dataclass(frozen=True, slots=True)
class Roll:
    """An accountability call with all for whom it asks: who is away on its missions, or was spoken of.

    `rightful` tells whether its member has a part in any of its missions. Nobody else's call asks anybody anything.
    """

    row: RollCall
    lines: list[RollLine]
    rightful: bool = True

    def in_state(self, state: str) -> list[RollLine]:
        """Return those who stand there."""
        return [line for line in self.lines if line.state == state]

    @property
    def missing(self) -> int:
        """Return how many are missing."""
        return len(self.in_state(Answered.MISSING))

    @property
    def unanswered(self) -> int:
        """Return of how many nothing is known yet."""
        return len(self.in_state(Answered.NOT_YET))

    @property
    def found(self) -> int:
        """Return how many are accounted for."""
        return len(self.lines) - self.missing - self.unanswered

    @property
    def complete(self) -> bool:
        """Tell whether all are accounted for."""
        return not (self.missing or self.unanswered)

    @property
    def open(self) -> bool:
        """Tell whether the clock runs."""
        return self.row.closed_at is None

    @property
    def overdue(self) -> bool:
        """Tell whether time ran out before all were accounted for."""
        return self.open and not self.complete and clock.now() >= self.row.due


def rolls(rows: Iterable[RollCall]) -> list[Roll]:
    """Return those of these accountability calls that count, with people and answers. A fixed number of queries."""
    return [one for one in _every_roll(rows) if one.rightful]


def roll_of(row: RollCall) -> Roll:
    """Return one accountability call, whether it counts or not."""
    return _every_roll([row])[0]


def _every_roll(rows: Iterable[RollCall]) -> list[Roll]:
    listed = list(rows)
    wanted = {key for row in listed for key in row.pledges}
    companies = {one.pledge.key: one for one in rosters(Pledge.objects.filter(key__in=wanted))}
    said: dict[str, dict[str, dict[str, RollAnswer]]] = defaultdict(lambda: defaultdict(dict))
    answers = RollAnswer.objects.filter(roll__in=[row.key for row in listed])
    for answer in sorted(answers, key=_place):
        for key in answer.people:
            said[answer.roll][key][answer.home] = answer
    made = []
    for row in listed:
        asked = [companies[key] for key in row.pledges if key in companies]
        theirs = [one for one in asked if row.home in {one.pledge.home, one.pledge.needer}]
        lines = []
        for company in theirs:
            for line in company.lines:
                words = said[row.key].get(line.person.key, {})
                parties = (company.pledge.home, company.pledge.needer)
                counted = [words[home] for home in parties if home in words]
                if counted or _asked(line, row):
                    lines.append(RollLine(line, company.pledge, counted))
        made.append(Roll(row, lines, bool(theirs)))
    return made


def _asked(line: PersonLine, row: RollCall) -> bool:
    """Tell whether this person was away while the call was open."""
    if line.arrived is None or line.stage == Stage.STRUCK:
        return False
    ended = row.closed_at or clock.now()
    return line.arrived.when <= ended and (line.back is None or line.back.when > row.at)


def open_rolls(log: str) -> list[Roll]:
    """Return the accountability calls that `log` opened or must answer and that are not closed, the first due first."""
    found = list(RollCall.objects.filter(closed_at=None).order_by("due", "key"))
    named = {key for row in found for key in row.pledges}
    parties = Pledge.objects.filter(Q(home=log) | Q(needer=log), key__in=named)
    mine = set(parties.values_list("key", flat=True))
    return rolls(row for row in found if row.home == log or mine & set(row.pledges))
