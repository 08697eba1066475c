"""The web stack under load: own appends ten at a time, pages over 100,000 records, one screen to another.

The server is a process of its own on loopback; the client here shares the machine with it.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.homes import fresh

RECORDS = 100_000
MEMBERS = 50
APPENDS = 2000
AT_A_TIME = 10


def percentile(times: list[float], share: float) -> float:
    """Return the time, in milliseconds, under which this share of them lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(folder: Path) -> tuple[str, str, str]:
    """Fill the home; return a token's secret, the key of an open call and its caller's log."""
    from bench.world import World
    from hansa.api.tokens import make
    from hansa.kernel.ingest import ingest
    from hansa.kernel.log import open_log
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    world = World(MEMBERS, RECORDS)
    for round_ in world.bundles(5000):
        ingest(round_)
    (folder / "clock-is-right-2026").touch()
    open_log("here")
    officer = say(KINDS["pact.member/1"].example(), log="here")
    secret, _row = make(officer, "bench")
    return secret, world.calls[-1], "here"


def durable_limit(folder: Path) -> list[float]:
    """Return how long this disk takes, each time, to make one small append durable."""
    times = []
    with (folder / "limit").open("wb", buffering=0) as file:
        for _ in range(300):
            started = time.perf_counter()
            file.write(b"x" * 2048)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return times


async def appends(port: int, secret: str) -> list[float]:
    """Post notes, ten at a time, each durable before it is answered; return each one's seconds.

    The client speaks HTTP by hand, so that the machine is left to the server.
    """
    times: list[float] = []
    todo = iter(range(APPENDS))

    async def worker() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for i in todo:
            said = {"kind": "pact.note/1", "says": {"on": "here@0", "text": f"Note number {i}."}}
            body = json.dumps(said).encode()
            head = f"POST /api/records HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            started = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append(time.perf_counter() - started)
            assert answer.startswith(b"HTTP/1.1 201"), answer
        writer.close()

    await asyncio.gather(*(worker() for _ in range(AT_A_TIME)))
    return times


async def screens(port: int, secret: str, cookie: str, rounds: int = 100) -> list[float]:
    """Say something through the API and wait until another screen's event stream has heard of it."""
    import httpx

    times: list[float] = []
    base = f"http://127.0.0.1:{port}"
    async with (
        httpx.AsyncClient(base_url=base, timeout=30) as client,
        httpx.AsyncClient(base_url=base, timeout=httpx.Timeout(30, read=None)) as other,
        other.stream("GET", "/live", headers={"Cookie": cookie}) as stream,
    ):
        lines = stream.aiter_lines()
        await anext(lines)
        await asyncio.sleep(0.5)
        for i in range(rounds):
            body = {
                "kind": "pact.note/1",
                "says": {"on": "here@0", "text": f"Seen elsewhere, {i}."},
            }
            started = time.perf_counter()
            posted = asyncio.create_task(
                client.post(
                    "/api/records", json=body, headers={"Authorization": f"Bearer {secret}"}
                )
            )
            async for line in lines:
                if line.startswith("event: changed"):
                    break
            times.append(time.perf_counter() - started)
            (await posted).raise_for_status()
            await asyncio.sleep(0.02)
    return times


def pages(call: str) -> dict[str, list[float]]:
    """Return the seconds that the server takes for each page, as an officer who is signed in."""
    from hansa.node.asgi import settle

    client = signed_in()
    settle()
    times: dict[str, list[float]] = {}
    for address in ("/", f"/call/{call}", "/needs", "/history", "/ledger"):
        client.get(address)
        for _ in range(40):
            started = time.perf_counter()
            answer = client.get(address)
            times.setdefault(address, []).append(time.perf_counter() - started)
            assert answer.status_code == 200, (address, answer.status_code)
    return times


def signed_in() -> "object":
    """Return a client that sits in the chair of the bench's own officer."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from hansa.kernel import clock
    from hansa.web.models import Seat

    user, _made = get_user_model().objects.get_or_create(username="bench")
    Seat.objects.get_or_create(user=user, officer="here@0", defaults={"since": clock.now()})
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["chair"] = "here@0"
    session.save()
    return client


def serve(port: int) -> subprocess.Popen[bytes]:
    """Start a server of its own on the home and wait until it answers."""
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "hansa.node.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(command)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process
    process.terminate()
    raise SystemExit("the server did not start")


def main() -> None:
    """Print each figure beside what was asked, and this machine's own durable write."""
    folder = fresh()
    (folder / "hansa.toml").write_text("api_rate = 10000000\n")
    secret, call, _log = prepare(folder)
    for address, times in pages(call).items():
        print(
            f"page {address[:30]:31} p95 {percentile(times, 0.95):6.1f} ms, median {statistics.median(times) * 1000:5.1f}  ({RECORDS:,} records, {MEMBERS} members; asked for home and call: under 80)"
        )
    limit = durable_limit(folder)
    client = signed_in()
    cookie = f"sessionid={client.cookies['sessionid'].value}"  # type: ignore[attr-defined]
    port = free_port()
    server = serve(port)
    try:
        asyncio.run(appends(port, secret))  # once before, to be warm
        times = asyncio.run(appends(port, secret))
        print(
            f"durable append  p50 {percentile(times, 0.5):6.1f} ms, p99 {percentile(times, 0.99):6.1f} ms, {AT_A_TIME} at a time (asked: p99 under 50); this disk's own sync p50 {percentile(limit, 0.5):.1f}, p99 {percentile(limit, 0.99):.1f} ms"
        )
        seen = asyncio.run(screens(port, secret, cookie))
        print(
            f"seen elsewhere  p50 {percentile(seen, 0.5):6.1f} ms, p99 {percentile(seen, 0.99):6.1f} ms (asked: p99 under 500)"
        )
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
