"""A scan, from what a phone sends to what is booked, and the sentence that answers it.

Everything here may be sent again: each scan carries its phone's own number, under which each record is said once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _

from hansa.aid import board
from hansa.aid.catalogue import amount
from hansa.aid.models import Shipment
from hansa.aid.records.shipments import DeliveryConfirmed, DeliveryDisputed, ShipmentSettled
from hansa.aid.tracking import rules
from hansa.aid.tracking.models import Packing, Scan
from hansa.aid.tracking.records import Scanned
from hansa.aid.tracking.words import Happened
from hansa.kernel.clock import EARLIEST, LATEST
from hansa.kernel.errors import Refused
from hansa.kernel.models import Once
from hansa.kernel.record import Record
from hansa.kernel.say import say
from hansa.kernel.telling import moment
from hansa.pact.models import Member
from hansa.pages.access import Chair

BOOKED, AGAIN, ASTRAY, REFUSED, PARTLY = "booked", "again", "astray", "refused", "partly"
"""What became of a scan: it is recorded; it was before; it is recorded, but this is not its way; it is not recorded;
it is recorded, but the quantity that it speaks of is not booked."""

LONGEST_NUMBER = 64
"""Signs in a phone's own number of a scan."""

ENDING = (Happened.RECEIVED, Happened.BACK, Happened.LOST)
"""What accounts for what a shipment holds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was scanned. `once` is the phone's own number of it; `told` what the phone's clock said."""

    text: str
    what: str
    once: str
    place: str = ""
    words: str = ""
    quantity: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a scan, in a sentence; `said` are the records that it made or had made before."""

    outcome: str
    sentence: str
    shipment: str = ""
    said: tuple[str, ...] = ()
    field: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as a phone reads it."""
        return {name: getattr(self, name) for name in ("outcome", "sentence", "shipment", "field")}


def take(chair: Chair, asked: Asked) -> Answer:
    """Book one scan by an officer, once, and answer in a sentence. Never raises Refused: the answer says it."""
    shipment, parcel = rules.find(asked.text, chair.log)
    if shipment is None:
        return Answer(
            REFUSED,
            _(
                "No shipment here has the code “%(code)s”. Look at the label again. If it is right, its record has not reached this node yet: send this scan again later."
            )
            % {"code": asked.text[:80]},
            field="text",
        )
    try:
        return _booked(chair, asked, shipment, parcel)
    except Refused as refusal:
        outcome = {"scanned-before": AGAIN, PARTLY: PARTLY}.get(refusal.code, REFUSED)
        return Answer(outcome, refusal.sentence, shipment.key, field=refusal.field or "")


def _booked(chair: Chair, asked: Asked, shipment: Shipment, parcel: int) -> Answer:
    if asked.what not in Happened.values:
        raise Refused(_("Say what happened to it."), field="what")
    if not 0 < len(asked.once) <= LONGEST_NUMBER:
        raise Refused(_("Load this page again, then scan it once more."))
    packing, what = rules.packing_of(shipment), Happened(asked.what)
    stray = what == Happened.RECEIVED and chair.log not in {shipment.receiver, shipment.home}
    record = Scanned.read(
        {
            "shipment": shipment.key,
            "parcel": parcel,
            "parcels": packing.count if packing else 0,
            "what": Happened.SEEN if stray else what,
            "place": asked.place[:140],
            "words": asked.words,
            "told_at": _told(asked.told),
        }
    )
    key = f"scan/{chair.by}/{asked.once}"
    beside = None if stray else _beside(chair, asked, shipment, packing, parcel)
    if not Once.objects.filter(key=key).exists():
        _require_open(shipment, what, beside)
    said = [say(record, log=chair.log, by=chair.by, once=key)]
    if beside is not None:
        said.append(_say_beside(chair, beside, f"{key}/beside"))
    records = tuple(said)
    if chair.log not in rules.parties(shipment, packing):
        return Answer(ASTRAY, _not_yours(shipment), shipment.key, records)
    if stray:
        return Answer(ASTRAY, _not_there_yet(shipment), shipment.key, records)
    return Answer(BOOKED, _done(what, shipment, beside, parcel), shipment.key, records)


def _say_beside(chair: Chair, record: Record, once: str) -> str:
    """Say what the scan means for quantities; a refusal tells that the scan itself stands."""
    try:
        return say(record, log=chair.log, by=chair.by, once=once)
    except Refused as refusal:
        raise Refused(
            _(
                "The scan is recorded, but no quantity was booked: %(why)s Say it on the shipment’s page."
            )
            % {"why": refusal.sentence},
            code=PARTLY,
        ) from refusal


