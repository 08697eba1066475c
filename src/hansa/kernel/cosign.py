"""Cosignatures: what a witness signs over another log's head (C2SP tlog-cosignature).

Pure: whoever holds a head and the keys of witnesses can judge them without a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import pack
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import (
    KEY_ID_SIZE,
    Checkpoint,
    Signer,
    check_name,
    decode_base64,
    ed25519_key_ok,
    ed25519_ok,
    encode_base64,
    read_signature,
    split_note,
)

Algorithm = Literal["ed25519", "mldsa44"]
TYPES: dict[Algorithm, int] = {"ed25519": 0x04, "mldsa44": 0x06}
LATEST = 2**63 - 1
TIME_SIZE = 8
MLDSA44_KEY_SIZE = 1_312
MAX_NAME = 255
MAX_VKEY = 2_400
"""Characters of a cosigner's vkey: an ML-DSA-44 key alone takes 1,752."""


def key_id(name: str, algorithm: Algorithm, public: bytes) -> bytes:
    """First four bytes of SHA-256(name ‖ newline ‖ type ‖ key), which names the key in a signature line."""
    return sha256(name.encode() + b"\n" + bytes([TYPES[algorithm]]) + public).digest()[:KEY_ID_SIZE]


def vkey(name: str, algorithm: Algorithm, public: bytes) -> str:
    """Return a cosigner's public key as one line of text."""
    check_name(name)
    key = encode_base64(bytes([TYPES[algorithm]]) + public)
    return f"{name}+{key_id(name, algorithm, public).hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness as others know it: its name, its public key and how it signs."""

    name: str
    algorithm: Algorithm
    public: bytes

    def __post_init__(self) -> None:
        """Refuse a key that no honest witness has."""
        check_name(self.name)
        if len(self.name.encode()) > MAX_NAME:
            raise Untrusted("The name of a witness is longer than 255 bytes.")
        sound = (
            ed25519_key_ok(self.public)
            if self.algorithm == "ed25519"
            else len(self.public) == MLDSA44_KEY_SIZE
        )
        if not sound:
            raise Untrusted(f"The key of the witness {self.name} is not a sound public key.")

    @classmethod
    def parse(cls, text: str) -> Cosigner:
        """Read a vkey of signature type 0x04 or 0x06; `Untrusted` for anything else."""
        if len(text) > MAX_VKEY:
            raise Untrusted("The key of a witness is too long.")
        name, _, rest = text.partition("+")
        identity, parted, encoded = rest.partition("+")
        if not parted:
            raise Untrusted("A witness's key has three parts: name+id+key.")
        key = decode_base64(encoded, f"The key of the witness {name[:80]}")
        algorithm = next((one for one, sort in TYPES.items() if key[:1] == bytes([sort])), None)
        if algorithm is None:
            raise Untrusted(f"The key of the witness {name[:80]} is not one that cosigns.")
        parsed = cls(name, algorithm, key[1:])
        if parsed.key_id.hex() != identity:
            raise Untrusted(f"The key of the witness {name[:80]} does not match its own id.")
        return parsed

    def vkey(self) -> str:
        """Return the key as one line of text."""
        return vkey(self.name, self.algorithm, self.public)

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return key_id(self.name, self.algorithm, self.public)

    @property
    def identity(self) -> str:
        """Key name and key id, which together name the key in a note."""
        return f"{self.name}+{self.key_id.hex()}"

    def time_of(self, text: str, blob: bytes) -> int | None:
        """Return when this witness cosigned the checkpoint's text, in seconds since 1970; None if it did not.

        `blob` is a signature line's `timestamped_signature`: eight bytes of time, then the signature.
        """
        at, signature = int.from_bytes(blob[:TIME_SIZE], "big"), blob[TIME_SIZE:]
        if len(blob) <= TIME_SIZE or at > LATEST:
            return None
        if self.algorithm == "ed25519":
            return at if ed25519_ok(self.public, signature, ed25519_message(text, at)) else None
        try:
            message = mldsa44_message(self.name, text, at)
            MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError, Untrusted):
            return None
        return at


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One witness's word on one head: when, in seconds since 1970, and the note's line that proves it."""

    by: Cosigner
    at: int
    line: str


def cosignatures(note: bytes, known: Iterable[Cosigner]) -> list[Cosignature]:
    """Return the cosignatures on a checkpoint by witnesses that are known, each at most once.

    Lines of other keys, and lines that do not verify, are passed over: a log cannot answer for what
    others add to its head. `Untrusted` when the note or its checkpoint is malformed.
    """
    text, lines = split_note(note)
    Checkpoint.parse(text)
    keys: dict[tuple[str, bytes], Cosigner] = {}
    for (
        one
    ) in known:  # the first counts: another's key of the same name and id can be made on purpose
        keys.setdefault((one.name, one.key_id), one)
    found: dict[Cosigner, Cosignature] = {}
    for line in lines:
        name, identity, blob = read_signature(line)
        by = keys.get((name, identity))
        at = by.time_of(text, blob) if by is not None else None
        if by is not None and at is not None and (by not in found or at < found[by].at):
            found[by] = Cosignature(by, at, f"{line}\n")
    return list(found.values())


def ed25519_message(text: str, at: int) -> bytes:
    """Return what an Ed25519 cosigner signs: header line, time line, and the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def mldsa44_message(name: str, text: str, at: int) -> bytes:
    """Return what an ML-DSA-44 cosigner signs over a checkpoint: the `cosigned_message` structure."""
    head = Checkpoint.parse(text)
    cosigner, origin = name.encode(), head.origin.encode()
    if not 0 < len(cosigner) <= MAX_NAME or not 0 < len(origin) <= MAX_NAME:
        raise Untrusted("A cosigner's name and a log's origin have 1 to 255 bytes each.")
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(cosigner)]) + cosigner,
            pack(">Q", at),
            bytes([len(origin)]) + origin,
            pack(">QQ", 0, head.size),
            head.root,
        )
    )


def ed25519_line(name: str, signer: Signer, text: str, at: int) -> str:
    """Return the signature line, newline included; `at` in seconds since 1970."""
    signature = signer.sign(ed25519_message(text, at))
    return _line(name, key_id(name, "ed25519", signer.verifier.pub), at, signature)


def mldsa44_line(name: str, key: MLDSA44PrivateKey, text: str, at: int) -> str:
    """Return the signature line, newline included; `at` in seconds since 1970."""
    public = key.public_key().public_bytes_raw()
    signature = key.sign(mldsa44_message(name, text, at))
    return _line(name, key_id(name, "mldsa44", public), at, signature)


def _line(name: str, identity: bytes, at: int, signature: bytes) -> str:
    if not 0 <= at <= LATEST:
        raise ValueError("A cosignature's time is between 0 and 2**63 - 1 seconds since 1970.")
    return f"— {name} {encode_base64(identity + pack('>Q', at) + signature)}\n"
