"""What this part adds: saved views above the needs board, files for other systems on a call and on a need."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid.exchange.models import SavedView
from hansa.aid.exchange.pages.views import kept
from hansa.aid.models import Need
from hansa.pact.models import Call
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None


def on_board(request: HttpRequest, row: object) -> Made:
    """Show the officer's saved views, and let the present one be saved."""
    chair = chair_of(request)
    if chair is None:
        return None
    now = kept(request.GET.urlencode())
    views = list(SavedView.objects.filter(officer=chair.by).order_by("name"))
    return "exchange/views_panel.html", {"views": views, "view_now": now}


def on_call(request: HttpRequest, row: Call) -> Made:
    """Offer the call as an alert for other systems."""
    return "exchange/call_panel.html", {"call": row}


def on_need(request: HttpRequest, row: Need) -> Made:
    """Offer the need's exchange as messages for other systems."""
    return "exchange/need_panel.html", {"need": row}
