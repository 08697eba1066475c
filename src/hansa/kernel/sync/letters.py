"""The two letters by which a government joins: the newcomer's request, and a member's welcome.

Each is a signed note (C2SP signed-note) in an armour that survives mail and paper. The signature shows
only that the letter was not changed; whose key it is, people compare by voice or on paper.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from hansa.kernel.errors import Untrusted
from hansa.kernel.note import Verifier, decode_base64, encode_base64, open_note
from hansa.kernel.ref import is_log_name, is_position

REQUEST, WELCOME = "HANSA JOIN REQUEST", "HANSA WELCOME"
_PURPOSE = {REQUEST: "hansa/join-request/v1", WELCOME: "hansa/welcome/v1"}

LARGEST_LETTER = 512 * 1024
"""Bytes of a letter when unpacked. A pact of a thousand members fits."""

MOST_ENTRIES = 32
MOST_STEPS = 64
NOWHERE = "-"
"""Stands for an address where a node can be reached by nobody."""


@dataclass(frozen=True, slots=True)
class Request:
    """A government asks to join: its key, how its log begins, and the address of its node ("" if it has none).

    `proof` shows that what ends with the last of `entries` is a prefix of the tree of `head` (RFC 6962).
    """

    verifier: Verifier
    url: str
    head: bytes
    entries: tuple[bytes, ...]
    bodies: tuple[bytes | None, ...]
    proof: tuple[bytes, ...] = ()
    first: str = ""
    """The vkey with which the log began, where its key was changed since."""

    @property
    def log(self) -> str:
        """Return the name of its log."""
        return self.verifier.name.partition("/")[2]

    def text(self) -> str:
        """Return what the newcomer's log key signs."""
        lines = [_PURPOSE[REQUEST], f"key {self.verifier.vkey()}", f"url {self.url or NOWHERE}"]
        lines.append(f"head {encode_base64(self.head)}")
        lines += [f"first {self.first}"] if self.first else []
        lines += [f"proof {encode_base64(step)}" for step in self.proof]
        lines += [
            f"entry {encode_base64(entry)} {encode_base64(body) if body else NOWHERE}"
            for entry, body in zip(self.entries, self.bodies, strict=True)
        ]
        return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class Known:
    """A log that a member follows: its key, and where its node is ("" if it can be reached by nobody)."""

    verifier: Verifier
    url: str

    @property
    def log(self) -> str:
        """Return the log's name."""
        return self.verifier.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Welcome:
    """A member's answer: which pact, and every log that the newcomer needs, the member's own first.

    Each log by the key with which it began; `by` is the key that signs this letter, the member's of today.
    """

    to: str
    pact: str
    logs: tuple[Known, ...]
    by: Verifier

    @property
    def sender(self) -> Known:
        """Return the member that signs the letter, by the key that people compare."""
        return Known(self.by, self.logs[0].url)

    def text(self) -> str:
        """Return what the member's log key signs."""
        lines = [_PURPOSE[WELCOME], f"to {self.to}", f"pact {self.pact}", f"by {self.by.vkey()}"]
        lines += [f"log {one.verifier.vkey()} {one.url or NOWHERE}" for one in self.logs]
        return "\n".join([*lines, ""])


