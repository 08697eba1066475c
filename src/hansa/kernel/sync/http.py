"""Questions to other nodes over HTTPS. The only place where the kernel opens a socket to one.

Whoever names an address could make this node call its own network. So a name is looked up once, every
number it stands for is judged (`addresses.allowed`), and the number is called, with the name held against
the certificate. Redirects are not followed, nothing is unpacked, and an answer is bounded in bytes and in
time as a whole, not only between two parts.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPException

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from hansa.kernel.errors import Untrusted
from hansa.kernel.sync import config
from hansa.kernel.sync.addresses import Place, allowed, read_url
from hansa.kernel.sync.transport import Unreachable
from hansa.kernel.sync.wire import TYPE

CONNECT = 10.0
"""Seconds for each number that a name stands for."""
STALLED = 30.0
"""Seconds without one byte in the midst of an answer, after which a line counts as dead."""
PART = 64 * 1024
"""Bytes that are read at once."""
KEPT = 256
"""Lines that are kept open."""
OLDEST = 300.0
"""Seconds after which an address is looked up again, with a new line."""
WORDS = "hansa-sync/1"


@dataclass
class _Line:
    """One open connection, and when it was opened (by this process's own steady clock)."""

    connection: HTTPConnection
    since: float

    @property
    def old(self) -> bool:
        return time.monotonic() - self.since > OLDEST


@dataclass
class HttpTransport:
    """Carries questions over HTTPS, on lines that stay open. Safe to use from several threads.

    `rules` says what may be called; for an address that this node's staff wrote down itself it may be more.
    """

    rules: Callable[[], config.Config] = config.read
    _lines: OrderedDict[str, list[_Line]] = field(default_factory=OrderedDict)
    _busy: set[HTTPConnection] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def ask(
        self,
        url: str,
        path: str,
        body: bytes | None,
        *,
        most: int,
        seconds: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        """Ask, as `transport.Transport` says. A kept line that has died meanwhile is replaced once."""
        try:
            place = read_url(url)
        except Untrusted as error:
            raise Unreachable(error.sentence) from error
        end = time.monotonic() + seconds
        line = self._take(place.url)
        if line is not None:
            try:
                return self._exchange(line, place, path, body, most=most, end=end, token=token)
            except Unreachable as error:
                if error.got or time.monotonic() > end - 1:
                    raise
        return self._exchange(
            self._open(place, end), place, path, body, most=most, end=end, token=token
        )

    def close(self) -> None:
        """Close every line, those included on which an answer is awaited."""
        with self._lock:
            self._closed = True
            lines = [line for kept in self._lines.values() for line in kept]
            busy = list(self._busy)
            self._lines.clear()
        for line in lines:
            line.connection.close()
        for connection in busy:
            _cut(connection)

    # --- lines --------------------------------------------------------------------------------

    def _take(self, url: str) -> _Line | None:
        with self._lock:
            kept = self._lines.get(url, [])
            while kept:
                line = kept.pop()
                if not line.old:
                    return line
                line.connection.close()
        return None

    def _keep(self, url: str, line: _Line) -> None:
        with self._lock:
            self._lines.setdefault(url, []).append(line)
            self._lines.move_to_end(url)
            while sum(map(len, self._lines.values())) > KEPT:
                _url, dropped = self._lines.popitem(last=False)
                for one in dropped:
                    one.connection.close()

    def _open(self, place: Place, end: float) -> _Line:
        """Connect to one of the numbers that the name stands for and that may be called."""
        why = ""
        for number in numbers(place, self.rules()):
            left = min(CONNECT, end - time.monotonic())
            if left <= 0:
                break
            made = _connection(place, number, left)
            try:
                made.connect()
            except (HTTPError, HTTPException, OSError) as error:
                made.close()
                why = _why(error)
                continue
            return _Line(made, time.monotonic())
        raise Unreachable(f"{place.url} does not answer{f' ({why})' if why else ''}.")

    # --- one exchange -------------------------------------------------------------------------

    def _exchange(
        self,
        line: _Line,
        place: Place,
        path: str,
        body: bytes | None,
        *,
        most: int,
        end: float,
        token: str | None,
    ) -> tuple[int, bytes]:
        connection = line.connection
        deadline = threading.Timer(max(end - time.monotonic(), 0.01), _cut, [connection])
        deadline.daemon = True
        with self._lock:
            self._busy.add(connection)
            if self._closed:
                raise Unreachable("This node is about to stop.")
        deadline.start()
        got: list[bytes] = []
        whole = False
        try:
            response = self._send(connection, place, path, body, end, token)
            status = int(response.status)
            _require_plain(response, most)
            if connection.sock is not None:
                connection.sock.settimeout(min(STALLED, max(end - time.monotonic(), 0.01)))
            size = 0
            while part := response.read1(PART, decode_content=False):
                got.append(part)
                size += len(part)
                if size > most:
                    raise Unreachable(f"{place.url} answers with more than {most:,} bytes.")
            if time.monotonic() >= end:
                raise TimeoutError("the time is over")
            whole = not connection.is_closed
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            words = "too slow, or the line broke" if time.monotonic() >= end else _why(error)
            raise Unreachable(
                f"{place.url} did not answer whole ({words}).", b"".join(got)
            ) from error
        finally:
            deadline.cancel()
            with self._lock:
                self._busy.discard(connection)
            if whole and time.monotonic() < end:
                self._keep(place.url, line)
            else:
                connection.close()
        return status, b"".join(got)

    def _send(
        self,
        connection: HTTPConnection,
        place: Place,
        path: str,
        body: bytes | None,
        end: float,
        token: str | None,
    ) -> urllib3.BaseHTTPResponse:
        headers = {
            "Host": place.authority,
            "User-Agent": WORDS,
            "Accept-Encoding": "identity",
            "Accept": "*/*",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = TYPE
        # A held-back answer is silent for as long as was asked; the timer above ends all of it.
        connection.timeout = max(end - time.monotonic(), 0.01)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        connection.request(
            "GET" if body is None else "POST",
            path,
            body=body,
            headers=headers,
            preload_content=False,
            decode_content=False,
        )
        return connection.getresponse()


def numbers(place: Place, known: config.Config | None = None) -> list[str]:
    """Look the host up, once, and return the numbers that may be called; Unreachable if that is none of them."""
    known = known or config.read()
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unreachable(f"The name {place.host} is not known ({error.strerror}).") from error
    every = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not place.tls and not (known.local and all(map(_is_loopback, every))):
        raise Unreachable(
            f"{place.url} is not called without TLS. Other nodes have addresses that begin with https://."
        )
    fine = [one for one in every if allowed(one, local=known.local, nets=known.nets)]
    if not fine:
        raise Unreachable(
            f"{place.url} lies in a network that this node does not call. If it is yours, name it in hansa.toml under peer_networks."
        )
    return fine


def _is_loopback(number: str) -> bool:
    return number == "::1" or number.startswith("127.")


def _connection(place: Place, number: str, seconds: float) -> HTTPConnection:
    own = config.read().own
    source = (own, 0) if own else None
    if not place.tls:
        return HTTPConnection(number, place.port, timeout=seconds, source_address=source)
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return HTTPSConnection(
        number,
        place.port,
        timeout=seconds,
        source_address=source,
        ssl_context=context,
        server_hostname=place.host,
        assert_hostname=place.host,
    )


def _require_plain(response: urllib3.BaseHTTPResponse, most: int) -> None:
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreachable("The answer is packed. Nothing that is packed is unpacked here.")
    told = response.headers.get("Content-Length", "")
    if told.isdigit() and int(told) > most:
        raise Unreachable(f"The answer would have {int(told):,} bytes; {most:,} are the most.")
    if not told.isdigit() and response.headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise Unreachable("The answer does not say where it ends.")
    if 300 <= response.status < 400:  # noqa: PLR2004 - HTTP's redirects
        raise Unreachable("It sends us elsewhere. Redirects are not followed.")


def _cut(connection: HTTPConnection) -> None:
    """End an exchange whose time is over, wherever it stands."""
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _why(error: Exception) -> str:
    cause = error.__cause__ or error
    words = getattr(cause, "verify_message", "") or getattr(cause, "strerror", "") or str(cause)
    return " ".join(str(words).split())[:160]
