"""All missions with costs, the account of one mission, and the same account as an auditor reads it."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.costs.book import Book, books
from hansa.aid.costs.models import Account, Claim, CostLine, Money
from hansa.aid.costs.sums import money
from hansa.aid.costs.words import Basis, LineState
from hansa.aid.models import Pledge
from hansa.aid.pages.places import names_of
from hansa.aid.pages.steps import Step
from hansa.aid.people.roster import Roster, own_first, rosters
from hansa.aid.people.rules import hours_words
from hansa.kernel import clock
from hansa.pact.pages.seeing import find, history, log_of, officers
from hansa.pages.access import Chair, capability_label, chair_of, signed_in
from hansa.pages.lists import Column, Filter, render_list

SHOWN = 200
"""Missions with costs that are listed, the newest first, one's own before others'."""


def _sum(name: str) -> Any:
    return lambda one: money(getattr(one.total, name), one.currency)


COLUMNS = [
    Column(
        gettext_lazy("Mission"),
        lambda one: catalogue.name_of(one.pledge.item),
        link=lambda one: reverse("mission-costs", args=[one.pledge.key]),
    ),
    Column(gettext_lazy("Predicted"), _sum("predicted"), number=True),
    Column(gettext_lazy("Actual"), _sum("actual"), number=True),
    Column(gettext_lazy("Claimed"), _sum("claimed"), number=True),
    Column(gettext_lazy("Accepted"), _sum("accepted"), number=True),
    Column(gettext_lazy("Settled"), lambda one: money(one.settled, one.currency), number=True),
    Column(gettext_lazy("Due"), lambda one: money(one.due, one.currency), number=True),
]

STATES = [
    ("claim", gettext_lazy("Something to claim")),
    ("answer", gettext_lazy("A claim waits for an answer")),
    ("pay", gettext_lazy("Something to pay")),
    ("settled", gettext_lazy("Settled")),
]


def with_costs(log: str | None, most: int) -> list[Pledge]:
    """Return the pledges of which something was spent, predicted or paid, at most so many: `log`'s own, then others', the newest first."""
    spent = Q(key__in=CostLine.objects.values("pledge"))
    found = Pledge.objects.filter(spent | Q(key__in=Money.objects.values("pledge")))
    return own_first(found, log, most)


@signed_in
@require_safe
def costs(request: HttpRequest) -> HttpResponseBase:
    """Show every mission with costs, and its sums."""
    log, names = log_of(request), names_of(request)
    columns = [*COLUMNS]
    columns.insert(1, Column(_("From"), lambda one: names.get(one.pledge.home, "")))
    columns.insert(2, Column(_("To"), lambda one: names.get(one.pledge.needer, "")))
    return render_list(
        request,
        title=_("Costs"),
        rows=books(with_costs(log, SHOWN), log),
        columns=columns,
        filters=[Filter("state", _("State"), STATES, by=_in_state)],
        empty=_("No cost has been entered. Enter costs from the page of a mission's people."),
        template="costs/costs.html",
    )


def _in_state(rows: list[Book], state: str) -> list[Book]:
    holds: dict[str, Callable[[Book], bool]] = {
        "claim": lambda one: bool(one.to_claim),
        "answer": lambda one: bool(one.unanswered),
        "pay": lambda one: one.due > 0,
        "settled": lambda one: one.closed,
    }
    return [one for one in rows if holds[state](one)]


def book_of(request: HttpRequest, key: str) -> Book:
    """Return the account of one mission as the reader may see it."""
    log = log_of(request)
    return books([find(Pledge, key, log)], log)[0]


@signed_in
@require_safe
def mission_costs(request: HttpRequest, key: str) -> HttpResponse:
    """Show the account of one mission: predicted against actual, each line, claims, what is due, the packet."""
    log, chair = log_of(request), chair_of(request)
    book = book_of(request, key)
    company = rosters([book.pledge])[0]
    own = chair is not None and chair.log == book.pledge.home
    context = {
        "book": book,
        "pledge": book.pledge,
        "roster": company,
        "steps": steps(book, chair, company),
        "others": whose_turn(book, chair),
        "own": own,
        "may": chair is not None and chair.may("logistics"),
        "may_sign": chair is not None and chair.may("sign"),
        "answers": chair is not None and chair.log == book.pledge.needer and chair.may("sign"),
        "claims": [(one, _state_of(book, one)) for one in book.claims],
        "history": history(book.pledge.key, log, request.GET.get("before", "")),
    }
    return render(request, "costs/mission.html", context)


def _state_of(book: Book, claim: Claim) -> str:
    if claim.withdrawn_at is not None:
        return _("Withdrawn: %(why)s") % {"why": claim.withdrawn_why}
    lines = [one for one in book.lines if one.claim is claim]
    waiting = sum(one.state == LineState.CLAIMED for one in lines)
    if waiting:
        said = ngettext(
            "%(count)s line waits for an answer", "%(count)s lines wait for an answer", waiting
        )
        return said % {"count": waiting}
    words = {"cents": money(sum(one.accepted for one in lines), book.currency)}
    return _("Answered: %(cents)s accepted") % words


def steps(book: Book, chair: Chair | None, company: Roster) -> list[Step]:
    """Return what this office may do about the costs of a mission."""
    if chair is None:
        return []
    if chair.log == book.pledge.home:
        return _giver(book, chair, company)
    return _receiver(book, chair) if chair.log == book.pledge.needer else []


def _giver(book: Book, chair: Chair, company: Roster) -> list[Step]:
    pledge, made = book.pledge, []
    if chair.may("logistics"):
        made.append(_step(_("Enter a cost"), "cost-new", pledge, main=not book.lines))
        if company.hours:
            made.append(_step(_("Enter labour from hours"), "labour-new", pledge))
    if chair.may("sign") and book.open:
        made.append(_step(_("Claim"), "claim-new", pledge, main=bool(book.to_claim)))
    if chair.may("sign") and book.overpaid:
        made.append(_step(_("Pay back"), "repay", pledge, main=True))
    return made


def _receiver(book: Book, chair: Chair) -> list[Step]:
    if not chair.may("sign") or book.closed:
        return []
    again = book.due > 0 and not book.payable
    made = [_step(_("Pay an advance"), "advance", book.pledge, main=again)]
    if book.payable:
        made.append(_step(_("Pay"), "pay", book.pledge, main=True))
    return made


def whose_turn(book: Book, chair: Chair | None) -> str:
    """Name the offices that may do what waits here, where the reader's own office of that member may not; else nothing."""
    if chair is None or chair.may("sign"):
        return ""
    if chair.log == book.pledge.home and book.open:
        may, nobody = _("May claim: %(offices)s."), _("No office of yours may claim.")
    elif chair.log == book.pledge.needer and (book.unanswered or book.payable):
        may, nobody = _("May answer and pay: %(offices)s."), _("No office of yours may answer.")
    else:
        return ""
    able = [one.office for one in officers([chair.log], clock.now()) if "sign" in one.can]
    if not able:
        ask = _("Ask the office that keeps your officers to grant it: “%(capability)s”.")
        return f"{nobody} {ask % {'capability': capability_label('sign')}}"
    return may % {"offices": "; ".join(able)}


