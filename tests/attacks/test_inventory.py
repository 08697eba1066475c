"""Spreadsheets, lots, limits and packages of anyone's making."""

import csv
import io
import tracemalloc
import zipfile

import pytest

from hansa.aid import catalogue
from hansa.aid.inventory import importing, rules, sheets
from hansa.aid.inventory.models import Limit, Lot, Package, Rostered
from hansa.aid.models import Stock
from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.kernel.models import Fate
from tests.builders import found
from tests.foreign import ForeignLog

CLINIC = {
    "code": "clinic",
    "title": "Clinic",
    "mission": "Care.",
    "resources": [{"item": "nurse", "quantity": 4}],
}
LAW = {"what": "Nurses.", "article": "City Charter", "remedy": "A waiver."}


def void(code: str) -> tuple[str, str]:
    return (Fate.VOID, code)


def rows_of(text: str) -> list[importing.Line]:
    (town, *_rest) = found(2)
    return importing.preview(town.log, town.by, "t.csv", text.encode())[0].lines


@pytest.mark.parametrize(
    "name",
    [
        "rifle",
        "Rifles",
        "ri\u00adfle",
        "ＲＩＦＬＥ",
        "tear gas",
        "zip-tie restraint",
        "esposas",
        "pepper balls",
        "flash-bang",
    ],
)
def test_weapon_in_a_spreadsheet(home, name):
    (line,) = rows_of(f"item,quantity\r\n{name},5\r\n")
    assert line.outcome == "refused"
    assert "Weapons are no resource type" in line.why


def test_weapon_as_a_lot_a_position_a_limit_or_in_a_package(log):
    lot = {"item": "ammunition", "lot": "7", "unit": "box", "quantity": 3}
    hidden = {"item": "cot", "lot": "5.56 ammo", "unit": "piece", "quantity": 3}
    person = {"reference": "A1", "position": "rifle"}
    said = [
        log.write("aid.lot/1", lot, audience="own"),
        log.write("aid.lot/1", hidden, audience="own"),
        log.write("aid.roster/1", person, audience="own"),
        log.write("aid.limit/1", {**LAW, "items": "rifle"}),
        log.write("aid.package/1", {**CLINIC, "resources": [{"item": "rifle", "quantity": 1}]}),
        log.write("aid.package/1", {**CLINIC, "title": "Pepper spray team"}),
        log.write("aid.package/1", {**CLINIC, "mission": "Crowd control with rubber bullets"}),
        log.write(
            "aid.package/1",
            {**CLINIC, "costs": [{"line": "commodities", "what": "Tear gas", "dollars": 5}]},
        ),
        log.write(
            "aid.type/1",
            {
                "code": "tool",
                "name": "Tool",
                "form": "material",
                "unit": "piece",
                "serves": "rifle",
            },
        ),
    ]
    log.send()
    assert [log.fate(one) for one in said] == [void("weapon")] * len(said)
    for model in (Lot, Rostered, Limit, Package):
        assert not model.objects.exists()


def test_formula_in_a_spreadsheet_that_comes_in(home):
    text = 'item,quantity\r\n"=HYPERLINK(""http://x"",""cot"")",5\r\n"@SUM(1)",5\r\ncot,"=5"\r\ntent,5\r\n'
    lines = rows_of(text)
    assert [line.outcome for line in lines] == ["refused"] * 3 + ["accepted"]
    assert all("formula" in line.why for line in lines[:3])


def test_formula_in_a_spreadsheet_that_goes_out(home):
    (town, *_rest) = found(2)
    why = '=HYPERLINK("http://x","y")'
    town.say("aid.reserve/1", item="cot", unit="piece", quantity=5, why=why)
    headings, rows = importing.export(town.log, "stock")
    out = sheets.write_csv(headings, rows).decode("utf-8-sig")
    (_heading, row) = csv.reader(io.StringIO(out, newline=""))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    assert f"'{why}" in row


MANY = 32 * 1024 * 1024


