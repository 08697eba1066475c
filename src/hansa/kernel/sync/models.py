"""What is known of other nodes: what members say of theirs, and what this node has seen of each.

Rows (`Node`, `Introduction`) come from records. The others are this node's own notes about its peers;
they can be lost without losing a record.
"""

from typing import ClassVar

from django.db import models

from hansa.kernel.models import Row


class Node(Row):
    """A member's node, as it says itself: where it is, its witness key and its sealing key. Key: `log/node`."""

    url = models.CharField(max_length=200, default="")
    witness = models.CharField(max_length=300, default="")
    sealing = models.TextField(default="")
    host = models.CharField(max_length=140, default="")

    def __str__(self) -> str:
        """Return the address."""
        return self.url


class Introduction(Row):
    """That a member vouches for another's log: its name, its key, and where its node is."""

    log = models.CharField(max_length=63)
    vkey = models.CharField(max_length=200)
    url = models.CharField(max_length=200, default="")

    class Meta:
        """Looked up by the log that is introduced."""

        indexes: ClassVar = [models.Index(fields=["log"], name="introduction_by_log")]

    def __str__(self) -> str:
        """Return the log's name."""
        return self.log


class Peer(models.Model):
    """What this node has seen of another at one address: when it answered last, and what is wrong if it does not."""

    url = models.CharField(max_length=200, primary_key=True)
    logs = models.JSONField(default=list)
    heard_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    problem = models.TextField(default="")
    cursor = models.JSONField(default=dict)
    """How far things beside the logs were fetched there: evidence, cosignatures by log."""


class Lane(models.Model):
    """One log between this node and one peer: entries there, taken in from there, known to have arrived there.

    `peer` is an address; for what another fetched here, the log in whose name it asked.
    """

    peer = models.CharField(max_length=200)
    log = models.CharField(max_length=63)
    there = models.BigIntegerField(default=0)
    received = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    why = models.TextField(default="")
    at = models.DateTimeField()

    class Meta:
        """One for each."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "log"], name="one_lane_per_peer_and_log")
        ]


class Wanted(models.Model):
    """A body that should be here and is not: its entry, the commitment to ask for, since when, how often asked."""

    log = models.CharField(max_length=63)
    index = models.BigIntegerField()
    commitment = models.BinaryField(max_length=32)
    since = models.DateTimeField()
    tries = models.IntegerField(default=0)

    class Meta:
        """One for each entry; those that were asked for least often come first."""

        indexes: ClassVar = [models.Index(fields=["tries", "id"], name="wanted_by_tries")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "index"], name="one_wanted_per_entry")
        ]


class Refusal(models.Model):
    """Something from a peer that was not taken, and why; the same again is counted, not written again."""

    at = models.DateTimeField()
    peer = models.CharField(max_length=200)
    log = models.CharField(max_length=63, default="")
    what = models.CharField(max_length=40)
    why = models.TextField()
    times = models.IntegerField(default=1)


class Session(models.Model):
    """That a peer has shown to hold the keys of logs: the digest of the token it was given, and until when it counts.

    `log` is the first of them, by which its sessions are counted.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    nonce = models.CharField(max_length=64, unique=True)
    log = models.CharField(max_length=63)
    logs = models.JSONField(default=list)
    until = models.DateTimeField()
