"""What missions' records add up to. Rows are safe to drop; only `apply` writes them."""

from typing import Any, ClassVar

from django.db import models

from hansa.aid.missions.words import Terms, Travel
from hansa.aid.words import Unit
from hansa.kernel.models import Row


def _ref(**rest: Any) -> "models.CharField[Any, Any]":
    """A key. Only those by which rows are looked up have an index: each costs every write."""
    return models.CharField(max_length=80, **rest)


def _text(most: int = 280) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=most, default="")


class Promise(Row):
    """What is promised to whom: shared by an offer and the mission that comes of it.

    `unit_id` is the team's own identifier, "" where it has none; `unit_code` is how it is compared.
    """

    call = _ref()
    need = _ref(db_index=True)
    pledge = _ref(db_index=True)
    receiver = models.CharField(max_length=63, db_index=True)
    item = models.CharField(max_length=60)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField(default=0)
    unit_id = models.CharField(max_length=60, default="")
    unit_code = models.CharField(max_length=180, default="", db_index=True)
    starts = models.DateTimeField(null=True)
    ends = models.DateTimeField(null=True)

    class Meta:
        """Offers and missions derive from it."""

        abstract = True

    def __str__(self) -> str:
        """Return quantity, unit and item in words, and the team."""
        from hansa.aid.catalogue import amount

        words = amount(self.quantity, self.unit, self.item)
        return f"{words} ({self.unit_id})" if self.unit_id else words


class Offer(Promise):
    """One version of what a giver offers on a pledge. A later version names it in `replaces`; nothing else changes it.

    Costs are estimates in whole US dollars, in the five lines of a mission-ready package.
    """

    version = models.IntegerField(default=1)
    replaces = _ref(default="")
    replaced_by = _ref(default="")
    package = _ref(default="")
    people = models.IntegerField(default=0)
    positions = _text()
    travel = models.CharField(max_length=8, choices=Travel.choices, default=Travel.ROAD)
    limitations = _text()
    credentials = _text()
    insured = models.BooleanField(default=False)
    terms = models.CharField(max_length=10, choices=Terms.choices, default=Terms.REIMBURSED)
    costs = models.JSONField(default=dict)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = _text()

    class Meta:
        """A member reads its own."""

        indexes: ClassVar = [models.Index(fields=["home"], name="offer_by_home")]

    @property
    def total(self) -> int:
        """Return the estimate in whole US dollars."""
        return sum(self.costs.values())


class Thread(Row):
    """What the giver's log says last of one pledge: which offer stands, which agreement it signed, which order is out."""

    offer = _ref(default="")
    version = models.IntegerField(default=0)
    agreement = _ref(default="")
    mission = _ref(default="")


class Committed(Row):
    """That a team is out, or about to leave, on one mission of its member; "" when it is free."""

    unit_id = models.CharField(max_length=60, default="")
    mission = _ref(default="")


class Agreement(Row):
    """The receiver's signature under exactly one version of an offer.

    `recognises`: the licences named in the offer count here. `covers`: the receiver answers for harm and loss.
    `request` counts how often the request had been changed by then.
    """

    call = _ref()
    need = _ref(db_index=True)
    pledge = _ref(db_index=True)
    offer = _ref(db_index=True)
    giver = models.CharField(max_length=63)
    quantity = models.BigIntegerField(default=0)
    conditions = _text()
    recognises = models.BooleanField(default=False)
    covers = models.BooleanField(default=False)
    request = models.IntegerField(default=0)


class Countersignature(Row):
    """The giver's signature under the receiver's agreement. The first word holds."""

    agreement = _ref(db_index=True)
    offer = _ref(default="")


class Mission(Promise):
    """The giver's order, and what it says of the mission since: `steps` maps each step to {at, record, when, words}.

    `agreement` and `offer` are those in force: an amendment that both signed replaces them.
    """

    offer = _ref()
    agreement = _ref()
    people = models.IntegerField(default=0)
    report_to = _text()
    order_at = models.DateTimeField()
    steps = models.JSONField(default=dict)
    recalled_at = models.DateTimeField(null=True)
    recalled_why = _text()
    extensions = models.JSONField(default=list)

    class Meta:
        """A member reads its own."""

        indexes: ClassVar = [models.Index(fields=["home"], name="mission_by_home")]


class Reception(Row):
    """What the receiver says of a mission that comes to it: `steps` as in a mission; `quantity` was checked in."""

    mission = _ref(db_index=True)
    need = _ref()
    quantity = models.BigIntegerField(default=0)
    steps = models.JSONField(default=dict)


class Extension(Row):
    """That the receiver asks a mission to stay until a later day. It stays when the giver consents, too."""

    mission = _ref(db_index=True)
    until = models.DateTimeField()
    why = _text()

    class Meta:
        """Another part has extensions of its own."""

        verbose_name = "mission extension"
