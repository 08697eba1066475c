"""What waits for one member's officers: pledges to answer, aid to send, arrivals to confirm, disputes to settle."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from hansa.aid.board import (
    ZERO,
    PledgeLine,
    ShipmentLine,
    acceptance_of,
    pledge_lines,
    shipment_lines,
)
from hansa.aid.models import Need, Pledge, Receipt, Shipment
from hansa.pact.words import Form

MOST = 50
"""So many of each sort are looked at; a member with more works them off in turn."""


@dataclass(frozen=True, slots=True)
class Work:
    """One member's open work, the oldest first of each sort."""

    to_accept: list[PledgeLine]
    to_send: list[PledgeLine]
    to_confirm: list[ShipmentLine]
    to_settle: list[ShipmentLine]
    to_release: list[PledgeLine]

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return any((self.to_accept, self.to_send, self.to_confirm, self.to_settle, self.to_release))


def work(log: str) -> Work:
    """Return what waits for the officers of `log`, at most MOST of each sort. A fixed number of queries."""
    own = pledge_lines(_answered(log)[:MOST])
    arriving = shipment_lines(_unaccounted(Shipment.objects.filter(receiver=log))[:MOST])
    outgoing = _unaccounted(Shipment.objects.filter(home=log), problem__gt="")
    return Work(
        to_accept=pledge_lines(_unanswered(log)[:MOST]),
        to_send=[line for line in own if line.may_send],
        to_confirm=[line for line in arriving if not line.disputed],
        to_settle=shipment_lines(outgoing[:MOST]),
        to_release=[line for line in own if line.to_release],
    )


def _cancelled() -> Exists:
    return Exists(Need.objects.filter(pk=OuterRef("need")).exclude(cancelled_at=None))


def _unanswered(log: str) -> QuerySet[Pledge]:
    """Return the pledges to needs of `log` on which it has not said a word. Offers wait to be signed, with the missions."""
    standing = Pledge.objects.filter(needer=log, quantity__gt=F("withdrawn"), sent=0, offer="")
    return standing.alias(said=acceptance_of()).filter(~_cancelled(), said=None).order_by("at")


def _answered(log: str) -> QuerySet[Pledge]:
    """Return the pledges of `log` that are not all sent and of which it may send, or take back, some now."""
    unsent = Pledge.objects.filter(home=log, quantity__gt=F("withdrawn") + F("sent"))
    settled = Q(said__isnull=False) | ~Q(form=Form.MATERIAL) | _cancelled()
    return unsent.alias(said=acceptance_of()).filter(settled).order_by("at", "key")


def _unaccounted(shipments: QuerySet[Shipment], **where: str) -> QuerySet[Shipment]:
    """Return the shipments of which some is neither confirmed, nor back, nor lost; `problem` is the receiver's."""
    key = Concat(OuterRef("receiver"), Value("/receipt/"), OuterRef("key"))
    receipt = Receipt.objects.filter(pk=key)
    return (
        shipments.alias(
            confirmed=Coalesce(Subquery(receipt.values("quantity")[:1]), ZERO),
            problem=Coalesce(Subquery(receipt.values("problem")[:1]), Value("")),
        )
        .filter(quantity__gt=F("returned") + F("lost") + F("confirmed"), **where)
        .order_by("at", "key")
    )
