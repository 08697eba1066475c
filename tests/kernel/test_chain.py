"""Chains of key documents: who may say which key signs next. Invariants 13 and 14; TUF section 5.3."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.kernel.chain import (
    KeyDocument,
    hash_of,
    keys_for,
    merge,
    open_chain,
    open_document,
    pack,
    parse,
    read_text,
    unpack,
)
from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.note import Signer, sign_note
from tests.kernel.chains import ORIGIN, Chain, roots, signer

ROOT = bytes(range(32))


@pytest.fixture
def chain() -> Chain:
    made = Chain()
    made.grow()
    return made


def refused(note: bytes, before: KeyDocument | None, words: str) -> None:
    with pytest.raises(Untrusted, match=words):
        open_document(note, before)


def test_a_chain_opens_version_by_version(chain: Chain) -> None:
    chain.grow(7, ROOT)
    chain.grow(7, ROOT)
    assert open_chain(chain.notes, chain.documents[0].log_vkey) == chain.documents


def test_a_document_is_read_as_it_was_written(chain: Chain) -> None:
    text = chain.documents[0].text()
    assert parse(text) == chain.documents[0]
    for spoilt in (
        text.replace("version 1", "version 01"),
        text.replace("version 1", "version 1 "),
        text + "more\n",
        text.removesuffix("\n"),
        text.replace("threshold 2", "threshold 4"),
        text.replace("hansa/keys/v1", "hansa/keys/v2"),
        text.replace("\n", "\r\n"),
        "\n".join([*text.split("\n")[:6], *reversed(text.split("\n")[6:9]), *text.split("\n")[9:]]),
    ):
        with pytest.raises(Untrusted):
            parse(spoilt)


def test_invariant_13_tuf_5_3_4_must_be_signed_by_a_threshold_of_the_old_and_of_the_new_roots(
    chain: Chain,
) -> None:
    document = chain.document(2, start=7, root_at=ROOT)
    old, new, key = roots(1), roots(2), chain.log_key(2)
    for size in range(4):
        for some_old in combinations(old, size):
            for many in range(4):
                for some_new in combinations(new, many):
                    note = chain.sign(document, [key, *some_old, *some_new])
                    if size >= 2 and many >= 2:
                        assert open_document(note, chain.documents[0]) == document
                    else:
                        refused(note, chain.documents[0], "it takes 2")


def test_tuf_5_3_5_the_version_must_be_exactly_one_more(chain: Chain) -> None:
    for version in (1, 3):
        own = tuple(sorted(one.vkey() for one in roots(2)))
        document = chain.document(version, roots=own, next=chain.document(2).next)
        note = sign_note(document.text(), chain.log_key(version), *roots(1), *roots(2))
        refused(note, chain.documents[0], "after 1 comes 2")


def test_invariant_13_a_root_that_was_not_committed_to_is_refused(chain: Chain) -> None:
    stranger = signer(f"{ORIGIN}/root-x", "stranger")
    own = [*roots(2)[:2], stranger]
    document = chain.document(2, roots=tuple(sorted(one.vkey() for one in own)))
    note = sign_note(document.text(), chain.log_key(2), *roots(1), *own)
    refused(note, chain.documents[0], "to which the version before it committed")


def test_a_lost_next_root_may_be_left_out(chain: Chain) -> None:
    own = roots(2)[:2]
    document = chain.document(2, roots=tuple(sorted(one.vkey() for one in own)))
    note = sign_note(document.text(), chain.log_key(2), *roots(1), *own)
    assert open_document(note, chain.documents[0]) == document


def test_the_threshold_is_the_one_committed_to(chain: Chain) -> None:
    document = chain.document(2, threshold=1)
    refused(chain.sign(document), chain.documents[0], "committed to 2")


def test_invariant_13_each_key_counts_once_however_often_it_signs(chain: Chain) -> None:
    document = chain.document(2)
    one = roots(1)[0]
    note = chain.sign(document, [chain.log_key(2), one, one, one, *roots(2)])
    refused(note, chain.documents[0], "signed by 1 of the roots before it")


def test_one_key_under_two_names_is_no_two_roots(chain: Chain) -> None:
    twin = Signer(f"{ORIGIN}/twin", bytes(32))
    other = Signer(f"{ORIGIN}/other", bytes(32))
    with pytest.raises(Untrusted, match="twice"):
        chain.document(1, roots=tuple(sorted((twin.vkey(), other.vkey()))))


def test_the_log_key_is_no_root(chain: Chain) -> None:
    disguised = Signer(f"{ORIGIN}/root", chain.log_key(1)._key.encode())
    with pytest.raises(Untrusted, match="own key"):
        chain.document(1, roots=tuple(sorted((disguised.vkey(), roots(1)[0].vkey()))))


def test_a_signature_that_does_not_verify_is_no_silence(chain: Chain) -> None:
    document = chain.document(2)
    note = chain.sign(document)
    lines = note.split(b"\n")
    at = next(
        i for i, line in enumerate(lines) if b"root-1-0" in line and line.startswith("—".encode())
    )
    other = chain.sign(chain.document(2, start=1, root_at=ROOT)).split(b"\n")
    lines[at] = next(line for line in other if line.startswith(lines[at].rsplit(b" ", 1)[0]))
    refused(b"\n".join(lines), chain.documents[0], "does not verify")


def test_a_document_that_nobody_can_sign_under_is_refused(chain: Chain) -> None:
    document = chain.document(2)
    refused(chain.sign(document, [*roots(1), *roots(2)]), chain.documents[0], "log key")


def test_the_start_never_goes_back_beyond_the_last_one(chain: Chain) -> None:
    chain.grow(10, ROOT)
    refused(
        chain.sign(chain.document(3, start=9, root_at=ROOT)), chain.documents[1], "before the one"
    )
    other = bytes(32)
    refused(
        chain.sign(chain.document(3, start=10, root_at=other)), chain.documents[1], "another root"
    )
    assert (
        open_document(
            chain.sign(chain.document(3, start=10, root_at=ROOT)), chain.documents[1]
        ).start
        == 10
    )


def test_the_first_document_starts_the_log() -> None:
    made = Chain()
    refused(made.sign(made.document(1, start=3, root_at=ROOT)), None, "starts at 0")
    document = made.document(2)
    refused(made.sign(document), None, "version 1")


def test_a_chain_belongs_to_a_log_key_that_the_reader_knows(chain: Chain) -> None:
    chain.grow(7, ROOT)
    for document in chain.documents:
        assert open_chain(chain.notes, document.log_vkey) == chain.documents
    with pytest.raises(Untrusted, match="you expect"):
        open_chain(chain.notes, signer(ORIGIN, "another").vkey())


def test_no_other_past_can_be_put_before_a_true_document(chain: Chain) -> None:
    """Who trusts only today's key is not given a false history whose roots also signed today's document."""
    chain.grow(7, ROOT)
    false = Chain()
    false.count, false.threshold = 2, 1
    mine = [signer(f"{ORIGIN}/false-{i}", f"false {i}") for i in range(2)]
    document = false.document(
        1,
        log_vkey=signer(ORIGIN, "false").vkey(),
        roots=tuple(sorted(one.vkey() for one in mine)),
        next_threshold=2,
        next=chain.documents[0].next,
    )
    first = sign_note(document.text(), signer(ORIGIN, "false"), *mine)
    extra = sign_note(chain.documents[1].text(), *mine)
    assert open_document(first, None) == document
    refused(merge([chain.notes[1], extra]), document, "follows another one")


def test_a_chain_travels_as_one_file(chain: Chain) -> None:
    chain.grow(7, ROOT)
    assert unpack(pack(chain.notes, [2])) == (chain.notes, [2])
    assert unpack(pack([])) == ([], [])


@given(st.binary(max_size=200))
def test_any_file_can_be_unpacked(data: bytes) -> None:
    notes, decided = unpack(data)
    assert all(1 <= one <= len(notes) for one in decided)


def test_next_roots_must_be_new(chain: Chain) -> None:
    with pytest.raises(Untrusted, match="must be new"):
        chain.document(1, next=tuple(sorted(hash_of(one.vkey()) for one in roots(1))))
    back = tuple(sorted(hash_of(one.vkey()) for one in roots(1)))
    refused(chain.sign(chain.document(2, next=back)), chain.documents[0], "used before")


def test_a_renamed_key_has_the_same_hash() -> None:
    assert hash_of(Signer("one", bytes(32)).vkey()) == hash_of(Signer("two", bytes(32)).vkey())


def test_a_decision_of_the_members_needs_no_old_root(chain: Chain) -> None:
    fresh = [signer(f"{ORIGIN}/new-{i}", f"new {i}") for i in range(3)]
    document = chain.document(2, roots=tuple(sorted(one.vkey() for one in fresh)))
    note = sign_note(document.text(), chain.log_key(2), *fresh)
    refused(note, chain.documents[0], "it takes 2")
    assert open_document(note, chain.documents[0], rebound=True) == document
    assert open_chain([chain.notes[0], note], chain.documents[0].log_vkey, rebound=[2])


def test_signatures_from_several_places_are_put_together(chain: Chain) -> None:
    document = chain.document(2)
    parts = [chain.sign(document, [one]) for one in [chain.log_key(2), *roots(1), *roots(2)]]
    assert open_document(merge([*parts, parts[0]]), chain.documents[0]) == document
    with pytest.raises(Untrusted, match="different"):
        merge([parts[0], chain.notes[0]])


def test_invariant_14_all_online_keys_and_all_current_roots_cannot_rotate(chain: Chain) -> None:
    """A thief signs with everything that was ever in use, under every choice of new roots that it can make."""
    mine = [signer(f"{ORIGIN}/thief-{i}", f"thief {i}") for i in range(3)]
    stolen = [chain.log_key(1), *roots(1)]
    for own in (mine, roots(1), [*mine[:1], *roots(1)[:1]], roots(2)):
        for key in (chain.log_key(1), signer(ORIGIN, "thief's log key")):
            document = chain.document(
                2,
                log_vkey=key.vkey(),
                threshold=min(2, len(own)),
                roots=tuple(sorted(one.vkey() for one in own)),
                next=tuple(sorted(hash_of(signer("n", f"n{i}").vkey()) for i in range(2))),
            )
            with pytest.raises(Untrusted):
                open_document(sign_note(document.text(), key, *stolen, *mine), chain.documents[0])


def test_a_head_is_judged_by_the_key_whose_range_holds_it(chain: Chain) -> None:
    chain.grow(10, ROOT)
    chain.grow(10, ROOT)
    chain.grow(20, ROOT)
    one, two, three, four = (document.verifier for document in chain.documents)
    vkey = one.vkey()
    assert keys_for([], vkey, 5) == [one]
    assert keys_for(chain.documents, vkey, 9) == [one]
    assert keys_for(chain.documents, vkey, 10) == [one, two, three]
    assert keys_for(chain.documents, vkey, 15) == [three]
    assert keys_for(chain.documents, vkey, 20) == [three, four]
    assert keys_for(chain.documents, vkey, 10**9) == [four]


starts = st.lists(st.integers(0, 1_000), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(starts, st.integers(1, 3), st.data())
def test_only_chains_in_order_open(begins: list[int], threshold: int, data: st.DataObject) -> None:
    """Any honest chain opens; leaving out, doubling or exchanging two of its documents never does."""
    made = Chain(threshold=threshold)
    made.grow()
    for start in sorted(begins):
        made.grow(start, start.to_bytes(32, "big") if start else EMPTY_ROOT)
    vkey = made.documents[0].log_vkey
    assert open_chain(made.notes, vkey) == made.documents
    count = len(made.notes)
    order = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count + 1))
    if order == list(range(len(order))):
        assert open_chain([made.notes[i] for i in order], vkey) == made.documents[: len(order)]
    else:
        with pytest.raises(Untrusted):
            open_chain([made.notes[i] for i in order], vkey)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_flipped_byte_is_noticed(data: st.DataObject) -> None:
    made = Chain()
    made.grow()
    note = bytearray(made.grow(3, ROOT))
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] ^= data.draw(st.integers(1, 255))
    try:
        document = open_document(bytes(note), made.documents[0])
    except Untrusted:
        return
    # Only the signature of a root beyond the threshold may have been spoilt, by renaming it.
    assert document == made.documents[1]


@given(st.binary(max_size=400))
def test_bytes_of_anyones_making_never_break_the_reader(data: bytes) -> None:
    with pytest.raises(Untrusted):
        read_text(data)
