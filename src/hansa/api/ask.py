"""What every request of the API has in common: its token, its bounds, its pages, its errors."""

import functools
import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from hansa.api.problems import Problem
from hansa.api.tokens import authenticate
from hansa.kernel.errors import Refused, Untrusted

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 1024 * 1024
"""Bytes. One record's body is at most a quarter of it."""
PAGE = 50
LARGEST_PAGE = 500

T = TypeVar("T")


def by_token(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Guard a view: these methods, a good token, and a problem for whatever goes wrong. The view gets (request, caller, …)."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return in_problems(_guarded, view, methods, request, args, kwargs)

        guarded.access = "token"  # type: ignore[attr-defined]
        # No cookie is looked at here, so there is nothing that another site could ride on.
        return csrf_exempt(guarded)

    return decorate


def _guarded(
    view: Callable[..., HttpResponse],
    methods: tuple[str, ...],
    request: HttpRequest,
    args: Any,
    kwargs: Any,
) -> HttpResponse:
    caller = authenticate(request)
    if request.method not in methods:
        allowed = ", ".join(methods)
        raise Problem(
            405,
            _("Here only %(methods)s can be used.") % {"methods": allowed},
            code="method",
            headers={"Allow": allowed},
        )
    return view(request, caller, *args, **kwargs)


def in_problems(work: Callable[..., HttpResponse], *arguments: Any) -> HttpResponse:
    """Do the work; whatever goes wrong becomes a problem. What nobody foresaw is also logged, and not told."""
    try:
        return work(*arguments)
    except Problem as problem:
        return problem.response()
    except Refused as refusal:
        return Problem.of(refusal).response()
    except Untrusted as error:
        return Problem(400, error.sentence, code="malformed").response()
    except Exception:
        logger.exception("an API request failed")
        return Problem(
            500,
            _(
                "Something is wrong on this node, not with your request. Its log says what; tell the IT staff."
            ),
            code="fault",
        ).response()


def read_body(request: HttpRequest, shape: type[T]) -> T:
    """Return the request's JSON in this shape; Problem if it is too large, no JSON, or something else."""
    if request.content_type != "application/json":
        raise Problem(
            415, _("Send JSON, with the header “Content-Type: application/json”."), code="not-json"
        )
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_REQUEST:
            raise _too_large()
        data = request.body
        if len(data) > LARGEST_REQUEST:
            raise _too_large()
        return msgspec.json.decode(data, type=shape)
    except RequestDataTooBig as error:
        raise _too_large() from error
    except msgspec.ValidationError as error:
        raise Problem(
            400,
            _("This is not what is expected here: %(error)s.") % {"error": error},
            code="malformed",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(
            400, _("This is no JSON: %(error)s.") % {"error": error}, code="not-json"
        ) from error
    except (UnreadablePostError, ValueError) as error:
        raise Problem(
            400, _("The request did not arrive whole. Send it again."), code="malformed"
        ) from error


def _too_large() -> Problem:
    return Problem(
        413,
        _(
            "A request has at most %(most)s kB. Shorten it, or attach the long part as a file on the page."
        )
        % {"most": LARGEST_REQUEST // 1024},
        code="too-long",
    )


def read_query(query: QueryDict, known: Iterable[str]) -> dict[str, str]:
    """Return the query's parameters; Problem if one is unknown or comes twice."""
    names = {*known, "cursor", "limit"}
    for name in query:
        if name not in names:
            raise Problem(
                400,
                _("There is no parameter “%(name)s” here. There are: %(names)s.")
                % {"name": name[:60], "names": ", ".join(sorted(names))},
                code="parameter",
                field=name[:60],
            )
        if len(query.getlist(name)) > 1:
            raise Problem(400, _("Give this parameter once."), code="parameter", field=name)
    return {name: str(query[name]) for name in query}


def read_limit(given: dict[str, str]) -> int:
    """Return how many items a page shall have."""
    text = given.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= LARGEST_PAGE):  # noqa: PLR2004 - more digits than any limit has
        raise Problem(
            400,
            _("Give a number from 1 to %(most)s.") % {"most": LARGEST_PAGE},
            code="parameter",
            field="limit",
        )
    return int(text)


def write_cursor(place: str) -> str:
    """Return a place in a list as text that nobody needs to read."""
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(given: dict[str, str]) -> str | None:
    """Return the place after which the page begins; Problem if the cursor is not one of ours."""
    text = given.get("cursor")
    if text is None:
        return None
    try:
        return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
    except ValueError as error:
        raise bad_cursor() from error


def bad_cursor() -> Problem:
    """Return the problem of a cursor that leads nowhere."""
    return Problem(
        400,
        _("This cursor is not one of ours. Begin again without it."),
        code="parameter",
        field="cursor",
    )


def page(
    items: list[dict[str, Any]], places: list[str], limit: int, given: dict[str, str]
) -> dict[str, Any]:
    """Return up to `limit` of `items` (one more than that was asked for) as a page.

    `cursor` is where this page ends: pass it on to go on, now or when there is more. `more` says whether there is.
    """
    end = places[:limit][-1:]
    cursor = write_cursor(end[0]) if end else given.get("cursor")
    return {"items": items[:limit], "cursor": cursor, "more": len(items) > limit}
