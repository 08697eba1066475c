"""Where two trees of one log part: how many entries they share, proved by hashes alone.

Whoever holds one tree finds it by asking a holder of the other for some twenty proofs. With the proof at
hand everybody folds the shared entries and no more, whichever of the two trees came first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import EMPTY_ROOT, HASH_SIZE, MAX_PROOF, MAX_SIZE, verify_consistency
from hansa.kernel.note import Checkpoint

_Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_SIZE, max_length=HASH_SIZE)]
_Proof = Annotated[list[_Hash], msgspec.Meta(max_length=MAX_PROOF + 1)]

Prove = Callable[[int, int], list[bytes]]
"""Gives the root of a tree at an earlier size, then the RFC 6962 consistency proof from there to the later size."""


class Parting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That two heads share the first `size` entries, under `root`, and not one more.

    `one` and `other` prove that each tree begins with these; `next_one` and `next_other` hold each tree's root
    at `size + 1`, then its proof. All proofs are those of RFC 6962 section 2.1.2.
    """

    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_SIZE)]
    root: _Hash
    one: _Proof
    other: _Proof
    next_one: _Proof
    next_other: _Proof


_decoder = msgspec.json.Decoder(Parting)


def write(parting: Parting) -> str:
    """Return it as text."""
    return msgspec.json.encode(parting).decode()


def read(text: str) -> Parting:
    """Read what `write` wrote; `Untrusted` for anything else."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise Untrusted(f"This says not where a log's trees part: {error}.") from error


def verify(one: Checkpoint, other: Checkpoint, parting: Parting) -> None:
    """Hold only if the trees of both heads share the first `size` entries and differ in the next; else `Untrusted`."""
    if not parting.next_one or not parting.next_other:
        raise Untrusted("Nothing shows that the trees part there.")
    verify_consistency(parting.size, one.size, parting.one, parting.root, one.root)
    verify_consistency(parting.size, other.size, parting.other, parting.root, other.root)
    mine, theirs = parting.next_one[0], parting.next_other[0]
    verify_consistency(parting.size + 1, one.size, parting.next_one[1:], mine, one.root)
    verify_consistency(parting.size + 1, other.size, parting.next_other[1:], theirs, other.root)
    if mine == theirs:
        raise Untrusted("The trees share one entry more.")


def find(one: Checkpoint, other: Checkpoint, prove_one: Prove, prove_other: Prove) -> Parting:
    """Find by halving where two trees part that are known to; `Untrusted` if an answer does not hold.

    Trees that agree at a size agree at every smaller one, so some log2(n) questions to each suffice.
    """

    def roots(size: int) -> tuple[list[bytes], list[bytes]]:
        mine, theirs = prove_one(size, one.size), prove_other(size, other.size)
        if not mine or not theirs:
            raise Untrusted("An empty answer proves nothing.")
        verify_consistency(size, one.size, mine[1:], mine[0], one.root)
        verify_consistency(size, other.size, theirs[1:], theirs[0], other.root)
        return mine, theirs

    shared, apart = 0, min(one.size, other.size)
    while apart - shared > 1:
        middle = (shared + apart) // 2
        mine, theirs = roots(middle)
        if mine[0] == theirs[0]:
            shared = middle
        else:
            apart = middle
    mine, theirs = roots(shared) if shared else ([EMPTY_ROOT], [EMPTY_ROOT])
    after_mine, after_theirs = roots(apart)
    found = Parting(shared, mine[0], mine[1:], theirs[1:], after_mine, after_theirs)
    verify(one, other, found)
    return found
