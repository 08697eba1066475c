"""Signed notes and checkpoints: C2SP signed-note v1.0.0 and tlog-checkpoint v1.0.0, Ed25519 only.

A note is text that ends in a newline, an empty line, and one signature line per key. A
checkpoint is the note that a log signs over its origin, size and root.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import HASH_SIZE, MAX_SIZE

ED25519 = 0x01
KEY_SIZE = 32
SIGNATURE_SIZE = 64
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
MAX_VKEY = 1_024
KEY_ID_SIZE = 4
_MAX_DIGITS = len(str(MAX_SIZE))
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_HALF = re.compile(r"[\ud800-\udfff]")

_P = 2**255 - 19
# y coordinates of the two pairs of points of order 8 on edwards25519.
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset(
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, _P - 1, _P, _P + 1, _Y8, _P - _Y8)
    for sign in (0, 1)
)


@lru_cache(maxsize=4_096)
def ed25519_key_ok(pub: bytes) -> bool:
    """Whether a public key may be registered: canonical, on the curve, in the prime-order group.

    Libraries disagree about signatures under other keys, and a log must not have two readings.
    """
    return len(pub) == KEY_SIZE and crypto_core_ed25519_is_valid_point(pub)


def ed25519_ok(pub: bytes, sig: bytes, msg: bytes) -> bool:
    """Judge an Ed25519 signature by the one rule that all nodes share; never raises on bytes.

    RFC 8032 as libsodium checks it, after refusing what libraries judge differently: a key
    outside the prime-order group, and any encoding of a small-order point as R.
    """
    if len(sig) != SIGNATURE_SIZE or sig[:32] in _SMALL_ORDER or not ed25519_key_ok(pub):
        return False
    try:
        VerifyKey(pub).verify(msg, sig)
    except BadSignatureError:
        return False
    return True


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding, RFC 4648 section 4."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, what: str) -> bytes:
    """Read canonical standard base64; `Untrusted` naming `what` for anything else."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Untrusted(f"{what} is not base64.") from error
    if encode_base64(data) != text:
        raise Untrusted(f"{what} is not canonical base64.")
    return data


def parse_decimal(text: str, what: str) -> int:
    """Read a canonical ASCII decimal from 0 to 2**63 - 1; `Untrusted` naming `what` otherwise."""
    fits = 1 <= len(text) <= _MAX_DIGITS and text.isascii() and text.isdigit()
    if not fits or (text[0] == "0" and text != "0") or int(text) > MAX_SIZE:
        raise Untrusted(f"{what} is not a plain decimal number: {text[:24]!r}.")
    return int(text)


def check_name(name: str) -> None:
    """Refuse a key name that a note cannot carry: empty, with spaces, plus or control signs."""
    if not name or "+" in name or any(sign.isspace() or sign < " " for sign in name):
        raise Untrusted("A key name must not be empty and must not hold spaces or plus signs.")
    if any("\ud800" <= sign <= "\udfff" for sign in name):
        raise Untrusted("A key name must be valid Unicode.")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that may have signed a note."""

    name: str
    pub: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if not ed25519_key_ok(self.pub):
            raise Untrusted(f"The key of {self.name} is not a sound Ed25519 public key.")

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a vkey, `name+hexid+base64(0x01 ‖ key)`; `Untrusted` for anything else."""
        if len(vkey) > MAX_VKEY:
            raise Untrusted("The verifier key is too long.")
        name, _, rest = vkey.partition("+")
        key_id, parted, encoded = rest.partition("+")
        if not parted:
            raise Untrusted("A verifier key has three parts: name+id+key.")
        key = decode_base64(encoded, "The verifier key")
        if len(key) != 1 + KEY_SIZE or key[0] != ED25519:
            raise Untrusted(f"The verifier key of {name} is not an Ed25519 key.")
        parsed = cls(name, key[1:])
        if parsed.key_id.hex() != key_id:
            raise Untrusted(f"The verifier key of {name} does not match its own id.")
        return parsed

    def vkey(self) -> str:
        """Return the key as one line of text."""
        key = encode_base64(bytes([ED25519]) + self.pub)
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @property
    def key_id(self) -> bytes:
        """First four bytes of the digest over name and key; names a signature's key."""
        return self._digest()[:KEY_ID_SIZE]

    @property
    def fingerprint(self) -> str:
        """Digest over name and key in groups of four hex digits, to compare by voice or paper."""
        digits = self._digest().hex()
        return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))

    def _digest(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.pub).digest()

    def ok(self, msg: bytes, sig: bytes) -> bool:
        """Whether this key signed `msg`."""
        return ed25519_ok(self.pub, sig, msg)


