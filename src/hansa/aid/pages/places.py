"""What a place in the custody books is called, and where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid import custody
from hansa.kernel.ref import home_of, is_position


def names_of(request: HttpRequest) -> Mapping[str, str]:
    """Return what the keeper of each log is called; read once for a page."""
    names: Mapping[str, str] = getattr(request, "member_names", {})
    return names


_BREAKS = ",;:–—-"
"""What sets a member's name apart from the rest of a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words, the log of whoever owns what is there, and the address of its page."""

    words: str
    owner: str
    url: str


def beside(place: str, member: str) -> str:
    """Return a place as it stands beside its member's name: without that name, where it begins with it.

    “Los Angeles, City Hall” beside Los Angeles is “City Hall”; “Los Angeles River yard” stays what it is.
    """
    if not place.startswith(member):
        return place
    rest = place.removeprefix(member).lstrip()
    return place if rest and rest[0] not in _BREAKS else rest.lstrip(_BREAKS + " ")


def place_words(place: str, owner: str, names: Mapping[str, str], reader: str | None) -> Place:
    """Return a place of the books as an officer of `reader` sees it: of another's stock only what aid moved."""
    shipment = place.removesuffix("/transit")
    if place == custody.WORLD:
        return Place(_("Outside the pact"), owner, "")
    if place.endswith("/transit") and is_position(shipment):
        return Place(_("On the way"), owner, reverse("shipment", args=[shipment]))
    said = {"member": names.get(home_of(place), home_of(place))}
    if home_of(place) == reader:
        return Place(_("Our stock"), owner, reverse("stock"))
    return Place(_("Stock of %(member)s, moved by aid") % said, owner, "")
