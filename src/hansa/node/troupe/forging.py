"""A log as it never was, signed with its true key: what a thief, or a hostile host, could show to others."""

from hansa.kernel import store
from hansa.kernel.home import home
from hansa.kernel.merkle import Subtrees, leaf_hash, prove_consistency, root_of
from hansa.kernel.models import Log
from hansa.kernel.note import encode_base64


def second_history(name: str, size: int, old: int) -> str:
    """Return a request to witness (C2SP tlog-witness) a head whose last entry is another than the log's own.

    It grows truthfully from `old`, which is smaller than `size`, so that only who holds the entries can tell.
    """
    log = Log.objects.get(name=name)
    leaves = [*store.leaves(name, 0, size - 1), leaf_hash(b"what was never said")]
    note = home().keys.sign(name, log.origin, size, root_of(leaves))
    tree = Subtrees(lambda start, end: leaves[start:end])
    proof = prove_consistency(tree, old, size) if old else []
    return f"old {old}\n" + "".join(f"{encode_base64(one)}\n" for one in proof) + "\n" + note
