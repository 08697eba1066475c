"""What this node alone keeps of the exchange with other systems. It stands in no log and speaks for nobody.

Trust: what came is another's word. Only a record that an officer says after reading a draft changes a row of the pact.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hansa.pact.tokens import OfficeToken


class SavedView(models.Model):
    """A way of looking at the needs board that one officer saved here: the query after the question mark."""

    officer = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=800)
    created = models.DateTimeField()

    class Meta:
        """A name stands for one view of an officer."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "name"], name="one_view_of_a_name")
        ]

    def __str__(self) -> str:
        """Return the name that its officer gave it."""
        return self.name


class Feed(models.TextChoices):
    """What a feed token may fetch. The value is the file's name in the address."""

    NEEDS_CSV = "needs.csv", _("Needs as a table (CSV)")
    NEEDS_GEO = "needs.geojson", _("Needs on a map (GeoJSON)")
    FLOWS_GEO = "flows.geojson", _("What is on the way, on a map (GeoJSON)")
    DUE = "due.ics", _("What is due, for a calendar (iCalendar)")
    CALLS_ATOM = "calls.atom", _("All calls as alerts (Atom with CAP)")
    CALLS = "calls.xml", _("The newest call as an alert (CAP)")


class FeedToken(OfficeToken):
    """A token for one feed. It reads what its officer may read, while the office lasts."""

    feed = models.CharField(max_length=20, choices=Feed.choices)


class Arrived(models.Model):
    """One resource message as it came for a member: its text, who brought it, what in it was not understood."""

    log = models.CharField(max_length=63, db_index=True)
    by = models.CharField(max_length=80)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    message = models.CharField(max_length=300)
    kind = models.CharField(max_length=60)
    exchange = models.CharField(max_length=300)
    sender = models.CharField(max_length=200)
    envelope = models.CharField(max_length=300)
    sent = models.CharField(max_length=60)
    status = models.CharField(max_length=20)
    xml = models.TextField()
    notes = models.JSONField(default=list)

    class Meta:
        """The same text is taken once for a member; an exchange is read whole."""

        indexes: ClassVar = [models.Index(fields=["log", "exchange"], name="arrived_by_exchange")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "digest"], name="one_arrival_of_a_text")
        ]

    def __str__(self) -> str:
        """Return the sort of message and its id."""
        return f"{self.kind} {self.message}"


class DraftState(models.TextChoices):
    """What became of one item that came."""

    WAITING = "waiting", _("Waits for an officer")
    SAID = "said", _("Said by an officer")
    DECLINED = "declined", _("Set aside by an officer")
    TOLD = "told", _("To be read: no record comes of it")
    RECALLED = "recalled", _("Taken back by its sender")


class Draft(models.Model):
    """One item of a message: the record that an officer may say of it (`kind`, `says`), or what there is to know."""

    arrived = models.ForeignKey(Arrived, on_delete=models.CASCADE, related_name="drafts")
    number = models.IntegerField()
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=60, default="")
    fixed = models.JSONField(default=dict)
    initial = models.JSONField(default=dict)
    shown = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=DraftState.choices)
    why = models.TextField(default="")
    record = models.CharField(max_length=80, default="", db_index=True)

    def __str__(self) -> str:
        """Return what it is about."""
        return self.title
