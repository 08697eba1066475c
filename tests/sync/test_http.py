"""The line to other nodes, and the door they come in by."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from urllib3.connection import HTTPSConnection

from hansa.api import peers as door
from hansa.api.peers import PeerDoor
from hansa.kernel import live, rates
from hansa.kernel.sync import http, serve
from hansa.kernel.sync.http import HttpTransport
from hansa.kernel.sync.serve import Answer
from hansa.kernel.sync.transport import Unreachable
from hansa.kernel.sync.wire import LARGEST_QUESTION

Talk = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: x/y\r\n"


@contextmanager
def server(*talks: Talk) -> Iterator[str]:
    """Answer one connection after another in these ways."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for talk in talks:
            try:
                line, _address = listening.accept()
            except OSError:
                return
            with line:
                line.settimeout(10)
                try:
                    talk(line)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()
        thread.join(5)


def asked(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(one[15:]) for one in head.lower().split(b"\r\n") if one[:15] == b"content-length:"), 0
    )
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


def whole(body: bytes, *, head: bytes = HEAD) -> Talk:
    def talk(line: socket.socket) -> None:
        asked(line)
        line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return talk


@pytest.fixture
def line(home: Path) -> Iterator[HttpTransport]:
    (home / "hansa.toml").write_text("peers_local = true\n")
    made = HttpTransport()
    yield made
    made.close()


def ask(line: HttpTransport, url: str, **rest: Any) -> tuple[int, bytes]:
    return line.ask(
        url, "/sync/heads", **{"body": None, "most": 1000, "seconds": 5.0, "token": None, **rest}
    )


def test_an_answer_comes_whole_and_the_line_is_kept(line: HttpTransport) -> None:
    heard: list[bytes] = []

    def twice(one: socket.socket) -> None:
        for body in (b"first", b"second"):
            heard.append(asked(one))
            one.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with server(twice) as url:
        assert ask(line, url, body=b"question", token="secret") == (200, b"first")
        assert ask(line, url) == (200, b"second")
    assert heard[0].startswith(b"POST /sync/heads HTTP/1.1\r\n")
    assert b"Authorization: Bearer secret\r\n" in heard[0]
    assert b"Accept-Encoding: identity\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\nquestion")
    assert heard[1].startswith(b"GET /sync/heads HTTP/1.1\r\n")
    assert b"Authorization" not in heard[1]


def test_a_kept_line_that_died_is_replaced(line: HttpTransport) -> None:
    with server(whole(b"first"), whole(b"second")) as url:
        assert ask(line, url) == (200, b"first")
        time.sleep(0.1)
        assert ask(line, url) == (200, b"second")


def test_too_large_an_answer_is_not_read_on(line: HttpTransport) -> None:
    def endless(one: socket.socket) -> None:
        asked(one)
        one.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            one.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")

    with server(whole(b"x" * 1001), endless) as url:
        with pytest.raises(Unreachable, match="would have 1,001 bytes"):
            ask(line, url)
        with pytest.raises(Unreachable, match="more than 1,000 bytes"):
            ask(line, url)


@pytest.mark.parametrize("part", [b"H", HEAD, HEAD + b"Content-Length: 99\r\n\r\nhalf"])
def test_a_slow_loris_is_left_when_the_time_is_over(line: HttpTransport, part: bytes) -> None:
    def trickle(one: socket.socket) -> None:
        asked(one)
        one.sendall(part)
        while True:
            time.sleep(0.05)
            one.sendall(b"x")

    with server(trickle) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"did not answer whole|does not say where it ends"):
            ask(line, url, seconds=0.7)
        assert time.monotonic() - began < 5


def test_what_came_before_a_line_broke_is_kept(line: HttpTransport) -> None:
    def broken(one: socket.socket) -> None:
        asked(one)
        one.sendall(HEAD + b"Content-Length: 100\r\n\r\nhalf of it")

    with server(broken) as url, pytest.raises(Unreachable) as error:
        ask(line, url)
    assert error.value.got == b"half of it"


