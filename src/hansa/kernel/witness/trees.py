"""Roots and proofs at any earlier size of a log that this node holds."""

from functools import lru_cache

from django.conf import settings

from hansa.kernel import store
from hansa.kernel.merkle import EMPTY_ROOT, Frontier, Subtrees, prove_consistency
from hansa.kernel.models import Log


def root_at(log: Log, size: int) -> bytes:
    """Return the root over the log's first `size` entries, all of which stand here."""
    if size == 0:
        return EMPTY_ROOT
    if size == log.size:
        return Frontier.from_bytes(bytes(log.frontier)).root()
    return _tree(log).hash(0, size)


def grown(log: Log, old: int, new: int) -> list[bytes]:
    """Return the proof that the log's first `new` entries begin with its first `old` (RFC 6962, 2.1.2)."""
    return prove_consistency(_tree(log), old, new)


def _tree(log: Log) -> Subtrees:
    return _kept(str(settings.HANSA_HOME), log.vkey, log.name)


def forget() -> None:
    """Forget what was kept: a log was cut back, so it does not only grow."""
    _kept.cache_clear()


@lru_cache(maxsize=256)
def _kept(home: str, vkey: str, name: str) -> Subtrees:
    """Keep complete subtrees: until it is cut back, a log only grows."""
    return Subtrees(lambda start, end: store.leaves(name, start, end))
