"""Keys that live in an ssh-agent: asked to sign over its socket, never seen.

The agent protocol (draft-ietf-sshm-ssh-agent), as far as it is needed: list the keys, sign with one.
An ssh-ed25519 key signs the bytes as they are (RFC 8709), so its signature is a log's like any other.
"""

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hansa.kernel.errors import Refused
from hansa.kernel.note import SIGNATURE_SIZE, Signer, Verifier

SOCKET = "SSH_AUTH_SOCK"
SECONDS = 60
"""How long an agent may take: it may ask its owner to touch a token."""

_KEY_TYPE = b"ssh-ed25519"
_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14
_LARGEST = 262_144


@dataclass(frozen=True, slots=True)
class Identity:
    """An Ed25519 key that the agent holds: its public half and its owner's word for it."""

    pub: bytes
    comment: str


def identities() -> list[Identity]:
    """Return the Ed25519 keys that the agent offers; Refused if no agent answers."""
    parts = _Parts(_ask(bytes([_LIST]), _LISTED))
    found = []
    for _ in range(parts.number()):
        blob, comment = _Parts(parts.string()), parts.string().decode("utf-8", "replace")
        if blob.string() == _KEY_TYPE:
            found.append(Identity(blob.string(), comment))
    return found


class AgentSigner(Signer):
    """Signs notes under a name with a key in the agent."""

    def __init__(self, name: str, pub: bytes) -> None:
        """Name the key; whether the agent has it shows when it is asked to sign."""
        self.verifier = Verifier(name, pub)

    def sign(self, msg: bytes) -> bytes:
        """Return the 64 bytes of the agent's signature; Refused if it gives none, or a false one."""
        blob = _string(_KEY_TYPE) + _string(self.verifier.pub)
        answer = _ask(bytes([_SIGN]) + _string(blob) + _string(msg) + struct.pack(">I", 0), _SIGNED)
        signature = _Parts(_Parts(answer).string())
        kind, raw = signature.string(), signature.string()
        if kind != _KEY_TYPE or len(raw) != SIGNATURE_SIZE or not self.verifier.ok(msg, raw):
            raise Refused(
                f"The ssh-agent's signature for {self.name} does not hold. Nothing was saved.",
                code="agent",
            )
        return raw


def _ask(request: bytes, expected: int) -> bytes:
    path = os.environ.get(SOCKET)
    if not path:
        raise Refused(
            f"The key is kept in an ssh-agent, and none is known here: {SOCKET} is not set. Start one, add the key with ssh-add, and try again.",
            code="agent",
        )
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(SECONDS)
            line.connect(path)
            line.sendall(_string(request))
            (size,) = struct.unpack(">I", _read(line, 4))
            answer = _read(line, size) if 1 <= size <= _LARGEST else b"\0"
    except (OSError, EOFError) as error:
        raise Refused(
            f"The ssh-agent at {path} does not answer ({error}). Start it, add the key with ssh-add, and try again.",
            code="agent",
        ) from error
    if answer[0] != expected:
        raise Refused(
            "The ssh-agent does not sign with this key. Add the key with ssh-add, confirm it where the agent asks, and try again.",
            code="agent",
        )
    return answer[1:]


def _read(line: socket.socket, size: int) -> bytes:
    return b"".join(_pieces(line, size))


def _pieces(line: socket.socket, size: int) -> Iterator[bytes]:
    while size:
        piece = line.recv(min(size, 65_536))
        if not piece:
            raise EOFError("it hung up")
        size -= len(piece)
        yield piece


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


class _Parts:
    """Numbers and strings of an answer, read from the left."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def number(self) -> int:
        (value,) = struct.unpack(">I", self._take(4))
        return int(value)

    def string(self) -> bytes:
        return self._take(self.number())

    def _take(self, size: int) -> bytes:
        if size > len(self.data):
            raise Refused("The ssh-agent's answer cannot be read.", code="agent")
        taken, self.data = self.data[:size], self.data[size:]
        return taken
