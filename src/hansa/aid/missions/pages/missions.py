"""One mission with its timeline, gates and papers; and the list of all that one may read."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid.missions import rules
from hansa.aid.missions.models import Mission, Offer
from hansa.aid.missions.pages import told
from hansa.aid.missions.pages.offers import fingerprint
from hansa.aid.missions.pages.steps import mission_steps
from hansa.aid.missions.words import GATES_IN_SHORT, OUT, OVER, GateName, Phase
from hansa.aid.models import Pledge, Stock
from hansa.aid.pages.places import names_of
from hansa.kernel.reading import readable
from hansa.pact.models import Call
from hansa.pact.pages.seeing import find, history, log_of
from hansa.pages.access import chair_of, signed_in
from hansa.pages.lists import Column, Filter, render_list

LISTED = 500
"""So many missions are listed, the latest; older ones are found from their calls."""

STATES = [
    ("live", gettext_lazy("Not over yet")),
    ("out", gettext_lazy("Away from home")),
    ("twice", gettext_lazy("Promised twice")),
    *Phase.choices,
]


def pledge_of(key: str, log: str | None) -> Pledge:
    """Return the pledge that a key names, or on which the mission with this key is."""
    mission = readable(Mission, log).filter(key=key).first()
    return find(Pledge, mission.pledge if mission else key, log)


@signed_in
@require_safe
def mission(request: HttpRequest, key: str) -> HttpResponse:
    """Show where it stands, what comes next, which gates are shut and why, and everything that was said."""
    log = log_of(request)
    pledge = pledge_of(key, log)
    standing = rules.standing_of(pledge.key)
    if standing is None:
        raise Http404(_("Nothing is offered on this pledge yet."))
    need = standing.need
    context = {
        "standing": standing,
        "pledge": pledge,
        "need": need,
        "call": standing.call,
        "flags": [*rules.flags(standing), *_own_flags(standing, log)],
        "steps": mission_steps(standing, chair_of(request)),
        "timeline": told.timeline(standing),
        "lines": told.offer_lines(standing.offer),
        "fingerprint": fingerprint(standing.offer.key),
        "versions": told.versions(standing),
        "asked": told.request_lines(need) if need else [],
        "changes": told.request_changes(need) if need else [],
        "confirm": next(iter(rules.unconfirmed([need] if need else [])), None),
        "history": history(pledge.key, log, request.GET.get("before", "")),
    }
    return render(request, "missions/mission.html", context)


def _own_flags(standing: rules.Standing, log: str | None) -> list[str]:
    """Return what only the giver's own officers read: that it would take from their reserve."""
    mission, pledge = standing.mission, standing.pledge
    if log != pledge.home or standing.phase in {*OUT, *OVER}:
        return []
    stock = readable(Stock, log).filter(key=f"{log}/stock/{pledge.item}").first()
    going = mission.quantity if mission is not None else standing.offer.quantity
    words = rules.below_floor(stock, pledge.item, going, but=mission.key if mission else "")
    return [words] if words else []


def _what_holds_it(one: rules.Standing) -> str:
    """Name the gates that are shut, in a word each; and that the team is promised twice before anybody has signed."""
    found = [str(GATES_IN_SHORT[gate.name]) for gate in one.shut]
    if (
        one.rivals
        and one.phase not in OVER
        and GateName.UNIT not in {gate.name for gate in one.shut}
    ):
        found.append(_("Promised twice, not signed yet"))
    return ", ".join(found) or "–"


COLUMNS = [
    Column(
        gettext_lazy("What"),
        "title",
        link=lambda one: reverse("mission", args=[one.pledge.key]),
    ),
    Column(gettext_lazy("Phase"), lambda one: one.phase.label, template="missions/phase_cell.html"),
    Column(
        gettext_lazy("Shut gates"),
        _what_holds_it,
    ),
    Column(gettext_lazy("Until"), lambda one: told.moment((one.mission or one.offer).ends)),
]


def _in_state(rows: Sequence[rules.Standing], value: str) -> list[rules.Standing]:
    if value == "twice":
        return [one for one in rows if one.rivals and one.phase not in OVER]
    if value == "live":
        return [one for one in rows if one.phase not in OVER]
    if value == "out":
        return [one for one in rows if one.phase in OUT]
    return [one for one in rows if one.phase.value == value]


def _behind(rows: Sequence[rules.Standing], value: str) -> list[rules.Standing]:
    return [one for one in rows if value in {gate.name.value for gate in one.shut}]


def _of_member(rows: Sequence[rules.Standing], value: str) -> list[rules.Standing]:
    return [one for one in rows if value in {one.pledge.home, one.pledge.needer}]


def _of_call(rows: Sequence[rules.Standing], value: str) -> list[rules.Standing]:
    return [one for one in rows if one.pledge.call == value]


@signed_in
@require_safe
def missions(request: HttpRequest) -> HttpResponseBase:
    """Show every mission, the latest first."""
    log, names = log_of(request), names_of(request)
    offers = readable(Offer, log).order_by("-at").values_list("pledge", flat=True)
    keys = list(dict.fromkeys(offers[: LISTED * 2]))[:LISTED]
    rows = rules.standings(readable(Pledge, log).filter(key__in=keys).order_by("-at", "key"))
    columns: list[Any] = [*COLUMNS]
    columns[1:1] = [
        Column(gettext_lazy("From"), lambda one: names.get(one.pledge.home, one.pledge.home)),
        Column(gettext_lazy("To"), lambda one: names.get(one.pledge.needer, one.pledge.needer)),
    ]
    sides = {log for one in rows for log in (one.pledge.home, one.pledge.needer)}
    members = sorted(((log, names.get(log, log)) for log in sides), key=lambda pair: pair[1])
    calls = Call.objects.filter(key__in={one.pledge.call for one in rows}).order_by("-at")
    return render_list(
        request,
        title=_("Missions"),
        rows=rows,
        columns=columns,
        filters=[
            Filter("phase", _("Phase"), STATES, by=_in_state),
            Filter("gate", _("Behind a shut gate"), GateName.choices, by=_behind),
            Filter("member", _("Member"), members, by=_of_member),
            Filter("call", _("Call"), [(call.key, str(call)) for call in calls], by=_of_call),
        ],
        empty=_("No people, team or equipment is offered on a mission yet."),
        template="missions/missions.html",
    )
