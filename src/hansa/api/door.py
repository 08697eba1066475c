"""The straight way in for programs: a request with a token meets its view, and nothing on the way.

Sessions, cookies, forms and pages are for people. What a program sends needs none of it, so it is answered
on threads of its own, each with its database connection, in one hop. The views are the same as by the long way.

Trust: nothing is taken from a cookie here, and each view judges its token itself (`by_token`).
"""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import get_language_from_request, override

from hansa.api.ask import LARGEST_REQUEST

THREADS = 12
"""As many requests as are worked on at once. Those that write wait for each other anyway (`kernel.say`)."""

PATIENCE = 64 * LARGEST_REQUEST
"""Bytes of a request that is too large which are read before the line is cut, so that its sender hears why."""

URLS = "hansa.api.urls"


class Door:
    """Answers those requests of an ASGI server that a token came with."""

    def __init__(self) -> None:
        """Start no thread before one is needed."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hansa-api")

    def leads_to(self, scope: Any) -> ResolverMatch | None:
        """Return the view that takes this request, or None if it takes the long way."""
        if not scope["path"].startswith("/api/") or not any(
            name == b"authorization" for name, _value in scope["headers"]
        ):
            return None
        try:
            match = resolve(scope["path"], URLS)
        except Resolver404:
            return None
        return match if getattr(match.func, "access", "") == "token" else None

    async def answer(self, match: ResolverMatch, scope: Any, receive: Any, send: Any) -> None:
        """Read the request, let a thread answer it, send what it says."""
        body = await _read(receive)
        if body is None:
            return
        loop = asyncio.get_running_loop()
        known = contextvars.copy_context()  # which request this is, for what is logged on the way
        status, headers, content = await loop.run_in_executor(
            self._threads, known.run, _work, match, scope, body
        )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


async def _read(receive: Any) -> bytes | None:
    """Return the body, cut where it is too large anyway; None if its sender has gone."""
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= PATIENCE:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= LARGEST_REQUEST:
            parts.append(part)
        size, more = size + len(part), message.get("more_body", False)
    return b"".join(parts)


def _work(
    match: ResolverMatch, scope: Any, body: bytes
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    request = ASGIRequest(scope, BytesIO(body))
    request.resolver_match = match
    try:
        with override(get_language_from_request(request)):
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    finally:
        close_old_connections()  # which keeps those that are well
    content: bytes = response.content  # type: ignore[attr-defined]  # `respond` makes no streams
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers["Content-Length"] = str(len(content))
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.items()
    ]
    return response.status_code, headers, content
