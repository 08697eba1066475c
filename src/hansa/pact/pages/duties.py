"""The duty ledger over all calls: each member's account, and every duty behind it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.ledger import Account, Duty, Ledger, Standing
from hansa.pact.models import Call
from hansa.pact.pages.seeing import log_of
from hansa.pact.templatetags.pact import CLOCKS, STANDINGS
from hansa.pact.words import Form, Verdict
from hansa.pages.access import signed_in
from hansa.pages.lists import Column, Filter, render_list


class Owed(NamedTuple):
    """One duty as the ledger lists it. Its words are made when they are shown: there are thousands of duties."""

    duty: Duty
    standing: Standing
    names: Mapping[str, str]

    @property
    def log(self) -> str:
        """Return who owes it."""
        return self.duty.member.home

    @property
    def member(self) -> str:
        """Return the name of who owes it."""
        return self.duty.member.name

    @property
    def call(self) -> str:
        """Return the call in a few words."""
        return Truncator(self.duty.call.summary).chars(60)

    @property
    def caller(self) -> str:
        """Return the name of who called."""
        return self.names.get(self.duty.call.home, self.duty.call.home)

    @property
    def form(self) -> str:
        """Return the form of aid in words."""
        return str(self.duty.form.label)

    @property
    def due(self) -> datetime:
        """Return by when the answer is owed."""
        return self.duty.due

    @property
    def clocks(self) -> str:
        """Return by whose clock the deadline goes, and the answer if by another's."""
        due, answer = self.duty.by, self.duty.answer
        if answer is None or answer.by == due:
            return str(CLOCKS[due])
        return _("due %(due)s, answered %(answered)s") % {
            "due": CLOCKS[due],
            "answered": CLOCKS[answer.by],
        }

    @property
    def answered(self) -> datetime | None:
        """Return when it was answered."""
        return self.duty.answer.first_at if self.duty.answer else None

    @property
    def answer(self) -> str:
        """Return the answer in a word."""
        return str(self.duty.answer) if self.duty.answer else ""

    @property
    def reason(self) -> str:
        """Return the answer's reason."""
        return self.duty.answer.reason if self.duty.answer else ""

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
    names = {log: member.name for log, member in book.members.items()}
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
        rows=[Owed(duty, duty.standing(now), names) for duty in book.all_duties()],
        columns=_duty_columns(),
        filters=_filters(found, accounts, names),
        empty=_(
            "No call has opened a duty yet. When a member calls, every answer that is owed stands here."
        ),
        template="pact/ledger.html",
        context={"accounts": accounts, "calls_counted": len(found)},
    )


def _filters(
    calls: Sequence[Call], accounts: Sequence[Account], names: Mapping[str, str]
) -> list[Filter]:
    members = [(account.member.home, account.member.name) for account in accounts]
    called = [
        (call.key, f"{names.get(call.home, call.home)}: {call.summary}"[:80]) for call in calls
    ]
    standings = [(one.value, word) for one, (_mark, word) in STANDINGS.items()]
    answers: list[tuple[str, str | Promise]] = [*Verdict.choices, ("none", _("No answer"))]
    return [
        Filter("member", _("Member"), members, by="log"),
        Filter("call", _("Call"), called, by=_of_call),
        Filter("form", _("Form of aid"), Form.choices, by=_of_form),
        Filter("standing", _("Standing"), standings, by="standing"),
        Filter("answer", _("Answer"), answers, by=_answered),
    ]


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
        Column(gettext_lazy("By whose clock"), "clocks"),
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
