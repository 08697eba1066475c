"""What a mission costs, line by line, and what proves it."""

import re
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from hansa.aid.costs.models import CostLine, Evidence
from hansa.aid.costs.sums import labour, person_minutes_of
from hansa.aid.costs.words import CURRENCY, Basis, Category, Nature, Terms
from hansa.aid.models import Pledge
from hansa.aid.people.models import Hours
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.models import Row
from hansa.kernel.record import OWN, PACT, Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of

_CURRENCY = re.compile(r"[A-Z]{3}")
MINUTES = 10**7
"""Minutes that one line may count: nineteen years of one person."""
SUMS = 200
"""Records of hours, or lines, that one record may add up."""


class CostSaid(Record, kind="aid.cost/1", row=CostLine, by="logistics"):
    """{author} enters a cost: {what}."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    basis: Basis = ask("Was it spent, or is it an estimate?", example="actual")
    category: Category = ask("Which line?", example="travel")
    what: str = ask("What for?", most=200, example="Fuel for truck 12, Chicago to Los Angeles")
    incurred: datetime | None = ask(
        "When was it spent?",
        default=None,
        example="2025-06-09T12:00-05:00",
        help="An actual cost has a date.",
    )
    count: int = ask("How many?", least=1, most=10**6, default=1, example=3)
    unit: str = ask("Of what?", most=40, default="", example="nights")
    price_cents: int = ask(
        "Price of one",
        least=1,
        most=10**10,
        example=14_500,
        help="In US dollars with cents, unless you name another currency below.",
    )
    terms: Terms = ask("Who bears it?", default=Terms.REIMBURSED, example="reimbursed")
    nature: Nature = ask("What sort of expense is it?", default=Nature.ORDINARY, example="ordinary")
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD")

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept."""
        return [(Pledge, self.pledge)]

    def judge(self, row: CostLine | None, saying: Saying) -> str | None:
        """A cost of one's own, in a currency."""
        return judge_line(saying, self.pledge, self.currency)

    def check(self, row: CostLine | None, saying: Saying) -> None:
        """An actual cost has been spent."""
        check_line(saying, self.pledge, self.currency)
        if self.basis == Basis.ACTUAL and self.incurred is None:
            raise Refused(_("Say when it was spent, or call it an estimate."), field="incurred")
        if self.basis == Basis.ACTUAL and self.incurred is not None and self.incurred > saying.at:
            raise Refused(
                _("What is not spent yet is an estimate: choose “Predicted”."), field="incurred"
            )

    def apply(self, row: CostLine, saying: Saying) -> None:
        """Open the line: so many at such a price."""
        row.pledge, row.basis, row.category = self.pledge, self.basis.value, self.category.value
        row.nature, row.terms, row.what = self.nature.value, self.terms.value, self.what
        row.incurred, row.count, row.unit = self.incurred, self.count, self.unit
        row.price, row.currency = self.price_cents, self.currency
        row.amount = self.count * self.price_cents


