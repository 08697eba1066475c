"""What comes in with a request: kept only while it is no larger than a form here may be.

Django would store all of it first and refuse it then. Here the rest of what is too large is read and
dropped, so that the browser, which listens only when it has sent everything, gets a sentence to show.
"""

import io
import logging
import tempfile
from collections.abc import AsyncIterator
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger(__name__)

TOO_LARGE, NO_ROOM = 413, 507
MEGABYTE = 1024 * 1024


class BoundedHandler(ASGIHandler):
    """Django's handler, with a bound to what it stores of a request. Nothing is known of the sender yet."""

    async def read_body(self, receive: Any) -> Any:
        """Return what came, as a file; or a `_Refused` if it was too large or could not be stored. Closed by the caller."""
        kept = _Kept()
        async for part in _parts(receive, kept):
            kept.take(part)
        return kept.settle()

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """Return (request, None), or (None, response) where what came was refused."""
        if not isinstance(body_file, _Refused):
            return super().create_request(scope, body_file)
        request, wrong = super().create_request(scope, io.BytesIO())
        return None, wrong or _answer(request, body_file.status)


async def _parts(receive: Any, kept: "_Kept") -> AsyncIterator[bytes]:
    """Yield the body part by part (ASGI 3.0, HTTP)."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            kept.file.close()
            raise RequestAborted
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


class _Kept:
    """A body on its way in: small ones in memory, larger ones in a temporary file, too large ones nowhere."""

    def __init__(self) -> None:
        self.file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - whoever answers the request closes it
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b"
        )
        self.size, self.refused = 0, 0

    def take(self, part: bytes) -> None:
        """Store one more part, unless the whole is refused already."""
        self.size += len(part)
        if self.refused:
            return
        if self.size > settings.HANSA_LARGEST_FORM:
            self._refuse(TOO_LARGE)
            return
        try:
            self.file.write(part)
        except OSError:
            logger.exception("what a browser sent could not be stored")
            self._refuse(NO_ROOM)

    def _refuse(self, status: int) -> None:
        self.refused = status
        self.file.close()

    def settle(self) -> Any:
        """Return the file, from its beginning, or what says why there is none."""
        if self.refused:
            return _Refused(self.refused)
        self.file.seek(0)
        return self.file


class _Refused(io.BytesIO):
    """Nothing, and the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def _answer(request: Any, status: int) -> HttpResponse:
    words = {"most": settings.HANSA_LARGEST_FORM // MEGABYTE, "status": status}
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponse(render_to_string("pages/413.html", words), status=status)
