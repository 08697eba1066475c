"""Three towns, of which the first keeps an inventory; and the browser of whoever sits in an office."""

import csv
import io

import pytest

from hansa.aid.inventory import importing, sheets
from tests.builders import Town, found
from tests.visiting import sit

__all__ = ["sit"]


@pytest.fixture
def towns(home, set_clock) -> list[Town]:
    return found(3)


@pytest.fixture
def la(towns: list[Town]) -> Town:
    return towns[0]


def csv_of(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def preview(town: Town, data: bytes, name: str = "table.csv") -> list[importing.Line]:
    """What would become of each line of all sheets."""
    return [
        line for plan in importing.preview(town.log, town.by, name, data) for line in plan.lines
    ]


def read_in(town: Town, data: bytes, name: str = "table.csv", once: str = "a") -> list[str]:
    plans = importing.preview(town.log, town.by, name, data)
    return importing.commit(plans, log=town.log, by=town.by, name=name, data=data, once=once)


def written(town: Town, table: str, ending: str = "csv") -> bytes:
    headings, rows = importing.export(town.log, table)
    if ending == "csv":
        return sheets.write_csv(headings, rows)
    return sheets.write_xlsx([(table, headings, rows)])


def cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
