"""The doors for other nodes: every address below /sync/ and /witness/, answered by `kernel.sync.serve`.

Nothing here looks at a session or a page. What comes in is bounded in bytes and in time, each address may ask
so often, and a question that waits for news holds no thread.

Trust: whoever asks is believed nothing that it does not prove. The address that a limit counts by is the
one that the TLS proxy passes on, where there is one.
"""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from hansa.kernel import live, rates
from hansa.kernel.sync import serve
from hansa.kernel.sync.serve import Answer
from hansa.kernel.sync.wire import LARGEST_QUESTION
from hansa.pages.access import public

PREFIXES = ("/sync/", "/witness/")

THREADS = 8
"""Questions that are worked on at once."""
MOST_OPEN = 64
"""Questions of one address that may be open at once, those that wait included."""
TO_ASK = 30.0
"""Seconds in which a question must have come whole."""
PART = 64 * 1024
TO_TAKE = 30.0
"""Seconds in which a part of an answer (64 kB) must have been taken: 17 kbit/s."""
TO_TAKE_ALL = 600.0
"""Seconds in which all of it must have been taken."""
LOOK = 5.0
"""Seconds after which a question that waits looks again by itself: another process rings no bell here."""
MOST_WAITING = 32
"""Questions of one address that may wait for news. Further ones are answered at once."""
A_MINUTE = 1200.0
"""Questions that one address may ask in a minute, and in a row, of all processes together."""

PLAIN = "text/plain; charset=utf-8"


class Refusal(Exception):
    """The question is not looked at."""

    def __init__(self, status: int, words: str) -> None:
        """Keep what is answered."""
        super().__init__(words)
        self.answer = Answer(status, PLAIN, f"{words}\n".encode())


class PeerDoor:
    """Answers other nodes, straight from the ASGI server."""

    def __init__(self) -> None:
        """Start no thread before one is needed."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hansa-peers")
        self._open: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    def leads_to(self, scope: Any) -> bool:
        """Tell whether this request is another node's."""
        return bool(scope["path"].startswith(PREFIXES))

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        address = _address(scope, headers)
        self._open[address] += 1
        try:
            found = await self._answer(scope, headers, receive, address)
            async with asyncio.timeout(TO_TAKE_ALL):
                await _send(send, found)
        except (ConnectionError, TimeoutError):
            return  # it has gone, or takes too long: the server closes the line
        finally:
            _less(self._open, address)

    async def _answer(
        self, scope: Any, headers: dict[bytes, bytes], receive: Any, address: str
    ) -> Answer:
        try:
            if self._open[address] > MOST_OPEN or not await self._take_turn(address):
                raise Refusal(
                    HTTPStatus.TOO_MANY_REQUESTS, "Too many questions. Ask again in a while."
                )
            body = await _read(headers, receive)
        except Refusal as refusal:
            return refusal.answer
        rung = live.rung()
        found = await self._work(scope, headers, body, address)
        if found.wait and self._waiting[address] < MOST_WAITING:
            return await self._wait(scope, headers, body, address, found, rung)
        return found

    async def _take_turn(self, address: str) -> bool:
        """Count one question of this address; False if there were too many. Mostly without asking the database."""
        if rates.spend("peer", address):
            return True
        return await asyncio.get_running_loop().run_in_executor(self._threads, _counted, address)

    async def _wait(
        self,
        scope: Any,
        headers: dict[bytes, bytes],
        body: bytes,
        address: str,
        found: Answer,
        rung: int,
    ) -> Answer:
        """Ask again whenever something was said here, until there is news or the time is over."""
        clock = asyncio.get_running_loop().time
        end = clock() + (found.wait or 0.0)
        self._waiting[address] += 1
        try:
            while found.wait and (left := end - clock()) > 0:
                if live.rung() == rung:
                    await live.wait(min(left, LOOK))
                rung = live.rung()
                found = await self._work(scope, headers, body, address)
        finally:
            _less(self._waiting, address)
        return found

    async def _work(
        self, scope: Any, headers: dict[bytes, bytes], body: bytes, address: str
    ) -> Answer:
        token = _token(headers.get(b"authorization", b"").decode("latin-1"))
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, _work, scope["method"], scope["path"], body, token, address
        )


def _less(counter: Counter[str], address: str) -> None:
    counter[address] -= 1
    if counter[address] <= 0:
        del counter[address]


def _counted(address: str) -> bool:
    try:
        return rates.take("peer", address, A_MINUTE) == 0
    finally:
        close_old_connections()


def _work(method: str, path: str, body: bytes, token: str | None, address: str) -> Answer:
    try:
        return serve.answer(method, path, body, token, address)
    finally:
        close_old_connections()  # which keeps those that are well


@csrf_exempt
@public
def page(request: HttpRequest) -> HttpResponse:
    """Answer by the long way, as the straight one does, but at once."""
    token = _token(request.headers.get("Authorization", ""))
    address = str(request.META.get("REMOTE_ADDR", ""))
    found = serve.answer(str(request.method), request.path, request.body, token, address)
    return HttpResponse(
        found.body,
        status=found.status,
        content_type=found.content_type,
        headers={"Cache-Control": "no-store"},
    )


def _token(header: str) -> str | None:
    word, _, token = header.partition(" ")
    return token if word == "Bearer" and token else None


def _address(scope: Any, headers: dict[bytes, bytes]) -> str:
    """Return who asks; behind the TLS proxy, what the proxy passes on as the last hop."""
    passed_on = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT and passed_on:
        return passed_on[:60]
    return str((scope.get("client") or ("",))[0])


async def _read(headers: dict[bytes, bytes], receive: Any) -> bytes:
    """Return the question's body; Refusal if it is too large or too slow. What is too large is not read."""
    too_large = Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A question has at most {LARGEST_QUESTION:,} bytes."
    )
    told = headers.get(b"content-length", b"0")
    if not told.isdigit() or int(told) > LARGEST_QUESTION:
        raise too_large
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(TO_ASK):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionResetError
                parts.append(message.get("body", b""))
                size, more = size + len(parts[-1]), message.get("more_body", False)
                if size > LARGEST_QUESTION:
                    raise too_large
    except TimeoutError as error:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "The question came too slowly.") from error
    return b"".join(parts)


async def _send(send: Any, found: Answer) -> None:
    """Send the answer part by part; whoever takes it too slowly is left."""
    headers = [
        (b"content-type", found.content_type.encode("ascii")),
        (b"content-length", str(len(found.body)).encode("ascii")),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if found.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
        headers.append((b"connection", b"close"))
    if found.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", b"10"))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    view = memoryview(found.body)
    for start in range(0, max(len(view), 1), PART):
        async with asyncio.timeout(TO_TAKE):
            await send(
                {
                    "type": "http.response.body",
                    "body": bytes(view[start : start + PART]),
                    "more_body": start + PART < len(view),
                }
            )