def bomb(packed: int) -> bytes:
    """Return a package whose one part unfolds to MANY bytes, and whose headers state 1,000."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as made:
        made.writestr("xl/workbook.xml", bytes(MANY))
    data = bytearray(out.getvalue())
    entry = data.index(b"PK\1\2")
    data[22:26] = data[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_workbook_made_to_exhaust_whoever_reads_it(packed):
    data = bomb(packed)
    tracemalloc.start()
    with pytest.raises(Refused, match="no workbook that can be read"):
        sheets.read("stock.xlsx", data)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MANY // 8


@pytest.mark.parametrize(
    "quantity", ["-1", "1e400", "9" * 4_000, "0x10", "NaN", "inf", "१२", "1,00,000", "1.000"]
)
def test_quantity_that_is_none(home, quantity):
    (line,) = rows_of(f'item,quantity\r\ncot,"{quantity}"\r\n')
    assert line.outcome == "refused"
    assert line.why


def test_stand_in_for_protection_on_a_member_s_own_word(log):
    said = {"code": "paper-mask", "name": "Paper masks", "form": "material", "unit": "piece"}
    log.write("aid.type/1", {**said, "serves": "p100-respirator, n95-respirator, blanket"})
    log.send()
    live.wake()
    assert catalogue.serves("paper-mask", "blanket")
    assert not catalogue.serves("paper-mask", "n95-respirator")
    assert not catalogue.serves("paper-mask", "p100-respirator")


def test_types_that_stand_in_for_each_other_in_a_circle(log):
    a = {"code": "a", "name": "A", "form": "material", "unit": "piece", "serves": "b"}
    log.write("aid.type/1", a)
    log.write("aid.type/1", {**a, "code": "b", "name": "B", "serves": "a, a, b"})
    log.send()
    live.wake()
    assert catalogue.serves("a", "b")
    assert catalogue.items()["a"].serves == ("b",)


def test_limit_lifted_by_another_member(log):
    limit = log.write("aid.limit/1", LAW)
    log.send()
    other = ForeignLog("nowhere")
    other.send()
    lifted = other.write("aid.limit-end/1", {"limit": limit, "why": "So."}, cites=(limit,))
    other.send()
    assert other.fate(lifted)[0] == Fate.VOID
    assert [one.key for one in rules.limits_of("elsewhere")] == [limit]


def test_package_of_another_member_replaced(log):
    first = log.write("aid.package/1", CLINIC)
    log.send()
    other = ForeignLog("nowhere")
    other.send()
    made = other.write("aid.package/1", {**CLINIC, "replaces": first}, cites=(first,))
    other.send()
    assert other.fate(made) == void("gone")
    assert Package.objects.get(key=first).current


def test_old_revision_replaced_or_proven_again(log):
    first = log.write("aid.package/1", CLINIC)
    second = log.write("aid.package/1", {**CLINIC, "replaces": first}, cites=(first,))
    fork = log.write("aid.package/1", {**CLINIC, "replaces": first}, cites=(first,))
    proof = {"package": first, "day": "2025-01-01", "how": "So."}
    proven = log.write("aid.package-proof/1", proof, cites=(first,))
    log.send()
    assert log.fate(second)[0] == Fate.DONE
    assert log.fate(fork) == log.fate(proven) == void("not-latest")


@pytest.mark.parametrize("day", ["2025-02-30", "9999-99-99", "2025-6-9", "today", "٢٠٢٥-٠١-٠١"])
def test_day_that_is_none(log, day):
    lot = {"item": "cot", "lot": "7", "unit": "piece", "quantity": 3, "expires": day}
    said = log.write("aid.lot/1", lot, audience="own")
    log.send()
    assert log.fate(said) == void("no-date")


def test_name_of_a_person_as_a_number_on_the_roster(log):
    said = log.write(
        "aid.roster/1", {"reference": "First Last", "position": "nurse"}, audience="own"
    )
    log.send()
    assert log.fate(said) == void("no-reference")
    assert not Rostered.objects.exists()


def test_lot_or_roster_for_the_whole_pact(log):
    lot = {"item": "cot", "lot": "7", "unit": "piece", "quantity": 3}
    said = [
        log.write("aid.lot/1", lot),
        log.write("aid.roster/1", {"reference": "A1", "position": "nurse"}),
        log.write(
            "aid.import/1",
            {"table": "stock", "name": "s", "accepted": 1, "unchanged": 0, "refused": 0},
        ),
    ]
    log.send()
    assert {log.fate(one) for one in said} == {void("audience")}


def test_import_undone_twice(log):
    plain = {"table": "stock", "name": "s.csv", "accepted": 1, "unchanged": 0, "refused": 0}
    made = log.write("aid.import/1", plain, audience="own")
    first = log.write("aid.import/1", {**plain, "undoes": made}, cites=(made,), audience="own")
    again = log.write("aid.import/1", {**plain, "undoes": made}, cites=(made,), audience="own")
    log.send()
    assert log.fate(first)[0] == Fate.DONE
    assert log.fate(again) == void("undone-before")
    assert not Stock.objects.exists()
