"""The lines between the demo's nodes: each node is reached by the others through a bridge that can be cut."""

import contextlib
import select
import socket
import threading
from collections.abc import Callable

PART = 64 * 1024


class Bridge:
    """Passes connections on from one address to a port of this machine, from whomever `open_to` lets pass."""

    def __init__(self, host: str, target: int, open_to: Callable[[str], bool]) -> None:
        """Take a port of `host`. `open_to(address)` is asked again for as long as a connection lasts."""
        self._listening = socket.create_server((host, 0))
        self._target, self._open_to = target, open_to
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="hansa-bridge", daemon=True)

    @property
    def port(self) -> int:
        """Return the port on which it listens."""
        return int(self._listening.getsockname()[1])

    def start(self) -> None:
        """Begin to pass on."""
        self._listening.settimeout(0.2)
        self._thread.start()

    def stop(self) -> None:
        """End, and every connection with it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                near, (address, _port) = self._listening.accept()
                threading.Thread(target=self._pass_on, args=(near, address), daemon=True).start()

    def _pass_on(self, near: socket.socket, address: str) -> None:
        with near:
            if not self._open_to(address):
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
            except OSError:
                return
            with far, contextlib.suppress(OSError):
                while self._open_to(address) and not self._stopping.is_set():
                    ready, _, _ = select.select([near, far], [], [], 0.2)
                    for one in ready:
                        data = one.recv(PART)
                        if not data:
                            return
                        (far if one is near else near).sendall(data)
