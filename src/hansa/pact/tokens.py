"""What every token has in common that stands for an office: how it is drawn, kept, and ended.

Tokens belong to this node and stand in no log. What one may do, and how often, is for the part that gives it out.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.models import Officer

LONGEST_DAYS = 366
LONGEST_NAME = 80


class OfficeToken(models.Model):
    """One token. Only its SHA-256 is kept, so whoever reads the database cannot use it."""

    digest = models.CharField(max_length=64, unique=True)
    officer = models.CharField(max_length=80, db_index=True)
    name = models.CharField(max_length=LONGEST_NAME)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    last_used = models.DateField(null=True)

    class Meta:
        """Each part that gives out tokens has a table of its own."""

        abstract = True

    def __str__(self) -> str:
        """Return the name that its officer gave it."""
        return self.name


T = TypeVar("T", bound=OfficeToken)


def draw(
    model: type[T], prefix: str, officer: str, name: str, days: int, *, unnamed: str, **rest: Any
) -> tuple[str, T]:
    """Make a token for the office with this key; return its secret, which is kept nowhere, and the row.

    Refused if the office is over, `name` is empty or too long (`unnamed` says what to do), or `days` are too many.
    """
    found = Officer.objects.filter(key=officer).first()
    if found is None or ended(found):
        raise Refused(
            _("This office is not in force, so it gets no token."), field="officer", code="ended"
        )
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(unnamed, field="name", code="invalid")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            _("A token is good for 1 to %(most)s days.") % {"most": LONGEST_DAYS},
            field="days",
            code="invalid",
        )
    secret, now = prefix + secrets.token_urlsafe(32), clock.now()
    row = model._default_manager.create(
        digest=digest(secret),
        officer=officer,
        name=name,
        created=now,
        expires=now + timedelta(days=days),
        **rest,
    )
    return secret, row


def revoke(model: type[T], number: int, officer: str | None = None) -> T:
    """Revoke the token with this number (only if it is the office's, where one is given) and return it; Refused if there is none."""
    found = model._default_manager.filter(
        pk=number, **({"officer": officer} if officer else {})
    ).first()
    if found is None:
        raise Refused(_("There is no such token."), code="no-token")
    model._default_manager.filter(pk=number).delete()
    return found


def digest(secret: str) -> str:
    """Return what is kept of a token. It is drawn at random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def ended(officer: Officer) -> bool:
    """Tell whether the office's term is over."""
    return officer.ended_at is not None or (
        officer.until is not None and clock.now() >= officer.until
    )


def used(token: OfficeToken, now: datetime) -> None:
    """Remember the day on which a token was used last: one write a day."""
    if token.last_used != now.date():
        type(token)._default_manager.filter(pk=token.pk).update(last_used=now.date())
