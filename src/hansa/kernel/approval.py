"""An officer's own approval of one act: what it is over, and when it holds. Needs no Django and no database.

A node's log key says that a record stands in a log. It cannot say that the officer meant it, for the node
holds that key. So a weighty act carries the officer's own signature, by a passkey or an SSH key that the
node never has, over a statement: which act, resting on which records, and the very text that was shown.

What it does not prove: that a screen showed that text. The text is kept in the approval, so that anybody can
compare it with what was said; whoever fears the screen signs at a machine of their own, by SSH.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hansa.kernel import sshsig
from hansa.kernel.errors import Untrusted
from hansa.kernel.note import (
    KEY_SIZE,
    SIGNATURE_SIZE,
    decode_base64,
    ed25519_key_ok,
    ed25519_ok,
    encode_base64,
)

DOMAIN = "hansa/approval/1"
NAMESPACE = "hansa"
"""Of SSH signatures: one made for a file or a mail approves nothing here (PROTOCOL.sshsig 2)."""

WEBAUTHN, SSH = "webauthn", "ssh"
NONCE = 16
MOST = 8
"""Approvals that one record may carry."""

LONGEST_SHOWN = 200_000
"""Characters of the text shown. A charter's articles fit."""

LARGEST_CLIENT, LARGEST_DATA, LARGEST_DER = 4_096, 1_024, 72
LONGEST_ORIGIN, LONGEST_PUBLIC = 200, 300

PRESENT, USER_VERIFIED, ATTESTED, EXTENDED = 0x01, 0x04, 0x40, 0x80
"""Flags of authenticator data: WebAuthn L2 section 6.1."""
RP_HASH, HEAD = 32, 37
POINT, COORDINATE = 65, 32
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# A page's origin (RFC 6454), where browsers offer passkeys: TLS, or this very machine.
_ORIGIN = re.compile(
    r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?"
    r"|http://(?:[a-z0-9-]+\.)*localhost(?::[1-9][0-9]{0,4})?"
)
_WORD = re.compile(r"[!-~]{1,200}")
# Signs that a terminal or screen obeys instead of showing them, and those that turn the direction of a text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


class Presence(StrEnum):
    """What the key itself vouches for about the person."""

    KEY = "key"
    TOUCHED = "touched"
    VERIFIED = "verified"


_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_SHOWN)]
_Fingerprint = Annotated[str, msgspec.Meta(pattern=r"^SHA256:[A-Za-z0-9+/]{43}\Z")]
_Audience = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9:@/-]{0,79}\Z")]
_Encoded = Annotated[str, msgspec.Meta(min_length=4, max_length=8_192)]


class _Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="method"):
    key: _Fingerprint
    audience: _Audience
    nonce: Annotated[str, msgspec.Meta(min_length=24, max_length=24)]
    shown: _Text
    signature: _Encoded


class ByPasskey(_Approval, frozen=True, tag=WEBAUTHN):
    """A WebAuthn assertion: authenticator data, client data and signature, each in base64."""

    data: _Encoded
    client: _Encoded


class BySsh(_Approval, frozen=True, tag=SSH):
    """An SSH signature over the statement: the blob of PROTOCOL.sshsig in base64."""


Approval = ByPasskey | BySsh
_approvals = msgspec.json.Decoder(Approval)


def read_approval(data: bytes | msgspec.Raw) -> Approval:
    """Read an approval as it stands in a body; Untrusted if it is none."""
    try:
        approval: Approval = _approvals.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Untrusted(f"An approval cannot be read: {error}.") from error
    return approval


@dataclass(frozen=True, slots=True)
class Key:
    """The public half of a key with which an officer approves. Made by `read_key` only.

    `public` is the one spelling in which it is kept; `origin` the page at which a passkey works, else empty.
    """

    method: str
    public: str
    origin: str = ""

    @property
    def fingerprint(self) -> str:
        """Return SHA-256 over the key, written as OpenSSH writes it; for an SSH key the one that `ssh-keygen -l` shows."""
        if self.method == SSH:
            return sshsig.SshKey.parse(self.public).fingerprint
        digest = hashlib.sha256(f"{self.origin}\n{self.public}".encode()).digest()
        return "SHA256:" + encode_base64(digest).rstrip("=")

    @property
    def rp_id(self) -> str:
        """Return the passkey's relying party: the origin's host."""
        return self.origin.partition("://")[2].partition(":")[0]


