"""Planning's own short lists of words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LineState(TextChoices):
    """Where a line of a plan stands, from the records of all members together."""

    OPEN = "open", _("Proposed")
    PARTLY = "partly", _("Partly pledged")
    TAKEN = "taken", _("Pledged")
    DECLINED = "declined", _("Declined")
    COVERED = "covered", _("Covered by others")
    GONE = "gone", _("No longer needed")
    LEFT = "left", _("The giver has left the pact")
