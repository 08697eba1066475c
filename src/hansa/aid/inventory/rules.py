"""What others ask of the inventory: floors, standing limits, lots in the order in which they go, packages, people."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hansa.aid import catalogue
from hansa.aid.inventory.models import Limit, Lot, Package, Rostered
from hansa.aid.inventory.words import SOON_DAYS, STALE_DAYS, Standing, is_day
from hansa.aid.models import Stock
from hansa.aid.shelf import Ends
from hansa.kernel import clock, live
from hansa.pact.models import Member


def limits_of(log: str, now: datetime | None = None) -> list[Limit]:
    """Return the standing limits of a member that bind at `now` (else now), the oldest first."""
    at = now or clock.now()
    found = _standing(live.rung()).get(log, [])
    return [one for one in found if one.until is None or one.until > at]


@lru_cache(maxsize=1)
def _standing(_rung: int) -> Mapping[str, list[Limit]]:
    """Return every limit that is not lifted, by member; read again whenever something was said."""
    found: dict[str, list[Limit]] = {}
    for one in Limit.objects.filter(lifted_at=None).order_by("at", "key"):
        found.setdefault(one.home, []).append(one)
    return found


@lru_cache(maxsize=1)
def _states(_rung: int) -> Mapping[str, str]:
    return dict(Member.objects.values_list("home", "state"))


def limits_on(log: str, item: str, to: str, now: datetime | None = None) -> list[Limit]:
    """Return the limits by which the member of `log` may not send `item` to the member of the log `to`."""
    found = limits_of(log, now)
    if not found:
        return []
    states = _states(live.rung())
    away = states.get(log) != states.get(to)
    return [one for one in found if binds(one, item, to, away=away)]


def laws_on(log: str, item: str, to: str) -> list[tuple[str, str]]:
    """Return (article, remedy) of each of these limits that binds now."""
    return [(one.article, one.remedy) for one in limits_on(log, item, to)]


def binds(limit: Limit, item: str, to: str, *, away: bool) -> bool:
    """Tell whether a limit forbids an item to the member of the log `to`; `away` if that is of another state."""
    known = catalogue.find(item)
    named = catalogue.split(limit.items)
    about = {item} if known is None else {item, known.group, *known.serves}
    if named and not about & set(named):
        return False
    if limit.forms and (known is None or known.form not in limit.forms):
        return False
    if limit.away and not away:
        return False
    return not limit.to or any(ref.partition("@")[0] == to for ref in limit.to)


def lots_of(log: str, item: str = "") -> list[Lot]:
    """Return what is left of a member's lots, of one item or of all: first expired, first out; what keeps comes last."""
    found = Lot.objects.filter(home=log, quantity__gt=0)
    if item:
        found = found.filter(item=item)
    return sorted(found, key=lambda lot: (lot.expires or "9999-99-99", lot.at, lot.key))


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a lot, in its unit."""

    lot: Lot
    quantity: int


def first_out(lots: Iterable[Lot], quantity: int, today: date) -> tuple[list[Take], int]:
    """Return what to take from which lot for `quantity`, what expires first before the rest, and how much is lacking.

    What has expired by `today` is not taken.
    """
    taken, left = [], quantity
    for lot in lots:
        if left <= 0:
            break
        if is_expired(lot, today):
            continue
        part = min(left, lot.quantity)
        taken.append(Take(lot, part))
        left -= part
    return taken, max(left, 0)


def is_expired(lot: Lot, today: date) -> bool:
    """Tell whether its last day has passed."""
    return bool(lot.expires) and lot.expires < today.isoformat()


def ends_of(log: str, items: Collection[str]) -> Ends:
    """Return what of a member's items may be used until when: the end of its last day, by the member's own clocks."""
    lots = Lot.objects.filter(home=log, item__in=items, quantity__gt=0).exclude(expires="")
    said = lots.values_list("item", "unit", "expires", "quantity")
    zone = ZoneInfo(_zones(live.rung()).get(log, "UTC"))
    found: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for item, unit, day, quantity in said:
        last = min(date.fromisoformat(day), clock.LATEST.date())
        ends = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
        found.setdefault((item, unit), []).append((ends, quantity))
    return found


@lru_cache(maxsize=1)
def _zones(_rung: int) -> Mapping[str, str]:
    return dict(Member.objects.values_list("home", "zone"))


def expiring(log: str, today: date, days: int = SOON_DAYS) -> list[Lot]:
    """Return the lots that have expired, or do so within `days`, first what expires first."""
    until = (today + timedelta(days=days)).isoformat()
    return [lot for lot in lots_of(log) if lot.expires and lot.expires <= until]


def lapsed(log: str, now: datetime) -> list[Stock]:
    """Return the stock whose reserve has run out and no longer binds."""
    found = Stock.objects.filter(home=log, reserve__gt=0, reserve_until__lte=now)
    return list(found.order_by("reserve_until", "key"))


def is_stale(package: Package, today: date) -> bool:
    """Tell whether a package was never proven, or not for a year."""
    if not is_day(package.proven):
        return True
    return (today - date.fromisoformat(package.proven)).days > STALE_DAYS


def packages_of(log: str) -> list[Package]:
    """Return a member's packages as they stand, by title."""
    found = Package.objects.filter(home=log, replaced_by="", withdrawn_at=None)
    return list(found.order_by("title", "key"))


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a need or an offer of people asks: position by its code, and what they must have, each "" if nothing."""

    position: str
    credential: str = ""
    licence: str = ""
    language: str = ""


def missing(person: Rostered, asked: Requirement, today: date) -> list[str]:
    """Return which of position, standing, credential, licence and language somebody on the roster lacks, for today.

    Words are compared without regard to case; a licence must name what is asked for and not have run out.
    """
    lacks = []
    if not catalogue.serves(person.position, asked.position):
        lacks.append("position")
    if person.standing != Standing.AVAILABLE:
        lacks.append("standing")
    if asked.credential.casefold() not in person.credential.casefold():
        lacks.append("credential")
    ended = bool(person.licence_until) and person.licence_until < today.isoformat()
    item = catalogue.find(asked.position)
    licensed = bool(asked.licence) or (item is not None and "licence" in item.asks)
    named = asked.licence.casefold() in person.licence.casefold()
    if licensed and (not person.licence or not named or ended):
        lacks.append("licence")
    spoken = {one.casefold() for one in catalogue.split(person.languages)}
    if asked.language and asked.language.casefold() not in spoken:
        lacks.append("language")
    return lacks