@lru_cache(maxsize=1_024)
def read_key(method: str, public: str, origin: str = "") -> Key:
    """Return the key, in its one spelling; Untrusted if nobody could approve with it.

    An SSH key is a line of a .pub file. A passkey is `es256` with the uncompressed point (SEC 1), or `ed25519`
    with the 32 bytes (RFC 8032), in base64.
    """
    if len(public) > LONGEST_PUBLIC or len(origin) > LONGEST_ORIGIN:
        raise Untrusted("The public key is too long.")
    if method == SSH:
        if origin:
            raise Untrusted("An SSH key belongs to no page.")
        return Key(SSH, sshsig.SshKey.parse(public).line)
    if method != WEBAUTHN:
        raise Untrusted(f"No key approves by the method {method[:20]!r}.")
    if not _ORIGIN.fullmatch(origin):
        raise Untrusted("A passkey belongs to a page: https:// and its host.")
    _passkey(public)
    return Key(WEBAUTHN, public, origin)


@lru_cache(maxsize=1_024)
def _passkey(public: str) -> bytes | ec.EllipticCurvePublicKey:
    """Return the key itself; Untrusted for a point off the curve or outside the prime-order group."""
    sort, _, encoded = public.partition(" ")
    raw = decode_base64(encoded, "The passkey's public key")
    if sort == "ed25519" and len(raw) == KEY_SIZE and ed25519_key_ok(raw):
        return raw
    if sort == "es256" and len(raw) == POINT and raw[0] == 4:  # noqa: PLR2004 - SEC 1 2.3.3: uncompressed
        x, y = raw[1 : 1 + COORDINATE], raw[1 + COORDINATE :]
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
        )
        try:
            return numbers.public_key()
        except ValueError as error:
            raise Untrusted("The passkey's public key is no point of its curve.") from error
    raise Untrusted("The passkey's public key is neither ES256 nor Ed25519.")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A key of an office: what its officer calls it, the passkey's name for itself, the records that enrolled and ended it."""

    key: Key
    label: str
    credential: str
    record: str
    ended: str

    def counted(self, index: int) -> bool:
        """Tell whether it counted for the entry at this index of its log: by place, never by time."""
        ended = int(self.ended.partition("@")[2]) if self.ended else index
        return int(self.record.partition("@")[2]) < index <= ended


@dataclass(frozen=True, slots=True)
class Act:
    """What is approved, as it stands in its body: who says what for whom, resting on which records.

    `audience` is what a reader of the log calls it, never an epoch; `refs` are positions with leaf hashes.
    """

    log: str
    kind: str
    by: str
    audience: str
    refs: Mapping[str, bytes]
    says: bytes

    def statement(self, nonce: bytes, shown: str) -> bytes:
        """Return the text that is signed, the same on every machine; Untrusted if a part cannot stand in it.

        A line each for what a program compares, an empty line, and the text that the person was shown.
        """
        if len(nonce) != NONCE:
            raise Untrusted(f"An approval's nonce has {NONCE} bytes.")
        if len(shown) > LONGEST_SHOWN or not shown.strip() or _UNSEEN.search(shown):
            raise Untrusted("The text shown is empty, too long, or holds signs that nobody sees.")
        words = [
            ("log", self.log),
            ("kind", self.kind),
            ("by", self.by),
            ("for", self.audience),
            ("says", _hash(self.says)),
            ("shown", _hash(shown.encode())),
            ("nonce", encode_base64(nonce)),
        ]
        if not all(_WORD.fullmatch(word) for _name, word in [*words, *((r, r) for r in self.refs)]):
            raise Untrusted("A part of the act cannot stand in a statement.")
        lines = [DOMAIN, *(f"{name} {word}" for name, word in words)]
        lines += [f"ref {ref} {encode_base64(leaf)}" for ref, leaf in sorted(self.refs.items())]
        return ("\n".join(lines) + f"\n\n{shown}\n").encode()


def _hash(data: bytes) -> str:
    return encode_base64(hashlib.sha256(data).digest())


def challenge(statement: bytes) -> bytes:
    """Return the 32 bytes that a passkey signs for a statement, and by which an approval is used once."""
    return hashlib.sha256(statement).digest()


