"""The bytes of an entry and of the body it commits to.

An entry is its header: compact JSON, kept, hashed and sent as the bytes first written. The body
is 32 bytes of salt and JSON; the header commits to both with SHA-256, so a body can be checked
by whoever holds it and guessed by nobody who does not.
"""

import hashlib
import json
import os
import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from hansa.kernel.clock import EARLIEST, LATEST
from hansa.kernel.errors import Untrusted
from hansa.kernel.ref import LOG_PATTERN

PACT = "pact"
"""Audience: every officer of every member."""

OWN = "own"
"""Audience: the officers of the member whose log it stands in."""

PACT_AUDIENCES = (PACT, "pact:e")
"""What a header says of a record for the whole pact: of a kind that stays, and of one that may be erased."""

_EPOCH = re.compile(r"e-[0-9a-f]{32}")

SALT = 32
LARGEST_HEADER = 1024
QUOTES = 22
LARGEST_BODY = 256 * 1024

_Base64 = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z")]

DEEPEST = 64
"""Levels of brackets in a body. Far fewer than any reader's own limit, so that no two readers differ on one."""

_BRACKETS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)

# Exactly what every reader of times reads alike: no small letters, no more than microseconds.
_TIME = re.compile(
    rb'"t":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"'
)

# JSON can write a control sign below U+0020 only as an escape, which an even number of backslashes precedes.
_CONTROL = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:[bf]|u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F]))|\x7f|\xc2[\x80-\x9f]"
)


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a log says of each entry. `t` is the author's clock, for display; `body` the commitment; `size` the body's bytes."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    log: Annotated[str, msgspec.Meta(pattern=rf"^{LOG_PATTERN}\Z")]
    i: Annotated[int, msgspec.Meta(ge=0, le=10**12 - 1)]
    t: Annotated[datetime, msgspec.Meta(tz=True)]
    aud: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9:@/-]{0,79}\Z")]
    body: _Base64
    size: Annotated[int, msgspec.Meta(ge=SALT, le=LARGEST_BODY)]


class Envelope(msgspec.Struct, frozen=True):
    """What stands in a body: kind, officer, cited records with their leaf hashes, what is said, approvals."""

    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    by: Annotated[str, msgspec.Meta(max_length=80)]
    refs: dict[str, _Base64]
    says: msgspec.Raw
    approvals: list[msgspec.Raw] = []


_headers = msgspec.json.Decoder(Header)
_envelopes = msgspec.json.Decoder(Envelope)


def write_body(
    kind: str, by: str, refs: dict[str, bytes], says: bytes, approvals: Sequence[bytes] = ()
) -> bytes:
    """Return a new body: fresh salt, then the envelope as JSON."""
    cited = {ref: b64encode(leaf).decode() for ref, leaf in refs.items()}
    return os.urandom(SALT) + msgspec.json.encode(
        Envelope(
            kind=kind,
            by=by,
            refs=cited,
            says=msgspec.Raw(says),
            approvals=[msgspec.Raw(one) for one in approvals],
        )
    )


def write_header(log: str, index: int, at: datetime, audience: str, body: bytes) -> bytes:
    """Return the entry that commits to `body`."""
    commitment = b64encode(commit(body)).decode()
    return msgspec.json.encode(
        Header(
            v=1,
            log=log,
            i=index,
            t=at.astimezone(UTC),
            aud=audience,
            body=commitment,
            size=len(body),
        )
    )


def is_epoch(audience: str) -> bool:
    """Tell whether a header's audience is an epoch's opaque name, so that its body is sealed."""
    return _EPOCH.fullmatch(audience) is not None


def for_the_pact(audience: str) -> bool:
    """Tell whether a header's audience is the whole pact."""
    return audience in PACT_AUDIENCES


def commit(body: bytes) -> bytes:
    """Return SHA-256 over salt and bytes."""
    return hashlib.sha256(body).digest()


def read_header(data: bytes) -> Header:
    """Read an entry's bytes; Untrusted if they are no header of this version."""
    if len(data) > LARGEST_HEADER:
        raise Untrusted(
            f"An entry of {len(data):,} bytes is larger than any header ({LARGEST_HEADER:,})."
        )
    # Seven names and four texts, none of which may hold a quotation mark: more marks mean a name given twice.
    if data.count(b'"') != QUOTES:
        raise Untrusted("An entry names one of its fields twice, or holds what no header holds.")
    if _TIME.search(data) is None:
        raise Untrusted("An entry's time is not written like 2025-06-07T12:00:00Z.")
    try:
        header = _headers.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Untrusted(f"An entry is no header: {error}.") from error
    if not EARLIEST <= header.t <= LATEST:
        raise Untrusted(f"An entry says that it was written at {header.t}.")
    return header


def read_envelope(body: bytes) -> Envelope:
    """Read a body's JSON; Untrusted if it is none, names anything twice, or holds control signs."""
    data = memoryview(body)[SALT:].tobytes()
    try:
        _require_shallow(data)
        envelope = _envelopes.decode(data)
        _require_plain(data)
    except (ValueError, RecursionError) as error:
        raise Untrusted(f"A body is no envelope: {error}.") from error
    return envelope


def _require_shallow(data: bytes) -> None:
    if data.count(b"{") + data.count(b"[") <= DEEPEST:
        return
    depth = 0
    for found in _BRACKETS.finditer(data):
        sign = found[0]
        depth += (sign in b"{[") - (sign in b"}]") if len(sign) == 1 else 0
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")


def _require_plain(data: bytes) -> None:
    """ValueError where two honest readers could read different things, or a terminal would obey."""
    if (b"\\" in data or b"\x7f" in data or b"\xc2" in data) and _CONTROL.search(data):
        raise ValueError("it holds a control sign")
    # Bytes that come back as they were name nothing twice. Others, which another's software wrote, are read slowly.
    if msgspec.json.encode(msgspec.json.decode(data)) != data:
        json.loads(data.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)


def _once_each(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("it names something twice")


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def unbase64(text: str) -> bytes:
    """Return the 32 bytes that a commitment or leaf hash is written for."""
    try:
        return a2b_base64(text, strict_mode=True)
    except Base64Error as error:
        raise Untrusted(f"“{text[:60]}” is not base64.") from error