def armour(label: str, note: bytes) -> str:
    """Return a letter as text for mail and paper: packed, base64 in lines of 64, between two marked lines."""
    body = "\n".join(wrap(encode_base64(zlib.compress(note, 9)), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def unarmour(label: str, text: str) -> bytes:
    """Return the note in a letter, whatever stands around it; Untrusted if there is none or it is damaged."""
    first, last = f"-----BEGIN {label}-----", f"-----END {label}-----"
    _, found, rest = text.partition(first)
    body, ended, _ = rest.partition(last)
    if not found or not ended:
        raise Untrusted(
            f"No letter was found. Paste all of it, from “{first}” to “{last}”, these two lines included."
        )
    if len(body) > LARGEST_LETTER:
        raise Untrusted("This letter is larger than any that Hansa writes.")
    try:
        packed = base64.b64decode("".join(body.replace(">", "").split()), validate=True)
        unpacker = zlib.decompressobj()
        note = unpacker.decompress(packed, LARGEST_LETTER)
    except (binascii.Error, zlib.error) as error:
        raise Untrusted(
            "This letter is damaged. Ask for it again, as a file if you can."
        ) from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise Untrusted("This letter is damaged, or larger than any that Hansa writes.")
    return note


def read_request(text: str) -> Request:
    """Read a newcomer's letter and hold it to its own key; Untrusted if it does not hold."""
    lines, note = _lines(REQUEST, text)
    verifier = _key(_take(lines, "key"))
    url, head = _url(_take(lines, "url")), decode_base64(_take(lines, "head"), "The head")
    if len(lines) > MOST_ENTRIES + MOST_STEPS:
        raise Untrusted("This letter holds more records than a request may.")
    first = _take(lines, "first") if lines and lines[0].startswith("first ") else ""
    if first and _key(first).name != verifier.name:
        raise Untrusted("This letter names the first key of another log.")
    proof, entries, bodies = [], [], []
    while lines and lines[0].startswith("proof "):
        proof.append(decode_base64(_take(lines, "proof"), "A step of the proof"))
    while lines:
        entry, _, body = _take(lines, "entry").partition(" ")
        entries.append(decode_base64(entry, "An entry"))
        bodies.append(None if body == NOWHERE else decode_base64(body, "A body"))
    request = Request(verifier, url, head, tuple(entries), tuple(bodies), tuple(proof), first)
    _require(note, verifier, request.text())
    return request


def read_welcome(text: str) -> Welcome:
    """Read a member's letter and hold it to that member's own key; Untrusted if it does not hold."""
    lines, note = _lines(WELCOME, text)
    to, pact, by = _take(lines, "to"), _take(lines, "pact"), _key(_take(lines, "by"))
    logs: list[Known] = []
    while lines:
        vkey, _, url = _take(lines, "log").partition(" ")
        logs.append(Known(_key(vkey), _url(url)))
    names = [one.log for one in logs]
    if not logs or len(set(names)) != len(names) or not is_position(pact):
        raise Untrusted("This letter names no pact, or one log twice.")
    if logs[0].verifier.name != by.name:
        raise Untrusted("This letter is not signed by the member that it names first.")
    letter = Welcome(to, pact, tuple(logs), by)
    _require(note, letter.sender.verifier, letter.text())
    return letter


def _lines(label: str, text: str) -> tuple[list[str], bytes]:
    note = unarmour(label, text)
    try:
        said = note.decode().partition("\n\n")[0].split("\n")
    except UnicodeDecodeError as error:
        raise Untrusted("This letter is damaged.") from error
    if said[0] != _PURPOSE[label]:
        raise Untrusted(
            "This letter was written by a version of Hansa that this one does not know."
        )
    return said[1:], note


def _require(note: bytes, verifier: Verifier, text: str) -> None:
    if open_note(note, [verifier]) != text:
        raise Untrusted("This letter holds something that its signature does not cover.")


def _take(lines: list[str], word: str) -> str:
    if not lines or not lines[0].startswith(f"{word} "):
        raise Untrusted(f"This letter does not say its “{word}” where it should.")
    return lines.pop(0).partition(" ")[2]


def _key(vkey: str) -> Verifier:
    verifier = Verifier.parse(vkey)
    realm, _, log = verifier.name.partition("/")
    if realm not in {"hansa", "exercise"} or not is_log_name(log):
        raise Untrusted(f"“{verifier.name[:80]}” does not name a log.")
    return verifier


def _url(text: str) -> str:
    if text == NOWHERE:
        return ""
    if not text.startswith(("https://", "http://")) or len(text) > 200 or len(text.split()) != 1:  # noqa: PLR2004 - as long as a Node row keeps
        raise Untrusted(f"“{text[:80]}” is no address of a node.")
    return text


def order(logs: Sequence[Known], first: str) -> tuple[Known, ...]:
    """Return the logs with the sender's own before the others, which follow by name."""
    return tuple(sorted(logs, key=lambda one: (one.log != first, one.log)))
