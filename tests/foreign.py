"""A log written elsewhere, by hands that follow no rule but the signature's."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec

from hansa.kernel.entry import SALT, commit, write_header
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.record import KINDS, PACT
from hansa.kernel.ref import position

FOUNDING = {
    "name": "Elsewhere",
    "type": "city",
    "state": "ME",
    "zone": "UTC",
    "office": "Chief",
    "handle": "chief",
}


class ForeignLog:
    """Writes entries as a hostile or foreign node might, and hands them over in bundles."""

    def __init__(self, name: str = "elsewhere", *, open_it: bool = True) -> None:
        self.name = name
        self.signer = Signer(f"hansa/{name}", name.encode().ljust(32, b"-")[:32])
        Log.objects.create(name=name, realm="hansa", vkey=self.signer.vkey())
        self.entries: list[bytes] = []
        self.bodies: list[bytes | None] = []
        self.sent = 0
        if open_it:
            self.write("pact.member/1", FOUNDING, by="")

    @property
    def keeper(self) -> str:
        """The officer of the founding record."""
        return f"{self.name}@0"

    def leaf(self, ref: str) -> bytes:
        """The leaf hash of a record of this log, or of one that the node holds."""
        log, _, index = ref.partition("@")
        if log == self.name:
            return leaf_hash(self.entries[int(index)])
        return bytes(Entry.objects.get(log=log, index=int(index)).leaf)

    def write(
        self,
        kind: str,
        says: Any,
        *,
        by: str | None = None,
        cites: tuple[str, ...] = (),
        refs: dict[str, bytes] | None = None,
        at: datetime = datetime(2025, 6, 7, 12, tzinfo=UTC),
        audience: str = PACT,
        **header: Any,
    ) -> str:
        """Write any words under any name. `refs` replaces the hashes that would be right.

        The header's audience is as the kind's is written, where it is for the pact.
        """
        audience = KINDS[kind].header_of(audience) if kind in KINDS else audience
        by = self.keeper if by is None else by
        right = {ref: self.leaf(ref) for ref in (*cites, *([by] if by else []))}
        given = right if refs is None else {**right, **refs}
        envelope = {
            "kind": kind,
            "by": by,
            "refs": {ref: b64encode(leaf).decode() for ref, leaf in given.items()},
            "says": says if isinstance(says, msgspec.Raw) else msgspec.to_builtins(says),
        }
        return self.raw(msgspec.json.encode(envelope), at=at, audience=audience, **header)

    def raw(
        self,
        envelope: bytes,
        *,
        at: datetime = datetime(2025, 6, 7, 12, tzinfo=UTC),
        audience: str = PACT,
        log: str = "",
        index: int | None = None,
    ) -> str:
        """Write any bytes as a body."""
        body = bytes(SALT) + envelope
        here = len(self.entries) if index is None else index
        self.entries.append(write_header(log or self.name, here, at, audience, body))
        self.bodies.append(body)
        assert len(commit(body)) == SALT
        return position(self.name, len(self.entries) - 1)

    def bundle(self, upto: int | None = None) -> Bundle:
        """What was written since the last bundle, signed."""
        end = len(self.entries) if upto is None else upto
        root = root_of([leaf_hash(entry) for entry in self.entries[:end]])
        made = Bundle(
            self.name,
            sign_checkpoint(end, root, self.signer),
            self.entries[self.sent : end],
            self.bodies[self.sent : end],
        )
        self.sent = end
        return made

    def send(self) -> None:
        """Hand over all that was written."""
        ingest([self.bundle()])

    def fate(self, ref: str) -> tuple[str, str]:
        """What the node made of one of these entries."""
        entry = Entry.objects.get(log=self.name, index=int(ref.partition("@")[2]))
        return entry.fate, entry.reason


def example(kind: str, **fields: Any) -> dict[str, Any]:
    """A kind's own example as plain values, with some of them replaced."""
    return {**msgspec.to_builtins(KINDS[kind].example()), **fields}
