"""What this node keeps as a witness and about witnesses. No record folds into these tables.

Trust: each head and cosignature is kept with the signature that proves it, so whoever changes this
database can hide a word of a witness and cannot make one up.
"""

from typing import ClassVar

from django.db import models


class Witnessed(models.Model):
    """The head of a log that this node's witness cosigned last: what the next one must grow from."""

    log = models.CharField(max_length=63, primary_key=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(max_length=32, default=b"")
    note = models.TextField(default="")


class Head(models.Model):
    """A head that a log signed and at least one witness cosigned: its text with the log's own signature."""

    log = models.CharField(max_length=63)
    size = models.BigIntegerField()
    note = models.TextField()

    class Meta:
        """A log has one head of each size; a second one is evidence."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "size"], name="one_head_per_size")
        ]


class Cosignature(models.Model):
    """One witness's line on a head; `at` in seconds since 1970, by the witness's clock."""

    log = models.CharField(max_length=63)
    size = models.BigIntegerField()
    witness = models.CharField(max_length=270)
    at = models.BigIntegerField()
    line = models.TextField()

    class Meta:
        """A witness is counted once on each head."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "size", "witness"], name="one_line_per_witness")
        ]


class Dated(models.Model):
    """The earliest moment, in seconds since 1970, at which a policy's quorum had cosigned heads of this size or more.

    `first` marks the smallest size of its log: what lies below it may be older than the witnesses' work.
    """

    policy = models.CharField(max_length=16)
    log = models.CharField(max_length=63)
    size = models.BigIntegerField()
    at = models.BigIntegerField()
    first = models.BooleanField(default=False)

    class Meta:
        """Looked up by the next size above an index; the first of each log at once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "log", "size"], name="one_date_per_size")
        ]
        indexes: ClassVar = [
            models.Index(fields=["policy"], name="dated_first", condition=models.Q(first=True))
        ]


class Asked(models.Model):
    """How far a witness of the policy has come with a log kept here, and what it said last."""

    log = models.CharField(max_length=63)
    witness = models.CharField(max_length=270)
    size = models.BigIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    cosigned_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    problem = models.CharField(max_length=280, default="")

    class Meta:
        """One state for each log and witness."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "witness"], name="one_state_per_witness")
        ]


class Evidence(models.Model):
    """Two heads that one log signed and that cannot both be true, with the proof of it.

    `proof` holds one hash a line: nothing for heads of one size; else the root that the larger tree has at
    the smaller size, then the RFC 6962 consistency proof between the two sizes. `common` counts the leading
    entries that both trees share, and `parting` proves it, where that is known. A piece to which it is added
    gets a new number, so that it is handed on once more.
    """

    log = models.CharField(max_length=63)
    one = models.TextField()
    other = models.TextField()
    proof = models.TextField(default="")
    source = models.CharField(max_length=200, default="")
    at = models.DateTimeField()
    digest = models.CharField(max_length=64, unique=True)
    common = models.BigIntegerField(null=True)
    parting = models.TextField(default="")


class Ahead(models.Model):
    """That more of a log kept here was signed than stands here: nothing is signed until it was fetched back.

    `note` is the head that proves it. Without one, `sure` tells what this machine itself remembers from what
    another only says.
    """

    log = models.CharField(max_length=63, primary_key=True)
    size = models.BigIntegerField()
    note = models.TextField(default="")
    sure = models.BooleanField(default=False)
    source = models.CharField(max_length=200, default="")
    at = models.DateTimeField()
