"""Questions about the pact: who is a member, which charter counts, since when a call is active.

All answers are counts over records, so nodes that hold the same records give the same answer. What a
hostile node could write is judged here too: an amendment counts by the members of its day whatever
electorate it names, and nobody is bound, or counted, before its own word.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.approval import Enrolled, read_key
from hansa.kernel.errors import Refused
from hansa.kernel.models import Log, Row
from hansa.kernel.record import OFFICE
from hansa.kernel.ref import position
from hansa.kernel.seal.models import Whom
from hansa.pact.models import (
    Admission,
    Ballot,
    Call,
    Charter,
    Consent,
    Invitation,
    Member,
    Membership,
    Officer,
    Pact,
)
from hansa.pact.moments import Moments
from hansa.pact.terms import Rules, read_rules


def judge_officer(officer: Officer | None, capability: str, at: datetime) -> str | None:
    """Return the void code of an officer who may not use `capability` at `at`, or None. Pure.

    OFFICE is what every office in force may do.
    """
    if officer is None:
        return "no-officer"
    if officer.ended_at is not None or (officer.until is not None and at >= officer.until):
        return "ended"
    return None if capability == OFFICE or capability in officer.can else "not-granted"


def keys_of(officer: Officer) -> list[Enrolled]:
    """Return every key that the officer enrolled, ended ones too."""
    return [
        Enrolled(
            read_key(one["method"], one["public"], one["origin"]),
            one["label"],
            one["credential"],
            one["record"],
            one["ended"],
        )
        for one in officer.keys
    ]


def pact() -> Pact | None:
    """Return the pact of this home: the one that a member kept here joined, or else is invited to, or else the earliest.

    What a followed log calls a pact, however early, is not ours for that.
    """
    own = Log.objects.filter(mine=True).annotate(ref=Concat("name", Value("@0")))
    joined = Membership.objects.filter(pact=OuterRef("key"), home__in=own.values("name"))
    invited = Invitation.objects.filter(pact=OuterRef("key"), member__in=own.values("ref"))
    return (
        Pact.objects.annotate(joined=Exists(joined), invited=Exists(invited))
        .order_by("-joined", "-invited", "at", "key")
        .first()
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A time of membership: from `start`, and until `until` if notice was given."""

    start: datetime
    until: datetime | None
    key: str

    def holds(self, at: datetime) -> bool:
        """Tell whether `at` falls in it."""
        return self.start <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Version:
    """A charter that counts, or counted: since when, and its rules."""

    charter: Charter
    since: datetime
    rules: Rules


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on an amendment: by log, how many yes it takes, and when it had them."""

    electors: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    needed: int
    adopted_at: datetime | None

    @property
    def missing(self) -> int:
        """Return how many more must say yes."""
        return max(0, self.needed - len(self.yes))


@dataclass(slots=True)
class _Words:
    """Every word that makes a pact, read once."""

    charters: dict[str, Charter]
    ballots: dict[str, list[Ballot]] = field(default_factory=lambda: defaultdict(list))
    memberships: list[Membership] = field(default_factory=list)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    admissions: dict[str, list[Admission]] = field(default_factory=lambda: defaultdict(list))

    def said(self) -> Iterator[tuple[str, datetime]]:
        """Yield position and log's time of those words that stand at a position of their own."""
        for row in (*self.charters.values(), *self.memberships, *self.invitations.values()):
            yield row.key, row.at
        for left in self.memberships:
            if left.notice_at is not None and left.notice_index is not None:
                yield position(left.home, left.notice_index), left.notice_at


