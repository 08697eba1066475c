"""Resource types: a short built-in list over the four forms, and those that members add by record.

Weapons are no resource type. The refusal stands in the kinds' `judge`, so a record that names one is void
on every node, whoever wrote it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hansa.aid.models import ResourceType
from hansa.aid.words import Unit
from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.pact.words import Form

CODE = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z")

_LOOK_ALIKES = str.maketrans("аеіјορсѕυухԁɡοnһвкмт", "aeijopcsuyxdgonhbkmt")  # noqa: RUF001 - look-alikes are the point
"""Cyrillic, Greek and phonetic letters that a reader takes for Latin ones."""


@dataclass(frozen=True, slots=True)
class Item:
    """A resource type: code, names, form of aid, unit, and the class it is listed under."""

    code: str
    name: str
    name_es: str
    form: str
    unit: str
    group: str

    def __str__(self) -> str:
        """Return the name in the reader's language."""
        return (
            self.name_es if self.name_es and (get_language() or "").startswith("es") else self.name
        )


@cache
def built_in() -> dict[str, Item]:
    """Return the built-in catalogue by code."""
    raw = yaml.safe_load(resources.files("hansa.aid").joinpath("catalogue.yaml").read_text("utf-8"))
    return {one["code"]: Item(**one) for one in raw["items"]}


@cache
def _weapon_words() -> re.Pattern[str]:
    raw = yaml.safe_load(resources.files("hansa.aid").joinpath("catalogue.yaml").read_text("utf-8"))
    return re.compile(rf"(?:^|[^a-zà-ÿ])(?:{'|'.join(raw['weapons'])})(?:s|es)?(?:$|[^a-zà-ÿ])")


def is_weapon(*texts: str) -> bool:
    """Tell whether any of the texts names a weapon, ammunition, restraint or crowd-control munition."""
    return any(map(_names_weapon, texts))


@lru_cache(maxsize=4096)
def _names_weapon(text: str) -> bool:
    return bool(_weapon_words().search(_plain(text)))


def _plain(text: str) -> str:
    """Return the letters that a reader sees: no invisible signs, no look-alikes from other alphabets."""
    seen = (
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf"
    )
    return "".join(seen).lower().translate(_LOOK_ALIKES).replace("-", " ").replace("_", " ")


def items() -> dict[str, Item]:
    """Return every resource type by code: built in, then added by members."""
    return {**_added(live.rung()), **built_in()}


@lru_cache(maxsize=1)
def _added(_rung: int) -> dict[str, Item]:
    """Return what members added, the earliest of a code; read again whenever something was said."""
    known: dict[str, Item] = {}
    for row in ResourceType.objects.order_by("at", "key"):
        known.setdefault(
            row.code, Item(row.code, row.name, row.name_es, row.form, row.unit, "added")
        )
    return known


def codes(form: str) -> list[str]:
    """Return the codes of one form of aid."""
    return [code for code, item in items().items() if item.form == form]


def named(words: str) -> list[str]:
    """Return the codes of the resource types whose code or name, in any language, has these words."""
    wanted = words.casefold()
    return [
        code
        for code, item in items().items()
        if any(wanted in text.casefold() for text in (code, item.name, item.name_es))
    ]


def refuse_weapons(*texts: str, field: str) -> None:
    """Refuse what names a weapon."""
    if is_weapon(*texts):
        raise Refused(
            _("Weapons are no resource type. The pact's aid is non-violent."),
            field=field,
            code="weapon",
        )


def require_item(code: str) -> Item:
    """Return the resource type; Refused names what to do if there is none."""
    known = items()
    if code not in known:
        raise Refused(
            _(
                "There is no resource type “%(code)s”. Choose one from the catalogue, or add it first."
            )
            % {"code": code},
            field="item",
        )
    return known[code]


def require_match(code: str, unit: Unit, form: Form | None = None) -> Item:
    """Return the resource type if it is counted in `unit` and belongs to `form`; Refused says how it is counted."""
    item = require_item(code)
    if item.unit != unit.value or (form is not None and item.form != form.value):
        said = {"item": item, "unit": Unit(item.unit).label, "form": Form(item.form).label}
        raise Refused(
            _("%(item)s is counted in %(unit)s and belongs to %(form)s.") % said, field="unit"
        )
    return item


def name_of(code: str) -> str:
    """Return the name of a resource type in the reader's language, or its code if it is not known here."""
    known = built_in().get(code) or _added(live.rung()).get(code)
    return str(known) if known else code


def amount(quantity: int, unit: str, item: str) -> str:
    """Return “N95 respirators, 40,000 pieces” in the reader's language."""
    said = {
        "count": number_format(quantity, force_grouping=True),
        "unit": counted(unit, quantity),
        "item": name_of(item),
    }
    return _("%(item)s, %(count)s %(unit)s") % said


def words(item: str, unit: Unit, quantity: int) -> dict[str, object]:
    """Return what a record's sentence says of its item and unit."""
    return {"item": name_of(item), "unit": counted(unit.value, quantity)}


def counted(unit: str, quantity: int) -> str:  # noqa: PLR0911 - one way out for each unit
    """Return the unit in the number that the quantity asks for."""
    match unit:
        case Unit.PIECE:
            return ngettext("piece", "pieces", quantity)
        case Unit.BOX:
            return ngettext("box", "boxes", quantity)
        case Unit.LITRE:
            return ngettext("litre", "litres", quantity)
        case Unit.PERSON:
            return ngettext("person", "people", quantity)
        case Unit.HOUR:
            return ngettext("hour", "hours", quantity)
        case Unit.TEAM:
            return ngettext("team", "teams", quantity)
        case Unit.VEHICLE:
            return ngettext("vehicle", "vehicles", quantity)
        case Unit.DOCUMENT:
            return ngettext("document", "documents", quantity)
        case Unit.REPORT:
            return ngettext("report", "reports", quantity)
    return unit
