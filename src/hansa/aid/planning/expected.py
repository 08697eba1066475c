"""Who may call next: what members say of it, each with its source, and what the planner is asked about it.

Nothing here is guessed and shown as known. Where nobody says how likely a call is, those that are named count as equally
likely; what a next call would need is taken from today's calls. Both are assumptions, and `Outlook.words` says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import travel
from hansa.aid.planner import problem as planner
from hansa.aid.planning.models import Expected
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of
from hansa.pact.models import Call, Member
from hansa.pact.rules import Roll


@dataclass(frozen=True, slots=True)
class Next:
    """A member that may call next. `chance` from 0 to 1, `assumed` where nobody says one; `said` is the word that counts.

    Its own word goes before that of others; of others the latest. `others` are told beside it.
    """

    member: Member
    chance: float
    assumed: bool
    said: Expected
    others: tuple[Expected, ...] = ()

    @property
    def percent(self) -> int:
        """Return the chance in percent, rounded."""
        return round(100 * self.chance)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Who may call next, by name, and what is assumed of it in sentences."""

    places: list[Next] = field(default_factory=list)

    @property
    def chances(self) -> dict[str, float]:
        """Return the chance of each by log."""
        return {one.member.home: one.chance for one in self.places}

    def words(self) -> list[str]:
        """Say what is assumed and known by nobody."""
        if not self.places:
            return []
        said = [
            _(
                "What the next call would need is assumed: of each item the middle (median) of what today’s needs ask for."
            )
        ]
        if any(one.assumed for one in self.places):
            said.append(
                _(
                    "Where nobody says how likely it is, each of those named is assumed to be as likely as any other."
                )
            )
        unplaced = [one.member.name for one in self.places if one.member.latitude is None]
        if unplaced:
            said.append(
                _("No place on the map is known of %(members)s: nothing is held back for it.")
                % {"members": ", ".join(unplaced)}
            )
        return said


def outlook(log: str | None, calls: Iterable[Call], now: datetime | None = None) -> Outlook:
    """Return who may call next, as officers of `log` may read it. Who calls already is not the next."""
    now, roll = now or clock.now(), Roll()
    calling = {call.home for call in calls}
    members = {one.home: one for one in readable(Member, log)}
    said: dict[str, list[Expected]] = {}
    for row in readable(Expected, log).filter(until__gt=now).order_by("-at", "home"):
        place = home_of(row.member)
        known = place in members and roll.is_member(place, now) and roll.is_member(row.home, now)
        if known and place not in calling:
            said.setdefault(place, []).append(row)
    counted = {place: _counts(place, rows) for place, rows in said.items()}
    named = {place: row for place, row in counted.items() if row.chance != 0}
    equal = 1 / len(named) if named else 0.0
    places = [
        Next(
            members[place],
            equal if row.chance is None else row.chance / 100,
            row.chance is None,
            row,
            tuple(other for other in said[place] if other.key != row.key),
        )
        for place, row in named.items()
    ]
    return Outlook(sorted(places, key=lambda one: (-one.chance, one.member.name)))


def _counts(place: str, rows: Sequence[Expected]) -> Expected:
    """Return the word that counts: the place's own, else the latest. The latest come first."""
    return next((row for row in rows if row.home == place), rows[0])


def scenarios(
    problem: planner.Problem, chances: Mapping[str, float], log: str | None
) -> tuple[planner.Scenario, ...]:
    """Return what the planner is asked about the next call: for each place, by its chance, what calls need today."""
    from hansa.aid.planner.guard import likely

    members = {one.home: one for one in readable(Member, log)}
    owners = sorted({supply.owner for supply in problem.supplies})
    known = travel.times(
        [members[owner] for owner in owners if owner in members],
        [members[place] for place in sorted(chances) if place in members],
    )
    # What the place itself lends would be there at once, had it not been sent.
    at_home = {(owner, owner): travel.LOCAL for owner in owners if owner in chances}
    return likely(problem, chances, known.hours | at_home)
