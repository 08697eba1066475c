"""Home: what is asked of us by when, what we asked, who is under call, and what changed since one last looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from hansa.kernel import clock
from hansa.kernel.models import Entry
from hansa.kernel.reading import readable
from hansa.pact.ledger import Duty, Ledger, Standing
from hansa.pact.models import Call
from hansa.pages.access import chair_of, public, signed_in
from hansa.web.history import items
from hansa.web.models import LastLook
from hansa.web.numbers import entry_number

NEWS = 15
"""Sentences of what changed; the history has the rest."""

OWN = 10
"""Calls of one's own, the newest first; the list of calls has the rest."""

LOOKED = "looked"
"""The session's key for the last look of one who has no account (a visitor of the demo)."""

OPEN = {Standing.OWED, Standing.OVERDUE}
GIVEN = {Standing.ON_TIME, Standing.LATE}


@dataclass(frozen=True, slots=True)
class Due:
    """One answer that my member owes."""

    duty: Duty
    standing: Standing

    @property
    def overdue(self) -> bool:
        """Tell whether its time has passed."""
        return self.standing == Standing.OVERDUE

    @property
    def pledge_url(self) -> str:
        """Return where one pledges: the needs of this form under the call."""
        return f"{reverse('call', args=[self.duty.call.key])}?form={self.duty.form.value}#needs"

    @property
    def decline_url(self) -> str:
        """Return where one declines."""
        return reverse("decline", args=[self.duty.call.key, self.duty.form.value])


@dataclass(frozen=True, slots=True)
class Count:
    """One call and how its duties stand. `active` is None while it still needs the consent of others."""

    call: Call
    active: datetime | None
    answered: int
    owed: int
    overdue: int
    all: int


@public
def home(request: HttpRequest) -> HttpResponse:
    """Show what matters now to the office in which one acts; to a visitor, what this is."""
    chair = chair_of(request)
    if chair is None and not settings.DEMO:
        return render(request, "web/welcome.html")
    log, now = chair.log if chair else None, clock.now()
    active = list(readable(Call, log).filter(ended_at=None).order_by("-at", "-key"))
    own = list(readable(Call, log).filter(home=log).order_by("-at", "-key")[:OWN]) if log else []
    book = Ledger({call.key: call for call in [*active, *own]}.values())
    context = {
        "asked": asked_of(log, book, active, now),
        "may_answer": chair is not None and chair.may("duty"),
        "own": [count(call, book, now) for call in own],
        "active": [count(call, book, now) for call in active],
        "member": chair.member if chair else "",
        **changed(request, log),
    }
    return render(request, "web/home.html", context)


def asked_of(log: str | None, book: Ledger, calls: Sequence[Call], at: datetime) -> list[Due]:
    """Return the answers that the member still owes, the most urgent first."""
    duties = [duty for call in calls for duty in book.duties(call, log)] if log else []
    owed = [Due(duty, duty.standing(at)) for duty in duties]
    return sorted(
        (one for one in owed if one.standing in OPEN),
        key=lambda one: (one.duty.due, one.duty.call.key, one.duty.form),
    )


def count(call: Call, book: Ledger, at: datetime) -> Count:
    """Count how the call's duties stand."""
    stood = book.count(call, at)
    return Count(
        call,
        book.active_since(call),
        answered=sum(stood[one] for one in GIVEN),
        owed=stood[Standing.OWED],
        overdue=stood[Standing.OVERDUE],
        all=stood.total() - stood[Standing.RELEASED],
    )


def changed(request: HttpRequest, log: str | None) -> dict[str, object]:
    """Return what was said since this person last looked, the newest first, and the number of the newest."""
    entry, at = last_look(request)
    entries = list(
        readable(Entry, log)
        .filter(id__gt=entry)
        .defer("header", "leaf", "commitment")
        .order_by("-id")[: NEWS + 1]
    )
    return {
        "news": items(entries[:NEWS]),
        "more_news": len(entries) > NEWS,
        "looked_at": at,
        "newest": entries[0].id if entries else None,
    }


def last_look(request: HttpRequest) -> tuple[int, datetime | None]:
    """Return up to which entry this person has seen everything, and when they last looked; (0, None) if never."""
    if request.user.is_authenticated:
        look = LastLook.objects.filter(user=request.user).first()
        return (look.entry, look.at) if look else (0, None)
    entry, at = request.session.get(LOOKED, (0, ""))
    return entry, datetime.fromisoformat(at) if at else None


@signed_in
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Mark everything up to the entry named as seen. What was said after the page was made stays unseen."""
    newest = entry_number(request.POST.get("entry", "")) or 0
    entry, now = max(newest, last_look(request)[0]), clock.now()
    if request.user.is_authenticated:
        LastLook.objects.update_or_create(user=request.user, defaults={"entry": entry, "at": now})
    else:
        request.session[LOOKED] = (entry, now.isoformat())
    return HttpResponseRedirect(reverse("home"))
