"""What is claimed of a mission, what the one that was helped accepts of it, and what is paid."""

from datetime import datetime
from typing import Annotated

import msgspec
from django.utils.translation import gettext as _

from hansa.aid.costs.models import Account, Claim, CostLine, Money
from hansa.aid.costs.records.lines import SUMS
from hansa.aid.costs.sums import money
from hansa.aid.costs.words import CURRENCY, MOST_CENTS, Basis, Moved, Terms
from hansa.aid.models import Pledge
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import REF_PATTERN, Ref, home_of


class Claimed(Record, kind="aid.claim/1", row=Claim, by="sign", weighty=True):
    """{author} claims the costs of a mission ({pledge})."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    lines: list[Ref[CostLine]] = about("Which lines do you claim?", least=1, most=SUMS)
    total_cents: int = ask(
        "Their sum", least=1, most=MOST_CENTS * SUMS, example=1_250_000, shown=False
    )
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD", shown=False)
    words: str = ask("A word with it", most=280, default="", example="First of two claims.")

    def near(self) -> list[tuple[type[Row], str]]:
        """The lines that are claimed."""
        return [(CostLine, key) for key in self.lines]

    def judge(self, row: Claim | None, saying: Saying) -> str | None:
        """Lines of one's own that stand, that were spent, that are to be reimbursed, claimed once; and their sum."""
        total = 0
        for key in set(self.lines):
            line = saying.own(CostLine, key)
            if line is None or not claimable(line, self.pledge, self.currency):
                return "not-claimable"
            total += line.amount
        return None if total == self.total_cents else "not-that-sum"

    def apply(self, row: Claim, saying: Saying) -> None:
        """Open the claim; each line stands in it."""
        row.pledge, row.lines = self.pledge, sorted(set(self.lines))
        row.total, row.currency, row.words = self.total_cents, self.currency, self.words
        for key in row.lines:
            line = saying.own(CostLine, key)
            if line is not None:
                line.claim = row.key
                saying.change(line)


def claimable(line: CostLine, pledge: str, currency: str) -> bool:
    """Tell whether a line may be claimed now, as far as its own log knows."""
    return (
        line.pledge == pledge
        and line.currency == currency
        and line.basis == Basis.ACTUAL
        and line.terms == Terms.REIMBURSED
        and line.withdrawn_at is None
        and not line.claim
    )


class ClaimWithdrawn(Record, kind="aid.claim-end/1", row=Claim, by="sign", weighty=True):
    """{author} withdraws a claim: {why}"""

    claim: Ref[Claim] = upon("Which claim?")
    why: str = ask("Why?", most=280, example="A line was wrong; it is claimed anew.")

    def judge(self, row: Claim, saying: Saying) -> str | None:
        """Once."""
        return "withdrawn-before" if row.withdrawn_at else None

    def apply(self, row: Claim, saying: Saying) -> None:
        """Free its lines."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why
        for key in row.lines:
            line = saying.own(CostLine, key)
            if line is not None and line.claim == row.key:
                line.claim = ""
                saying.change(line)


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one line is accepted, and why no more."""

    line: Annotated[str, msgspec.Meta(pattern=REF_PATTERN)]
    cents: Annotated[int, msgspec.Meta(ge=0, le=MOST_CENTS * SUMS)]
    why: Annotated[str, msgspec.Meta(max_length=280)] = ""


