"""Shipments: sent, delivered, confirmed or disputed, settled, given back; and their way through the books."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import board, custody
from hansa.aid.models import Need, Pledge, Posting, Shipment
from hansa.aid.pages.places import names_of, place_words
from hansa.aid.pages.steps import shipment_steps
from hansa.aid.records.shipments import (
    Delivered,
    DeliveryConfirmed,
    DeliveryDisputed,
    Dispatched,
    GivenBack,
    ShipmentSettled,
)
from hansa.kernel.reading import readable
from hansa.kernel.record import Record
from hansa.pact.models import Call
from hansa.pact.pages.seeing import find, history, log_of, seat
from hansa.pact.words import Form
from hansa.pages.access import capable, chair_of, signed_in
from hansa.pages.speak import speak


@capable("logistics")
def dispatch(request: HttpRequest, key: str) -> HttpResponse:
    """Send what was pledged, all or part of it."""
    pledge = find(Pledge, key, seat(request).log)
    if pledge.home != seat(request).log:
        raise Http404(_("Only the member that pledged can send it."))
    line = board.pledge_lines([pledge])[0]
    goods = pledge.form == Form.MATERIAL
    fixed = {name: getattr(pledge, name) for name in ("call", "need", "form", "item", "unit")}
    return speak(
        request,
        Dispatched,
        fixed={"pledge": pledge.key, **fixed, **({} if goods else {"carrier": "", "origin": ""})},
        initial={"quantity": line.may_send} if line.may_send else {},
        title=_("Send") if goods else _("Hand finished work over"),
        button=_("It is on the way") if goods else _("It is finished"),
        done=lambda position: reverse("shipment", args=[position]),
        template="aid/about_pledge.html",
        context={
            "pledge_line": line,
            "line": next(iter(board.need_lines([line.need] if line.need else [])), None),
            "sending": True,
        },
    )


@signed_in
@require_safe
def shipment(request: HttpRequest, key: str) -> HttpResponse:
    """Show a shipment, where it was meanwhile, and the next step."""
    log, chair = log_of(request), chair_of(request)
    row = find(Shipment, key, log)
    line = board.shipment_lines([row])[0]
    back = readable(Shipment, log).filter(back=row.key).order_by("at", "key")
    context = {
        "shipment": row,
        "line": line,
        "need": Need.objects.filter(key=row.need).first(),
        "call": Call.objects.filter(key=row.call).first(),
        "steps": shipment_steps(line, chair),
        "back": board.shipment_lines(back),
        "trail": _trail(row, log, names_of(request)),
        "history": history(row.key, log, request.GET.get("before", "")),
    }
    return render(request, "aid/shipment.html", context)


def _trail(row: Shipment, log: str | None, names: Mapping[str, str]) -> list[dict[str, object]]:
    """Return each movement of the shipment's things: when, from where, to where, how much, by which record."""
    here = custody.transit(row.key)
    records = Posting.objects.filter(place=here).values("record")
    legs: dict[str, dict[str, object]] = {}
    for posting in readable(Posting, log).filter(record__in=records).order_by("at", "key"):
        leg = legs.setdefault(
            posting.key.rsplit("/", 1)[0], {"at": posting.at, "unit": posting.unit}
        )
        side = "source" if posting.quantity < 0 else "to"
        leg[side] = place_words(posting.place, posting.owner, names, log)
        leg["quantity"], leg["record"] = abs(posting.quantity), posting.record
    return list(legs.values())


def _say(
    request: HttpRequest,
    kind: type[Record],
    row: Shipment,
    *,
    title: str,
    button: str,
    quantity: int | None = None,
    restated: tuple[str, ...] = (),
    named: str = "shipment",
) -> HttpResponse:
    """Show the form of a kind about a shipment, and come back to the shipment."""
    fixed = {name: getattr(row, name) for name in restated}
    return speak(
        request,
        kind,
        fixed={named: row.key, **fixed},
        initial={"quantity": quantity} if quantity else {},
        title=title,
        button=button,
        done=reverse("shipment", args=[row.key]),
        template="aid/about_shipment.html",
        context={"shipment_line": board.shipment_lines([row])[0]},
    )


def _sent(request: HttpRequest, key: str) -> Shipment:
    row = find(Shipment, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Only the member that sent a shipment can say this."))
    return row


def _got(request: HttpRequest, key: str) -> Shipment:
    row = find(Shipment, key, seat(request).log)
    if row.receiver != seat(request).log:
        raise Http404(_("Only the member to which a shipment was sent can say this."))
    return row


@capable("logistics")
def deliver(request: HttpRequest, key: str) -> HttpResponse:
    """Say that it has arrived; the receiver confirms."""
    row = _sent(request, key)
    goods = row.form == Form.MATERIAL
    title = _("Mark as delivered") if goods else _("Mark as handed over")
    return _say(
        request,
        Delivered,
        row,
        title=title,
        button=_("It is delivered") if goods else _("It is handed over"),
    )


@capable("logistics")
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Confirm what came, all or part of it."""
    row = _got(request, key)
    return _say(
        request,
        DeliveryConfirmed,
        row,
        title=_("Confirm a receipt"),
        button=_("Confirm"),
        quantity=board.shipment_lines([row])[0].unconfirmed,
        restated=("need", "form", "item", "unit"),
    )


@capable("logistics")
def dispute(request: HttpRequest, key: str) -> HttpResponse:
    """Say what is wrong with what came, or did not come."""
    row = _got(request, key)
    title, button = _("Dispute a delivery"), _("Dispute it")
    return _say(request, DeliveryDisputed, row, title=title, button=button, restated=("need",))


@capable("logistics")
def settle(request: HttpRequest, key: str) -> HttpResponse:
    """Say what came back and what is lost."""
    row = _sent(request, key)
    return _say(request, ShipmentSettled, row, title=_("Settle a shipment"), button=_("Settle it"))


@capable("logistics")
def give_back(request: HttpRequest, key: str) -> HttpResponse:
    """Send back what came, all or part of it."""
    row = _got(request, key)
    receipt = board.shipment_lines([row])[0].receipt
    return _say(
        request,
        GivenBack,
        row,
        title=_("Give back"),
        button=_("It is on the way back"),
        quantity=receipt.quantity - receipt.given_back if receipt else None,
        restated=("call", "need", "pledge", "item", "unit"),
        named="back",
    )
