"""Lines, evidence, claims, answers and payments: one form each, of its kind's own questions."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.aid.costs.book import Book, BookLine, books
from hansa.aid.costs.models import Claim, CostLine
from hansa.aid.costs.records.claims import (
    Advanced,
    ClaimAnswered,
    Claimed,
    ClaimWithdrawn,
    Paid,
    PaidBack,
)
from hansa.aid.costs.records.lines import (
    SUMS,
    CostSaid,
    CostWithdrawn,
    EvidenceGiven,
    LabourSaid,
)
from hansa.aid.costs.sums import money, person_minutes_of
from hansa.aid.costs.words import Basis
from hansa.aid.models import Pledge
from hansa.aid.people.models import Hours
from hansa.aid.people.rules import hours_words
from hansa.kernel import clock
from hansa.kernel.record import Record
from hansa.kernel.telling import moment
from hansa.pact.pages.seeing import find, seat
from hansa.pages.access import capable
from hansa.pages.speak import speak
from hansa.pages.widgets import Hundredths, shown_hundredths


def _mission(request: HttpRequest, key: str, *, own: bool) -> Book:
    log = seat(request).log
    pledge = find(Pledge, key, log)
    if own and pledge.home != log:
        raise Http404(_("Only the member that gave this aid can say this."))
    if not own and pledge.needer != log:
        raise Http404(_("Only the member that was helped can say this."))
    return books([pledge], log)[0]


def _speak(
    request: HttpRequest,
    kind: type[Record],
    book: Book,
    *,
    fixed: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    template: str = "costs/about.html",
    **rest: Any,
) -> HttpResponse:
    return speak(
        request,
        kind,
        fixed=fixed or {"pledge": book.pledge.key},
        done=reverse("mission-costs", args=[book.pledge.key]),
        template=template,
        context={"book": book, **(context or {})},
        **rest,
    )


def _today() -> Any:
    return timezone.localtime(clock.now()).replace(second=0, microsecond=0)


@capable("logistics")
def cost_new(request: HttpRequest, key: str) -> HttpResponse:
    """Enter what was spent, or an estimate."""
    book = _mission(request, key, own=True)
    fixed = {"pledge": book.pledge.key}
    if book.lines:
        fixed["currency"] = book.currency
    return _speak(
        request,
        CostSaid,
        book,
        fixed=fixed,
        initial={"basis": "actual", "incurred": _today()},
        title=_("Enter a cost"),
        button=_("Enter it"),
    )


@capable("logistics")
def labour_new(request: HttpRequest, key: str) -> HttpResponse:
    """Enter labour from the hours that are not counted yet; the minutes are theirs."""
    book = _mission(request, key, own=True)
    counted = {
        one
        for line in book.lines
        if line.standing and line.line.basis == Basis.ACTUAL
        for one in line.line.hours
    }
    rows = Hours.objects.filter(
        pledge=book.pledge.key, home=book.pledge.home, withdrawn_at=None
    ).order_by("began", "key")
    free = [row for row in rows if row.key not in counted][:SUMS]
    chosen = request.POST.getlist("hours") if request.method == "POST" else [r.key for r in free]
    regular, overtime = person_minutes_of(row for row in free if row.key in chosen)
    last = max(
        (one.line for one in book.lines if one.line.labour), key=lambda one: one.at, default=None
    )
    rates = (
        {
            "rate_cents": last.rate,
            "overtime_rate_cents": last.overtime_rate,
            "fringe_hundredths": last.fringe,
        }
        if last
        else {}
    )
    return _speak(
        request,
        LabourSaid,
        book,
        fixed={
            "pledge": book.pledge.key,
            "basis": "actual",
            "regular_minutes": regular,
            "overtime_minutes": overtime,
            **({"currency": book.currency} if book.lines else {}),
        },
        initial={"hours": chosen, **rates},
        choices={"hours": [(row.key, _hours(row)) for row in free]},
        context={"free": free, "nothing": not free},
        title=_("Enter labour from hours"),
        button=_("Enter it"),
    )


def _hours(row: Hours) -> str:
    regular, overtime = person_minutes_of([row])
    words = {
        "day": moment(row.began),
        "regular": hours_words(regular),
        "overtime": hours_words(overtime),
        "done": row.done,
    }
    return _("%(day)s: %(regular)s regular, %(overtime)s overtime. %(done)s") % words


def _line(request: HttpRequest, key: str) -> tuple[CostLine, Book]:
    log = seat(request).log
    line = find(CostLine, key, log)
    if line.home != log:
        raise Http404(_("Only the member that entered a cost can say this."))
    return line, books([find(Pledge, line.pledge, log)], log)[0]


@capable("logistics")
def evidence(request: HttpRequest, key: str) -> HttpResponse:
    """Attach what proves a line."""
    line, book = _line(request, key)
    return _speak(
        request,
        EvidenceGiven,
        book,
        fixed={"line": line.key},
        context={"line": line},
        title=_("Attach evidence"),
        button=_("Attach it"),
    )


@capable("logistics")
def cost_end(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw a line that is wrong."""
    line, book = _line(request, key)
    return _speak(
        request,
        CostWithdrawn,
        book,
        fixed={"line": line.key},
        context={"line": line},
        title=_("Withdraw a cost line"),
        button=_("Withdraw it"),
    )


