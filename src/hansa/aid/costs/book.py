"""The account of a mission: its lines, what became of each, and the sums of both members' words.

Nothing here is stored. Lines, claims and repayments count from the giver's log, answers, advances and payments from
the log of the one that was helped; what others say of them is not looked at. Each sum is taken once, here: the page,
the CSV file and the claim packet show the same numbers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hansa.aid.costs.models import Account, Claim, CostLine, Evidence, Money
from hansa.aid.costs.rules import Finding, eligible, facts, findings
from hansa.aid.costs.words import CURRENCY, Basis, Category, LineState, Moved, Terms
from hansa.aid.missions.models import Offer, Thread
from hansa.aid.models import Need, Pledge
from hansa.aid.people.models import Hours, Person
from hansa.aid.people.rules import Twice, counted_twice, person_minutes
from hansa.kernel.reading import readable
from hansa.kernel.ref import split

L = TypeVar("L", CostLine, Claim)


@dataclass(frozen=True, slots=True)
class BookLine:
    """A cost line with its evidence, what the rules find, and the answer of the one that was helped."""

    line: CostLine
    evidence: list[Evidence]
    findings: list[Finding]
    claim: Claim | None = None
    answered: int | None = None
    why: str = ""
    answer: str = ""

    @property
    def standing(self) -> bool:
        """Tell whether it counts at all."""
        return self.line.withdrawn_at is None

    @property
    def claimed(self) -> int:
        """Return what is claimed of it, in cents."""
        return self.line.amount if self.standing and self.claim is not None else 0

    @property
    def accepted(self) -> int:
        """Return what is accepted of it, never more than is claimed."""
        return min(self.answered or 0, self.claimed)

    @property
    def eligible(self) -> bool:
        """Tell whether nothing keeps it out of a claim."""
        return self.standing and eligible(self.findings)

    @property
    def state(self) -> LineState:
        """Return where the line stands."""
        if not self.standing:
            return LineState.WITHDRAWN
        if self.line.basis == Basis.PREDICTED:
            return LineState.PREDICTED
        if self.line.terms != Terms.REIMBURSED:
            return LineState.BORNE
        if self.claim is None:
            return LineState.OPEN
        if self.answered is None:
            return LineState.CLAIMED
        if self.accepted == self.claimed:
            return LineState.ACCEPTED
        return LineState.PARTLY if self.accepted else LineState.DISPUTED


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one category, or of all, in cents."""

    label: str
    predicted: int = 0
    actual: int = 0
    borne: int = 0
    claimed: int = 0
    accepted: int = 0

    @property
    def difference(self) -> int:
        """Return actual less predicted."""
        return self.actual - self.predicted


