"""What is known of a request while it is answered: a random id, and the name of its route. Neither tells what was sent.

The id goes into every line that is logged meanwhile and back to the client (`X-Request-Id`), so that staff
can find the lines that belong to a page that failed.
"""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

logger = logging.getLogger(__name__)

Heard = Callable[["Asked"], None]

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

NOWHERE = "none"
"""The route of a request that leads to no page: a static file, or an address that is not there."""


@dataclass(slots=True)
class Asked:
    """One request. `route` is the name of its address in `node.urls`; `seconds` until its answer began."""

    method: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    route: str = NOWHERE
    status: int = 0
    seconds: float = 0.0


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def asked() -> Asked | None:
    """Return the request that is being answered here, if one is."""
    return _asked.get()


@contextmanager
def answering(method: str) -> Iterator[Asked]:
    """Let everything that runs meanwhile know of this request, threads that it is handed to included."""
    one = Asked(method if method in METHODS else "OTHER")
    token = _asked.set(one)
    try:
        yield one
    finally:
        _asked.reset(token)


def noting(one: Asked, send: Callable[[Any], Awaitable[None]], heard: Heard) -> Any:
    """Return an ASGI `send` that notes when and how the answer begins, tells `heard`, and adds the id."""
    began = time.perf_counter()

    async def noted(message: Any) -> None:
        if message["type"] == "http.response.start":
            one.status, one.seconds = message["status"], time.perf_counter() - began
            message["headers"] = [
                *message.get("headers", []),
                (b"x-request-id", one.id.encode("ascii")),
            ]
            heard(one)
            logger.info("answered")
        await send(message)

    return noted


@sync_only_middleware
def name_route(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note the route of a request, once Django has found it."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    def process_view(request: HttpRequest, *_view: Any) -> None:
        one = asked()
        if one is not None and request.resolver_match is not None:
            one.route = request.resolver_match.view_name or NOWHERE

    respond.process_view = process_view  # type: ignore[attr-defined]  # Django looks for this on what the middleware returns
    return respond