class Roll:
    """Who is a member from when until when, and which charter counted when: six queries, whatever the size."""

    def __init__(self) -> None:
        """Read the words and count them, version by version: each charter says how the next one is adopted."""
        self.pact = pact()
        self.versions: list[Version] = []
        self.spans: dict[str, list[Span]] = {}
        self.moments = Moments()
        self._words = _Words({})
        if self.pact is None:
            return
        self._words = _read(self.pact, self.moments)
        first = self._words.charters.get(self.pact.key)
        if first is not None:
            since = self.moments.known(first.key, self.pact.at).at
            self._grow(Version(first, since, read_rules(first.rules)))

    @property
    def current(self) -> Version:
        """Return the version in force; Refused if there is no pact."""
        if not self.versions:
            raise Refused(_("There is no pact here yet. Found one first."), code="no-pact")
        return self.versions[-1]

    def version(self, charter: str) -> Version | None:
        """Return the version with this key if it ever counted."""
        return next((one for one in self.versions if one.charter.key == charter), None)

    def rules_at(self, at: datetime) -> Rules:
        """Return the rules that counted at a moment; the first ones before any."""
        return next(
            (one.rules for one in reversed(self.versions) if one.since <= at),
            self.versions[0].rules,
        )

    def members_at(self, at: datetime) -> list[str]:
        """Return the logs that are members at a moment, in alphabetical order."""
        return sorted(log for log in self.spans if self.is_member(log, at))

    def is_member(self, log: str, at: datetime) -> bool:
        """Tell whether the log's government is a member at a moment."""
        return self.span(log, at) is not None

    def span(self, log: str, at: datetime) -> Span | None:
        """Return the membership that holds at a moment."""
        return next((span for span in self.spans.get(log, []) if span.holds(at)), None)

    def tally(self, amendment: Charter) -> Tally:
        """Count the votes on an amendment, under the version that it amends.

        The threshold is a share of all who are named or were members that day, so that nobody gains by naming few.
        """
        base = self.version(amendment.base)
        today = set(self.members_at(self._at(amendment)))
        named = {key.partition("@")[0] for key in amendment.electorate}
        electors, ballots = today & named, self._words.ballots[amendment.key]
        needed = base.rules.amendment.of(len(today | named)) if base else 0
        times = sorted(
            self.moments.of_word(ballot).at
            for ballot in ballots
            if ballot.yes and ballot.home in electors
        )
        return Tally(
            electors=frozenset(electors),
            yes=frozenset(
                ballot.home for ballot in ballots if ballot.yes and ballot.home in electors
            ),
            no=frozenset(
                ballot.home for ballot in ballots if not ballot.yes and ballot.home in electors
            ),
            needed=needed,
            adopted_at=times[needed - 1] if base and len(times) >= needed else None,
        )

    def admitted(self, invitation: Invitation) -> tuple[list[str], int]:
        """Return the members that have agreed to an invitation, the inviter first, and how many must."""
        agreed = [log for _at, log in self._agreed(invitation)]
        return agreed, self._needed(invitation)

    def _grow(self, first: Version) -> None:
        following: dict[str, list[Charter]] = defaultdict(list)
        for charter in self._words.charters.values():
            if charter.base:
                following[charter.base].append(charter)
        self.versions.append(first)
        seen = {first.charter.key}
        while True:
            self._count_members()
            adopted = [
                (tally.adopted_at, one.key, one)
                for one in following[self.versions[-1].charter.key]
                if one.key not in seen and (tally := self.tally(one)).adopted_at is not None
            ]
            if not adopted:
                return
            at, key, charter = min(adopted, key=lambda found: (found[0], found[1]))
            seen.add(key)
            self.versions.append(Version(charter, at, read_rules(charter.rules)))

    def _count_members(self) -> None:
        """Count founders first, then newcomers by invitation: who may admit was then counted before."""
        self.spans, newcomers = {}, []
        for row in self._words.memberships:
            invitation = self._words.invitations.get(row.invitation)
            if self.pact and (row.home == self.pact.home or f"{row.home}@0" in self.pact.founders):
                self._enter(row, max(row.effective, self._at(row)))
            elif invitation is not None and invitation.member == f"{row.home}@0":
                asked, said = self._at(invitation), self._at(row)
                newcomers.append((asked, said, row.key, row, invitation))
        for _invited, _at, _key, row, invitation in sorted(newcomers, key=lambda found: found[:3]):
            words, needed = self._agreed(invitation), self._needed(invitation)
            if len(words) >= needed:
                self._enter(row, max(row.effective, self._at(row), words[needed - 1][0]))

    def _enter(self, row: Membership, start: datetime) -> None:
        until = None
        if row.leaves_at is not None and row.notice_at is not None:
            place = position(row.home, row.notice_index or 0)
            given = self.moments.known(place, row.notice_at).at
            notice = timedelta(days=self.rules_at(given).leave_notice_days)
            until = max(row.leaves_at, given + notice)
        self.spans.setdefault(row.home, []).append(Span(start, until, row.key))

    def _needed(self, invitation: Invitation) -> int:
        at = self._at(invitation)
        return self.rules_at(at).admission.of(len(self.members_at(at)))

    def _agreed(self, invitation: Invitation) -> list[tuple[datetime, str]]:
        """Return when each member agreed, the inviter by inviting, in order of time."""
        electors = set(self.members_at(self._at(invitation)))
        words = [(self._at(invitation), invitation.key, invitation.home)]
        words += [
            (self.moments.of_word(one).at, one.key, one.home)
            for one in self._words.admissions[invitation.key]
        ]
        first: dict[str, datetime] = {}
        for at, _key, log in sorted(words):
            if log in electors:
                first.setdefault(log, at)
        return sorted((at, log) for log, at in first.items())

    def _at(self, row: Row) -> datetime:
        return self.moments.of_row(row).at


