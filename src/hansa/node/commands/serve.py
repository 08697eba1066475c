"""`hansa serve`: this home for browsers and programs, until it is told to stop."""

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
def serve(host: str, port: int) -> None:
    """Serve this home. Stop it with Ctrl-C; what was acknowledged is safe however it stops."""
    folder = start.require_home()
    with only_one(folder):
        start.load_django()
        start.migrate()
        unlocked_or_said()
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
    import uvicorn

    from hansa.node.statics import serve_collected

    serve_collected()
    from hansa.node.asgi import application
    from hansa.node.logs import catch_all
    from hansa.node.worker import Worker

    own = bind(host, port)
    own.listen()  # who follows the address as soon as it is told waits, and is not refused
    address = f"http://{f'[{host}]' if ':' in host else host}:{own.getsockname()[1]}/"
    catch_all()
    # Without its own log_config, what uvicorn logs goes the way of all lines here.
    config = uvicorn.Config(
        application, lifespan="off", log_config=None, access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=PATIENCE
    )  # fmt: skip
    worker = Worker()
    worker.start()
    try:
        click.echo(f"Serving {folder} at {address} (Ctrl-C stops it).")
        if ready:
            ready(address)
        uvicorn.Server(config).run(sockets=[own])
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        worker.stop()
        own.close()


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
