"""How the API says no: RFC 9457 problem details, with a lasting `code` and the `field` at fault."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from hansa.kernel.errors import Refused
from hansa.kernel.home import home

STATUS = {
    "not-granted": HTTPStatus.FORBIDDEN,
    "ended": HTTPStatus.FORBIDDEN,
    "no-officer": HTTPStatus.FORBIDDEN,
    "founding": HTTPStatus.FORBIDDEN,
    "not-home": HTTPStatus.FORBIDDEN,
    "no-key": HTTPStatus.FORBIDDEN,
    "exists": HTTPStatus.CONFLICT,
    "not-approved": HTTPStatus.CONFLICT,
    "too-long": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "disk-full": HTTPStatus.INSUFFICIENT_STORAGE,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "away": HTTPStatus.SERVICE_UNAVAILABLE,
    "damaged": HTTPStatus.SERVICE_UNAVAILABLE,
    "read-only": HTTPStatus.SERVICE_UNAVAILABLE,
    "clock-behind": HTTPStatus.SERVICE_UNAVAILABLE,
    "clock-ahead": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The HTTP status of a refusal, by its code. Every other one is 422: understood, and not to be said."""


class Problem(Exception):
    """A request that gets no answer but this."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the client is told, with `more` members of its own (RFC 9457 section 3.2)."""
        super().__init__(detail)
        self.more = dict(more or {})
        self.status = HTTPStatus(status)
        self.detail, self.code, self.field = str(detail), code, field
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, refusal: Refused) -> "Problem":
        """Return a refusal as a problem."""
        return cls(
            STATUS.get(refusal.code, HTTPStatus.UNPROCESSABLE_ENTITY),
            refusal.sentence,
            code=refusal.code,
            field=refusal.field,
        )

    def response(self) -> HttpResponse:
        """Return it as `application/problem+json`. `about:blank`: the status says what sort it is, `code` says which."""
        said: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        if self.field is not None:
            said["field"] = self.field
        return respond(
            said, status=self.status.value, kind="application/problem+json", headers=self.headers
        )


def respond(
    said: Mapping[str, Any],
    *,
    status: int = 200,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return a JSON object, marked as played where this home is an exercise. Nobody may keep a copy on the way."""
    marked = {**said, "exercise": True} if home().exercise else said
    made = HttpResponse(
        msgspec.json.encode(marked, enc_hook=str),
        status=status,
        content_type=kind,
        headers=dict(headers or {}),
    )
    made["Cache-Control"] = "no-store"
    return made
