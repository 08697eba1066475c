"""Signed notes, keys and checkpoints, and the one Ed25519 rule under attack."""

import base64
from hashlib import sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_is_valid_point,
    crypto_scalarmult_ed25519_base_noclamp,
)
from nacl.signing import VerifyKey

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import (
    MAX_NOTE,
    Checkpoint,
    Signer,
    Verifier,
    decode_base64,
    ed25519_key_ok,
    ed25519_ok,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

ALICE = Signer("hansa/los-angeles", bytes(32))
BOB = Signer("hansa/boston", b"b" * 32)
TEXT = "hansa/los-angeles\n3\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"


# The published example of C2SP signed-note.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfX"
    "ppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

# --- a second, slow and separate edwards25519, to make adversarial points and judge them ---


def curve_add(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = one, two
    k = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P)
    return x % P, y % P


def curve_times(scalar: int, point: tuple[int, int]) -> tuple[int, int]:
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = curve_add(result, point)
        point = curve_add(point, point)
        scalar >>= 1
    return result


def decompress(data: bytes) -> tuple[int, int] | None:
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def compress(point: tuple[int, int]) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def torsion() -> list[tuple[int, int]]:
    y = 2
    while True:
        point = decompress(y.to_bytes(32, "little"))
        if point:
            eighth = curve_times(L, point)
            points = [curve_times(n, eighth) for n in range(8)]
            if len(set(points)) == 8:
                return points
        y += 1


TORSION = torsion()
SMALL = {compress(point) for point in TORSION}
# The same points once more as encodings that RFC 8032 forbids.
SMALL_FORBIDDEN = {
    (y | sign << 255).to_bytes(32, "little") for y in (0, 1, P - 1, P, P + 1) for sign in (0, 1)
} - SMALL


def small_order_r(encoding: bytes, message: bytes) -> tuple[bytes, bytes]:
    """A key and a signature whose R is the neutral point: S = k * a satisfies the equation."""
    a = int.from_bytes(sha512(b"seed").digest(), "little") % L
    pub = crypto_scalarmult_ed25519_base_noclamp(a.to_bytes(32, "little"))
    k = int.from_bytes(sha512(encoding + pub + message).digest(), "little") % L
    return pub, encoding + (k * a % L).to_bytes(32, "little")


def mixed_order(message: bytes) -> tuple[bytes, bytes]:
    """A key with a torsion part and a signature that libsodium itself accepts (k = 0 mod 8)."""
    a = int.from_bytes(sha512(b"mixed").digest(), "little") % L
    clean = crypto_scalarmult_ed25519_base_noclamp(a.to_bytes(32, "little"))
    pub = crypto_core_ed25519_add(clean, compress(TORSION[1]))
    for r in range(2, 10_000):
        big_r = crypto_scalarmult_ed25519_base_noclamp(r.to_bytes(32, "little"))
        k = int.from_bytes(sha512(big_r + pub + message).digest(), "little") % L
        if k % 8 == 0:
            return pub, big_r + ((r + k * a) % L).to_bytes(32, "little")
    raise AssertionError


def test_the_rule_accepts_honest_signatures_and_no_changed_one() -> None:
    message = b"a message"
    sig = ALICE.sign(message)
    pub = ALICE.verifier.pub
    assert ed25519_ok(pub, sig, message)
    for bit in range(512):
        changed = bytearray(sig)
        changed[bit // 8] ^= 1 << bit % 8
        assert not ed25519_ok(pub, bytes(changed), message)
    assert not ed25519_ok(pub, sig, message + b"!")
    high = (int.from_bytes(sig[32:], "little") + L).to_bytes(32, "little")
    assert not ed25519_ok(pub, sig[:32] + high, message)


def test_a_small_order_r_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pub, sig = small_order_r(compress((0, 1)), b"m")
    point = decompress(pub)
    assert point
    k = int.from_bytes(sha512(sig[:32] + pub + b"m").digest(), "little") % L
    base = decompress(crypto_scalarmult_ed25519_base_noclamp((1).to_bytes(32, "little")))
    assert base
    assert curve_times(int.from_bytes(sig[32:], "little"), base) == curve_times(k, point), (
        "the seed must satisfy the equation that other libraries check"
    )
    assert not ed25519_ok(pub, sig, b"m")
    for encoding in SMALL | SMALL_FORBIDDEN:
        pub, sig = small_order_r(encoding, b"m")
        assert not ed25519_ok(pub, sig, b"m")
    # Refused by our own rule, whatever the library below thinks of it.
    monkeypatch.setattr(VerifyKey, "verify", lambda *_: b"m")
    assert ed25519_ok(pub, ALICE.sign(b"m"), b"m")
    for encoding in SMALL | SMALL_FORBIDDEN:
        assert not ed25519_ok(pub, encoding + bytes(32), b"m")


def test_no_small_order_encoding_escapes_the_list() -> None:
    from hansa.kernel import note

    assert note._SMALL_ORDER >= SMALL | SMALL_FORBIDDEN
    assert len(SMALL) == 8


def test_a_mixed_order_key_is_refused_even_with_a_signature_that_libraries_accept() -> None:
    pub, sig = mixed_order(b"m")
    VerifyKey(pub).verify(b"m", sig)
    assert not ed25519_key_ok(pub)
    assert not ed25519_ok(pub, sig, b"m")
    with pytest.raises(Untrusted):
        Verifier("x", pub)


def test_small_and_non_canonical_keys_are_refused() -> None:
    non_canonical = [(P + n).to_bytes(32, "little") for n in range(19)]
    for pub in (*SMALL, *SMALL_FORBIDDEN, *non_canonical, b"", b"\1" * 31, b"\xff" * 32):
        assert not ed25519_key_ok(pub)
        assert not ed25519_ok(pub, b"\0" * 64, b"")


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=30, deadline=None)
def test_keys_are_judged_as_by_the_slow_curve(data: bytes) -> None:
    point = decompress(data)
    sound = point is not None and point != (0, 1) and curve_times(L, point) == (0, 1)
    assert ed25519_key_ok(data) == sound
    assert crypto_core_ed25519_is_valid_point(ALICE.verifier.pub)


def test_every_torsion_shift_of_a_good_key_is_refused() -> None:
    point = decompress(ALICE.verifier.pub)
    assert point
    for shift in TORSION[1:]:
        assert not ed25519_key_ok(compress(curve_add(point, shift)))


@given(st.binary(max_size=40), st.binary(max_size=80), st.binary(max_size=10))
def test_the_rule_never_raises(pub: bytes, sig: bytes, msg: bytes) -> None:
    assert not ed25519_ok(pub, sig, msg)


def test_the_published_example_verifies() -> None:
    verifier = Verifier.parse(SPEC_KEY)
    assert verifier.vkey() == SPEC_KEY
    assert verifier.key_id.hex() == "530d903a"
    assert open_note(SPEC_NOTE.encode(), [verifier]) == "This is an example message.\n"


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+530d903a",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("example.com/foo", ""),
        SPEC_KEY.replace("example.com/foo", "exam ple"),
        SPEC_KEY + "\n",
        SPEC_KEY + "=",
        SPEC_KEY[:-4],
        SPEC_KEY.replace("+Ae", "+Au"),
        "é\ud800+00000000+AA==",
        Verifier("x" * 1_024, ALICE.verifier.pub).vkey(),
    ],
)
def test_malformed_keys_are_untrusted(vkey: str) -> None:
    with pytest.raises(Untrusted):
        Verifier.parse(vkey)


