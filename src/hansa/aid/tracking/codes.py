"""The short code of a shipment, and what a label, a typed code or an address names.

A code is the first 40 bits of the SHA-256 of the shipment's key, in Crockford's base 32: eight signs that a person can read
out and type. It is so sparse that a slip of the finger names nothing rather than something else.
"""

import hashlib
import re
from urllib.parse import unquote

from hansa.kernel.ref import LOG_PATTERN

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(rf"([{SIGNS}]{{4}})[ -]*([{SIGNS}]{{4}})(?:[ -]+([0-9]{{1,3}}))?")
_KEY = re.compile(rf"({LOG_PATTERN}@(?:0|[1-9][0-9]{{0,11}}))(?:[/ -]+([0-9]{{1,3}}))?/?")
_ADDRESS = re.compile(r"https?://[^/?#\s]+/(?:[^?#\s]*/)?scan/([^?#\s]+)(?:[?#].*)?", re.IGNORECASE)


def code_of(shipment: str) -> str:
    """Return the eight signs of a shipment's short code."""
    number = int.from_bytes(hashlib.sha256(shipment.encode()).digest()[:5])
    return "".join(SIGNS[number >> shift & 31] for shift in range(35, -1, -5))


def shown(code: str, parcel: int = 0) -> str:
    """Return a code as it is printed: `7K3M-Q9TD`, and `7K3M-Q9TD-2` for parcel 2."""
    return f"{code[:4]}-{code[4:]}" + (f"-{parcel}" if parcel else "")


def read(text: str) -> tuple[str, str, int] | None:
    """Return (key, code, parcel) of what was scanned or typed, key or code empty; None if it can be neither.

    Takes an address of any node's scan page, a shipment's key, or a short code, each with a parcel's number or without.
    """
    plain = text.strip()
    address = _ADDRESS.fullmatch(plain)
    if address:
        plain = unquote(address[1])
    key = _KEY.fullmatch(plain.lower())
    if key:
        return key[1], "", int(key[2] or 0)
    code = _CODE.fullmatch(plain.upper().translate(_READ_AS))
    return ("", code[1] + code[2], int(code[3] or 0)) if code else None
