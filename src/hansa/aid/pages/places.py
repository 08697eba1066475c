"""What a place in the custody books is called, and where it is shown."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid import custody
from hansa.kernel.ref import home_of, is_position
from hansa.pact.models import Member


@dataclass(frozen=True, slots=True)
class Place:
    """A place in words, the log of whoever owns what is there, and the address of its page."""

    words: str
    owner: str
    url: str


def place_words(place: str, owner: str, names: dict[str, str] | None = None) -> Place:
    """Return a place of the books as people read it. `names` spares a query where there are many."""
    known = names if names is not None else dict(Member.objects.values_list("home", "name"))
    shipment = place.removesuffix("/transit")
    if place == custody.WORLD:
        return Place(_("Outside the pact"), owner, "")
    if place.endswith("/transit") and is_position(shipment):
        return Place(_("On the way"), owner, reverse("shipment", args=[shipment]))
    name = known.get(home_of(place), home_of(place))
    return Place(_("Stock of %(member)s") % {"member": name}, owner, "")