@dataclass(frozen=True, slots=True)
class Book:
    """All that was said of the costs of one mission."""

    pledge: Pledge
    need: Need | None
    lines: list[BookLine]
    claims: list[Claim]
    moved: list[Money]
    currency: str = CURRENCY
    offered: dict[str, int] = field(default_factory=dict)
    """What the standing offer estimates for each category, in cents; it counts where no estimate was entered."""
    twice: list[Twice] = field(default_factory=list)
    account: Account | None = None
    """The receiver's own running sums, beside what is counted here record by record."""
    worked: int = 0
    """Minutes of the hours that standing labour lines name."""

    def _sum(self, name: str, label: str) -> Sums:
        lines = [one for one in self.lines if one.standing and name in {"", one.line.category}]
        actual = [one for one in lines if one.line.basis == Basis.ACTUAL]
        return Sums(
            label,
            predicted=self._predicted(name),
            actual=sum(one.line.amount for one in actual),
            borne=sum(one.line.amount for one in actual if one.line.terms != Terms.REIMBURSED),
            claimed=sum(one.claimed for one in actual),
            accepted=sum(one.accepted for one in actual),
        )

    @property
    def from_offer(self) -> bool:
        """Tell whether the estimate is the offer's, as none was entered line by line."""
        return bool(self.offered) and not any(
            one.standing and one.line.basis == Basis.PREDICTED for one in self.lines
        )

    def _predicted(self, name: str) -> int:
        if self.from_offer:
            return sum(cents for one, cents in self.offered.items() if name in {"", one})
        return sum(
            one.line.amount
            for one in self.lines
            if one.standing
            and one.line.basis == Basis.PREDICTED
            and name in {"", one.line.category}
        )

    @property
    def categories(self) -> list[Sums]:
        """Return the sums of each category, in the order of the form."""
        return [self._sum(one.value, str(one.label)) for one in Category]

    @property
    def total(self) -> Sums:
        """Return the sums of all categories."""
        return self._sum("", "")

    def _moved(self, sort: Moved) -> int:
        return sum(one.cents for one in self.moved if one.sort == sort)

    @property
    def advanced(self) -> int:
        """Return what was paid in advance."""
        return self._moved(Moved.ADVANCE)

    @property
    def paid(self) -> int:
        """Return what was paid on claims."""
        return self._moved(Moved.PAYMENT)

    @property
    def repaid(self) -> int:
        """Return what the giver paid back."""
        return self._moved(Moved.REPAYMENT)

    @property
    def settled(self) -> int:
        """Return how much of what was accepted is paid, advances counted. Never more than was accepted."""
        return max(0, min(self.total.accepted, self.advanced + self.paid - self.repaid))

    @property
    def due(self) -> int:
        """Return what is still to be paid to the giver; below zero, what the giver must pay back."""
        return self.total.accepted - self.advanced - self.paid + self.repaid

    @property
    def payable(self) -> int:
        """Return how much of what is due can be paid on claims: what was paid back is due again, but as an advance.

        The one that was helped pays within its own account, which does not know what the giver says it paid back.
        """
        own = self.account or Account()
        left: int = own.accepted - own.advanced - own.paid
        return max(0, min(self.due, left))

    @property
    def overpaid(self) -> bool:
        """Tell whether more was paid than was accepted, and nothing waits for an answer any more."""
        return self.due < 0 and self.total.claimed > 0 and not self.unanswered and not self.to_claim

    @property
    def unanswered(self) -> list[BookLine]:
        """Return the lines that are claimed and not answered."""
        return [one for one in self.lines if one.state == LineState.CLAIMED]

    @property
    def to_claim(self) -> list[BookLine]:
        """Return the lines that may be claimed now."""
        return [one for one in self.lines if one.state == LineState.OPEN and one.eligible]

    @property
    def open(self) -> list[BookLine]:
        """Return the lines to be reimbursed that are not claimed, eligible or not."""
        return [one for one in self.lines if one.state == LineState.OPEN]

    @property
    def closed(self) -> bool:
        """Tell whether all that was claimed is answered and paid, and nothing more can be claimed."""
        claimed = self.total.claimed > 0
        return claimed and not self.unanswered and not self.to_claim and self.due == 0


def books(pledges: Iterable[Pledge], log: str | None) -> list[Book]:
    """Return the accounts of these missions as officers of `log` may read them. A fixed number of queries."""
    listed = {pledge.key: pledge for pledge in pledges}
    homes = {one.home for one in listed.values()}
    needs = Need.objects.in_bulk({pledge.need for pledge in listed.values()})
    lines, claims = _of(CostLine, listed), _of(Claim, listed)
    evidence = _evidence([one.key for rows in lines.values() for one in rows], log)
    accounts, moved = _accounts(listed), _moved(listed)
    hours = {row.key: row for row in Hours.objects.filter(home__in=homes)}
    refs = dict(Person.objects.filter(home__in=homes).values_list("key", "ref"))
    twice = counted_twice(hours.values(), refs)
    offers = _offers(listed)
    made = []
    for key, pledge in listed.items():
        here = [one for one in twice if _touches(one, hours, key)]
        own = lines[key]
        currency = next((one.currency for one in own if one.withdrawn_at is None), CURRENCY)
        account = accounts.get((key, currency))
        reading = _Reading(
            {one.key: one for one in claims[key] if one.withdrawn_at is None},
            account.answers if account is not None else {},
            hours,
            _doubled(own, here),
            needs.get(pledge.need),
        )
        made.append(
            Book(
                pledge,
                needs.get(pledge.need),
                [_line(one, evidence[one.key], reading) for one in own],
                claims[key],
                [one for one in moved[key] if one.currency == currency],
                currency,
                offers.get(key, {}),
                here,
                account,
                _worked(own, hours),
            )
        )
    return made


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the lines of one mission are read with."""

    claims: dict[str, Claim]
    answers: dict[str, Any]
    hours: dict[str, Hours]
    doubled: set[str]
    need: Need | None


def _of(model: type[L], listed: dict[str, Pledge]) -> dict[str, list[L]]:
    """Return the rows of each mission that its giver wrote, in the order of its log."""
    found: dict[str, list[L]] = defaultdict(list)
    for row in model._default_manager.filter(pledge__in=listed):
        if row.home == listed[row.pledge].home:
            found[row.pledge].append(row)
    for rows in found.values():
        rows.sort(key=lambda one: split(one.key)[1])
    return found


def _evidence(lines: list[str], log: str | None) -> dict[str, list[Evidence]]:
    """Return what was attached to each line, as far as officers of `log` may read it. Nobody attaches to another's."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for proof in readable(Evidence, log).filter(line__in=lines).order_by("at", "key"):
        found[proof.line].append(proof)
    return found


