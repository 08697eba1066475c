"""Which offices a person may act in, and in which one this request does."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.pact.models import Member, Officer
from hansa.pages.access import Chair

CHOSEN = "chair"
"""The session's key for the office that the person chose."""


_TOLD: list[Callable[[], None]] = []


def when_seated(tell: Callable[[], None]) -> None:
    """Call this whenever somebody who sat nowhere takes a chair."""
    _TOLD.append(tell)


def take(request: HttpRequest, officer: str) -> None:
    """Let this browser act in an office from now on. The caller knows that it may."""
    first = CHOSEN not in request.session
    request.session[CHOSEN] = officer
    if first:
        for tell in _TOLD:
            tell()


def seats_of(request: HttpRequest) -> list[str]:
    """Return the keys of the offices that this account was given, ended ones included."""
    user = request.user
    return (
        list(user.seats.order_by("id").values_list("officer", flat=True))
        if user.is_authenticated
        else []
    )


def chair_for(request: HttpRequest) -> tuple[Chair | None, str]:
    """Return the chair of this request, and a sentence if it is empty because the office has ended."""
    chosen = str(request.session.get(CHOSEN, ""))
    seats = seats_of(request)
    if not settings.DEMO and chosen not in seats:
        chosen = ""
    if not chosen and len(seats) == 1:
        chosen = seats[0]
    if not chosen:
        return None, ""
    officer = Officer.objects.filter(key=chosen).first()
    member = Member.objects.filter(home=officer.home).first() if officer else None
    if officer is None or member is None:
        return None, ""
    if not is_live(officer):
        return None, ended_words(officer, member)
    return chair(officer, member), ""


def chair(officer: Officer, member: Member) -> Chair:
    """Return the chair of an office."""
    return Chair(
        by=officer.key,
        log=officer.home,
        office=officer.office,
        member=member.name,
        zone=member.zone,
        can=frozenset(officer.can),
    )


def is_live(officer: Officer) -> bool:
    """Tell whether the office may act now."""
    return officer.ended_at is None and (officer.until is None or clock.now() < officer.until)


def ended_words(officer: Officer, member: Member) -> str:
    """Say that an office has ended, and when."""
    moment = timezone.localtime(officer.ended_at or officer.until)
    words = {
        "office": officer.office,
        "member": member.name,
        "when": f"{date_format(moment, 'D j M Y, H:i')} {moment.tzname()}",
    }
    return _("The term of the %(office)s of %(member)s ended on %(when)s.") % words


def live_chairs(keys: Iterable[str] | None) -> list[Chair]:
    """Return the chairs that may act now among these offices (None: among all), by member and office."""
    officers = Officer.objects.filter(ended_at=None)
    if keys is not None:
        officers = officers.filter(key__in=list(keys))
    found = [officer for officer in officers if is_live(officer)]
    members = {
        member.home: member
        for member in Member.objects.filter(home__in={officer.home for officer in found})
    }
    chairs = [chair(officer, members[officer.home]) for officer in found if officer.home in members]
    return sorted(chairs, key=lambda one: (one.member, one.office))
