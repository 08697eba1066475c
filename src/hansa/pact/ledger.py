"""The duty ledger: who owes an answer, who gave what, who was late.

Nothing here is stored. A duty follows from the call, its charter and the members of that moment; an answer
is a row of the member that gave it. The same records and the same moment give the same ledger.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from hansa.kernel import clock
from hansa.pact import rules
from hansa.pact.models import Answer, Call, Consent, Member
from hansa.pact.rules import Roll
from hansa.pact.terms import Rules
from hansa.pact.words import Form


class Standing(StrEnum):
    """Where a duty stands at a moment."""

    OWED = "owed"
    OVERDUE = "overdue"
    ON_TIME = "on-time"
    LATE = "late"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Duty:
    """What one member owes to one form of a call: an answer, by `due`."""

    call: Call
    member: Member
    form: Form
    since: datetime
    due: datetime
    released_at: datetime | None
    answer: Answer | None

    def standing(self, at: datetime) -> Standing:
        """Return where the duty stands. An answer given after `due` is late for ever, one after the release is owed to nobody."""
        released = (
            self.released_at
            if self.released_at is not None and self.released_at <= self.due
            else None
        )
        answered = self.answer.first_at if self.answer is not None else None
        if answered is not None and answered <= at and (released is None or answered <= released):
            return Standing.ON_TIME if answered <= self.due else Standing.LATE
        if released is not None and released <= at:
            return Standing.RELEASED
        return Standing.OWED if at <= self.due else Standing.OVERDUE


@dataclass(slots=True)
class Account:
    """One member over many calls: how often each standing, and how often it pledged or declined."""

    member: Member
    owed: int = 0
    overdue: int = 0
    on_time: int = 0
    late: int = 0
    released: int = 0
    pledged: int = 0
    declined: int = 0


class Ledger:
    """The duties of some calls, read with a fixed number of queries whatever their number."""

    def __init__(self, calls: Iterable[Call], roll: Roll | None = None) -> None:
        """Read members, consents and answers once, and the roll if it is not at hand."""
        self.calls = list(calls)
        self.roll = roll or Roll()
        keys = [call.key for call in self.calls]
        self.members = {member.home: member for member in Member.objects.all()}
        self._consents: dict[str, list[Consent]] = defaultdict(list)
        for consent in Consent.objects.filter(call__in=keys):
            self._consents[consent.call].append(consent)
        self._answers = {
            (answer.call, answer.form, answer.home): answer
            for answer in Answer.objects.filter(call__in=keys)
        }
        self._active = {
            call.key: rules.active_since(call, self._consents[call.key], self.roll)
            for call in self.calls
        }
        self._duties = {call.key: self._of(call) for call in self.calls}

    def active_since(self, call: Call) -> datetime | None:
        """Return since when the call is active, or None."""
        return self._active[call.key]

    def consents(self, call: Call) -> list[Consent]:
        """Return the consents given to the call, the first word first."""
        return sorted(self._consents[call.key], key=lambda consent: (consent.at, consent.key))

    def terms(self, call: Call) -> Rules | None:
        """Return the rules under which the call was made, if they ever counted."""
        version = self.roll.version(call.charter)
        return version.rules if version else None

    def duties(self, call: Call) -> list[Duty]:
        """Return the call's duties: by form in the charter's order, then by time asked, then by member's name."""
        return self._duties[call.key]

    def answers(self, call: Call) -> list[Answer]:
        """Return what members answered to the call, whether they owed it or not."""
        return [answer for (key, _form, _log), answer in self._answers.items() if key == call.key]

    def all_duties(self) -> list[Duty]:
        """Return the duties of every call, in the calls' order."""
        return [duty for call in self.calls for duty in self.duties(call)]

    def accounts(self, at: datetime | None = None) -> list[Account]:
        """Return one account for each who ever was a member, by name: what it owed and did over all these calls."""
        moment = at or clock.now()
        accounts = {
            log: Account(self.members[log]) for log in self.roll.spans if log in self.members
        }
        for duty in self.all_duties():
            account = accounts[duty.member.home]
            name = duty.standing(moment).replace("-", "_")
            setattr(account, name, getattr(account, name) + 1)
        for answer in self._answers.values():
            if answer.home in accounts and answer.first_at <= moment:
                account = accounts[answer.home]
                setattr(account, answer.verdict, getattr(account, answer.verdict) + 1)
        return sorted(accounts.values(), key=lambda account: account.member.name)

    def _of(self, call: Call) -> list[Duty]:
        active, terms = self._active[call.key], self.terms(call)
        if active is None or terms is None:
            return []
        found = []
        for rule in terms.forms:
            for asked, until in spans(call, rule.id):
                since = max(active, asked)
                ended = _first(until, call.ended_at)
                if ended is not None and ended <= since:
                    continue
                for member, left in self._bound(call, rule.who, since):
                    answer = self._answers.get((call.key, rule.id.value, member.home))
                    due = since + timedelta(hours=rule.hours)
                    found.append(
                        Duty(call, member, Form(rule.id), since, due, _first(ended, left), answer)
                    )
        return found

    def _bound(self, call: Call, who: str, since: datetime) -> list[tuple[Member, datetime | None]]:
        """Return who was a member when the form was asked, each with when it leaves; whoever joins later owes nothing."""
        bound = []
        for log in self.roll.spans:
            member, span = self.members.get(log), self.roll.span(log, since)
            if (
                member is not None
                and span is not None
                and log != call.home
                and who in {"all", member.type}
            ):
                bound.append((member, span.until))
        return sorted(bound, key=lambda one: one[0].name)


def spans(call: Call, form: Form) -> list[tuple[datetime, datetime | None]]:
    """Return each time in which the call asked for a form: from when, and until when if it was narrowed."""
    asked = call.forms.get(form.value)
    if asked is None:
        return []
    return [
        (
            datetime.fromisoformat(one["from"]),
            datetime.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in [*asked.get("before", []), asked]
    ]


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
