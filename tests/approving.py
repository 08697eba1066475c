"""Hands that approve: an SSH key and a passkey, made of nothing but the algorithms, so that tests can also do it wrong."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.signing import SigningKey

from hansa.kernel.approval import NAMESPACE, Key, challenge, read_key
from hansa.kernel.log import Draft
from hansa.kernel.note import encode_base64
from hansa.kernel.prepare import Prepared, prepare
from hansa.kernel.record import KINDS
from hansa.kernel.say import say_draft
from hansa.kernel.sshsig import SshKey, signed_data
from tests.builders import Town

ORIGIN = "https://hansa.example"


def string(data: bytes) -> bytes:
    """RFC 4251 string."""
    return len(data).to_bytes(4, "big") + data


@dataclass
class SshHand:
    """An Ed25519 key in OpenSSH's formats; with `application`, one on a security key."""

    seed: bytes = b"s" * 32
    application: str = ""
    namespace: str = NAMESPACE
    hash_name: str = "sha512"
    flags: int = 1
    reserved: bytes = b""

    @property
    def ssh(self) -> SshKey:
        return SshKey(bytes(SigningKey(self.seed).verify_key), self.application)

    @property
    def key(self) -> Key:
        return read_key("ssh", self.ssh.line)

    def enrolment(self) -> dict[str, Any]:
        """What its enrolment says of it."""
        return {"method": "ssh", "public": self.ssh.line, "label": "SSH"}

    def blob(self, message: bytes) -> bytes:
        data = signed_data(message, self.namespace, self.hash_name)
        signing, sort = SigningKey(self.seed), self.ssh.sort.encode()
        if self.application:
            tail = bytes([self.flags]) + (7).to_bytes(4, "big")
            hashed = hashlib.sha256(data).digest()
            data = hashlib.sha256(self.application.encode()).digest() + tail + hashed
            inner = string(sort) + string(bytes(signing.sign(data).signature)) + tail
        else:
            inner = string(sort) + string(bytes(signing.sign(data).signature))
        parts = [self.ssh.blob, self.namespace.encode(), self.reserved, self.hash_name.encode()]
        return b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(string, [*parts, inner]))

    def armored(self, message: bytes) -> str:
        body = encode_base64(self.blob(message))
        lines = [body[i : i + 70] for i in range(0, len(body), 70)]
        return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----\n"])

    def approve(self, prepared: Prepared) -> Draft:
        """The draft with this hand's approval."""
        return prepared.by_ssh(self.key.fingerprint, self.armored(prepared.statement))


@dataclass
class PasskeyHand:
    """A passkey, ES256 unless `ed`. Every part of what it says may be replaced."""

    number: int = 7
    ed: bool = False
    origin: str = ORIGIN
    says_origin: str = ""
    rp_id: str = ""
    flags: int = 0x05
    type: str = "webauthn.get"
    more: dict[str, Any] = field(default_factory=dict)
    tail: bytes = b""

    @property
    def public(self) -> str:
        if self.ed:
            return (
                f"ed25519 {encode_base64(bytes(SigningKey(bytes([self.number]) * 32).verify_key))}"
            )
        point = (
            self._es256().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        )
        return f"es256 {encode_base64(point)}"

    def _es256(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.number, ec.SECP256R1())

    @property
    def key(self) -> Key:
        return read_key("webauthn", self.public, self.origin)

    def enrolment(self) -> dict[str, Any]:
        """What its enrolment says of it."""
        return {
            "method": "webauthn",
            "public": self.public,
            "label": "Passkey",
            "origin": self.origin,
            "credential": f"credential-{self.number}",
        }

    def client(self, wanted: bytes) -> bytes:
        said = {
            "type": self.type,
            "challenge": urlsafe_b64encode(wanted).decode().rstrip("="),
            "origin": self.says_origin or self.origin,
            "crossOrigin": False,
            **self.more,
        }
        return json.dumps(said, separators=(",", ":")).encode()

    def data(self) -> bytes:
        rp_id = self.rp_id or self.origin.partition("://")[2].partition(":")[0]
        head = hashlib.sha256(rp_id.encode()).digest()
        return head + bytes([self.flags]) + (0).to_bytes(4, "big") + self.tail

    def sign(self, message: bytes) -> bytes:
        if self.ed:
            return bytes(SigningKey(bytes([self.number]) * 32).sign(message).signature)
        return self._es256().sign(message, ec.ECDSA(SHA256()))

    def approve(self, prepared: Prepared) -> Draft:
        """The draft with this hand's approval."""
        client, data = self.client(challenge(prepared.statement)), self.data()
        signature = self.sign(data + hashlib.sha256(client).digest())
        return prepared.by_passkey(self.key.fingerprint, data, client, signature)


Hand = SshHand | PasskeyHand


def draft(here: Town, kind: str, /, *, as_: str = "", **fields: Any) -> Draft:
    """What a town is about to say."""
    return Draft(KINDS[kind].read(fields), here.log, as_ or here.by)


def enrol(
    here: Town, hand: Hand, *, as_: str = "", officer: str = "", by: Hand | None = None
) -> str:
    """Enrol the hand's key for an office, approved `by` an earlier one if the office needs that."""
    meant = draft(
        here, "pact.officer-key/1", as_=as_, officer=officer or as_ or here.by, **hand.enrolment()
    )
    return say_draft(by.approve(prepare(meant)) if by else meant)


def approved(here: Town, hand: Hand, kind: str, /, *, as_: str = "", **fields: Any) -> str:
    """Say it with the hand's approval."""
    return say_draft(hand.approve(prepare(draft(here, kind, as_=as_, **fields))))


def altered(of: Draft, **changes: Any) -> Draft:
    """The draft with parts of its approvals replaced."""
    made = [{**msgspec.json.decode(one), **changes} for one in of.approvals]
    return replace(of, approvals=tuple(msgspec.json.encode(one) for one in made))
