"""RFC 6962 Merkle trees over SHA-256: hashes, the right edge of a growing log, and its proofs.

Sizes and indexes count leaves; every hash is 32 bytes. The functions that judge bytes from
outside return nothing when they hold and raise `Untrusted` when they do not, so that a caller
cannot forget to look at an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from hansa.kernel.errors import Untrusted

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
MAX_PROOF = 63
EMPTY_ROOT = sha256(b"").digest()

LeafReader = Callable[[int, int], Sequence[bytes]]
"""Gives the leaf hashes of `[start, end)`."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one log entry: SHA-256(0x00 ‖ entry), RFC 6962 section 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees: SHA-256(0x01 ‖ left ‖ right), RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """Largest power of two smaller than `size` (at least 2): where RFC 6962 cuts a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash of leaf hashes, by the definition; O(n) and without any memory."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    cut = split_point(len(leaves))
    return node_hash(root_of(leaves[:cut]), root_of(leaves[cut:]))


@dataclass(slots=True)
class Frontier:
    """Right edge of a tree: the complete subtrees that make it up, the largest first.

    All that an appender must keep: at most 63 hashes for any size.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        edge, size = self.hashes, self.size
        for leaf in leaves:
            carry = leaf
            below = size
            while below & 1:
                carry = sha256(b"\x01" + edge.pop() + carry).digest()
                below >>= 1
            edge.append(carry)
            size += 1
            # Kept in step, so that a failing iterable leaves a frontier that is still true.
            self.size = size

    def root(self) -> bytes:
        """Merkle tree hash at this size; that of no leaves is SHA-256 of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> Frontier:
        """Return an independent frontier of the same tree."""
        return Frontier(self.size, list(self.hashes))

    def to_bytes(self) -> bytes:
        """Size as eight bytes, big-endian, then the hashes."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote; `Untrusted` when the length does not fit the size."""
        size = int.from_bytes(data[:8], "big")
        if size > MAX_SIZE or len(data) != 8 + HASH_SIZE * size.bit_count():
            raise Untrusted("The stored frontier is damaged: its length does not fit its size.")
        return cls(size, [data[i : i + HASH_SIZE] for i in range(8, len(data), HASH_SIZE)])


class Subtrees:
    """Hashes of any part of one log, for building proofs without rehashing the log.

    Complete subtrees of 256 leaves and more never change once the log has grown past them, so
    they are kept in `kept` (level and index to hash), which the caller may share or store. Once
    they are known a proof costs some 250 hashes and O(log n) lookups. The object must stay with
    one log: a kept hash is believed.
    """

    KEPT_FROM = 8

    def __init__(
        self, read: LeafReader, kept: MutableMapping[tuple[int, int], bytes] | None = None
    ) -> None:
        self._read = read
        self._kept = {} if kept is None else kept

    def complete(self, level: int, index: int) -> bytes:
        """Hash over the leaves `[index * 2**level, (index + 1) * 2**level)`."""
        if level < self.KEPT_FROM:
            return self._hash_leaves(index << level, (index + 1) << level)
        known = self._kept.get((level, index))
        if known is None:
            left = self.complete(level - 1, 2 * index)
            known = node_hash(left, self.complete(level - 1, 2 * index + 1))
            self._kept[level, index] = known
        return known

    def hash(self, start: int, end: int) -> bytes:
        """Merkle tree hash of `[start, end)`, a range that RFC 6962 splitting can reach."""
        size = end - start
        if size < 1 << self.KEPT_FROM:
            return self._hash_leaves(start, end)
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self.complete(level, start >> level)
        cut = start + split_point(size)
        return node_hash(self.hash(start, cut), self.hash(cut, end))

    def _hash_leaves(self, start: int, end: int) -> bytes:
        leaves = self._read(start, end)
        if len(leaves) != end - start:
            raise Untrusted(
                f"Leaf hashes {start} to {end - 1} were asked for, {len(leaves)} were found."
            )
        edge = Frontier()
        edge.extend(leaves)
        return edge.root()


