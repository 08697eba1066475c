"""Feed tokens: each for one feed and one office, judged at every fetch, revoked one by one.

Trust: whoever has the address reads that feed as the office may read it, and nothing else, until the token
expires, is revoked, or the office's term ends. It changes nothing and opens no other page.
"""

from django.utils.translation import gettext as _

from hansa.aid.exchange.models import Feed, FeedToken
from hansa.kernel import clock, rates
from hansa.kernel.errors import Refused
from hansa.pact import tokens
from hansa.pact.models import Officer

PREFIX = "feed_"
LONGEST = 100
MOST = 50
"""Tokens that one office may have at once."""

RATE = 120
"""Fetches a minute with one token."""


def make(officer: str, feed: str, name: str, days: int = 90) -> tuple[str, FeedToken]:
    """Make a token for one feed; return its secret, which is kept nowhere, and the row. Refused if it may not be."""
    if feed not in Feed.values:
        raise Refused(_("There is no such feed."), field="feed", code="invalid")
    if FeedToken.objects.filter(officer=officer).count() >= MOST:
        raise Refused(_("This office has too many tokens. Revoke one that nobody uses."))
    unnamed = _("Name what will fetch it, in at most 80 characters.")
    return tokens.draw(FeedToken, PREFIX, officer, name, days, unnamed=unnamed, feed=feed)


def revoke(number: int, officer: str) -> FeedToken:
    """Revoke one of the office's tokens and return it; Refused if there is none."""
    return tokens.revoke(FeedToken, number, officer)


def reader(secret: str, feed: str) -> Officer | None:
    """Return the office for which this token fetches this feed now; None for any other feed, or a token that is no more.

    Refused (`too-many`) if it fetches too often.
    """
    if not secret.startswith(PREFIX) or len(secret) > LONGEST:
        return None
    token = FeedToken.objects.filter(digest=tokens.digest(secret), feed=feed).first()
    now = clock.now()
    if token is None or now >= token.expires:
        return None
    officer = Officer.objects.filter(key=token.officer).first()
    if officer is None or tokens.ended(officer):
        return None
    if rates.take("feed", str(token.pk), RATE):
        raise Refused(_("This feed is fetched too often. Wait a little."), code="too-many")
    tokens.used(token, now)
    return officer
