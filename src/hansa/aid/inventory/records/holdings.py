"""Lots that expire, people on the roster, spreadsheets read in: for the member's own officers' eyes."""

import re

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Import, Lot, Rostered
from hansa.aid.inventory.words import Standing, TableName, is_day
from hansa.aid.words import MOST, Sort, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.fields import File
from hansa.kernel.record import OWN, Record, about, ask
from hansa.kernel.ref import Ref

_NUMBER = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
LONGEST_TABLE = 100_000
"""Rows of which one record may tell."""


def require_day(text: str, field: str) -> None:
    """Refuse what is neither empty nor a day."""
    if text and not is_day(text):
        raise Refused(_("Give a day, such as 2027-06-30."), field=field, code="no-date")


class LotCounted(Record, kind="aid.lot/1", row=Lot, by="logistics", audience=OWN):
    """{author} counts {item} of lot {lot}: {quantity} {unit}."""

    item: str = ask("Of what?", most=60, example="n95-respirator")
    lot: str = ask("Number of the lot, as it stands on the package", most=60, example="B22-0417")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask(
        "How many are there?", least=0, most=MOST, example=4_000, help="0 when it is used up."
    )
    expires: str = ask(
        "Last day on which it may be used",
        most=10,
        default="",
        example="2027-06-30",
        help="Year, month, day. Leave it empty if it keeps.",
    )
    place: str = ask("Where is it?", default="", example="Central warehouse, aisle 4")

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Lot | None, saying: Saying) -> str | None:
        """Weapons are counted nowhere here; an item has a code, and a day is one of the calendar."""
        if catalogue.is_weapon(self.item, self.lot):
            return "weapon"
        if not catalogue.CODE.match(self.item):
            return "bad-code"
        return "no-date" if self.expires and not is_day(self.expires) else None

    def check(self, row: Lot | None, saying: Saying) -> None:
        """Count what the catalogue knows."""
        catalogue.refuse_weapons(self.item, self.lot, field="item")
        catalogue.require_match(self.item, self.unit)
        require_day(self.expires, "expires")

    def suffix(self) -> str:
        """One row for each lot of an item."""
        return f"lot/{self.item}/{self.lot}"

    def apply(self, row: Lot, saying: Saying) -> None:
        """The latest count holds."""
        row.item, row.lot, row.unit, row.at = self.item, self.lot, self.unit.value, saying.at
        row.quantity, row.expires, row.place = self.quantity, self.expires, self.place


class RosterKept(Record, kind="aid.roster/1", row=Rostered, by="logistics", audience=OWN):
    """{author} keeps {reference} on its roster as {position}."""

    reference: str = ask(
        "Which number?",
        most=40,
        example="RN-0412",
        help="A number that only you can read, such as a personnel number. No names.",
    )
    position: str = ask("In which position?", most=60, example="registered-nurse-2")
    credential: str = ask("Which credential?", default="", example="NQS qualified, 2025")
    licence: str = ask("Which licence, and of which state?", default="", example="RN, Illinois")
    licence_until: str = ask(
        "Last day of the licence",
        most=10,
        default="",
        example="2027-05-31",
        help="Year, month, day.",
    )
    languages: str = ask("Languages", default="", example="English, Spanish", help="With commas.")
    standing: Standing = ask("Can they be sent?", default=Standing.AVAILABLE, example="available")

    def in_words(self) -> dict[str, object]:
        """Call the position by its name."""
        return {"position": catalogue.name_of(self.position)}

    def judge(self, row: Rostered | None, saying: Saying) -> str | None:
        """Nobody stands here by name."""
        if catalogue.is_weapon(self.position):
            return "weapon"
        if not _NUMBER.fullmatch(self.reference):
            return "no-reference"
        return "no-date" if self.licence_until and not is_day(self.licence_until) else None

    def check(self, row: Rostered | None, saying: Saying) -> None:
        """A number, and a position that the catalogue knows."""
        catalogue.refuse_weapons(self.position, field="position")
        if not _NUMBER.fullmatch(self.reference):
            raise Refused(
                _("Give a number, such as RN-0412: letters, digits, dots and hyphens. No names."),
                field="reference",
                code="no-reference",
            )
        item = catalogue.items().get(self.position)
        if item is None or (item.kind != Sort.POSITION and item.unit != Unit.PERSON):
            raise Refused(
                _("There is no position “%(code)s”. Choose one from the catalogue.")
                % {"code": self.position},
                field="position",
            )
        require_day(self.licence_until, "licence_until")

    def suffix(self) -> str:
        """One row for each number."""
        return f"roster/{self.reference}"

    def apply(self, row: Rostered, saying: Saying) -> None:
        """The latest word holds."""
        row.reference, row.position, row.at = self.reference, self.position, saying.at
        row.credential, row.licence = self.credential, self.licence
        row.licence_until, row.languages = self.licence_until, self.languages
        row.standing = self.standing.value


class SheetImported(Record, kind="aid.import/1", row=Import, by="logistics", audience=OWN):
    """{author} reads {name} in: {accepted} rows accepted, {unchanged} unchanged, {refused} refused."""

    table: TableName = ask("What did it hold?", example="stock", shown=False)
    name: str = ask("What was the file called?", most=200, example="stock.csv", shown=False)
    files: list[File] = ask("The file and its receipt", most=2, default=[], shown=False)
    accepted: int = ask("Rows accepted", most=LONGEST_TABLE, example=38, shown=False)
    unchanged: int = ask("Rows unchanged", most=LONGEST_TABLE, example=4, shown=False)
    refused: int = ask("Rows refused", most=LONGEST_TABLE, example=1, shown=False)
    undoes: Ref[Import] | None = about("Which import does it undo?", default=None, shown=False)

    def judge(self, row: Import | None, saying: Saying) -> str | None:
        """An import is undone once, by whom it belongs to."""
        if not self.undoes:
            return None
        other = saying.own(Import, self.undoes)
        if other is None:
            return "gone"
        return "undone-before" if other.undone_by else None

    def apply(self, row: Import, saying: Saying) -> None:
        """Open it, and mark what it undoes."""
        row.table, row.name = self.table.value, self.name
        row.files = [
            {"sha256": one.sha256, "name": one.name, "size": one.size, "type": one.type}
            for one in self.files
        ]
        row.accepted, row.unchanged, row.refused = self.accepted, self.unchanged, self.refused
        row.undoes = self.undoes or ""
        other = saying.own(Import, self.undoes) if self.undoes else None
        if other is not None:
            other.undone_by = saying.position
            saying.change(other)
