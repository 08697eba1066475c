"""A second, separate reading of an entry's header, for whoever verifies: what it promises of its body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import decode_base64

_FIELDS = {"v", "log", "i", "t", "aud", "body", "size"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a header says of its body: SHA-256 over salt and bytes, and how many bytes."""

    commitment: bytes
    size: int

    def check(self, body: bytes) -> None:
        """Raise `Untrusted` unless `body` (salt ‖ JSON) is what was promised."""
        if sha256(body).digest() != self.commitment:
            raise Untrusted("the body is not the one that the log committed to.")
        if len(body) != self.size:
            raise Untrusted(f"the body has {len(body)} bytes, the log says {self.size}.")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Untrusted("a field stands twice in the header.")
    return found


def _no_constant(name: str) -> None:
    raise Untrusted(f"{name} is not JSON.")


def read_promise(entry: bytes, index: int, log: str) -> Promise:
    """Read a version 1 header that must stand at `index` of `log`; else `Untrusted`."""
    try:
        header = json.loads(
            entry.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise Untrusted("the header is not JSON.") from error
    if not isinstance(header, dict) or header.keys() != _FIELDS:
        raise Untrusted("the header does not have the fields of version 1.")
    numbers = [header["v"], header["i"], header["size"]]
    texts = [header["log"], header["t"], header["aud"], header["body"]]
    # By type and not isinstance: true is no number here.
    if any(type(one) is not int for one in numbers) or any(type(one) is not str for one in texts):
        raise Untrusted("a field of the header has the wrong type.")
    if header["v"] != 1:
        raise Untrusted(f"the header is of version {header['v']}, not 1.")
    if header["i"] != index:
        raise Untrusted(f"the header says it is entry {header['i']}.")
    if header["log"] != log:
        raise Untrusted(f"the header says it belongs to the log {header['log'][:80]!r}.")
    _check_time(header["t"])
    commitment = decode_base64(header["body"], "the commitment")
    if len(commitment) != sha256().digest_size or header["size"] < 0 or not header["aud"]:
        raise Untrusted("a field of the header is out of bounds.")
    return Promise(commitment, header["size"])


def _check_time(text: str) -> None:
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise Untrusted("the header's time is not a time with its zone.")
