"""START HERE: what tracking can say. A shipment is packed by its sender and scanned by whoever has it in hand.

Double entry, one parcel at a time, as in `aid.custody`: a parcel leaves one place and arrives at another in the same
record, in transit is a place with an owner, and the sum over all places is zero, always. A scan moves no
quantity: what was received, came back or is lost is said by aid's own kinds, which `scanning` says beside it.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.aid.custody import WORLD, stock_of, transit
from hansa.aid.models import Shipment
from hansa.aid.tracking.codes import code_of
from hansa.aid.tracking.models import Holding, Move, Packing, Scan
from hansa.aid.tracking.words import HAPPENED, MOST_PARCELS, MOVING, NEXT, SENDERS, Happened
from hansa.aid.words import MOST
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask
from hansa.kernel.ref import Ref, home_of
from hansa.kernel.telling import moment
from hansa.pact.models import Member
from hansa.pact.words import Form


class Parcels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Equal parcels: how many, what is in each, from which lot, kept until when (a day, ISO 8601)."""

    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_PARCELS)]
    each: Annotated[int, msgspec.Meta(ge=1, le=MOST)]
    lot: Annotated[str, msgspec.Meta(max_length=60)] = ""
    expires: Annotated[
        str, msgspec.Meta(max_length=10, pattern=r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\n)")
    ] = ""
    note: Annotated[str, msgspec.Meta(max_length=140)] = ""


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the way: where, what to do there, when it is expected there."""

    place: Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
    task: Annotated[str, msgspec.Meta(max_length=140)] = ""
    time: Annotated[str, msgspec.Meta(max_length=60)] = ""


class Packed(Record, kind="aid.packing/1", row=Packing, by="logistics"):
    """{author} packs a shipment ({shipment})."""

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    parcels: list[Parcels] = ask(
        "What is in each parcel?",
        least=1,
        most=20,
        example=[{"count": 3, "each": 4000, "lot": "A-77", "expires": "2027-01-31"}],
        help="One row for parcels that are alike. Each parcel gets its own label.",
    )
    through: list[Ref[Member]] = about(
        "Which members take it over on its way?", default=[], shown=False
    )
    stops: list[Stop] = ask(
        "Where does the driver stop?",
        most=20,
        default=[],
        example=[{"place": "Depot, gate 4", "task": "Change of driver", "time": "10 June, 14:00"}],
        help="For the driver’s sheet. Where it starts and ends is there already.",
    )
    weight_kg: int = ask("What does it weigh, in kilograms?", most=100_000, default=0, example=120)
    hazards: str = ask(
        "Is there any danger in it, or how must it be handled?",
        most=280,
        default="",
        example="Lithium batteries, UN 3481. Keep dry.",
    )
    instructions: str = ask(
        "What else must the driver know?",
        most=280,
        default="",
        example="Enter from the north; the bridge is closed.",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The shipment, and how it was packed before."""
        return [(Shipment, self.shipment), (Packing, f"packing/{self.shipment}")]

    @property
    def count(self) -> int:
        """Return how many parcels there are."""
        return sum(one.count for one in self.parcels)

    def judge(self, row: Packing | None, saying: Saying) -> str | None:
        """A sender packs its own, and no more than it sends."""
        shipment = saying.own(Shipment, self.shipment)
        if shipment is None:
            return "not-own-shipment"
        packed = sum(one.count * one.each for one in self.parcels)
        return "too-much" if packed > shipment.quantity or self.count > MOST_PARCELS else None

    def check(self, row: Packing | None, saying: Saying) -> None:
        """Pack what is sent, and is not unpacked yet."""
        shipment = saying.own(Shipment, self.shipment)
        if shipment is None:
            raise Refused(_("Only the member that sent a shipment can pack it."))
        if shipment.form != Form.MATERIAL:
            raise Refused(_("Finished work is handed over, not packed."))
        packed = sum(one.count * one.each for one in self.parcels)
        if packed > shipment.quantity:
            raise Refused(
                _("These parcels hold %(packed)s, but only %(sent)s are sent.")
                % {"packed": f"{packed:,}", "sent": f"{shipment.quantity:,}"},
                field="parcels",
            )
        if self.count > MOST_PARCELS:
            raise Refused(
                _("A shipment has at most %(most)s labels. Put more into each parcel.")
                % {"most": MOST_PARCELS},
                field="parcels",
            )
        self._check_lots(shipment)
        hands = [shipment.home, shipment.receiver, *(row.through if row is not None else [])]
        scans = Scan.objects.filter(shipment=self.shipment, home__in=hands)
        if row is not None and scans.exists():
            raise Refused(
                _("Parcels of it were scanned already, so their labels must stay as they are.")
            )

    def _check_lots(self, shipment: Shipment) -> None:
        """Refuse to give back a lot that never came, where it is known which lots did."""
        key = f"{home_of(shipment.back)}/packing/{shipment.back}"
        came = Packing.objects.filter(key=key).first() if shipment.back else None
        lots = {group.get("lot", "") for group in came.parcels} - {""} if came else set()
        strange = sorted({one.lot for one in self.parcels if one.lot} - lots)
        if lots and strange:
            raise Refused(
                _(
                    "Lot %(lot)s did not come with the shipment that you give back. Its lots are: %(lots)s."
                )
                % {"lot": strange[0], "lots": ", ".join(sorted(lots))},
                field="parcels",
            )

    def suffix(self) -> str:
        """One packing for each shipment; a later one takes its place."""
        return f"packing/{self.shipment}"

    def apply(self, row: Packing, saying: Saying) -> None:
        """Let each parcel leave the stock for the way; of a later packing only what is more, or less."""
        here, away = stock_of(saying.log), transit(self.shipment)
        for number in range(row.count + 1, self.count + 1):
            _move(saying, (self.shipment, number), (here, saying.log), (away, saying.log))
        for number in range(self.count + 1, row.count + 1):
            _move(saying, (self.shipment, number), (away, saying.log), (here, saying.log))
        row.shipment, row.code, row.count = self.shipment, code_of(self.shipment), self.count
        row.parcels = [msgspec.to_builtins(one) for one in self.parcels]
        row.through = sorted({home_of(member) for member in self.through})
        row.stops = [msgspec.to_builtins(one) for one in self.stops]
        row.hazards, row.instructions = self.hazards, self.instructions
        row.weight_kg, row.record = self.weight_kg, saying.position