def test_a_fingerprint_begins_with_the_key_id() -> None:
    fingerprint = ALICE.verifier.fingerprint
    assert fingerprint.replace(" ", "").startswith(ALICE.verifier.key_id.hex())
    assert len(fingerprint.split()) == 16
    assert fingerprint != BOB.verifier.fingerprint


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80))
def test_what_is_signed_is_what_is_opened(text: str) -> None:
    note = sign_note(text + "\n", ALICE, BOB)
    assert open_note(note, [ALICE.verifier]) == text + "\n"
    assert open_note(note, [BOB.verifier, ALICE.verifier]) == text + "\n"


def test_unknown_keys_are_ignored_and_known_ones_must_hold() -> None:
    note = sign_note(TEXT, ALICE, BOB)
    stranger = Signer("hansa/los-angeles", b"s" * 32)
    with pytest.raises(Untrusted):
        open_note(note, [stranger.verifier])
    with pytest.raises(Untrusted):
        open_note(note, [])
    lines = note.decode().split("\n")
    forged = [*lines[:-2], lines[-2].replace(lines[-2][-6:-2], "AAAA"), ""]
    broken = "\n".join(forged).encode()
    assert open_note(broken, [ALICE.verifier]) == TEXT
    with pytest.raises(Untrusted):
        open_note(broken, [ALICE.verifier, BOB.verifier])