def _accounts(listed: dict[str, Pledge]) -> dict[tuple[str, str], Account]:
    """Return what the one that was helped says, by mission and currency."""
    return {
        (one.pledge, one.currency): one
        for one in Account.objects.filter(pledge__in=listed)
        if one.home == listed[one.pledge].needer
    }


def _moved(listed: dict[str, Pledge]) -> dict[str, list[Money]]:
    """Return what was paid, by whoever may pay it."""
    found: dict[str, list[Money]] = defaultdict(list)
    for paid in Money.objects.filter(pledge__in=listed).order_by("when", "key"):
        pledge = listed[paid.pledge]
        if paid.home == (pledge.home if paid.sort == Moved.REPAYMENT else pledge.needer):
            found[paid.pledge].append(paid)
    return found


def _offers(listed: dict[str, Pledge]) -> dict[str, dict[str, int]]:
    """Return what the offer that stands on each mission estimates, in cents."""
    threads = Thread.objects.filter(
        key__in=[f"{one.home}/thread/{one.key}" for one in listed.values()]
    )
    offers = Offer.objects.in_bulk({one.offer for one in threads if one.offer})
    found = {}
    for offer in offers.values():
        pledge = listed.get(offer.pledge)
        if pledge is not None and offer.home == pledge.home and not offer.withdrawn_at:
            found[pledge.key] = {one: cents * 100 for one, cents in offer.costs.items()}
    return found


def _worked(lines: list[CostLine], hours: dict[str, Hours]) -> int:
    """Return the minutes of all hours that standing labour lines of actual cost name, each as often as it is named."""
    named = [
        hours[key]
        for line in lines
        if line.withdrawn_at is None and line.basis == Basis.ACTUAL
        for key in line.hours
        if key in hours
    ]
    return sum(sum(person_minutes(one)) for one in named)


def _touches(twice: Twice, hours: dict[str, Hours], pledge: str) -> bool:
    return pledge in {hours[twice.first].pledge, hours[twice.second].pledge}


def _doubled(lines: list[CostLine], twice: list[Twice]) -> set[str]:
    """Return the labour lines that count hours which stand twice, in the hours or in two lines."""
    wrong = {key for one in twice for key in (one.first, one.second)}
    counted: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.withdrawn_at is None and line.basis == Basis.ACTUAL:
            for key in line.hours:
                counted[key].add(line.key)
    found = {one for key, by in counted.items() if len(by) > 1 for one in by}
    return found | {one for key, by in counted.items() if key in wrong for one in by}


def _line(line: CostLine, evidence: list[Evidence], reading: _Reading) -> BookLine:
    hours, need = reading.hours, reading.need
    gone = any(key not in hours or hours[key].withdrawn_at is not None for key in line.hours)
    known = facts(
        line,
        evidence=bool(evidence),
        withdrawn_hours=gone,
        twice=line.key in reading.doubled,
        before=bool(line.incurred and need is not None and line.incurred < need.at),
    )
    word = reading.answers.get(line.key)
    if word is not None and (word["claim"] != line.claim or line.claim not in reading.claims):
        word = None  # it answered a claim that was withdrawn; the line may stand in another now
    return BookLine(
        line,
        evidence,
        findings(known),
        reading.claims.get(line.claim),
        int(word["cents"]) if word else None,
        str(word["why"]) if word else "",
        str(word["record"]) if word else "",
    )
