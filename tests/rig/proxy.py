"""A bad link between two real nodes: a TCP proxy that lets little through, stalls, and hangs up.

A lost packet is what TCP makes of it for those who use it: a pause. So each small chunk may bring one, and now
and then the connection ends in the middle of a word.
"""

import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Self

CHUNK = 512
"""Bytes that go at once: less than an ordinary packet."""


@dataclass
class Link:
    """How bad it is. `rate` in bytes a second and direction, chances for each chunk."""

    rate: float = 50_000 / 8
    loss: float = 0.05
    pause: float = 0.3
    """Seconds until a lost packet has been sent again."""
    reset: float = 0.001
    up: bool = True


@dataclass
class Proxy:
    """Listens on a loopback port of its own and passes on to another, as badly as the link says."""

    target: int
    link: Link = field(default_factory=Link)
    seed: int = 0
    carried: int = 0
    """Bytes that went through, both ways."""
    resets: int = 0
    pauses: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self._chance = random.Random(self.seed)
        self._lock = threading.Lock()
        self._budget = {True: 0.0, False: 0.0}
        self._stopped = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        while self._threads:
            self._threads.pop(0).join()
        for one in [self._listener, *self._sockets]:
            one.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            if not self.link.up:
                _hang_up(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _hang_up(near)
                continue
            self._sockets += (near, far)
            for one in (near, far):
                one.settimeout(0.2)
            for ends in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self._pass_on, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, one: socket.socket, other: socket.socket, out: bool) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    data = one.recv(CHUNK)
                except TimeoutError:
                    if not self.link.up:
                        break
                    continue
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return
                if not self._survives(len(data), out):
                    break
                other.sendall(data)
        except OSError:
            pass  # the other direction hung up
        _hang_up(one)
        _hang_up(other)

    def _survives(self, count: int, out: bool) -> bool:
        """Wait as long as the link takes for so many bytes; tell whether the connection outlives it."""
        with self._lock:
            now = time.monotonic()
            ready = max(self._budget[out], now) + count / self.link.rate
            self._budget[out] = ready
            self.carried += count
            lost = self._chance.random() < self.link.loss
            over = self._chance.random() < self.link.reset or not self.link.up
            self.pauses += lost
            self.resets += over
        time.sleep(max(0.0, ready - now) + (self.link.pause if lost else 0))
        return not over


def _hang_up(one: socket.socket) -> None:
    """End a connection with a reset, in the middle of whatever it carried."""
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()
    except OSError:
        pass  # it is closed already
