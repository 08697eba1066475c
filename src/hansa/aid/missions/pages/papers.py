"""The three-part form (REQ-A) and the resource request (ICS-213RR) as PDF, filled from the records."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.missions import rules
from hansa.aid.missions.models import Agreement, Offer
from hansa.aid.missions.pages.missions import pledge_of
from hansa.aid.missions.pages.told import (
    cost_lines,
    moment,
    money,
    package_title,
    request_changes,
    request_lines,
)
from hansa.aid.models import Need
from hansa.aid.pages.places import names_of
from hansa.aid.pages.printed import given, head, office_of, signature
from hansa.aid.words import How, Sort, Urgency
from hansa.pact.pages.seeing import find, log_of
from hansa.pages.access import signed_in


@signed_in
@require_safe
def three_part(request: HttpRequest, key: str) -> HttpResponse:
    """Return request, offer and acceptance as one form."""
    pledge = pledge_of(key, log_of(request))
    standing = rules.standing_of(pledge.key)
    if standing is None or standing.need is None:
        raise Http404(_("Nothing is offered on this pledge yet."))
    names = names_of(request)
    return given(
        "req-a",
        f"agreement-{pledge.key}",
        lambda: _three_part(standing, names),
        at=standing.need.home,
    )


def _three_part(standing: rules.Standing, names: Any) -> dict[str, Any]:
    need, offer, pledge = standing.need, standing.offer, standing.pledge
    records = [need.key if need else "", offer.key]
    records += [standing.agreement.key] if standing.agreement else []
    return {
        **head(pledge.call),
        "number": standing.mission.key if standing.mission else pledge.key,
        "version": str(offer.version),
        "made_from": ", ".join(filter(None, records)),
        "request": _request(need, names, standing.law) if need else {},
        "offer": _offer(offer, names),
        "acceptance": _acceptance(standing.agreement),
    }


@signed_in
@require_safe
def request_form(request: HttpRequest, key: str) -> HttpResponse:
    """Return one need as a resource request message."""
    need, names = find(Need, key, log_of(request)), names_of(request)
    return given(
        "ics-213rr", f"request-{need.key}", lambda: _request_form(need, names), at=need.home
    )


def _request_form(need: Need, names: Any) -> dict[str, Any]:
    line = {
        **_line(need),
        "arrival_asked": moment(need.details.get("arrival") or need.due),
    }
    return {
        **head(need.call),
        "made_at": moment(need.at),
        "number": _numbered(need),
        "lines": [line],
        "delivery": need.details.get("report_to") or need.place,
        "substitutes": _joined(need.details.get("substitutes"), need.details.get("suggested")),
        "requested_by": {
            "office": need.details.get("requested_by") or office_of(need.key),
            "member": names.get(need.home, need.home),
        },
        "priority": str(Urgency(need.urgency).label),
        "notes": _joined(
            need.what,
            *(f"{label}: {words}" for label, words in request_lines(need)),
            *_changes(need),
        ),
        "logistics": {"office": office_of(need.key), "at": moment(need.at), "record": need.key},
        "made_from": ", ".join([need.key, *(one["record"] for one in need.before)]),
    }


def _numbered(need: Need) -> str:
    """Return a request's number, and its version once it was changed."""
    version = len(need.before) + 1
    return (
        _("%(number)s, version %(n)s") % {"number": need.key, "n": version}
        if need.before
        else need.key
    )


def _changes(need: Need) -> Iterator[str]:
    """Say what each version changed, the newest first."""
    for n, (_record, lines) in enumerate(request_changes(need)):
        told = "; ".join(f"{one.label}: {one.before} → {one.after}" for one in lines)
        if told:
            version = {"n": len(need.before) + 1 - n, "changes": told}
            yield _("Version %(n)s changed %(changes)s") % version


def _joined(*words: str | None) -> str | None:
    return "; ".join(word for word in words if word) or None


def _line(row: Need | Offer) -> dict[str, Any]:
    details = row.details if isinstance(row, Need) else {}
    known = catalogue.items().get(row.item)
    return {
        "quantity": f"{row.quantity:,}",
        "unit": catalogue.counted(row.unit, row.quantity),
        "item": catalogue.name_of(row.item),
        "kind": details.get("wanted_kind") or (str(Sort(known.kind).label) if known else None),
        "type": details.get("wanted_type") or (str(known.type) if known and known.type else None),
    }


def _request(need: Need, names: Any, law: rules.Law) -> dict[str, Any]:
    details, member = need.details, names.get(need.home, need.home)
    by = law.confirm_by(need)
    provided = [
        words
        for name, words in (("lodging", _("lodging")), ("meals", _("meals")), ("fuel", _("fuel")))
        if details.get(name)
    ]
    return {
        "member": member,
        "contact": {
            "office": details.get("requested_by") or office_of(need.key),
            "member": member,
        },
        "made_at": _joined(
            moment(need.at), _("by phone") if need.how == How.PHONE else _("in writing")
        ),
        "confirm_by": moment(by) if by else None,
        "mission": need.what or None,
        "lines": [_line(need)],
        "starts": moment(details.get("arrival") or need.due),
        "ends": moment(details["leave"]) if details.get("leave") else None,
        "place": details.get("report_to") or need.place,
        "priority": str(Urgency(need.urgency).label),
        "conditions": details.get("conditions"),
        "credentials": _joined(details.get("credentials"), details.get("languages")),
        "provided": ", ".join(provided) or None,
        "signature": signature(need.key, need.at),
    }


def _offer(offer: Offer, names: Any) -> dict[str, Any]:
    return {
        "member": names.get(offer.home, offer.home),
        "contact": {"office": office_of(offer.key), "member": names.get(offer.home, offer.home)},
        "provider": offer.unit_id or None,
        "package": package_title(offer.package) or None,
        "lines": [{**_line(offer), "note": offer.positions or None}],
        "people": [
            {"count": offer.people, "position": offer.positions, "credential": offer.credentials}
        ]
        if offer.people
        else [],
        "starts": moment(offer.starts),
        "ends": moment(offer.ends),
        "travel": str(offer.get_travel_display()),
        "limits": offer.limitations or None,
        "costs": [{"line": label, "amount": money(cost)} for label, cost in cost_lines(offer)],
        "total": money(offer.total),
        "signature": signature(offer.key, offer.at),
    }


def _acceptance(agreement: Agreement | None) -> dict[str, Any]:
    if agreement is None:
        return {}
    return {
        "decision": _("accepted with conditions")
        if agreement.conditions
        else _("accepted as offered"),
        "conditions": agreement.conditions or None,
        "signature": signature(agreement.key, agreement.at),
    }
