"""Needs: one need with everything that became of it, stating and changing it."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import board, catalogue
from hansa.aid.models import Need, Pledge, Shipment
from hansa.aid.pages.steps import need_steps, pledge_steps, shipment_steps
from hansa.aid.records.needs import (
    DETAILS,
    NeedCancelled,
    NeedChanged,
    NeedStated,
    RequestAmended,
    RequestConfirmed,
)
from hansa.kernel.reading import readable
from hansa.pact.models import Call
from hansa.pact.pages.seeing import find, history, log_of, seat
from hansa.pact.words import Form
from hansa.pages.access import capable, chair_of, signed_in
from hansa.pages.speak import speak

Grouped = list[tuple[str, list[tuple[str, str]]]]


def _second(pair: tuple[str, str]) -> str:
    return pair[1]


@signed_in
@require_safe
def need(request: HttpRequest, key: str) -> HttpResponse:
    """Show one need: its numbers, its pledges and shipments with the next step, and what was said."""
    log, chair = log_of(request), chair_of(request)
    row = find(Need, key, log)
    line = board.need_lines([row])[0]
    pledges = board.pledge_lines(readable(Pledge, log).filter(need=row.key).order_by("at", "key"))
    back = Shipment.objects.filter(need=row.key).exclude(back="").order_by("at", "key")
    context = {
        "need": row,
        "call": Call.objects.filter(key=row.call).first(),
        "line": line,
        "steps": need_steps(line, chair),
        "pledges": [
            (one, pledge_steps(one, chair), [(s, shipment_steps(s, chair)) for s in one.shipments])
            for one in pledges
        ],
        "back": board.shipment_lines(readable(back, log)),
        "history": history(row.key, log, request.GET.get("before", "")),
    }
    return render(request, "aid/need.html", context)


def item_choices(forms: set[str] | None = None, *, but: str = "") -> Grouped:
    """Return the catalogue for a menu, under the names of its forms; only `forms` where given."""
    groups: Grouped = []
    for form in Form:
        if forms is not None and form.value not in forms:
            continue
        listed = [
            (code, f"{item} ({catalogue.counted(item.unit, 2)})")
            for code, item in catalogue.items().items()
            if item.form == form.value and code != but
        ]
        groups.append((str(form.label), sorted(listed, key=_second)))
    return groups


def counted_as(request: HttpRequest) -> dict[str, str]:
    """Return unit and form of the item that was posted, so that nobody has to type what the catalogue knows."""
    item = catalogue.items().get(request.POST.get("item", ""))
    return {"unit": item.unit, "form": item.form} if item else {"unit": "piece", "form": "material"}


def _in_short() -> dict[str, Any]:
    """Return the kind's own answers to what only a request for people, teams or equipment asks."""
    return {name: getattr(NeedStated, name) for name in ("how", "taken_by", *DETAILS)}


@capable("logistics")
def need_new(request: HttpRequest, key: str) -> HttpResponse:
    """State a need under a call of one's own: in short, or with all that a resource request asks (`?full=1`)."""
    call = find(Call, key, seat(request).log)
    if call.home != seat(request).log:
        raise Http404(_("State needs under a call of your own."))
    asked = {form for form, span in call.forms.items() if span["until"] is None}
    initial: dict[str, Any] = {"place": call.place}
    full = request.GET.get("full", "") == "1"
    if request.GET.get("item", "") in catalogue.items():
        initial["item"] = request.GET["item"]
    return speak(
        request,
        NeedStated,
        fixed={"call": call.key, **counted_as(request), **({} if full else _in_short())},
        initial=initial,
        choices={"item": item_choices(asked)},
        title=_("State a need"),
        button=_("State this need"),
        done=lambda position: reverse("need", args=[position]),
        template="aid/need_new.html",
        context={"call": call, "full": full},
    )


def _own(request: HttpRequest, key: str) -> Need:
    row = find(Need, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Only the member that stated a need can change it."))
    return row


@capable("logistics")
def need_change(request: HttpRequest, key: str) -> HttpResponse:
    """Change how much is needed, how soon, and where."""
    row = _own(request, key)
    initial = {name: getattr(row, name) for name in ("quantity", "urgency", "due", "place")}
    return speak(
        request,
        NeedChanged,
        fixed={"need": row.key},
        initial=initial,
        title=_("Change what is needed"),
        button=_("Save the change"),
        done=reverse("need", args=[row.key]),
        template="aid/about_need.html",
        context={"line": board.need_lines([row])[0]},
    )


@capable("logistics")
def need_amend(request: HttpRequest, key: str) -> HttpResponse:
    """Amend what a resource request asks besides: a new version, which starts from the one that stands."""
    row = _own(request, key)
    times = {
        name: datetime.fromisoformat(row.details[name])
        for name in ("arrival", "leave")
        if name in row.details
    }
    return speak(
        request,
        RequestAmended,
        fixed={"need": row.key},
        initial={"what": row.what, **row.details, **times},
        title=_("Amend the details of the request"),
        button=_("Save this version"),
        done=reverse("need", args=[row.key]),
        template="aid/about_need.html",
        context={"line": board.need_lines([row])[0], "amending": True},
    )


@capable("logistics")
def need_end(request: HttpRequest, key: str) -> HttpResponse:
    """Cancel a need."""
    row = _own(request, key)
    return speak(
        request,
        NeedCancelled,
        fixed={"need": row.key},
        title=_("Cancel this need"),
        button=_("Cancel the need"),
        done=reverse("need", args=[row.key]),
        template="aid/about_need.html",
        context={"line": board.need_lines([row])[0], "ending": True},
    )


@capable("logistics")
def need_confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Confirm in writing what was asked by phone."""
    row = _own(request, key)
    return speak(
        request,
        RequestConfirmed,
        fixed={"need": row.key},
        title=_("Confirm a request by phone"),
        button=_("Confirm it in writing"),
        done=reverse("need", args=[row.key]),
        template="aid/about_need.html",
        context={"line": board.need_lines([row])[0]},
    )
