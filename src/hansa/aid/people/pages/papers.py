"""Check-in list (ICS-211) and activity log (ICS-214) of a mission as PDF, filled from its records."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import catalogue, papers
from hansa.aid.models import Pledge
from hansa.aid.pages.places import names_of
from hansa.aid.people.models import Hours
from hansa.aid.people.pages.overview import zone_of
from hansa.aid.people.roster import PersonLine, Roster, rosters
from hansa.aid.people.rules import by_period, hours_words, paid
from hansa.pact.models import Call, Pact
from hansa.pact.pages.seeing import find, log_of
from hansa.pages.access import signed_in

PDF = "application/pdf"


def moment(at: datetime | None, zone: str) -> str:
    """Return a moment as papers print it, on the incident's clock with its zone."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"


def answer(name: str, made: bytes) -> HttpResponse:
    """Return a PDF to be read in the browser, under a name that says what it is."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(made, content_type=PDF, headers=headers)


def check_in_data(company: Roster, names: Any) -> dict[str, Any]:
    """Return what fills the check-in list: one line for each person who arrived, in the order of arrival."""
    zone, pledge = zone_of(company.pledge), company.pledge
    arrived = [line for line in company.people if line.arrived is not None]
    arrived.sort(key=lambda one: (one.arrived.when, one.person.ref) if one.arrived else ())
    first = arrived[0].arrived if arrived else None
    return {
        **_head(company),
        "number": pledge.call,
        "place": first.place if first else (company.need.place if company.need else ""),
        "starts": moment(first.when, zone) if first else "",
        "arrivals": [_arrival(line, zone, names, pledge) for line in arrived],
        "blank_lines": 0 if arrived else 12,
    }


def _head(company: Roster) -> dict[str, Any]:
    call = Call.objects.filter(key=company.pledge.call).first()
    pact = Pact.objects.first()
    return {
        "incident": str(call) if call is not None else "",
        "made_from": f"{company.pledge.key}",
        "drill": bool(pact is not None and pact.exercise),
    }


def _arrival(line: PersonLine, zone: str, names: Any, pledge: Pledge) -> dict[str, Any]:
    person, arrived = line.person, line.arrived
    skills = [person.credential, person.licence, person.languages]
    return {
        "member": names.get(person.home, person.home),
        "agency": person.agency,
        "category": _("Personnel"),
        "kind": catalogue.name_of(pledge.item),
        "resource": " / ".join(one for one in (person.ref, person.unit) if one),
        "order": pledge.key,
        "at": moment(arrived.when, zone) if arrived else "",
        "leader": _("yes") if person.leader else "",
        "people": "1",
        "contact": person.desk,
        "home": ", ".join(one for one in (person.agency, person.departs) if one),
        "travel": str(person.get_travel_display()),
        "assignment": (arrived.assignment if arrived else "") or person.position,
        "qualifications": "; ".join(one for one in skills if one),
        "sent": moment(arrived.at, zone) if arrived else "",
    }


def activity_data(company: Roster, names: Any, began: datetime | None = None) -> dict[str, Any]:
    """Return what fills the activity log: of one operational period, or of the whole mission where none is named."""
    zone, pledge = zone_of(company.pledge), company.pledge
    rows = [row for row in company.hours if row.withdrawn_at is None]
    refs = {line.person.key: line.person.ref for line in company.lines}
    lines, ended = [], None
    for row in rows:
        for period, minutes in by_period(row, zone) if began else [(None, paid(row))]:
            if period is None or period.began == began:
                ended = period.ended if period is not None else None
                lines.append(_activity(row, minutes, refs, zone))
    whole = _("Whole mission")
    span = f"{moment(began, zone)} – {moment(ended, zone)}" if began and ended else whole
    leader = next((line for line in company.people if line.person.leader), None)
    return {
        **_head(company),
        "period": span,
        "name": ", ".join(sorted({line.person.unit for line in company.people if line.person.unit}))
        or pledge.key,
        "position": leader.person.position if leader else catalogue.name_of(pledge.item),
        "agency": names.get(pledge.home, pledge.home),
        "roster": [
            {"name": one.person.ref, "position": one.person.position, "agency": one.person.agency}
            for one in company.people
        ],
        "activities": lines,
    }


def _activity(row: Hours, minutes: int, refs: Any, zone: str) -> dict[str, str]:
    words = {
        "done": row.done,
        "who": ", ".join(refs.get(key, key) for key in row.people),
        "each": hours_words(minutes),
        "sort": row.get_sort_display(),
        "record": row.key,
    }
    at = f"{moment(row.began, zone)} – {moment(row.ended, zone)}"
    return {"at": at, "what": _("%(done)s %(sort)s, %(each)s each: %(who)s. (%(record)s)") % words}


def _company(request: HttpRequest, key: str) -> Roster:
    log = log_of(request)
    return rosters([find(Pledge, key, log)])[0]


@signed_in
@require_safe
def ics_211(request: HttpRequest, key: str) -> HttpResponse:
    """Give the check-in list of a mission."""
    company = _company(request, key)
    data = check_in_data(company, names_of(request))
    return answer(f"ics-211-{key}", papers.pdf("ics-211", data))


@signed_in
@require_safe
def ics_214(request: HttpRequest, key: str) -> HttpResponse:
    """Give the activity log of a mission, of the operational period that begins at `from` if one is named."""
    company, asked = _company(request, key), request.GET.get("from", "")
    began = None
    if asked:
        try:
            began = datetime.fromisoformat(asked)
        except ValueError as wrong:
            raise Http404(_("There is no such operational period.")) from wrong
        if began.tzinfo is None:
            raise Http404(_("There is no such operational period."))
    data = activity_data(company, names_of(request), began)
    return answer(f"ics-214-{key}", papers.pdf("ics-214", data))
