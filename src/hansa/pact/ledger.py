"""The duty ledger: who owes an answer, who gave what, who was late.

Nothing here is stored. A duty follows from the call, its charter and the members of that moment; an answer
is a row of the member that gave it. The same records and the same moment give the same ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from hansa.kernel import clock
from hansa.kernel.ref import position
from hansa.kernel.witness.dating import By, Moment
from hansa.pact import rules
from hansa.pact.models import Answer, Call, Consent, Member
from hansa.pact.rules import Roll
from hansa.pact.terms import Rules
from hansa.pact.words import Form, Verdict


class Standing(StrEnum):
    """Where a duty stands at a moment."""

    OWED = "owed"
    OVERDUE = "overdue"
    ON_TIME = "on-time"
    LATE = "late"
    RELEASED = "released"


def stands(
    at: datetime, due: datetime, released_at: datetime | None, answered: datetime | None
) -> Standing:
    """Return where a duty stands. An answer given after `due` is late for ever, one after the release is owed to nobody."""
    released = released_at if released_at is not None and released_at <= due else None
    if answered is not None and answered <= at and (released is None or answered <= released):
        return Standing.ON_TIME if answered <= due else Standing.LATE
    if released is not None and released <= at:
        return Standing.RELEASED
    return Standing.OWED if at <= due else Standing.OVERDUE


class Reply(NamedTuple):
    """What a ledger needs of an answer. A tuple, as there are thousands of them."""

    call: str
    form: str
    home: str
    key: str
    verdict: str
    reason: str
    first_at: datetime
    by: By = By.AUTHOR
    """Whose clock `first_at` goes by."""

    def __str__(self) -> str:
        """Return the verdict in words."""
        return str(Verdict(self.verdict).label)


class Duty(NamedTuple):
    """What one member owes to one form of a call: an answer, by `due`."""

    call: Call
    member: Member
    form: Form
    since: datetime
    due: datetime
    released_at: datetime | None
    answer: Reply | None
    by: By = By.AUTHOR
    """Whose clock the deadline goes by."""

    def standing(self, at: datetime) -> Standing:
        """Return where the duty stands at a moment."""
        answered = self.answer.first_at if self.answer is not None else None
        return stands(at, self.due, self.released_at, answered)


class _Asked(NamedTuple):
    """One form for the time that one call asked for it: whom it binds, each with when it leaves, and who answered."""

    form: Form
    since: datetime
    due: datetime
    by: By
    ended: datetime | None
    bound: Sequence[tuple[Member, datetime | None]]
    replies: dict[str, Reply]


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
    """The duties of some calls, read with a fixed number of queries whatever their number.

    Sums are counted without a Duty for each: a pact of fifty has thousands.
    """

    def __init__(self, calls: Iterable[Call], roll: Roll | None = None) -> None:
        """Read members, consents and answers once, and the roll if it is not at hand."""
        self.calls = list(calls)
        self.roll = roll or Roll()
        keys = [call.key for call in self.calls]
        self.members = {member.home: member for member in Member.objects.all()}
        self._consents: dict[str, list[Consent]] = defaultdict(list)
        self.moments = self.roll.moments
        self.moments.learn(word for call in self.calls for word in _words(call))
        for consent in self.moments.stamped(Consent.objects.filter(call__in=keys)):
            self._consents[consent.call].append(consent)
        self._replies: dict[tuple[str, str], dict[str, Reply]] = defaultdict(dict)
        for reply in self._read_replies(keys):
            self._replies[reply.call, reply.form][reply.home] = reply
        self._active = {
            call.key: rules.active_since(call, self._consents[call.key], self.roll)
            for call in self.calls
        }
        self._bound: dict[tuple[str, datetime], list[tuple[Member, datetime | None]]] = {}
        self._asked = {call.key: list(self._of(call)) for call in self.calls}

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

    def duties(self, call: Call, log: str | None = None) -> list[Duty]:
        """Return the call's duties, or one member's: by form in the charter's order, then by time asked, then by member's name."""
        return [
            Duty(
                call,
                member,
                asked.form,
                asked.since,
                asked.due,
                _first(asked.ended, left),
                asked.replies.get(member.home),
                asked.by,
            )
            for asked in self._asked[call.key]
            for member, left in asked.bound
            if log is None or member.home == log
        ]

    def count(self, call: Call, at: datetime) -> Counter[Standing]:
        """Return how many of the call's duties stand how."""
        return Counter(standing for _log, standing in self._standings(call, at))

    def answers(self, call: Call) -> list[Reply]:
        """Return what members answered to the call, whether they owed it or not."""
        return [
            reply
            for (key, _form), replies in self._replies.items()
            if key == call.key
            for reply in replies.values()
        ]

    def all_duties(self) -> list[Duty]:
        """Return the duties of every call, in the calls' order."""
        return [duty for call in self.calls for duty in self.duties(call)]

    def accounts(self, at: datetime | None = None) -> list[Account]:
        """Return one account for each who ever was a member, by name: what it owed and did over all these calls."""
        moment = at or clock.now()
        stood: Counter[tuple[str, str]] = Counter()
        for call in self.calls:
            stood.update(self._standings(call, moment))
        for replies in self._replies.values():
            stood.update(
                (log, reply.verdict) for log, reply in replies.items() if reply.first_at <= moment
            )
        accounts = {
            log: Account(self.members[log]) for log in self.roll.spans if log in self.members
        }
        for (log, name), number in stood.items():
            if log in accounts:
                setattr(accounts[log], name.replace("-", "_"), number)
        return sorted(accounts.values(), key=lambda account: account.member.name)

    def _standings(self, call: Call, at: datetime) -> Iterator[tuple[str, Standing]]:
        """Yield, for each duty of the call, whose it is and where it stands."""
        for asked in self._asked[call.key]:
            silent = stands(at, asked.due, asked.ended, None)
            for member, left in asked.bound:
                reply = asked.replies.get(member.home)
                if reply is None and left is None:
                    yield member.home, silent
                    continue
                answered = reply.first_at if reply is not None else None
                yield member.home, stands(at, asked.due, _first(asked.ended, left), answered)

    def _of(self, call: Call) -> Iterator[_Asked]:
        active, terms = self._active[call.key], self.terms(call)
        if active is None or terms is None:
            return
        for rule in terms.forms:
            for asked, until in self._spans(call, rule.id):
                since, ended = max(active, asked.at), _first(until, self._ended(call))
                if ended is not None and ended <= since:
                    continue
                others = [one for one in self._members(rule.who, since) if one[0].home != call.home]
                replies = self._replies.get((call.key, rule.id.value), {})
                due = since + timedelta(hours=rule.hours)
                yield _Asked(Form(rule.id), since, due, asked.by, ended, others, replies)

    def _spans(self, call: Call, form: Form) -> Iterator[tuple[Moment, datetime | None]]:
        """Yield each time in which the call asked for a form: from when, and until when if it was narrowed."""
        for one in _asked(call, form.value):
            until = self.moments.known(*_word(call, one, "until")).at if one["until"] else None
            yield self.moments.known(*_word(call, one, "from")), until

    def _ended(self, call: Call) -> datetime | None:
        if call.ended_at is None or call.ended_index is None:
            return call.ended_at
        return self.moments.known(position(call.home, call.ended_index), call.ended_at).at

    def _read_replies(self, keys: list[str]) -> Iterator[Reply]:
        rows = self.moments.stamped(Answer.objects.filter(call__in=keys), "first_index")
        names = ("call", "form", "home", "key", "verdict", "reason", "first_at")
        if not self.moments.witnessed:
            for values in rows.values_list(*names):
                yield Reply._make((*values, By.AUTHOR))
            return
        for *values, at, index, stamp in rows.values_list(*names, "first_index", "stamp"):
            moment = self.moments.dates.of(values[2], index, at, stamp)
            yield Reply._make((*values, moment.at, moment.by))

    def _members(self, who: str, since: datetime) -> list[tuple[Member, datetime | None]]:
        """Return who was a member when a form was asked, each with when it leaves; whoever joins later owes nothing."""
        if (who, since) not in self._bound:
            self._bound[who, since] = sorted(
                (
                    (member, span.until)
                    for log in self.roll.spans
                    if (member := self.members.get(log)) is not None
                    and who in {"all", member.type}
                    and (span := self.roll.span(log, since)) is not None
                ),
                key=lambda one: one[0].name,
            )
        return self._bound[who, since]


def _words(call: Call) -> Iterator[tuple[str, datetime]]:
    """Yield position and log's time of every record by which the call was opened, changed or ended."""
    yield call.key, call.at
    if call.ended_at is not None and call.ended_index is not None:
        yield position(call.home, call.ended_index), call.ended_at
    for form in call.forms:
        for one in _asked(call, form):
            for name in ("from", "until"):
                if one[name]:
                    yield _word(call, one, name)


def _asked(call: Call, form: str) -> list[dict[str, Any]]:
    """Return each time in which the call asked for a form, the present one last."""
    asked = call.forms.get(form)
    return [] if asked is None else [*asked.get("before", []), asked]


def _word(call: Call, asked: dict[str, Any], name: str) -> tuple[str, datetime]:
    return position(call.home, asked[f"{name}_index"]), datetime.fromisoformat(asked[name])


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
