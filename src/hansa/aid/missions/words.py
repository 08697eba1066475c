"""The short lists of words of missions. Their values stand in records for ever; their labels are for the screen."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Phase(TextChoices):
    """Where a mission stands, from the logs of both sides together. In the order in which it goes on."""

    OFFERED = "offered", _("Offered")
    AGREED = "agreed", _("Signed by the one in need")
    APPROVED = "approved", _("Agreed by both")
    ORDERED = "ordered", _("Ordered")
    UNDER_WAY = "under-way", _("Under way")
    ARRIVED = "arrived", _("Arrived")
    CHECKED_IN = "checked-in", _("Checked in")
    AT_WORK = "at-work", _("At work")
    EXTENDED = "extended", _("At work, extended")
    RECALLED = "recalled", _("Recalled by the giver")
    RELEASED = "released", _("Released to go home")
    RETURNED = "returned", _("Home again")
    SETTLED = "settled", _("Settled")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CALLED_OFF = "called-off", _("Called off before they left")


OVER = frozenset({Phase.RETURNED, Phase.SETTLED, Phase.WITHDRAWN, Phase.CALLED_OFF})
"""Phases in which nobody is out, or about to leave."""

OUT = frozenset(
    {
        Phase.UNDER_WAY,
        Phase.ARRIVED,
        Phase.CHECKED_IN,
        Phase.AT_WORK,
        Phase.EXTENDED,
        Phase.RECALLED,
        Phase.RELEASED,
    }
)
"""Phases in which somebody is away from home."""


class GiverStep(TextChoices):
    """What the giver says of a mission that it ordered."""

    UNDER_WAY = "under-way", _("They are under way")
    ARRIVED = "arrived", _("They have arrived")
    RETURNED = "returned", _("They are home again")
    SETTLED = "settled", _("All costs are settled")


class ReceiverStep(TextChoices):
    """What the receiver says of those who come."""

    CHECKED_IN = "checked-in", _("They are checked in")
    AT_WORK = "at-work", _("They are at work")
    RELEASED = "released", _("They are released to go home")


class Travel(TextChoices):
    """How they come."""

    ROAD = "road", _("By road")
    RAIL = "rail", _("By rail")
    AIR = "air", _("By air")
    WATER = "water", _("By water")
    REMOTE = "remote", _("They work from where they are")


class Terms(TextChoices):
    """On what terms they are lent."""

    REIMBURSED = "reimbursed", _("Lent; the receiver repays the costs")
    LOANED = "loaned", _("Lent; each side bears its own costs")
    DONATED = "donated", _("Given; nothing is repaid and nothing comes back")


class GateName(TextChoices):
    """What must hold before anybody leaves."""

    CALL = "call", _("The call is active")
    APPROVALS = "approvals", _("Both sides have signed the same offer")
    AUTHORITY = "authority", _("An office that may sign has given the order")
    LICENCE = "licence", _("Licences count where they will work")
    LIABILITY = "liability", _("Somebody answers for harm and loss")
    LIMITS = "limits", _("The giver's own law allows it")
    UNIT = "unit", _("The team is promised only once")


GATES_IN_SHORT = {
    GateName.CALL: _("Call"),
    GateName.APPROVALS: _("Signatures"),
    GateName.AUTHORITY: _("Order"),
    GateName.LICENCE: _("Licences"),
    GateName.LIABILITY: _("Cover"),
    GateName.LIMITS: _("Own law"),
    GateName.UNIT: _("Promised twice"),
}
"""The gates in a word, for lists."""


def unit_code(unit: str) -> str:
    """Return a team's own identifier as it is compared: letters and digits only, in lower case."""
    return "".join(sign for sign in unit.casefold() if sign.isalnum())[:60]