def _require_open(shipment: Shipment, what: Happened, beside: Record | None) -> None:
    """Refuse what would account for more than is left of a shipment, before anything is said of it."""
    if what not in ENDING:
        return
    line = board.shipment_lines([shipment])[0]
    if line.unconfirmed == 0:
        raise Refused(_over(line), code="scanned-before")
    more = _counted(beside)
    if more > line.unconfirmed:
        raise Refused(
            _(
                "Only %(left)s of this shipment are not accounted for yet. Say how much it really is."
            )
            % {"left": amount(line.unconfirmed, shipment.unit, shipment.item)},
            field="quantity",
        )


def _counted(beside: Record | None) -> int:
    """Return the quantity that aid's own record speaks of."""
    names = ("quantity", "returned", "lost")
    return max((int(getattr(beside, name, 0)) for name in names), default=0)


def _told(text: str) -> datetime | None:
    """Return what the phone's clock said, or nothing where no calendar shows it. It is only ever displayed."""
    try:
        told = parse_datetime(text) if text else None
    except ValueError:
        return None
    if told is None or is_naive(told) or not EARLIEST <= told <= LATEST:
        return None
    return told


def _over(line: board.ShipmentLine) -> str:
    if line.receipt is None:
        return _("All of this shipment is settled already. Nothing was booked again.")
    return _(
        "All of this shipment is accounted for already, the last of it %(when)s. Nothing was booked again."
    ) % {"when": moment(line.receipt.at)}


def _beside(
    chair: Chair, asked: Asked, shipment: Shipment, packing: Packing | None, parcel: int
) -> Record | None:
    """Return aid's own record of what the scan means for quantities, if it means anything."""
    of: dict[str, Any] = {"shipment": shipment.key}
    what = Happened(asked.what)
    if what in (Happened.SHORT, Happened.HARMED):
        if not asked.words.strip():
            raise Refused(_("Say in a few words what is wrong."), field="words")
        if chair.log != shipment.receiver:
            return None
        problem = "short" if what == Happened.SHORT else "damaged"
        words = asked.words if not parcel else f"{parcel}: {asked.words}"
        return DeliveryDisputed.read(
            {**of, "need": shipment.need, "problem": problem, "words": words[:280]}
        )
    if what not in ENDING:
        return None
    quantity = _quantity(asked, packing, parcel)
    if not quantity:
        return None
    if what == Happened.RECEIVED:
        restated = {name: getattr(shipment, name) for name in ("need", "form", "item", "unit")}
        return DeliveryConfirmed.read({**of, **restated, "quantity": quantity})
    return ShipmentSettled.read({**of, "returned" if what == Happened.BACK else "lost": quantity})


def _quantity(asked: Asked, packing: Packing | None, parcel: int) -> int | None:
    """Return what was counted, else what the label says is in the parcel; nothing for a load nobody counted."""
    if asked.quantity.strip():
        return int(DeliveryConfirmed.field("quantity").read(asked.quantity))
    if not parcel:
        return None
    inside = {one.number: one.quantity for one in rules.parcels_of(packing)}
    return inside.get(parcel)


def _name(log: str) -> str:
    return Member.objects.filter(home=log).values_list("name", flat=True).first() or log


def _not_yours(shipment: Shipment) -> str:
    return _(
        "This shipment goes from %(sender)s to %(receiver)s, and your city is not on its way. Nothing was booked. Both of them now see that it is with you: call %(sender)s and ask what to do with it."
    ) % {"sender": _name(shipment.home), "receiver": _name(shipment.receiver)}


def _not_there_yet(shipment: Shipment) -> str:
    return _(
        "This shipment is not for you but for %(receiver)s, so nothing was received. That it is with you is recorded: both sides see it. Press “We take it over” when you carry it on."
    ) % {"receiver": _name(shipment.receiver)}


def _done(what: Happened, shipment: Shipment, beside: Record | None, parcel: int) -> str:
    counted = _counted(beside)
    words = {
        "item": str(shipment),
        "what": Scan(what=what.value).happened,
        "parcel": parcel,
        "count": amount(counted, shipment.unit, shipment.item) if counted else "",
    }
    if counted:
        return _("Recorded: %(count)s, %(what)s.") % words
    if what == Happened.RECEIVED:
        return _(
            "Recorded: it arrived. How much came is not said yet: count it, then confirm it on the shipment’s page."
        )
    if parcel:
        return _("Recorded: %(what)s, parcel %(parcel)s of a shipment of %(item)s.") % words
    return _("Recorded: %(item)s, %(what)s.") % words
