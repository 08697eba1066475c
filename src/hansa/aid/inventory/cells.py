"""What the cells of a spreadsheet mean: numbers, units, items and days, each refused in a sentence that says what to do."""

import re
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.catalogue import Item
from hansa.aid.inventory.words import is_day
from hansa.aid.words import MOST, Unit
from hansa.kernel.errors import Refused
from hansa.kernel.fields import in_zone

_WHOLE = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:[, ][0-9]{3})+)(?:\.0{1,2})?")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})


def whole(text: str, column: str, most: int = MOST) -> int:
    """Return a number that is whole, not negative and at most `most`."""
    plain = text.translate(_SPACES).strip()
    said = {"text": text[:40], "column": column, "most": f"{most:,}"}
    if not _WHOLE.fullmatch(plain) or not plain.isascii():
        if re.match(r"-?[0-9][0-9., ]*\s*[^\W\d_]{2,}", plain):
            sentence = _("“%(text)s” in %(column)s: write the number alone. The unit has its own column.")  # fmt: skip
        else:
            sentence = _("“%(text)s” in %(column)s is no whole number. Write it in digits, such as 1000.")  # fmt: skip
        raise Refused(sentence % said, field=column)
    if plain.startswith("-") and plain.strip("-0., "):
        raise Refused(_("%(column)s is negative (%(text)s). Write 0 if there is none.") % said, field=column)  # fmt: skip
    digits = plain.lstrip("-").partition(".")[0].replace(",", "").replace(" ", "").lstrip("0")
    if len(digits) > len(str(most)) or int(digits or "0") > most:
        raise Refused(
            _("%(column)s is more than %(most)s, the most that one row may say. Is the unit right?") % said,
            field=column,
        )  # fmt: skip
    return int(digits or "0")


def item_of(text: str) -> Item:
    """Return the resource type with this code, or with exactly this name; Refused also where it names a weapon."""
    catalogue.refuse_weapons(text, field="item")
    known = catalogue.items()
    wanted = text.strip()
    if wanted in known:
        return known[wanted]
    folded = wanted.casefold()
    found = [
        item
        for item in known.values()
        if folded in (item.code, item.name.casefold(), item.name_es.casefold())
    ]
    if len(found) == 1:
        return found[0]
    raise Refused(
        _("The catalogue has no resource type “%(text)s”. Write its code, or add it first.")
        % {"text": wanted[:60]},
        field="item",
    )


def unit_of(text: str, item: Item) -> Unit:
    """Return the item's unit; Refused where the row counts it in another one. Nothing said is its own unit."""
    own = Unit(item.unit)
    said = text.strip().casefold()
    meant = [
        unit
        for unit in Unit
        if said in {unit.value, str(unit.label).casefold(), catalogue.counted(unit, 1).casefold()}
    ]
    if not said or own in meant:
        return own
    words = {"item": item, "unit": own.label, "text": text.strip()[:30], "pack": item.pack}
    if item.pack > 1 and Unit.BOX in meant:
        raise Refused(
            _("%(item)s is counted in %(unit)s, not in “%(text)s”. A package usually holds %(pack)s: write the number of %(unit)s.") % words,
            field="unit",
        )  # fmt: skip
    raise Refused(_("%(item)s is counted in %(unit)s, not in “%(text)s”.") % words, field="unit")


def day(text: str, column: str) -> str:
    """Return a day as YYYY-MM-DD, or nothing."""
    plain = text.strip()
    if plain and not is_day(plain):
        raise Refused(
            _("“%(text)s” in %(column)s is no day. Write year, month, day: 2027-06-30.")
            % {"text": text[:40], "column": column},
            field=column,
        )
    return plain


def moment(text: str, column: str) -> datetime | None:
    """Return a moment; a day alone is its first minute, and what names no zone is in the reader's."""
    plain = text.strip()
    if not plain:
        return None
    try:
        read = parse_datetime(f"{plain}T00:00" if is_day(plain) else plain.replace(" ", "T", 1))
    except ValueError:
        read = None
    if read is None:
        raise Refused(
            _("“%(text)s” in %(column)s is no time. Write 2027-06-30, or 2027-06-30T18:00-05:00.")
            % {"text": text[:40], "column": column},
            field=column,
        )
    return in_zone(read, column) if read.tzinfo is None else read


def short(text: str, column: str, most: int) -> str:
    """Return a text of at most `most` characters."""
    plain = text.replace("\r\n", "\n").strip()
    if len(plain) > most:
        raise Refused(
            _("%(column)s has %(now)s characters, and may have %(most)s.")
            % {"column": column, "now": f"{len(plain):,}", "most": most},
            field=column,
        )
    return plain


def needed(text: str, column: str) -> str:
    """Return a text that is there."""
    if not text.strip():
        raise Refused(_("%(column)s is empty.") % {"column": column}, field=column)
    return text