Leaves = Sequence[bytes] | LeafReader | Subtrees
"""Leaf hashes in a list, behind a reader, or behind a reader with kept subtrees."""


def _subtrees(leaves: Leaves) -> Subtrees:
    if isinstance(leaves, Subtrees):
        return leaves
    if callable(leaves):
        return Subtrees(leaves)
    held = leaves
    return Subtrees(lambda start, end: held[start:end])


def prove_inclusion(leaves: Leaves, index: int, size: int) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, RFC 6962 section 2.1.1.

    The leaf's sibling comes first. `Untrusted` when the index is not inside the tree.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise Untrusted(f"There is no entry {index} in a log of size {size}.")
    tree = _subtrees(leaves)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        cut = start + split_point(end - start)
        if index < cut:
            path.append(tree.hash(cut, end))
            end = cut
        else:
            path.append(tree.hash(start, cut))
            start = cut
    return path[::-1]


def prove_consistency(leaves: Leaves, old: int, new: int) -> list[bytes]:
    """Proof that the tree of `new` leaves begins with that of `old`, RFC 6962 section 2.1.2.

    Empty when `old` is 0 or equals `new`. `Untrusted` when `old` is the larger one.
    """
    if not 0 <= old <= new <= MAX_SIZE:
        raise Untrusted(f"A log of size {new} cannot have grown from size {old}.")
    if old in {0, new}:
        return []
    tree = _subtrees(leaves)
    path: list[bytes] = []
    start, end = 0, new
    while old != end:
        cut = start + split_point(end - start)
        if old <= cut:
            path.append(tree.hash(cut, end))
            end = cut
        else:
            path.append(tree.hash(start, cut))
            start = cut
    # The old tree's last complete subtree: the checker has it already when it is the old tree.
    if start:
        path.append(tree.hash(start, end))
    return path[::-1]


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > MAX_PROOF + 1:
        raise Untrusted(f"The proof has {len(hashes)} hashes; no log needs more than {MAX_PROOF}.")
    if any(len(one) != HASH_SIZE for one in hashes):
        raise Untrusted(f"A hash in the proof is not {HASH_SIZE} bytes long.")


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Hold only if the leaf hash stands at `index` in the tree of `size` leaves with `root`.

    RFC 9162 section 2.1.3.2. Raises `Untrusted` otherwise.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise Untrusted(f"There is no entry {index} in a log of size {size}.")
    _check_hashes([leaf, root, *proof])
    here, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise Untrusted(f"The inclusion proof of entry {index} is too long.")
        if here & 1 or here == last:
            found = node_hash(step, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    if last or found != root:
        raise Untrusted(f"The inclusion proof of entry {index} does not lead to the log's root.")


def _check_trivial(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    expected = new_root if old else EMPTY_ROOT
    if proof or old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
        raise Untrusted(f"The log's roots at sizes {old} and {new} contradict each other.")


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Hold only if the tree of `new` leaves begins with that of `old` leaves.

    RFC 9162 section 2.1.4.2, with the empty proof for `old` 0 and `old` equal to `new`.
    Raises `Untrusted` otherwise.
    """
    if not 0 <= old <= new <= MAX_SIZE:
        raise Untrusted(f"A log of size {new} cannot have grown from size {old}.")
    _check_hashes([old_root, new_root, *proof])
    if old in {0, new}:
        _check_trivial(old, new, proof, old_root, new_root)
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    if not steps:
        raise Untrusted(f"The proof that the log grew from {old} to {new} is empty.")
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Untrusted(f"The proof that the log grew from {old} to {new} is too long.")
        if here & 1 or here == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        here, last = here >> 1, last >> 1
    if last or found_old != old_root or found_new != new_root:
        raise Untrusted(f"The log of size {new} does not begin with the one of size {old}.")
