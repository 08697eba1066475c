"""How a node shows whose it is: it signs the other's nonce and address with its log's key.

No clocks are compared: the nonce and the token live by the clock of the node that gave them. The address is
signed too, so that a node in the middle cannot pass on to us a proof that was made for it.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from hansa.kernel import clock
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import Verifier, open_note
from hansa.kernel.sync.addresses import is_url
from hansa.kernel.sync.models import Node, Session

PURPOSE = "hansa/session/v1"
NONCE_SECONDS = 120
TOKEN_SECONDS = 3600
MOST_SESSIONS = 16
"""Sessions that one log may have open here. A further one ends the oldest."""

_RANDOM, _TIME, _MAC = 18, 8, 16


def text(nonce: str, url: str) -> str:
    """Return what whoever opens a session signs."""
    return f"{PURPOSE}\nnonce {nonce}\nurl {url}\n"


def hello() -> str:
    """Return a nonce. Nothing is remembered for it: it carries its time under this node's own seal."""
    fresh = secrets.token_bytes(_RANDOM) + int(clock.passing().timestamp()).to_bytes(_TIME, "big")
    return urlsafe_b64encode(fresh + _mac(fresh)).decode()


def prove(log: Log, nonce: str, url: str) -> bytes:
    """Return the statement by the key of a log kept here that opens a session at `url`."""
    return home().keys.statement(log.name, log.origin, text(nonce, url))


def open_session(notes: dict[str, bytes]) -> str:
    """Return a new token for whoever holds the keys of these logs; Refused says why not.

    Each note is a statement by the log's key in force. What does not hold is left out, unless nothing is left.
    """
    logs = Log.objects.in_bulk(list(notes))
    known: list[str] = []
    why = Refused("This node follows none of these logs.", code="unknown-log")
    nonce = ""
    for name in sorted(logs):
        try:
            said = open_note(notes[name], [Verifier.parse(logs[name].vkey)])
        except Untrusted:
            why = Refused(
                "The statement is not signed with the key of that log that is in force here.",
                code="not-signed",
            )
            continue
        said_nonce, url = _read(said)
        if url not in own_urls():
            raise Refused(
                f"This node does not know itself as {url}. Its staff can say where it is with the record kernel.node/1.",
                code="other-address",
            )
        if nonce and said_nonce != nonce:
            continue
        nonce = said_nonce
        known.append(name)
    if not known:
        raise why
    token = secrets.token_urlsafe(32)
    _keep(known, nonce, token)
    return token


def requester(token: str | None) -> tuple[str, ...]:
    """Return the logs in whose names the bearer of this token asks; none if it is not good."""
    if not token:
        return ()
    found = Session.objects.filter(digest=_digest(token), until__gt=clock.passing()).first()
    return tuple(found.logs) if found else ()


def own_urls() -> set[str]:
    """Return every address under which this node may be called."""
    said = Node.objects.filter(home__in=Log.objects.filter(mine=True).values("name"))
    named = {settings.NODE_URL, *getattr(settings, "CSRF_TRUSTED_ORIGINS", [])}
    return {url for url in (*said.values_list("url", flat=True), *named) if is_url(url)}


def _read(said: str) -> tuple[str, str]:
    lines = said.split("\n")
    if len(lines) != 4 or lines[0] != PURPOSE or lines[3]:  # noqa: PLR2004 - three lines, each ended
        raise Refused("The statement is not one that opens a session.", code="malformed")
    nonce, url = lines[1].removeprefix("nonce "), lines[2].removeprefix("url ")
    if said != text(nonce, url) or not _fresh(nonce):
        raise Refused("The nonce is not one of ours, or too old. Ask for another.", code="nonce")
    return nonce, url


def _fresh(nonce: str) -> bool:
    try:
        data = urlsafe_b64decode(nonce.encode("ascii"))
    except ValueError:
        return False
    if len(data) != _RANDOM + _TIME + _MAC or not hmac.compare_digest(
        data[-_MAC:], _mac(data[:-_MAC])
    ):
        return False
    age = clock.passing().timestamp() - int.from_bytes(data[_RANDOM:-_MAC], "big")
    return abs(age) <= NONCE_SECONDS


def _mac(data: bytes) -> bytes:
    key = hashlib.sha256(f"hansa nonce {settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(key, data, "sha256")[:_MAC]


def _keep(logs: list[str], nonce: str, token: str) -> None:
    now = clock.passing()
    try:
        with transaction.atomic():
            Session.objects.filter(until__lt=now).delete()
            Session.objects.create(
                digest=_digest(token),
                nonce=nonce[:64],
                log=logs[0],
                logs=logs,
                until=now + timedelta(seconds=TOKEN_SECONDS),
            )
            others = Session.objects.filter(log=logs[0]).exclude(digest=_digest(token))
            old = others.order_by("-until").values_list("pk", flat=True)[MOST_SESSIONS - 1 :]
            Session.objects.filter(pk__in=list(old)).delete()
    except IntegrityError as error:
        raise Refused("That nonce was used before. Ask for another.", code="nonce") from error


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
