"""What the records about costs add up to. Amounts are whole cents of their currency, never floats."""

from typing import Any, ClassVar

from django.db import models

from hansa.aid.costs.words import CURRENCY, Basis, Category, Moved, Nature, Terms
from hansa.kernel.models import Row


def _ref(**rest: Any) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=80, **rest)


def _cents(**rest: Any) -> "models.BigIntegerField[Any, Any]":
    return models.BigIntegerField(default=0, **rest)


def _currency() -> "models.CharField[Any, Any]":
    return models.CharField(max_length=3, default=CURRENCY)


class CostLine(Row):
    """One line of what a mission costs. Lives in the giver's log; `claim` names the claim in which it stands.

    A labour line has minutes and rates (`fringe` in hundredths of a percent) and names the hours it counts; any
    other has a count of units at a price. `amount` is worked out from either.
    """

    pledge = _ref(db_index=True)
    basis = models.CharField(max_length=9, choices=Basis.choices)
    category = models.CharField(max_length=11, choices=Category.choices)
    nature = models.CharField(max_length=8, choices=Nature.choices, default=Nature.ORDINARY)
    terms = models.CharField(max_length=10, choices=Terms.choices)
    what = models.CharField(max_length=200)
    incurred = models.DateTimeField(null=True)
    count = models.BigIntegerField(default=1)
    unit = models.CharField(max_length=40, default="")
    price = _cents()
    labour = models.BooleanField(default=False)
    regular = models.BigIntegerField(default=0)
    overtime = models.BigIntegerField(default=0)
    rate = _cents()
    overtime_rate = _cents()
    fringe = models.IntegerField(default=0)
    hours = models.JSONField(default=list)
    amount = _cents()
    currency = _currency()
    claim = _ref(default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=280, default="")

    def __str__(self) -> str:
        """Return what it is for."""
        return self.what


class Evidence(Row):
    """Files that prove a cost line, by their hashes."""

    line = _ref(db_index=True)
    what = models.CharField(max_length=200)
    files = models.JSONField(default=list)


class Claim(Row):
    """What a giver asks to be reimbursed: lines of one mission, and their sum when they were claimed."""

    pledge = _ref(db_index=True)
    lines = models.JSONField(default=list)
    total = _cents()
    currency = _currency()
    words = models.CharField(max_length=280, default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = models.CharField(max_length=280, default="")


class Account(Row):
    """What the receiver of a mission says of its claims and pays on them, in one currency. Lives in its own log.

    `answers` maps each line to {claim, cents, why, record}: the latest word. Nobody pays more than was accepted.
    """

    pledge = _ref(db_index=True)
    currency = _currency()
    answers = models.JSONField(default=dict)
    advanced = _cents()
    paid = _cents()

    @property
    def accepted(self) -> int:
        """Return the sum of what was accepted, in cents."""
        return sum(int(word["cents"]) for word in self.answers.values())


class Money(Row):
    """That money went from one member to the other. Lives in the log of whoever paid."""

    pledge = _ref(db_index=True)
    sort = models.CharField(max_length=9, choices=Moved.choices)
    claim = _ref(default="")
    cents = _cents()
    currency = _currency()
    when = models.DateTimeField()
    reference = models.CharField(max_length=140, default="")

    class Meta:
        """A member reads its own."""

        indexes: ClassVar = [models.Index(fields=["home"], name="money_by_home")]
