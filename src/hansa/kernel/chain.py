"""Key documents: from which entry on which key signs a log, said by its root keys.

Planned rotation, a stolen key and the end of a fork are one statement: "from size S on, under root
hash R, key K signs". Documents of a log form a chain by version, as root metadata does in TUF
(section 5.3): each is signed by a threshold of the roots before it and by a threshold of its own. And
each names, by hash alone, the roots that may follow (pre-rotation, as in KERI), so that whoever has
stolen every key in use, the current roots included, still cannot write the next.

Pure: `verify` reads chains without Django. `kernel.roots` keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from hansa.kernel.errors import Untrusted
from hansa.kernel.merkle import EMPTY_ROOT, HASH_SIZE
from hansa.kernel.note import (
    Checkpoint,
    Verifier,
    check_name,
    decode_base64,
    encode_base64,
    open_note,
    parse_decimal,
    read_signature,
    split_note,
)

PURPOSE = "hansa/keys/v1"
MOST_ROOTS = 16
"""Root keys that one document may name, and hashes of the next."""

MOST_VERSIONS = 1_024
"""Documents in one log's chain (TUF 5.3.3 asks for a bound)."""

LARGEST = 32_768
"""Bytes of a signed document."""

_FIRST_START = (0, EMPTY_ROOT)


def hash_of(vkey: str) -> bytes:
    """Return the hash by which a document names a root before it is used: over the key alone, whatever its name."""
    return sha256(b"hansa next root\n" + Verifier.parse(vkey).pub).digest()


@dataclass(frozen=True)
class KeyDocument:
    """One version of a log's keys. Making one with values that cannot be raises Untrusted.

    `start` and `root_at` are size and root hash of the log from which `log_vkey` signs on. `threshold` of
    `roots` (vkeys, in order) decide; `next_threshold` of keys with the hashes `next` decide after them.
    """

    origin: str
    version: int
    start: int
    root_at: bytes
    log_vkey: str
    threshold: int
    roots: tuple[str, ...]
    next_threshold: int
    next: tuple[bytes, ...]
    before: bytes = b""
    """Digest of the document before this one: so whoever trusts a later key sees the whole history that led to it."""

    def __post_init__(self) -> None:
        """Hold the document to what any version must be."""
        check_name(self.origin)
        if not 1 <= self.version <= MOST_VERSIONS:
            raise Untrusted(f"A key document's version is between 1 and {MOST_VERSIONS}.")
        if len(self.root_at) != HASH_SIZE or any(len(one) != HASH_SIZE for one in self.next):
            raise Untrusted("A hash in the key document has the wrong length.")
        if len(self.before) != (HASH_SIZE if self.version > 1 else 0):
            raise Untrusted("Every key document but the first names the one before it.")
        if self.verifier.name != self.origin:
            raise Untrusted(f"The log key is called {self.verifier.name}, not {self.origin}.")
        _check_set(self.threshold, len(self.roots), "roots")
        _check_set(self.next_threshold, len(self.next), "next roots")
        pubs = {one.pub for one in self.root_verifiers}
        if len(pubs) != len(self.roots) or len(set(self.next)) != len(self.next):
            raise Untrusted("A root key stands twice in the key document. Each counts once.")
        if list(self.roots) != sorted(self.roots) or list(self.next) != sorted(self.next):
            raise Untrusted("The root keys of the key document are not in order.")
        if self.verifier.pub in pubs or hash_of(self.log_vkey) in self.next:
            raise Untrusted("The log's own key cannot be one of its roots.")
        if {hash_of(one) for one in self.roots} & set(self.next):
            raise Untrusted(
                "A next root is one of the current roots. The next ones must be new, or who steals the current ones could rotate."
            )

    @cached_property
    def verifier(self) -> Verifier:
        """The key that signs the log from `start` on."""
        return Verifier.parse(self.log_vkey)

    @cached_property
    def root_verifiers(self) -> tuple[Verifier, ...]:
        """The root keys."""
        return tuple(map(Verifier.parse, self.roots))

    @property
    def log(self) -> str:
        """The log's name: what stands after the realm in the origin."""
        return self.origin.rpartition("/")[2]

    @property
    def digest(self) -> bytes:
        """The hash by which the next document names this one."""
        return sha256(self.text().encode()).digest()

    @property
    def fingerprint(self) -> str:
        """The same in groups of four hex digits, to compare by voice."""
        digits = self.digest.hex()
        return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))

    def text(self) -> str:
        """Return the text to sign."""
        lines = [
            PURPOSE,
            f"origin {self.origin}",
            f"version {self.version}",
            *([f"after {encode_base64(self.before)}"] if self.before else []),
            f"start {self.start} {encode_base64(self.root_at)}",
            f"key {self.log_vkey}",
            f"threshold {self.threshold}",
            *(f"root {one}" for one in self.roots),
            f"then {self.next_threshold}",
            *(f"next {encode_base64(one)}" for one in self.next),
        ]
        return "\n".join(lines) + "\n"


