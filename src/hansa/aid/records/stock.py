"""What a member holds and keeps back, for its own officers' eyes; and the types that things are counted by."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue, custody
from hansa.aid.models import ResourceType, Stock
from hansa.aid.words import MOST, Sort, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.record import OWN, Record, ask
from hansa.pact.words import Form


class TypeAdded(Record, kind="aid.type/1", row=ResourceType, by="logistics"):
    """{author} adds the resource type {name}."""

    code: str = ask(
        "A short code", most=60, example="ice-pack", help="Lower-case letters, digits and hyphens."
    )
    name: str = ask("Its name in English", most=80, example="Ice packs")
    name_es: str = ask("Its name in Spanish", most=80, default="", example="Bolsas de hielo")
    form: Form = ask("Which form of aid is it?", example="material")
    unit: Unit = ask("What does a quantity count?", example="piece")
    sort: Sort = ask("What sort of thing is it?", default=Sort.SUPPLY, example="supply")
    nims_type: int = ask(
        "NIMS type", most=9, default=0, example=2, help="1 is the most capable. 0 if it has none."
    )
    rtlt: str = ask(
        "Its id in FEMA's Resource Typing Library Tool", most=20, default="", example="9-508-1155"
    )
    serves: str = ask(
        "What may it stand in for?",
        most=280,
        default="",
        example="blanket",
        help="Codes of other resource types, with commas. Protection, medicine, rescue and people are never replaced on a member's word alone.",
    )
    sizes: str = ask("Sizes", default="", example="small, medium", help="With commas.")
    pack: int = ask("How many are in one package?", most=100_000, default=0, example=24)
    weight_g: int = ask("Weight of one, packed, in grams", most=MOST, default=0, example=400)
    volume_cm3: int = ask(
        "Volume of one, packed, in cubic centimetres", most=1_000_000_000, default=0, example=900
    )
    shelf_days: int = ask(
        "How many days does it keep?", most=36_500, default=0, example=730, help="0: for ever."
    )

    def judge(self, row: ResourceType | None, saying: Saying) -> str | None:
        """Weapons are no resource type, and stand in for none."""
        if catalogue.is_weapon(self.code, self.name, self.name_es, self.serves, self.sizes):
            return "weapon"
        codes = [self.code, *catalogue.split(self.serves)]
        return None if all(map(catalogue.CODE.match, codes)) else "bad-code"

    def check(self, row: ResourceType | None, saying: Saying) -> None:
        """A code is taken once, and a weapon never; it stands in for what is counted as it is."""
        texts = (self.code, self.name, self.name_es, self.serves, self.sizes)
        catalogue.refuse_weapons(*texts, field="name")
        if not catalogue.CODE.match(self.code):
            raise Refused(
                _("Use lower-case letters, digits and hyphens, such as ice-pack."),
                field="code",
                code="bad-code",
            )
        if self.code in catalogue.items():
            raise Refused(_("There is a resource type with this code already."), field="code")
        for code in catalogue.split(self.serves):
            self._require_servable(code)

    def _require_servable(self, code: str) -> None:
        """Refuse to stand in for what is not known, is counted otherwise, or is not replaced on a member's word."""
        other = catalogue.items().get(code)
        if other is None:
            raise Refused(
                _("There is no resource type “%(code)s” for which this could stand in.")
                % {"code": code},
                field="serves",
            )
        if (other.form, other.unit) != (self.form.value, self.unit.value):
            raise Refused(
                _("%(item)s is of another form or counted otherwise, so this cannot stand in.")
                % {"item": other},
                field="serves",
            )
        if other.group in catalogue.REVIEWED:
            raise Refused(
                _("What protects, heals or rescues is not replaced on a member's word: %(item)s.")
                % {"item": other},
                field="serves",
            )

    def apply(self, row: ResourceType, saying: Saying) -> None:
        """Open the type."""
        row.code, row.name, row.name_es = self.code, self.name, self.name_es
        row.form, row.unit, row.sort = self.form.value, self.unit.value, self.sort.value
        row.nims_type, row.rtlt = self.nims_type, self.rtlt
        row.serves, row.sizes, row.pack = self.serves, self.sizes, self.pack
        row.weight_g, row.volume_cm3 = self.weight_g, self.volume_cm3
        row.shelf_days = self.shelf_days


class StockCounted(Record, kind="aid.stock/1", row=Stock, by="logistics", audience=OWN):
    """{author} counts its stock of {item}: {quantity} {unit}."""

    item: str = ask("What did you count?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask("How many are there?", least=0, most=MOST, example=80_000)

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Stock | None, saying: Saying) -> str | None:
        """Weapons are counted nowhere here, and an item in one unit only."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        return custody.wrong_unit(saying, self.item, self.unit)

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Count what the catalogue knows."""
        catalogue.refuse_weapons(self.item, field="item")
        catalogue.require_match(self.item, self.unit)

    def suffix(self) -> str:
        """One row for each item."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """The count is right; the difference came from, or went to, the world outside."""
        row.item, row.unit, row.audience = self.item, self.unit.value, OWN
        row.counted_at = saying.at
        custody.count(saying, row, self.quantity)


class ReserveSet(Record, kind="aid.reserve/1", row=Stock, by="logistics", audience=OWN):
    """{author} keeps {item} for itself: {quantity} {unit}. {why}"""

    item: str = ask("Of what?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    quantity: int = ask(
        "How many do you keep for yourselves?",
        least=0,
        most=MOST,
        example=20_000,
        help="0 lifts the reserve.",
    )
    why: str = ask("Why?", most=280, example="Wildfire season.")
    until: datetime | None = ask(
        "Until when?",
        default=None,
        example="2025-11-30T00:00-08:00",
        help="From then on it no longer binds. Leave it empty to keep it until you lift it.",
    )

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Stock | None, saying: Saying) -> str | None:
        """Weapons are kept nowhere here, and an item is counted in one unit only."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        return custody.wrong_unit(saying, self.item, self.unit)

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Reserve what the catalogue knows, until a moment still to come."""
        catalogue.refuse_weapons(self.item, field="item")
        catalogue.require_match(self.item, self.unit)
        if self.until is not None and self.until <= saying.at:
            raise Refused(_("This has passed already. Give a later time, or none."), field="until")

    def suffix(self) -> str:
        """The same row as the count."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """Set the floor, which no pledge may go below."""
        row.item, row.unit, row.audience = self.item, self.unit.value, OWN
        row.reserve, row.reserve_why, row.reserve_until = self.quantity, self.why, self.until


class CountTakenBack(Record, kind="aid.stock-end/1", row=Stock, by="logistics", audience=OWN):
    """{author} no longer counts its stock of {item}: {why}"""

    item: str = ask("Of what?", most=60, example="n95-respirator")
    unit: Unit = ask("Counted in", example="piece")
    why: str = ask("Why?", most=280, example="It was counted by mistake.")

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, 0)

    def judge(self, row: Stock | None, saying: Saying) -> str | None:
        """Weapons are counted nowhere here, and an item in one unit only."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        return custody.wrong_unit(saying, self.item, self.unit)

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Take back what was counted."""
        if row is None or row.counted_at is None:
            raise Refused(
                _("This is not counted, so there is no count to take back."), field="item"
            )

    def suffix(self) -> str:
        """The same row as the count."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """Nothing is said to be here any more; what was, went to the world outside."""
        row.item, row.unit, row.audience = self.item, self.unit.value, OWN
        row.counted_at = None
        custody.count(saying, row, 0)
