"""RFC 6962 trees: the laws of the frontier and of both proofs."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    Frontier,
    Subtrees,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"entry %d" % n) for n in range(1_000)]


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_hashes_are_those_of_rfc_6962() -> None:
    assert leaf_hash(b"") == sha256(b"\0").digest()
    assert node_hash(b"a" * 32, b"b" * 32) == sha256(b"\1" + b"a" * 32 + b"b" * 32).digest()
    assert root_of([]) == sha256(b"").digest()
    a, b, c = LEAVES[:3]
    assert root_of([a, b, c]) == node_hash(node_hash(a, b), c)


def test_frontier_root_is_the_tree_hash_for_every_small_size() -> None:
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for size in range(1, 301):
        frontier.append(LEAVES[size - 1])
        assert frontier.size == size
        assert frontier.root() == root_of(LEAVES[:size])


@given(st.integers(0, 1_000), st.integers(0, 1_000))
@settings(max_examples=60, deadline=None)
def test_frontier_does_not_care_how_leaves_arrive(size: int, cut: int) -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[: min(cut, size)])
    kept = Frontier.from_bytes(frontier.to_bytes())
    assert kept == frontier
    untouched = frontier.copy()
    kept.extend(iter(LEAVES[min(cut, size) : size]))
    assert kept.root() == root_of(LEAVES[:size])
    assert frontier == untouched


def test_a_failing_source_leaves_a_true_frontier() -> None:
    def source():
        yield from LEAVES[:5]
        raise OSError

    frontier = Frontier()
    with pytest.raises(OSError):  # noqa: PT011
        frontier.extend(source())
    assert (frontier.size, frontier.root()) == (5, root_of(LEAVES[:5]))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_a_frontier_from_any_bytes_is_whole_or_untrusted(data: bytes) -> None:
    try:
        frontier = Frontier.from_bytes(data)
    except Untrusted:
        return
    assert frontier.to_bytes() == data


def test_every_inclusion_proof_holds_exhaustively() -> None:
    for size in range(1, 41):
        root = root_of(LEAVES[:size])
        for index in range(size):
            proof = prove_inclusion(LEAVES, index, size)
            verify_inclusion(LEAVES[index], index, size, proof, root)


def test_every_consistency_proof_holds_exhaustively() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(41)]
    for new in range(41):
        for old in range(new + 1):
            proof = prove_consistency(LEAVES, old, new)
            verify_consistency(old, new, proof, roots[old], roots[new])
            wrong = flip(roots[old], 0)
            with pytest.raises(Untrusted):
                verify_consistency(old, new, proof, wrong, roots[new])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_an_inclusion_proof_fails_with_any_bit_or_number_changed(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 1_000))
    index = data.draw(st.integers(0, size - 1))
    root = root_of(LEAVES[:size])
    proof = prove_inclusion(LEAVES, index, size)
    verify_inclusion(LEAVES[index], index, size, proof, root)
    parts = [LEAVES[index], root, *proof]
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flip(parts[part], data.draw(st.integers(0, 255)))
    with pytest.raises(Untrusted):
        verify_inclusion(parts[0], index, size, parts[2:], parts[1])
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index) | st.just(size))
    with pytest.raises(Untrusted):
        verify_inclusion(LEAVES[index], other, size, proof, root)
    for changed in (proof[:-1] if proof else [root], [*proof, root], [root, *proof]):
        with pytest.raises(Untrusted):
            verify_inclusion(LEAVES[index], index, size, changed, root)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_consistency_proof_fails_with_any_bit_changed(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 1_000))
    old = data.draw(st.integers(1, new - 1))
    proof = prove_consistency(LEAVES, old, new)
    parts = [root_of(LEAVES[:old]), root_of(LEAVES[:new]), *proof]
    verify_consistency(old, new, proof, parts[0], parts[1])
    part = data.draw(st.integers(0, len(parts) - 1))
    parts[part] = flip(parts[part], data.draw(st.integers(0, 255)))
    with pytest.raises(Untrusted):
        verify_consistency(old, new, parts[2:], parts[0], parts[1])
    for changed in (proof[:-1], [*proof, proof[0]], [proof[0], *proof]):
        with pytest.raises(Untrusted):
            verify_consistency(old, new, changed, root_of(LEAVES[:old]), root_of(LEAVES[:new]))


@given(
    st.integers(-2, MAX_SIZE + 1),
    st.integers(-2, MAX_SIZE + 1),
    st.lists(st.binary(max_size=40) | st.binary(min_size=32, max_size=32), max_size=70),
)
@settings(max_examples=200, deadline=None)
def test_made_up_proofs_are_untrusted(first: int, second: int, proof: list[bytes]) -> None:
    with pytest.raises(Untrusted):
        verify_inclusion(LEAVES[0], first, second, proof, LEAVES[1])
    with pytest.raises(Untrusted):
        verify_consistency(first, second, proof, LEAVES[0], LEAVES[1])


def test_a_leaf_cannot_borrow_bytes_from_its_sibling() -> None:
    left, right = LEAVES[:2]
    root = root_of(LEAVES[:2])
    verify_inclusion(left, 0, 2, [right], root)
    for at in (0, 31, 33):
        both = left + right
        with pytest.raises(Untrusted):
            verify_inclusion(both[:at], 0, 2, [both[at:]], root)


def test_a_proof_for_a_smaller_tree_does_not_serve_a_larger_one() -> None:
    root = root_of(LEAVES[:2])
    verify_inclusion(LEAVES[0], 0, 2, [LEAVES[1]], root)
    verify_consistency(1, 2, [LEAVES[1]], LEAVES[0], root)
    for size in (3, 4, 8):
        with pytest.raises(Untrusted):
            verify_inclusion(LEAVES[0], 0, size, [LEAVES[1]], root)
        with pytest.raises(Untrusted):
            verify_consistency(1, size, [LEAVES[1]], LEAVES[0], root)


def test_the_empty_log_has_one_root_only() -> None:
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    with pytest.raises(Untrusted):
        verify_consistency(0, 0, [], EMPTY_ROOT, LEAVES[0])
    with pytest.raises(Untrusted):
        verify_consistency(0, 3, [], LEAVES[0], root_of(LEAVES[:3]))


def test_proofs_of_what_is_not_there_are_refused() -> None:
    for index, size in ((-1, 4), (4, 4), (0, 0)):
        with pytest.raises(Untrusted):
            prove_inclusion(LEAVES, index, size)
    for old, new in ((-1, 4), (5, 4)):
        with pytest.raises(Untrusted):
            prove_consistency(LEAVES, old, new)
    with pytest.raises(Untrusted):
        prove_inclusion(LEAVES[:3], 0, 4)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_kept_subtrees_give_the_same_proofs(data: st.DataObject) -> None:
    tree = Subtrees(lambda start, end: LEAVES[start:end])
    for _ in range(3):
        size = data.draw(st.integers(1, 1_000))
        index = data.draw(st.integers(0, size - 1))
        assert tree.hash(0, size) == root_of(LEAVES[:size])
        proof = prove_inclusion(tree, index, size)
        verify_inclusion(LEAVES[index], index, size, proof, root_of(LEAVES[:size]))
        assert prove_consistency(tree, index, size) == prove_consistency(LEAVES, index, size)


def test_a_proof_over_kept_subtrees_reads_few_leaves() -> None:
    read = 0

    def reader(start: int, end: int) -> list[bytes]:
        nonlocal read
        read += end - start
        return LEAVES[start:end]

    tree = Subtrees(reader)
    tree.hash(0, 1_000)
    read = 0
    prove_inclusion(tree, 700, 1_000)
    assert read <= 256 + 1_000 % 256
