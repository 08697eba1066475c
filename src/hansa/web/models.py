"""What this node alone keeps about the people who use it. None of it is said, folded or sent to another node.

Trust: whoever changes these tables can act as any office of this node's members, as could whoever
reads its keys.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Seat(models.Model):
    """That a person may act in an office. `officer` is the office's key."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seats"
    )
    officer = models.CharField(max_length=80, db_index=True)
    since = models.DateTimeField()

    class Meta:
        """One seat for each person and office."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "officer"], name="one_seat_per_office")
        ]


class Invite(models.Model):
    """An invitation to take an office here. The token itself is kept by whom it was given to; here is its hash."""

    digest = models.CharField(max_length=64, primary_key=True)
    officer = models.CharField(max_length=80, db_index=True)
    by = models.CharField(max_length=80, default="")
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class LastLook(models.Model):
    """Up to which entry a person has seen what changed, and when they last looked."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="last_look",
    )
    entry = models.BigIntegerField(default=0)
    at = models.DateTimeField()


class Channel(models.TextChoices):
    """By what a notice goes out."""

    MAIL = "mail", _("E-mail")
    PUSH = "push", _("Push")


class NoticeAddress(models.Model):
    """Where a person (nobody: the node's staff) is told that something waits. `told` is the last entry they were told of."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="notice_addresses",
    )
    channel = models.CharField(max_length=4, choices=Channel.choices)
    url = models.CharField(max_length=300)
    told = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=300, default="")

    class Meta:
        """One address for each person and channel."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "channel"], name="one_address_per_channel")
        ]
