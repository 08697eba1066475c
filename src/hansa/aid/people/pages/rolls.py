"""Accountability calls: open one, answer it, see who is missing and how much time is left, close it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid.models import Pledge
from hansa.aid.people.models import RollCall
from hansa.aid.people.pages.acts import who
from hansa.aid.people.records.rolls import RollAnswered, RollClosed, RollOpened
from hansa.aid.people.records.roster import CREW
from hansa.aid.people.roster import Roll, RollLine, roll_of, with_people
from hansa.aid.people.words import Answered
from hansa.pact.pages.seeing import find, history, log_of, seat
from hansa.pages.access import capable, chair_of, signed_in
from hansa.pages.speak import speak

MISSIONS = 100
"""Missions of one's own that a call may be about, the newest."""


@capable("logistics")
def roll_new(request: HttpRequest, key: str) -> HttpResponse:
    """Call for everybody on one mission, or on more to which one is a party."""
    log = seat(request).log
    pledge = find(Pledge, key, log)
    if log not in {pledge.home, pledge.needer}:
        raise Http404(
            _("Only the member that sends these people, or the one that they help, can say this.")
        )
    mine = [one for one in with_people(log, MISSIONS) if log in {one.home, one.needer}]
    choices = [(one.key, f"{one} ({one.key})") for one in mine]
    return speak(
        request,
        RollOpened,
        initial={"pledges": [pledge.key]},
        choices={"pledges": choices},
        title=_("Call for everybody to be accounted for"),
        button=_("Start the clock"),
        done=lambda position: reverse("roll", args=[position]),
    )


@signed_in
@require_safe
def roll(request: HttpRequest, key: str) -> HttpResponse:
    """Show an accountability call: the clock, who is missing, who is not found yet, who is accounted for."""
    log, chair = log_of(request), chair_of(request)
    made = roll_of(find(RollCall, key, log))
    parties = {one for line in made.lines for one in _parties(line)}
    may = chair is not None and chair.may("logistics") and made.open
    context = {
        "roll": made,
        "groups": [(state, made.in_state(state)) for state in _ORDER],
        "may_answer": may and log in parties,
        "may_close": may and log == made.row.home,
        "history": history(made.row.key, log, request.GET.get("before", "")),
    }
    return render(request, "people/roll.html", context)


_ORDER = (Answered.MISSING, Answered.NOT_YET, Answered.HURT, Answered.SAFE)
"""What needs somebody first stands first."""


def _parties(line: RollLine) -> set[str]:
    return {line.pledge.home, line.pledge.needer}


def _open(request: HttpRequest, key: str) -> Roll:
    log = seat(request).log
    return roll_of(find(RollCall, key, log))


@capable("logistics")
def roll_answer(request: HttpRequest, key: str) -> HttpResponse:
    """Say what is known of some of them."""
    made, log = _open(request, key), seat(request).log
    lines = [one for one in made.lines if log in _parties(one)]
    if not lines:
        raise Http404(_("This call asks for nobody whom your member sends or is helped by."))
    ordered = sorted(lines, key=lambda one: _ORDER.index(one.state))
    return _speak(
        request,
        made,
        RollAnswered,
        initial={"found": "safe"},  # of nobody, until somebody has counted them
        choices={"people": who(one.line for one in ordered[:CREW])},
        title=_("Account for people"),
        button=_("Say so"),
    )


@capable("logistics")
def roll_end(request: HttpRequest, key: str) -> HttpResponse:
    """Close an accountability call of one's own."""
    made = _open(request, key)
    if made.row.home != seat(request).log:
        raise Http404(_("Only the member that opened this call can close it."))
    return _speak(
        request,
        made,
        RollClosed,
        initial={"why": _("All accounted for.")} if made.complete else {},
        title=_("Close this accountability call"),
        button=_("Close it"),
    )


def _speak(request: HttpRequest, made: Roll, kind: Any, **rest: Any) -> HttpResponse:
    return speak(
        request,
        kind,
        fixed={"roll": made.row.key},
        done=reverse("roll", args=[made.row.key]),
        template="people/about_roll.html",
        context={"roll": made},
        **rest,
    )
