"""Proofs out of the logs kept here, for those who fetch them: quick, and never from a tree that is gone."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings

from hansa.kernel import store
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import Subtrees, prove_consistency
from hansa.kernel.note import Checkpoint

MOST_TREES = 1_024


@dataclass(slots=True)
class _Tree:
    """Hashes of complete subtrees of one log, and the signed root that they were last found to lie under."""

    hashes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    root: bytes = b""


class _Kept:
    """What is known of trees, by home and log. A log can be cut back, so all of it is held against each head anew."""

    lock = Lock()
    trees: OrderedDict[tuple[str, str], _Tree] = OrderedDict()


def tree_of(name: str, head: Checkpoint) -> Subtrees:
    """Return the subtrees of a log that adds up to `head`; Untrusted if what is kept here does not."""
    key = (str(settings.HANSA_HOME), name)
    with _Kept.lock:
        kept = _Kept.trees.setdefault(key, _Tree())
        _Kept.trees.move_to_end(key)
        while len(_Kept.trees) > MOST_TREES:
            _Kept.trees.popitem(last=False)
    tree = _tree(name, kept.hashes)
    if head.size and kept.root != head.root and tree.hash(0, head.size) != head.root:
        kept = _Tree()
        tree = _tree(name, kept.hashes)
        if tree.hash(0, head.size) != head.root:
            raise Untrusted(
                f"The entries of {name} kept here do not add up to its signed head. Run “hansa fsck”."
            )
        with _Kept.lock:
            _Kept.trees[key] = kept
    kept.root = head.root
    return tree


def _tree(name: str, kept: dict[tuple[int, int], bytes]) -> Subtrees:
    """Return the subtrees; leaves are read a block at a time, as a proof asks for some eight stretches of one."""
    block = 1 << Subtrees.KEPT_FROM
    read: dict[int, list[bytes]] = {}

    def leaves(start: int, end: int) -> list[bytes]:
        first = start - start % block
        if end > first + block:
            return store.leaves(name, start, end)
        if first not in read:
            read[first] = store.leaves(name, first, first + block)
        return read[first][start - first : end - first]

    return Subtrees(leaves, kept)


def grown(name: str, size: int, head: Checkpoint) -> list[bytes]:
    """Return the proof that the log's first `size` entries are a prefix of `head`'s tree; none if they are all of it."""
    return [] if size in {0, head.size} else prove_consistency(tree_of(name, head), size, head.size)


def between(tree: Subtrees, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of `new` entries begins with that of `old`."""
    return prove_consistency(tree, old, new)
