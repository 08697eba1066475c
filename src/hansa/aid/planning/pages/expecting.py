"""Saying who may call next, and on what that rests."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid.planning.asking import open_calls
from hansa.aid.planning.expected import outlook
from hansa.aid.planning.models import Expected
from hansa.aid.planning.records import NextCallExpected
from hansa.kernel.reading import readable
from hansa.pact.models import Member
from hansa.pact.pages.seeing import seat
from hansa.pages.access import capable
from hansa.pages.speak import speak


@capable("duty")
def next_call(request: HttpRequest) -> HttpResponse:
    """Say that a member may call next. What was said of it before is typed in."""
    log = seat(request).log
    calls = open_calls(log)
    calling = {call.home for call in calls}
    members = [one for one in readable(Member, log).order_by("name") if one.home not in calling]
    asked = request.GET.get("member", "")
    initial: dict[str, Any] = {"member": asked} if asked in {one.key for one in members} else {}
    row = Expected.objects.filter(home=log, member=asked).first() if initial else None
    if row is not None:
        initial |= {name: getattr(row, name) for name in ("chance", "rests_on", "until")}
    return speak(
        request,
        NextCallExpected,
        initial=initial,
        choices={"member": [(one.key, one.name) for one in members]},
        title=_("Say who may call next"),
        button=_("Tell the pact"),
        done=f"{reverse('duty-room')}#next-title",
        template="planning/next_call.html",
        context={"outlook": outlook(log, calls), "own": log},
    )
