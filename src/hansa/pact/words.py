"""The pact's own short lists of words. Their values stand in records for ever; their labels are for the screen."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MemberType(TextChoices):
    """What sort of government a member is."""

    CITY = "city", _("City")
    COUNTY = "county", _("County")
    STATE = "state", _("State")
    TRIBE = "tribe", _("Tribal nation")
    TERRITORY = "territory", _("Territory")


class Form(TextChoices):
    """The four forms of aid."""

    LEGAL = "legal", _("Legal support")
    VOICE = "voice", _("Public voice")
    MATERIAL = "material", _("Supplies and people")
    INFORMATION = "information", _("Shared information")


class Capability(TextChoices):
    """What an officer may be allowed to do for their member."""

    KEEPER = "keeper", _("Keeps the officers")
    SIGN = "sign", _("Signs for the member")
    DUTY = "duty", _("Answers calls")
    LOGISTICS = "logistics", _("Moves supplies and people")
    VOICE = "voice", _("Records public facts")
    NOTE = "note", _("Writes notes")


class KeyMethod(TextChoices):
    """How an officer approves."""

    WEBAUTHN = "webauthn", _("Passkey")
    SSH = "ssh", _("SSH key")


class Verdict(TextChoices):
    """How a member answered one form of a call."""

    PLEDGED = "pledged", _("Pledged")
    DECLINED = "declined", _("Declined")


class Precision(TextChoices):
    """How exactly the time of a fact is known."""

    DAY = "day", _("Day")
    HOUR = "hour", _("About this hour")
    MINUTE = "minute", _("To the minute")


def unstopped(sentence: str) -> str:
    """Return what a person typed without the full stop at its end, where a sentence goes on around it."""
    return sentence.removesuffix(".") if not sentence.endswith("..") else sentence
