"""The nodes that members name: who may witness, and where it is asked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a member says of its node: whose it is, its witness's vkey, its address, and on which host it runs."""

    log: str
    vkey: str
    url: str
    host: str


class _Nodes:
    read: Callable[[], Iterable[Keeper]] = staticmethod(tuple)


def nodes_are(read: Callable[[], Iterable[Keeper]]) -> None:
    """Let `read()` give the nodes that members have named in their own logs."""
    _Nodes.read = staticmethod(read)


def nodes() -> list[Keeper]:
    """Return the nodes that members have named."""
    return list(_Nodes.read())
