"""The duty ledger over all calls: each member's account, and every duty behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.ledger import Account, Duty, Ledger, Standing
from hansa.pact.models import Call
from hansa.pact.pages.seeing import log_of
from hansa.pact.templatetags.pact import STANDINGS
from hansa.pact.words import Form, Verdict
from hansa.pages.access import signed_in
from hansa.pages.lists import Column, Filter, render_list


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty as the ledger lists it."""

    duty: Duty
    standing: Standing
    member: str
    log: str
    call: str
    caller: str
    form: str
    due: datetime
    answered: datetime | None
    answer: str
    reason: str

    @property
    def word(self) -> str:
        """Return the standing in a word."""
        return str(STANDINGS[self.standing][1])


@signed_in
@require_safe
def ledger(request: HttpRequest) -> HttpResponseBase:
    """Show who owes, who answered and who was late, over all calls; `?accounts=1&format=csv` gives the sums alone."""
    found = list(readable(Call, log_of(request)).order_by("-at", "-key"))
    book, now = Ledger(found), clock.now()
    accounts = book.accounts(now)
    if request.GET.get("accounts"):
        return render_list(
            request,
            title=_("Accounts"),
            rows=accounts,
            columns=_account_columns(),
            empty=_("Nobody is a member yet."),
        )
    return render_list(
        request,
        title=_("Duty ledger"),
        rows=[owed(duty, book, now) for duty in book.all_duties()],
        columns=_duty_columns(),
        filters=[
            Filter(
                "member",
                _("Member"),
                [(account.member.home, account.member.name) for account in accounts],
                by="log",
            ),
            Filter(
                "call",
                _("Call"),
                [(call.key, f"{_caller(call, book)}: {call.summary}"[:80]) for call in found],
                by=_of_call,
            ),
            Filter("form", _("Form of aid"), Form.choices, by=_of_form),
            Filter(
                "standing",
                _("Standing"),
                [(one.value, word) for one, (_mark, word) in STANDINGS.items()],
                by="standing",
            ),
            Filter(
                "answer", _("Answer"), [*Verdict.choices, ("none", _("No answer"))], by=_answered
            ),
        ],
        empty=_(
            "No call has opened a duty yet. When a member calls, every answer that is owed stands here."
        ),
        template="pact/ledger.html",
        context={"accounts": accounts, "calls_counted": len(found)},
    )


def owed(duty: Duty, book: Ledger, now: datetime) -> Owed:
    """Return one duty as a list shows it."""
    return Owed(
        duty=duty,
        standing=duty.standing(now),
        member=duty.member.name,
        log=duty.member.home,
        call=Truncator(duty.call.summary).chars(60),
        caller=_caller(duty.call, book),
        form=str(duty.form.label),
        due=duty.due,
        answered=duty.answer.first_at if duty.answer else None,
        answer=str(duty.answer) if duty.answer else "",
        reason=duty.answer.reason if duty.answer else "",
    )


def _caller(call: Call, book: Ledger) -> str:
    return book.members[call.home].name if call.home in book.members else call.home


def _of_call(rows: Sequence[Owed], key: str) -> list[Owed]:
    return [row for row in rows if row.duty.call.key == key]


def _of_form(rows: Sequence[Owed], form: str) -> list[Owed]:
    return [row for row in rows if row.duty.form == form]


def _answered(rows: Sequence[Owed], verdict: str) -> list[Owed]:
    if verdict == "none":
        return [row for row in rows if row.duty.answer is None]
    return [
        row for row in rows if row.duty.answer is not None and row.duty.answer.verdict == verdict
    ]


def _duty_columns() -> list[Column]:
    return [
        Column(
            gettext_lazy("Member"),
            "member",
            link=lambda row: reverse("member", args=[row.log]),
            sort="member",
        ),
        Column(
            gettext_lazy("Call"),
            "call",
            link=lambda row: reverse("call", args=[row.duty.call.key]),
        ),
        Column(gettext_lazy("Called by"), "caller", sort="caller"),
        Column(gettext_lazy("Form of aid"), "form", sort="form"),
        Column(gettext_lazy("Standing"), "word", sort="word", template="pact/standing.html"),
        Column(gettext_lazy("Due"), "due", sort="due"),
        Column(gettext_lazy("Answered"), "answered", sort="answered"),
        Column(gettext_lazy("Answer"), "answer", sort="answer"),
        Column(gettext_lazy("Reason"), "reason"),
    ]


def _account_columns() -> list[Column]:
    def number(label: Any, name: str) -> Column:
        return Column(label, name, number=True, sort=name)

    return [
        Column(gettext_lazy("Member"), "member__name", link=_page_of),
        number(gettext_lazy("Owed"), "owed"),
        number(gettext_lazy("Overdue"), "overdue"),
        number(gettext_lazy("On time"), "on_time"),
        number(gettext_lazy("Late"), "late"),
        number(gettext_lazy("Released"), "released"),
        number(gettext_lazy("Pledged"), "pledged"),
        number(gettext_lazy("Declined"), "declined"),
    ]


def _page_of(account: Account) -> str:
    return reverse("member", args=[account.member.home])
