"""The short lists of words about people on a mission."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Travel(TextChoices):
    """How somebody travels."""

    ROAD = "road", _("By road")
    AIR = "air", _("By air")
    RAIL = "rail", _("By rail")
    WATER = "water", _("By water")
    REMOTE = "remote", _("Works from home")


class Activity(TextChoices):
    """What hours were spent on."""

    WORK = "work", _("Work")
    TRAVEL = "travel", _("Travel")
    STANDBY = "standby", _("Standby")


class Found(TextChoices):
    """What is known of somebody when all are accounted for."""

    SAFE = "safe", _("Accounted for")
    HURT = "hurt", _("Accounted for, hurt or ill")
    MISSING = "missing", _("Missing")


class Answered(TextChoices):
    """Where somebody stands in an accountability call, from the words of both members."""

    NOT_YET = "not-yet", _("Not yet")
    SAFE = "safe", _("Accounted for")
    HURT = "hurt", _("Hurt or ill")
    MISSING = "missing", _("Missing")


class Stage(TextChoices):
    """Where somebody stands on the way from the roster to home."""

    LISTED = "listed", _("On the roster")
    HERE = "here", _("Checked in")
    RELEASED = "released", _("On the way home")
    HOME = "home", _("Home")
    STRUCK = "struck", _("Taken off the roster")
