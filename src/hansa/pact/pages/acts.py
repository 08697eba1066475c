"""What officers do to a call: widen or narrow it, stand it down, consent to it, decline what it asks."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of
from hansa.pact.models import Call, Fact
from hansa.pact.pages.seeing import find, seat
from hansa.pact.records.calls import CallChanged, CallConsented, Declined, StoodDown
from hansa.pact.words import Form
from hansa.pages.access import capable
from hansa.pages.speak import speak

OFFERED = 40
"""Recorded facts to choose from on one form."""


def fact_choices(
    log: str, *, without: list[str], chosen: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Return the latest facts that a call may rest on, less those named; and those chosen already, however old."""
    offered = readable(Fact, log).filter(withdrawn="").exclude(key__in=without)
    latest = list(offered.order_by("-when", "-key")[:OFFERED])
    older = offered.filter(key__in=chosen).exclude(key__in=[fact.key for fact in latest])
    found = [*latest, *older.order_by("-when", "-key")]
    return [
        (fact.key, f"{date_format(timezone.localtime(fact.when), 'D j M')}: {fact}")
        for fact in found
    ]


def _own(request: HttpRequest, key: str) -> Call:
    log = seat(request).log
    row = find(Call, key, log)
    if home_of(row.key) != log:
        raise Http404(_("Only the member that called can change its call."))
    return row


@capable("sign")
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Widen or narrow a call of one's own."""
    row = _own(request, key)
    asked = [form for form, span in row.forms.items() if span["until"] is None]
    choices = fact_choices(seat(request).log, without=row.facts)
    return speak(
        request,
        CallChanged,
        fixed={"call": row.key, **({} if choices else {"facts": []})},
        initial={"place": row.place, "summary": row.summary, "forms": asked},
        choices={"facts": choices} if choices else {},
        title=_("Widen or narrow the call"),
        button=_("Sign the change"),
        done=reverse("call", args=[row.key]),
        template="pact/call_change.html",
        context={"call": row},
    )


@capable("sign")
def stand_down(request: HttpRequest, key: str) -> HttpResponse:
    """Stand a call of one's own down."""
    row = _own(request, key)
    return speak(
        request,
        StoodDown,
        fixed={"call": row.key},
        title=_("Stand the call down"),
        button=_("Sign: the call ends"),
        done=reverse("call", args=[row.key]),
        template="pact/call_end.html",
        context={"call": row},
    )


@capable("sign")
def consent(request: HttpRequest, key: str) -> HttpResponse:
    """Consent to another member's call."""
    row = find(Call, key, seat(request).log)
    return speak(
        request,
        CallConsented,
        fixed={"call": row.key},
        title=_("Consent to the call"),
        button=_("Sign the consent"),
        done=reverse("call", args=[row.key]),
        template="pact/about_call.html",
        context={"call": row},
    )


@capable("duty")
def decline(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """Say no to one form of a call, with the reason."""
    row = find(Call, key, seat(request).log)
    if form not in Form.values:
        raise Http404(_("There is no such form of aid."))
    return speak(
        request,
        Declined,
        fixed={"call": row.key, "form": form},
        title=_("Decline: %(form)s") % {"form": Form(form).label},
        button=_("Sign the answer: we cannot help"),
        done=reverse("call", args=[row.key]),
        template="pact/about_call.html",
        context={"call": row},
    )
