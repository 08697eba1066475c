"""An entry on its way through the fold: its bytes, what they say, and what is needed of what it cites."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hansa.kernel.approval import Act
from hansa.kernel.entry import (
    PACT,
    Envelope,
    Header,
    for_the_pact,
    is_epoch,
    read_envelope,
    unbase64,
)
from hansa.kernel.errors import Untrusted
from hansa.kernel.models import Fate, Row
from hansa.kernel.record import KINDS, Record
from hansa.kernel.ref import is_position, position

Opener = Callable[[Header, bytes], tuple[str, bytes] | None]
"""Opens a sealed body; returns its audience's key and salt and envelope, or None if it is not for this node."""


class _Seals:
    """The part that holds keys says here how a sealed body is opened."""

    opener: Opener | None = None


def unseal_by(opener: Opener) -> None:
    """Let `opener` open sealed bodies; it raises Untrusted where they do not hold."""
    _Seals.opener = staticmethod(opener)


@dataclass(slots=True, eq=False)
class Said:
    """One entry on its way through the fold."""

    entry: bytes
    header: Header
    leaf: bytes
    commitment: bytes
    body: bytes | None
    at: datetime
    id: int = 0
    erased: bool = False
    stands: tuple[str, ...] = ()
    """What the database holds of an earlier fold's outcome."""
    envelope: Envelope | None = None
    record: Record | None = None
    kind: str = ""
    by: str = ""
    subject: str = ""
    fate: str = Fate.WAITING
    reason: str = ""
    outright: str | None = None
    """The fate that the bytes alone decide, if they do."""
    refs: dict[str, bytes] = field(default_factory=dict)
    approved: list[str] = field(default_factory=list)
    """Keys of the rows that will remember its approvals, once they were found valid."""
    position: str = ""
    audience: str = ""
    """Who reads its rows: `pact`, `own`, or the key of the audience to which it is sealed."""

    def __post_init__(self) -> None:
        """Work out `log@index` once."""
        self.position = position(self.header.log, self.header.i)

    @property
    def outcome(self) -> tuple[str, ...]:
        """Return what became of the entry, as the database keeps it."""
        return (self.kind, self.by, self.subject, self.fate, self.reason)

    def renew(self) -> None:
        """Forget what an abandoned fold decided."""
        self.fate, self.reason, self.subject = Fate.WAITING, "", ""

    def open(self) -> None:
        """Read the body as far as it can be read; what cannot settles the fate outright, once its turn comes."""
        self.outright, self.record, self.refs, self.kind, self.by = None, None, {}, "", ""
        self.audience = PACT if for_the_pact(self.header.aud) else self.header.aud
        try:
            body = self._body()
            if body is None:
                self.outright = Fate.ERASED if self.erased else Fate.UNREAD
                return
            self.envelope = read_envelope(body)
            self.kind, self.by = self.envelope.kind, self.envelope.by
            self.refs = {ref: unbase64(leaf) for ref, leaf in self.envelope.refs.items()}
            if not all(map(is_position, self.refs)):
                raise Untrusted("A citation is no position.")
            kind = KINDS.get(self.kind)
            if kind is None:
                self.outright = Fate.UNKNOWN
                return
            self.record = kind.decode(self.envelope.says)
        except (Untrusted, ValueError, RecursionError, OverflowError):
            self.outright, self.record, self.refs = Fate.VOID, None, {}

    def _body(self) -> bytes | None:
        """Return salt and envelope as far as they are here and this node may read them."""
        if self.body is None or not is_epoch(self.header.aud):
            return self.body
        opened = _Seals.opener(self.header, self.body) if _Seals.opener else None
        if opened is None:
            return None
        self.audience, body = opened
        return body


@dataclass(frozen=True, slots=True)
class Cited:
    """What the fold needs to know of a record that another one cites. A void one has no kind: it only says that it has."""

    leaf: bytes
    kind: str
    fate: str
    audience: str
    """As its header says it."""


class Shelf(Protocol):
    """Where a fold finds what earlier folds left. The database, or nothing at all in a replay."""

    def rows(self, model: type[Row], keys: Iterable[str]) -> dict[str, Row]:
        """Return the rows that exist among `keys`."""
        ...

    def cited(self, positions: Iterable[str]) -> dict[str, Cited]:
        """Return those of the records at `positions` that are here."""
        ...

    def mine(self) -> frozenset[str]:
        """Return the logs that are written on this node."""
        ...

    def all_keys(self, model: type[Row]) -> Iterable[str]:
        """Return the keys of all rows of a model of which there are few."""
        ...


class EmptyShelf:
    """Before anything was said."""

    def __init__(self, mine: Iterable[str] = ()) -> None:
        """Take the logs `mine` as written here."""
        self._mine = frozenset(mine)

    def mine(self) -> frozenset[str]:
        """Return the logs that are written here."""
        return self._mine

    def all_keys(self, model: type[Row]) -> Iterable[str]:
        """Return nothing."""
        return ()

    def rows(self, model: type[Row], keys: Iterable[str]) -> dict[str, Row]:
        """Return nothing."""
        return {}

    def cited(self, positions: Iterable[str]) -> dict[str, Cited]:
        """Return nothing."""
        return {}


def act_of(said: Said) -> Act:
    """Return what an approval of this entry is over. Its body must have been read."""
    envelope = said.envelope
    says = bytes(envelope.says) if envelope is not None else b""
    return Act(said.header.log, said.kind, said.by, said.audience, said.refs, says)
