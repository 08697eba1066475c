"""What packings and scans add up to. Rows are safe to drop; only `apply` writes them."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from hansa.aid.tracking.words import HAPPENED, Happened
from hansa.kernel.models import Row

NEAR = timedelta(minutes=3)


def _shipment() -> "models.CharField[Any, Any]":
    return models.CharField(max_length=80, db_index=True)


class Packing(Row):
    """How a shipment is packed, in its sender's words: its parcels, the way they go, what a driver must know.

    `parcels` are groups {count, each, lot, expires, note}; `through` the members that take it over on its way;
    `stops` {place, task, time}. `count` labels in all, `code` the short code that stands on each.
    """

    shipment = _shipment()
    code = models.CharField(max_length=8, db_index=True)
    count = models.IntegerField(default=0)
    parcels = models.JSONField(default=list)
    through = models.JSONField(default=list)
    stops = models.JSONField(default=list)
    hazards = models.CharField(max_length=280, default="")
    weight_kg = models.IntegerField(default=0)
    instructions = models.CharField(max_length=280, default="")
    record = models.CharField(max_length=80, default="")


class Scan(Row):
    """One scan. `parcel` 0 speaks of all `parcels`. `told_at` is what the phone's clock said: to be shown, never believed."""

    shipment = _shipment()
    parcel = models.IntegerField(default=0)
    parcels = models.IntegerField(default=0)
    what = models.CharField(max_length=8, choices=Happened.choices)
    place = models.CharField(max_length=140, default="")
    words = models.CharField(max_length=280, default="")
    by = models.CharField(max_length=80, default="")
    told_at = models.DateTimeField(null=True)

    @property
    def elsewhen(self) -> bool:
        """Tell whether the phone's clock said another time than the log: it was sent later, or one of them is wrong."""
        return self.told_at is not None and abs(self.told_at - self.at) > NEAR

    @property
    def happened(self) -> str:
        """Return what happened, in the words of a history."""
        return str(HAPPENED[Happened(self.what)])


class Holding(Row):
    """What one member said last about where one parcel is. Parcel 0 is a load that was never packed."""

    shipment = _shipment()
    parcel = models.IntegerField(default=0)
    state = models.CharField(max_length=8, choices=Happened.choices, default="")
    scan = models.CharField(max_length=80, default="")


class Move(Row):
    """One side of a double entry: one parcel more, or less, at a place under an owner."""

    shipment = _shipment()
    parcel = models.IntegerField(default=0)
    place = models.CharField(max_length=160)
    owner = models.CharField(max_length=63)
    quantity = models.IntegerField()
    record = models.CharField(max_length=80)

    class Meta:
        """Sums by shipment and parcel."""

        indexes: ClassVar = [
            models.Index(fields=["shipment", "parcel", "quantity"], name="move_by_parcel"),
        ]
