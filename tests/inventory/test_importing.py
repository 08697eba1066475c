"""A spreadsheet becomes records: a receipt for each row, nothing before it was looked at, nothing that cannot be undone."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid.inventory import cells, importing, sheets
from hansa.aid.inventory.models import Import, Lot, Package, Rostered
from hansa.aid.inventory.packed import TABLES
from hansa.aid.models import Stock
from hansa.aid.words import MOST
from hansa.kernel import files
from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry
from tests.inventory.conftest import csv_of, preview, read_in, written

STOCK = csv_of(
    "Item,Name,Unit,Quantity,Reserve,Reserve why,Reserve until",
    'n95-respirator,,piece,"80,000",20000,Wildfire season,2025-11-30',
    "Cots,,pieces,400,,,",
    "drinking-water,,litre,1000.0,,,",
)


def outcomes(lines):
    return [line.outcome.value for line in lines]


def test_a_preview_says_nothing(la):
    before = Entry.objects.count()
    lines = preview(la, STOCK)
    assert outcomes(lines) == ["accepted"] * 3
    assert "80,000" in lines[0].sentence()
    assert Entry.objects.count() == before
    assert not Stock.objects.exists()


def test_what_was_accepted_is_said_and_comes_back_unchanged(la):
    (made,) = read_in(la, STOCK)
    stock = Stock.objects.get(item="n95-respirator")
    assert (stock.quantity, stock.reserve, stock.reserve_why) == (80_000, 20_000, "Wildfire season")
    assert stock.reserve_until is not None
    assert Stock.objects.get(item="cot").quantity == 400
    row = Import.objects.get(key=made)
    assert (row.accepted, row.unchanged, row.refused) == (3, 0, 0)
    assert [one["outcome"] for one in importing.receipt(row)] == ["accepted"] * 3
    for ending in ("csv", "xlsx"):
        assert outcomes(preview(la, written(la, "stock", ending))) == ["unchanged"] * 3


def test_the_same_form_sent_twice_says_it_once(la):
    first = read_in(la, STOCK, once="x")
    after = Entry.objects.count()
    assert read_in(la, STOCK, once="x") == first
    assert Entry.objects.count() == after


BAD = csv_of(
    "item,unit,quantity,reserve,reserve_why",
    "cot,piece,-5,,",
    "cot,piece,99999999999999999999,,",
    "n95-respirator,boxes,40,,",
    "n95-respirator,piece,40 boxes,,",
    "cot,piece,1.5,,",
    "cot,piece,1e5,,",
    "cot,piece,=1+1,,",
    "unobtainium,piece,5,,",
    "tent,litre,5,,",
    "blanket,piece,,,",
    "blanket,piece,5,3,",
    "rifle,piece,5,,",
    "meals,piece,٣,,",
    "tent,piece,7,,",
    "tent,piece,8,,",
)


def test_a_bad_row_gets_a_sentence_and_never_stops_the_rest(la):
    lines = preview(la, BAD)
    words = [
        "negative",
        "more than 10,000,000",
        "A package usually holds 20",
        "write the number alone",
        "no whole number",
        "no whole number",
        "formula",
        "no resource type “unobtainium”",
        "counted in pieces, not in “litre”",
        "this row says nothing",
        "reserve_why is empty",
        "Weapons are no resource type",
        "no whole number",
        "",
        "Row 15 is about the same",
    ]
    for line, expected in zip(lines, words, strict=True):
        assert expected in line.why, (line.rows, line.why)
        assert (line.outcome == "accepted") == (not expected)
    (made,) = read_in(la, BAD)
    assert Stock.objects.get().item == "tent"
    row = Import.objects.get(key=made)
    assert (row.accepted, row.refused) == (1, 14)
    assert importing.receipt(row)[0]["why"] == lines[0].why


def test_an_import_is_undone_by_saying_what_stood_before(la):
    la.say("aid.stock/1", item="cot", unit="piece", quantity=50)
    (made,) = read_in(la, STOCK)
    undone = importing.undo(Import.objects.get(key=made), log=la.log, by=la.by, once="u")
    assert Stock.objects.get(item="cot").quantity == 50
    water = Stock.objects.get(item="drinking-water")
    assert (water.counted_at, water.quantity) == (None, 0)
    masks = Stock.objects.get(item="n95-respirator")
    assert (masks.counted_at, masks.reserve) == (None, 0)
    row = Import.objects.get(key=made)
    assert row.undone_by == undone
    with pytest.raises(Refused, match="undone already"):
        importing.undo(row, log=la.log, by=la.by, once="v")


def test_an_undo_leaves_alone_what_was_changed_since(la):
    (made,) = read_in(la, STOCK)
    la.say("aid.stock/1", item="cot", unit="piece", quantity=390)
    undone = importing.undo(Import.objects.get(key=made), log=la.log, by=la.by, once="u")
    assert Stock.objects.get(item="cot").quantity == 390
    lines = importing.receipt(Import.objects.get(key=undone))
    (left,) = [one for one in lines if one["key"] == "cot"]
    assert "changed since" in left["why"]


def test_an_undo_can_itself_be_undone(la):
    (made,) = read_in(la, STOCK)
    undone = importing.undo(Import.objects.get(key=made), log=la.log, by=la.by, once="u")
    importing.undo(Import.objects.get(key=undone), log=la.log, by=la.by, once="w")
    assert Stock.objects.get(item="cot").quantity == 400
    assert Stock.objects.get(item="n95-respirator").reserve == 20_000


LOTS = csv_of(
    "item,lot,unit,quantity,expires,place",
    "n95-respirator,B22-0417,piece,4000,2027-06-30,Aisle 4",
    "n95-respirator,B22-0418,piece,100,30/06/2027,Aisle 4",
    "eye-wash,E1,litre,20,,",
)
ROSTER = csv_of(
    "reference;position;credential;licence;licence_until;languages;standing",
    "RN-0412;registered-nurse-2;NQS;RN, Illinois;2027-05-31;English, Spanish;available",
    "First Last;nurse;;;;;",
    "RN-0413;Cots;;;;;",
    "RN-0414;Interpreters;;;;Nahuatl;Cannot be sent now",
)
PACKAGES = csv_of(
    "package,title,mission,days,ready_hours,limitations,support,space,proven,item,quantity,line,what,dollars",
    "clinic,Street clinic,First aid,14,12,No nights,Power,12 by 20 m,2025-03-14,nurse,4,travel,Two vans,1800",
    "clinic,,,,,,,,,eye-wash,40,personnel,Wages,9600",
    "clinic,,,,,,,,,,,other,Tolls,35",
    "kitchen,Kitchen,Meals,7,6,,,,,field-kitchen-2,1,fuel,Diesel,10",
    "tents,Tents,Shade,3,2,,,,,tent,10,,,",
)


def test_lots_roster_and_packages_come_in_with_a_receipt_each(la):
    assert outcomes(preview(la, LOTS)) == ["accepted", "refused", "accepted"]
    assert outcomes(preview(la, ROSTER)) == ["accepted", "refused", "refused", "accepted"]
    assert outcomes(preview(la, PACKAGES)) == ["accepted", "refused", "accepted"]
    for number, data in enumerate((LOTS, ROSTER, PACKAGES)):
        read_in(la, data, once=f"n{number}")
    assert {lot.lot for lot in Lot.objects.all()} == {"B22-0417", "E1"}
    assert Rostered.objects.get(reference="RN-0414").standing == "away"
    clinic = Package.objects.get(code="clinic")
    assert (clinic.dollars, len(clinic.resources), clinic.proven) == (11_435, 2, "2025-03-14")
    for table in ("lots", "roster", "packages"):
        for ending in ("csv", "xlsx"):
            assert set(outcomes(preview(la, written(la, table, ending)))) == {"unchanged"}


def test_what_went_out_says_the_same_in_another_home(towns):
    la, chicago, _new_york = towns
    for number, data in enumerate((STOCK, LOTS, ROSTER, PACKAGES)):
        read_in(la, data, once=f"n{number}")
    for name in TABLES:
        read_in(chicago, written(la, name, "xlsx"), "t.xlsx", once=name)
        assert TABLES[name].there(chicago.log) == TABLES[name].there(la.log)
        assert TABLES[name].write(chicago.log) == TABLES[name].write(la.log)


def test_a_workbook_holds_several_tables_and_what_is_none_of_them_is_told(la):
    book = sheets.write_xlsx(
        [
            ("Cover", ["Made by"], [["the depot"]]),
            ("A", ["item", "quantity"], [["cot", "5"]]),
            ("B", ["item", "lot", "quantity", "shelf"], [["eye-wash", "E1", "20", "3"]]),
        ]
    )
    cover, stock, lots = importing.preview(la.log, la.by, "t.xlsx", book)
    assert "none of our tables" in cover.why
    assert (stock.accepted, lots.accepted) == (1, 1)
    assert lots.unread == ["shelf"]


def test_a_package_that_is_read_in_again_is_a_revision_and_its_undo_another(la):
    read_in(la, PACKAGES, once="a")
    (made,) = read_in(la, PACKAGES.replace(b"1800", b"2000"), once="b")
    assert [one.number for one in Package.objects.filter(code="clinic").order_by("number")] == [
        1,
        2,
    ]
    latest = Package.objects.get(code="clinic", replaced_by="")
    assert (latest.dollars, latest.number) == (11_635, 2)
    importing.undo(Import.objects.get(key=made), log=la.log, by=la.by, once="u")
    latest = Package.objects.get(code="clinic", replaced_by="")
    assert (latest.dollars, latest.number) == (11_435, 3)


def test_what_was_played_does_not_come_into_a_real_home(la):
    data = csv_of("item,quantity,exercise", "cot,5,played", "tent,6,")
    assert outcomes(preview(la, data)) == ["refused", "accepted"]
    assert "exercise" in preview(la, data)[0].why


def test_a_receipt_that_is_gone_is_told_and_undoes_nothing(la):
    (made,) = read_in(la, STOCK)
    row = Import.objects.get(key=made)
    path = files.path_of(row.files[-1]["sha256"])
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused, match="damaged"):
        importing.undo(row, log=la.log, by=la.by, once="u")
    assert Stock.objects.get(item="cot").quantity == 400


def test_a_receipt_holds_positions_and_what_stood_before(la):
    la.say("aid.stock/1", item="cot", unit="piece", quantity=50)
    (made,) = read_in(la, STOCK)
    receipt = files.path_of(Import.objects.get(key=made).files[-1]["sha256"])
    lines = json.loads(receipt.read_bytes())["rows"]
    (cot,) = [one for one in lines if one["key"] == "cot"]
    (said,) = cot["said"]
    assert said["position"].startswith(f"{la.log}@")
    assert said["before"]["says"]["quantity"] == 50


@settings(max_examples=100)
@given(st.integers(0, MOST), st.sampled_from(["{}", "{:,}", " {} ", "{}.0", "0{}"]))
def test_a_number_is_read_as_it_was_meant(number, shape):
    assert cells.whole(shape.format(number), "quantity") == number


@settings(max_examples=150)
@given(st.text(max_size=30) | st.from_regex(r"-?[0-9.,eE+ ]{1,30}"))
def test_whatever_stands_in_a_cell_is_a_number_or_a_sentence(text):
    try:
        read: int | str = cells.whole(text, "quantity")
    except Refused as refusal:
        read = refusal.sentence
    assert read if isinstance(read, str) else 0 <= read <= MOST
