"""Packing a shipment, and what is printed from it: labels and the driver's sheet."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.models import Need, Shipment
from hansa.aid.pages.places import beside, names_of
from hansa.aid.pages.printed import given, head, moment
from hansa.aid.templatetags.aid import amount as _much
from hansa.aid.tracking import codes, rules
from hansa.aid.tracking.models import Packing
from hansa.aid.tracking.records import Packed
from hansa.kernel import clock
from hansa.pact.models import Member, Officer
from hansa.pact.pages.seeing import find, log_of, officers, seat
from hansa.pages.access import capable, signed_in
from hansa.pages.speak import speak

Names = Mapping[str, str]


@capable("logistics")
def pack(request: HttpRequest, key: str) -> HttpResponse:
    """Say how a shipment is packed, so that each parcel gets its label."""
    row = find(Shipment, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Only the member that sent a shipment can pack it."))
    packing = rules.packing_of(row)
    names = ("parcels", "stops", "weight_kg", "hazards", "instructions")
    before = {name: getattr(packing, name) for name in names} if packing else {}
    through = [
        (member.key, member.name)
        for member in Member.objects.exclude(home__in=[row.home, row.receiver]).order_by("name")
    ]
    return speak(
        request,
        Packed,
        fixed={"shipment": row.key},
        initial={
            "parcels": [{"count": 1, "each": row.quantity}],
            "through": [f"{log}@0" for log in packing.through] if packing else [],
            **before,
        },
        choices={"through": through},
        title=_("Pack this shipment"),
        button=_("It is packed so"),
        done=reverse("shipment", args=[row.key]),
        template="tracking/pack.html",
        context={"shipment": row, "packing": packing},
    )


@signed_in
@require_safe
def labels(request: HttpRequest, key: str) -> HttpResponse:
    """Return the labels of a shipment's parcels as one PDF, 4 by 6 inches each."""
    row, names = find(Shipment, key, log_of(request)), names_of(request)
    packing = rules.packing_of(row)
    if packing is None or not packing.count:
        raise Http404(_("This shipment is not packed yet. Pack it first, then print its labels."))
    return given(
        "label",
        f"labels-{codes.code_of(row.key)}",
        lambda: _labels(row, packing, names),
        at=row.receiver,
    )


def _labels(row: Shipment, packing: Packing, names: Names) -> dict[str, Any]:
    need = Need.objects.filter(key=row.need).first()
    parcels, code = rules.parcels_of(packing), codes.code_of(row.key)
    said = [
        {
            "code": codes.shown(code, one.number),
            "address": scan_address(row.key, one.number),
            "sender": names.get(row.home, row.home),
            "receiver": names.get(row.receiver, row.receiver),
            "place": beside(need.place, names.get(row.receiver, ""))
            if need and not row.back
            else "",
            "item": catalogue.name_of(row.item),
            "quantity": _much(one.quantity, row),
            "lot": one.lot,
            "expires": one.expires,
            "parcel": _("Parcel %(number)s of %(count)s")
            % {"number": one.number, "count": len(parcels)},
            "hazards": packing.hazards,
            "shipment": row.key,
        }
        for one in parcels
    ]
    return {"labels": said, "drill": head(row.call)["drill"]}


@signed_in
@require_safe
def driver(request: HttpRequest, key: str) -> HttpResponse:
    """Return the sheet that the driver carries, as PDF."""
    row, names = find(Shipment, key, log_of(request)), names_of(request)
    called = f"driver-{codes.code_of(row.key)}"
    return given("driver", called, lambda: _driver(row, names), at=row.receiver)


def _driver(row: Shipment, names: Names) -> dict[str, Any]:
    packing, need = rules.packing_of(row), Need.objects.filter(key=row.need).first()
    code = codes.code_of(row.key)
    to = need.place if need and not row.back else ""
    sender, receiver = _office(row.home, names), _office(row.receiver, names)
    contents = [
        {
            "item": catalogue.name_of(row.item),
            "quantity": _much(one.quantity, row),
            "lot": one.lot,
            "expires": one.expires,
            "code": codes.shown(code, one.number),
        }
        for one in rules.parcels_of(packing)
    ] or [{"item": catalogue.name_of(row.item), "quantity": _much(row.quantity, row)}]
    return {
        **head(row.call),
        "made_from": ", ".join(filter(None, [row.key, packing.record if packing else ""])),
        "shipment": f"{row} ({row.key})",
        "code": codes.shown(code),
        "address": scan_address(row.key),
        "sender": sender,
        "receiver": receiver,
        "carrier": row.carrier,
        "made_at": moment(clock.now()),
        "stops": _stops(row, packing, to, (sender, receiver)),
        "contents": contents,
        "weight": f"{packing.weight_kg:,} kg" if packing and packing.weight_kg else "",
        "hazards": packing.hazards if packing else "",
        "instructions": packing.instructions if packing else "",
        "signer": ", ".join(filter(None, [receiver["office"], receiver["member"]])),
    }


def _stops(
    row: Shipment, packing: Packing | None, to: str, ends: tuple[dict[str, str], dict[str, str]]
) -> list[dict[str, Any]]:
    """Return where the driver starts, what the sender named on the way, and where it ends."""
    sender, receiver = ends
    between = [
        {"place": stop["place"], "what": stop.get("task", ""), "by": stop.get("time", "")}
        for stop in (packing.stops if packing else [])
    ]
    first = {"place": row.origin or sender["member"], "what": _("Load"), "contact": sender}
    last = {
        "place": to or receiver["member"],
        "what": _("Hand over"),
        "by": moment(row.expected) if row.expected else "",
        "contact": receiver,
    }
    return [first, *between, last]


def scan_address(key: str, parcel: int = 0) -> str:
    """Return the address of this node on which a shipment, or one parcel of it, is scanned."""
    at = (
        reverse("scan-parcel", args=[key, parcel])
        if parcel
        else reverse("scan-shipment", args=[key])
    )
    return settings.NODE_URL.rstrip("/") + at


def _office(log: str, names: Names) -> dict[str, str]:
    """Return the office to ask for: the first that may act for logistics. Never a person."""
    able: list[Officer] = [one for one in officers([log], clock.now()) if "logistics" in one.can]
    return {"office": able[0].office if able else "", "member": names.get(log, log)}
