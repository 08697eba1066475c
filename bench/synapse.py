"""Beside a peer: the same job done by two federated Synapse servers and by two Hansa nodes, on this machine.

The job: one signed record or event per HTTP request, durable at node 1 before it is answered; then one at a
time, from the request at node 1 until node 2 shows it to one who waits there. Neither side is tuned. They differ:
Synapse resolves state and pushes; Hansa checks offices, folds rows, grows a Merkle tree and syncs to disk.

Synapse is installed by this script into a folder of its own, once; nothing of the project needs it.
"""

import asyncio
import hashlib
import hmac
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from bench.web import free_port, percentile

VERSION = "1.163.2"
PLACE = Path(__file__).resolve().parent.parent / "build" / "synapse"
EVENTS = 300
SEEN = 60
FLIGHTS = (1, 10, 50)


def install() -> Path:
    """Return the Python that has Synapse."""
    python = PLACE / "bin" / "python"
    if not python.exists():
        print(f"Installing Synapse {VERSION} into {PLACE.name}/, once.", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(PLACE)], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, f"matrix-synapse=={VERSION}"], check=True)
    return python


class Server:
    """One Synapse server with SQLite, federating over TLS that nobody vouches for."""

    def __init__(self, python: Path, folder: Path) -> None:
        """Write its configuration and start it."""
        self.client_port, federation = free_port(), free_port()
        self.name, self.secret = f"localhost:{federation}", secrets.token_hex(16)
        folder.mkdir()
        command = [str(python), "-m", "synapse.app.homeserver", "-c", str(folder / "hs.yaml")]
        subprocess.run(
            [*command, "--server-name", self.name, "--generate-config", "--report-stats=no"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        certify(folder)
        written = (folder / "hs.yaml").read_text()
        many = {"per_second": 100_000, "burst_count": 100_000}
        more: dict[str, Any] = {
            "listeners": [
                {"port": self.client_port, "type": "http", "bind_addresses": ["127.0.0.1"], "resources": [{"names": ["client"]}]},
                {"port": federation, "type": "http", "tls": True, "bind_addresses": ["127.0.0.1"], "resources": [{"names": ["federation"]}]},
            ],
            "tls_certificate_path": str(folder / "cert.pem"),
            "tls_private_key_path": str(folder / "key.pem"),
            "federation_verify_certificates": False,
            "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [],
            "trusted_key_servers": [],
            "registration_shared_secret": self.secret,
            "rc_message": many, "rc_registration": many, "rc_joins": {"local": many, "remote": many},
            "rc_federation": {"window_size": 1000, "sleep_limit": 100_000, "sleep_delay": 1, "reject_limit": 100_000, "concurrent": 100},
            "presence": {"enabled": False},
        }  # fmt: skip
        kept = [
            line
            for line in written.splitlines()
            if not line.startswith(("listeners:", "  ", "trusted_key", "registration_shared"))
        ]
        (folder / "base.yaml").write_text("\n".join(kept))
        (folder / "more.yaml").write_text(json.dumps(more))
        log = (folder / "out.log").open("wb")
        self.process = subprocess.Popen(
            [str(python), "-m", "synapse.app.homeserver", "-c", str(folder / "hs.yaml"), "-c", str(folder / "more.yaml")],
            cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
        self.base = f"http://127.0.0.1:{self.client_port}"
        for _ in range(300):
            try:
                if httpx.get(f"{self.base}/_matrix/client/versions", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise SystemExit(f"Synapse did not start; see {folder / 'out.log'}")

    def user(self, name: str) -> str:
        """Register a user and return its token."""
        at = f"{self.base}/_synapse/admin/v1/register"
        nonce = httpx.get(at).json()["nonce"]
        words = f"{nonce}\0{name}\0pass word\0notadmin".encode()
        mac = hmac.new(self.secret.encode(), words, hashlib.sha1).hexdigest()
        given = {"nonce": nonce, "username": name, "password": "pass word", "mac": mac}
        return str(httpx.post(at, json=given).raise_for_status().json()["access_token"])


def certify(folder: Path) -> None:
    """Make a certificate that nobody vouches for."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


async def accepted(client: httpx.AsyncClient, room: str, flight: int, tag: str) -> float:
    """Send events, so many at a time; return how many a second were answered."""
    todo = iter(range(EVENTS))

    async def worker() -> None:
        for i in todo:
            await send(client, room, f"{tag}-{i}")

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(flight)))
    return EVENTS / (time.perf_counter() - began)


async def send(client: httpx.AsyncClient, room: str, name: str) -> None:
    """Send one event of about 1.4 kB."""
    said = {"msgtype": "m.text", "body": f"{name} " + "x" * 1200}
    path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{name}"
    (await client.put(path, json=said)).raise_for_status()


async def shown(near: httpx.AsyncClient, far: httpx.AsyncClient, room: str) -> list[float]:
    """Send one event at a time and wait until the other server's /sync shows it."""
    first = (await far.get("/_matrix/client/v3/sync", params={"timeout": 0})).json()
    since, times = first["next_batch"], []
    for i in range(SEEN):
        began = time.perf_counter()
        sending = asyncio.create_task(send(near, room, f"seen-{i}"))
        while True:
            got = (
                await far.get("/_matrix/client/v3/sync", params={"timeout": 20_000, "since": since})
            ).json()
            since = got["next_batch"]
            if f"seen-{i} " in json.dumps(got):
                break
        times.append(time.perf_counter() - began)
        await sending
    return times


async def synapse(python: Path, folder: Path) -> dict[str, Any]:
    """Measure two federated Synapse servers."""
    one, two = Server(python, folder / "one"), Server(python, folder / "two")
    try:
        heads = [{"Authorization": f"Bearer {server.user('bench')}"} for server in (one, two)]
        async with (
            httpx.AsyncClient(base_url=one.base, headers=heads[0], timeout=60) as near,
            httpx.AsyncClient(base_url=two.base, headers=heads[1], timeout=60) as far,
        ):
            made = await near.post("/_matrix/client/v3/createRoom", json={"preset": "public_chat"})
            room = made.raise_for_status().json()["room_id"]
            joined = await far.post(
                f"/_matrix/client/v3/join/{room}", params={"server_name": one.name}
            )
            joined.raise_for_status()
            rates = {flight: await accepted(near, room, flight, f"f{flight}") for flight in FLIGHTS}
            await asyncio.sleep(15)  # let what is under way arrive
            return {"rates": rates, "seen": await shown(near, far, room)}
    finally:
        for server in (one, two):
            server.process.terminate()
            server.process.wait()


def say(name: str, found: dict[str, Any]) -> None:
    """Print one side."""
    rates = ", ".join(f"{rate:.0f}/s at {flight}" for flight, rate in found["rates"].items())
    seen = found["seen"]
    print(
        f"{name:28} accepted {rates} in flight; at the other node p50 {statistics.median(seen) * 1000:.0f} ms, p99 {percentile(seen, 0.99):.0f} ms",
        flush=True,
    )


def main() -> None:
    """Print both sides, the peer first."""
    from bench.two import hansa

    python = install()
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        say(f"Synapse {VERSION}, SQLite", asyncio.run(synapse(python, Path(folder))))
    with tempfile.TemporaryDirectory(prefix="hansa-bench-") as folder:
        say("Hansa, SQLite", asyncio.run(hansa(Path(folder), FLIGHTS, EVENTS, SEEN)))


if __name__ == "__main__":
    main()
