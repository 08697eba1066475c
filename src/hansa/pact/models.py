"""What the pact's records add up to. Rows are safe to drop; only `apply` writes them.

A field that names another row holds its key as text: rows of other logs may arrive later or never.
"""

from typing import Any, ClassVar

from django.db import models

from hansa.kernel.models import Row
from hansa.pact.words import Form, MemberType, Precision, Verdict


def _ref(**rest: Any) -> "models.CharField[Any, Any]":
    """A key. Only those by which rows are looked up have an index: each costs every write."""
    return models.CharField(max_length=80, **rest)


def _index() -> "models.BigIntegerField[Any, Any]":
    """Index, in its row's own log, of the record that is the word that counts: by it witnesses date it."""
    return models.BigIntegerField(default=0)


class Member(Row):
    """A government that keeps a log. Its key is always `log@0`."""

    name = models.CharField(max_length=80)
    type = models.CharField(max_length=12, choices=MemberType.choices)
    state = models.CharField(max_length=2)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    zone = models.CharField(max_length=60)

    def __str__(self) -> str:
        """Return the name, with the state where a city might be taken for it."""
        return self.name


class Officer(Row):
    """An office of a member and what it may do. Never a person's name.

    `keys` are those with which it approves, ended ones too, in the order of their enrolment:
    {id, method, public, origin, credential, label, at, record, by, ended}.
    """

    office = models.CharField(max_length=140)
    handle = models.CharField(max_length=40)
    can = models.JSONField(default=list)
    keys = models.JSONField(default=list)
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """A member reads its own."""

        indexes: ClassVar = [
            models.Index(fields=["home"], name="officer_by_home"),
        ]

    def __str__(self) -> str:
        """Return the office's title."""
        return self.office


class Approval(Row):
    """That an approval was used: its key names the statement by its hash."""


class Pact(Row):
    """A league of members under a charter."""

    name = models.CharField(max_length=140)
    exercise = models.BooleanField(default=False)
    founders = models.JSONField(default=list)

    def __str__(self) -> str:
        """Return the pact's name."""
        return self.name


class Charter(Row):
    """One version of the charter: the first, or an amendment with the members who may vote on it."""

    pact = _ref()
    base = _ref(default="")
    title = models.CharField(max_length=140)
    articles = models.JSONField(default=list)
    rules = models.JSONField(default=dict)
    electorate = models.JSONField(default=list)
    why = models.CharField(max_length=280, default="")

    def __str__(self) -> str:
        """Return the charter's title."""
        return self.title


class Ballot(Row):
    """One member's vote on an amendment."""

    amendment = _ref()
    yes = models.BooleanField()
    index = _index()


class Invitation(Row):
    """One member's invitation to a government that keeps a log."""

    pact = _ref()
    member = _ref()


class Admission(Row):
    """One member's word that the invited may join."""

    invitation = _ref()
    index = _index()


class Membership(Row):
    """A member's own accession: from when, under which charter, and until when if it gave notice."""

    pact = _ref()
    charter = _ref()
    invitation = _ref(default="")
    effective = models.DateTimeField()
    notice_at = models.DateTimeField(null=True)
    notice_index = models.BigIntegerField(null=True)
    leaves_at = models.DateTimeField(null=True)


class Call(Row):
    """A call for aid.

    `forms` maps each form asked to {from, until}: since when, and until when if narrowed. Beside each stands
    the index of the record that said so.
    """

    pact = _ref()
    charter = _ref()
    trigger = models.CharField(max_length=40)
    place = models.CharField(max_length=140)
    summary = models.CharField(max_length=280)
    began = models.DateTimeField()
    forms = models.JSONField(default=dict)
    facts = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)
    ended_index = models.BigIntegerField(null=True)
    ended_why = models.CharField(max_length=280, default="")

    def __str__(self) -> str:
        """Return what the call is about."""
        return self.summary


class Consent(Row):
    """One member's consent to a call, where the charter wants it."""

    call = _ref(db_index=True)
    index = _index()


class Answer(Row):
    """One member's answer to one form of a call: its first word is what the clock counts."""

    call = _ref(db_index=True)
    form = models.CharField(max_length=12, choices=Form.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.CharField(max_length=280, default="")
    first_at = models.DateTimeField()
    first_index = _index()

    def __str__(self) -> str:
        """Return the verdict in words."""
        return str(self.get_verdict_display())


class Fact(Row):
    """A public fact with its sources. A correction stands beside what was said, never instead of it."""

    call = _ref(default="", db_index=True)
    when = models.DateTimeField()
    precision = models.CharField(max_length=8, choices=Precision.choices)
    place = models.CharField(max_length=140, default="")
    text = models.TextField()
    sources = models.JSONField(default=list)
    files = models.JSONField(default=list)
    figure = models.JSONField(null=True)
    differs_from = _ref(default="", db_index=True)
    corrections = models.JSONField(default=list)
    withdrawn = models.CharField(max_length=280, default="")

    def __str__(self) -> str:
        """Return the beginning of the text."""
        return self.text if len(self.text) <= 90 else f"{self.text[:88].rsplit(' ', 1)[0]} …"  # noqa: PLR2004 - a line of a list


class Note(Row):
    """What an officer says to colleagues about any row."""

    about = models.CharField(max_length=200, db_index=True)
    text = models.TextField()
    mentions = models.JSONField(default=list)
    files = models.JSONField(default=list)

    def __str__(self) -> str:
        """Return the beginning of the text."""
        return self.text[:90]


class Rebind(Row):
    """A member's proposal that another member's log, whose roots are lost, goes on under new keys."""

    log = models.CharField(max_length=63)
    version = models.IntegerField()
    note = models.TextField()

    class Meta:
        """Looked up by the log that it is about."""

        indexes: ClassVar = [models.Index(fields=["log"], name="rebind_by_log")]

    def __str__(self) -> str:
        """Name the log."""
        return self.log


class RebindBallot(Row):
    """One member's vote on such a proposal."""

    proposal = _ref()
    yes = models.BooleanField()
    index = _index()


class RebindObjection(Row):
    """That a member objects to such a proposal; `note` is the word of a current root, if it hands one on."""

    proposal = _ref()
    note = models.TextField(default="")
    index = _index()


class RebindClose(Row):
    """That the proposer closes the vote, with the votes that it counts."""

    proposal = _ref()
    ballots = models.JSONField(default=list)
