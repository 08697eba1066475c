"""What the records about people add up to. Each row lives in the log of the member that said it."""

from typing import Any, ClassVar

from django.db import models

from hansa.aid.people.words import Activity, Found, Travel
from hansa.kernel.models import Row


def _ref(**rest: Any) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=80, **rest)


def _text(most: int = 140) -> "models.CharField[Any, Any]":
    return models.CharField(max_length=most, default="")


class Person(Row):
    """One line of a mission's roster: a reference number of the giver, never a name. Lives in the giver's log."""

    pledge = _ref(db_index=True)
    ref = models.CharField(max_length=24)
    position = models.CharField(max_length=140)
    agency = models.CharField(max_length=140)
    unit = _text(40)
    leader = models.BooleanField(default=False)
    credential = _text()
    licence = _text()
    languages = _text()
    departs = _text()
    travel = models.CharField(max_length=6, choices=Travel.choices)
    desk = models.CharField(max_length=140)
    struck_at = models.DateTimeField(null=True)
    struck_why = _text(280)

    def __str__(self) -> str:
        """Return the reference number and the position."""
        return f"{self.ref}, {self.position}"


class Of(Row):
    """What one member said of some people of one mission. `people` holds the keys of their roster lines.

    Taken back, it stays readable and counts no more.
    """

    pledge = _ref(db_index=True)
    people = models.JSONField(default=list)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_why = _text(280)

    class Meta:
        """Check-in, release, homecoming, hours and shifts derive from it."""

        abstract = True


class CheckIn(Of):
    """That people arrived, in the fields of a check-in list (ICS-211)."""

    when = models.DateTimeField()
    place = models.CharField(max_length=140)
    assignment = _text()


class Release(Of):
    """That people are released from the incident."""

    when = models.DateTimeField()
    place = _text()
    travel = models.CharField(max_length=6, choices=Travel.choices)
    expected = models.DateTimeField(null=True)


class Homecoming(Of):
    """That people are back home."""

    when = models.DateTimeField()


class Hours(Of):
    """One line of an activity log (ICS-214): what people did from when to when. Minutes are for each of them."""

    sort = models.CharField(max_length=8, choices=Activity.choices)
    began = models.DateTimeField()
    ended = models.DateTimeField()
    pause = models.IntegerField(default=0)
    overtime = models.IntegerField(default=0)
    done = models.CharField(max_length=280)


class Shift(Of):
    """A shift that is planned, at a post. What came of it is kept as hours."""

    began = models.DateTimeField()
    ended = models.DateTimeField()
    post = models.CharField(max_length=140)


class RollCall(Row):
    """An accountability call: of which missions, and by when everybody must be accounted for."""

    pledges = models.JSONField(default=list)
    due = models.DateTimeField()
    why = _text()
    closed_at = models.DateTimeField(null=True)
    closed_why = _text(280)

    class Meta:
        """The open ones are looked for."""

        indexes: ClassVar = [models.Index(fields=["closed_at", "due"], name="roll_by_due")]


class RollAnswer(Row):
    """What one member says of some people in an accountability call."""

    roll = _ref(db_index=True)
    people = models.JSONField(default=list)
    found = models.CharField(max_length=8, choices=Found.choices)
    where = _text()


class RestRules(Row):
    """A member's own rest rules for its people."""

    shift_hours = models.IntegerField()
    rest_hours = models.IntegerField()
    days = models.IntegerField()
