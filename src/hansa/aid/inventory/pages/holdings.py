"""Lots that expire, and the people whom one could send. Only one's own officers see either."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.inventory import rules
from hansa.aid.inventory.models import Lot, Rostered
from hansa.aid.inventory.pages.stock import today
from hansa.aid.inventory.records.holdings import LotCounted, RosterKept
from hansa.aid.inventory.words import Standing
from hansa.aid.pages.needs import counted_as, item_choices
from hansa.aid.words import Sort, Unit
from hansa.pact.pages.seeing import may, seat
from hansa.pages.access import capable, seated
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak

EXPIRY = [
    ("expired", gettext_lazy("Expired")),
    ("soon", gettext_lazy("Within 30 days")),
    ("later", gettext_lazy("Later, or never")),
]


def _by_expiry(rows: list[Lot], value: str) -> list[Lot]:
    now = today()
    soon = {one.key for one in rules.expiring(rows[0].home, now)} if rows else set()
    expired = {lot.key for lot in rows if rules.is_expired(lot, now)}
    kept = {"expired": expired, "soon": soon - expired}.get(value)
    if kept is None:
        return [lot for lot in rows if lot.key not in soon]
    return [lot for lot in rows if lot.key in kept]


@seated
@require_safe
def lots(request: HttpRequest) -> HttpResponseBase:
    """Show what is left of each lot, first expired, first out."""
    counts, now = may(request, "logistics"), today()
    return render_list(
        request,
        title=_("Our lots"),
        rows=rules.lots_of(seat(request).log),
        columns=[
            Column(gettext_lazy("What"), lambda lot: catalogue.name_of(lot.item)),
            Column(
                gettext_lazy("Lot"),
                "lot",
                link=lambda lot: f"{reverse('inventory-lot')}?key={lot.key}" if counts else None,
            ),
            Column(gettext_lazy("Left"), "quantity", number=True, sort="quantity"),
            Column(gettext_lazy("Counted in"), lambda lot: Unit(lot.unit).label),
            Column(gettext_lazy("Last day"), "expires", sort="expires"),
            Column(gettext_lazy("State"), lambda lot: _("expired") if rules.is_expired(lot, now) else ""),
            Column(gettext_lazy("Where"), "place", sort="place"),
            Column(gettext_lazy("Code"), "item"),
        ],
        filters=[Filter("expiry", _("Expires"), EXPIRY, by=_by_expiry)],
        empty=_("No lot is counted yet. Lots show what to send first, and what expires on your shelves."),
        template="inventory/lots.html",
        context={"may_count": counts},
    )  # fmt: skip


@capable("logistics")
def lot_new(request: HttpRequest) -> HttpResponse:
    """Count a lot: a new one, or one that is there again."""
    log = seat(request).log
    row = Lot.objects.filter(home=log, key=request.GET.get("key", "")).first()
    names = ("item", "lot", "quantity", "expires", "place")
    return speak(
        request,
        LotCounted,
        fixed={"unit": counted_as(request)["unit"]},
        initial={name: getattr(row, name) for name in names} if row else {},
        choices={"item": item_choices({"material"})},
        title=_("Count a lot"),
        button=_("Save the lot"),
        done=reverse("inventory-lots"),
    )


@seated
@require_safe
def roster(request: HttpRequest) -> HttpResponseBase:
    """Show whom the member could send, by number and position."""
    counts, now = may(request, "logistics"), today().isoformat()
    found = Rostered.objects.filter(home=seat(request).log).exclude(standing=Standing.LEFT)

    def licence(row: Rostered) -> str:
        if row.licence_until and row.licence_until < now:
            return _("%(licence)s (ended %(day)s)") % {"licence": row.licence, "day": row.licence_until}  # fmt: skip
        return row.licence

    return render_list(
        request,
        title=_("Our roster"),
        rows=found.order_by("position", "reference"),
        columns=[
            Column(
                gettext_lazy("Number"),
                "reference",
                sort="reference",
                link=lambda row: f"{reverse('inventory-roster-keep')}?key={row.key}" if counts else None,
            ),
            Column(gettext_lazy("Position"), lambda row: catalogue.name_of(row.position), sort="position"),
            Column(gettext_lazy("Credential"), "credential"),
            Column(gettext_lazy("Licence"), licence),
            Column(gettext_lazy("Licence until"), "licence_until", sort="licence_until"),
            Column(gettext_lazy("Languages"), "languages"),
            Column(gettext_lazy("Standing"), "get_standing_display"),
        ],
        filters=[Filter("standing", _("Standing"), Standing.choices)],
        search_fields=["reference", "position", "credential", "licence", "languages"],
        empty=_("Nobody is on your roster yet. Read a spreadsheet in, or add one number; names stay with you."),
        template="inventory/roster.html",
        context={"may_count": counts},
    )  # fmt: skip


@capable("logistics")
def roster_new(request: HttpRequest) -> HttpResponse:
    """Put somebody on the roster by number, or say what has changed."""
    log = seat(request).log
    row = Rostered.objects.filter(home=log, key=request.GET.get("key", "")).first()
    names = [field.name for field in RosterKept.fields]
    initial: dict[str, Any] = {name: getattr(row, name) for name in names} if row else {}
    return speak(
        request,
        RosterKept,
        initial=initial,
        choices={"position": positions()},
        title=_("Keep somebody on the roster"),
        button=_("Save"),
        done=reverse("inventory-roster"),
    )


def positions() -> list[tuple[str, str]]:
    """Return every position of the catalogue, for a menu."""
    found = [
        (code, str(item))
        for code, item in catalogue.items().items()
        if item.kind == Sort.POSITION or item.unit == Unit.PERSON
    ]
    return sorted(found, key=lambda one: one[1].casefold())
