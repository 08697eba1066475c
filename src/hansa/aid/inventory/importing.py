"""From a spreadsheet to records: what would become of each row, what became of it, and how it is undone.

A bad row never stops the rest. Nothing is said before somebody has seen what would be; what was said is taken back by
saying what stood before, and only where nobody has said anything since.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from hansa.aid.inventory.models import Import
from hansa.aid.inventory.packed import TABLES
from hansa.aid.inventory.records.holdings import SheetImported
from hansa.aid.inventory.sheets import Sheet, read
from hansa.aid.inventory.tables import PLAYED, Cells, Entry, Table, recognise
from hansa.aid.inventory.words import Outcome, TableName
from hansa.kernel import clock, files
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fields import File
from hansa.kernel.fold import target
from hansa.kernel.home import home
from hansa.kernel.log import Draft
from hansa.kernel.models import Once
from hansa.kernel.reading import names_of_members
from hansa.kernel.record import KINDS, Record
from hansa.kernel.say import say, say_each
from hansa.kernel.telling import sentence_of

RECEIPT = "application/json"


@dataclass(slots=True)
class Line:
    """What becomes of one thing in a sheet: which rows it is from, and for each record what stood before it."""

    rows: list[int]
    key: str
    outcome: Outcome
    why: str = ""
    says: list[Record] = field(default_factory=list)
    before: list[Record | None] = field(default_factory=list)
    positions: list[str] = field(default_factory=list)
    author: str = ""

    def sentence(self) -> str:
        """Return what would be said of it, in words."""
        return " ".join(sentence_of(one, self.author, {}) for one in self.says)


@dataclass(slots=True)
class Plan:
    """What becomes of one sheet. `unread` are its columns that mean nothing here; `why` says why none of it is read."""

    sheet: str
    table: Table | None
    lines: list[Line] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    why: str = ""

    def count(self, outcome: str) -> int:
        """Return how many things became so."""
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def accepted(self) -> int:
        """Return how many things are accepted."""
        return self.count(Outcome.ACCEPTED)

    @property
    def unchanged(self) -> int:
        """Return how many things are as they were."""
        return self.count(Outcome.UNCHANGED)

    @property
    def refused(self) -> int:
        """Return how many things are refused."""
        return self.count(Outcome.REFUSED)


def preview(log: str, by: str, name: str, data: bytes) -> list[Plan]:
    """Return what would become of each row of a file, for the member of `log`; Refused if the file cannot be read."""
    return [_plan(log, by, sheet) for sheet in read(name, data) if sheet.headings]


def _plan(log: str, by: str, sheet: Sheet) -> Plan:
    try:
        table, headings = recognise(sheet, TABLES.values())
    except Refused as refusal:
        return Plan(sheet.name, None, why=refusal.sentence)
    plan = Plan(sheet.name, table)
    plan.unread = [one for one in headings if one and one not in (*table.columns, PLAYED)]
    good: list[tuple[int, Cells]] = []
    for row in sheet.rows:
        given = dict.fromkeys(table.columns, "") | dict(zip(headings, row.cells, strict=False))
        why = row.fault or _played(given)
        if why:
            plan.lines.append(Line([row.number], "", Outcome.REFUSED, why))
        else:
            good.append((row.number, given))
    there = table.there(log)
    plan.lines += [_judged(log, by, table, entry, there) for entry in table.read(good)]
    plan.lines.sort(key=lambda line: line.rows[0])
    author = names_of_members([log]).get(log, log)
    for line in plan.lines:
        line.author = author
    return plan


def _played(given: Cells) -> str:
    if given.get(PLAYED, "").strip() and not home().exercise:
        return _("This row comes from an exercise, and this is none.")
    return ""


def _judged(
    log: str, by: str, table: Table, entry: Entry, there: Mapping[str, list[Record]]
) -> Line:
    """Return what would become of an entry: only what is not so already is said, and only what may be."""
    if entry.why:
        return Line(entry.rows, entry.key, Outcome.REFUSED, entry.why)
    now = there.get(entry.key, [])
    says = [one for one in entry.records if one not in now]
    if not says:
        return Line(entry.rows, entry.key, Outcome.UNCHANGED)
    line = Line(entry.rows, entry.key, Outcome.ACCEPTED)
    for one in says:
        final = table.final(one, log)
        line.says.append(final)
        line.before.append(next((old for old in now if old.kind == one.kind), None))
        try:
            _check(final, log, by)
        except Refused as refusal:
            line.outcome, line.why = Outcome.REFUSED, refusal.sentence
            line.says, line.before = [], []
            break
    return line


def _check(record: Record, log: str, by: str) -> None:
    """Ask the record itself whether it could be said now. The door asks again."""
    saying = Saying(
        log=log, index=0, at=clock.now(), by=by, audience=record.audiences[0],
        load=lambda model, key: model._default_manager.filter(pk=key).first(),
        keep=lambda _row: None, audience_of=lambda _ref: "", mine=lambda _log: True, free=True,
    )  # fmt: skip
    row = record.row._default_manager.filter(pk=target(record, saying.position)).first()
    record.check(row, saying)


def commit(
    plans: Sequence[Plan], *, log: str, by: str, name: str, data: bytes, once: str
) -> list[str]:
    """Say what was accepted, keep file and receipt, and return the position of each sheet's import.

    `once` is a key of the form: what is sent twice is said once.
    """
    source = files.keep(name, "", [data])
    made = []
    for number, plan in enumerate(plans):
        if plan.table is None:
            continue
        before = Once.objects.filter(key=f"import/{by}/{once}/{number}").first()
        if before is not None:
            made.append(before.position)
            continue
        _say_lines(plan.lines, log, by, f"{once}/{number}")
        made.append(_keep(plan, log, by, name, [source], f"{once}/{number}"))
    return made


def _say_lines(lines: Sequence[Line], log: str, by: str, once: str) -> None:
    drafts, whose = [], []
    for number, line in enumerate(lines):
        for part, record in enumerate(line.says):
            key = f"import/{by}/{once}/{number}/{part}"
            drafts.append(Draft(record, log, by, record.audiences[0], key))
            whose.append(line)
    for line, outcome in zip(whose, say_each(drafts), strict=True):
        if isinstance(outcome, Refused):
            line.outcome, line.why = Outcome.REFUSED, outcome.sentence
            line.positions.append("")
        else:
            line.positions.append(outcome)


def _keep(
    plan: Plan, log: str, by: str, name: str, sources: list[File], once: str, undoes: str = ""
) -> str:
    if plan.table is None:
        raise ValueError("a sheet that is none of our tables has no import")
    rows = [_receipt_of(line) for line in plan.lines]
    text = json.dumps(
        {"table": plan.table.name.value, "file": name, "rows": rows}, ensure_ascii=False
    )
    receipt = files.keep(f"receipt-{plan.table.name.value}.json", RECEIPT, [text.encode()])
    record = SheetImported.read(
        {
            "table": plan.table.name,
            "name": name[:200] or plan.table.name.value,
            "files": [msgspec.to_builtins(one) for one in (*sources, receipt)],
            "accepted": plan.accepted,
            "unchanged": plan.unchanged,
            "refused": plan.refused,
            "undoes": undoes or None,
        }
    )
    return say(record, log=log, by=by, audience=record.audiences[0], once=f"import/{by}/{once}")


def _receipt_of(line: Line) -> dict[str, Any]:
    said = [
        {"position": at, **_plain(record), "before": _plain(old) if old else None}
        for record, old, at in zip(line.says, line.before, line.positions, strict=True)
        if at
    ]
    return {"rows": line.rows, "key": line.key, "outcome": line.outcome.value, "why": line.why, "said": said}  # fmt: skip


def _plain(record: Record) -> dict[str, Any]:
    return {"kind": record.kind, "says": msgspec.json.decode(record.encode())}


def receipt(row: Import) -> list[dict[str, Any]]:
    """Return the receipt of an import, row by row; Refused if it is not kept here whole."""
    kept = [one for one in row.files if one["name"].startswith("receipt-")]
    if not kept:
        raise Refused(_("This import has no receipt."), code="no-receipt")
    try:
        text = files.path_of(kept[-1]["sha256"]).read_bytes()
    except Untrusted as error:
        raise Refused(
            _("The receipt of this import is not here, or is damaged: %(error)s")
            % {"error": error.sentence},
            code="no-receipt",
        ) from error
    rows: list[dict[str, Any]] = json.loads(text)["rows"]
    return rows


def undo(row: Import, *, log: str, by: str, once: str) -> str:
    """Say what stood before each record of an import, where nothing was said since; return the new import's position."""
    if row.undone_by:
        raise Refused(_("This import was undone already."), code="undone-before")
    table = TABLES[row.table]
    plan = Plan(row.name, table)
    there = table.there(log)
    for one in reversed(receipt(row)):
        plan.lines += [_back(table, log, one, said, there) for said in reversed(one["said"])]
    _say_lines(plan.lines, log, by, once)
    name = _("undo of %(name)s") % {"name": row.name}
    return _keep(plan, log, by, name[:200], [], once, row.key)


