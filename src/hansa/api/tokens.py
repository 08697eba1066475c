"""Tokens: made for an officer, judged at every request, counted against a rate.

Trust: whoever holds a token can do what its officer can, until it expires, is revoked, or the
officer's term ends. It is taken from the Authorization header only, so no other site can use it.
"""

from dataclasses import dataclass
from typing import TypeVar

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.api.models import ApiToken
from hansa.api.problems import Problem
from hansa.kernel import clock, rates
from hansa.pact import tokens
from hansa.pact.models import Officer

M = TypeVar("M", bound=Model)

PREFIX = "hansa_"
LONGEST = 200
RATE = 6000
"""Requests a minute for one token, unless hansa.toml says otherwise (`api_rate`)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request acts for: the office, by its key, and its member's log."""

    token: ApiToken
    officer: Officer

    @property
    def by(self) -> str:
        """Return the officer's key."""
        return self.officer.key

    @property
    def log(self) -> str:
        """Return the log in which this caller may speak, and whose own records it may read."""
        return self.officer.home


def make(officer: str, name: str, days: int = 90) -> tuple[str, ApiToken]:
    """Make a token for the officer with this key; return its secret, which is kept nowhere, and the row. Refused if it may not be."""
    unnamed = _(
        "Give the token a name of at most 80 characters, such as the program that will use it."
    )
    return tokens.draw(ApiToken, PREFIX, officer, name, days, unnamed=unnamed)


def revoke(number: int, officer: str | None = None) -> ApiToken:
    """Revoke the token with this number (only if it is the officer's, where one is given) and return it; Refused if there is none."""
    return tokens.revoke(ApiToken, number, officer)


def authenticate(request: HttpRequest) -> Caller:
    """Return the caller of a request; Problem if its token is missing, unknown, expired, or its office over, or it comes too often."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise _unknown(
            _(
                "Send the token in the header: “Authorization: Bearer …”. Your office makes one under /api/tokens."
            ),
            "no-token",
        )
    token = (
        _one(ApiToken, "digest", tokens.digest(secret.strip())) if len(secret) <= LONGEST else None
    )
    if token is None:
        raise _unknown(
            _("This token is not known here. It may have been revoked; make a new one."),
            "bad-token",
        )
    now = clock.now()
    if now >= token.expires:
        raise _unknown(_("This token has expired. Make a new one."), "expired-token")
    _count(token)
    officer = _one(Officer, "key", token.officer)
    if officer is None or tokens.ended(officer):
        raise Problem(
            403,
            _(
                "The term of the office for which this token acts has ended. Ask the keeper to renew it."
            ),
            code="ended",
        )
    tokens.used(token, now)
    return Caller(token, officer)


def _count(token: ApiToken) -> None:
    """Count the request against the token's rate, in all processes together; Problem if there were too many."""
    wait = rates.take("api", str(token.pk), float(settings.NODE.get("api_rate", RATE)))
    if wait:
        raise Problem(
            429,
            _("This token has made too many requests. Wait a little, then go on."),
            code="too-many",
            headers={"Retry-After": str(max(1, round(wait + 0.5)))},
        )


def _unknown(detail: str, code: str) -> Problem:
    return Problem(401, detail, code=code, headers={"WWW-Authenticate": 'Bearer realm="hansa"'})


def _one(model: type[M], column: str, value: str) -> M | None:
    """Return the row whose column is this. As ready SQL: it comes before every request, and would cost as much as the rest."""
    statement = f'SELECT * FROM "{model._meta.db_table}" WHERE "{column}" = %s'  # noqa: S608 - our own names
    return next(iter(model._default_manager.raw(statement, [value])), None)
