"""The scan page: on a phone, with a camera or without, with a network or without, with scripts or without."""

from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from hansa.aid.models import Shipment
from hansa.aid.tracking import codes, rules
from hansa.aid.tracking.scanning import BOOKED, REFUSED, Asked, take
from hansa.aid.tracking.words import Happened
from hansa.pact.pages.seeing import seat
from hansa.pages.access import Chair, capable, chair_of, public
from hansa.pages.widgets import Radios

WORKER = Path(__file__).parents[1] / "worker.js"
UNPROCESSABLE = 422


class ScanForm(forms.Form):
    """What a person with a parcel in hand is asked. Its names are those of `scanning.Asked`."""

    template_name = "pages/form.html"

    text = forms.CharField(
        label=_("Code on the label"),
        help_text=_(
            "Eight signs, such as 7K3M-Q9TD-2. Your phone’s own camera can open the square code, too."
        ),
        max_length=300,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    what = forms.ChoiceField(
        label=_("What happened to it?"),
        choices=Happened.choices,
        initial=Happened.RECEIVED.value,
        widget=Radios(),
    )
    quantity = forms.CharField(
        label=_("How much?"),
        help_text=_("Leave it empty if all that the label says is in it."),
        required=False,
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    place = forms.CharField(label=_("Where are you?"), required=False, max_length=140)
    words = forms.CharField(
        label=_("What is wrong, or worth knowing?"),
        required=False,
        max_length=270,
        widget=forms.Textarea({"rows": 3}),
    )
    once = forms.CharField(
        widget=forms.HiddenInput, initial=lambda: get_random_string(32), max_length=64
    )
    told = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


@capable("logistics")
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """Show the scan page; take a scan, as a form or from the queue of a phone, and answer it."""
    chair = seat(request)
    program = request.headers.get("Accept", "").startswith("application/json")
    if request.method != "POST":
        desk = {"csrf": get_token(request), "by": chair.by, "office": _office(chair)}
        named = request.GET.get("code", "")
        form = ScanForm(initial={"text": named})
        return JsonResponse(desk) if program else _page(request, chair, form, named)
    if program:
        asked = {name: request.POST.get(name, "") for name in ScanForm.base_fields}
        return JsonResponse(take(chair, Asked(**asked)).plain())
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _page(request, chair, form)
    answer = take(chair, Asked(**form.cleaned_data))
    if answer.outcome == REFUSED:
        form.add_error(answer.field if answer.field in form.fields else None, answer.sentence)
        return _page(request, chair, form)
    level = messages.SUCCESS if answer.outcome == BOOKED else messages.WARNING
    messages.add_message(request, level, answer.sentence)
    return redirect("scan")


@public
@require_safe
def scan_named(request: HttpRequest, key: str, parcel: int = 0) -> HttpResponse:
    """Open the scan page for what a phone's own camera read; tell others what to type on their own node."""
    chair = chair_of(request)
    if chair is not None and chair.may("logistics"):
        named = f"{key}/{parcel}" if parcel else key
        return _page(request, chair, ScanForm(initial={"text": named}), named)
    context = {"code": codes.shown(codes.code_of(key), parcel)}
    return render(request, "tracking/elsewhere.html", context)


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. It stands beside the scan page, for it may work below its own address only."""
    return HttpResponse(
        WORKER.read_bytes(),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


def _page(request: HttpRequest, chair: Chair, form: ScanForm, named: str = "") -> HttpResponse:
    found, _parcel = rules.find(named, chair.log) if named else (None, 0)
    context = {"form": form, "found": found, "data": _for_scripts(chair, found)}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "tracking/scan.html", context, status=status)


def _office(chair: Chair) -> str:
    return f"{chair.office}, {chair.member}"


def _for_scripts(chair: Chair, found: Shipment | None) -> dict[str, Any]:
    """Return what the page's script needs when there is no network: whose page it is, what is on its way, its words.

    `found` is the shipment for which the page was opened: the script knows it, too, where all of it is settled.
    """
    known = rules.unfinished(chair.log)
    if found is not None and found.key not in {row.key for row, _packing in known}:
        known.append((found, rules.packing_of(found)))
    return {
        "by": chair.by,
        "office": _office(chair),
        "scan": reverse("scan"),
        "worker": reverse("scan-worker"),
        "reader": static("qr/decode.js"),
        "known": [
            {
                "key": row.key,
                "code": codes.code_of(row.key),
                "words": str(row),
                "parcels": packing.count if packing else 0,
            }
            for row, packing in known
        ],
        "words": _words(),
    }


def _words() -> dict[str, str]:
    words = {
        "waits": _("Waits on this phone. It is sent when there is a network."),
        "sending": _("Being sent…"),
        "offline": _(
            "No network. What you scan is kept on this phone and sent later; you may close this page."
        ),
        "online": _("There is a network. What you scan is sent at once."),
        "signed_out": _(
            "You are signed out, so nothing can be sent. Nothing is lost: sign in again, then open this page."
        ),
        "other_office": _("Scanned as %(office)s. Act in that office again to send it."),
        "unread": _("The node did not answer as it should. It is kept and sent again."),
        "no_code": _("Type what stands on the label, or scan it."),
        "bad_code": _("This is no code of a label. It has eight signs, such as 7K3M-Q9TD-2."),
        "is": _("This is: %(words)s."),
        "parcel": _("Parcel %(parcel)s of %(parcels)s."),
        "not_known": _(
            "This phone does not know this shipment. Scan it all the same: the node will answer."
        ),
        "no_picture": _("No code can be seen in this picture. Go nearer, or type the code."),
        "no_camera": _("The camera cannot be used. Type the code, or take a picture of it."),
        "again": _("Send again"),
        "remove": _("Take off this list"),
        "open": _("Open the shipment"),
        "booked": _("Recorded"),
        "astray": _("Not on its way"),
        "refused": _("Not recorded"),
        "partly": _("Recorded without a quantity"),
        "before": _("Already recorded"),
        "waiting": _("Waiting"),
        "count_one": _("One scan waits on this phone."),
        "count_many": _("%(count)s scans wait on this phone."),
        "full": _(
            "This phone could not keep the scan. Write it down, or send it while there is a network."
        ),
    }
    return {name: str(sentence) for name, sentence in words.items()}
