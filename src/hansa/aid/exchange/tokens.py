"""Feed tokens: each for one feed and one office, judged at every fetch, revoked one by one.

Trust: whoever has the address reads that feed as the office may read it, and nothing else, until the token
expires, is revoked, or the office's term ends. It changes nothing and opens no other page.
"""

import hashlib
import secrets
from datetime import timedelta

from django.utils.translation import gettext as _

from hansa.aid.exchange.models import Feed, FeedToken
from hansa.kernel import clock, rates
from hansa.kernel.errors import Refused
from hansa.pact.models import Officer

PREFIX = "feed_"
LONGEST = 100
LONGEST_DAYS = 366
LONGEST_NAME = 80
MOST = 50
"""Tokens that one office may have at once."""

RATE = 120
"""Fetches a minute with one token."""


def make(officer: str, feed: str, name: str, days: int = 90) -> tuple[str, FeedToken]:
    """Make a token for one feed; return its secret, which is kept nowhere, and the row. Refused if it may not be."""
    if feed not in Feed.values:
        raise Refused(_("There is no such feed."), field="feed", code="invalid")
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(
            _("Name what will fetch it, in at most 80 characters."), field="name", code="invalid"
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            _("A token is good for 1 to %(most)s days.") % {"most": LONGEST_DAYS},
            field="days",
            code="invalid",
        )
    if FeedToken.objects.filter(officer=officer).count() >= MOST:
        raise Refused(_("This office has too many tokens. Revoke one that nobody uses."))
    secret, now = PREFIX + secrets.token_urlsafe(32), clock.now()
    row = FeedToken.objects.create(
        digest=digest(secret),
        officer=officer,
        feed=feed,
        name=name,
        created=now,
        expires=now + timedelta(days=days),
    )
    return secret, row


def revoke(number: int, officer: str) -> FeedToken:
    """Revoke one of the office's tokens and return it; Refused if there is none."""
    found = FeedToken.objects.filter(pk=number, officer=officer).first()
    if found is None:
        raise Refused(_("There is no such token."), code="no-token")
    FeedToken.objects.filter(pk=number).delete()
    return found


def digest(secret: str) -> str:
    """Return what is kept of a token. It is drawn at random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def reader(secret: str, feed: str) -> Officer | None:
    """Return the office for which this token fetches this feed now; None for any other feed, or a token that is no more.

    Refused (`too-many`) if it fetches too often.
    """
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    token = FeedToken.objects.filter(digest=digest(secret), feed=feed).first()
    now = clock.now()
    if token is None or now >= token.expires:
        return None
    officer = Officer.objects.filter(key=token.officer).first()
    if officer is None or officer.ended_at is not None:
        return None
    if officer.until is not None and now >= officer.until:
        return None
    if rates.take("feed", str(token.pk), RATE):
        raise Refused(_("This feed is fetched too often. Wait a little."), code="too-many")
    if token.last_used != now.date():
        FeedToken.objects.filter(pk=token.pk).update(last_used=now.date())
    return officer
