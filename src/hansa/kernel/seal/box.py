"""How bytes are sealed: under a key of one record's own, bound to its place, padded to a size that tells little.

    body    salt (32) ‖ nonce (12) ‖ ChaCha20-Poly1305(padded envelope)     RFC 8439
    key     HKDF-SHA256(epoch's key, salt, log ‖ index ‖ epoch)              RFC 5869
    padded  length (4, big-endian) ‖ envelope ‖ zeros, so that the body's size is a power of two from 1 KiB

An epoch's key is random, wrapped once for each reader (`kernel.hpke`), and pinned in the open by its hash:
so an author cannot give two readers two keys under which the same bytes read differently.
"""

import hashlib
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hansa.kernel import hpke
from hansa.kernel.entry import LARGEST_BODY, SALT
from hansa.kernel.errors import Untrusted

KEY = 32
NONCE = 12
TAG = 16
LENGTH = 4
SMALLEST = 1024
"""Bytes of the smallest sealed body."""

LONGEST = LARGEST_BODY - SALT - NONCE - TAG - LENGTH
"""Bytes of the longest envelope that can be sealed."""


def seal_body(key: bytes, log: str, index: int, epoch: str, body: bytes) -> bytes:
    """Return the sealed form of an open body (salt, envelope) that stands at `log@index` under this epoch's key."""
    salt, envelope = body[:SALT], body[SALT:]
    bound = _place(log, index, epoch)
    return salt + _lock(_derived(key, salt, bound), bound, envelope, SALT)


def open_body(key: bytes, log: str, index: int, epoch: str, body: bytes) -> bytes:
    """Return salt and envelope of a sealed body; Untrusted if it was not sealed so, and for this place."""
    salt, bound = body[:SALT], _place(log, index, epoch)
    return salt + _unlock(_derived(key, salt, bound), bound, body[SALT:])


def seal_part(key: bytes, log: str, epoch: str, data: bytes) -> bytes:
    """Return what an epoch's own record says to its readers, sealed under the epoch's key."""
    bound = b"hansa/epoch-part/v1\n" + f"{log}\n{epoch}\n".encode()
    return _lock(_derived(key, b"", bound), bound, data, 0)


def open_part(key: bytes, log: str, epoch: str, part: bytes) -> bytes:
    """Return what an epoch's own record says to its readers; Untrusted if it was not sealed so."""
    bound = b"hansa/epoch-part/v1\n" + f"{log}\n{epoch}\n".encode()
    return _unlock(_derived(key, b"", bound), bound, part)


def seal_file(key: bytes, log: str, index: int, epoch: str, digest: str, data: bytes) -> bytes:
    """Return the sealed form of an attachment with this SHA-256 that the record at `log@index` names, for a folder that is carried."""
    bound = _file(log, index, epoch, digest)
    return _lock(_derived(key, b"", bound), bound, data, 0)


def open_file(key: bytes, log: str, index: int, epoch: str, digest: str, data: bytes) -> bytes:
    """Return the attachment; Untrusted if it was not sealed so, and for this record."""
    bound = _file(log, index, epoch, digest)
    return _unlock(_derived(key, b"", bound), bound, data)


def file_name(key: bytes, log: str, index: int, epoch: str, digest: str) -> str:
    """Return under which name it is carried: 64 hexadecimal digits that tell nothing to whoever has not the epoch's key."""
    return _derived(key, b"name", _file(log, index, epoch, digest)).hex()


def sealed_size(size: int) -> int:
    """Return how many bytes an attachment of this size has when it is sealed."""
    return power_of_two(NONCE + TAG + LENGTH + size, SMALLEST)


def commitment(log: str, epoch: str, key: bytes) -> str:
    """Return the hash by which an epoch's record pins its key. A key has 256 random bits: nobody guesses it."""
    return hashlib.sha256(b"hansa/epoch-key/v1\n" + f"{log}\n{epoch}\n".encode() + key).hexdigest()


def wrap_info(log: str, epoch: str) -> bytes:
    """Return to what a wrapped key is bound (HPKE's info)."""
    return b"hansa/epoch-wrap/v1\n" + f"{log}\n{epoch}\n".encode()


def wraps(publics: list[bytes], key: bytes, log: str, epoch: str) -> list[bytes]:
    """Wrap an epoch's key for each public key, among dummies up to a power of two, in an order that tells nothing."""
    info = wrap_info(log, epoch)
    made = [hpke.wrap(public, key, info) for public in publics]
    # Sealed to keys that nobody keeps: by their make no different from the others.
    made += [
        hpke.wrap(hpke.keypair()[1], secrets.token_bytes(KEY), info)
        for _ in range(power_of_two(len(made)) - len(made))
    ]
    secrets.SystemRandom().shuffle(made)
    return made


def power_of_two(number: int, least: int = 1) -> int:
    """Return the smallest power of two that is no smaller than `number` and `least`."""
    return 1 << (max(number, least) - 1).bit_length()


def _place(log: str, index: int, epoch: str) -> bytes:
    return b"hansa/sealed/v1\n" + f"{log}\n{index}\n{epoch}\n".encode()


def _file(log: str, index: int, epoch: str, digest: str) -> bytes:
    return b"hansa/sealed-file/v1\n" + f"{log}\n{index}\n{epoch}\n{digest}\n".encode()


def _derived(key: bytes, salt: bytes, bound: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY, salt=salt, info=bound).derive(key)


def _lock(key: bytes, bound: bytes, data: bytes, before: int) -> bytes:
    around = before + NONCE + TAG
    size = power_of_two(around + LENGTH + len(data), SMALLEST) - around
    padded = (len(data).to_bytes(LENGTH) + data).ljust(size, b"\0")
    nonce = os.urandom(NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, padded, bound)


def _unlock(key: bytes, bound: bytes, data: bytes) -> bytes:
    try:
        padded = ChaCha20Poly1305(key).decrypt(data[:NONCE], data[NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise Untrusted("What is sealed does not open under its epoch's key.") from error
    end = LENGTH + int.from_bytes(padded[:LENGTH])
    if len(padded) < end or padded[end:].strip(b"\0"):
        raise Untrusted("What is sealed is not padded as it should be.")
    return padded[LENGTH:end]
