"""Panels: how a part above adds to a page of a part below, without the one below knowing it.

`register("call", 20, panel)`: on the page named `call`, `panel(request, row)` returns the template to show
and its context, or None where it has nothing to say. Panels stand in their order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Made = tuple[str, Mapping[str, Any]] | None
Make = Callable[[HttpRequest, Any], Made]

_PANELS: dict[str, list[tuple[int, Make]]] = {}


@dataclass(frozen=True, slots=True)
class Panel:
    """One part's piece of a page."""

    template: str
    context: Mapping[str, Any]


def register(page: str, order: int, make: Make) -> None:
    """Add a panel to a page; the same one is added once."""
    here = _PANELS.setdefault(page, [])
    if all(known is not make for _order, known in here):
        here.append((order, make))
        here.sort(key=lambda entry: entry[0])


def panels(page: str, request: HttpRequest, row: Any = None) -> list[Panel]:
    """Return the panels of a page that have something to say about `row`, in order."""
    made = (make(request, row) for _order, make in _PANELS.get(page, []))
    return [Panel(*one) for one in made if one is not None]
