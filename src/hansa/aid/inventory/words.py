"""The inventory's own short lists of words. Their values stand in records for ever; their labels are for the screen."""

import re
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

STALE_DAYS = 365
"""A package that nobody has proven for so long says so."""

SOON_DAYS = 30
"""So long before a lot expires it stands on the work list."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class TableName(TextChoices):
    """What a spreadsheet may hold."""

    STOCK = "stock", _("Stock and reserves")
    LOTS = "lots", _("Lots")
    ROSTER = "roster", _("Roster")
    PACKAGES = "packages", _("Mission-ready packages")


class Standing(TextChoices):
    """Whether somebody on the roster can be sent."""

    AVAILABLE = "available", _("Can be sent")
    AWAY = "away", _("Cannot be sent now")
    LEFT = "left", _("No longer on the roster")


class CostKind(TextChoices):
    """The five lines in which the cost of a mission is told."""

    TRAVEL = "travel", _("Travel")
    PERSONNEL = "personnel", _("Personnel")
    EQUIPMENT = "equipment", _("Equipment")
    COMMODITIES = "commodities", _("Commodities")
    OTHER = "other", _("Other")


class Outcome(TextChoices):
    """What became, or would become, of one row of a spreadsheet."""

    ACCEPTED = "accepted", _("Accepted")
    UNCHANGED = "unchanged", _("Unchanged")
    REFUSED = "refused", _("Refused")


def is_day(text: str) -> bool:
    """Tell whether a text is a day of the calendar, written YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
