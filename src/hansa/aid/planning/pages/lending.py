"""What members would lend, one's own first, and saying it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.models import Stock
from hansa.aid.pages.needs import counted_as, item_choices
from hansa.aid.pages.places import names_of
from hansa.aid.planning.models import Availability, Capacity
from hansa.aid.planning.offers import is_old, left_of
from hansa.aid.planning.records import AvailabilitySaid, CapacitySaid, last_use
from hansa.aid.shelf import shelf
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.pages.seeing import log_of, may, seat
from hansa.pact.words import Form
from hansa.pages.access import capable, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak


@signed_in
@require_safe
def lending(request: HttpRequest) -> HttpResponseBase:
    """Show what every member would lend, what is left of it, and how old its word is."""
    log, names = log_of(request), names_of(request)
    rows = list(readable(Availability, log).filter(quantity__gt=0).order_by("home", "item"))
    left = left_of(rows)
    rows.sort(key=lambda row: (row.home != log, names.get(row.home, row.home)))
    own = Capacity.objects.filter(home=log).first() if log else None
    counts = may(request, "logistics")
    return render_list(
        request,
        title=_("What members would lend"),
        rows=rows,
        columns=_columns(log, names, left, counts=counts),
        filters=[
            Filter(
                "member",
                _("Member"),
                sorted({(row.home, names.get(row.home, row.home)) for row in rows}),
                by="home",
            )
        ],
        search_fields=["item"],
        empty=_(
            "No member has said what it would lend. A plan can only be made of what members offer."
        ),
        template="planning/lending.html",
        context={"may_say": counts, "capacity": own},
    )


def _columns(
    log: str | None, names: Mapping[str, str], left: Mapping[str, int], *, counts: bool
) -> list[Column]:
    now = clock.now()
    return [
        Column(
            gettext_lazy("What"),
            lambda row: catalogue.name_of(row.item),
            link=lambda row: (
                f"{reverse('availability')}?item={row.item}" if counts and row.home == log else None
            ),
        ),
        Column(gettext_lazy("Member"), lambda row: names.get(row.home, row.home)),
        Column(gettext_lazy("Offered"), "quantity", number=True, sort="quantity"),
        Column(gettext_lazy("Left"), lambda row: left[row.key], number=True),
        Column(gettext_lazy("Kept besides"), lambda row: row.floor or "", number=True),
        Column(
            gettext_lazy("Counted in"),
            lambda row: catalogue.counted(row.unit, row.quantity),
        ),
        Column(gettext_lazy("From"), "place"),
        Column(gettext_lazy("Ready after (hours)"), "ready_hours", number=True),
        Column(gettext_lazy("Said"), "at", sort="at"),
        Column(
            gettext_lazy("Note"),
            lambda row: _("old: ask before you count on it") if is_old(row, now) else "",
        ),
    ]


@capable("logistics")
def availability(request: HttpRequest) -> HttpResponse:
    """Say how much of an item one's own member would lend."""
    log, item = seat(request).log, request.GET.get("item", "")
    row = Availability.objects.filter(home=log, item=item).first()
    stock = Stock.objects.filter(home=log, item=item).first()
    initial: dict[str, Any] = {"item": item} if item in catalogue.items() else {}
    held = shelf(stock) if stock is not None and stock.bounded else None
    last = last_use(row.until if row is not None else None, clock.now())
    free = max(held.free(last), 0) if held is not None else None
    if row is not None:
        left = left_of([row])[row.key]
        kept = {name: getattr(row, name) for name in ("ready_hours", "place", "batch", "until")}
        if stock is not None and row.floor:  # whoever said nothing of its floor is not asked to now
            kept["floor"] = stock.held_back
        else:
            kept["floor"] = row.floor
        initial.update(kept, quantity=left if free is None else min(left, free))
    elif stock is not None and free is not None:
        initial |= {"quantity": free, "floor": stock.held_back}
    return speak(
        request,
        AvailabilitySaid,
        fixed={"unit": counted_as(request)["unit"]},
        initial=initial,
        choices={"item": item_choices({Form.MATERIAL.value})},
        title=_("Say what you would lend"),
        button=_("Tell the pact"),
        done=reverse("lending"),
        template="planning/availability.html",
        context={"held": held, "free": free, "first_end": held.first_end(last) if held else None},
    )


@capable("logistics")
def capacity(request: HttpRequest) -> HttpResponse:
    """Say what one's own trucks move and docks take in."""
    row = Capacity.objects.filter(home=seat(request).log).first()
    names = ("trucks", "docks", "hours")
    return speak(
        request,
        CapacitySaid,
        initial={name: getattr(row, name) for name in names} if row else {},
        title=_("Say what your trucks and docks carry"),
        button=_("Tell the pact"),
        done=reverse("lending"),
        template="planning/capacity.html",
    )