def _step(label: str, name: str, pledge: Pledge, *, main: bool = False) -> Step:
    return Step(label, reverse(name, args=[pledge.key]), main)


@signed_in
@require_safe
def audit(request: HttpRequest, key: str) -> HttpResponse:
    """Show everything with its record, nothing to press: sums that can be added up, findings, evidence with hashes."""
    book = book_of(request, key)
    context = {"book": book, "pledge": book.pledge, "checks": reconcile(book)}
    return render(request, "costs/audit.html", context)


def reconcile(book: Book) -> list[tuple[str, str, str, bool]]:
    """Return (what, one sum, the other, whether they agree) of every two sums that come about in different ways."""
    total, lines = book.total, [one for one in book.lines if one.standing]
    claims = [one for one in book.claims if one.withdrawn_at is None]
    worked = [one.line for one in lines if one.line.labour and one.line.basis == Basis.ACTUAL]
    account = book.account or Account(answers={})
    answered = {one.line.key for one in lines if one.answered is not None}
    kept = [int(word["cents"]) for key, word in account.answers.items() if key in answered]

    def cents(amount: int) -> str:
        return money(amount, book.currency)

    return [
        _pair(
            _("All actual lines, and borne, claimed and open ones together"),
            total.actual,
            total.borne
            + total.claimed
            + sum(one.line.amount for one in lines if one.state == LineState.OPEN),
            cents,
        ),
        _pair(
            _("Claims as they were signed, and their lines today"),
            sum(one.total for one in claims),
            total.claimed,
            cents,
        ),
        _pair(
            _("Accepted line by line, and in the account of the one that was helped"),
            total.accepted,
            sum(kept),
            cents,
        ),
        _pair(
            _("Advances and payments one by one, and in the account of the one that was helped"),
            book.advanced + book.paid,
            account.advanced + account.paid,
            cents,
        ),
        _pair(
            _("Time in labour lines, and in the hours that they name"),
            sum(one.regular + one.overtime for one in worked),
            book.worked,
            hours_words,
        ),
    ]


def _pair(
    words: str, one: int, other: int, said: Callable[[int], str]
) -> tuple[str, str, str, bool]:
    return words, said(one), said(other), one == other
