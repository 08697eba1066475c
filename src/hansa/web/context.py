"""What the base template shows on every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from hansa.kernel.home import home
from hansa.pact.models import Pact
from hansa.pages.access import chair_of

Menu = Sequence[tuple[str, str | Promise, tuple[str, ...]]]

NAV: Menu = [
    ("home", _("Home"), ()),
    ("calls", _("Calls"), ("/call/", "/facts", "/fact/")),
    ("needs", _("Needs"), ("/need/", "/pledge/", "/shipment/")),
    ("duty-room", _("Duty room"), ("/plan/", "/lending")),
    ("members", _("Members"), ("/member/", "/members/", "/charter", "/map")),
    ("ledger", _("Ledger"), ()),
    ("history", _("History"), ("/record/",)),
    ("search", _("Search"), ()),
]
"""Name, label, and which other addresses belong to the same part of the menu."""

MORE: Menu = [
    ("facts", _("Public facts"), ()),
    ("map", _("Map"), ()),
    ("charter", _("Charter"), ()),
    ("catalogue", _("Resource types"), ()),
    ("packages", _("Mission-ready packages"), ("/inventory/package/",)),
    ("limits", _("Standing limits"), ("/inventory/limit/",)),
    ("custody", _("Custody"), ()),
    ("missions", _("Missions"), ("/mission/", "/offer/", "/agreement/", "/extension/")),
    ("people", _("People on missions"), ("/people/",)),
    ("costs", _("Costs"), ("/costs/",)),
    ("keys", _("Keys"), ("/keys/",)),
    ("erasures", _("Erasures"), ()),
    ("network", _("Nodes"), ("/nodes/",)),
]
"""What stands at the foot of every page."""

OWN: Menu = [
    ("stock", _("Our stock"), ()),
    ("inventory", _("Our inventory"), ("/inventory/",)),
    ("scan", _("Scan a label"), ("/scan/",)),
    ("proposal", _("Proposed to us"), ()),
    ("exchange", _("Other systems"), ("/exchange/",)),
    ("feeds", _("Feeds"), ("/feeds/",)),
    ("officers", _("Our officers"), ()),
    ("audiences", _("Our audiences"), ("/audience/",)),
    ("mentions", _("My mentions"), ()),
    ("my-keys", _("My approval keys"), ()),
    ("chairs", _("Change office"), ()),
]
NEEDS = {"scan": "logistics"}
"""Which capability an entry of an office's own menu needs; the others are for every office."""
ACCOUNT: Menu = [
    ("notices", _("My notices"), ()),
    ("api-tokens", _("API tokens"), ()),
    ("mfa_index", _("My sign-in"), ()),
]


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
            "languages": [
                (code, get_language_info(code)["name_local"].capitalize())
                for code, _name in settings.LANGUAGES
            ],
            "nav": _nav(request, NAV),
            "more": _nav(request, MORE),
            "own": SimpleLazyObject(lambda: _own(request)),
            "pact": SimpleLazyObject(_pact),
        }
    }


def _nav(request: HttpRequest, names: Menu) -> list[Item]:
    """Return a menu of what the pact's readers read; whoever may read nothing yet gets none."""
    if not settings.DEMO and chair_of(request) is None:
        return []
    return _items(request, names)


def _own(request: HttpRequest) -> list[Item]:
    chair = chair_of(request)
    own = [one for one in OWN if one[0] not in NEEDS or (chair and chair.may(NEEDS[one[0]]))]
    return _items(request, [*own, *(ACCOUNT if request.user.is_authenticated else [])])


def _items(request: HttpRequest, names: Menu) -> list[Item]:
    return [
        Item(label, url, request.path == url or request.path.startswith(also))
        for name, label, also in names
        for url in [reverse(name)]
    ]


def _pact() -> str:
    found = Pact.objects.order_by("at", "key").values_list("name", flat=True).first()
    return found or ""