class Scanned(Record, kind="aid.scan/1", row=Scan, by="logistics"):
    """{author} scans a shipment ({shipment}): {what}. {words}"""

    shipment: Ref[Shipment] = about("Which shipment?", shown=False)
    parcel: int = ask(
        "Which parcel?",
        most=MOST_PARCELS,
        default=0,
        example=2,
        help="The number on the label. 0 speaks of the whole shipment.",
    )
    parcels: int = ask(
        "Of how many?", most=MOST_PARCELS, default=0, example=3, help="0 if it was never packed."
    )
    what: Happened = ask("What happened?", example="took")
    place: str = ask("Where?", default="", example="Depot, gate 4")
    words: str = ask(
        "In your words", most=280, default="", example="One corner is wet; the masks are dry."
    )
    told_at: datetime | None = ask(
        "When, by the phone’s clock?", default=None, example="2025-06-10T10:00-07:00"
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """What was said of these parcels before."""
        return [(Holding, self._holding(number)) for number in self.numbers]

    def in_words(self) -> dict[str, object]:
        """Say what happened as a history does."""
        return {"what": HAPPENED[self.what]}

    @property
    def numbers(self) -> range:
        """Return the parcels it speaks of."""
        if self.parcel or not self.parcels:
            return range(self.parcel, self.parcel + 1)
        return range(1, self.parcels + 1)

    def _holding(self, number: int) -> str:
        return f"parcel/{self.shipment}/{number}"

    def _state(self, saying: Saying, number: int) -> str:
        row = saying.sub(Holding, self._holding(number))
        return row.state if row is not None else ""

    def judge(self, row: Scan | None, saying: Saying) -> str | None:
        """A parcel arrives once; only its sender has it back or loses it, and never receives it."""
        if self.parcel > self.parcels:
            return "no-parcel"
        own = home_of(self.shipment) == saying.log
        if own and self.what == Happened.RECEIVED:
            return "own-shipment"
        if not own and self.what in SENDERS:
            return "not-own-shipment"
        if self.what not in MOVING:
            return None
        fresh = any(self.what in NEXT[self._state(saying, number)] for number in self.numbers)
        return None if fresh else "scanned-before"

    def check(self, row: Scan | None, saying: Saying) -> None:
        """Scan what is there, once, and receive only what was sent to you."""
        shipment = Shipment.objects.filter(key=self.shipment).first()
        if shipment is None:
            raise Refused(_("No shipment here has this number."), field="shipment")
        packing = Packing.objects.filter(key=f"{shipment.home}/packing/{shipment.key}").first()
        count = packing.count if packing is not None else 0
        if self.parcel > count:
            raise Refused(
                _("This shipment has %(count)s parcels; there is no parcel %(parcel)s.")
                % {"count": count, "parcel": self.parcel},
                field="parcel",
                code="no-parcel",
            )
        if self.what == Happened.RECEIVED and shipment.home == saying.log:
            raise Refused(
                _("You sent this shipment yourself. Say that it came back, if it did."),
                field="what",
            )
        if self.what == Happened.RECEIVED and shipment.receiver != saying.log:
            raise Refused(
                _("This shipment is not for you. Say that you have seen it; its two sides then see where it is."),
                field="what",
                code="astray",
            )  # fmt: skip
        if self.what in SENDERS and shipment.home != saying.log:
            raise Refused(_("Only its sender can say this of a shipment."), field="what")
        if self.judge(row, saying) == "scanned-before":
            raise Refused(self._before(saying), code="scanned-before")

    def _before(self, saying: Saying) -> str:
        holding = saying.sub(Holding, self._holding(self.numbers[0]))
        if holding is None:
            return _("This was scanned already. Nothing was booked again.")
        return _("This was scanned already, %(when)s: %(what)s. Nothing was booked again.") % {
            "when": moment(holding.at),
            "what": HAPPENED[Happened(holding.state)],
        }

    def apply(self, row: Scan, saying: Saying) -> None:
        """Keep the scan, and move those parcels of which this member had not said so yet."""
        row.shipment, row.parcel, row.parcels = self.shipment, self.parcel, self.parcels
        row.what, row.place, row.words = self.what.value, self.place, self.words
        row.by, row.told_at = saying.by, self.told_at
        if self.what not in MOVING:
            return
        for number in self.numbers:
            holding = saying.open(Holding, self._holding(number))
            if self.what not in NEXT[holding.state]:
                continue
            source = place_of(saying.log, self.shipment, holding.state)
            to = place_of(saying.log, self.shipment, self.what.value)
            _move(saying, (self.shipment, number), source, to)
            holding.shipment, holding.parcel = self.shipment, number
            holding.state, holding.scan, holding.at = self.what.value, saying.position, saying.at


def hold(log: str, shipment: str) -> str:
    """Return the place of parcels that a member has taken over on their way."""
    return f"{log}/hold/{shipment}"


def place_of(log: str, shipment: str, state: str) -> tuple[str, str]:
    """Return where a parcel is by one member's word, and whose it is there: its sender's until it is received."""
    sender = home_of(shipment)
    if state == Happened.TOOK:
        return hold(log, shipment), sender
    if state in (Happened.RECEIVED, Happened.BACK):
        return stock_of(log), log
    if state == Happened.LOST:
        return WORLD, sender
    return transit(shipment), sender


def _move(
    saying: Saying, parcel: tuple[str, int], source: tuple[str, str], to: tuple[str, str]
) -> None:
    """Write the two sides of one parcel's move, which add up to nothing."""
    if source == to:
        return
    for side, ((place, owner), signed) in enumerate(((source, -1), (to, 1))):
        row = saying.fresh(Move, f"{parcel[1]}/{side}")
        row.shipment, row.parcel = parcel
        row.place, row.owner, row.quantity, row.record = place, owner, signed, saying.position
