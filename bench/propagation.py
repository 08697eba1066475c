"""How long it takes until what is said on one node stands on the pages of four others.

Five nodes, each a process with a home of its own on loopback. Time runs from the request to say something until
the other node's page of that record has been fetched, after its stream of news rang.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.web import durable_limit, free_port, percentile

NODES = 5
ROUNDS = 100
WARM = 5


@dataclass
class Node:
    """One node: its name, folder, port, what the others need of it, and what a client needs."""

    name: str
    folder: Path
    port: int = field(default_factory=free_port)
    vkey: str = ""
    token: str = ""
    cookie: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, what: str, *words: str) -> dict[str, str]:
        """Run a part of this module on its home."""
        ran = subprocess.run(
            [sys.executable, "-m", "bench.propagation", what, self.name, self.url, *words],
            env={**os.environ, "HANSA_HOME": str(self.folder), "HANSA_PORT": str(self.port)},
            check=True,
            stdout=subprocess.PIPE,
        )
        found: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
        return found

    def serve(self) -> None:
        """Start serving it."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from hansa.node.main import main; main()", "serve"],
            env={**os.environ, "HANSA_HOME": str(self.folder), "HANSA_PORT": str(self.port)},
            stdout=subprocess.DEVNULL,
        )


def make(name: str, url: str) -> dict[str, str]:
    """Open the log of a new home; return its key."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from hansa.kernel.log import open_log
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    vkey = open_log(name).vkey
    say(KINDS["pact.member/1"].example(), log=name)
    say(KINDS["kernel.node/1"].read({"url": url}), log=name, by=f"{name}@0")
    return {"vkey": vkey}


def link(name: str, _url: str, *others: str) -> dict[str, str]:
    """Follow the others, given as KEY and URL in turn; return a token and a cookie."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    from hansa.api.tokens import make as make_token
    from hansa.kernel import clock
    from hansa.kernel.sync.follow import follow
    from hansa.web.models import Seat

    for vkey, url in zip(others[::2], others[1::2], strict=True):
        follow(vkey, url)
    user = get_user_model().objects.create(username="bench")
    Seat.objects.create(user=user, officer=f"{name}@0", since=clock.now())
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["chair"] = f"{name}@0"
    session.save()
    secret, _row = make_token(f"{name}@0", "bench")
    return {"token": secret, "cookie": f"sessionid={client.cookies['sessionid'].value}"}


async def wait_until_known(nodes: list[Node]) -> None:
    """Return when every node shows the founding record of every other."""
    import httpx

    async with httpx.AsyncClient(timeout=30) as client:
        for node in nodes:
            for other in nodes:
                for _ in range(600):
                    try:
                        seen = await client.get(
                            f"{node.url}/record/{other.name}@1", headers={"Cookie": node.cookie}
                        )
                        if seen.status_code == 200:
                            break
                    except httpx.HTTPError:
                        pass
                    await asyncio.sleep(0.1)
                else:
                    raise SystemExit(f"{node.name} never heard of {other.name}")


async def measure(nodes: list[Node]) -> list[float]:
    """Say something on the first node, again and again; return the seconds until each other showed it."""
    import httpx

    first, others = nodes[0], nodes[1:]
    times: list[float] = []
    async with httpx.AsyncClient(timeout=60) as client:
        rung = {node.name: asyncio.Event() for node in others}
        streams = [asyncio.create_task(listen(node, rung[node.name])) for node in others]
        await asyncio.sleep(1)
        for i in range(WARM + ROUNDS):
            body = {"kind": "pact.note/1", "says": {"on": f"{first.name}@0", "text": f"Note {i}."}}
            started = time.perf_counter()
            headers = {"Authorization": f"Bearer {first.token}"}
            posted = client.post(f"{first.url}/api/records", json=body, headers=headers)
            position = f"{first.name}@{2 + i}"
            shown = [seen(client, node, position, rung[node.name], started) for node in others]
            answer, *found = await asyncio.gather(posted, *shown)
            assert answer.json()["position"] == position, answer.text
            times += found if i >= WARM else []
            await asyncio.sleep(0.05)
        for stream in streams:
            stream.cancel()
    return times


async def listen(node: Node, rung: asyncio.Event) -> None:
    """Ring whenever the node's pages would fetch themselves anew."""
    import httpx

    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(30, read=None)) as client,
        client.stream("GET", f"{node.url}/live", headers={"Cookie": node.cookie}) as stream,
    ):
        async for line in stream.aiter_lines():
            if line.startswith("event: changed"):
                rung.set()


async def seen(
    client: Any, node: Node, position: str, rung: asyncio.Event, started: float
) -> float:
    """Return when the node's page of the record was there."""
    while True:
        await rung.wait()
        rung.clear()
        page = await client.get(f"{node.url}/record/{position}", headers={"Cookie": node.cookie})
        if page.status_code == 200:
            return time.perf_counter() - started


def main() -> None:
    """Print the times beside this disk's own: each node makes what it hears durable, one after the other."""
    if len(sys.argv) > 1:
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hansa.node.settings")
        django.setup()
        print(json.dumps({"make": make, "link": link}[sys.argv[1]](*sys.argv[2:])))
        return
    folder = Path(tempfile.mkdtemp(prefix="hansa-bench-"))
    nodes = [Node(f"node-{i}", folder / f"node-{i}") for i in range(NODES)]
    try:
        for node in nodes:
            node.folder.mkdir()
            (node.folder / "secret").write_text(f"of {node.name} only")
            (node.folder / "hansa.toml").write_text("peers_local = true\napi_rate = 1000000\n")
            node.vkey = node.run("make")["vkey"]
        for node in nodes:
            others = [
                word for other in nodes if other is not node for word in (other.vkey, other.url)
            ]
            made = node.run("link", *others)
            node.token, node.cookie = made["token"], made["cookie"]
            node.serve()
        asyncio.run(wait_until_known(nodes))
        times = asyncio.run(measure(nodes))
    finally:
        for node in nodes:
            if node.process is not None:
                node.process.terminate()
        for node in nodes:
            if node.process is not None:
                node.process.wait()
    limit = durable_limit(folder)
    print(
        f"seen elsewhere  p50 {percentile(times, 0.5):6.1f} ms, p99 {percentile(times, 0.99):6.1f} ms on the pages of {NODES - 1} other nodes (asked: p99 under 500); this disk's own sync p50 {percentile(limit, 0.5):.1f}, p99 {percentile(limit, 0.99):.1f} ms"
    )


if __name__ == "__main__":
    main()
