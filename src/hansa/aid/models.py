"""What aid's records add up to. Rows are safe to drop; only `apply` writes them."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from hansa.aid.words import How, Problem, Sort, Unit, Urgency
from hansa.kernel import clock
from hansa.kernel.models import Row
from hansa.pact.words import Form


def _ref(**rest: Any) -> "models.CharField[Any, Any]":
    """A key. Only those by which rows are looked up have an index: each costs every write."""
    return models.CharField(max_length=80, **rest)


def _item(**rest: Any) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=60, **rest)


class Thing(Row):
    """A quantity of an item in a unit."""

    form = models.CharField(max_length=12, choices=Form.choices)
    item = _item()
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField()

    class Meta:
        """Needs, pledges, shipments and receipts derive from it."""

        abstract = True

    def __str__(self) -> str:
        """Return quantity, unit and item in words."""
        from hansa.aid.catalogue import amount

        return amount(self.quantity, self.unit, self.item)


class ResourceType(Row):
    """A resource type that a member added to the built-in catalogue."""

    code = _item()
    name = models.CharField(max_length=80)
    name_es = models.CharField(max_length=80, default="")
    form = models.CharField(max_length=12, choices=Form.choices)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    sort = models.CharField(max_length=12, choices=Sort.choices, default=Sort.SUPPLY.value)
    nims_type = models.BigIntegerField(default=0)
    rtlt = models.CharField(max_length=20, default="")
    serves = models.CharField(max_length=280, default="")
    sizes = models.CharField(max_length=140, default="")
    pack = models.BigIntegerField(default=0)
    weight_g = models.BigIntegerField(default=0)
    volume_cm3 = models.BigIntegerField(default=0)
    shelf_days = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        """Return the type's name."""
        return self.name


class Need(Thing):
    """What a member under a call needs, by when, where. `received` counts what it has confirmed itself.

    `details` holds what a resource request (ICS-213RR) asks besides, by the names of the record's fields, where it was
    said. `before` holds what each change replaced, the oldest first: {at, record, quantity, urgency, due, place}, and
    {what, details} where those were amended.
    """

    call = _ref(db_index=True)
    what = models.CharField(max_length=280, default="")
    urgency = models.CharField(max_length=6, choices=Urgency.choices)
    due = models.DateTimeField()
    place = models.CharField(max_length=140, default="")
    received = models.BigIntegerField(default=0)
    cancelled_at = models.DateTimeField(null=True)
    cancelled_why = models.CharField(max_length=280, default="")
    how = models.CharField(max_length=7, choices=How.choices, default=How.WRITTEN.value)
    taken_by = models.CharField(max_length=140, default="")
    confirmed_at = models.DateTimeField(null=True)
    details = models.JSONField(default=dict)
    before = models.JSONField(default=list)

    class Meta:
        """A member's page sums what it needed; requests by phone wait for their confirmation."""

        indexes: ClassVar = [
            models.Index(fields=["home"], name="need_by_home"),
            models.Index(fields=["how", "home"], name="need_by_how"),
        ]


class Pledge(Thing):
    """What another member promises toward a need of the `needer`.

    `withdrawn`, `lent` (ordered on a mission, not left yet), `sent` (left, on a mission or as a shipment) and `gone` (of
    what was sent: came back too early, or was lost) count in the same unit. `offer` is the version of an offer that
    stands on it: what it promises then goes on a mission only.
    """

    call = _ref()
    need = _ref()
    needer = models.CharField(max_length=63)
    ready = models.DateTimeField(null=True)
    terms = models.CharField(max_length=280, default="")
    withdrawn = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(default=0)
    lent = models.BigIntegerField(default=0)
    offer = _ref(default="")

    class Meta:
        """What waits to be sent, and what waits for an answer."""

        indexes: ClassVar = [
            models.Index(
                fields=["need", "needer", "key", "quantity", "withdrawn", "sent", "gone"],
                name="pledge_sums",
            ),
            models.Index(fields=["home"], name="pledge_by_home"),
            models.Index(fields=["needer", "sent"], name="pledge_by_needer"),
        ]

    @property
    def standing(self) -> int:
        """Return how much of the promise still stands, sent or not."""
        return self.quantity - self.withdrawn

    @property
    def to_send(self) -> int:
        """Return how much is still to be sent, or to go on a mission."""
        return self.standing - self.away

    @property
    def away(self) -> int:
        """Return how much has left: sent, or ordered on a mission."""
        return self.sent + self.lent


