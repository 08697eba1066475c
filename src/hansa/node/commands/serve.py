"""`hansa serve`: this home for browsers and programs, in one process or several, until it is told to stop."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import click

from hansa.kernel.errors import Refused
from hansa.node import start
from hansa.node.lock import only_one

HOST = "127.0.0.1"
PORT = 8000
BACKLOG = 512
"""Callers that may wait to be let in."""

PATIENCE = 3
"""Seconds that open answers get when the server stops. Live pages never end by themselves."""


def at_port(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command its `--host` and `--port`."""
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        envvar="HANSA_PORT",
        default=PORT,
        show_default=True,
        help="Port (HANSA_PORT).",
    )
    host = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
    return host(port(function))


@click.command()
@at_port
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer. More than one needs PostgreSQL.",
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve this home. Stop it with Ctrl-C; what was acknowledged is safe however it stops."""
    folder = start.require_home()
    start.load_django()
    shared = start.is_shared()
    if workers > 1 and not shared:
        raise Refused(
            "This home keeps its database in SQLite, which one process serves. Leave --workers out, or move it first: hansa move postgresql://…",
            code="one-process",
        )
    with only_one(folder, beside=shared):
        start.migrate()
        unlocked_or_said()
        if workers > 1:
            several(folder, host, port, workers)
        else:
            listen(folder, host, port)


def unlocked_or_said() -> None:
    """Ask for the passphrase of locked keys; where it stays unknown, say that this home only reads."""
    from hansa.node import passphrase

    if not passphrase.open_now():
        click.echo(
            "The keys of this home are locked: everything can be read, and nothing can be written or signed. Start again with the passphrase to write.",
            err=True,
        )


def listen(folder: Path, host: str, port: int, ready: Callable[[str], None] | None = None) -> None:
    """Serve a home that is locked, loaded and current, with its worker; return when told to stop.

    `ready` is called with the address once the port is ours.
    """
    from hansa.node.statics import serve_collected

    serve_collected()
    own, address = _open(host, port)
    try:
        click.echo(f"Serving {folder} at {address} (Ctrl-C stops it).")
        if ready:
            ready(address)
        answer(own)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        own.close()


def several(folder: Path, host: str, port: int, workers: int) -> None:
    """Serve a home as `listen` does, by several processes on one socket."""
    from hansa.node.crew import keep
    from hansa.node.statics import serve_collected

    serve_collected()
    own, address = _open(host, port)
    try:
        click.echo(f"Serving {folder} at {address} with {workers} processes (Ctrl-C stops them).")
        keep(workers, lambda: answer(own))
    finally:
        own.close()


def answer(own: socket.socket) -> None:
    """Answer on the socket, with what a serving process does beside, until a signal says to stop."""
    import uvicorn
    from django.db import connection

    from hansa.kernel.listener import Listener
    from hansa.node.asgi import application
    from hansa.node.logs import catch_all
    from hansa.node.worker import Worker

    catch_all()
    # Without its own log_config, what uvicorn logs goes the way of all lines here.
    config = uvicorn.Config(
        application, lifespan="off", log_config=None, access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=PATIENCE
    )  # fmt: skip
    beside: list[Worker | Listener] = [Worker()]
    if connection.vendor == "postgresql":
        beside.append(Listener())
    for one in beside:
        one.start()
    try:
        uvicorn.Server(config).run(sockets=[own])
    finally:
        for one in beside:
            one.stop()


def _open(host: str, port: int) -> tuple[socket.socket, str]:
    """Return a listening socket and its address: who follows it as soon as it is told waits, and is not refused."""
    own = bind(host, port)
    own.listen(BACKLOG)
    return own, f"http://{f'[{host}]' if ':' in host else host}:{own.getsockname()[1]}/"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; Refused says why not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise Refused(
            f"Port {port} of {host} cannot be used ({error.strerror or error}). Name another with --port, or stop what uses it.",
            code="port",
        ) from error
    made.set_inheritable(True)
    return made
