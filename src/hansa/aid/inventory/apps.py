"""The inventory as a Django app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Lots, rosters, standing limits, mission-ready packages, imports."""

    name = "hansa.aid.inventory"
    label = "inventory"

    def ready(self) -> None:
        """Register the kinds."""
        from hansa.aid import forbidden, shelf
        from hansa.aid.inventory import records, rules
        from hansa.kernel.codes import explain

        explain(
            no_date="a date in it is no day of the calendar",
            no_reference="its reference is no number, and might be a name",
            not_latest="a later revision had replaced it",
            lifted_before="it was lifted before",
            undone_before="it was undone before",
        )
        forbidden.register(rules.laws_on)
        shelf.register(rules.ends_of)
        self.kinds = records