class Acceptance(Row):
    """The needer's word on a pledge: how much of it is accepted. None of it is a thankful no."""

    pledge = _ref()
    need = _ref()
    quantity = models.BigIntegerField(default=0)
    why = models.CharField(max_length=280, default="")

    class Meta:
        """Sums over thousands of pledges look each answer up, in this index alone."""

        indexes: ClassVar = [
            models.Index(fields=["pledge", "home", "quantity"], name="acceptance_by_pledge")
        ]


class Shipment(Thing):
    """What is on the way: goods, people, or a finished piece of work. Its sender owns it until it is received.

    `back` names the shipment whose goods go back with this one, if they do.
    """

    call = _ref()
    need = _ref(db_index=True)
    pledge = _ref(db_index=True)
    back = _ref(default="", db_index=True)
    receiver = models.CharField(max_length=63)
    carrier = models.CharField(max_length=140, default="")
    origin = models.CharField(max_length=140, default="")
    expected = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    returned = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)

    class Meta:
        """What waits to be confirmed, and what is disputed."""

        indexes: ClassVar = [
            models.Index(fields=["home"], name="shipment_by_home"),
            models.Index(fields=["receiver"], name="shipment_by_receiver"),
        ]

    @property
    def under_way(self) -> int:
        """Return how much neither came back nor is lost, received or not."""
        return self.quantity - self.returned - self.lost


class Receipt(Row):
    """The receiver's word on a shipment: how much came, what is wrong if anything is, what it gave back."""

    shipment = _ref()
    need = _ref()
    form = models.CharField(max_length=12, choices=Form.choices, default="")
    item = _item(default="")
    unit = models.CharField(max_length=10, choices=Unit.choices, default="")
    given_back = models.BigIntegerField(default=0)
    quantity = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=8, choices=Problem.choices, default="")
    words = models.CharField(max_length=280, default="")


class Stock(Row):
    """What a member holds of an item, what of it is promised, and what it keeps back for itself.

    Until it is counted, `quantity` only says what aid took and brought. A reserve binds until `reserve_until`, or for
    good where that is not said. For its own officers alone.
    """

    item = _item()
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField(default=0)
    promised = models.BigIntegerField(default=0)
    reserve = models.BigIntegerField(default=0)
    reserve_why = models.CharField(max_length=280, default="")
    reserve_until = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)

    class Meta:
        """A member reads its own."""

        indexes: ClassVar = [
            models.Index(fields=["home"], name="stock_by_home"),
        ]

    def floor(self, now: datetime) -> int:
        """Return what it keeps back at `now`: a reserve that has run out no longer binds."""
        return 0 if self.lapsed(now) else self.reserve

    def lapsed(self, now: datetime) -> bool:
        """Tell whether there is a reserve, and it has run out."""
        return self.reserve > 0 and self.reserve_until is not None and self.reserve_until <= now

    @property
    def held_back(self) -> int:
        """Return what it keeps back now."""
        return self.floor(clock.now())

    @property
    def bounded(self) -> bool:
        """Tell whether promises are held against it: it was counted, or a reserve binds now."""
        return self.counted_at is not None or self.held_back > 0

    @property
    def idle(self) -> bool:
        """Tell whether it says nothing at all, so that its unit may still change."""
        return self.counted_at is None and self.quantity == self.promised == self.reserve == 0

    def __str__(self) -> str:
        """Return what is here in words."""
        from hansa.aid.catalogue import amount

        return amount(self.quantity, self.unit, self.item)


class Posting(Row):
    """One side of a double entry: so much of an item more, or less, at a place under an owner."""

    place = models.CharField(max_length=140)
    owner = models.CharField(max_length=63)
    item = _item()
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField()
    record = _ref(db_index=True)

    class Meta:
        """Sums by item, and by place as far as one may read them, are read from these indexes alone."""

        indexes: ClassVar = [
            models.Index(fields=["item", "unit", "quantity"], name="posting_by_item"),
            models.Index(
                fields=["place", "owner", "item", "unit", "quantity", "audience", "home"],
                name="posting_by_place",
            ),
        ]