class LabourSaid(Record, kind="aid.labour/1", row=CostLine, by="logistics"):
    """{author} enters labour: {what}."""

    pledge: Ref[Pledge] = about("Of which mission?", shown=False)
    basis: Basis = ask("Were they worked, or is it an estimate?", example="actual")
    what: str = ask("Whose work?", most=200, example="Paramedics, 10 to 24 June")
    hours: list[Ref[Hours]] = about(
        "Which hours does it count?", default=[], most=SUMS, shown=False
    )
    regular_minutes: int = ask(
        "Regular time in minutes",
        most=MINUTES,
        example=28_800,
        help="Of all people together: 60 for each hour of each person.",
    )
    overtime_minutes: int = ask(
        "Overtime in minutes", most=MINUTES, default=0, example=4_800, help="Of all together."
    )
    rate_cents: int = ask("Hourly rate", most=10**7, example=4_250)
    overtime_rate_cents: int = ask("Hourly rate in overtime", most=10**7, default=0, example=6_375)
    fringe_hundredths: int = ask(
        "Fringe benefits in percent of pay",
        most=100_000,
        default=0,
        example=3_050,
        help="30.50 means that each dollar of pay costs another 30.5 cents.",
    )
    terms: Terms = ask("Who bears it?", default=Terms.REIMBURSED, example="reimbursed")
    currency: str = ask("Currency", most=3, default=CURRENCY, example="USD")

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge that is kept, and the hours that are counted."""
        return [(Pledge, self.pledge), *((Hours, key) for key in self.hours)]

    def judge(self, row: CostLine | None, saying: Saying) -> str | None:
        """Hours of one's own that stand and belong to this mission."""
        for key in self.hours:
            hours = saying.own(Hours, key)
            if hours is None or hours.pledge != self.pledge or hours.withdrawn_at is not None:
                return "not-those-hours"
        return judge_line(saying, self.pledge, self.currency)

    def check(self, row: CostLine | None, saying: Saying) -> None:
        """The minutes are those of the hours, and nobody's hours are paid twice."""
        check_line(saying, self.pledge, self.currency)
        if not self.hours:
            if self.basis == Basis.ACTUAL:
                raise Refused(
                    _("Choose the hours that were worked. Keep them first on the people page."),
                    field="hours",
                )
            return
        regular, overtime = person_minutes_of(Hours.objects.filter(key__in=self.hours))
        if (self.regular_minutes, self.overtime_minutes) != (regular, overtime):
            words = {"regular": regular, "overtime": overtime}
            raise Refused(
                _(
                    "These hours are %(regular)s minutes of regular time and %(overtime)s of overtime. Choose others, or correct the hours."
                )
                % words,
                field="regular_minutes",
            )
        standing = CostLine.objects.filter(
            pledge=self.pledge, home=saying.log, labour=True, withdrawn_at=None, basis="actual"
        )
        twice = {key for one in standing for key in one.hours} & set(self.hours)
        if twice and self.basis == Basis.ACTUAL:
            raise Refused(
                _("%(hours)s is counted in another line already. Withdraw that line first.")
                % {"hours": min(twice)},
                field="hours",
                code="twice",
            )

    def apply(self, row: CostLine, saying: Saying) -> None:
        """Open the line: time at rates, and fringe benefits on top."""
        row.pledge, row.basis, row.category = self.pledge, self.basis.value, Category.PERSONNEL
        row.nature, row.terms, row.what = Nature.ORDINARY, self.terms.value, self.what
        row.labour, row.hours, row.incurred = True, list(self.hours), None
        row.regular, row.overtime = self.regular_minutes, self.overtime_minutes
        row.rate, row.overtime_rate = self.rate_cents, self.overtime_rate_cents
        row.fringe, row.currency = self.fringe_hundredths, self.currency
        row.amount = labour(row.regular, row.overtime, row.rate, row.overtime_rate, row.fringe)


def judge_line(saying: Saying, pledge: str, currency: str) -> str | None:
    """Return why a line cannot stand."""
    if saying.own(Pledge, pledge) is None:
        return "not-own-pledge"
    return None if _CURRENCY.fullmatch(currency) else "bad-currency"


def check_line(saying: Saying, pledge: str, currency: str) -> None:
    """Refuse a line of another's mission, or in another currency than the mission's first."""
    if home_of(pledge) != saying.log:
        raise Refused(_("Enter what your own member spends."), field="pledge")
    if not _CURRENCY.fullmatch(currency):
        raise Refused(
            _("Name the currency in three capital letters: USD."),
            field="currency",
            code="bad-currency",
        )
    other = CostLine.objects.filter(pledge=pledge, home=saying.log, withdrawn_at=None)
    first = other.exclude(currency=currency).first()
    if first is not None:
        raise Refused(
            _("This mission is counted in %(currency)s. Give the amount in it.")
            % {"currency": first.currency},
            field="currency",
        )


class CostWithdrawn(Record, kind="aid.cost-end/1", row=CostLine, by="logistics"):
    """{author} withdraws a cost line: {why}"""

    line: Ref[CostLine] = upon("Which line?")
    why: str = ask("Why?", most=280, example="Entered twice.")

    def judge(self, row: CostLine, saying: Saying) -> str | None:
        """Once, and not while it stands in a claim."""
        if row.withdrawn_at:
            return "withdrawn-before"
        return "claimed" if row.claim else None

    def check(self, row: CostLine | None, saying: Saying) -> None:
        """Say what to do with a line that is claimed."""
        if row is not None and row.claim:
            raise Refused(
                _(
                    "This line stands in a claim. Withdraw the claim first, then claim the rest anew."
                ),
                field="line",
                code="claimed",
            )

    def apply(self, row: CostLine, saying: Saying) -> None:
        """Count it no more; it stays readable."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why


class EvidenceGiven(
    Record,
    kind="aid.evidence/1",
    row=Evidence,
    by="logistics",
    audience=(PACT, OWN),
    erasable=True,
    sealable=True,
):
    """{author} attaches evidence to a cost line: {what}."""

    line: Ref[CostLine] = about("For which line?", shown=False)
    what: str = ask("What is it?", most=200, example="Receipt of the fuel station, 9 June")
    files: list[File] = ask(
        "The files",
        least=1,
        most=20,
        example=[{"sha256": "0" * 64, "name": "receipt.pdf", "size": 4096}],
        help="They are kept by their hash. Black out what is private, or choose below who may read it.",
    )

    def judge(self, row: Evidence, saying: Saying) -> str | None:
        """For a line of one's own."""
        return "not-own-line" if home_of(self.line) != saying.log else None

    def apply(self, row: Evidence, saying: Saying) -> None:
        """Keep names and hashes."""
        row.line, row.what, row.files = self.line, self.what, msgspec.to_builtins(self.files)
