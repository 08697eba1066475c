"""Spreadsheets as bytes: nothing is lost on the way out and in, nothing runs, nothing grows without bound."""

import io
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from hansa.aid.inventory import sheets
from hansa.kernel.errors import Refused

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
TABLE = st.lists(st.lists(TEXT, min_size=3, max_size=3).filter(any), min_size=1, max_size=5)


def only(sheet):
    return [row.cells[:3] for row in sheet.rows], [row.fault for row in sheet.rows]


@settings(max_examples=100)
@given(TABLE)
@example([["=1+1", "'=1+1", "''x"], ["-5", "+5", "@a"], ["\tx", "'", "'a"]])
def test_csv_comes_back_as_it_went(rows):
    (back,) = sheets.read("t.csv", sheets.write_csv(["a", "b", "c"], rows))
    assert back.headings == ["a", "b", "c"]
    assert only(back) == (rows, [""] * len(rows))


@settings(max_examples=25)
@given(TABLE)
@example([["=1+1", "_x000D_", "_x005F_x000D_"], ["\r", "\ufffe", "a\nb"], ["#N/A", "TRUE", " x "]])
def test_xlsx_comes_back_as_it_went(rows):
    (back,) = sheets.read("t.xlsx", sheets.write_xlsx([("t", ["a", "b", "c"], rows)]))
    assert only(back) == (rows, [""] * len(rows))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1"])
def test_no_cell_that_goes_out_is_a_formula(text):
    line = sheets.write_csv(["a"], [[text]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")
    book = load_workbook(io.BytesIO(sheets.write_xlsx([("t", ["a"], [[text]])])))
    assert book["t"]["A2"].data_type == "s"


def workbook(*rows):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_formula_that_comes_in_refuses_its_row_and_no_other():
    (sheet,) = sheets.read("t.xlsx", workbook(["item", "quantity"], ["cot", "=2+3"], ["tent", 5]))
    assert "formula" in sheet.rows[0].fault
    assert (sheet.rows[1].cells[:2], sheet.rows[1].fault) == (["tent", "5"], "")
    (sheet,) = sheets.read("t.csv", b"item,quantity\r\ncot,=2+3\r\ntent,5\r\n")
    assert "formula" in sheet.rows[0].fault
    assert sheet.rows[1].fault == ""


def test_numbers_days_and_marks_of_a_spreadsheet_are_read_as_people_see_them():
    from datetime import date, datetime

    at = datetime(2027, 6, 30, 18, 0)  # noqa: DTZ001 - a spreadsheet knows no zone
    row = ["cot", 40.0, 40.5, date(2027, 6, 30), at, True]
    (sheet,) = sheets.read("t.xlsx", workbook(list("abcdef"), row))
    assert sheet.rows[0].cells[:6] == [
        "cot",
        "40",
        "40.5",
        "2027-06-30",
        "2027-06-30T18:00:00",
        "yes",
    ]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_of_any_office_program_is_read(mark):
    text = mark.join(["item", "quantity"]) + "\r\n" + mark.join(["cot", "5"])
    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        (sheet,) = sheets.read("t.csv", data)
        assert sheet.rows[0].cells == ["cot", "5"]


def refused(data, words):
    with pytest.raises(Refused, match=words):
        sheets.read("t", data)


def test_what_cannot_be_read_is_refused_in_a_sentence():
    refused(b"", "empty")
    refused(b" \r\n ", "empty")
    refused(b"a,b\r\n\xff\xfe\xfa,1", "UTF-8")
    refused(b"\xd0\xcf\x11\xe0" + b"x" * 100, "old or a locked workbook")
    refused(b"PK\x03\x04 nothing", "no workbook")
    refused(b"x" * (sheets.LARGEST + 1), "larger than 5 MB")
    refused(b"a\r\n" + b"1\r\n" * (sheets.MOST_ROWS + 1), "at most 5,000 rows")
    refused(workbook(["a"])[:-40], "no workbook")


def package(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def remade(data, change):
    """The workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:  # fmt: skip
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def test_a_workbook_that_unfolds_without_bound_is_not_unfolded():
    refused(package(bomb=b"0" * (sheets.LARGEST_UNFOLDED + 1)), "unfolds to more than 50 MB")
    refused(package(**{f"p{i}": b"" for i in range(sheets.MOST_PARTS + 1)}), "unfolds")


def test_a_workbook_that_declares_entities_is_not_read():
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    sheet = "xl/worksheets/sheet1.xml"
    made = remade(workbook(["a"]), lambda name, data: doctype if name == sheet else data)
    refused(made, "declares what no workbook needs")
    wide = remade(workbook(["a"]), lambda name, data: doctype.decode().encode("utf-16") if name == sheet else data)  # fmt: skip
    refused(wide, "declares what no workbook needs")


def test_a_row_far_below_does_not_make_the_reader_count_to_it():
    far = remade(
        workbook(["a"], ["b"]),
        lambda name, data: (
            data.replace(b'r="2"', b'r="999999999"').replace(b'r="A2"', b'r="A999999999"')
            if name.endswith("sheet1.xml")
            else data
        ),
    )
    refused(far, "at most 5,000 rows")


def test_a_cell_far_to_the_right_is_left_out():
    wide = remade(
        workbook(["a"], ["b"]),
        lambda name, data: (
            data.replace(b'r="A2"', b'r="XFD2"') if name.endswith("sheet1.xml") else data
        ),
    )
    (sheet,) = sheets.read("t.xlsx", wide)
    assert len(sheet.headings) <= sheets.MOST_COLUMNS


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(0, 5_000))
def test_no_bytes_whatever_do_more_than_be_refused(noise, at):
    good = sheets.write_xlsx([("t", ["a"], [["b"]])])
    broken = good[: at % len(good)] + noise + good[at % len(good) :]
    for data in (noise, b"PK\x03\x04" + noise, broken):
        try:
            said = str(sheets.read("t", data))
        except Refused as refusal:
            said = refusal.sentence
        assert said


def test_a_sheet_that_says_it_is_smaller_loses_no_row():
    small = remade(
        workbook(["a"], ["b"], ["c"]),
        lambda name, data: (
            data.replace(b"<sheetData>", b'<dimension ref="A1:A2"/><sheetData>')
            if name.endswith("sheet1.xml")
            else data
        ),
    )
    (sheet,) = sheets.read("t.xlsx", small)
    assert [row.cells[0] for row in sheet.rows] == ["b", "c"]
