"""What the giver's own law forbids it to send, and which positions need a licence: read from the inventory."""

from hansa.aid import catalogue
from hansa.aid.inventory import rules


def limits_on(log: str, item: str, to: str) -> list[tuple[str, str]]:
    """Return (article, remedy) of each standing limit of a member on an item, toward the member of the log `to`."""
    return rules.laws_on(log, item, to)


def needs_licence(item: str) -> bool:
    """Tell whether the catalogue says that this position works under a licence or credential."""
    found = catalogue.items().get(item)
    return found is not None and bool({"licence", "credential"} & set(found.asks))
