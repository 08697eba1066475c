"""What a spreadsheet of ours holds: its columns, how a row becomes records, and how what there is becomes rows.

`read` and `write` are each other's inverse: what was exported and comes back says exactly what is there already.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.utils.translation import gettext as _

from hansa.aid.catalogue import name_of
from hansa.aid.inventory import cells
from hansa.aid.inventory.models import Lot, Rostered
from hansa.aid.inventory.records.holdings import LotCounted, RosterKept
from hansa.aid.inventory.sheets import Sheet
from hansa.aid.inventory.words import Standing, TableName
from hansa.aid.models import Stock
from hansa.aid.records.stock import CountTakenBack, ReserveSet, StockCounted
from hansa.aid.words import Unit
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record

PLAYED = "exercise"
"""The column by which a row says that it was played."""

Cells = Mapping[str, str]


@dataclass(slots=True)
class Entry:
    """What one row, or several that belong together, say: whose they are by `key`, and the records; or why they are refused."""

    rows: list[int]
    key: str = ""
    records: list[Record] = field(default_factory=list)
    why: str = ""


class Table(ABC):
    """A table: its name, its columns, those that must be there."""

    name: TableName
    columns: tuple[str, ...]
    needed: tuple[str, ...]

    @abstractmethod
    def read(self, rows: Sequence[tuple[int, Cells]]) -> list[Entry]:
        """Return what the rows say, one entry for each thing they are about."""

    @abstractmethod
    def rows(self, log: str) -> Sequence[Any]:
        """Return the rows of the member's own records that go out, in order."""

    @abstractmethod
    def key(self, row: Any) -> str:
        """Return what a row is about, as `read` names it."""

    @abstractmethod
    def said(self, row: Any) -> list[Record]:
        """Return a row as the records that would say it anew."""

    @abstractmethod
    def lines(self, row: Any) -> list[list[str]]:
        """Return a row as lines of a spreadsheet, in the order of the columns."""

    def there(self, log: str) -> dict[str, list[Record]]:
        """Return what there is now, by key."""
        return {self.key(row): self.said(row) for row in self.rows(log)}

    def write(self, log: str) -> list[list[str]]:
        """Return what there is now as lines of a spreadsheet."""
        return [line for row in self.rows(log) for line in self.lines(row)]

    @abstractmethod
    def gone(self, record: Record, log: str) -> Record | None:
        """Return what takes a record back where nothing stood before; None where nothing need be said."""

    def final(self, record: Record, log: str) -> Record:
        """Return the record as it is said now: as it is, unless it must name what it replaces."""
        return record


class RowTable(Table):
    """A table in which each row is about one thing."""

    def read(self, rows: Sequence[tuple[int, Cells]]) -> list[Entry]:
        """Return an entry for each row; the second one about the same thing is refused."""
        seen: dict[str, int] = {}
        entries = []
        for number, given in rows:
            entry = Entry([number])
            entries.append(entry)
            try:
                entry.key, entry.records = self.one(given)
                if entry.key in seen:
                    raise Refused(_("Row %(row)s is about the same. Say it once.") % {"row": seen[entry.key]})  # fmt: skip
                seen[entry.key] = number
            except Refused as refusal:
                entry.records, entry.why = [], refusal.sentence
                entry.key = entry.key or given.get(self.needed[0], "").strip()[:60]
        return entries

    @abstractmethod
    def one(self, given: Cells) -> tuple[str, list[Record]]:
        """Return key and records of one row; Refused says what is wrong."""


class StockTable(RowTable):
    """Stock and reserves: one row for each item. An empty quantity or reserve leaves what is there alone."""

    name = TableName.STOCK
    columns = ("item", "name", "unit", "quantity", "reserve", "reserve_why", "reserve_until")
    needed = ("item", "quantity")

    def one(self, given: Cells) -> tuple[str, list[Record]]:
        item = cells.item_of(cells.needed(given["item"], "item"))
        unit = cells.unit_of(given.get("unit", ""), item)
        said: list[Record] = []
        if given["quantity"].strip():
            quantity = cells.whole(given["quantity"], "quantity")
            said.append(StockCounted(item=item.code, unit=unit, quantity=quantity))
        if given.get("reserve", "").strip():
            said.append(self._reserve(item.code, unit, given))
        if not said:
            raise Refused(_("Neither a quantity nor a reserve is given, so this row says nothing."))
        return item.code, said

    def _reserve(self, item: str, unit: Unit, given: Cells) -> ReserveSet:
        why = cells.needed(given.get("reserve_why", ""), "reserve_why")
        return ReserveSet(
            item=item,
            unit=unit,
            quantity=cells.whole(given["reserve"], "reserve"),
            why=cells.short(why, "reserve_why", 280),
            until=cells.moment(given.get("reserve_until", ""), "reserve_until"),
        )

    def rows(self, log: str) -> Sequence[Stock]:
        found = Stock.objects.filter(home=log).order_by("item")
        return [row for row in found if self.said(row)]

    def key(self, row: Stock) -> str:
        return str(row.item)

    def said(self, row: Stock) -> list[Record]:
        said: list[Record] = []
        unit = Unit(row.unit)
        if row.counted_at is not None:
            said.append(StockCounted(item=row.item, unit=unit, quantity=max(row.quantity, 0)))
        if row.reserve or row.reserve_why:
            why, until = row.reserve_why, row.reserve_until
            floor = ReserveSet(item=row.item, unit=unit, quantity=row.reserve, why=why, until=until)
            said.append(floor)
        return said

    def lines(self, row: Stock) -> list[list[str]]:
        kept = bool(row.reserve or row.reserve_why)
        until = row.reserve_until.astimezone(UTC).isoformat() if row.reserve_until else ""
        quantity = str(max(row.quantity, 0)) if row.counted_at is not None else ""
        floor = [str(row.reserve), row.reserve_why, until] if kept else ["", "", ""]
        return [[row.item, name_of(row.item), row.unit, quantity, *floor]]

    def gone(self, record: Record, log: str) -> Record | None:
        if isinstance(record, StockCounted):
            why = str(_("An import was undone."))
            return CountTakenBack(item=record.item, unit=record.unit, why=why)
        if isinstance(record, ReserveSet):
            why = str(_("An import was undone."))
            return ReserveSet(item=record.item, unit=record.unit, quantity=0, why=why, until=None)
        return None


