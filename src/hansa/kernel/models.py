"""How the kernel keeps what was said: logs, their entries, bodies beside them; and the base of all rows.

Trust: the database is trusted with freshness and availability only. An attacker who changes it can
withhold or break records, and `fsck` says so; without a log's key nobody can add or alter one.
"""

from collections.abc import Sequence
from typing import ClassVar

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from hansa.kernel.merkle import Frontier


class Fate(models.TextChoices):
    """What became of an entry when it was folded."""

    DONE = "done"
    VOID = "void"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    UNREAD = "unread"
    ERASED = "erased"


def _no_leaves() -> bytes:
    return Frontier().to_bytes()


class Number(models.BigIntegerField):  # type: ignore[type-arg]  # generic in the stubs only
    """A place in the order of arrival. SQLite keeps a table in this order, without an index beside it."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return SQLite's own name for its row number."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Log(models.Model):
    """One member's log: its key, its size, its tree's frontier and its latest signed checkpoint.

    While a long log is fetched part by part it may hold more entries than `note` speaks of. Then `ahead` is
    the signed checkpoint, further on, in which everything here was proved to lie.
    """

    name = models.CharField(max_length=63, primary_key=True)
    realm = models.CharField(max_length=40)
    vkey = models.CharField(max_length=200)
    mine = models.BooleanField(default=False)
    size = models.BigIntegerField(default=0)
    folded = models.BigIntegerField(default=0)
    frontier = models.BinaryField(default=_no_leaves)
    note = models.TextField(default="")
    ahead = models.TextField(default="")
    waits = models.CharField(max_length=80, default="")
    """For which record, in whichever log, the first entry that is not folded yet waits."""
    last_at = models.DateTimeField(null=True)

    @property
    def origin(self) -> str:
        """Return the checkpoint's origin line: realm and name."""
        return f"{self.realm}/{self.name}"


class Entry(models.Model):
    """One entry as it was received, in order of arrival, with what the fold made of it."""

    id = Number(primary_key=True)
    log = models.CharField(max_length=63)
    index = models.BigIntegerField()
    leaf = models.BinaryField(max_length=32)
    header = models.BinaryField(max_length=1024)
    at = models.DateTimeField()
    audience = models.CharField(max_length=80)
    commitment = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=60, default="")
    by = models.CharField(max_length=80, default="")
    subject = models.CharField(max_length=200, default="")
    fate = models.CharField(max_length=10, choices=Fate.choices)
    reason = models.CharField(max_length=40, default="")

    class Meta:
        """A log holds one entry at each index. Histories are read by kind, the newest first."""

        indexes: ClassVar = [models.Index(fields=["kind", "id"], name="entry_by_kind")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "index"], name="one_entry_per_index")
        ]

    @property
    def position(self) -> str:
        """Return `log@index`."""
        return f"{self.log}@{self.index}"


class Body(models.Model):
    """Salt and bytes to which an entry is committed. Deleting one breaks no proof."""

    entry_id = Number(primary_key=True)
    data = models.BinaryField()


class Touch(models.Model):
    """That an entry concerns a row, as its subject or by citing it: the history of the row."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=200)
    entry_id = models.BigIntegerField()

    class Meta:
        """Read by key, in order of arrival."""

        indexes: ClassVar = [models.Index(fields=["key", "entry_id"], name="touch_by_key")]


class Once(models.Model):
    """That a request was already carried out: its idempotency key and the record it made."""

    key = models.CharField(max_length=200, primary_key=True)
    digest = models.CharField(max_length=64)
    position = models.CharField(max_length=80)


class Tombstone(models.Model):
    """An entry whose body was erased by order, and is never taken in again.

    By its place, not by its commitment: commitments can be copied, and whoever copied one could by an order
    of its own erase what is another member's, or what must stay.
    """

    log = models.CharField(max_length=63)
    index = models.BigIntegerField()
    order = models.CharField(max_length=80)

    class Meta:
        """An entry is erased once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "index"], name="one_tombstone_per_entry")
        ]


class Bucket(models.Model):
    """What one who asks may still ask, as all processes count it: `rest` requests were left at `at` (seconds since 1970)."""

    key = models.CharField(max_length=120, primary_key=True)
    rest = models.FloatField()
    at = models.FloatField()


class Passing(models.Model):
    """What all processes remember for a while, as JSON, until a moment (seconds since 1970)."""

    key = models.CharField(max_length=250, primary_key=True)
    value = models.TextField()
    until = models.FloatField()


class Kept(models.Model):
    """What this node remembers of itself, by name."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.TextField()


class Likeness(models.Model):
    """The hash of what a log adds up to, at a size and by a law, as this node published it last."""

    log = models.CharField(max_length=63, primary_key=True)
    size = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    fold = models.CharField(max_length=64)


class Divergence(models.Model):
    """That a peer's rows of a log are others than ours at the same size: the first object that differs, and when it was seen."""

    peer = models.CharField(max_length=200)
    log = models.CharField(max_length=63)
    size = models.BigIntegerField()
    object = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        """One for each log and peer."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "log"], name="one_divergence_per_peer_and_log")
        ]


class Row(models.Model):
    """What the records of one log add up to. Dropped and rebuilt at any time; only `apply` changes it."""

    key = models.CharField(max_length=200, primary_key=True)
    home = models.CharField(max_length=63)
    at = models.DateTimeField()
    audience = models.CharField(max_length=80)

    class Meta:
        """Each part derives its rows from this."""

        abstract = True

    def __str__(self) -> str:
        """Name the row for people; parts say it better."""
        return self.key


class Erasure(Row):
    """A member's order to erase the body of one of its own records."""

    target = models.CharField(max_length=80)
    ground = models.CharField(max_length=280)

    def __str__(self) -> str:
        """Return the ground."""
        return self.ground


def row_models() -> Sequence[type[Row]]:
    """Return every model that records fold into, in a fixed order."""
    return sorted(
        (model for model in apps.get_models() if issubclass(model, Row)),
        key=lambda model: model._meta.label,
    )
