"""Give the order, say what has happened since, recall them, let them stay longer."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid.missions import phases, rules
from hansa.aid.missions.models import Agreement, Extension, Mission, Offer
from hansa.aid.missions.pages.offers import about
from hansa.aid.missions.pages.steps import still_open
from hansa.aid.missions.records.arrivals import ExtensionAsked, ExtensionGranted, ReceptionStep
from hansa.aid.missions.records.orders import MissionOrdered, MissionRecalled, MissionStep
from hansa.aid.missions.words import GiverStep, ReceiverStep
from hansa.aid.models import Pledge
from hansa.pact.pages.seeing import find, seat
from hansa.pages.access import capable
from hansa.pages.speak import speak


def _mission(request: HttpRequest, key: str, *, own: bool) -> Mission:
    log = seat(request).log
    mission = find(Mission, key, log)
    if own and mission.home != log:
        raise Http404(_("Only the member that gave the order can say this."))
    if not own and mission.receiver != log:
        raise Http404(_("Only the member to which they come can say this."))
    return mission


def _context(mission: Mission) -> tuple[rules.Standing | None, dict[str, Any]]:
    standing = rules.standing_of(mission.pledge)
    pledge = Pledge.objects.get(key=mission.pledge)
    return standing, about(standing, pledge, standing.offer if standing else None)


@capable("sign")
def mission_new(request: HttpRequest, key: str) -> HttpResponse:
    """Give the order for what both have signed."""
    log = seat(request).log
    agreement = find(Agreement, key, log)
    if agreement.giver != log:
        raise Http404(_("Only the member that lends gives the order."))
    offer, pledge = find(Offer, agreement.offer, log), find(Pledge, agreement.pledge, log)
    standing = rules.standing_of(pledge.key)
    need = standing.need if standing else None
    where = need.details.get("report_to", need.place) if need else ""
    fixed = {name: getattr(agreement, name) for name in ("call", "need", "pledge", "offer")}
    return speak(
        request,
        MissionOrdered,
        fixed={"agreement": agreement.key, "quantity": agreement.quantity, **fixed},
        initial={"report_to": where},
        title=_("Give the mission order"),
        button=_("Sign the order"),
        done=reverse("mission", args=[pledge.key]),
        template="missions/about.html",
        context={**about(standing, pledge, offer), "gates": standing.gates if standing else []},
    )


@capable("logistics")
def mission_step(request: HttpRequest, key: str) -> HttpResponse:
    """Say that they left, arrived, are home, or that all is settled."""
    mission = _mission(request, key, own=True)
    standing, context = _context(mission)
    may = phases.giver_next(standing.giver, standing.receiver) if standing else list(GiverStep)
    asked = request.GET.get("step", "")
    leaving = asked == GiverStep.UNDER_WAY and standing is not None
    settling = standing is not None and GiverStep.SETTLED in may
    left = still_open(standing.pledge, mission.home) if standing is not None and settling else ""
    return speak(
        request,
        MissionStep,
        fixed={"mission": mission.key},
        initial={"step": asked if asked in GiverStep.values else (may[0].value if may else "")},
        choices={"step": [(step.value, step.label) for step in may or GiverStep]},
        title=_("What has happened?"),
        button=_("Save"),
        done=reverse("mission", args=[mission.pledge]),
        template="missions/about.html",
        context={
            **context,
            "gates": standing.gates if leaving and standing else [],
            "still_open": left,
        },
    )


@capable("duty")
def mission_recall(request: HttpRequest, key: str) -> HttpResponse:
    """Call one's own people back."""
    mission = _mission(request, key, own=True)
    standing, context = _context(mission)
    law = standing.law(standing.law.rule.articles.recall) if standing else ""
    return speak(
        request,
        MissionRecalled,
        fixed={"mission": mission.key},
        title=_("Recall the mission"),
        button=_("Recall them"),
        done=reverse("mission", args=[mission.pledge]),
        template="missions/about.html",
        context={**context, "recall_law": law},
    )


@capable("logistics")
def mission_reception(request: HttpRequest, key: str) -> HttpResponse:
    """Say that they are checked in, at work, or released."""
    mission = _mission(request, key, own=False)
    standing, context = _context(mission)
    may = phases.receiver_next(standing.giver, standing.receiver) if standing else []
    asked = request.GET.get("step", "")
    return speak(
        request,
        ReceptionStep,
        fixed={"mission": mission.key, "need": mission.need},
        initial={
            "step": asked if asked in ReceiverStep.values else (may[0].value if may else ""),
            "quantity": mission.quantity,
        },
        choices={"step": [(step.value, step.label) for step in may or ReceiverStep]},
        title=_("What has happened?"),
        button=_("Save"),
        done=reverse("mission", args=[mission.pledge]),
        template="missions/about.html",
        context=context,
    )


@capable("sign")
def mission_extend(request: HttpRequest, key: str) -> HttpResponse:
    """Ask those who came to stay longer."""
    mission = _mission(request, key, own=False)
    return speak(
        request,
        ExtensionAsked,
        fixed={"mission": mission.key},
        title=_("Ask them to stay longer"),
        button=_("Ask for our member"),
        done=reverse("mission", args=[mission.pledge]),
        template="missions/about.html",
        context=_context(mission)[1],
    )


@capable("sign")
def extension_grant(request: HttpRequest, key: str) -> HttpResponse:
    """Let one's own people stay as long as the receiver asked."""
    asked = find(Extension, key, seat(request).log)
    mission = _mission(request, asked.mission, own=True)
    return speak(
        request,
        ExtensionGranted,
        fixed={"mission": mission.key, "extension": asked.key, "until": asked.until},
        title=_("Let them stay longer"),
        button=_("Let them stay"),
        done=reverse("mission", args=[mission.pledge]),
        template="missions/about.html",
        context={**_context(mission)[1], "asked": asked},
    )