class LotTable(RowTable):
    """Lots: one row for each lot of an item."""

    name = TableName.LOTS
    columns = ("item", "name", "lot", "unit", "quantity", "expires", "place")
    needed = ("item", "lot", "quantity")

    def one(self, given: Cells) -> tuple[str, list[Record]]:
        item = cells.item_of(cells.needed(given["item"], "item"))
        said = LotCounted(
            item=item.code,
            lot=cells.short(cells.needed(given["lot"], "lot"), "lot", 60),
            unit=cells.unit_of(given.get("unit", ""), item),
            quantity=cells.whole(given["quantity"], "quantity"),
            expires=cells.day(given.get("expires", ""), "expires"),
            place=cells.short(given.get("place", ""), "place", 140),
        )
        return f"{said.item}/{said.lot}", [said]

    def rows(self, log: str) -> Sequence[Lot]:
        return list(Lot.objects.filter(home=log).order_by("item", "expires", "lot"))

    def key(self, row: Lot) -> str:
        return f"{row.item}/{row.lot}"

    def said(self, row: Lot) -> list[Record]:
        said = LotCounted(
            item=row.item,
            lot=row.lot,
            unit=Unit(row.unit),
            quantity=row.quantity,
            expires=row.expires,
            place=row.place,
        )
        return [said]

    def lines(self, row: Lot) -> list[list[str]]:
        left = str(row.quantity)
        return [[row.item, name_of(row.item), row.lot, row.unit, left, row.expires, row.place]]

    def gone(self, record: Record, log: str) -> Record | None:
        if not isinstance(record, LotCounted):
            return None
        kept = {"item": record.item, "lot": record.lot, "unit": record.unit}
        return LotCounted(**kept, quantity=0, expires=record.expires, place=record.place)  # type: ignore[arg-type]  # each of its own type


class RosterTable(RowTable):
    """The roster: one row for each number. Names have no column."""

    name = TableName.ROSTER
    columns = (
        "reference",
        "position",
        "credential",
        "licence",
        "licence_until",
        "languages",
        "standing",
    )
    needed = ("reference", "position")

    def one(self, given: Cells) -> tuple[str, list[Record]]:
        said = RosterKept(
            reference=cells.short(cells.needed(given["reference"], "reference"), "reference", 40),
            position=cells.item_of(cells.needed(given["position"], "position")).code,
            credential=cells.short(given.get("credential", ""), "credential", 140),
            licence=cells.short(given.get("licence", ""), "licence", 140),
            licence_until=cells.day(given.get("licence_until", ""), "licence_until"),
            languages=cells.short(given.get("languages", ""), "languages", 140),
            standing=self._standing(given.get("standing", "")),
        )
        return said.reference, [said]

    def _standing(self, text: str) -> Standing:
        plain = text.strip().casefold()
        for one in Standing:
            if plain in {one.value, str(one.label).casefold()}:
                return one
        if not plain:
            return Standing.AVAILABLE
        raise Refused(
            _("“%(text)s” is no standing. Write one of: %(all)s.")
            % {"text": text[:40], "all": ", ".join(Standing.values)}
        )

    def rows(self, log: str) -> Sequence[Rostered]:
        return list(Rostered.objects.filter(home=log).order_by("position", "reference"))

    def key(self, row: Rostered) -> str:
        return row.reference

    def said(self, row: Rostered) -> list[Record]:
        kept = {name: getattr(row, name) for name in self.columns if name != "standing"}
        return [RosterKept(**kept, standing=Standing(row.standing))]

    def lines(self, row: Rostered) -> list[list[str]]:
        return [[str(getattr(row, name)) for name in self.columns]]

    def gone(self, record: Record, log: str) -> Record | None:
        if not isinstance(record, RosterKept):
            return None
        kept = {name: getattr(record, name) for name in self.columns if name != "standing"}
        return RosterKept(**kept, standing=Standing.LEFT)


def recognise(sheet: Sheet, tables: Iterable[Table]) -> tuple[Table, list[str]]:
    """Return which table a sheet is, and its headings as columns; Refused names what each table needs."""
    headings = ["_".join(one.strip().casefold().split()) for one in sheet.headings]
    known = list(tables)
    fits = [table for table in known if set(table.needed) <= set(headings)]
    if not fits:
        wanted = "; ".join(f"{table.name.label}: {', '.join(table.needed)}" for table in known)
        raise Refused(
            _(
                "“%(sheet)s” is none of our tables. Its first row must name at least, for %(wanted)s."
            )
            % {"sheet": sheet.name[:60], "wanted": wanted},
            field="file",
            code="no-table",
        )
    # The one that explains most of the headings: lots have all that stock needs, and more.
    best = max(fits, key=lambda table: len(set(table.columns) & set(headings)))
    return best, headings
