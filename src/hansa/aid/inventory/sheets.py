"""Spreadsheets as bytes: CSV (RFC 4180) and XLSX (ECMA-376), written so that nothing runs and read within bounds.

Trust: none in what is read. A formula is never worked out and never passed on; a package that unfolds to more than its
bound is not unfolded; whatever the reader stumbles over is one sentence for the person.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused

LARGEST = 5 * 1024 * 1024
"""Bytes of a file."""
LARGEST_UNFOLDED = 50 * 1024 * 1024
"""Bytes of all that an XLSX package holds."""
MOST_PARTS = 200
MOST_ROWS = 5_000
"""Rows of a sheet, empty ones among them."""
MOST_COLUMNS = 40
LONGEST_CELL = 2_000
PIECE = 64 * 1024
"""Bytes that are unfolded at once."""

RUNS = ("=", "+", "-", "@", "\t", "\r")
"""First characters by which a spreadsheet takes a text for something to run."""

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold as it is, and an underscore that would be read as the beginning of an escape (ST_Xstring)."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet shows it, its cells as text, and what is wrong with it if anything is."""

    number: int
    cells: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a name: its headings, and the rows below them that are not empty."""

    name: str
    headings: list[str]
    rows: list[SheetRow]


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file in UTF-8, marked as such, in which no cell is taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([[_shield(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def _runs(text: str) -> bool:
    bare = text.lstrip("'")
    return bare.startswith(RUNS)


def _shield(text: str) -> str:
    """Put an apostrophe before what would run. `_unshield` takes exactly it away again."""
    return f"'{text}" if _runs(text) else text


def _unshield(text: str) -> str:
    return text[1:] if text.startswith("'") and _runs(text) else text


def write_xlsx(tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    """Return a workbook with a sheet for each (name, headings, rows). Every cell is text, so none is worked out."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    for name, headings, rows in tables:
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in [headings, *rows]:
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, _UNFIT.sub(_escape, value))
                cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _escape(found: re.Match[str]) -> str:
    return f"_x{ord(found.group()):04X}_"


def read(name: str, data: bytes) -> list[Sheet]:
    """Return the sheets of a file, told by its first bytes and not by its name; Refused if it cannot be read."""
    if len(data) > LARGEST:
        raise Refused(
            _("The file is larger than %(most)s MB. Split it.") % {"most": LARGEST // 1024**2},
            field="file",
            code="too-large",
        )
    if not data.strip():
        raise Refused(_("The file is empty."), field="file", code="empty")
    if data.startswith(b"PK"):
        return _read_xlsx(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            _(
                "This is an old or a locked workbook. Save it as XLSX without a password, or as CSV."
            ),
            field="file",
            code="unreadable",
        )
    return [_read_csv(name, data)]


def _read_csv(name: str, data: bytes) -> Sheet:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            _("This is no text in UTF-8. Save it as “CSV UTF-8”, or as XLSX."),
            field="file",
            code="unreadable",
        ) from error
    first = text.splitlines()[0] if text.splitlines() else ""
    mark = max(",;\t", key=first.count)
    try:
        lines = list(_numbered(csv.reader(io.StringIO(text, newline=""), delimiter=mark)))
    except csv.Error as error:
        raise Refused(
            _("This is no CSV that can be read: %(error)s.") % {"error": error},
            field="file",
            code="unreadable",
        ) from error
    return _sheet(name, [(number, [_csv_cell(one) for one in line]) for number, line in lines])


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(reader, start=1):
        _bound_rows(number)
        yield number, line


def _bound_rows(number: int) -> None:
    if number > MOST_ROWS + 1:
        raise Refused(
            _("A sheet may have at most %(most)s rows. Split it.") % {"most": f"{MOST_ROWS:,}"},
            field="file",
            code="too-large",
        )


def _csv_cell(text: str) -> str | Refused:
    if text.startswith(("=", "@")):
        return _formula(text)
    return _unshield(text)


def _formula(text: str) -> Refused:
    return Refused(
        _("A cell holds a formula (%(start)s). Put its result there as text.")
        % {"start": text[:20]},
        code="formula",
    )


def _read_xlsx(data: bytes) -> list[Sheet]:
    plain = _unfolded(data)
    from openpyxl import load_workbook

    try:
        book = load_workbook(plain, read_only=True, data_only=False, keep_links=False)
        sheets = [
            _sheet(sheet.title, list(_xlsx_rows(sheet)))
            for sheet in book.worksheets
            if hasattr(sheet, "iter_rows")
        ]
        book.close()
    except Refused:
        raise
    except Exception as error:  # whatever a made-up workbook makes the reader stumble over
        raise Refused(
            _("This is no workbook that can be read. Save it again as XLSX, or as CSV."),
            field="file",
            code="unreadable",
        ) from error
    return sheets


def _unfolded(data: bytes) -> io.BytesIO:
    """Return the package with its parts as they are, not packed; Refused if that is too much, or one declares entities.

    Who reads the result meets no part that unfolds to more than its directory says: zipfile unfolds all of a part before
    it looks at the size that it should have.
    """
    plain = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(plain, "w") as whole:
            parts = package.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or size > LARGEST_UNFOLDED:
                raise Refused(
                    _("The workbook unfolds to more than %(most)s MB. Split it, or save it as CSV.")
                    % {"most": LARGEST_UNFOLDED // 1024**2},
                    field="file",
                    code="too-large",
                )
            for part in parts:
                content = _part(package, part)
                if b"<!DOCTYPE" in content.replace(b"\0", b""):
                    raise Refused(
                        _("The workbook declares what no workbook needs, and is not read."),
                        field="file",
                        code="unreadable",
                    )
                whole.writestr(part.filename, content)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as error:
        raise Refused(
            _("This is no workbook that can be read. Save it again as XLSX, or as CSV."),
            field="file",
            code="unreadable",
        ) from error
    return plain


def _part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Return a part, unfolded piece by piece and never beyond the size that is stated of it."""
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("packed in a way in which no workbook is")
    with package.open(part) as file:
        return b"".join(iter(lambda: file.read(PIECE), b""))


def _xlsx_rows(sheet: Any) -> Iterator[tuple[int, list[str | Refused]]]:
    sheet.reset_dimensions()  # what a sheet says of its own size may be less than it holds
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        _bound_rows(number)
        yield number, [_xlsx_cell(cell) for cell in row]


def _xlsx_cell(cell: Any) -> str | Refused:  # noqa: PLR0911 - one way out for each sort of cell
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return _formula(str(value))
    if cell.data_type == "e":
        return Refused(
            _("A cell holds an error (%(error)s).") % {"error": str(value)[:20]}, code="formula"
        )
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value)
    if isinstance(value, datetime):
        plain = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if plain else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact
        return str(int(value))
    return str(value)


def _sheet(name: str, lines: list[tuple[int, list[Any]]]) -> Sheet:
    """Return the sheet: the first row that is not empty is its heading."""
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        return Sheet(name, [], [])
    headings = ["" if isinstance(one, Refused) else one for one in filled[0][1]]
    return Sheet(name, headings, [_row(number, cells) for number, cells in filled[1:]])


def _row(number: int, cells: list[Any]) -> SheetRow:
    faults = [one.sentence for one in cells if isinstance(one, Refused)]
    texts = ["" if isinstance(one, Refused) else one for one in cells]
    if not faults and any(len(one) > LONGEST_CELL for one in texts):
        faults = [_("A cell is longer than %(most)s characters.") % {"most": f"{LONGEST_CELL:,}"}]
    return SheetRow(number, texts, faults[0] if faults else "")
