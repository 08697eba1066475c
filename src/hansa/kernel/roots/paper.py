"""Root keys on paper: made on a machine without a network, printed, and typed in again on the day.

A page holds one root key as four rows of sixteen letters and digits (base32, RFC 4648), each row
with a checksum of its own, so that a slip of the pen is found in the row where it is. Works without a
home, without a database and without a network.
"""

import base64
import binascii
import html
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import segno

from hansa.kernel.chain import MOST_ROOTS, objection
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.note import Signer, Verifier, check_name, parse_decimal, sign_note, split_note

SEED = 32
ROWS = 4
PURPOSE = "hansa/roots/v1"
_PART = SEED // ROWS
_CHECK = 2
_ALIKE = str.maketrans("018", "OIB")


@dataclass(frozen=True)
class RootSet:
    """The public halves of the roots that decide together: what the page set is called, and how many of them it takes."""

    origin: str
    threshold: int
    roots: tuple[str, ...]

    def __post_init__(self) -> None:
        """Untrusted where the set cannot be."""
        check_name(self.origin)
        pubs = {Verifier.parse(one).pub for one in self.roots}
        if len(pubs) != len(self.roots) or list(self.roots) != sorted(self.roots):
            raise Untrusted("The roots of the set are not in order, or one stands twice.")
        if not 1 <= self.threshold <= len(self.roots) <= MOST_ROOTS:
            raise Untrusted(f"A set has 1 to {MOST_ROOTS} roots, and a threshold that they reach.")

    def text(self) -> str:
        """Return the set as a file that may be shown to anyone."""
        lines = [PURPOSE, f"origin {self.origin}", f"threshold {self.threshold}"]
        return "\n".join([*lines, *(f"root {one}" for one in self.roots)]) + "\n"


def read_set(text: str) -> RootSet:
    """Read what `RootSet.text` writes; Untrusted for anything else."""
    match text.replace("\r\n", "\n").split("\n"):
        case [first, origin, threshold, *roots, ""] if first == PURPOSE:
            made = RootSet(
                origin.removeprefix("origin "),
                parse_decimal(threshold.removeprefix("threshold "), "The threshold"),
                tuple(one.removeprefix("root ") for one in roots),
            )
            if made.text() == text.replace("\r\n", "\n"):
                return made
    raise Untrusted("This is no file of roots, such as “hansa keys roots” writes.")


@dataclass(frozen=True)
class Page:
    """One root key, as it stands on its page. `number` of `count` in the set called `called`."""

    origin: str
    called: str
    number: int
    count: int
    threshold: int
    seed: bytes

    @property
    def signer(self) -> Signer:
        """The key. Its name holds the first digits of its public half, so that no two are called the same."""
        return signer_of(self.origin, self.seed)


def make(origin: str, called: str, threshold: int, count: int) -> tuple[RootSet, list[Page]]:
    """Make a set of new root keys for a log, and the pages that hold them."""
    pages = [
        Page(origin, called, i + 1, count, threshold, secrets.token_bytes(SEED))
        for i in range(count)
    ]
    roots = tuple(sorted(page.signer.vkey() for page in pages))
    return RootSet(origin, threshold, roots), pages


def signer_of(origin: str, seed: bytes) -> Signer:
    """Return the root key of a log that a page's seed holds."""
    pub = Signer("root", seed).verifier.pub
    return Signer(f"{origin}/root-{pub.hex()[:8]}", seed)


def sign(note: bytes, signer: Signer) -> bytes:
    """Return the note with the root's signature added; the same note if it stands there already."""
    text, lines = split_note(note)
    _text, (own,) = split_note(sign_note(text, signer))
    return (text + "\n" + "\n".join([*lines, *([] if own in lines else [own])]) + "\n").encode()


def object_to(proposal: str, signer: Signer) -> bytes:
    """Return a root's objection to the proposal, at this position, that its log goes on under other roots."""
    return sign_note(objection(proposal), signer)


