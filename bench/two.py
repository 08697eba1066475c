"""Two Hansa nodes on loopback, each a process with a home of its own, joined by letter as members join."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from bench.web import free_port

HANSA = [sys.executable, "-c", "from hansa.node.main import main; main()"]


class Node:
    """One node: its home, its port, and the command on it."""

    def __init__(self, folder: Path, name: str, *more: str) -> None:
        """Make the home."""
        self.folder, self.port = folder / name, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.run(
            "init", "--name", name, "--type", "city", "--state", "XX", "--seat", "", "--zone", "UTC",
            "--office", "Chief", "--log", name, "--url", self.base, *more,
        )  # fmt: skip
        with (self.folder / "hansa.toml").open("a") as toml:
            toml.write("\npeers_local = true\napi_rate = 10000000\n")

    def run(self, *arguments: str) -> str:
        """Run a command on the home and return what it says."""
        made = subprocess.run(
            [*HANSA, "--home", str(self.folder), *arguments],
            capture_output=True, text=True, check=False, env=clean(),
        )  # fmt: skip
        if made.returncode:
            raise SystemExit(made.stderr)
        return made.stdout

    def serve(self) -> None:
        """Serve it, and wait until it answers."""
        log = (self.folder.parent / f"{self.folder.name}.log").open("wb")
        self.process = subprocess.Popen(
            [*HANSA, "--home", str(self.folder), "serve", "--port", str(self.port)],
            stdout=log, stderr=log, env=clean(),
        )  # fmt: skip
        for _ in range(300):
            try:
                httpx.get(f"{self.base}/health", timeout=1)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit(f"The node {self.folder.name} did not start.")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def clean() -> dict[str, str]:
    """Return this process's environment without a home of its own."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HANSA", "DJANGO"))
    }


def pair(folder: Path) -> tuple[Node, Node]:
    """Found a pact on one node, let another join by letter, and serve both."""
    one, two = Node(folder, "one", "--found"), Node(folder, "two")
    letters = folder / "request", folder / "welcome"
    two.run("join", "request", "--out", str(letters[0]))
    one.run(
        "join", "admit", str(letters[0]), "--as", "one/chief", "--yes", "--out", str(letters[1])
    )
    two.run("join", "follow", str(letters[1]), "--yes")
    one.serve()
    two.serve()
    return one, two


async def hansa(folder: Path, flights: tuple[int, ...], events: int, seen: int) -> dict[str, Any]:
    """Measure two nodes at the same job as the peer's: records a second, and seconds until the other shows one."""
    one, two = pair(folder)
    try:
        secret = one.run("token", "make", "--as", "one/chief", "--name", "bench").split()[-1]
        other = two.run("token", "make", "--as", "two/chief", "--name", "bench").split()[-1]
        async with (
            httpx.AsyncClient(
                base_url=one.base, headers={"Authorization": f"Bearer {secret}"}, timeout=60
            ) as near,
            httpx.AsyncClient(
                base_url=two.base, headers={"Authorization": f"Bearer {other}"}, timeout=60
            ) as far,
        ):
            rates = {flight: await accepted(near, flight, events) for flight in flights}
            await asyncio.sleep(15)
            return {"rates": rates, "seen": await shown(near, far, seen)}
    finally:
        one.stop()
        two.stop()


async def accepted(client: httpx.AsyncClient, flight: int, events: int) -> float:
    """Say records, so many at a time, each durable before it is answered; return how many a second."""
    todo = iter(range(events))

    async def worker() -> None:
        for i in todo:
            await send(client, f"{flight}-{i}")

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(flight)))
    return events / (time.perf_counter() - began)


async def send(client: httpx.AsyncClient, name: str) -> str:
    """Say one record of about 1.4 kB and return its position."""
    said = {"kind": "pact.note/1", "says": {"on": "one@0", "text": f"{name} " + "x" * 1200}}
    answer = (await client.post("/api/records", json=said)).raise_for_status()
    return str(answer.json()["position"])


async def shown(near: httpx.AsyncClient, far: httpx.AsyncClient, seen: int) -> list[float]:
    """Say one record at a time and ask the other node for it until it shows it."""
    times = []
    for i in range(seen):
        began = time.perf_counter()
        position = await send(near, f"seen-{i}")
        while (await far.get(f"/api/records/{position}")).status_code != 200:  # noqa: ASYNC110 - the API has no bell
            await asyncio.sleep(0.005)
        times.append(time.perf_counter() - began)
    return times
