"""The short lists of words about costs."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_CENTS = 10**13
"""The largest amount that one record may name, in cents: a hundred billion dollars."""

CURRENCY = "USD"
"""The currency (ISO 4217) of an amount that names none."""


class Category(TextChoices):
    """The five lines of a mission-ready package."""

    TRAVEL = "travel", _("Travel")
    PERSONNEL = "personnel", _("Personnel")
    EQUIPMENT = "equipment", _("Equipment")
    COMMODITIES = "commodities", _("Commodities")
    OTHER = "other", _("Other")


class Basis(TextChoices):
    """Whether a line says what will be spent, or what was."""

    ACTUAL = "actual", _("Actual: it was spent")
    PREDICTED = "predicted", _("Predicted: an estimate")


class Terms(TextChoices):
    """Who bears a cost in the end."""

    REIMBURSED = "reimbursed", _("To be reimbursed")
    DONATED = "donated", _("Donated")
    LOANED = "loaned", _("Loaned without charge")


class Nature(TextChoices):
    """What sort of expense it is, as far as that decides whether it may be claimed."""

    ORDINARY = "ordinary", _("Ordinary expense")
    DAMAGE = "damage", _("Loss or damage")
    BENEFITS = "benefits", _("Benefits for injury or death")
    FINE = "fine", _("Fine or penalty")
    LEISURE = "leisure", _("Entertainment or alcohol")
    INTEREST = "interest", _("Interest")
    RESERVE = "reserve", _("Contingency")


class Moved(TextChoices):
    """Why money went from one member to another."""

    ADVANCE = "advance", _("Advance")
    PAYMENT = "payment", _("Payment")
    REPAYMENT = "repayment", _("Paid back")


class LineState(TextChoices):
    """Where a cost line stands, from the words of both members."""

    PREDICTED = "predicted", _("Estimate")
    OPEN = "open", _("Not claimed yet")
    BORNE = "borne", _("Borne by the giver")
    CLAIMED = "claimed", _("Claimed")
    ACCEPTED = "accepted", _("Accepted")
    PARTLY = "partly", _("Accepted in part")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
