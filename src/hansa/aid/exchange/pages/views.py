"""Ways of looking at the needs board that an officer saved: kept on this node, for this office alone, no record."""

from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hansa.aid.exchange.models import SavedView
from hansa.kernel import clock
from hansa.pact.pages.seeing import seat
from hansa.pages.access import seated

MOST = 30
"""Views of one office."""

KEPT = {"q", "sort", "state", "call", "form", "group", "urgency", "due", "member", "place"}
"""What of the board's address makes a view. Its page and format do not."""


def kept(query: str) -> str:
    """Return the part of a query that makes a view, in one order, so that the same view is the same text."""
    given = {name: value for name, value in parse_qsl(query) if name in KEPT and value}
    return urlencode(sorted(given.items()))[: SavedView._meta.get_field("query").max_length]


@seated
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Save the present view under a name; the same name again replaces it."""
    chair, name = seat(request), request.POST.get("name", "").strip()[:80]
    query = kept(request.POST.get("query", ""))
    mine = SavedView.objects.filter(officer=chair.by)
    if not name:
        messages.error(request, _("Give the view a name."))
    elif mine.exclude(name=name).count() >= MOST:
        messages.error(request, _("You have too many saved views. Remove one first."))
    else:
        SavedView.objects.update_or_create(
            officer=chair.by, name=name, defaults={"query": query, "created": clock.now()}
        )
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
    return _back(query)


@seated
@require_POST
def view_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Remove one of the office's views."""
    SavedView.objects.filter(pk=number, officer=seat(request).by).delete()
    return _back("")


def _back(query: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('needs')}?{query}" if query else reverse("needs"))