def rows(seed: bytes) -> list[str]:
    """Return the four rows that are printed."""
    found = []
    for i in range(ROWS):
        part = seed[i * _PART : (i + 1) * _PART]
        letters = base64.b32encode(part + _check(i, part)).decode()
        found.append(" ".join(letters[at : at + 4] for at in range(0, len(letters), 4)))
    return found


def read_row(number: int, typed: str) -> bytes:
    """Return the part of the seed in row `number` (from 0); Refused if it was mistyped.

    Small letters do, and 0, 1 and 8 are read as the letters O, I and B.
    """
    letters = "".join(typed.upper().split()).translate(_ALIKE)
    try:
        data = base64.b32decode(letters)
    except (binascii.Error, ValueError):
        data = b""
    part = data[:_PART]
    if len(data) != _PART + _CHECK or data[_PART:] != _check(number, part):
        raise Refused(
            f"Row {number + 1} is not as it stands on the page. Look at each of its four groups again, and type the row once more.",
            field="row",
            code="mistyped",
        )
    return part


def read_rows(text: str) -> bytes:
    """Return the seed from four rows typed or scanned at once; Refused names the row that is wrong."""
    letters = "".join(text.upper().split())
    wide = len(letters) // ROWS
    parts = [letters[i * wide : (i + 1) * wide] for i in range(ROWS)]
    return b"".join(read_row(i, part) for i, part in enumerate(parts))


def _check(row: int, part: bytes) -> bytes:
    return sha256(b"hansa root row %d\n" % row + part).digest()[:_CHECK]


def as_text(page: Page) -> str:
    """Return the page for a printer that prints plain text."""
    spaced = "\n".join(f"   {i + 1}   {row}" for i, row in enumerate(rows(page.seed)))
    return "\n\n".join([_title(page), spaced, *_words(page), _signed_lines()]) + "\n"


def as_html(page: Page) -> str:
    """Return the page with its QR code, whole in one file that loads nothing."""
    code = segno.make(" ".join(rows(page.seed)), error="m", micro=False)
    picture = code.svg_inline(scale=5, border=4)
    body = [
        f"<h1>{html.escape(_title(page))}</h1>",
        "<ol>" + "".join(f"<li><code>{row}</code></li>" for row in rows(page.seed)) + "</ol>",
        f"<figure>{picture}<figcaption>The same four rows.</figcaption></figure>",
        *(f"<p>{html.escape(one)}</p>" for one in _words(page)),
        f"<pre>{html.escape(_signed_lines())}</pre>",
    ]
    return _HTML.format(title=html.escape(_title(page)), body="\n".join(body))


def _title(page: Page) -> str:
    return f"Root key {page.number} of {page.count} ({page.called}) of {page.origin}"


def _words(page: Page) -> Sequence[str]:
    key = page.signer.verifier
    return (
        f"Keep this page as you would keep a seal of office. {page.threshold} of the {page.count} pages of this set decide together which key signs the log {page.origin}. One page alone decides nothing; a page that others have seen counts as stolen.",
        "Keep it apart from the other pages, and apart from the same holder's page of the other set. Keep no copy on any machine.",
        "To sign: take a machine without a network, run “hansa keys sign FILE”, and type the four rows. Read aloud with the other holders what it shows before you say yes.",
        f"Name: {key.name}",
        f"Public key: {key.vkey()}",
        f"Fingerprint: {key.fingerprint}",
    )


def _signed_lines() -> str:
    lines = "\n".join(
        "version ______   first four groups ____ ____ ____ ____   on ____________   by ____________"
        for _ in range(3)
    )
    return f"Signed with this page (write it down each time; it signs one document of each version, never two):\n\n{lines}"


_HTML = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 12pt/1.4 serif; margin: 2cm; max-width: 17cm; }}
h1 {{ font-size: 15pt; }}
code {{ font: bold 16pt monospace; letter-spacing: .08em; }}
li {{ margin: .4em 0; }}
figure {{ margin: 1em 0; }}
p, pre {{ overflow-wrap: anywhere; white-space: pre-wrap; }}
pre {{ font: 10pt/2 monospace; }}
</style>
{body}
</html>
"""