def _back(
    table: Table,
    log: str,
    one: Mapping[str, Any],
    said: Mapping[str, Any],
    there: Mapping[str, list[Record]],
) -> Line:
    """Return what takes one record back, or why it is left alone."""
    record, line = _record(said), Line(one["rows"], one["key"], Outcome.ACCEPTED)
    if not _stands(record, said["before"], there.get(one["key"], [])):
        line.outcome = Outcome.REFUSED
        line.why = _("It was changed since, so it is left as it is now.")
        return line
    back = _record(said["before"]) if said["before"] else table.gone(record, log)
    if back is None:
        line.outcome = Outcome.UNCHANGED
        return line
    line.says, line.before = [table.final(back, log)], [record]
    return line


def _stands(record: Record, before: Mapping[str, Any] | None, now: Sequence[Record]) -> bool:
    """Tell whether nothing was said since: what a record stated is still so, or what it ended has not begun again."""
    if _bare(record) in [_bare(old) for old in now]:
        return True
    if before is None or before["kind"] == record.kind:
        return False
    return all(old.kind != before["kind"] for old in now)


def _record(plain: Mapping[str, Any]) -> Record:
    return KINDS[plain["kind"]].decode(msgspec.json.encode(plain["says"]))


def _bare(record: Record) -> dict[str, Any]:
    """Return what it says, without what it replaces."""
    says: dict[str, Any] = msgspec.json.decode(record.encode())
    return {
        "kind": record.kind,
        **{name: value for name, value in says.items() if name != "replaces"},
    }


def export(log: str, name: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return the headings and rows of one table; in an exercise each row says so."""
    table = TABLES[TableName(name).value]
    rows = table.write(log)
    if home().exercise:
        return (*table.columns, PLAYED), [[*row, str(_("played"))] for row in rows]
    return table.columns, rows
