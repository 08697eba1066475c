"""Mission-ready packages as a spreadsheet: what is about the package in its first row, then a row for each further line."""

from collections.abc import Sequence
from itertools import zip_longest

from django.utils.translation import gettext as _

from hansa.aid.inventory import cells
from hansa.aid.inventory.models import Package
from hansa.aid.inventory.records.packages import CostLine, PackageKept, PackageWithdrawn, Resource
from hansa.aid.inventory.tables import Cells, Entry, LotTable, RosterTable, StockTable, Table
from hansa.aid.inventory.words import CostKind, TableName
from hansa.kernel.errors import Refused
from hansa.kernel.record import Record

ABOUT = ("title", "mission", "limitations", "support", "space")
DEAREST = 1_000_000_000
"""US dollars in one line."""


class PackageTable(Table):
    """Packages: as many rows as it has things or cost lines, all under its code."""

    name = TableName.PACKAGES
    columns = (
        "package", "title", "mission", "days", "ready_hours", "limitations", "support", "space",
        "proven", "item", "quantity", "line", "what", "dollars",
    )  # fmt: skip
    needed = ("package", "title", "mission", "item", "quantity")

    def read(self, rows: Sequence[tuple[int, Cells]]) -> list[Entry]:
        """Return an entry for each code; one bad row refuses its package and no other."""
        found: dict[str, list[tuple[int, Cells]]] = {}
        for number, given in rows:
            found.setdefault(given["package"].strip(), []).append((number, given))
        return [self._entry(code, lines) for code, lines in found.items()]

    def _entry(self, code: str, lines: list[tuple[int, Cells]]) -> Entry:
        entry = Entry([number for number, _given in lines], code)
        at = lines[0][0]
        try:
            resources, costs = [], []
            for number, given in lines:
                at = number
                if given["item"].strip():
                    resources.append(_resource(given))
                if given.get("line", "").strip():
                    costs.append(_cost(given))
            at = lines[0][0]
            entry.records = [_package(code, lines[0][1], resources, costs)]
        except Refused as refusal:
            entry.why = _("Row %(row)s: %(why)s") % {"row": at, "why": refusal.sentence}
        return entry

    def rows(self, log: str) -> Sequence[Package]:
        return _living(log)

    def key(self, row: Package) -> str:
        return row.code

    def said(self, row: Package) -> list[Record]:
        return [_said(row)]

    def lines(self, row: Package) -> list[list[str]]:
        lines = []
        for number, (thing, cost) in enumerate(zip_longest(row.resources, row.costs)):
            given = {"package": row.code}
            if number == 0:
                first = (*ABOUT, "days", "ready_hours", "proven")
                given |= {name: str(getattr(row, name)) for name in first}
            for part in (thing, cost):
                given |= {name: str(value) for name, value in (part or {}).items()}
            lines.append([given.get(name, "") for name in self.columns])
        return lines

    def gone(self, record: Record, log: str) -> Record | None:
        now = self._now(record, log)
        why = str(_("An import was undone."))
        return PackageWithdrawn.read({"package": now.key, "why": why}) if now else None

    def final(self, record: Record, log: str) -> Record:
        """Let it replace the revision that stands now."""
        now = self._now(record, log)
        if now is None or not isinstance(record, PackageKept):
            return record
        kept = {name: getattr(record, name) for name in record.__dataclass_fields__}
        return PackageKept(**{**kept, "replaces": now.key})

    def _now(self, record: Record, log: str) -> Package | None:
        code = getattr(record, "code", "")
        return next((row for row in _living(log) if row.code == code), None)


def _living(log: str) -> list[Package]:
    found = Package.objects.filter(home=log, replaced_by="", withdrawn_at=None)
    return list(found.order_by("code"))


def _said(row: Package) -> PackageKept:
    return PackageKept(
        code=row.code,
        resources=[Resource(**one) for one in row.resources],
        costs=[CostLine(**one) for one in row.costs],
        days=row.days,
        ready_hours=row.ready_hours,
        proven=row.proven,
        **{name: getattr(row, name) for name in ABOUT},
    )


def _resource(given: Cells) -> Resource:
    quantity = cells.whole(given["quantity"], "quantity")
    if quantity == 0:
        raise Refused(_("quantity is 0. Leave the row out if nothing of it goes."))
    return Resource(item=cells.item_of(given["item"]).code, quantity=quantity)


def _cost(given: Cells) -> CostLine:
    line = given["line"].strip().casefold()
    if line not in CostKind.values:
        raise Refused(
            _("“%(text)s” is no cost line. Write one of: %(all)s.")
            % {"text": line[:40], "all": ", ".join(CostKind.values)}
        )
    what = cells.short(cells.needed(given.get("what", ""), "what"), "what", 140)
    return CostLine(
        line=line, what=what, dollars=cells.whole(given.get("dollars", ""), "dollars", DEAREST)
    )


def _package(
    code: str, first: Cells, resources: list[Resource], costs: list[CostLine]
) -> PackageKept:
    cells.needed(code, "package")
    for name in ("title", "mission"):
        cells.needed(first[name], name)
    if not resources:
        raise Refused(_("nothing goes out with this package. Name at least one item."))
    if max(len(resources), len(costs)) > 50:  # noqa: PLR2004 - as many as the kind takes
        raise Refused(_("a package has at most 50 things and 50 cost lines."))
    numbers = {
        name: cells.whole(first[name], name, most)
        for name, most in (("days", 3_650), ("ready_hours", 8_760))
        if first.get(name, "").strip()
    }
    texts = {
        name: cells.short(first.get(name, ""), name, 140 if name == "title" else 280)
        for name in ABOUT
    }
    given = {
        "code": cells.short(code, "package", 60),
        "resources": resources,
        "costs": costs,
        "proven": cells.day(first.get("proven", ""), "proven"),
    }
    return PackageKept.read({**given, **texts, **numbers})


TABLES: dict[str, Table] = {
    str(table.name): table for table in (StockTable(), LotTable(), RosterTable(), PackageTable())
}
"""Every table, by its name."""