class Signer:
    """A private key that signs notes under a name; the seed stays inside."""

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != KEY_SIZE:
            raise Untrusted(f"The signing seed of {name} must be {KEY_SIZE} bytes long.")
        self._key = SigningKey(seed)
        self.verifier = Verifier(name, bytes(self._key.verify_key))

    @property
    def name(self) -> str:
        """The key's name, for a log its origin."""
        return self.verifier.name

    def vkey(self) -> str:
        """Return the public half as one line of text."""
        return self.verifier.vkey()

    def sign(self, msg: bytes) -> bytes:
        """Return the 64 bytes of an Ed25519 signature."""
        return bytes(self._key.sign(msg).signature)


def _check_text(text: str) -> None:
    if _CONTROL.search(text):
        raise Untrusted("A signed note must not hold control signs.")
    if _HALF.search(text):
        raise Untrusted("A signed note must be valid Unicode.")
    if not text.endswith("\n"):
        raise Untrusted("A note's text must end in a newline.")


def sign_note(text: str, *signers: Signer) -> bytes:
    """Return the note over `text`, which must end in a newline, signed by each signer."""
    _check_text(text)
    if not signers:
        raise Untrusted("A note needs at least one signature.")
    lines = [
        f"— {one.name} {encode_base64(one.verifier.key_id + one.sign(text.encode()))}\n"
        for one in signers
    ]
    return (text + "\n" + "".join(lines)).encode()


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> str:
    """Return the note's text when at least one known key signed it and no known one fails.

    Signatures by other keys are ignored. `Untrusted` when the note is malformed, too large, has
    more than 100 signatures, lacks a known one, or carries a known one that does not verify.
    """
    text, lines = split_note(note)
    known = {(one.name, one.key_id): one for one in verifiers}
    message = text.encode()
    signed = False
    for line in lines:
        name, key_id, sig = read_signature(line)
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.ok(message, sig):
            raise Untrusted(f"The signature of {name} on the note does not verify.")
        signed = True
    if not signed:
        raise Untrusted("The note carries no signature by a known key.")
    return text


def split_note(note: bytes) -> tuple[str, list[str]]:
    """Return a note's text and its signature lines, without newlines; nothing is verified yet.

    `Untrusted` when the note is malformed, too large, or has more than 100 signatures.
    """
    if len(note) > MAX_NOTE:
        raise Untrusted(f"The signed note is larger than {MAX_NOTE} bytes.")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Untrusted("The signed note is not UTF-8.") from error
    _check_text(whole)
    text, gap, signatures = whole.rpartition("\n\n")
    if not gap or not signatures:
        raise Untrusted("The signed note has no signatures after an empty line.")
    # Not splitlines: only U+000A separates lines here.
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Untrusted(f"The signed note has more than {MAX_SIGNATURES} signatures.")
    return text + "\n", lines


def read_signature(line: str) -> tuple[str, bytes, bytes]:
    """Return key name, key id and signature of one line; `Untrusted` when it is malformed."""
    match line.split(" "):
        case ["—", name, encoded]:
            check_name(name)
        case _:
            raise Untrusted("A signature line of the note is malformed.")
    blob = decode_base64(encoded, f"The signature of {name}")
    if len(blob) <= KEY_ID_SIZE:
        raise Untrusted(f"The signature of {name} is too short.")
    return name, blob[:KEY_ID_SIZE], blob[KEY_ID_SIZE:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Head of a log: which log, how many entries, and the root over them.

    Only the three mandatory lines: extension lines, which the standard advises against, would
    be signed words that no reader of the log can check, so they are refused.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the note text to sign."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read exactly what `text` writes; `Untrusted` for anything else."""
        match text.split("\n"):
            case [origin, digits, encoded, ""] if origin:
                size = parse_decimal(digits, "The checkpoint's size")
                root = decode_base64(encoded, "The checkpoint's root hash")
            case _:
                raise Untrusted("A checkpoint has three lines: origin, size and root hash.")
        if len(root) != HASH_SIZE:
            raise Untrusted(f"The checkpoint's root hash is not {HASH_SIZE} bytes long.")
        return cls(origin, size, root)


def sign_checkpoint(size: int, root: bytes, signer: Signer) -> bytes:
    """Return the signed head of the signer's own log, whose origin is the key's name."""
    return sign_note(Checkpoint(signer.name, size, root).text(), signer)


def open_checkpoint(note: bytes, verifier: Verifier) -> Checkpoint:
    """Return the head that `verifier` signed for its own origin; `Untrusted` otherwise."""
    checkpoint = Checkpoint.parse(open_note(note, [verifier]))
    if checkpoint.origin != verifier.name:
        raise Untrusted(
            f"The checkpoint is for {checkpoint.origin!r}, but the key belongs to {verifier.name}."
        )
    return checkpoint
