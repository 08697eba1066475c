"""Root keys and chains of key documents for tests, made without any ceremony."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from hansa.kernel.chain import KeyDocument, hash_of
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.note import Signer, sign_note

ORIGIN = "hansa/town-a"


def signer(name: str, seed: str) -> Signer:
    """The key of a name, always the same one for the same seed."""
    return Signer(name, sha256(seed.encode()).digest())


def roots(version: int, count: int = 3, *, origin: str = ORIGIN) -> list[Signer]:
    """The roots of one version."""
    return [signer(f"{origin}/root-{version}-{i}", f"{origin} {version} {i}") for i in range(count)]


@dataclass
class Chain:
    """A log's key documents, each made as it should be unless a test says otherwise."""

    origin: str = ORIGIN
    count: int = 3
    threshold: int = 2
    notes: list[bytes] = field(default_factory=list)
    documents: list[KeyDocument] = field(default_factory=list)

    def log_key(self, version: int) -> Signer:
        """The key that signs the log under this version."""
        return signer(self.origin, f"{self.origin} log {version}")

    def document(self, version: int, **changed: Any) -> KeyDocument:
        """What this version should say."""
        own = roots(version, self.count, origin=self.origin)
        after = roots(version + 1, self.count, origin=self.origin)
        said: dict[str, Any] = {
            "origin": self.origin,
            "version": version,
            "start": 0,
            "root_at": EMPTY_ROOT,
            "log_vkey": self.log_key(version).vkey(),
            "threshold": self.threshold,
            "roots": tuple(sorted(one.vkey() for one in own)),
            "next_threshold": self.threshold,
            "before": self._digest_before(version),
            "next": tuple(sorted(hash_of(one.vkey()) for one in after)),
            **changed,
        }
        return KeyDocument(**said)

    def _digest_before(self, version: int) -> bytes:
        if version == 1:
            return b""
        before = self.documents[: version - 1]
        return before[-1].digest if before else bytes(32)

    def sign(self, document: KeyDocument, who: Sequence[Signer] | None = None) -> bytes:
        """The note, signed by all who should unless `who` is given."""
        version = document.version
        everybody = [
            self.log_key(version),
            *roots(version, self.count, origin=self.origin),
            *(roots(version - 1, self.count, origin=self.origin) if version > 1 else ()),
        ]
        return sign_note(document.text(), *(everybody if who is None else who))

    def grow(self, start: int = 0, root_at: bytes = EMPTY_ROOT, **changed: Any) -> bytes:
        """Add the next version."""
        document = self.document(len(self.documents) + 1, start=start, root_at=root_at, **changed)
        self.documents.append(document)
        self.notes.append(self.sign(document))
        return self.notes[-1]


def signed(log: str, version: int, start: int, root_at: bytes, *, lost: bool = False) -> bytes:
    """A document for a log that is written here: its key is in this home, its roots are the test's.

    `lost`: the roots before are gone, and others take their place.
    """
    from hansa.kernel.home import home
    from hansa.kernel.roots import keeping

    keys, origin = home().keys, f"hansa/{log}"
    vkey = keys.verifier(log, origin).vkey() if version == 1 else keys.stage(log, origin)
    own = roots(version, origin=f"{origin}/lost" if lost else origin)
    after = roots(version + 1, origin=f"{origin}/lost" if lost else origin)
    document = KeyDocument(
        origin,
        version,
        start,
        root_at,
        vkey,
        2,
        tuple(sorted(one.vkey() for one in own)),
        2,
        tuple(sorted(hash_of(one.vkey()) for one in after)),
        keeping.chain_of(log)[-1].digest if version > 1 else b"",
    )
    first = keys.statement(log, origin, document.text(), staged=version > 1)
    before = roots(version - 1, origin=origin) if version > 1 and not lost else []
    return first + sign_note(document.text(), *own, *before).split(b"\n\n", 1)[1]


def rooted(log: str, size: int) -> bytes:
    """The root over a log's first entries, as they stand here."""
    from hansa.kernel.roots.cutting import tree_at

    return tree_at(log, size).root()
