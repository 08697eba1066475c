"""What the giver's own law forbids it to send, and which positions need a licence: read from the inventory."""

from hansa.aid import catalogue


def limits_on(log: str, item: str) -> list[tuple[str, str]]:
    """Return (article, remedy) of each standing limit of a member on an item."""
    return []


def needs_licence(item: str) -> bool:
    """Tell whether the catalogue says that this position works under a licence or credential."""
    found = catalogue.items().get(item)
    return found is not None and bool({"credential", "licence"} & set(found.asks))
