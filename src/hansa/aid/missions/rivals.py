"""The same team promised twice: on one node or on two, by one member or by two. Shown to both before either signs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hansa.aid.missions.models import Agreement, Mission, Offer, Promise
from hansa.aid.missions.words import GiverStep
from hansa.aid.models import Need, Pledge
from hansa.kernel import clock


@dataclass(frozen=True, slots=True)
class Rival:
    """Another promise of the same team for the same time; `bound` if its receiver has signed it.

    Only that signature binds: else anybody could hold a team at home by claiming it.
    """

    promise: Promise
    bound: bool


@dataclass(frozen=True, slots=True)
class Rivals:
    """Every live promise of some teams, read with a fixed number of queries."""

    promises: tuple[Rival, ...] = ()

    def of(self, promise: Promise) -> list[Rival]:
        """Return the rivals of one promise, what binds first."""
        found = [rival for rival in self.promises if _same(promise, rival.promise)]
        return sorted(found, key=lambda rival: (not rival.bound, rival.promise.at))


def _same(one: Promise, other: Promise) -> bool:
    """Tell whether two promises are of one team for one time. Two members may each have a “Team 1” of another sort."""
    if not one.unit_code or one.unit_code != other.unit_code or one.pledge == other.pledge:
        return False
    if one.home != other.home and one.item != other.item:
        return False
    return _before(one.starts, other.ends) and _before(other.starts, one.ends)


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end


def rivals(codes: Iterable[str]) -> Rivals:
    """Return every live promise of the teams with these codes."""
    wanted = {code for code in codes if code}
    if not wanted:
        return Rivals()
    missions = [one for one in Mission.objects.filter(unit_code__in=wanted) if not is_over(one)]
    ordered = {one.pledge for one in missions}
    offers = [
        one
        for one in Offer.objects.filter(
            unit_code__in=wanted, withdrawn_at=None, replaced_by="", ends__gt=clock.now()
        )
        if one.pledge not in ordered
    ]
    pledges = Pledge.objects.in_bulk({one.pledge for one in offers})
    idle = set(
        Need.objects.filter(key__in={one.need for one in offers})
        .exclude(cancelled_at=None)
        .values_list("key", flat=True)
    )
    signed = set(
        Agreement.objects.filter(
            offer__in=[*(one.key for one in offers), *(one.offer for one in missions)]
        ).values_list("offer", "home")
    )
    standing = [
        Rival(one, (one.key, one.receiver) in signed)
        for one in offers
        if one.need not in idle and (row := pledges.get(one.pledge)) and row.to_send > 0
    ]
    out = [Rival(one, (one.offer, one.receiver) in signed) for one in missions]
    return Rivals((*out, *standing))


def is_over(mission: Mission) -> bool:
    """Tell whether the team of a mission is free again."""
    left = GiverStep.UNDER_WAY.value in mission.steps
    called_off = mission.recalled_at is not None and not left
    return GiverStep.RETURNED.value in mission.steps or called_off
