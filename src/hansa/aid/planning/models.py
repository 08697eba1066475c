"""What members would lend and can move, who may call next, the plans made of it, and what was declined of them."""

from typing import Any, ClassVar

from django.db import models

from hansa.aid.words import Unit
from hansa.kernel.models import Row


def _index() -> "models.BigIntegerField[Any, Any]":
    """Index, in its row's own log, of the record that is the word that counts."""
    return models.BigIntegerField(default=0)


class Availability(Row):
    """How much of an item a member would lend. Its key is `log/availability/item`; 0 lends nothing.

    Pledges that its log holds after `index` are to be taken off; `ready_hours` count from when it was said. `floor` is
    what it says that it keeps besides; 0 says nothing of it.
    """

    item = models.CharField(max_length=60)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    batch = models.BigIntegerField(default=1)
    place = models.CharField(max_length=140, default="")
    ready_hours = models.IntegerField(default=0)
    until = models.DateTimeField(null=True)
    index = _index()

    class Meta:
        """A member reads its own; the planner reads all."""

        indexes: ClassVar = [models.Index(fields=["home"], name="availability_by_home")]

    def __str__(self) -> str:
        """Return what would be lent in words."""
        from hansa.aid.catalogue import amount

        return amount(self.quantity, self.unit, self.item)


class Capacity(Row):
    """What a member's trucks move and its docks take in, m3 in so many hours; NULL where it binds nothing."""

    trucks = models.BigIntegerField(null=True)
    docks = models.BigIntegerField(null=True)
    hours = models.IntegerField(default=24)
    index = _index()


class Expected(Row):
    """That a member may be the next to call, as another or itself says. Key: `log/next-call/log of that member`.

    `chance` in percent until `until`, NULL where nobody can tell; 0 takes it back. `rests_on` says where it comes from.
    """

    member = models.CharField(max_length=80)
    chance = models.IntegerField(null=True)
    rests_on = models.CharField(max_length=280)
    until = models.DateTimeField()
    index = _index()


class Plan(Row):
    """A published plan. Nothing in it is decided.

    `reads` maps each log to how many of its entries were known; `lines` are {giver, need, item, quantity, minutes};
    `inputs` and `digest` are the SHA-256 that its file names of what was asked and of what was answered;
    `cost` in thousandths of a weighted hour, `gap` in millionths of the cost; `flows` counts all lines there were.
    `fair`: the call that gets least was raised; `guard`: it holds back for who may call next.
    """

    calls = models.JSONField(default=list)
    reads = models.JSONField(default=dict)
    inputs = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    cost = models.BigIntegerField()
    gap = models.BigIntegerField()
    flows = models.IntegerField(default=0)
    fair = models.BooleanField(default=False)
    guard = models.BooleanField(default=False)
    lines = models.JSONField(default=list)
    files = models.JSONField(default=list)

    class Meta:
        """The latest are looked at first."""

        indexes: ClassVar = [models.Index(fields=["at"], name="plan_by_time")]


class Declined(Row):
    """That a member said no to a line of a plan. Key: `log/plan-decline/need`."""

    plan = models.CharField(max_length=80)
    need = models.CharField(max_length=80, db_index=True)
    item = models.CharField(max_length=60)
    why = models.CharField(max_length=280)
    index = _index()
