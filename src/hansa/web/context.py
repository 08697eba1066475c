"""What the base template shows on every page."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from hansa.kernel.home import home
from hansa.pact.models import Pact

NAV: list[tuple[str, str | Promise]] = [
    ("home", _("Home")),
    ("calls", _("Calls")),
    ("needs", _("Needs")),
    ("members", _("Members")),
    ("ledger", _("Ledger")),
    ("history", _("History")),
    ("search", _("Search")),
]
OWN: list[tuple[str, str | Promise]] = [
    ("stock", _("Our stock")),
    ("officers", _("Our officers")),
    ("charter", _("Charter")),
    ("chairs", _("Change office")),
    ("notices", _("My notices")),
    ("mfa_index", _("My sign-in")),
]
ACCOUNT_ONLY = {"notices", "mfa_index"}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a menu."""

    label: str | Promise
    url: str
    current: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return `shell`: menus, languages, the pact's name, whether this is an exercise or the demo."""
    return {
        "shell": {
            "home": "/",
            "demo": settings.DEMO,
            "exercise": home().exercise,
            "languages": settings.LANGUAGES,
            "nav": _nav(request),
            "own": SimpleLazyObject(lambda: _own(request)),
            "pact": SimpleLazyObject(_pact),
        }
    }


def _nav(request: HttpRequest) -> list[Item]:
    """Return the main menu; whoever may read nothing yet gets none."""
    if not settings.DEMO and getattr(request, "chair", None) is None:
        return []
    return _items(request, NAV)


def _own(request: HttpRequest) -> list[Item]:
    known = request.user.is_authenticated
    return _items(
        request, [(name, label) for name, label in OWN if known or name not in ACCOUNT_ONLY]
    )


def _items(request: HttpRequest, names: list[tuple[str, str | Promise]]) -> list[Item]:
    items = []
    for name, label in names:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        items.append(
            Item(
                label,
                url,
                request.path == url or (url != "/" and request.path.startswith(f"{url}/")),
            )
        )
    return items


def _pact() -> str:
    found = Pact.objects.order_by("at", "key").values_list("name", flat=True).first()
    return found or ""
