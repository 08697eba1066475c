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
from hansa.pact.models import Answer, Call, Charter, Consent, Member
from hansa.pact.terms import Rules, read_rules
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
        """Return where the duty stands. An answer given after `due` is late for ever."""
        if self.answer is not None and self.answer.first_at <= at:
            return Standing.ON_TIME if self.answer.first_at <= self.due else Standing.LATE
        if self.released_at is not None and self.released_at <= at and self.released_at <= self.due:
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

    def __init__(self, calls: Iterable[Call]) -> None:
        """Read members, charters, consents and answers once."""
        self.calls = list(calls)
        keys = [call.key for call in self.calls]
        self._members = {member.home: member for member in Member.objects.all()}
        self._spans = rules.memberships() if self.calls else {}
        self._terms = {charter.key: read_rules(charter.rules) for charter in Charter.objects.filter(key__in={call.charter for call in self.calls})}
        self._consents: dict[str, list[Consent]] = defaultdict(list)
        for consent in Consent.objects.filter(call__in=keys):
            self._consents[consent.call].append(consent)
        self._answers = {(answer.call, answer.form, answer.home): answer for answer in Answer.objects.filter(call__in=keys)}

    def active_since(self, call: Call) -> datetime | None:
        """Return since when the call is active, or None."""
        terms = self._terms.get(call.charter)
        if terms is None or terms.consent.count == 0:
            return call.at
        return rules.active_since(call, self._consents[call.key])

    def duties(self, call: Call) -> list[Duty]:
        """Return the call's duties: by form in the charter's order, then by member's name."""
        active, terms = self.active_since(call), self._terms.get(call.charter)
        if active is None or terms is None:
            return []
        found = []
        for rule in terms.forms:
            span = call.forms.get(rule.id.value)
            if span is None:
                continue
            since = max(active, datetime.fromisoformat(span["from"]))
            until = datetime.fromisoformat(span["until"]) if span["until"] else None
            ended = min((moment for moment in (until, call.ended_at) if moment is not None), default=None)
            for member in self._bound(call, rule.who, since):
                left = self._spans[member.home][1]
                released = min((moment for moment in (ended, left) if moment is not None), default=None)
                answer = self._answers.get((call.key, rule.id.value, member.home))
                found.append(Duty(call, member, Form(rule.id), since, since + timedelta(hours=rule.hours), released, answer))
        return found

    def all_duties(self) -> list[Duty]:
        """Return the duties of every call, in the calls' order."""
        return [duty for call in self.calls for duty in self.duties(call)]

    def accounts(self, at: datetime | None = None) -> list[Account]:
        """Return one account a member, by name: what it owed and did over all these calls."""
        moment = at or clock.now()
        accounts: dict[str, Account] = {}
        for duty in self.all_duties():
            account = accounts.setdefault(duty.member.home, Account(duty.member))
            name = duty.standing(moment).replace("-", "_")
            setattr(account, name, getattr(account, name) + 1)
            if duty.answer is not None:
                setattr(account, duty.answer.verdict, getattr(account, duty.answer.verdict) + 1)
        return sorted(accounts.values(), key=lambda account: account.member.name)

    def terms(self, call: Call) -> Rules | None:
        """Return the rules under which the call was made."""
        return self._terms.get(call.charter)

    def _bound(self, call: Call, who: str, since: datetime) -> list[Member]:
        bound = []
        for log, (start, until) in self._spans.items():
            member = self._members.get(log)
            if member is None or log == call.home or start > since or (until is not None and until <= since):
                continue
            if who in {"all", member.type}:
                bound.append(member)
        return sorted(bound, key=lambda member: member.name)
