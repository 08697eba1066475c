"""What the inventory's records add up to. Rows are safe to drop; only `apply` writes them."""

from typing import ClassVar

from django.db import models

from hansa.aid.inventory.words import CostKind, Standing, TableName
from hansa.aid.words import Unit
from hansa.kernel.models import Row


class Lot(Row):
    """So much of an item that was made, and expires, together. For its own officers alone.

    `expires` is a day, YYYY-MM-DD, the last on which it may be used; "" where it keeps.
    """

    item = models.CharField(max_length=60)
    lot = models.CharField(max_length=60)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    quantity = models.BigIntegerField(default=0)
    expires = models.CharField(max_length=10, default="")
    place = models.CharField(max_length=140, default="")

    class Meta:
        """A member reads its own, what expires first before the rest."""

        indexes: ClassVar = [models.Index(fields=["home", "expires"], name="lot_by_home")]

    def __str__(self) -> str:
        """Return what it is, how much, and its number."""
        from hansa.aid.catalogue import amount

        return f"{amount(self.quantity, self.unit, self.item)} ({self.lot})"


class Rostered(Row):
    """Somebody whom the member could send, under a number of its own; never by name. For its own officers alone."""

    reference = models.CharField(max_length=40)
    position = models.CharField(max_length=60)
    credential = models.CharField(max_length=140, default="")
    licence = models.CharField(max_length=140, default="")
    licence_until = models.CharField(max_length=10, default="")
    languages = models.CharField(max_length=140, default="")
    standing = models.CharField(
        max_length=10, choices=Standing.choices, default=Standing.AVAILABLE.value
    )

    class Meta:
        """A member reads its own, by position."""

        verbose_name_plural = "rostered people"
        indexes: ClassVar = [models.Index(fields=["home", "position"], name="rostered_by_home")]

    def __str__(self) -> str:
        """Return the number."""
        return self.reference


class Limit(Row):
    """What a member may not send, to whom, by its own law; and what would lift it.

    `items` are codes or groups of the catalogue, none of them for all; `forms` likewise. `to` holds the founding
    records of the members it is about, none for all; `away` narrows it to members of other states.
    """

    what = models.CharField(max_length=280)
    items = models.CharField(max_length=280, default="")
    forms = models.JSONField(default=list)
    away = models.BooleanField(default=False)
    to = models.JSONField(default=list)
    article = models.CharField(max_length=140)
    remedy = models.CharField(max_length=280)
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.CharField(max_length=280, default="")

    class Meta:
        """Asked for by member."""

        indexes: ClassVar = [models.Index(fields=["home"], name="limit_by_home")]

    def __str__(self) -> str:
        """Return what may not be sent."""
        return self.what


class Package(Row):
    """A revision of a mission-ready package: what goes out together, what it costs, what it needs.

    `resources` are {item, quantity}; `costs` are {line, what, dollars}. `proven` is a day, YYYY-MM-DD, or "". `replaces`
    and `replaced_by` name the revision before and after, so that an offer shows what was offered.
    """

    code = models.CharField(max_length=60)
    number = models.BigIntegerField(default=1)
    title = models.CharField(max_length=140)
    mission = models.CharField(max_length=280, default="")
    resources = models.JSONField(default=list)
    costs = models.JSONField(default=list)
    days = models.BigIntegerField(default=0)
    ready_hours = models.BigIntegerField(default=0)
    limitations = models.CharField(max_length=280, default="")
    support = models.CharField(max_length=280, default="")
    space = models.CharField(max_length=280, default="")
    proven = models.CharField(max_length=10, default="")
    proven_how = models.CharField(max_length=280, default="")
    replaces = models.CharField(max_length=80, default="")
    replaced_by = models.CharField(max_length=80, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """Listed by member."""

        indexes: ClassVar = [models.Index(fields=["home", "code"], name="package_by_home")]

    @property
    def current(self) -> bool:
        """Tell whether it is the latest revision and not withdrawn."""
        return not self.replaced_by and self.withdrawn_at is None

    @property
    def dollars(self) -> int:
        """Return what it costs in all, in whole US dollars."""
        return sum(int(line["dollars"]) for line in self.costs)

    def dollars_by_line(self) -> dict[str, int]:
        """Return the sum of each of the five lines, in whole US dollars."""
        sums = dict.fromkeys(CostKind.values, 0)
        for line in self.costs:
            sums[line["line"]] += int(line["dollars"])
        return sums

    def __str__(self) -> str:
        """Return the title."""
        return self.title


class Import(Row):
    """That a spreadsheet was read in, with the file and the receipt of its rows. For its own officers alone."""

    table = models.CharField(max_length=10, choices=TableName.choices)
    name = models.CharField(max_length=200)
    files = models.JSONField(default=list)
    accepted = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    undoes = models.CharField(max_length=80, default="")
    undone_by = models.CharField(max_length=80, default="")

    class Meta:
        """A member reads its own, the newest first."""

        indexes: ClassVar = [models.Index(fields=["home", "at"], name="import_by_home")]

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name
