"""The custody books: where every thing is, whose it is, and that nothing appears or vanishes."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue, custody
from hansa.aid.models import Posting
from hansa.aid.pages.places import Place, names_of, place_words
from hansa.kernel.reading import readable
from hansa.pact.pages.seeing import log_of
from hansa.pact.words import Form
from hansa.pages.access import signed_in
from hansa.pages.lists import Column, Filter, render_list

WAY, STOCK = "way", "stock"
WHERE = [
    (WAY, gettext_lazy("On the way")),
    (STOCK, gettext_lazy("In stock")),
    (custody.WORLD, gettext_lazy("Outside the pact")),
]


@signed_in
@require_safe
def books(request: HttpRequest) -> HttpResponseBase:
    """Show the sums that are not zero, place by place, and that all of them together are."""
    log = log_of(request)
    wrong = [(catalogue.name_of(item), total) for item, _unit, total in custody.discrepancy()]
    sums = (
        readable(Posting, log)
        .values("place", "owner", "item", "unit")
        .annotate(total=Sum("quantity"))
        .exclude(total=0)
        .order_by("place", "owner", "item")
    )
    types = readable(Posting, log).values("item").distinct().count()
    return render_list(
        request,
        title=_("Custody books"),
        rows=sums,
        columns=_columns(names_of(request), log),
        filters=[
            Filter("where", _("Place"), WHERE, by=_where),
            Filter("form", _("Form of aid"), Form.choices, by=_form),
        ],
        search_fields=["item", "owner"],
        empty=_("Nothing has moved yet."),
        template="aid/custody.html",
        context={"wrong": wrong, "types": types},
    )


def _columns(names: Mapping[str, str], log: str | None) -> list[Column]:
    def place(row: Mapping[str, Any]) -> Place:
        return place_words(row["place"], row["owner"], names, log)

    return [
        Column(
            gettext_lazy("Place"), lambda row: place(row).words, link=lambda row: place(row).url
        ),
        Column(gettext_lazy("Owner"), lambda row: names.get(row["owner"], row["owner"])),
        Column(gettext_lazy("What"), lambda row: catalogue.name_of(row["item"])),
        Column(gettext_lazy("How much"), lambda row: row["total"], number=True),
        Column(
            gettext_lazy("Counted in"),
            lambda row: catalogue.counted(row["unit"], abs(row["total"])),
        ),
    ]


def _form(rows: Any, form: str) -> Any:
    return rows.filter(item__in=catalogue.codes(form))


def _where(rows: Any, value: str) -> Any:
    if value == custody.WORLD:
        return rows.filter(place=custody.WORLD)
    return rows.filter(place__endswith="/transit" if value == WAY else "/stock")
