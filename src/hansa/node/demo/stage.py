"""The demo as a process: a fresh home, a port that stays open over restarts, the server, and the conductor beside it."""

import os
import shutil
import socket
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hansa.kernel.errors import Refused
from hansa.node.lock import NAME as LOCK
from hansa.node.lock import only_one
from hansa.node.scenario.play import fill_home
from hansa.node.start import TOML, choose_home, load_django, migrate

INHERITED = "HANSA_DEMO_SOCKET"
"""The number of the listening socket that a restarting demo hands to its successor."""

PROGRESS = "demo.json"
WAITING = 64
"""Browsers that may wait at the port while a home is made."""


def prepare(folder: Path, *, keep: bool) -> bool:
    """Make the demo's home and run this process on it; return whether it goes on with an earlier one.

    The caller holds the home's lock. Refused if the folder holds anything that is no demo.
    """
    settings = folder / TOML
    written = tomllib.loads(settings.read_text("utf-8")) if settings.exists() else None
    others = [path for path in folder.iterdir() if path.name != LOCK]
    if others and not (written and written.get("demo")):
        raise Refused(
            f"{folder} holds something that is no demo. Name another folder with --home, or move this one away.",
            code="not-demo",
        )
    if keep and (folder / PROGRESS).exists():
        choose_home(folder)
        load_django()
        migrate()
        return True
    for path in others:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    fill_home(folder, demo=True)
    return False


def perform(
    folder: Path, scenario_file: Path, port: socket.socket, address: str, *, keep: bool
) -> bool:
    """Found, serve and play until told to stop; return whether to start again."""
    with only_one(folder):
        going_on = prepare(folder, keep=keep)
        from hansa.node.demo.conductor import put_on

        conductor = _conduct(folder, scenario_file, going_on=going_on)
        again: list[bool] = []
        server = _server()

        def start_again() -> None:
            again.append(True)
            server.should_exit = True

        put_on(conductor, start_again)
        conductor.start()
        print(f"The demo plays at {address} (Ctrl-C stops it).", flush=True)
        try:
            _serve(server, port)
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)
        finally:
            conductor.stop()
        return bool(again)


def _conduct(folder: Path, scenario_file: Path, *, going_on: bool) -> Any:
    from django.db.models import Max

    from hansa.kernel import clock
    from hansa.kernel.models import Log
    from hansa.node.demo.conductor import Conductor, kept
    from hansa.node.demo.telling import echo_in
    from hansa.node.scenario.player import Player
    from hansa.node.scenario.reading import read_scenario

    scenario = read_scenario(scenario_file)
    earlier = kept(folder / PROGRESS) if going_on else None
    if earlier:
        player = Player(scenario, lenient=True, names=earlier["names"])
        newest = Log.objects.aggregate(newest=Max("last_at"))["newest"]
        done = min(earlier["done"], len(scenario.lines))
        conductor = Conductor(
            player,
            done=done,
            floor=newest,
            on_step=echo_in(scenario.zone),
            keep_in=folder / PROGRESS,
        )
    else:
        player = Player(scenario, lenient=True)
        clock.use(lambda: scenario.starts, told=True)
        player.found()
        conductor = Conductor(player, on_step=echo_in(scenario.zone), keep_in=folder / PROGRESS)
    clock.use(conductor.now, told=True)
    return conductor


def _server() -> Any:
    import uvicorn

    from hansa.node.asgi import application

    return uvicorn.Server(
        uvicorn.Config(
            application,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )


def _serve(server: Any, port: socket.socket) -> None:
    """Serve on a copy of the listening socket: the server closes its own when it ends, and the port stays open."""
    from hansa.node.worker import Worker

    worker = Worker()
    worker.start()
    try:
        server.run(sockets=[port.dup()])
    finally:
        worker.stop()


def open_port(bind: Callable[[], socket.socket]) -> tuple[socket.socket, bool]:
    """Return the listening socket, and whether an earlier demo handed it over."""
    inherited = os.environ.pop(INHERITED, "")
    port = socket.socket(fileno=int(inherited)) if inherited.isdigit() else bind()
    port.listen(WAITING)
    return port, bool(inherited)


def succeed(port: socket.socket) -> None:
    """Become a new process with the same command and the same open port."""
    port.set_inheritable(True)
    os.environ[INHERITED] = str(port.fileno())
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves again
