"""Check-in list (ICS-211) and activity log (ICS-214) of a mission as PDF, filled from its records."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.models import Pledge
from hansa.aid.pages.places import names_of
from hansa.aid.pages.printed import given, head, moment, zone_of
from hansa.aid.people.models import Hours
from hansa.aid.people.pages.overview import periods
from hansa.aid.people.roster import PersonLine, Roster, rosters
from hansa.aid.people.rules import Period, by_period, hours_words, paid
from hansa.pact.pages.seeing import find, log_of
from hansa.pages.access import signed_in


def check_in_data(company: Roster, names: Any) -> dict[str, Any]:
    """Return what fills the check-in list: one line for each person who arrived, in the order of arrival."""
    pledge = company.pledge
    arrived = [line for line in company.people if line.arrived is not None]
    arrived.sort(key=lambda one: (one.arrived.when, one.person.ref) if one.arrived else ())
    first = arrived[0].arrived if arrived else None
    return {
        **head(pledge.call),
        "made_from": pledge.key,
        "number": pledge.call,
        "place": first.place if first else (company.need.place if company.need else ""),
        "starts": moment(first.when) if first else "",
        "arrivals": [_arrival(line, names, pledge) for line in arrived],
        "blank_lines": 0 if arrived else 12,
    }


def _arrival(line: PersonLine, names: Any, pledge: Pledge) -> dict[str, Any]:
    person, arrived = line.person, line.arrived
    skills = [person.credential, person.licence, person.languages]
    return {
        "member": names.get(person.home, person.home),
        "agency": person.agency,
        "category": _("Personnel"),
        "kind": catalogue.name_of(pledge.item),
        "resource": " / ".join(one for one in (person.ref, person.unit) if one),
        "order": pledge.key,
        "at": moment(arrived.when) if arrived else "",
        "leader": _("yes") if person.leader else "",
        "people": "1",
        "contact": person.desk,
        "home": ", ".join(one for one in (person.agency, person.departs) if one),
        "travel": str(person.get_travel_display()),
        "assignment": (arrived.assignment if arrived else "") or person.position,
        "qualifications": "; ".join(one for one in skills if one),
        "sent": moment(arrived.at) if arrived else "",
    }


def activity_data(company: Roster, names: Any, period: Period | None = None) -> dict[str, Any]:
    """Return what fills the activity log: of one operational period, or of the whole mission where none is named."""
    zone, pledge = zone_of(company.pledge.needer), company.pledge
    refs = {line.person.key: line.person.ref for line in company.lines}
    lines = []
    for row in company.hours:
        if row.withdrawn_at is not None:
            continue
        if period is None:
            lines.append(_activity(row, row.began, row.ended, paid(row), refs))
            continue
        for one, minutes in by_period(row, zone):
            if one == period:
                began, ended = max(row.began, one.began), min(row.ended, one.ended)
                lines.append(_activity(row, began, ended, minutes, refs))
    leader = next((line for line in company.people if line.person.leader), None)
    units = sorted({line.person.unit for line in company.people if line.person.unit})
    return {
        **head(pledge.call),
        "made_from": pledge.key,
        "period": f"{moment(period.began)} – {moment(period.ended)}"
        if period
        else _("Whole mission"),
        "name": ", ".join(units) or str(pledge),
        "position": leader.person.position if leader else catalogue.name_of(pledge.item),
        "agency": names.get(pledge.home, pledge.home),
        "roster": [
            {"name": one.person.ref, "position": one.person.position, "agency": one.person.agency}
            for one in company.people
        ],
        "activities": lines,
    }


def _activity(
    row: Hours, began: datetime, ended: datetime, minutes: int, refs: Any
) -> dict[str, str]:
    words = {
        "done": row.done,
        "who": ", ".join(refs.get(key, key) for key in row.people),
        "each": hours_words(minutes),
        "sort": row.get_sort_display(),
        "record": row.key,
    }
    at = f"{moment(began)} – {moment(ended)}"
    return {"at": at, "what": _("%(done)s %(sort)s, %(each)s each: %(who)s. (%(record)s)") % words}


def _company(request: HttpRequest, key: str) -> Roster:
    log = log_of(request)
    return rosters([find(Pledge, key, log)])[0]


@signed_in
@require_safe
def ics_211(request: HttpRequest, key: str) -> HttpResponse:
    """Give the check-in list of a mission."""
    company, names = _company(request, key), names_of(request)
    return given(
        "ics-211",
        f"ics-211-{key}",
        lambda: check_in_data(company, names),
        at=company.pledge.needer,
    )


@signed_in
@require_safe
def ics_214(request: HttpRequest, key: str) -> HttpResponse:
    """Give the activity log of a mission, of the operational period that begins at `from` if one is named."""
    company, names = _company(request, key), names_of(request)
    period = _period(company, request.GET["from"]) if "from" in request.GET else None
    return given(
        "ics-214",
        f"ics-214-{key}",
        lambda: activity_data(company, names, period),
        at=company.pledge.needer,
    )


def _period(company: Roster, asked: str) -> Period:
    """Return the operational period that begins so, if hours were kept in it; else Http404."""
    try:
        began = datetime.fromisoformat(asked)
    except ValueError:
        began = None
    found = next((one for one in periods(company) if one.began == began), None)
    if found is None:
        raise Http404(_("No hours were kept in an operational period that begins so."))
    return found
