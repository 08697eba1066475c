"""The offices of the reader's own member: appoint, change, end. An office is a role, never a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.models import Officer
from hansa.pact.pages.seeing import find, may, seat
from hansa.pact.records.offices import GrantChanged, OfficerAppointed, OfficerRevoked
from hansa.pact.rules import judge_officer
from hansa.pact.words import Capability
from hansa.pages.access import capable, seated
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak

SOON = timedelta(days=14)
"""An office that ends within so long is shown as ending soon."""

ACTING, ENDING, ENDED = "acting", "ending", "ended"


@dataclass(frozen=True, slots=True)
class Listed:
    """An office as its member's keeper sees it."""

    key: str
    office: str
    handle: str
    can: list[str]
    since: datetime
    until: datetime | None
    standing: str
    word: str
    own: bool


@seated
@require_safe
def officers(request: HttpRequest) -> HttpResponseBase:
    """Show every office of the reader's member, those that act first."""
    chair, now = seat(request), clock.now()
    found = readable(Officer, chair.log).filter(home=chair.log).order_by("office", "key")
    keeper = may(request, "keeper")
    rows = sorted(
        (listed(one, now, chair.by) for one in found),
        key=lambda one: (one.standing == ENDED, one.office),
    )
    return render_list(
        request,
        title=_("Officers of %(member)s") % {"member": chair.member},
        rows=rows,
        columns=[
            Column(gettext_lazy("Office"), "office", sort="office"),
            Column(gettext_lazy("Short name"), "handle", sort="handle"),
            Column(gettext_lazy("May"), lambda row: ", ".join(row.can)),
            Column(gettext_lazy("Since"), "since", sort="since"),
            Column(gettext_lazy("Until"), "until", sort="until"),
            Column(gettext_lazy("Standing"), "word", sort="standing"),
            *(
                [
                    Column(
                        gettext_lazy("Actions"),
                        lambda _row: "",
                        template="pact/officer_actions.html",
                    )
                ]
                if keeper
                else []
            ),
        ],
        filters=[Filter("standing", _("Standing"), list(_words().items()))],
        empty=_("Your member has no office yet."),
        template="pact/officers.html",
        context={"keeper": keeper},
    )


def _words() -> dict[str, str]:
    return {ACTING: _("Acting"), ENDING: _("Ends soon"), ENDED: _("Ended")}


def listed(officer: Officer, now: datetime, by: str) -> Listed:
    """Return an office as the list shows it."""
    ended = judge_officer(officer, "", now) == "ended"
    soon = officer.until is not None and officer.until <= now + SOON
    word = ENDED if ended else ENDING if soon else ACTING
    labels = dict(Capability.choices)
    until = min((moment for moment in (officer.until, officer.ended_at) if moment), default=None)
    return Listed(
        officer.key,
        officer.office,
        officer.handle,
        [str(labels.get(one, one)) for one in officer.can],
        officer.at,
        until,
        word,
        _words()[word],
        officer.key == by,
    )


@capable("keeper")
def appoint(request: HttpRequest) -> HttpResponse:
    """Appoint an office."""
    return speak(
        request,
        OfficerAppointed,
        title=_("Appoint an office"),
        button=_("Sign the appointment"),
        done=reverse("officers"),
        template="pact/officer_form.html",
    )


@capable("keeper")
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Change what an office may do, and until when."""
    row = _own(request, key)
    return speak(
        request,
        GrantChanged,
        fixed={"officer": row.key},
        initial={"can": row.can, "until": row.until},
        title=_("Change: %(office)s") % {"office": row.office},
        button=_("Sign the change"),
        done=reverse("officers"),
        template="pact/officer_form.html",
    )


@capable("keeper")
def end(request: HttpRequest, key: str) -> HttpResponse:
    """End an office."""
    row = _own(request, key)
    return speak(
        request,
        OfficerRevoked,
        fixed={"officer": row.key},
        title=_("End: %(office)s") % {"office": row.office},
        button=_("Sign: the office ends now"),
        done=reverse("officers"),
        template="pact/officer_end.html",
        context={"officer": row, "own": row.key == seat(request).by},
    )


def _own(request: HttpRequest, key: str) -> Officer:
    log = seat(request).log
    row = find(Officer, key, log)
    if row.home != log:
        raise Http404(_("Each member keeps its own officers."))
    return row
