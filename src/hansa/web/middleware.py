"""The innermost middleware: who acts in this request, in whose time zone; and the headers that guard its page.

It is synchronous on purpose: then Django runs the whole chain and the view in one thread, with one hop.
"""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone
from django.utils.decorators import sync_only_middleware
from django.utils.functional import SimpleLazyObject

from hansa.pact.models import Member
from hansa.web.chairs import chair_for

Respond = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy: this node only, nothing inline. `data:` images are USWDS icons and the TOTP code."""


@sync_only_middleware
def chair(get_response: Respond) -> Respond:
    """Set `request.chair` (and `request.chair_ended`, a sentence), `request.member_names`, and the time zone."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        asked: Any = request
        asked.chair, asked.chair_ended = chair_for(request)
        asked.member_names = SimpleLazyObject(_names)
        with timezone.override(
            zoneinfo.ZoneInfo(asked.chair.zone) if asked.chair else timezone.get_default_timezone()
        ):
            response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    respond.process_view = _demand_access  # type: ignore[attr-defined]  # Django looks for this on what the middleware returns
    return respond


def _demand_access(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
    """A view that does not say who may see it is shown to nobody."""
    if not hasattr(view, "access"):
        raise RuntimeError(
            f"{view.__module__}.{getattr(view, '__qualname__', view)} has no access decorator of hansa.pages.access"
        )


def _names() -> dict[str, str]:
    return dict(Member.objects.values_list("home", "name"))


class Squeeze(GZipMiddleware):
    """Compress what is not compressed yet; never a stream of events, which must leave at once."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Leave event streams alone."""
        if response.get("Content-Type", "").startswith("text/event-stream"):
            return response
        return super().process_response(request, response)