def test_nothing_packed_is_unpacked_and_no_redirect_followed(line: HttpTransport) -> None:
    packed = whole(b"\x1f\x8b" + b"x" * 50, head=HEAD + b"Content-Encoding: gzip\r\n")
    away = whole(b"", head=b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n")
    with server(packed, away) as url:
        with pytest.raises(Unreachable, match="packed"):
            ask(line, url)
        with pytest.raises(Unreachable, match="Redirects"):
            ask(line, url)


def test_whoever_waits_for_an_answer_ends_when_the_node_stops(line: HttpTransport) -> None:
    def silent(one: socket.socket) -> None:
        asked(one)
        one.recv(1)

    with server(silent) as url:
        threading.Timer(0.3, line.close).start()
        with pytest.raises(Unreachable):
            ask(line, url, seconds=30.0)


def test_a_certificate_for_another_name_is_not_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Fake(HTTPSConnection):
        def connect(self) -> None:
            made.append((self.host, self.server_hostname, self.assert_hostname))
            raise OSError("stop here")

    def resolve(_host: str, port: int, **_rest: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("9.9.9.9", port))]

    monkeypatch.setattr(http, "HTTPSConnection", Fake)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(Unreachable, match="stop here"):
        ask(HttpTransport(), "https://node.example")
    assert made == [("9.9.9.9", "node.example", "node.example")]


# --- the door ---------------------------------------------------------------------------------


def knock(
    peer: PeerDoor,
    path: str,
    *parts: bytes,
    method: str = "POST",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    pause: float = 0.0,
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Put one request to the door, as an ASGI server does."""
    sent: list[Any] = []
    left = list(parts) or [b""]

    async def receive() -> Any:
        await asyncio.sleep(pause)
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "headers": list(headers),
        "client": ("192.0.2.7", 1234),
    }  # fmt: skip
    asyncio.run(peer.answer(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


@pytest.fixture
def peer(home: Path, monkeypatch: pytest.MonkeyPatch) -> PeerDoor:
    """A door whose answers need no database: the threads of a test see none of its rows."""
    monkeypatch.setattr(rates, "spend", lambda _what, _who: True)
    monkeypatch.setattr(
        serve,
        "answer",
        lambda method, path, body, token, remote: Answer(
            200, "x/y", f"{method} {path} {len(body)} {token} {remote}".encode()
        ),
    )
    return PeerDoor()


def test_the_door_hands_on_what_was_asked(peer: PeerDoor) -> None:
    bearer = ((b"authorization", b"Bearer abc"),)
    status, headers, body = knock(peer, "/sync/pull", b"ab", b"c", headers=bearer)
    assert (status, body) == (200, b"POST /sync/pull 3 abc 192.0.2.7")
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert knock(peer, "/sync/heads", method="GET")[2] == b"GET /sync/heads 0 None 192.0.2.7"
    assert peer.leads_to({"path": "/witness/add-checkpoint"})
    assert not peer.leads_to({"path": "/synchrony"})


def test_an_oversized_question_is_not_read(peer: PeerDoor) -> None:
    told = ((b"content-length", str(LARGEST_QUESTION + 1).encode()),)
    assert knock(peer, "/sync/pull", headers=told)[0] == 413
    assert knock(peer, "/sync/pull", headers=((b"content-length", b"-1"),))[0] == 413
    half = b"x" * (LARGEST_QUESTION // 2 + 1)
    status, headers, _body = knock(peer, "/sync/pull", half, half, half)
    assert (status, headers[b"connection"]) == (413, b"close")


def test_a_slow_question_is_not_waited_for(peer: PeerDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "TO_ASK", 0.2)
    assert knock(peer, "/sync/pull", b"a", b"b", b"c", b"d", pause=0.08)[0] == 408


def test_one_address_cannot_ask_without_end(
    peer: PeerDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([True] * 5 + [False] * 2)
    monkeypatch.setattr(rates, "spend", lambda _what, _who: next(left))
    monkeypatch.setattr(rates, "take", lambda *_what: 10.0)
    assert [knock(peer, "/sync/heads", method="GET")[0] for _ in range(7)] == [200] * 5 + [429] * 2


def test_a_question_that_waits_is_answered_when_something_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_at: list[float] = []

    def answer(*_question: Any) -> Answer:
        asked_at.append(time.monotonic())
        return Answer(200, "x/y", b"news", None if len(asked_at) > 1 else 20.0)

    monkeypatch.setattr(rates, "spend", lambda _what, _who: True)
    monkeypatch.setattr(serve, "answer", answer)
    threading.Timer(0.3, live.wake).start()
    assert knock(PeerDoor(), "/sync/pull", b"x")[2] == b"news"
    assert asked_at[1] - asked_at[0] < door.LOOK


def test_behind_a_proxy_the_address_that_it_passes_on_counts(peer: PeerDoor, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    passed = ((b"x-forwarded-for", b"198.51.100.1, 203.0.113.9"),)
    assert knock(peer, "/sync/heads", method="GET", headers=passed)[2].endswith(b" 203.0.113.9")
