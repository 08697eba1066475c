"""`/exchange`: messages of other systems, the drafts that wait, and what goes out for other systems.

What reads and writes XML is imported where it is used: the server starts without it.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages as told
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hansa.aid.exchange.models import Arrived, Draft, DraftState
from hansa.aid.models import Need
from hansa.aid.pages.needs import counted_as, item_choices
from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.record import KINDS, Record
from hansa.pact.models import Call
from hansa.pact.pages.seeing import find, log_of, seat
from hansa.pages.access import lacking, seated, signed_in
from hansa.pages.speak import speak

SHOWN = 50
"""Messages on the page, the newest."""

UNPROCESSABLE = 422


class FileForm(forms.Form):
    """The file to take in."""

    file = forms.FileField(
        label=gettext_lazy("EDXL-DE or EDXL-RM file"),
        help_text=gettext_lazy("XML, at most 1 MB. Nothing is said by taking it in."),
        widget=forms.ClearableFileInput(attrs={"class": "usa-file-input", "accept": ".xml"}),
    )


@seated
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """Show what came and what waits; take a file in, with a receipt for each item."""
    from hansa.aid.exchange import incoming
    from hansa.aid.exchange.xml import LARGEST

    chair = seat(request)
    form = FileForm(request.POST or None, request.FILES or None)
    receipts: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            receipts = incoming.receive(
                form.cleaned_data["file"].read(LARGEST + 1), chair.log, chair.by
            )
            form = FileForm()
        except Untrusted as error:
            form.add_error("file", error.sentence)
    context: dict[str, Any] = {
        "form": form,
        "receipts": receipts,
        "waiting": list(incoming.waiting(chair.log)[:SHOWN]),
        "arrived": Arrived.objects.filter(log=chair.log).order_by("-pk")[:SHOWN],
    }
    return render(
        request, "exchange/exchange.html", context, status=UNPROCESSABLE if form.errors else 200
    )


@seated
@require_safe
def message(request: HttpRequest, number: int) -> HttpResponse:
    """Show one message whole: every field, what was not understood, its items, where its exchange stands."""
    from hansa.aid.exchange import incoming

    log = seat(request).log
    row = Arrived.objects.filter(pk=number, log=log).first()
    if row is None:
        raise Http404(_("There is no such message here, or it came for another member."))
    context = {
        "row": row,
        "fields": incoming.fields_of(incoming.read_kept(row)),
        "drafts": row.drafts.order_by("number"),
        "state": incoming.exchange_of(row.exchange, log),
    }
    return render(request, "exchange/message.html", context)


def _draft(request: HttpRequest, number: int) -> Draft:
    found = Draft.objects.select_related("arrived").filter(
        pk=number, arrived__log=seat(request).log
    )
    row = found.first()
    if row is None:
        raise Http404(_("There is no such draft here, or it came for another member."))
    return row


@seated
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Let an officer say what a draft proposes, after reading what came; or show what became of it."""
    from hansa.aid.exchange import incoming

    row = _draft(request, number)
    if row.state != DraftState.WAITING:
        return render(request, "exchange/draft_done.html", {"draft": row})
    kind = KINDS[row.kind]

    def done(position: str) -> str:
        incoming.said(row, position)
        return reverse("exchange")

    need = row.kind == "aid.need/1"
    return speak(
        request,
        kind,
        fixed={**row.fixed, **(counted_as(request) if need else {})},
        initial=_initial(kind, row.initial),
        choices=_choices(seat(request).log) if need else None,
        title=_("Say what came from another system"),
        button=_("Say it for our member"),
        done=done,
        template="exchange/draft.html",
        context={"draft": row},
    )


def _initial(kind: type[Record], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a draft proposes as a form shows it: a moment is kept as text, and shown on the reader's clock."""
    return {
        name: kind.field(name).read(value) if kind.field(name).type == "moment" else value
        for name, value in given.items()
    }


def _choices(log: str) -> dict[str, Any]:
    calls = Call.objects.filter(home=log, ended_at=None).order_by("-at", "-key")
    return {"call": [(call.key, str(call)) for call in calls], "item": item_choices()}


@seated
@require_POST
def draft_aside(request: HttpRequest, number: int) -> HttpResponse:
    """Set a draft aside: nothing is said of it. Only an office that might say it decides that nobody does."""
    from hansa.aid.exchange import incoming

    row = _draft(request, number)
    if row.kind and not seat(request).may(KINDS[row.kind].by):
        return lacking(request, KINDS[row.kind].by)
    if incoming.set_aside(row, request.POST.get("why", "").strip()[:280]):
        told.success(request, _("Set aside. The message stays here to be read."))
    else:
        told.warning(request, _("It does not wait any more, so it was not set aside."))
    return redirect("exchange")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    mark = "exercise-" if home().exercise else ""
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{mark}{name}"'},
    )


@signed_in
@require_safe
def need_edxl(request: HttpRequest, key: str) -> HttpResponse:
    """Give a need and all that was said of it as EDXL-RM messages in one EDXL-DE envelope."""
    from hansa.aid.exchange import outgoing

    log = log_of(request)
    need = find(Need, key, log)
    made = outgoing.exchange_of(need, log)
    content = outgoing.envelope(made, log or need.home, need.key)
    return _file(content, "application/xml", "need.edxl.xml")


@signed_in
@require_safe
def call_cap(request: HttpRequest, key: str) -> HttpResponse:
    """Give a call as a CAP 1.2 alert: opened, changed, or ended."""
    from hansa.aid.exchange import cap

    call = find(Call, key, log_of(request))
    return _file(cap.alert(call), "application/cap+xml", "call.cap.xml")


@seated
@require_safe
def acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    """Give the acknowledgement of a message that came: it says that it is here, not what was decided."""
    from hansa.aid.exchange import outgoing

    chair = seat(request)
    row = Arrived.objects.filter(pk=number, log=chair.log).first()
    if row is None:
        raise Http404(_("There is no such message here, or it came for another member."))
    made = outgoing.acknowledged(row.envelope or row.message, row.sender, row.sent, chair.log)
    return _file(made, "application/xml", "acknowledged.edxl.xml")
