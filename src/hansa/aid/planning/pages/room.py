"""The duty room over all open calls, and one plan with its lines and their reasons."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid.planning import making, reasons
from hansa.aid.planning.asking import open_calls
from hansa.aid.planning.deciding import room
from hansa.aid.planning.expected import outlook
from hansa.aid.planning.fitting import overstated
from hansa.aid.planning.flows import flows
from hansa.aid.planning.lines import proposed
from hansa.aid.planning.models import Plan
from hansa.aid.planning.records import PlanPublished
from hansa.aid.planning.standing import standing
from hansa.kernel.errors import Refused
from hansa.pact.pages.seeing import find, log_of, may, seat
from hansa.pages.access import capable, signed_in
from hansa.pages.speak import speak

SHOWN = 100
"""Lines of a plan, and needs, on one page; the file and the board have the rest."""


@signed_in
@require_safe
def duty_room(request: HttpRequest) -> HttpResponse:
    """Show what is short where, what the next hour decides, and the plan that stands."""
    log = log_of(request)
    state = standing(log)
    lines = proposed(state.plan, log)
    here = room(log, lines)
    expected = outlook(log, here.calls)
    context = {
        "state": state,
        "room": here,
        "outlook": expected,
        "own": log,
        "about": reasons.about(state.plan, log, expected) if state.plan else None,
        "may_expect": may(request, "duty"),
        "lacks": here.lacks[:SHOWN],
        "more": max(0, len(here.lacks) - SHOWN),
        "leaving": reasons.pressing(state.plan),
        "flows": flows(lines),
        "may_plan": may(request, "logistics"),
    }
    return render(request, "planning/room.html", context)


@capable("logistics")
def plan_make(request: HttpRequest) -> HttpResponse:
    """Plan over all open calls, and publish what comes of it."""
    chair = seat(request)
    fixed: dict[str, object] = {}
    problem = ""
    weighed = making.Weighed()
    if request.method == "POST":
        manner = making.Manner("fair" in request.POST, "guard" in request.POST)
        try:
            fixed = making.record_of(making.propose(chair.log, manner=manner))
        except Refused as refusal:
            problem = refusal.sentence
    else:
        weighed = making.weigh(chair.log)
    state = standing(chair.log)
    context = {
        "state": state,
        "room": room(chair.log, proposed(state.plan, chair.log)),
        "weighed": weighed,
        "outlook": weighed.outlook,
        "own": chair.log,
        "may_expect": may(request, "duty"),
        "over": overstated(chair.log),
    }
    if weighed.asked is not None:
        context |= {
            "fair": reasons.named(weighed.fair, weighed.asked.problem),
            "guard": reasons.named(weighed.guard, weighed.asked.problem),
        }
    if problem:
        context = {**context, "message": problem}
        return render(request, "planning/no_plan.html", context, status=422)
    return speak(
        request,
        PlanPublished,
        fixed=fixed,
        title=_("Plan over all open calls"),
        button=_("Plan and publish"),
        done=lambda position: reverse("plan", args=[position]),
        template="planning/make.html",
        context=context,
    )


@signed_in
@require_safe
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """Show one plan: who would send what to whom, what became of it, and how good it is."""
    log = log_of(request)
    row = find(Plan, key, log)
    state = standing(log)
    lines = proposed(row, log)
    context = {
        "plan": row,
        "state": state,
        "current": state.plan is not None and state.plan.key == row.key,
        "lines": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "left_out": row.flows - len(row.lines),
        "flows": flows(lines),
        "about": reasons.about(row, log, outlook(log, open_calls(log))),
        "may_plan": may(request, "logistics"),
    }
    return render(request, "planning/plan.html", context)


@signed_in
@require_safe
def plan_line(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Show why one line stands in a plan."""
    log = log_of(request)
    row = find(Plan, key, log)
    line = next((one for one in proposed(row, log) if one.number == number), None)
    if line is None:
        raise Http404(_("This plan has no such line."))
    context = {"plan": row, "line": line, "why": reasons.why(row, line, log)}
    return render(request, "planning/line.html", context)
