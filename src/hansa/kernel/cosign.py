"""Cosignatures: what a witness signs over another log's head (C2SP tlog-cosignature)."""

from hashlib import sha256
from struct import pack
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from hansa.kernel.note import KEY_ID_SIZE, Checkpoint, Signer, check_name, encode_base64

Algorithm = Literal["ed25519", "mldsa44"]
TYPES: dict[Algorithm, int] = {"ed25519": 0x04, "mldsa44": 0x06}
LATEST = 2**63 - 1


def key_id(name: str, algorithm: Algorithm, public: bytes) -> bytes:
    """First four bytes of SHA-256(name ‖ newline ‖ type ‖ key), which names the key in a signature line."""
    return sha256(name.encode() + b"\n" + bytes([TYPES[algorithm]]) + public).digest()[:KEY_ID_SIZE]


def vkey(name: str, algorithm: Algorithm, public: bytes) -> str:
    """Return a cosigner's public key as one line of text."""
    check_name(name)
    key = encode_base64(bytes([TYPES[algorithm]]) + public)
    return f"{name}+{key_id(name, algorithm, public).hex()}+{key}"


def ed25519_message(text: str, at: int) -> bytes:
    """Return what an Ed25519 cosigner signs: header line, time line, and the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def mldsa44_message(name: str, text: str, at: int) -> bytes:
    """Return what an ML-DSA-44 cosigner signs over a checkpoint: the `cosigned_message` structure."""
    head = Checkpoint.parse(text)
    cosigner, origin = name.encode(), head.origin.encode()
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
