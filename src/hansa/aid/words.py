"""Aid's own short lists of words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST = 10_000_000
"""The largest quantity that one record may speak of, in any unit."""


class Urgency(TextChoices):
    """How soon a need must be met, in the sense of a resource request's priority."""

    NOW = "now", _("Now (0 to 4 hours)")
    TODAY = "today", _("Today (5 to 12 hours)")
    SOON = "soon", _("Soon (12 hours or more)")


class Unit(TextChoices):
    """What a quantity counts."""

    PIECE = "piece", _("pieces")
    BOX = "box", _("boxes")
    LITRE = "litre", _("litres")
    PERSON = "person", _("people")
    HOUR = "hour", _("hours")
    TEAM = "team", _("teams")
    VEHICLE = "vehicle", _("vehicles")
    DOCUMENT = "document", _("documents")
    REPORT = "report", _("reports")


class Sort(TextChoices):
    """What sort of thing a resource type is; NIMS says kind."""

    SUPPLY = "supply", _("Supplies")
    EQUIPMENT = "equipment", _("Equipment")
    TEAM = "team", _("Team")
    POSITION = "position", _("Position")
    WORK = "work", _("Work")


class How(TextChoices):
    """How a request was made."""

    WRITTEN = "written", _("In writing")
    PHONE = "phone", _("By phone")


class Problem(TextChoices):
    """What is wrong with a delivery."""

    SHORT = "short", _("Less than was sent")
    DAMAGED = "damaged", _("Damaged")
    WRONG = "wrong", _("Not what was promised")
    NEVER = "never", _("It never came")


class NeedState(TextChoices):
    """Where a need stands, from the records of all members together."""

    OPEN = "open", _("Nothing promised yet")
    PARTLY = "partly", _("Partly promised")
    COMING = "coming", _("All promised")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")


class PledgeState(TextChoices):
    """Where a pledge stands."""

    WAITING = "waiting", _("Waits for the word of the one in need")
    ACCEPTED = "accepted", _("Accepted, to be sent")
    UNDER_WAY = "under-way", _("On the way")
    RECEIVED = "received", _("Received")
    DISPUTED = "disputed", _("Disputed")
    LENT = "lent", _("On a mission")
    LOST = "lost", _("Lost or came back")
    TURNED_DOWN = "turned-down", _("Turned down with thanks")
    NOT_NEEDED = "not-needed", _("No longer needed")
    TAKEN_BACK = "taken-back", _("Taken back")


class ShipmentState(TextChoices):
    """Where a shipment stands."""

    UNDER_WAY = "under-way", _("On the way")
    DELIVERED = "delivered", _("Delivered, not confirmed yet")
    PARTLY = "partly", _("Partly confirmed")
    CONFIRMED = "confirmed", _("Received")
    DISPUTED = "disputed", _("Disputed")
    SETTLED = "settled", _("Settled")
    CONTRADICTED = "contradicted", _("Sender and receiver contradict each other")


FINISHED_WORK = {
    PledgeState.ACCEPTED: _("Accepted, to be handed over"),
    PledgeState.UNDER_WAY: _("Finished, being handed over"),
    ShipmentState.UNDER_WAY: _("Finished, being handed over"),
    ShipmentState.DELIVERED: _("Handed over, not confirmed yet"),
}
"""What the same states are called where no truck moves: legal support, public voice, information."""


def state_label(state: PledgeState | ShipmentState, form: str) -> str:
    """Return a state in the words of its form of aid."""
    plain = str(state.label)
    return plain if form == "material" else str(FINISHED_WORK.get(state, plain))
