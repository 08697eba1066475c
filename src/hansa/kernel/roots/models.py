"""What this node keeps of other logs' keys and its own, and of entries that a key document took out.

Rows (`Keys`, `Disowned`) come from records; no record folds into the others.

Trust: every document is kept with the signatures that prove it.
"""

from typing import ClassVar

from django.db import models

from hansa.kernel.models import Row


class KeyDocument(models.Model):
    """One accepted version of a log's keys. `rebound`: the pact's members decided it, not the roots before it."""

    log = models.CharField(max_length=63)
    version = models.IntegerField()
    start = models.BigIntegerField()
    note = models.TextField()
    rebound = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        """A log has one document of each version; a second one is a `Rival`."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "version"], name="one_document_per_version")
        ]


class Rival(models.Model):
    """A second document of one version, signed as validly as the first: roots were stolen, or their holders erred."""

    log = models.CharField(max_length=63)
    version = models.IntegerField()
    note = models.TextField()
    at = models.DateTimeField()


class Aside(models.Model):
    """An entry that a key document took out of its log, kept as evidence with the head that had signed it.

    `number` is its place in the order of arrival, which is never given again.
    """

    number = models.BigIntegerField()
    log = models.CharField(max_length=63)
    index = models.BigIntegerField()
    leaf = models.BinaryField(max_length=32)
    header = models.BinaryField(max_length=1024)
    body = models.BinaryField(null=True)
    note = models.TextField()
    why = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        """Looked up by place: several branches may have had an entry there."""

        indexes: ClassVar = [
            models.Index(fields=["log", "index"], name="aside_by_place"),
            models.Index(fields=["number"], name="aside_by_number"),
        ]


class Keys(Row):
    """What a member's own log says of its keys: the newest document published in it. Key: `log/keys`."""

    version = models.IntegerField(default=0)
    start = models.BigIntegerField(default=0)
    note = models.TextField(default="")

    def __str__(self) -> str:
        """Name the version."""
        return f"version {self.version}"


class Disowned(Row):
    """That a member's log never held this entry: a stolen key had signed it. Key: `log/disowned/index-leaf`."""

    index = models.BigIntegerField(default=0)
    leaf = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        """Name the place."""
        return f"entry {self.index}"
