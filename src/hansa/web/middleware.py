"""The innermost middleware: who acts in this request, in whose time zone; and the headers that guard its page.

It is synchronous on purpose: then Django runs the whole chain and the view in one thread, with one hop.
"""

import zoneinfo
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from datetime import tzinfo
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone, translation
from django.utils.decorators import sync_only_middleware
from django.utils.functional import SimpleLazyObject
from whitenoise.middleware import WhiteNoiseMiddleware

from hansa.pact.models import Member
from hansa.web.chairs import chair_for
from hansa.web.feed import newest

Respond = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy: this node only, nothing inline. `data:` images are USWDS icons and the TOTP code."""


TOGETHER = 64
"""Chunks of a stream that are fetched at once: 256 kB of a file."""


@sync_only_middleware
def chair(get_response: Respond) -> Respond:
    """Set `request.chair` (and `request.chair_ended`, a sentence), `request.member_names`, and the time zone.

    Also `request.newest`, the number of the newest entry before anything of a page was read: its live parts go on there.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        asked: Any = request
        asked.chair, asked.chair_ended = chair_for(request)
        asked.member_names = SimpleLazyObject(_names)
        asked.newest = newest() if _opens_page(request) else None
        zone = (
            zoneinfo.ZoneInfo(asked.chair.zone) if asked.chair else timezone.get_default_timezone()
        )
        with timezone.override(zone):
            response = get_response(request)
        _keep_ways(request, response, zone)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    respond.process_view = _demand_access  # type: ignore[attr-defined]  # Django looks for this on what the middleware returns
    return respond


def _opens_page(request: HttpRequest) -> bool:
    """Tell whether a browser asks for a page, and not a page for a part of itself."""
    headers = request.headers
    wants = "text/html" in headers.get("Accept", "") and "HX-Request" not in headers
    return request.method == "GET" and wants


def _keep_ways(request: HttpRequest, response: HttpResponseBase, zone: tzinfo) -> None:
    """Let a stream be made in the request's own zone, language and thread, although the view has returned."""
    if not isinstance(response, StreamingHttpResponse) or response.is_async:
        return
    chunks = _in_zone(iter(response), zone, translation.get_language())
    response.streaming_content = _in_thread(chunks) if isinstance(request, ASGIRequest) else chunks


def _in_zone(chunks: Iterator[bytes], zone: tzinfo, language: str | None) -> Iterator[bytes]:
    while True:
        with timezone.override(zone), translation.override(language):
            chunk = b"".join(islice(chunks, TOGETHER))
        if not chunk:
            return
        yield chunk


async def _in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while chunk := await sync_to_async(next)(chunks, b""):  # type: ignore[call-arg]  # next takes a default
        yield chunk


def _demand_access(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
    """A view that does not say who may see it is shown to nobody."""
    if not hasattr(view, "access"):
        raise RuntimeError(
            f"{view.__module__}.{getattr(view, '__qualname__', view)} has no access decorator of hansa.pages.access"
        )


def _names() -> dict[str, str]:
    return dict(Member.objects.values_list("home", "name"))


class Statics(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise comes without types
    """Serve static files whole. They are small, and a file object is no stream that ASGI can wait for."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """Return the file, or that it has not changed, with whitenoise's own headers."""
        found = static_file.get_response(request.method, request.META)
        with found.file or nullcontext() as file:
            response = HttpResponse(file.read() if file else b"", status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response


class Squeeze(GZipMiddleware):
    """Compress what is not compressed yet; never a stream of events, which must leave at once."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Leave event streams alone."""
        if response.get("Content-Type", "").startswith("text/event-stream"):
            return response
        return super().process_response(request, response)