def _check_set(threshold: int, count: int, what: str) -> None:
    if not 1 <= threshold <= count <= MOST_ROOTS:
        raise Untrusted(
            f"A key document needs 1 to {MOST_ROOTS} {what}, and a threshold that they can reach."
        )


def parse(text: str) -> KeyDocument:
    """Read exactly what `KeyDocument.text` writes; Untrusted for anything else."""
    lines = _Lines(text)
    lines.exactly(PURPOSE)
    origin = lines.one("origin")
    version = parse_decimal(lines.one("version"), "The key document's version")
    before = decode_base64(lines.one("after"), "A digest") if version > 1 else b""
    size, _, root = lines.one("start").partition(" ")
    document = KeyDocument(
        origin,
        version,
        parse_decimal(size, "The key document's start"),
        decode_base64(root, "The root hash at the key document's start"),
        lines.one("key"),
        parse_decimal(lines.one("threshold"), "The key document's threshold"),
        lines.many("root"),
        parse_decimal(lines.one("then"), "The next threshold"),
        tuple(decode_base64(one, "The hash of a next root") for one in lines.many("next")),
        before,
    )
    if document.text() != text:  # an order, a spelling or a line that is not ours
        raise Untrusted("The key document is not written as it should be.")
    return document


class _Lines:
    """The lines of a document, read from the top."""

    def __init__(self, text: str) -> None:
        self.left = text.split("\n")

    def exactly(self, line: str) -> None:
        if self.left.pop(0) != line:
            raise Untrusted(f"This is no key document: its first line is not {line}.")

    def one(self, name: str) -> str:
        found, _, value = (self.left.pop(0) if self.left else "").partition(" ")
        if found != name:
            raise Untrusted(f"The key document has no “{name}” where it should stand.")
        return value

    def many(self, name: str) -> tuple[str, ...]:
        found = []
        while self.left and self.left[0].startswith(f"{name} "):
            found.append(self.one(name))
            if len(found) > MOST_ROOTS:
                raise Untrusted(f"The key document has more than {MOST_ROOTS} {name} keys.")
        return tuple(found)


def read_text(note: bytes) -> KeyDocument:
    """Read a signed document without judging who signed it."""
    if len(note) > LARGEST:
        raise Untrusted(f"The key document is larger than {LARGEST} bytes.")
    text, _signatures = split_note(note)
    return parse(text)


def self_signed(note: bytes) -> KeyDocument:
    """Return a document signed by its own log key and a threshold of its own roots; Untrusted otherwise."""
    document = read_text(note)
    _require(note, document, [document.verifier], 1, "the log key that it names")
    _require(note, document, document.root_verifiers, document.threshold, "its own roots")
    return document


def open_document(note: bytes, before: KeyDocument | None, *, rebound: bool = False) -> KeyDocument:
    """Return the document in `note` if it may follow `before`; Untrusted, saying why, otherwise.

    Every document is signed by a threshold of its own roots and by the log key it names, which shows that
    somebody holds them. Version N+1 is signed by a threshold of N's roots, too (TUF 5.3.4), is exactly
    N+1 (5.3.5), has no root but those to which N committed, and starts no earlier than N. The first
    document starts at 0; whether its log key is the log's own is for the reader to know.

    `rebound` judges a document by which the other members heal the loss of all roots: the roots before it
    have no say then, and whoever asks has seen the members' decision.
    """
    document = self_signed(note)
    if before is None:
        if document.version != 1 or (document.start, document.root_at) != _FIRST_START:
            raise Untrusted("The first key document has version 1 and starts at 0.")
        return document
    _follows(document, before)
    if not rebound:
        _require(note, document, before.root_verifiers, before.threshold, "the roots before it")
        _was_committed(document, before)
    return document


def _follows(document: KeyDocument, before: KeyDocument) -> None:
    if document.origin != before.origin:
        raise Untrusted(f"The key document is for {document.origin}, not for {before.origin}.")
    if document.version != before.version + 1:
        raise Untrusted(
            f"The key document has version {document.version}; after {before.version} comes {before.version + 1}."
        )
    if document.before != before.digest:
        raise Untrusted("The key document follows another one than the one that is in force.")
    if document.start < before.start:
        raise Untrusted(
            f"The key document starts at {document.start:,}, before the one that it follows ({before.start:,})."
        )
    if document.start == before.start and document.root_at != before.root_at:
        raise Untrusted("The key document starts where the one before it does, at another root.")
    if {hash_of(one) for one in before.roots} & set(document.next):
        raise Untrusted("A next root of the key document is a root that was used before.")