def _read(founded: Pact, moments: Moments) -> _Words:
    words = _Words(
        {row.key: row for row in Charter.objects.defer("articles").order_by("at", "key")}
    )
    for ballot in moments.stamped(Ballot.objects.all()):
        words.ballots[ballot.amendment].append(ballot)
    words.memberships = list(Membership.objects.filter(pact=founded.key).order_by("at", "key"))
    words.invitations = {row.key: row for row in Invitation.objects.filter(pact=founded.key)}
    for admission in moments.stamped(Admission.objects.all()):
        words.admissions[admission.invitation].append(admission)
    moments.learn(words.said())
    return words


def charter_in_force() -> Charter:
    """Return the version reached from the first by adopted amendments; Refused if there is no pact."""
    return Roll().current.charter


def rules_in_force() -> Rules:
    """Return the rules of the charter in force; Refused if there is no pact."""
    return Roll().current.rules


def members_at(at: datetime) -> list[str]:
    """Return the logs that are members at a moment, in alphabetical order."""
    return Roll().members_at(at)


def belonging(whom: str, logs: Sequence[str], type: str, at: datetime) -> set[str]:  # noqa: A002 - a member's type
    """Return which members belong to an audience at a moment: all, those of the logs named, or those of a type."""
    today = set(members_at(at))
    if whom == Whom.PACT:
        return today
    if whom == Whom.MEMBERS:
        return today & set(logs)
    of_type = Member.objects.filter(type=type, key__in=[f"{log}@0" for log in today])
    return set(of_type.values_list("home", flat=True))


def is_member(log: str) -> bool:
    """Tell whether the log's government is a member now."""
    return Roll().is_member(log, clock.now())


def departed(at: datetime) -> set[str]:
    """Return the logs whose governments were members before a moment and are not at it."""
    roll = Roll()
    return {
        log
        for log, spans in roll.spans.items()
        if any(span.until is not None and span.until <= at for span in spans)
        and not roll.is_member(log, at)
    }


def require_member(log: str, roll: Roll | None = None) -> Roll:
    """Return the roll, or refuse one who is not a member now."""
    counted = roll or Roll()
    if not counted.is_member(log, clock.now()):
        raise Refused(
            _("Your government is not a member of the pact at this moment."), code="not-member"
        )
    return counted


def active_since(
    call: Call, consents: list[Consent] | None = None, roll: Roll | None = None
) -> datetime | None:
    """Return since when the call is active under its own charter, or None.

    A call that lacks consents is not active yet; one by a non-member, or under a charter that never counted, never is.
    `consents` were read by `Moments.stamped`.
    """
    roll = roll or Roll()
    roll.moments.learn([(call.key, call.at)])
    version, called = roll.version(call.charter), roll.moments.of_row(call).at
    if version is None or not roll.is_member(call.home, called):
        return None
    needed = version.rules.consent.needed
    if needed == 0:
        return called
    if consents is None:
        consents = list(roll.moments.stamped(Consent.objects.filter(call=call.key)))
    given = sorted(
        (roll.moments.of_word(word).at, word.home) for word in consents if word.home != call.home
    )
    counted = [at for at, log in given if roll.is_member(log, at)]
    return counted[needed - 1] if len(counted) >= needed else None
