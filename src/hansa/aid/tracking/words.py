"""Tracking's own words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_PARCELS = 100
"""Labels of one shipment. More things go on more shipments, or several to a label."""


class Happened(TextChoices):
    """What happened to a parcel where it was scanned."""

    RECEIVED = "received", _("It arrived: we receive it")
    TOOK = "took", _("We take it over, on its way")
    LEFT = "left", _("It goes on from here")
    SHORT = "short", _("Something is missing")
    HARMED = "harmed", _("It is damaged or wrong")
    BACK = "back", _("It came back to us")
    LOST = "lost", _("It is lost")
    SEEN = "seen", _("It is only seen here")


HAPPENED = {
    Happened.RECEIVED: _("arrived"),
    Happened.TOOK: _("taken over on its way"),
    Happened.LEFT: _("went on"),
    Happened.SHORT: _("something is missing"),
    Happened.HARMED: _("damaged or wrong"),
    Happened.BACK: _("came back"),
    Happened.LOST: _("lost"),
    Happened.SEEN: _("seen"),
}
"""The same in a history."""

MOVING = (Happened.RECEIVED, Happened.TOOK, Happened.LEFT, Happened.BACK, Happened.LOST)
"""What changes where a parcel is."""

SENDERS = (Happened.BACK, Happened.LOST)
"""What only its sender can say."""

NEXT: dict[str, frozenset[str]] = {
    "": frozenset({*MOVING}),
    Happened.TOOK: frozenset({*MOVING} - {Happened.TOOK}),
    Happened.LEFT: frozenset({*MOVING} - {Happened.LEFT}),
    Happened.LOST: frozenset({Happened.BACK, Happened.RECEIVED, Happened.TOOK}),
    Happened.RECEIVED: frozenset(),
    Happened.BACK: frozenset(),
}
"""What one member can say of a parcel after what it said last. What is lost may be found."""
