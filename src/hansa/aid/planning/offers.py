"""What members would lend: what they said, less what they pledged since, and how far it can be relied on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from typing import Any

from django.utils.translation import gettext as _

from hansa.aid import board, catalogue
from hansa.aid.models import Need, Pledge
from hansa.aid.planner.problem import Supply
from hansa.aid.planning.models import Availability
from hansa.kernel import clock
from hansa.kernel.models import Log
from hansa.kernel.reading import readable
from hansa.kernel.ref import split
from hansa.kernel.sync import status
from hansa.kernel.telling import moment
from hansa.pact.models import Member
from hansa.pact.rules import Roll

OLD = timedelta(hours=24)
"""Older than this, what a member would lend is planned with and marked as old."""
TOO_OLD = timedelta(days=7)
"""Older than this it is left out: ask the member to say it anew."""


MANY = 2
"""So many of a unit, for its plural."""


@dataclass(slots=True)
class World:
    """Rows read once, and what is to be told about them."""

    log: str | None
    now: datetime
    roll: Roll = field(default_factory=Roll)
    members: dict[str, Member] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def seen(cls, log: str | None) -> "World":
        """Return the members as officers of `log` read them now."""
        return cls(log, clock.now(), members={one.home: one for one in readable(Member, log)})

    def name(self, log: str) -> str:
        return self.members[log].name if log in self.members else log

    def hours(self, moment: datetime) -> float:
        """Return the hours until a moment; negative if it has passed."""
        return round((moment - self.now).total_seconds() / 3600, 3)

    def note(self, sentence: str, **words: Any) -> None:
        self.notes.append(sentence % words)

    def note_unit(self, home: str, item: str, unit: str, known: str) -> None:
        """Say that a member counts an item in another unit than all others do."""
        self.note(
            _(
                "%(member)s counts %(item)s in %(unit)s; all others count in %(known)s. That is left out: ask it to say so anew."
            ),
            member=self.name(home),
            item=catalogue.name_of(item),
            unit=catalogue.counted(unit, MANY),
            known=catalogue.counted(known, MANY),
        )


def left_of(offers: Iterable[Availability]) -> dict[str, int]:
    """Return by key what is left of each availability, less what its member pledged after it said so. One query.

    What a giver took back is not offered again until it says so: perhaps it was never there. What the needer turned
    down, or no longer needs, is.
    """
    listed = {(one.home, one.item): one for one in offers}
    left = {one.key: one.quantity for one in listed.values()}
    since = min((one.at for one in listed.values()), default=None)
    if since is None:
        return left
    pledges = Pledge.objects.filter(
        home__in={home for home, _item in listed}, item__in={item for _home, item in listed}
    )
    recent = pledges.filter(at__gte=since).annotate(said=board.acceptance_of())
    cancelled = set(
        Need.objects.filter(key__in=recent.values("need"))
        .exclude(cancelled_at=None)
        .values_list("key", flat=True)
    )
    for pledge in recent:
        offer = listed.get((pledge.home, pledge.item))
        if offer is None or split(pledge.key)[1] <= offer.index:
            continue
        freed = pledge.said == 0 or pledge.need in cancelled
        left[offer.key] -= pledge.quantity - (pledge.withdrawn if freed else 0)
    return {key: max(0, rest) for key, rest in left.items()}


def offered(world: World, wanted: Mapping[str, str]) -> dict[str, Availability]:
    """Return the availabilities of today's members that could serve what is wanted (item to unit).

    Those that are too old, or counted in another unit, are told and left out.
    """
    useful = {code for one in wanted for code in catalogue.substitutes(one)}
    found = readable(Availability, world.log).filter(item__in=useful, quantity__gt=0)
    silent = _silent(world)
    kept: dict[str, Availability] = {}
    old: dict[str, list[Availability]] = defaultdict(list)
    for offer in found.order_by("home", "item"):
        if not world.roll.is_member(offer.home, world.now):
            continue
        if offer.until is not None and offer.until <= world.now:
            continue
        unit = unit_of(offer.item) or wanted.get(offer.item, offer.unit)
        if offer.unit != unit:
            world.note_unit(offer.home, offer.item, offer.unit, unit)
            continue
        if world.now - offer.at > TOO_OLD:
            world.note(
                _(
                    "%(member)s said on %(day)s what it would lend of %(item)s. That is left out: ask it to say so anew."
                ),
                member=world.name(offer.home),
                day=moment(offer.at),
                item=catalogue.name_of(offer.item),
            )
            continue
        kept[offer.key] = offer
        if offer.home in silent or world.now - offer.at > OLD:
            old[offer.home].append(offer)
    for home, offers in old.items():
        _tell_old(world, home, offers, silent.get(home))
    return kept


def is_old(offer: Availability, now: datetime) -> bool:
    """Tell whether what a member said it would lend is so old that somebody should ask."""
    return now - offer.at > OLD


def _tell_old(world: World, home: str, offers: list[Availability], heard: datetime | None) -> None:
    what = ", ".join(catalogue.name_of(one.item) for one in offers[:3])
    hours = round(max(world.now - one.at for one in offers).total_seconds() / 3600)
    if heard is not None:
        world.note(
            _(
                "The node of %(member)s has not answered since %(when)s. What it would lend (%(what)s) may have changed: ring it before you count on it."
            ),
            member=world.name(home),
            when=moment(heard),
            what=what,
        )
    else:
        world.note(
            _(
                "What %(member)s would lend (%(what)s) was said %(hours)s hours ago. Ask it before you count on it."
            ),
            member=world.name(home),
            what=what,
            hours=hours,
        )


def _silent(world: World) -> dict[str, datetime]:
    """Return the members none of whose nodes answers, and since when."""
    heard: dict[str, datetime] = {}
    fine: set[str] = set(Log.objects.filter(mine=True).values_list("name", flat=True))
    for peer in status.peers():
        for log in peer.members:
            if peer.state != "silent":
                fine.add(log)
            elif peer.heard_at is not None:
                heard[log] = max(peer.heard_at, heard.get(log, peer.heard_at))
    return {log: at for log, at in heard.items() if log not in fine}


def supplies_of(world: World, offers: Mapping[str, Availability]) -> list[Supply]:
    """Return what is left of the availabilities as supplies, in whole lots, until the member leaves."""
    left = left_of(offers.values())
    leaving: set[str] = set()
    found = []
    for key, offer in offers.items():
        quantity = left[key] - left[key] % offer.batch
        if quantity <= 0:
            continue
        span = world.roll.span(offer.home, world.now)
        ends = [moment for moment in (offer.until, span.until if span else None) if moment]
        if span and span.until and offer.home not in leaving:
            leaving.add(offer.home)
            world.note(
                _("%(member)s leaves the pact on %(day)s. Only what arrives before is planned."),
                member=world.name(offer.home),
                day=moment(span.until),
            )
        ready = offer.at + timedelta(hours=offer.ready_hours)
        found.append(
            Supply(
                key=key,
                owner=offer.home,
                item=offer.item,
                quantity=quantity,
                ready=max(0.0, world.hours(ready)),
                expires=world.hours(min(ends)) if ends else inf,
                batch=offer.batch,
                floor=offer.floor,
            )
        )
    return found


def unit_of(code: str) -> str:
    """Return the unit in which the catalogue counts an item; nothing if it does not know it."""
    known = catalogue.find(code)
    return "" if known is None else known.unit


def stands_in(code: str, wanted: str) -> bool:
    """Tell whether the catalogue lets one item stand in for another, different one."""
    return code != wanted and catalogue.serves(code, wanted)
