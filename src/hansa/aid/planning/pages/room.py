"""The duty room over all open calls, and one plan with its lines and their reasons."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid.planning import making, reasons
from hansa.aid.planning.deciding import room
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
    context = {
        "state": state,
        "room": here,
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
    if request.method == "POST":
        try:
            fixed = making.record_of(making.propose(chair.log))
        except Refused as refusal:
            problem = refusal.sentence
    state = standing(chair.log)
    context = {"state": state, "room": room(chair.log, proposed(state.plan, chair.log))}
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
        "about": reasons.about(row),
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
