"""Calls for aid: their list, and the page on which everything about one of them stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of
from hansa.pact.ledger import Duty, Ledger, Standing
from hansa.pact.models import Call, Fact
from hansa.pact.pages import notes
from hansa.pact.pages.accounts import Telling, tellings
from hansa.pact.pages.seeing import find, history, log_of, may, tongue
from hansa.pact.words import Form
from hansa.pages.access import signed_in
from hansa.pages.lists import Column, Filter, render_list

ACTIVE, WAITING, ENDED = "active", "waiting", "ended"


@dataclass(frozen=True, slots=True)
class State:
    """Where a call stands: a word for programs, one for people, and since when."""

    word: str
    label: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A call in a list."""

    call: Call
    member: str
    state: State
    trigger: str
    asked: str
    open: int
    overdue: int
    at: datetime
    ended_at: datetime | None


@signed_in
@require_safe
def calls(request: HttpRequest) -> HttpResponseBase:
    """Show every call, the newest first."""
    found = list(readable(Call, log_of(request)).order_by("-at", "-key"))
    ledger, now = Ledger(found), clock.now()
    return render_list(
        request,
        title=_("Calls for aid"),
        rows=[listed(call, ledger, now) for call in found],
        columns=[
            Column(
                gettext_lazy("Call"),
                "call__summary",
                link=lambda row: reverse("call", args=[row.call.key]),
            ),
            Column(gettext_lazy("Member"), "member", sort="member"),
            Column(gettext_lazy("State"), "state__label"),
            Column(gettext_lazy("Place"), "call__place"),
            Column(gettext_lazy("Trigger"), "trigger"),
            Column(gettext_lazy("Help asked"), "asked"),
            Column(gettext_lazy("Answers still owed"), "open", number=True, sort="open"),
            Column(gettext_lazy("Overdue"), "overdue", number=True, sort="overdue"),
            Column(gettext_lazy("Signed"), "at", sort="at"),
            Column(gettext_lazy("Stood down"), "ended_at", sort="ended_at"),
        ],
        filters=[
            Filter(
                "state",
                _("State"),
                [
                    (ACTIVE, _("Active")),
                    (WAITING, _("Waiting for consents")),
                    (ENDED, _("Stood down")),
                ],
                by=_in_state,
            ),
            Filter("member", _("Member"), _callers(found, ledger), by=_by_caller),
        ],
        empty=_(
            "Nobody has called for aid. If your member is under deployment, call: it takes three screens."
        ),
        template="pact/calls.html",
        context={"may_call": may(request, "sign")},
    )


def _in_state(rows: Sequence[Listed], state: str) -> list[Listed]:
    return [row for row in rows if row.state.word == state]


def _by_caller(rows: Sequence[Listed], log: str) -> list[Listed]:
    return [row for row in rows if row.call.home == log]


def _callers(found: Sequence[Call], ledger: Ledger) -> list[tuple[str, str]]:
    return sorted(
        ((log, _name(ledger, log)) for log in {call.home for call in found}), key=lambda one: one[1]
    )


def _name(ledger: Ledger, log: str) -> str:
    return ledger.members[log].name if log in ledger.members else log


def listed(call: Call, ledger: Ledger, now: datetime) -> Listed:
    """Return the call as a list shows it."""
    standings = [duty.standing(now) for duty in ledger.duties(call)]
    open_forms = [Form(form).label for form, span in call.forms.items() if span["until"] is None]
    return Listed(
        call=call,
        member=_name(ledger, call.home),
        state=state_of(call, ledger),
        trigger=trigger_title(call, ledger),
        asked=", ".join(map(str, open_forms)),
        open=standings.count(Standing.OWED) + standings.count(Standing.OVERDUE),
        overdue=standings.count(Standing.OVERDUE),
        at=call.at,
        ended_at=call.ended_at,
    )


def state_of(call: Call, ledger: Ledger) -> State:
    """Return where the call stands."""
    active = ledger.active_since(call)
    if call.ended_at is not None:
        return State(ENDED, _("Stood down"), call.ended_at)
    if active is not None:
        return State(ACTIVE, _("Active"), active)
    terms = ledger.terms(call)
    if terms is None or not ledger.roll.is_member(call.home, call.at):
        return State(WAITING, _("Not under the charter of this pact: it binds nobody"), call.at)
    needed = terms.consent.needed
    words = ngettext(
        "Waiting: %(given)s of %(needed)s consent given",
        "Waiting: %(given)s of %(needed)s consents given",
        needed,
    )
    return State(WAITING, words % {"given": len(ledger.consents(call)), "needed": needed}, call.at)


def trigger_title(call: Call, ledger: Ledger) -> str:
    """Return the trigger's title under the charter of the call, or its tag if that charter does not name it."""
    terms = ledger.terms(call)
    trigger = terms.trigger(call.trigger) if terms else None
    return tongue(trigger, "title") if trigger else call.trigger


