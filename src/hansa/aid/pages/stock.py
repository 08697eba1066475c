"""What one's own member holds and keeps back, and the catalogue."""

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
from hansa.aid.records.stock import CountTakenBack, ReserveSet, StockCounted, TypeAdded
from hansa.aid.shelf import shelves
from hansa.aid.words import Sort, Unit
from hansa.kernel import clock
from hansa.pact.pages.seeing import may, seat
from hansa.pact.words import Form
from hansa.pages.access import capable, seated, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak


def _ask(name: str, row: Stock) -> str:
    return f"{reverse(name)}?item={row.item}"


def _until(row: Stock) -> object:
    """Return when the reserve ends, or that it has."""
    return _("no longer binds") if row.lapsed(clock.now()) else row.reserve_until or ""


@seated
@require_safe
def stock(request: HttpRequest) -> HttpResponseBase:
    """Show what one's own member holds, has promised and keeps back. Nobody else sees it."""
    chair, counts = seat(request), may(request, "logistics")
    held = [
        row
        for row in Stock.objects.filter(home=chair.log)
        if row.counted_at or row.reserve or row.promised
    ]
    on_shelf = shelves(held)
    return render_list(
        request,
        title=_("Our stock"),
        rows=sorted(held, key=lambda row: catalogue.name_of(row.item)),
        columns=[
            Column(
                gettext_lazy("What"),
                lambda row: catalogue.name_of(row.item),
                link=lambda row: _ask("stock-count", row) if counts else None,
            ),
            Column(
                gettext_lazy("Here"),
                lambda row: row.quantity if row.counted_at else _("not counted"),
                number=True,
            ),
            Column(gettext_lazy("Promised"), "promised", number=True, sort="promised"),
            Column(
                gettext_lazy("Reserve"),
                "reserve",
                number=True,
                sort="reserve",
                link=lambda row: _ask("reserve", row) if counts else None,
            ),
            Column(gettext_lazy("Why"), "reserve_why"),
            Column(gettext_lazy("Until"), _until),
            Column(
                gettext_lazy("Free to pledge"),
                lambda row: (
                    max(on_shelf[row.item].free(), 0) if row.counted_at else _("not counted")
                ),
                number=True,
            ),
            Column(gettext_lazy("Counted in"), lambda row: Unit(row.unit).label),
            Column(gettext_lazy("Last counted"), "counted_at", sort="counted_at"),
        ],
        empty=_(
            "Nothing is counted yet. Count what you may be asked for; only your own officers see it."
        ),
        template="aid/stock.html",
        context={"may_count": counts},
    )


def _about(
    request: HttpRequest,
    kind: type[StockCounted | ReserveSet | CountTakenBack],
    title: str,
    button: str,
) -> HttpResponse:
    log = seat(request).log
    item = request.GET.get("item", "")
    row = Stock.objects.filter(home=log, item=item).first()
    initial: dict[str, Any] = {"item": item} if item in catalogue.items() else {}
    if row is not None and kind is ReserveSet:
        initial.update(quantity=row.reserve, why=row.reserve_why, until=row.reserve_until)
    elif row is not None and row.counted_at is not None and kind is StockCounted:
        initial["quantity"] = row.quantity
    return speak(
        request,
        kind,
        fixed={"unit": counted_as(request)["unit"]},
        initial=initial,
        choices={"item": item_choices()},
        title=title,
        button=button,
        done=reverse("stock"),
        template="aid/count.html",
        context={"stock": row},
    )


@capable("logistics")
def stock_count(request: HttpRequest) -> HttpResponse:
    """Count what is in stock."""
    return _about(request, StockCounted, _("Count our stock"), _("Save the count"))


@capable("logistics")
def reserve(request: HttpRequest) -> HttpResponse:
    """Set, raise, lower or lift a reserve."""
    return _about(request, ReserveSet, _("Set our reserve"), _("Save the reserve"))


@capable("logistics")
def stock_end(request: HttpRequest) -> HttpResponse:
    """Take a count back: then nothing is said of what is here."""
    return _about(request, CountTakenBack, _("Take a count back"), _("Take it back"))


def _served(item: catalogue.Item) -> str:
    """Name what an item may stand in for."""
    return ", ".join(catalogue.name_of(code) for code in item.serves)


@signed_in
@require_safe
def resource_types(request: HttpRequest) -> HttpResponseBase:
    """Show every resource type, built in or added by a member."""
    return render_list(
        request,
        title=_("Catalogue of resource types"),
        rows=sorted(catalogue.items().values(), key=str),
        columns=[
            Column(gettext_lazy("Name"), str),
            Column(gettext_lazy("Sort"), lambda item: Sort(item.kind).label),
            Column(gettext_lazy("Form of aid"), lambda item: Form(item.form).label),
            Column(gettext_lazy("Counted in"), lambda item: Unit(item.unit).label),
            Column(gettext_lazy("In a package"), lambda item: item.pack or "", number=True),
            Column(gettext_lazy("NIMS id (RTLT)"), "rtlt", sort="rtlt"),
            Column(gettext_lazy("NIMS type"), lambda item: item.type or "", number=True),
            Column(gettext_lazy("Serves for"), _served),
            Column(gettext_lazy("Code"), "code", sort="code"),
        ],
        filters=[
            Filter("form", _("Form of aid"), Form.choices),
            Filter("kind", _("Sort"), Sort.choices),
        ],
        template="aid/catalogue.html",
        context={"may_add": may(request, "logistics")},
    )


@capable("logistics")
def type_new(request: HttpRequest) -> HttpResponse:
    """Add a resource type. Weapons are refused."""
    return speak(
        request,
        TypeAdded,
        title=_("Add a resource type"),
        button=_("Add it"),
        done=reverse("catalogue"),
        template="aid/type_new.html",
    )
