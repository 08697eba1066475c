"""Audiences as their authors define them, the epochs in which they are sealed, and the keys that open here.

Trust: the table of epochs' keys reads what is sealed to the members carried here, and nothing else. An
attacker who has the database has these keys; whoever has only the logs and bodies has none.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hansa.kernel.models import Row


class Whom(models.TextChoices):
    """By what an audience's readers are named."""

    PACT = "pact", _("Every member of the pact")
    MEMBERS = "members", _("The members named")
    TYPE = "type", _("Every member of one type")


class Audience(Row):
    """Those for whom a member seals records: known by its own officers only; its readers learn its title."""

    title = models.CharField(max_length=80)
    whom = models.CharField(max_length=8, choices=Whom.choices)
    members = models.JSONField(default=list)
    type = models.CharField(max_length=20, default="")

    def __str__(self) -> str:
        """Return the title."""
        return self.title


class Epoch(Row):
    """A time in which an audience has the same readers and one key. The pact sees its opaque name alone."""

    name = models.CharField(max_length=34)
    commitment = models.CharField(max_length=64)
    wraps = models.IntegerField(default=0)

    def __str__(self) -> str:
        """Return the opaque name."""
        return self.name


class Extension(Row):
    """That earlier epochs of an audience were opened to more readers. Those of the audience read it."""

    readers = models.JSONField(default=list)
    epochs = models.JSONField(default=list)
    since = models.DateTimeField()
    records = models.IntegerField(default=0)


class Confirmation(Row):
    """One member's word that its node has erased what an order names, and holds it no more."""

    order = models.CharField(max_length=80, db_index=True)


class EpochKey(models.Model):
    """An epoch that was seen here: its key if it is for a member carried here, and what its record says to readers.

    `until` is when the next epoch of the same audience began, as far as it is known here. `basis` is a hash of
    title, readers and their keys, by which its author tells whether a new epoch is due.
    """

    log = models.CharField(max_length=63)
    name = models.CharField(max_length=34)
    index = models.BigIntegerField()
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    commitment = models.CharField(max_length=64)
    part = models.BinaryField(default=bytes)
    key = models.BinaryField(max_length=32, default=bytes)
    audience = models.CharField(max_length=80, default="")
    title = models.CharField(max_length=80, default="")
    basis = models.CharField(max_length=64, default="")

    class Meta:
        """A name is one epoch of its log; rows are read by audience."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "name"], name="one_epoch_per_name")
        ]
        indexes: ClassVar = [models.Index(fields=["audience", "index"], name="epoch_by_audience")]


class EpochReader(models.Model):
    """That a member reads an epoch, as its author says: from its beginning, or by an extension."""

    epoch = models.ForeignKey(EpochKey, on_delete=models.CASCADE, related_name="readers")
    reader = models.CharField(max_length=63)

    class Meta:
        """A member is named once for an epoch; what a member may read is looked up by its name."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reader", "epoch"], name="one_reader_per_epoch")
        ]
