"""SSH keys and signatures as OpenSSH makes them: RFC 4253 wire format, PROTOCOL.sshsig, PROTOCOL.u2f.

Only Ed25519, as a file or agent (`ssh-ed25519`) or on a security key (`sk-ssh-ed25519@openssh.com`), and by
the one rule for Ed25519 that all nodes share. Stricter than the text where that costs nobody anything: one
spelling of each key, nothing after the end, and no reserved words that nobody here would read.
"""

import hashlib
from dataclasses import dataclass

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import KEY_SIZE, decode_base64, ed25519_key_ok, ed25519_ok, encode_base64

MAGIC = b"SSHSIG"
VERSION = 1
HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
PLAIN, ON_KEY = "ssh-ed25519", "sk-ssh-ed25519@openssh.com"

LARGEST = 2_048
"""Bytes of a key or signature. OpenSSH's own are below 300."""

LONGEST_APPLICATION = 64
SIGNATURE = 64
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"

TOUCHED, VERIFIED = 0x01, 0x04
"""Flags of a security key: somebody touched it; it knew by PIN or finger who that was (PROTOCOL.u2f)."""


class _Reader:
    """Reads RFC 4253 section 5 values from the front; Untrusted where the bytes end too soon."""

    def __init__(self, data: bytes, what: str) -> None:
        if len(data) > LARGEST:
            raise Untrusted(f"{what} is larger than {LARGEST} bytes.")
        self.data, self.at, self.what = data, 0, what

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise Untrusted(f"{self.what} ends too soon.")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def word(self) -> str:
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError as error:
            raise Untrusted(f"{self.what} holds a name that is no ASCII.") from error

    def end(self) -> None:
        if self.at != len(self.data):
            raise Untrusted(f"{self.what} goes on after its end.")


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@dataclass(frozen=True, slots=True)
class SshKey:
    """A public key. `application` is empty but for a key that lives on a security key."""

    pub: bytes
    application: str = ""

    @classmethod
    def parse(cls, line: str) -> "SshKey":
        """Read a line of a .pub file, its comment ignored; Untrusted if it is no Ed25519 key."""
        words = line.split(maxsplit=2)
        if len(words) < 2:  # noqa: PLR2004 - its sort and its bytes
            raise Untrusted("A public SSH key reads: its sort, then its bytes in base64.")
        if words[0] not in {PLAIN, ON_KEY}:
            raise Untrusted(
                f"Keys of the sort {words[0][:40]!r} are not used here. Make one with: ssh-keygen -t ed25519"
            )
        key = cls.from_blob(decode_base64(words[1], "The public SSH key"))
        if key.sort != words[0]:
            raise Untrusted("The public SSH key is of another sort than it says.")
        return key

    @classmethod
    def from_blob(cls, blob: bytes) -> "SshKey":
        """Read the wire form; Untrusted for any other key, or one outside the prime-order group."""
        reader = _Reader(blob, "The public SSH key")
        sort = reader.word()
        if sort not in {PLAIN, ON_KEY}:
            raise Untrusted("The public SSH key is no Ed25519 key.")
        pub = reader.string()
        application = reader.word() if sort == ON_KEY else ""
        reader.end()
        if len(pub) != KEY_SIZE or not ed25519_key_ok(pub):
            raise Untrusted("The public SSH key is not a sound Ed25519 key.")
        if sort == ON_KEY and not 0 < len(application) <= LONGEST_APPLICATION:
            raise Untrusted("The public SSH key names no application.")
        return cls(pub, application)

    @property
    def sort(self) -> str:
        """Return OpenSSH's name for this sort of key."""
        return ON_KEY if self.application else PLAIN

    @property
    def blob(self) -> bytes:
        """Return the wire form."""
        parts = [self.sort.encode(), self.pub]
        if self.application:
            parts.append(self.application.encode())
        return b"".join(map(_string, parts))

    @property
    def line(self) -> str:
        """Return the one spelling in which the key is kept: sort and base64, no comment."""
        return f"{self.sort} {encode_base64(self.blob)}"

    @property
    def fingerprint(self) -> str:
        """Return what `ssh-keygen -l` shows."""
        return "SHA256:" + encode_base64(hashlib.sha256(self.blob).digest()).rstrip("=")


def dearmor(text: str) -> bytes:
    """Return the blob of an armored signature as it was pasted; Untrusted if header or footer is missing.

    PROTOCOL.sshsig 1: the header MUST stand at the start, the footer at the end. White space around them
    and other line lengths are what pasting does to a text.
    """
    lines = text.split()
    words = " ".join(lines)
    if not (words.startswith(BEGIN) and words.endswith(END)):
        raise Untrusted(f"An SSH signature begins with {BEGIN} and ends with {END}.")
    inner = words[len(BEGIN) : -len(END)].replace(" ", "")
    return decode_base64(inner, "The SSH signature")


def signer(blob: bytes) -> SshKey:
    """Return the key that a signature says it is by; Untrusted if it is no signature. Nothing is verified."""
    reader = _Reader(blob, "The SSH signature")
    if reader.take(len(MAGIC)) != MAGIC or reader.number() != VERSION:
        raise Untrusted("This is no SSH signature of the version that is known here.")
    return SshKey.from_blob(reader.string())


def signed_data(message: bytes, namespace: str, hash_name: str) -> bytes:
    """Return what the key signs for `message`: PROTOCOL.sshsig 3."""
    parts = [namespace.encode(), b"", hash_name.encode(), HASHES[hash_name](message).digest()]
    return MAGIC + b"".join(map(_string, parts))


def verify(blob: bytes, key: SshKey, message: bytes, namespace: str) -> int:
    """Return the flags of a security key (0 for a key of another sort) if `key` signed `message`; else Untrusted."""
    reader = _Reader(blob, "The SSH signature")
    if reader.take(len(MAGIC)) != MAGIC:
        raise Untrusted("This is no SSH signature.")
    if reader.number() != VERSION:
        raise Untrusted("The SSH signature is of another version.")
    if reader.string() != key.blob:
        raise Untrusted("The SSH signature is by another key.")
    if reader.string() != namespace.encode():
        raise Untrusted(f"The SSH signature was made for another use than “{namespace}”.")
    if reader.string():
        raise Untrusted("The SSH signature has reserved words that nobody here can read.")
    hash_name = reader.word()
    if hash_name not in HASHES:
        raise Untrusted("The SSH signature uses another hash than SHA-256 or SHA-512.")
    signature = _Reader(reader.string(), "The SSH signature")
    reader.end()
    return _judge(signature, key, signed_data(message, namespace, hash_name))


def _judge(reader: _Reader, key: SshKey, data: bytes) -> int:
    """Judge the inner signature; a security key's also covers its application, flags and counter."""
    if reader.word() != key.sort:
        raise Untrusted("The SSH signature is of another sort than its key.")
    raw, flags = reader.string(), 0
    if key.application:
        tail = reader.take(1 + 4)
        flags = tail[0]
        digests = hashlib.sha256(key.application.encode()).digest(), hashlib.sha256(data).digest()
        data = digests[0] + tail + digests[1]
    reader.end()
    if not ed25519_ok(key.pub, raw, data):
        raise Untrusted("The SSH signature does not fit what it should sign.")
    if key.application and not flags & TOUCHED:
        raise Untrusted("The SSH signature was made without anybody touching the security key.")
    return flags
