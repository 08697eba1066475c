"""What watches a node asks it: `/health` (does the process live), `/ready` (may it be used), `/metrics`.

Answered on a thread of its own before any session, page or host name is looked at, so that a busy or broken
node still answers. Only for this machine, and for addresses named in hansa.toml (`metrics_for`): who else asks
is told nothing.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse

from hansa.kernel.errors import Refused
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.witness import guard
from hansa.node import metrics
from hansa.pages.access import public

ROOM = 64 * 1024 * 1024
"""Bytes of free disk under which a node is not ready: what is said next may not find room."""

FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip", "via")
"""Headers by which a request says that it came through a proxy."""

LOCKED = "The keys are locked: everything can be read, and nothing written. Start again with the passphrase."
HEALTH = "/health"
PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told: status, type and bytes."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold before the node is used, and what to do where it does not."""

    name: str
    ok: bool
    words: str


def answer(path: str, address: str, headers: Iterable[tuple[str, str]]) -> Answer:
    """Answer one of the three paths for who asks from `address`, with these headers."""
    if not may_watch(address, headers):
        return Answer(HTTPStatus.NOT_FOUND, PLAIN, b"There is nothing at this address.\n")
    return _PATHS[path]()


def may_watch(address: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether every address that the request came by is this machine's or named in hansa.toml.

    Behind a proxy every request comes from this machine, so the address that the proxy passes on must be
    allowed as well; a proxy that passes none on is refused.
    """
    told = {name.lower(): value for name, value in headers}
    way = [address]
    if any(name in told for name in FORWARDED):
        way.append(told.get("x-forwarded-for", "").rpartition(",")[2].strip())
    return all(map(_is_named, way))


def _is_named(address: str) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if known.is_loopback:
        return True
    return any(
        known in ip_network(one, strict=False) for one in settings.NODE.get("metrics_for", [])
    )


def checks() -> Iterator[Check]:
    """Look at what a node needs before it may be used."""
    database = _database()
    yield database
    yield _room()
    if database.ok:
        yield from _logs()


def _database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return Check("database", ok=False, words="The database does not answer. Run: hansa doctor")
    return Check("database", ok=True, words="answers")


def _room() -> Check:
    ok = shutil.disk_usage(home().folder).free >= ROOM
    return Check("disk", ok, "has room" if ok else "The disk is full. Free some space.")


def _logs() -> Iterator[Check]:
    """Look whether each log carried here may be written in: its key is here and open, and its witnesses were asked."""
    own = list(Log.objects.filter(mine=True).order_by("name"))
    keys = home().keys
    refused: dict[str, str] = {"keys": LOCKED} if keys.shut else {}
    for log in own:
        if not keys.holds(log.name):
            refused.setdefault("keys", f"The key of {log.name} is missing.")
        try:
            guard.require_current(log)
        except Refused as refusal:
            refused.setdefault("witnesses", refusal.sentence)
    yield Check("keys", "keys" not in refused, refused.get("keys", "open"))
    yield Check("witnesses", "witnesses" not in refused, refused.get("witnesses", "asked"))


def _health() -> Answer:
    return Answer(HTTPStatus.OK, PLAIN, b"alive\n")


def _ready() -> Answer:
    found = list(checks())
    ready = all(one.ok for one in found)
    told = {
        "ready": ready,
        "checks": {one.name: {"ok": one.ok, "words": one.words} for one in found},
    }
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer(status, "application/json", msgspec.json.encode(told) + b"\n")


def _metrics() -> Answer:
    return Answer(HTTPStatus.OK, metrics.CONTENT_TYPE, metrics.exposed())


_PATHS: dict[str, Callable[[], Answer]] = {
    HEALTH: _health,
    "/ready": _ready,
    "/metrics": _metrics,
}


@public
def page(request: HttpRequest) -> HttpResponse:
    """Answer as a page, where Django's own way in is used."""
    told = answer(request.path, request.META.get("REMOTE_ADDR", ""), request.headers.items())
    made = HttpResponse(told.body, status=told.status, content_type=told.content_type)
    made["Cache-Control"] = "no-store"
    return made


class Watch:
    """The straight way in for these paths, in an ASGI server."""

    def __init__(self) -> None:
        """Start no thread before one is needed."""
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="hansa-watch")

    def leads_to(self, scope: Any) -> bool:
        """Tell whether the request is one for here."""
        return scope["path"] in _PATHS and scope["method"] in {"GET", "HEAD"}

    async def answer(self, scope: Any, send: Any) -> None:
        """Answer it. Nothing that it sends along is read."""
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        asked = scope["path"], (scope.get("client") or ("",))[0], headers
        if scope["path"] == HEALTH:  # needs no thread, so that it answers when none is free
            told = answer(*asked)
        else:
            loop = asyncio.get_running_loop()
            told = await loop.run_in_executor(self._threads, _work, *asked)
        sent = [
            (b"content-type", told.content_type.encode("ascii")),
            (b"content-length", str(len(told.body)).encode("ascii")),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": int(told.status), "headers": sent})
        body = b"" if scope["method"] == "HEAD" else told.body
        await send({"type": "http.response.body", "body": body})


def _work(path: str, address: str, headers: list[tuple[str, str]]) -> Answer:
    close_old_connections()
    try:
        return answer(path, address, headers)
    finally:
        close_old_connections()
