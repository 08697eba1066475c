"""What a member holds and keeps back, for its own officers' eyes; and the types that things are counted by."""

from django.utils.translation import gettext as _

from hansa.aid import catalogue, custody
from hansa.aid.models import ResourceType, Stock
from hansa.aid.words import MOST, Unit
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

    def judge(self, row: ResourceType | None, saying: Saying) -> str | None:
        """Weapons are no resource type."""
        if catalogue.is_weapon(self.code, self.name, self.name_es):
            return "weapon"
        return None if catalogue.CODE.match(self.code) else "bad-code"

    def check(self, row: ResourceType | None, saying: Saying) -> None:
        """A code is taken once, and a weapon never."""
        catalogue.refuse_weapons(self.code, self.name, self.name_es, field="name")
        if not catalogue.CODE.match(self.code):
            raise Refused(
                _("Use lower-case letters, digits and hyphens, such as ice-pack."),
                field="code",
                code="bad-code",
            )
        if self.code in catalogue.items():
            raise Refused(_("There is a resource type with this code already."), field="code")

    def apply(self, row: ResourceType, saying: Saying) -> None:
        """Open the type."""
        row.code, row.name, row.name_es = self.code, self.name, self.name_es
        row.form, row.unit = self.form.value, self.unit.value


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

    def in_words(self) -> dict[str, object]:
        """Call the item by its name."""
        return catalogue.words(self.item, self.unit, self.quantity)

    def judge(self, row: Stock | None, saying: Saying) -> str | None:
        """Weapons are kept nowhere here, and an item is counted in one unit only."""
        if catalogue.is_weapon(self.item):
            return "weapon"
        return custody.wrong_unit(saying, self.item, self.unit)

    def check(self, row: Stock | None, saying: Saying) -> None:
        """Reserve what the catalogue knows."""
        catalogue.refuse_weapons(self.item, field="item")
        catalogue.require_match(self.item, self.unit)

    def suffix(self) -> str:
        """The same row as the count."""
        return f"stock/{self.item}"

    def apply(self, row: Stock, saying: Saying) -> None:
        """Set the floor, which no pledge may go below."""
        row.item, row.unit, row.audience = self.item, self.unit.value, OWN
        row.reserve, row.reserve_why = self.quantity, self.why
