"""Questions about the pact: who is a member, which charter is in force, since when a call is active.

All are counts over rows that only grow, so nodes that hold the same records give the same answer.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil

from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.models import Admission, Ballot, Call, Charter, Consent, Invitation, Membership, Officer, Pact
from hansa.pact.terms import Rules, read_rules


def judge_officer(officer: Officer | None, capability: str, at: datetime) -> str | None:
    """Return the void code of an officer who may not use `capability` at `at`, or None. Pure."""
    if officer is None:
        return "no-officer"
    if officer.ended_at is not None or (officer.until is not None and at >= officer.until):
        return "ended"
    return None if capability in officer.can else "not-granted"


def pact() -> Pact | None:
    """Return the pact of this home, if one was founded."""
    return Pact.objects.order_by("at", "key").first()


def share(fraction: str, of: int) -> int:
    """Return how many members a share such as “2/3” is, rounded up."""
    return ceil(Fraction(fraction) * of)


def charter_in_force() -> Charter:
    """Return the version reached from the first by adopted amendments; Refused if there is no pact."""
    versions = list(Charter.objects.order_by("at", "key"))
    if not versions:
        raise Refused(_("There is no pact here yet. Found one first."))
    following: dict[str, list[tuple[datetime, str, Charter]]] = defaultdict(list)
    yes: dict[str, list[Ballot]] = defaultdict(list)
    for ballot in Ballot.objects.filter(yes=True):
        yes[ballot.amendment].append(ballot)
    for version in versions:
        adopted = adopted_at(version, yes[version.key])
        if version.base and adopted is not None:
            following[version.base].append((adopted, version.key, version))
    current = next(version for version in versions if not version.base)
    while following[current.key]:
        current = min(following[current.key])[2]
    return current


def adopted_at(version: Charter, yes: list[Ballot]) -> datetime | None:
    """Return when enough of its electorate had said yes, or None."""
    base = Charter.objects.filter(key=version.base).first()
    if base is None:
        return None
    needed = share(read_rules(base.rules).amendment, len(version.electorate))
    times = sorted(ballot.at for ballot in yes if f"{ballot.home}@0" in version.electorate)
    return times[needed - 1] if 0 < needed <= len(times) else None


def rules_in_force() -> Rules:
    """Return the rules of the charter in force."""
    return read_rules(charter_in_force().rules)


def memberships(rules: Rules | None = None) -> dict[str, tuple[datetime, datetime | None]]:
    """Return, for every log that ever joined, from when and until when it is a member."""
    founded = pact()
    if founded is None:
        return {}
    terms = rules or rules_in_force()
    admitted = _admissions()
    spans: dict[str, tuple[datetime, datetime | None]] = {}
    for row in Membership.objects.filter(pact=founded.key).order_by("effective", "key"):
        founder = row.home == founded.home or f"{row.home}@0" in founded.founders
        start = row.effective if founder else _admitted_at(row, admitted, terms, spans)
        if start is None:
            continue
        until = None
        if row.leaves_at is not None and row.notice_at is not None:
            until = max(row.leaves_at, row.notice_at + timedelta(days=terms.leave_notice_days))
        spans[row.home] = (start, until)
    return spans


def _admissions() -> dict[str, list[tuple[datetime, str]]]:
    """Return, for each invitation, who agreed when: the inviter first, by inviting."""
    agreed: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for invitation in Invitation.objects.all():
        agreed[invitation.key].append((invitation.at, invitation.home))
    for admission in Admission.objects.all():
        agreed[admission.invitation].append((admission.at, admission.home))
    return agreed


def _admitted_at(row: Membership, agreed: dict[str, list[tuple[datetime, str]]], terms: Rules, spans: dict[str, tuple[datetime, datetime | None]]) -> datetime | None:
    """Return from when the newcomer is a member: its own date, or the word that completed the share."""
    invitation = Invitation.objects.filter(key=row.invitation, member=f"{row.home}@0").first()
    if invitation is None:
        return None
    electors = {log for log, (start, until) in spans.items() if start <= invitation.at and (until is None or invitation.at < until)}
    needed = max(1, share(terms.admission, len(electors)))
    first: dict[str, datetime] = {}
    for at, log in sorted(agreed[invitation.key]):
        if log in electors:
            first.setdefault(log, at)
    words = sorted(first.values())
    return max(row.effective, words[needed - 1]) if len(words) >= needed else None


def members_at(at: datetime, rules: Rules | None = None) -> list[str]:
    """Return the logs that are members at a moment, in alphabetical order."""
    return sorted(log for log, (start, until) in memberships(rules).items() if start <= at and (until is None or at < until))


def is_member(log: str) -> bool:
    """Tell whether the log's government is a member now."""
    return log in members_at(clock.now())


def require_member(log: str) -> None:
    """Refuse one who is not a member now."""
    if not is_member(log):
        raise Refused(_("Your government is not a member of the pact at this moment."), code="not-member")


def active_since(call: Call, consents: list[Consent] | None = None) -> datetime | None:
    """Return since when the call is active under its own charter, or None while it lacks consents."""
    charter = Charter.objects.filter(key=call.charter).first()
    needed = read_rules(charter.rules).consent.count if charter else 0
    if needed == 0:
        return call.at
    given = sorted(consent.at for consent in (consents if consents is not None else Consent.objects.filter(call=call.key)) if consent.home != call.home)
    return given[needed - 1] if len(given) >= needed else None