def _was_committed(document: KeyDocument, before: KeyDocument) -> None:
    if any(hash_of(one) not in before.next for one in document.roots):
        raise Untrusted(
            "A root of the key document is none to which the version before it committed."
        )
    if document.threshold != before.next_threshold:
        raise Untrusted(
            f"The key document's threshold is {document.threshold}; the version before it committed to {before.next_threshold}."
        )


def _require(
    note: bytes, document: KeyDocument, keys: Iterable[Verifier], threshold: int, whose: str
) -> None:
    count = len(signers(note, keys))
    if count < threshold:
        raise Untrusted(
            f"Version {document.version} of the keys of {document.log} is signed by {count} of {whose}; it takes {threshold}."
        )


def signers(note: bytes, keys: Iterable[Verifier]) -> set[bytes]:
    """Return the public keys among `keys` that signed the note, each once whatever it is called.

    Untrusted if a signature in the name of one of them does not verify.
    """
    known = {(one.name, one.key_id): one for one in keys}
    text, lines = split_note(note)
    found = set()
    for line in lines:
        name, key_id, signature = read_signature(line)
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.ok(text.encode(), signature):
            raise Untrusted(f"The signature of {name} on the key document does not verify.")
        found.add(key.pub)
    return found


def merge(notes: Iterable[bytes]) -> bytes:
    """Return one note with every signature that stands on notes over the same text, each line once; Untrusted if texts differ."""
    texts, lines = [], []
    for note in notes:
        text, found = split_note(note)
        texts.append(text)
        lines += [line for line in found if line not in lines]
    if len(set(texts)) != 1:
        raise Untrusted("These are signatures on different key documents.")
    return (texts[0] + "\n" + "\n".join(lines) + "\n").encode()


def objection(proposal: str) -> str:
    """Return the text that a root signs to object to the proposal, at this position, to replace all roots."""
    return f"hansa/objection/v1\nproposal {proposal}\n"


def open_chain(notes: Sequence[bytes], vkey: str, rebound: Iterable[int] = ()) -> list[KeyDocument]:
    """Return the documents of a whole chain, judged one after another. `vkey` must be the log's key in one of them.

    Any will do: later documents follow from earlier ones by their roots' signatures, and earlier ones from
    later ones by digest. `rebound` are the versions that the pact's members decided.
    """
    if len(notes) > MOST_VERSIONS:
        raise Untrusted(f"A chain of keys has at most {MOST_VERSIONS} documents.")
    decided = set(rebound)
    found: list[KeyDocument] = []
    for version, note in enumerate(notes, start=1):
        before = found[-1] if found else None
        found.append(open_document(note, before, rebound=version in decided))
    if found and vkey not in {one.log_vkey for one in found}:
        raise Untrusted(
            f"The key documents are not those of the key that you expect for {found[0].log}."
        )
    return found


def pack(notes: Sequence[bytes], rebound: Iterable[int] = ()) -> bytes:
    """Return a chain as one file."""
    decided = set(rebound)
    return b"".join(
        f"--- {version}{' decided' if version in decided else ''}\n".encode() + note
        for version, note in enumerate(notes, start=1)
    )


def unpack(data: bytes) -> tuple[list[bytes], list[int]]:
    """Return the documents in such a file, and the versions marked as decided by the members. Judges nothing."""
    notes: list[bytes] = []
    decided: list[int] = []
    for part in (b"\n" + data.removesuffix(b"\n")).split(b"\n--- ")[1:]:
        head, _, note = part.partition(b"\n")
        if head.endswith(b" decided"):
            decided.append(len(notes) + 1)
        notes.append(note.removesuffix(b"\n") + b"\n")
    return notes, decided


def keys_for(chain: Sequence[KeyDocument], vkey: str, size: int) -> list[Verifier]:
    """Return the keys that may have signed a head of this size: those in whose range it lies.

    `vkey` is the log's key where there is no document. At a document's start both keys may have signed.
    """
    if not chain:
        return [Verifier.parse(vkey)]
    ends = [*(one.start for one in chain[1:]), None]
    return [
        one.verifier
        for one, end in zip(chain, ends, strict=True)
        if one.start <= size and (end is None or size <= end)
    ]


@dataclass(frozen=True, slots=True)
class Keys:
    """By which keys a log is judged: the reader's one, or the chain of documents in which it stands."""

    known: Verifier
    chain: Sequence[KeyDocument]

    def signer(self, note: bytes) -> Verifier:
        """Return the key that signed a head and may sign one of its size; Untrusted if none did."""
        size = Checkpoint.parse(split_note(note)[0]).size
        able = keys_for(self.chain, self.known.vkey(), size)
        open_note(note, able)
        return next(one for one in able if signers(note, [one]))
