"""What one's own member holds: here, promised, kept back and until when, in lots that expire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.inventory import rules
from hansa.aid.inventory.models import Lot
from hansa.aid.inventory.words import TableName
from hansa.aid.models import Stock
from hansa.aid.shelf import Shelf, shelves
from hansa.aid.words import Unit
from hansa.kernel import clock
from hansa.pact.pages.seeing import may, seat
from hansa.pact.words import Form
from hansa.pages.access import seated
from hansa.pages.lists import Column, Filter, render_list

ENDED, UNCOUNTED, SPENT, EXPIRING = "ended", "uncounted", "spent", "expiring"
OVERDRAWN, EXPIRED = "overdrawn", "expired"
STATES = [
    (SPENT, gettext_lazy("Nothing free to pledge")),
    (OVERDRAWN, gettext_lazy("More promised than may leave")),
    (EXPIRED, gettext_lazy("Some of it has expired")),
    (ENDED, gettext_lazy("Reserve has ended")),
    (UNCOUNTED, gettext_lazy("Not counted")),
    (EXPIRING, gettext_lazy("Lots that expire within 30 days")),
]


def today() -> date:
    """Return the day in the reader's time zone."""
    return timezone.localtime(clock.now()).date()


@dataclass(frozen=True, slots=True)
class Held:
    """A stock row with what the lots say of it."""

    shelf: Shelf
    in_lots: int
    expiring: int

    @property
    def stock(self) -> Stock:
        """Return the stock row."""
        return self.shelf.stock

    @property
    def expired(self) -> int:
        """Return how much of what is here has expired, and is free for nobody."""
        return self.shelf.expired()

    @property
    def free(self) -> int:
        """Return how much may be pledged; nothing where it is overdrawn."""
        return max(self.shelf.free(), 0)

    @property
    def overdrawn(self) -> int:
        """Return how much more is promised than may leave: a reserve was raised, stock is gone, or a lot expired."""
        return max(-self.shelf.free(), 0) if self.stock.bounded and self.stock.promised else 0

    @property
    def name(self) -> str:
        """Return the item's name."""
        return catalogue.name_of(self.stock.item)

    @property
    def state(self) -> set[str]:
        """Return the filters under which it is found."""
        row = self.stock
        counted = row.counted_at is not None
        marks = {
            ENDED: row.lapsed(clock.now()),
            UNCOUNTED: not counted,
            SPENT: counted and self.free == 0,
            OVERDRAWN: self.overdrawn > 0,
            EXPIRED: self.expired > 0,
            EXPIRING: self.expiring > 0,
        }
        return {name for name, holds in marks.items() if holds}


def held(log: str) -> list[Held]:
    """Return what a member has said of its stock, by name. A fixed number of queries."""
    lots = Lot.objects.filter(home=log, quantity__gt=0)
    sums = dict(lots.values_list("item").annotate(total=Sum("quantity")).order_by())
    soon: dict[str, int] = {}
    for lot in rules.expiring(log, today()):
        soon[lot.item] = soon.get(lot.item, 0) + lot.quantity
    said = (
        row
        for row in Stock.objects.filter(home=log)
        if row.counted_at or row.reserve or row.promised
    )
    rows = [Held(one, sums.get(item, 0), soon.get(item, 0)) for item, one in shelves(said).items()]
    return sorted(rows, key=lambda one: one.name.casefold())


def _in_state(rows: list[Held], value: str) -> list[Held]:
    return [one for one in rows if value in one.state]


def _of_form(rows: list[Held], value: str) -> list[Held]:
    codes = set(catalogue.codes(value))
    return [one for one in rows if one.stock.item in codes]


def until_words(row: Stock) -> object:
    """Return when a reserve ends, or that it has ended and no longer binds."""
    if row.lapsed(clock.now()):
        return _("ended; no longer binds")
    return row.reserve_until or ""


def _link(name: str, may_count: bool) -> Any:  # noqa: FBT001 - the caller passes on what it asked once
    return lambda one: f"{reverse(name)}?item={one.stock.item}" if may_count else None


def _columns(*, may_count: bool) -> list[Column]:
    return [
        Column(gettext_lazy("What"), "name", link=_link("stock-count", may_count)),
        Column(
            gettext_lazy("Here"),
            lambda one: one.stock.quantity if one.stock.counted_at else _("not counted"),
            number=True,
        ),
        Column(gettext_lazy("Promised"), lambda one: one.stock.promised, number=True),
        Column(
            gettext_lazy("Reserve"),
            lambda one: one.stock.reserve,
            number=True,
            link=_link("reserve", may_count),
        ),
        Column(gettext_lazy("Why"), lambda one: one.stock.reserve_why),
        Column(gettext_lazy("Until"), lambda one: until_words(one.stock)),
        Column(
            gettext_lazy("Free to pledge"),
            lambda one: one.free if one.stock.counted_at else _("not counted"),
            number=True,
        ),
        Column(gettext_lazy("Expired"), "expired", number=True),
        Column(
            gettext_lazy("In lots"),
            lambda one: one.in_lots,
            number=True,
            link=lambda one: (
                f"{reverse('inventory-lots')}?q={one.stock.item}" if one.in_lots else None
            ),
        ),
        Column(gettext_lazy("Counted in"), lambda one: Unit(one.stock.unit).label),
        Column(gettext_lazy("Last counted"), lambda one: one.stock.counted_at or ""),
    ]


@seated
@require_safe
def inventory(request: HttpRequest) -> HttpResponseBase:
    """Show what one's own member holds, with search and filters. Nobody else sees it."""
    log, counts = seat(request).log, may(request, "logistics")
    return render_list(
        request,
        title=_("Our inventory"),
        rows=held(log),
        columns=_columns(may_count=counts),
        filters=[
            Filter("form", _("Form of aid"), Form.choices, by=_of_form),
            Filter("state", _("State"), STATES, by=_in_state),
        ],
        empty=_("Nothing is counted yet. Read a spreadsheet in, or count one thing; only your own officers see it."),
        template="inventory/inventory.html",
        context={"may_count": counts, "tables": TableName},
    )  # fmt: skip


@seated
@require_safe
def print_all(request: HttpRequest) -> HttpResponseBase:
    """Show all of it on one sheet for the wall: stock, then lots in the order in which they go."""
    log = seat(request).log
    context: Mapping[str, Any] = {
        "held": held(log),
        "lots": rules.lots_of(log),
        "at": clock.now(),
        "today": today().isoformat(),
    }
    return render(request, "inventory/print.html", dict(context))
