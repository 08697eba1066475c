"""Where each parcel is: the words of all members together. Nothing here is stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Sum

from hansa.aid import board, custody
from hansa.aid.models import Shipment
from hansa.aid.tracking import codes
from hansa.aid.tracking.models import Holding, Move, Packing, Scan
from hansa.aid.tracking.records import place_of
from hansa.aid.tracking.words import Happened
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of

SHOWN = 30
"""Scans that are read for a page; the history has the rest."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One label of a shipment: its number, how much of the item is in it, its lot, until when it keeps."""

    number: int
    quantity: int
    lot: str = ""
    expires: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a parcel is by the latest word of those on its way: at `place`, in the hands of `holder`, since `at`.

    `claims` are the members that say that they have it now. Two of them contradict each other.
    """

    parcel: Parcel
    state: str
    place: str
    holder: str
    at: datetime | None = None
    claims: tuple[str, ...] = ()

    @property
    def contradicted(self) -> bool:
        """Tell whether more than one member says that it has it."""
        return len(self.claims) > 1


@dataclass(frozen=True, slots=True)
class Track:
    """A shipment as it was packed and scanned; `astray` are scans by members that have nothing to do with it.

    Of each the latest: however many scans somebody sends, those of the members on its way are seen.
    """

    shipment: Shipment
    packing: Packing | None
    parcels: list[Where] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    astray: list[Scan] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Return its short code, as printed."""
        return codes.shown(codes.code_of(self.shipment.key))


def packing_of(shipment: Shipment) -> Packing | None:
    """Return how its sender packed it; nobody else's word counts."""
    return Packing.objects.filter(key=f"{shipment.home}/packing/{shipment.key}").first()


def parcels_of(packing: Packing | None) -> list[Parcel]:
    """Return every parcel, in the order of its labels."""
    found: list[Parcel] = []
    for group in packing.parcels if packing else []:
        for _one in range(group["count"]):
            said = {name: group.get(name, "") for name in ("lot", "expires", "note")}
            found.append(Parcel(len(found) + 1, group["each"], **said))
    return found


def parties(shipment: Shipment, packing: Packing | None) -> set[str]:
    """Return the logs through whose hands it goes: sender, receiver, and whom the sender named."""
    return {shipment.home, shipment.receiver, *(packing.through if packing else [])}


def track(shipment: Shipment, log: str | None) -> Track:
    """Return where the parcels of a shipment are, as far as officers of `log` may read it. Four queries."""
    packing = packing_of(shipment)
    on_its_way = parties(shipment, packing)
    scans = readable(Scan, log).filter(shipment=shipment.key).order_by("-at", "-key")
    said: dict[int, list[Holding]] = {}
    for row in readable(Holding, log).filter(shipment=shipment.key, home__in=on_its_way):
        said.setdefault(row.parcel, []).append(row)
    return Track(
        shipment,
        packing,
        [_where(shipment, one, said.get(one.number, [])) for one in parcels_of(packing)],
        list(scans.filter(home__in=on_its_way)[: SHOWN + 1]),
        list(scans.exclude(home__in=on_its_way)[:SHOWN]),
    )


def _where(shipment: Shipment, parcel: Parcel, said: list[Holding]) -> Where:
    """Put the members' words on one parcel together: the receiver's arrival counts for more than a later word."""
    said = [row for row in said if row.state != Happened.RECEIVED or row.home == shipment.receiver]
    if not said:
        return Where(parcel, "", custody.transit(shipment.key), shipment.home)
    having = (Happened.TOOK, Happened.RECEIVED, Happened.BACK)
    claims = tuple(sorted(row.home for row in said if row.state in having))
    last = max(said, key=lambda row: (row.state == Happened.RECEIVED, row.at, row.key))
    if last.state in having:
        claims = tuple(log for log in claims if log == last.home or not _handed_on(log, last, said))
    place, _owner = place_of(last.home, shipment.key, last.state)
    return Where(parcel, last.state, place, last.home, last.at, claims)


def _handed_on(log: str, last: Holding, said: Iterable[Holding]) -> bool:
    """Tell whether `log` took it over before `last` had it: to take over is to have been given."""
    return any(
        row.home == log and row.state == Happened.TOOK and row.at <= last.at and row is not last
        for row in said
    )


def find(text: str, log: str) -> tuple[Shipment | None, int]:
    """Return the shipment that an officer of `log` may read by what was scanned or typed, and the parcel's number."""
    named = codes.read(text)
    if named is None:
        return None, 0
    key, code, parcel = named
    seen = readable(Shipment, log)
    if key:
        return seen.filter(key=key).first(), parcel
    known = list(Packing.objects.filter(code=code).values_list("shipment", flat=True))
    if not known:
        every = seen.order_by("-at").values_list("key", flat=True)
        known = [one for one in every.iterator() if codes.code_of(one) == code]
    found = list(seen.filter(key__in=known)[:2])
    return (found[0] if len(found) == 1 else None), parcel


def unfinished(log: str) -> list[tuple[Shipment, Packing | None]]:
    """Return the shipments from, to and through a member that are not accounted for, the latest first; at most 100."""
    through = [
        row.shipment
        for row in Packing.objects.order_by("-at")[:500]
        if log in row.through and home_of(row.shipment) == row.home
    ]
    seen = readable(Shipment, log).filter(form="material").order_by("-at", "-key")
    found = {row.key: row for row in seen.filter(receiver=log)[:100]}
    found |= {row.key: row for row in seen.filter(home=log)[:100]}
    found |= {row.key: row for row in seen.filter(key__in=through)[:100]}
    open_ones = [line.shipment for line in board.shipment_lines(found.values()) if line.unconfirmed]
    open_ones.sort(key=lambda row: (row.at, row.key), reverse=True)
    keys = {f"{row.home}/packing/{row.key}": row for row in open_ones[:100]}
    packed = Packing.objects.in_bulk(list(keys))
    return [(row, packed.get(key)) for key, row in keys.items()]


def discrepancy() -> list[tuple[str, int, int]]:
    """Return (shipment, parcel, sum) of every parcel whose sum over all places is not zero. Empty, or the books are broken."""
    sums = Move.objects.values_list("shipment", "parcel").annotate(total=Sum("quantity")).order_by()
    return [row for row in sums if row[2]]


def places(shipment: str) -> dict[tuple[str, str], int]:
    """Return how many parcels of a shipment are at each (place, owner), by everybody's word; what is not nothing."""
    sums = (
        Move.objects.filter(shipment=shipment)
        .values_list("place", "owner")
        .annotate(total=Sum("quantity"))
    )
    return {(place, owner): total for place, owner, total in sums if total}