@capable("sign")
def claim_new(request: HttpRequest, key: str) -> HttpResponse:
    """Claim lines: those that nothing stops stand chosen already."""
    book = _mission(request, key, own=True)
    offered = book.open[:SUMS]
    chosen = (
        request.POST.getlist("lines")
        if request.method == "POST"
        else [one.line.key for one in offered if one.eligible]
    )
    total = sum(one.line.amount for one in offered if one.line.key in chosen)
    return _speak(
        request,
        Claimed,
        book,
        fixed={"pledge": book.pledge.key, "total_cents": total, "currency": book.currency},
        initial={"lines": chosen},
        choices={"lines": [(one.line.key, _claimable(one)) for one in offered]},
        context={"nothing": not offered, "total": total if chosen else None},
        title=_("Claim costs"),
        button=_("Sign the claim"),
    )


def _claimable(one: BookLine) -> str:
    words = f"{one.line.get_category_display()}: {one.line.what}, {money(one.line.amount, one.line.currency)}"
    stop = next((found for found in one.findings if found.stops), None)
    return f"{words} ({stop.words} {stop.source})" if stop else words


def _claim(request: HttpRequest, key: str) -> tuple[Claim, Pledge]:
    log = seat(request).log
    claim = find(Claim, key, log)
    return claim, find(Pledge, claim.pledge, log)


@capable("sign")
def claim_end(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw a claim of one's own; its lines can be claimed anew."""
    claim, pledge = _claim(request, key)
    if claim.home != seat(request).log:
        raise Http404(_("Only the member that claimed can withdraw its claim."))
    return _speak(
        request,
        ClaimWithdrawn,
        _mission(request, pledge.key, own=True),
        fixed={"claim": claim.key},
        context={"claim": claim},
        title=_("Withdraw a claim"),
        button=_("Withdraw it"),
    )


@capable("sign")
def answer(request: HttpRequest, key: str) -> HttpResponse:
    """Answer a claim line by line: all of it stands as accepted until somebody types less and says why."""
    claim, pledge = _claim(request, key)
    book = _mission(request, pledge.key, own=False)
    lines = [one for one in book.lines if one.claim is not None and one.claim.key == claim.key]
    if claim.home != pledge.home or not lines:
        raise Http404(_("There is no such claim on your member, or it was withdrawn."))
    asked = [_asked(request, one) for one in lines]
    words = [one["word"] for one in asked]
    return _speak(
        request,
        ClaimAnswered,
        book,
        fixed={
            "pledge": pledge.key,
            "claim": claim.key,
            "currency": claim.currency,
            "words": words,
        },
        context={"claim": claim, "asked": asked},
        template="costs/answer.html",
        title=_("Answer a claim"),
        button=_("Sign the answer"),
    )


def _asked(request: HttpRequest, one: BookLine) -> dict[str, Any]:
    """Return one line of the answer: what was typed of it, or what stands there at first."""
    name, line = one.line.key, one.line
    standing = one.answered if one.answered is not None else line.amount
    typed = request.POST.get(f"cents-{name}", shown_hundredths(standing))
    why = request.POST.get(f"why-{name}", one.why)[:280]
    field = Hundredths(least=0, most=line.amount, required=False)
    cents, error = None, ""
    try:
        cents = field.clean(typed)
    except forms.ValidationError as wrong:
        error = " ".join(wrong.messages)
    if cents is None and not error:
        cents = 0
    if not error and cents is not None and cents < line.amount and not why.strip():
        error = _("Say why you do not accept all of it.") if request.method == "POST" else ""
    # What does not hold goes on as more than is claimed, so that nothing is signed: the kind refuses it.
    word = {"line": name, "cents": line.amount + 1 if error else cents, "why": why.strip()}
    return {"one": one, "typed": typed, "why": why, "error": error, "word": word}


@capable("sign")
def advance(request: HttpRequest, key: str) -> HttpResponse:
    """Pay an advance."""
    book = _mission(request, key, own=False)
    again = 0 if book.payable else max(book.due, 0)
    return _pay(request, Advanced, book, again, title=_("Pay an advance"), button=_("It is paid"))


@capable("sign")
def pay(request: HttpRequest, key: str) -> HttpResponse:
    """Pay what was accepted, or a part of it."""
    book = _mission(request, key, own=False)
    claim = next((one for one in reversed(book.claims) if one.withdrawn_at is None), None)
    if claim is None:
        raise Http404(_("Nothing is claimed on this mission."))
    return _pay(
        request,
        Paid,
        book,
        book.payable,
        more={"claim": claim.key},
        title=_("Pay"),
        button=_("It is paid"),
    )


@capable("sign")
def repay(request: HttpRequest, key: str) -> HttpResponse:
    """Pay back what was advanced and not needed."""
    book = _mission(request, key, own=True)
    owed = max(-book.due, 0)
    return _pay(request, PaidBack, book, owed, title=_("Pay back"), button=_("It is paid"))


def _pay(
    request: HttpRequest,
    kind: type[Record],
    book: Book,
    cents: int,
    *,
    more: dict[str, Any] | None = None,
    **rest: Any,
) -> HttpResponse:
    return _speak(
        request,
        kind,
        book,
        fixed={"pledge": book.pledge.key, "currency": book.currency, **(more or {})},
        initial={"when": _today(), **({"cents": cents} if cents else {})},
        **rest,
    )
