"""What is proposed to one's own member: take it, change it, or decline it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import board
from hansa.aid.pages.places import names_of
from hansa.aid.planning import reasons
from hansa.aid.planning.fitting import Fitted, fit
from hansa.aid.planning.models import Plan
from hansa.aid.planning.records import ProposalDeclined
from hansa.aid.planning.standing import standing
from hansa.aid.records.pledges import Pledged
from hansa.pact.pages.seeing import find, may, seat
from hansa.pages.access import capable, seated
from hansa.pages.speak import speak


@seated
@require_safe
def proposal(request: HttpRequest) -> HttpResponse:
    """Show the one proposal to the reader's member that fits its stock, its reserve and its trucks."""
    log = seat(request).log
    state = standing(log)
    fitted = fit(state.plan, log) if state.plan is not None else None
    context = {
        "state": state,
        "proposal": fitted,
        "lines": [
            (one, reasons.why(state.plan, one.line, log)) for one in fitted.lines if state.plan
        ]
        if fitted
        else [],
        "about": reasons.about(state.plan) if state.plan else None,
        "maker": names_of(request).get(state.plan.home, state.plan.home) if state.plan else "",
        "may_pledge": may(request, "duty"),
        "may_say": may(request, "logistics"),
    }
    return render(request, "planning/proposal.html", context)


def _own(request: HttpRequest, key: str, number: int) -> tuple[Plan, Fitted]:
    log = seat(request).log
    row = find(Plan, key, log)
    found = next((one for one in fit(row, log).lines if one.line.number == number), None)
    if found is None:
        raise Http404(_("This line is proposed to another member, or is in no such plan."))
    return row, found


@capable("duty")
def take(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Pledge what was proposed, or less, or more: the form of a pledge with the proposal typed in."""
    row, fitted = _own(request, key, number)
    line = fitted.line
    return speak(
        request,
        Pledged,
        fixed={
            "call": line.call.key,
            "need": line.need.key,
            "form": line.need.form,
            "item": line.item,
            "unit": line.need.unit,
        },
        initial={"quantity": fitted.quantity} if fitted.quantity else {},
        title=_("Take this proposal"),
        button=_("Pledge"),
        done=reverse("proposal"),
        template="planning/take.html",
        context={"fitted": fitted, "line": board.need_lines([line.need])[0], "plan": row},
    )


@capable("duty")
def decline(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Decline what was proposed. The next plan does not ask for it again."""
    row, fitted = _own(request, key, number)
    return speak(
        request,
        ProposalDeclined,
        fixed={"plan": row.key, "need": fitted.line.need.key, "item": fitted.line.item},
        title=_("Decline this proposal"),
        button=_("Decline"),
        done=reverse("proposal"),
        template="planning/decline.html",
        context={"fitted": fitted, "plan": row},
    )
