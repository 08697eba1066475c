"""Sealing to one reader: HPKE (RFC 9180, base mode, one message) with MLKEM768-X25519, HKDF-SHA256 and ChaCha20-Poly1305.

A private key is kept as its 32-byte X-Wing seed: SHAKE256(seed, 96) gives the ML-KEM seed (64
bytes) and the X25519 key (32 bytes). A public key is the ML-KEM one followed by the X25519 one.
"""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from hansa.kernel.errors import Untrusted

PRIVATE_SIZE = 32
PUBLIC_SIZE = 1_184 + 32
_MLKEM_PUBLIC = 1_184
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def keypair() -> tuple[bytes, bytes]:
    """Make a new private key and return it with its public half."""
    private = secrets.token_bytes(PRIVATE_SIZE)
    return private, public(private)


def public(private: bytes) -> bytes:
    """Return the public half of a private key."""
    mlkem, curve = _halves(private)
    return mlkem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def wrap(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Seal for the holder of one key, bound to `info`; `Untrusted` if the key is no key."""
    if len(public) != PUBLIC_SIZE:
        raise Untrusted(f"A sealing key has {PUBLIC_SIZE} bytes, not {len(public)}.")
    try:
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
        return _SUITE.encrypt(plaintext, key, info)
    except ValueError as error:
        raise Untrusted("The sealing key is not a sound MLKEM768-X25519 key.") from error


def unwrap(private: bytes, data: bytes, info: bytes) -> bytes | None:
    """Open what was sealed for this key under the same `info`; None if it is not for it."""
    mlkem, curve = _halves(private)
    try:
        return _SUITE.decrypt(data, MLKEM768X25519PrivateKey(mlkem, curve), info)
    except (InvalidTag, ValueError):
        return None


def _halves(private: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(private) != PRIVATE_SIZE:
        raise Untrusted(f"A private sealing key has {PRIVATE_SIZE} bytes, not {len(private)}.")
    expanded = hashlib.shake_256(private).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
