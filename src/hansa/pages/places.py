"""Where a row is shown. Parts register their pages; history, search and notices ask here."""

from collections.abc import Callable
from typing import Any

from hansa.kernel.models import Row

Url = Callable[[Any], str | None]

_PLACES: dict[type[Row], Url] = {}


def register(model: type[Row], url: Url) -> None:
    """Show rows of `model` at the address that `url(row)` returns. Use `reverse` inside it: no URL is read now."""
    _PLACES[model] = url


def address(row: Row | None) -> str | None:
    """Return the address of a row's page, or None if no part shows it."""
    place = _PLACES.get(type(row)) if row is not None else None
    return place(row) if place is not None else None
