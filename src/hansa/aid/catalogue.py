"""Resource types: a built-in list over the four forms, those that NIMS defines among them, and what members add.

Each data file names its source. What may stand in for what is a relation of the list: a better type serves for a
lesser one, never the other way round. Weapons are no resource type. The refusal stands in the kinds' `judge`, so a record that names one is void
on every node, whoever wrote it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hansa.aid.models import ResourceType
from hansa.aid.words import Sort, Unit
from hansa.kernel import live
from hansa.kernel.errors import Refused
from hansa.pact.words import Form

CODE = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z")

_LOOK_ALIKES = str.maketrans("аеіјορсѕυухԁɡοnһвкмт", "aeijopcsuyxdgonhbkmt")  # noqa: RUF001 - look-alikes are the point
"""Cyrillic, Greek and phonetic letters that a reader takes for Latin ones."""


FILES = ("catalogue", "catalogue-teams", "catalogue-equipment", "catalogue-positions")
"""The data files. Weapons stand in the first."""

DEPLOYED = frozenset({Sort.TEAM.value, Sort.POSITION.value})
MANNED = frozenset({Unit.PERSON.value, Unit.TEAM.value, Unit.VEHICLE.value})
"""Sorts of resource types, and units of any, with which people leave: those themselves, a driver, a crew."""

REVIEWED = frozenset({"protection", "medical", "people", "rescue"})
"""Groups in which a wrong substitute hurts somebody: what members add stands in for nothing of theirs."""


@dataclass(frozen=True, slots=True)
class Item:
    """A resource type: code, names, form of aid, unit, and the class it is listed under.

    kind        supply, equipment, team, position or work (`words.Sort`)
    type        the NIMS type, 1 the most capable; 0 where it has none, or any will do
    rtlt        the id of its definition in FEMA's Resource Typing Library Tool, or nothing
    serves      codes of all that it may stand in for, itself not among them
    pack        units in one package, 0 if it comes singly
    weight_kg, volume_m3  of one unit, packed; 0 where nobody said
    shelf_days  how long it keeps from its making, 0 for ever
    sizes       the sizes that it comes in
    asks        what a need or an offer of it must say: credential, licence, language
    """

    code: str
    name: str
    name_es: str
    form: str
    unit: str
    group: str
    kind: str = Sort.SUPPLY.value
    type: int = 0
    rtlt: str = ""
    serves: tuple[str, ...] = ()
    pack: int = 0
    weight_kg: float = 0.0
    volume_m3: float = 0.0
    shelf_days: int = 0
    sizes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the name in the reader's language."""
        spanish = bool(self.name_es) and (get_language() or "").startswith("es")
        return self.name_es if spanish else self.name


@cache
def _file(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("hansa.aid").joinpath(f"{name}.yaml").read_text("utf-8")
    return yaml.load(text, loader)  # noqa: S506 - both are safe loaders, one of them in C


@cache
def built_in() -> dict[str, Item]:
    """Return the built-in catalogue by code, each with all that it serves for."""
    listed: dict[str, Item] = {}
    for name in FILES:
        for one in _file(name)["items"]:
            listed.update(_typed(**one))
    return {code: replace(one, serves=_reach(one, listed)) for code, one in listed.items()}


def _typed(types: int = 0, **of: Any) -> Mapping[str, Item]:
    """Return an entry of a file and, if it has NIMS types, one for each: type 2 serves for type 3, and for any type."""
    made: dict[str, Any] = {name: tuple(of.pop(name, ())) for name in ("serves", "sizes", "asks")}
    base = Item(**of, **made)
    each = {base.code: base}
    for level in range(1, types + 1):
        code = f"{base.code}-{level}"
        lesser = [f"{base.code}-{level + 1}"] if level < types else []
        each[code] = replace(
            base,
            code=code,
            name=f"{base.name}, type {level}",
            name_es=f"{base.name_es}, tipo {level}",
            type=level,
            serves=(base.code, *lesser, *base.serves, *(f"{one}-{level}" for one in base.serves)),
        )
    return each


def _reach(item: Item, listed: Mapping[str, Item]) -> tuple[str, ...]:
    """Return the codes that can be reached from an item, as long as form and unit stay the same."""
    found: dict[str, None] = {}
    ahead = list(item.serves)
    while ahead:
        code = ahead.pop(0)
        there = listed.get(code)
        if there is None or code in found or code == item.code:
            continue
        if (there.form, there.unit) == (item.form, item.unit):
            found[code] = None
            ahead += there.serves
    return tuple(found)


def find(code: str) -> Item | None:
    """Return the resource type, or None. Asks the database only for what is not built in."""
    return built_in().get(code) or _added(live.rung()).get(code)


def deploys(code: str, unit: str, *, added: bool = False) -> bool:
    """Tell whether people leave with it, so that it leaves by a mission order and in no other way.

    The unit and the built-in list decide, the same on every node; with `added` also what members added, as far as this
    node has heard of it.
    """
    known = find(code) if added else built_in().get(code)
    return unit in MANNED or (known is not None and known.kind in DEPLOYED)


def serves(code: str, wanted: str) -> bool:
    """Tell whether an item of `code` may be sent where `wanted` is needed, without asking: the same, or a better one."""
    if code == wanted:
        return True
    known = find(code)
    return known is not None and wanted in known.serves


def substitutes(wanted: str) -> list[str]:
    """Return the codes of all that may be sent where `wanted` is needed, itself first."""
    return [wanted, *(code for code, item in items().items() if wanted in item.serves)]


@cache
def _weapon_words() -> re.Pattern[str]:
    words = "|".join(_file(FILES[0])["weapons"])
    return re.compile(rf"(?:^|[^a-zà-ÿ])(?:{words})(?:s|es)?(?:$|[^a-zà-ÿ])")


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


def items() -> Mapping[str, Item]:
    """Return every resource type by code: built in, then added by members."""
    return _all(live.rung())


@lru_cache(maxsize=1)
def _all(rung: int) -> Mapping[str, Item]:
    return {**_added(rung), **built_in()}


@lru_cache(maxsize=1)
def _added(_rung: int) -> dict[str, Item]:
    """Return what members added, the earliest of a code; read again whenever something was said."""
    known: dict[str, Item] = {}
    for row in ResourceType.objects.order_by("at", "key"):
        known.setdefault(row.code, _item_of(row))
    whole = {**known, **built_in()}
    return {code: replace(one, serves=_allowed(_reach(one, whole))) for code, one in known.items()}


def _item_of(row: ResourceType) -> Item:
    return Item(
        row.code,
        row.name,
        row.name_es,
        row.form,
        row.unit,
        "added",
        kind=row.sort,
        type=row.nims_type,
        rtlt=row.rtlt,
        serves=tuple(split(row.serves)),
        pack=row.pack,
        weight_kg=row.weight_g / 1_000,
        volume_m3=row.volume_cm3 / 1_000_000,
        shelf_days=row.shelf_days,
        sizes=tuple(split(row.sizes)),
    )


def _allowed(codes: Iterable[str]) -> tuple[str, ...]:
    """Leave out what must not be replaced on a member's word alone."""
    known = built_in()
    return tuple(one for one in codes if one not in known or known[one].group not in REVIEWED)


def split(listed: str) -> list[str]:
    """Return the parts of a text with commas between them."""
    return [one.strip() for one in listed.split(",") if one.strip()]


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
    known = find(code)
    return code if known is None else str(known)


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