class ClaimAnswered(Record, kind="aid.claim-answer/1", row=Account, by="sign", weighty=True):
    """{author} answers a claim ({claim})."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    claim: Ref[Claim] = about("Which claim?", shown=False)
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD", shown=False)
    words: list[Word] = ask(
        "What is accepted of each line?",
        least=1,
        most=SUMS,
        example=[{"line": "us-ca@1", "cents": 14_500}],
        shown=False,
    )

    def judge(self, row: Account | None, saying: Saying) -> str | None:
        """Nobody answers its own claim; what was paid is not taken back by answering less."""
        if home_of(self.pledge) == saying.log or home_of(self.claim) == saying.log:
            return "own-claim"
        if row is None:
            return None
        changed = {**row.answers, **{word.line: {"cents": word.cents} for word in self.words}}
        return "too-much" if sum(one["cents"] for one in changed.values()) < row.paid else None

    def check(self, row: Account | None, saying: Saying) -> None:
        """Answer a claim on yourself that stands, and say why where you accept less than is claimed."""
        claim = Claim.objects.filter(key=self.claim, pledge=self.pledge, withdrawn_at=None).first()
        pledge = Pledge.objects.filter(key=self.pledge, needer=saying.log).first()
        if claim is None or pledge is None or claim.currency != self.currency:
            raise Refused(_("There is no such claim on your member, or it was withdrawn."))
        amounts = dict(
            CostLine.objects.filter(claim=claim.key, home=claim.home).values_list("key", "amount")
        )
        for word in self.words:
            if word.line not in amounts:
                raise Refused(_("%(line)s does not stand in this claim.") % {"line": word.line})
            if word.cents > amounts[word.line]:
                raise Refused(
                    _("Only %(most)s is claimed for %(line)s.")
                    % {"most": money(amounts[word.line], claim.currency), "line": word.line},
                    code="too-much",
                )
            if word.cents < amounts[word.line] and not word.why:
                raise Refused(
                    _("Say why you do not accept all of %(line)s.") % {"line": word.line},
                    code="no-reason",
                )

    def suffix(self) -> str:
        """One account for each mission and currency."""
        return f"account/{self.pledge}/{self.currency}"

    def apply(self, row: Account, saying: Saying) -> None:
        """Keep the latest word on each line."""
        row.pledge, row.currency = self.pledge, self.currency
        said = {"claim": self.claim, "record": saying.position}
        words = {word.line: {**said, "cents": word.cents, "why": word.why} for word in self.words}
        row.answers = {**row.answers, **words}


class Paid(Record, kind="aid.payment/1", row=Money, by="sign", weighty=True):
    """{author} pays on a claim ({claim})."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    claim: Ref[Claim] = about("On which claim?", shown=False)
    cents: int = ask("How much?", least=1, most=MOST_CENTS, example=1_250_000)
    when: datetime = ask("When was it paid?", example="2025-08-01T12:00-07:00")
    reference: str = ask("Reference of the payment", default="", example="Warrant 88-1423")
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD", shown=False)

    def near(self) -> list[tuple[type[Row], str]]:
        """The account from which it is paid."""
        return [(Account, _suffix(self.pledge, self.currency))]

    def judge(self, row: Money | None, saying: Saying) -> str | None:
        """No more than the same member has accepted, advances taken off."""
        account = saying.sub(Account, _suffix(self.pledge, self.currency))
        if account is None:
            return "too-much"
        left = account.accepted - account.advanced - account.paid
        return "too-much" if self.cents > left else None

    def check(self, row: Money | None, saying: Saying) -> None:
        """Say how much is left to pay."""
        account = saying.sub(Account, _suffix(self.pledge, self.currency))
        left = account.accepted - account.advanced - account.paid if account is not None else 0
        if self.cents > left:
            raise Refused(
                _("Of what you accepted, %(left)s is left to pay. Accept more of the claim first.")
                % {"left": money(max(left, 0), self.currency)},
                field="cents",
                code="too-much",
            )
        _require_past(saying, self.when)

    def apply(self, row: Money, saying: Saying) -> None:
        """Keep the payment."""
        row.pledge, row.claim, row.sort = self.pledge, self.claim, Moved.PAYMENT
        row.cents, row.currency = self.cents, self.currency
        row.when, row.reference = self.when, self.reference
        account = saying.open(Account, _suffix(self.pledge, self.currency))
        account.pledge, account.currency = self.pledge, self.currency
        account.paid += self.cents


class Advanced(Record, kind="aid.advance/1", row=Money, by="sign", weighty=True):
    """{author} pays an advance on a mission ({pledge})."""

    pledge: Ref[Pledge] = about("On which mission?", shown=False)
    cents: int = ask("How much?", least=1, most=MOST_CENTS, example=500_000)
    when: datetime = ask("When was it paid?", example="2025-06-12T12:00-07:00")
    reference: str = ask("Reference of the payment", default="", example="Warrant 88-1201")
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD", shown=False)

    def judge(self, row: Money | None, saying: Saying) -> str | None:
        """Nobody pays itself, and not without end."""
        if home_of(self.pledge) == saying.log:
            return "own-mission"
        account = saying.sub(Account, _suffix(self.pledge, self.currency))
        before = account.advanced if account is not None else 0
        return "too-much" if before + self.cents > MOST_CENTS else None

    def check(self, row: Money | None, saying: Saying) -> None:
        """An advance on aid to oneself, that has been paid."""
        if not Pledge.objects.filter(key=self.pledge, needer=saying.log).exists():
            raise Refused(_("Pay advances on aid that comes to your own member."), field="pledge")
        _require_past(saying, self.when)

    def apply(self, row: Money, saying: Saying) -> None:
        """Keep the advance; it is taken off what is due."""
        row.pledge, row.claim, row.sort = self.pledge, "", Moved.ADVANCE
        row.cents, row.currency = self.cents, self.currency
        row.when, row.reference = self.when, self.reference
        account = saying.open(Account, _suffix(self.pledge, self.currency))
        account.pledge, account.currency = self.pledge, self.currency
        account.advanced += self.cents


class PaidBack(Record, kind="aid.repayment/1", row=Money, by="sign", weighty=True):
    """{author} pays back what was advanced and not needed ({pledge})."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    cents: int = ask("How much?", least=1, most=MOST_CENTS, example=40_000)
    when: datetime = ask("When was it paid?", example="2025-09-01T12:00-05:00")
    reference: str = ask("Reference of the payment", default="", example="Transfer 5521")
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD", shown=False)

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that was kept."""
        return [(Pledge, self.pledge)]

    def judge(self, row: Money | None, saying: Saying) -> str | None:
        """The giver pays back."""
        return "not-own-pledge" if saying.own(Pledge, self.pledge) is None else None

    def check(self, row: Money | None, saying: Saying) -> None:
        """What has been paid."""
        if home_of(self.pledge) != saying.log:
            raise Refused(_("Only the giver pays back."), field="pledge")
        _require_past(saying, self.when)

    def apply(self, row: Money, saying: Saying) -> None:
        """Keep the payment."""
        row.pledge, row.claim, row.sort = self.pledge, "", Moved.REPAYMENT
        row.cents, row.currency = self.cents, self.currency
        row.when, row.reference = self.when, self.reference


def _suffix(pledge: str, currency: str) -> str:
    return f"account/{pledge}/{currency}"


def _require_past(saying: Saying, when: datetime) -> None:
    if when > saying.at:
        raise Refused(_("This time is still to come. Say it when it is paid."), field="when")
