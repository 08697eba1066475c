"""Whatever a table holds says the same when it comes back: no cell is lost, cut, worked out or taken for another."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid import catalogue
from hansa.aid.inventory import sheets
from hansa.aid.inventory.models import Lot, Package, Rostered
from hansa.aid.inventory.packed import TABLES
from hansa.aid.inventory.words import CostKind, Standing
from hansa.aid.models import Stock
from hansa.aid.words import MOST, Sort

pytestmark = pytest.mark.django_db

ITEMS = st.sampled_from(sorted(catalogue.built_in().values(), key=lambda item: item.code))
POSITIONS = [code for code, item in catalogue.built_in().items() if item.kind == Sort.POSITION]
QUANTITY = st.integers(0, MOST)
DAY = st.dates().map(lambda day: day.isoformat()) | st.just("")
MOMENT = st.datetimes(datetime(1700, 1, 1), datetime(2299, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone here


def words(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Texts as a record keeps them: no control signs but line breaks, no space at either end."""
    signs = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n=+-@'\"_x000D_,;")
    return st.text(signs, max_size=most).map(str.strip).filter(lambda text: len(text) >= least)


@st.composite
def stocks(draw: Any) -> Stock:
    item = draw(ITEMS)
    row = Stock(item=item.code, unit=item.unit, quantity=draw(QUANTITY), reserve=draw(QUANTITY))
    row.counted_at = draw(st.none() | MOMENT)
    row.reserve_why = draw(words(30, least=1))
    row.reserve_until = draw(st.none() | MOMENT)
    return row


@st.composite
def lots(draw: Any) -> Lot:
    item = draw(ITEMS)
    return Lot(
        item=item.code,
        unit=item.unit,
        lot=draw(words(30, least=1)),
        quantity=draw(QUANTITY),
        expires=draw(DAY),
        place=draw(words(30)),
    )


@st.composite
def rostered(draw: Any) -> Rostered:
    return Rostered(
        reference=draw(st.from_regex(r"\A[A-Z]{1,3}-[0-9]{1,6}\Z")),
        position=draw(st.sampled_from(POSITIONS)),
        credential=draw(words(30)),
        licence=draw(words(30)),
        licence_until=draw(DAY),
        languages=draw(words(30)),
        standing=draw(st.sampled_from(Standing.values)),
    )


@st.composite
def packages(draw: Any) -> Package:
    things = st.builds(lambda item, count: {"item": item.code, "quantity": count}, ITEMS, st.integers(1, MOST))  # fmt: skip
    costs = st.builds(
        lambda line, what, dollars: {"line": line, "what": what, "dollars": dollars},
        st.sampled_from(CostKind.values),
        words(30, least=1),
        st.integers(0, 1_000_000_000),
    )
    return Package(
        code=draw(st.from_regex(r"\A[a-z]{1,8}(-[0-9]{1,3})?\Z")),
        title=draw(words(30, least=1)),
        mission=draw(words(30, least=1)),
        resources=draw(st.lists(things, min_size=1, max_size=4)),
        costs=draw(st.lists(costs, max_size=4)),
        days=draw(st.integers(0, 3_650)),
        ready_hours=draw(st.integers(0, 8_760)),
        limitations=draw(words(30)),
        support=draw(words(30)),
        space=draw(words(30)),
        proven=draw(DAY),
    )


ROWS = {"stock": stocks(), "lots": lots(), "roster": rostered(), "packages": packages()}


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("name", sorted(TABLES))
def test_whatever_a_table_holds_comes_back_as_it_went(name, ending):
    table = TABLES[name]

    @settings(max_examples=25)
    @given(ROWS[name])
    def law(row: Any) -> None:
        lines = table.lines(row)
        if ending == "csv":
            data = sheets.write_csv(table.columns, lines)
        else:
            data = sheets.write_xlsx([(name, table.columns, lines)])
        (sheet,) = sheets.read(name, data)
        read = [
            (one.number, dict(zip(sheet.headings, one.cells, strict=False))) for one in sheet.rows
        ]
        (entry,) = table.read(read)
        assert entry.why == ""
        assert entry.key == table.key(row)
        assert entry.records == table.said(row)

    law()
