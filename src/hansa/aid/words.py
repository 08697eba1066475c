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


class Problem(TextChoices):
    """What is wrong with a delivery."""

    SHORT = "short", _("Less than was sent")
    DAMAGED = "damaged", _("Damaged")
    WRONG = "wrong", _("Not what was promised")
    NEVER = "never", _("It never came")