def seen(text: str) -> str:
    """Return `text` as it may stand in a statement: every sign that a screen would obey made visible."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\r\n", "\n"))


def verify(approval: Approval, key: Key, act: Act) -> Presence:
    """Return what the key vouches for about the person, if `approval` is by `key` over `act`; else Untrusted."""
    if approval.key != key.fingerprint:
        raise Untrusted("The approval is by another key.")
    if approval.audience != act.audience:
        raise Untrusted("The approval is for other readers.")
    message = statement_of(approval, act)
    signature = decode_base64(approval.signature, "The approval's signature")
    if isinstance(approval, ByPasskey):
        if key.method != WEBAUTHN:
            raise Untrusted("The approval is by another sort of key.")
        return _verify_passkey(approval, key, challenge(message), signature)
    if key.method != SSH:
        raise Untrusted("The approval is by another sort of key.")
    flags = sshsig.verify(signature, sshsig.SshKey.parse(key.public), message, NAMESPACE)
    if flags & sshsig.VERIFIED:
        return Presence.VERIFIED
    return Presence.TOUCHED if flags else Presence.KEY


def statement_of(approval: Approval, act: Act) -> bytes:
    """Return the statement that this approval claims to be over."""
    return act.statement(decode_base64(approval.nonce, "The approval's nonce"), approval.shown)


def judge(given: Sequence[bytes | msgspec.Raw], keys: Mapping[str, Key], act: Act) -> list[bytes]:
    """Return the challenge of each approval, every one of them valid and by one of `keys`; else Untrusted.

    `keys` are the officer's own that are in force, by fingerprint.
    """
    if len(given) > MOST:
        raise Untrusted(f"A record carries at most {MOST} approvals.")
    used: set[tuple[str, bytes]] = set()
    for one in given:
        approval = read_approval(one)
        if approval.key not in keys:
            raise Untrusted("An approval is by no key of this office that is in force.")
        verify(approval, keys[approval.key], act)
        mark = (approval.key, challenge(statement_of(approval, act)))
        if mark in used:
            raise Untrusted("One approval stands there twice.")
        used.add(mark)
    return sorted({made for _key, made in used})


def _verify_passkey(approval: ByPasskey, key: Key, wanted: bytes, signature: bytes) -> Presence:
    """Judge an assertion: WebAuthn L2 section 7.2, steps 11 to 20.

    Not its step 21: a counter that must grow is a state, and passkeys that are carried between devices have none.
    """
    client = decode_base64(approval.client, "The approval's client data")
    data = decode_base64(approval.data, "The approval's authenticator data")
    _require_client(client, key.origin, wanted)
    _require_data(data, key.rp_id)
    message = data + hashlib.sha256(client).digest()
    public = _passkey(key.public)
    if isinstance(public, bytes):
        if len(signature) != SIGNATURE_SIZE or not ed25519_ok(public, signature, message):
            raise Untrusted("The passkey's signature does not fit what it should sign.")
        return Presence.VERIFIED
    try:
        public.verify(encode_dss_signature(*_read_der(signature)), message, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise Untrusted("The passkey's signature does not fit what it should sign.") from error
    return Presence.VERIFIED


def _require_client(client: bytes, origin: str, wanted: bytes) -> None:
    """Steps 11 to 13: made for an assertion, for this statement, at this page and not inside another's."""
    if len(client) > LARGEST_CLIENT:
        raise Untrusted("The passkey's client data is too long.")
    try:
        said = json.loads(client.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Untrusted("The passkey's client data is no JSON.") from error
    if not isinstance(said, dict) or said.get("type") != "webauthn.get":
        raise Untrusted("The passkey was not asked to approve anything.")
    if said.get("challenge") != urlsafe_b64encode(wanted).decode().rstrip("="):
        raise Untrusted("The passkey approved something else than this.")
    if said.get("origin") != origin:
        raise Untrusted("The passkey was used at another page than the one it was enrolled at.")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise Untrusted("The passkey was used inside another site's page.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _require_data(data: bytes, rp_id: str) -> None:
    """Steps 15 to 17: this relying party, somebody present, and known to the authenticator."""
    if not HEAD <= len(data) <= LARGEST_DATA:
        raise Untrusted("The passkey's authenticator data is of no possible size.")
    if data[:RP_HASH] != hashlib.sha256(rp_id.encode()).digest():
        raise Untrusted("The passkey was used for another site.")
    flags = data[RP_HASH]
    if not flags & PRESENT:
        raise Untrusted("Nobody was present when the passkey was used.")
    if not flags & USER_VERIFIED:
        raise Untrusted("The passkey did not ask for a PIN, a finger or a face.")
    if flags & ATTESTED or (len(data) > HEAD) != bool(flags & EXTENDED):
        raise Untrusted("The passkey's authenticator data holds what no approval holds.")


def _read_der(signature: bytes) -> tuple[int, int]:
    """Read an ECDSA signature: DER, shortest form, both numbers in range (SEC 1 4.1.4, X.690 8.3).

    Read here, and not by the library, so that all nodes agree on every encoding.
    """
    wrong = Untrusted("The passkey's signature is no DER.")
    if not 8 <= len(signature) <= LARGEST_DER or signature[:2] != bytes([0x30, len(signature) - 2]):  # noqa: PLR2004 - two numbers of a byte
        raise wrong
    numbers, at = [], 2
    for _ in range(2):
        if signature[at : at + 1] != b"\x02":
            raise wrong
        size = signature[at + 1] if at + 1 < len(signature) else 0
        raw = signature[at + 2 : at + 2 + size]
        short = len(raw) > 1 and raw[0] == 0 and raw[1] < 0x80  # noqa: PLR2004 - the sign bit
        if not size or len(raw) != size or raw[0] >= 0x80 or short:  # noqa: PLR2004 - the sign bit
            raise wrong
        numbers.append(int.from_bytes(raw, "big"))
        at += 2 + size
    if at != len(signature) or not all(0 < number < _ORDER for number in numbers):
        raise wrong
    return numbers[0], numbers[1]