@dataclass(frozen=True, slots=True)
class Row:
    """One member's line of the duty ledger: its duties by form, in the order of the columns."""

    member: str
    log: str
    cells: list[tuple[Form, list[Duty]]]


def matrix(duties: Sequence[Duty]) -> tuple[list[Form], list[Row]]:
    """Return the forms asked, and a line for each member bound, by name."""
    forms = list(dict.fromkeys(duty.form for duty in duties))
    by_member: dict[str, list[Duty]] = {}
    for duty in sorted(duties, key=lambda one: one.member.name):
        by_member.setdefault(duty.member.home, []).append(duty)
    return forms, [
        Row(
            own[0].member.name,
            log,
            [(form, [duty for duty in own if duty.form == form]) for form in forms],
        )
        for log, own in by_member.items()
    ]


def facts_of(call: Call, log: str | None) -> list[Telling]:
    """Return the facts that the call rests on or that were recorded for it, the latest first, with accounts that differ."""
    asked = Q(call=call.key) | Q(key__in=call.facts)
    found = list(readable(Fact, log).filter(asked).order_by("-when", "-key"))
    linked = [fact.differs_from for fact in found if fact.differs_from]
    others = readable(Fact, log).filter(
        Q(key__in=linked) | Q(differs_from__in=[fact.key for fact in found])
    )
    keys = {fact.key for fact in found}
    return tellings([*found, *(fact for fact in others if fact.key not in keys)])


@signed_in
@require_safe
def call(request: HttpRequest, key: str) -> HttpResponse:
    """Show one call: what happened, who owes what, what was answered, what is said about it."""
    log = log_of(request)
    row = find(Call, key, log)
    page = seen(request, row)
    return render(
        request,
        "pact/call.html",
        {
            **page,
            "latest": page["tellings"][:PAGE_FACTS],
            "left_out": max(0, len(page["tellings"]) - PAGE_FACTS),
            **notes.panel(request, row),
            "history": history(row.key, log, request.GET.get("before", "")),
        },
    )


@signed_in
@require_safe
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """Show the call as a situation sheet of one printed page."""
    row = find(Call, key, log_of(request))
    page = seen(request, row)
    return render(
        request,
        "pact/sheet.html",
        {
            **page,
            "now": clock.now(),
            "latest": page["tellings"][:SHEET_FACTS],
            "left_out": max(0, len(page["tellings"]) - SHEET_FACTS),
        },
    )


SHEET_FACTS = 8
PAGE_FACTS = 12
"""Tellings of facts that the page shows before its duties; the list of facts has the rest."""


def seen(request: HttpRequest, row: Call) -> dict[str, Any]:
    """Return what both views of a call show."""
    log, ledger, now = log_of(request), Ledger([row]), clock.now()
    duties = ledger.duties(row)
    forms, rows = matrix(duties)
    return {
        "call": row,
        "member": ledger.members.get(row.home),
        "state": state_of(row, ledger),
        "trigger": trigger_title(row, ledger),
        "asked": [(Form(form), span) for form, span in row.forms.items()],
        "tellings": facts_of(row, log),
        "forms": forms,
        "rows": rows,
        "totals": totals(duties, forms, now),
        "consents": ledger.consents(row),
        "mine": [duty for duty in duties if duty.member.home == log],
        "voluntary": _unasked(row, ledger),
        **_actions(request, row, ledger, now),
    }


def totals(
    duties: Sequence[Duty], forms: Sequence[Form], now: datetime
) -> list[tuple[Form, dict[str, int]]]:
    """Return, for each form, how many duties stand how."""
    counted = []
    for form in forms:
        standings = [duty.standing(now) for duty in duties if duty.form == form]
        counted.append((form, {one.name.lower(): standings.count(one) for one in Standing}))
    return counted


def _unasked(row: Call, ledger: Ledger) -> list[tuple[str, str, str]]:
    """Return answers of members that owed none, such as one that joined later: log, form, verdict."""
    bound = {(duty.member.home, duty.form.value) for duty in ledger.duties(row)}
    return [
        (one.home, one.form, one.verdict)
        for one in ledger.answers(row)
        if (one.home, one.form) not in bound
    ]


def _actions(request: HttpRequest, row: Call, ledger: Ledger, now: datetime) -> dict[str, Any]:
    """Return what the reader may do here. The records themselves judge again."""
    log = log_of(request)
    own, open_ = log == home_of(row.key), row.ended_at is None
    terms = ledger.terms(row)
    waits = (
        open_
        and terms is not None
        and terms.consent.needed > 0
        and ledger.active_since(row) is None
    )
    consented = any(consent.home == log for consent in ledger.consents(row))
    member = log is not None and ledger.roll.is_member(log, now)
    return {
        "may_change": own and open_ and may(request, "sign"),
        "may_consent": waits and member and not own and not consented and may(request, "sign"),
        "may_answer": open_ and member and not own and may(request, "duty"),
        "may_record": may(request, "voice"),
        "consented": consented,
    }