def test_sixteen_signatures_are_accepted_and_a_flood_is_not() -> None:
    crowd = [Signer(f"w{n}", bytes([n]) * 32) for n in range(1, 101)]
    note = sign_note(TEXT, *crowd[:16], ALICE)
    assert open_note(note, [ALICE.verifier, *(one.verifier for one in crowd)]) == TEXT
    with pytest.raises(Untrusted, match="more than"):
        open_note(sign_note(TEXT, *crowd, ALICE), [ALICE.verifier])
    huge = sign_note("x" * MAX_NOTE + "\n", ALICE)
    with pytest.raises(Untrusted, match="larger"):
        open_note(huge, [ALICE.verifier])


def test_any_flipped_bit_of_a_note_is_noticed() -> None:
    note = sign_note(TEXT, ALICE)
    for bit in range(8 * len(note)):
        changed = bytearray(note)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Untrusted):
            open_note(bytes(changed), [ALICE.verifier])


def test_any_truncated_note_is_untrusted() -> None:
    note = sign_note(TEXT, ALICE)
    for end in range(len(note)):
        with pytest.raises(Untrusted):
            open_note(note[:end], [ALICE.verifier])


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_as_a_note_are_untrusted(data: bytes) -> None:
    for note in (data, data + b"\n\n" + data, SPEC_NOTE.encode() + data + b"\n"):
        with pytest.raises(Untrusted):
            open_note(note, [ALICE.verifier])


@pytest.mark.parametrize("text", ["no newline", "", "tab\there\n", "\r\n", "\ud800\n"])
def test_texts_that_no_note_can_carry_are_refused(text: str) -> None:
    with pytest.raises(Untrusted):
        sign_note(text, ALICE)


def test_unsound_signers_are_refused() -> None:
    with pytest.raises(Untrusted):
        Signer("name", b"short")
    with pytest.raises(Untrusted):
        Signer("two words", bytes(32))
    with pytest.raises(Untrusted):
        sign_note(TEXT)
    assert "seed" not in repr(ALICE)


def test_base64_has_one_spelling() -> None:
    assert decode_base64("AA==", "x") == b"\0"
    for text in ("AB==", "AA", "AA=", "A A=", "AA==\n", "_-==", "ÄA=="):
        with pytest.raises(Untrusted):
            decode_base64(text, "x")


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_reads_as_written(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("hansa/los-angeles", size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
    assert open_checkpoint(sign_checkpoint(size, root, ALICE), ALICE.verifier) == checkpoint


ROOT = base64.b64encode(b"r" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"o\n3\n{ROOT}",
        f"\n3\n{ROOT}\n",
        f"o\n03\n{ROOT}\n",
        f"o\n-3\n{ROOT}\n",
        f"o\n+3\n{ROOT}\n",
        f"o\n٣\n{ROOT}\n",
        f"o\n²\n{ROOT}\n",
        f"o\n\n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5_000}\n{ROOT}\n",
        f"o\n3\n{ROOT}\nextension\n",
        f"o\n3\n{ROOT}\n\n",
        f"o\n3\n{ROOT[:-4]}\n",
        f"o\n3\n{ROOT} \n",
    ],
)
def test_malformed_checkpoints_are_untrusted(text: str) -> None:
    with pytest.raises(Untrusted):
        Checkpoint.parse(text)


def test_a_key_speaks_for_its_own_log_only() -> None:
    note = sign_note(Checkpoint("hansa/boston", 1, b"r" * 32).text(), ALICE)
    with pytest.raises(Untrusted, match="belongs to"):
        open_checkpoint(note, ALICE.verifier)
