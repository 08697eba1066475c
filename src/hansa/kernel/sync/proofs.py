"""Proofs out of the logs kept here, for those who fetch them: quick, and never from a tree that is gone."""

from collections import OrderedDict
from threading import Lock

from django.conf import settings

from hansa.kernel import store
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import Subtrees, prove_consistency
from hansa.kernel.note import Checkpoint

MOST_TREES = 1_024


class _Kept:
    """Hashes of complete subtrees by home and log. A log can be cut back, so each use is held against a signed root."""

    lock = Lock()
    trees: OrderedDict[tuple[str, str], dict[tuple[int, int], bytes]] = OrderedDict()


def tree_of(name: str, head: Checkpoint) -> Subtrees:
    """Return the subtrees of a log that adds up to `head`; Untrusted if what is kept here does not."""
    key = (str(settings.HANSA_HOME), name)
    with _Kept.lock:
        kept = _Kept.trees.setdefault(key, {})
        _Kept.trees.move_to_end(key)
        while len(_Kept.trees) > MOST_TREES:
            _Kept.trees.popitem(last=False)
    tree = _tree(name, kept)
    if head.size and tree.hash(0, head.size) != head.root:
        kept = {}
        tree = _tree(name, kept)
        if tree.hash(0, head.size) != head.root:
            raise Untrusted(
                f"The entries of {name} kept here do not add up to its signed head. Run “hansa fsck”."
            )
        with _Kept.lock:
            _Kept.trees[key] = kept
    return tree


def _tree(name: str, kept: dict[tuple[int, int], bytes]) -> Subtrees:
    return Subtrees(lambda start, end: store.leaves(name, start, end), kept)


def grown(name: str, size: int, head: Checkpoint) -> list[bytes]:
    """Return the proof that the log's first `size` entries are a prefix of `head`'s tree; none if they are all of it."""
    return [] if size in {0, head.size} else prove_consistency(tree_of(name, head), size, head.size)


def between(tree: Subtrees, old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of `new` entries begins with that of `old`."""
    return prove_consistency(tree, old, new)
