"""A pact in memory: logs folded by the kernel's own fold, with no database and nobody who checks first."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from hansa.kernel.entry import commit, read_header, write_body, write_header
from hansa.kernel.fold import Folding, fold_all
from hansa.kernel.merkle import leaf_hash
from hansa.kernel.models import Row
from hansa.kernel.record import KINDS
from hansa.kernel.ref import position
from hansa.kernel.said import EmptyShelf, Said

START = datetime(2025, 6, 7, 12, tzinfo=UTC)
TOWN = {"type": "city", "state": "CA", "zone": "UTC", "office": "Chief", "handle": "chief"}
CHARTER: dict[str, Any] = {
    "title": "Charter",
    "articles": [{"title": "Purpose", "text": "Members help each other."}],
    "rules": {},
}


class Memory:
    """Says records without `check`, as a hostile node would; keeps entries and rows."""

    def __init__(self, logs: Iterable[str]) -> None:
        self.logs = list(logs)
        self.folding = Folding(EmptyShelf(self.logs))
        self.entries: list[tuple[bytes, bytes, datetime]] = []
        self.said: dict[str, Said] = {}
        self.sizes: dict[str, int] = defaultdict(int)
        for log in self.logs:
            self.say(log, "pact.member/1", name=log, by="", **TOWN)

    def say(self, log: str, kind: str, /, *, by: str | None = None, **fields: Any) -> Said:
        """Write a record in a log and fold it, whatever becomes of it."""
        record = KINDS[kind].read(fields)
        officer = f"{log}@0" if by is None else by
        cited = {ref for ref, _field in record.citations()} | ({officer} if officer else set())
        refs = {ref: self.said[ref].leaf for ref in cited}
        body = write_body(kind, officer, refs, record.encode())
        at = START + timedelta(minutes=len(self.entries))
        audience = KINDS[kind].header_of(KINDS[kind].audiences[0])
        entry = write_header(log, self.sizes[log], at, audience, body)
        self.sizes[log] += 1
        self.entries.append((entry, body, at))
        said = self._read(entry, body, at)
        assert fold_all([said], self.folding) == []
        self.said[position(log, said.header.i)] = said
        return said

    @staticmethod
    def _read(entry: bytes, body: bytes | None, at: datetime) -> Said:
        header = read_header(entry)
        commitment = commit(body) if body is not None else bytes(32)
        said = Said(entry, header, leaf_hash(entry), commitment, body, at)
        said.open()
        return said

    def again(
        self, *, by_log: bool = False, without_own: bool = False
    ) -> "tuple[dict[str, str], Folding]":
        """Fold every entry anew: in order or log by log, with or without what is for one member alone."""
        said = []
        for entry, body, at in self.entries:
            hidden = without_own and read_header(entry).aud == "own"
            said.append(self._read(entry, None if hidden else body, at))
        if by_log:
            said.sort(key=lambda one: (one.header.log, one.header.i))
        folding = Folding(EmptyShelf([] if without_own else self.logs))
        assert fold_all(said, folding) == []
        return {one.position: f"{one.fate} {one.reason}" for one in said}, folding

    def rows(self, model: type[Any]) -> list[Any]:
        """Return the rows of a model as they stand."""
        return [row for (kind, _key), row in self.folding.kept.items() if kind is model]


def shown(folding: Folding, *, without_own: bool = False) -> dict[str, dict[str, Any]]:
    """Return every row's values, for comparison."""
    return {
        f"{model.__name__} {key}": values(row)
        for (model, key), row in folding.kept.items()
        if not (without_own and row.audience != "pact")
    }


def values(row: Row) -> dict[str, Any]:
    """Return a row's columns."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
