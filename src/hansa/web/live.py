"""Server-sent events (HTML Standard, section 9.2): that something was said, never what.

A page that hears of a change fetches its own region again, so what a reader sees is decided in
one place, by the page. Without JavaScript nothing is lost but the hurry.
"""

import asyncio
from collections.abc import AsyncGenerator

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, StreamingHttpResponse

from hansa.pages.access import chair_of, signed_in
from hansa.web.feed import feed, in_reader, newest
from hansa.web.numbers import entry_number

RETRY = 2000
"""Milliseconds after which a client comes back."""

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is alive, before proxies close it."""

LONGEST_PAUSE = 10.0
"""Seconds for which a page may ask to be left alone after each event."""

LIFETIME = 600.0
"""Seconds after which a stream ends, so that clients find their way to a node that was restarted or moved."""

PAUSE = 0.1
"""Seconds between two events of a stream. A burst becomes one more event, not hundreds."""


@signed_in
async def live(request: HttpRequest) -> StreamingHttpResponse:
    """Tell of every change, or of those to the row `?topic=KEY`. `Last-Event-ID` or `?since=` brings what was missed.

    `?pause=` asks for so many seconds between two events: what happens meanwhile is one more event after them.
    """
    chair = chair_of(request)
    last = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    pause = entry_number(request.GET.get("pause", "")) or 0
    stream = events(
        chair.log if chair else None,
        request.GET.get("topic", "")[:200],
        entry_number(last),
        min(max(PAUSE, pause), LONGEST_PAUSE),
    )
    # Its thread stays with the stream; a database connection need not.
    await sync_to_async(close_old_connections)()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(stream, content_type="text/event-stream", headers=headers)


async def events(
    log: str | None, topic: str, last: int | None, pause: float = PAUSE
) -> AsyncGenerator[str, None]:
    """Yield the stream of one reader: an event for each change since the entry numbered `last` (None: since now)."""
    clock = asyncio.get_running_loop().time
    end = clock() + LIFETIME
    yield f"retry: {RETRY}\n\n"
    seen = await in_reader(newest) if last is None else last
    here = feed()
    with here.listen() as news:
        while (left := end - clock()) > 0:
            news.clear()
            known = here.latest
            found = await here.since(seen, log, topic)
            seen = max(seen, known, found or 0)
            if found is not None:
                yield f"id: {found}\nevent: changed\ndata: {found}\n\n"
                await asyncio.sleep(pause)
                continue
            try:
                # Not wait_for: in Python 3.11 it may lose the cancellation of a reader who left.
                async with asyncio.timeout(min(HEARTBEAT, left)):
                    await news.wait()
            except TimeoutError:
                yield ": still here\n\n"
