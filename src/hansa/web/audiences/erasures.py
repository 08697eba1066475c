"""Orders to erase, each with who has confirmed that it holds nothing of it any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from hansa.kernel import clock
from hansa.kernel.models import Erasure
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Confirmation
from hansa.pact.rules import Roll
from hansa.pages.access import signed_in

WITHIN = timedelta(days=7)
"""In which every member should have confirmed."""

PAGE = 50


@dataclass(frozen=True, slots=True)
class Order:
    """An order, the members of its day, and which of them have confirmed."""

    row: Erasure
    members: frozenset[str]
    confirmed: frozenset[str]

    @property
    def missing(self) -> frozenset[str]:
        """Return who has not confirmed."""
        return self.members - self.confirmed

    @property
    def due(self) -> datetime:
        """Return when all should have confirmed."""
        return self.row.at + WITHIN

    @property
    def late(self) -> bool:
        """Tell whether a confirmation is overdue."""
        return bool(self.missing) and clock.now() > self.due

    @property
    def names(self) -> str:
        """Return the members whose confirmation is missing."""
        return seal.named(self.missing)

    @property
    def words(self) -> str:
        """Say how far it has come: “11 of 12 confirmed, one overdue by 3 days”."""
        said = _("%(done)s of %(all)s confirmed") % {
            "done": len(self.confirmed & self.members),
            "all": len(self.members),
        }
        if not self.late:
            return said
        number, days = len(self.missing), max((clock.now() - self.due).days, 1)
        who = _("one overdue") if number == 1 else _("%(n)s overdue") % {"n": number}
        by = ngettext("by %(days)s day", "by %(days)s days", days) % {"days": days}
        return f"{said}, {who} {by}"


@signed_in
@require_safe
def erasures(request: HttpRequest) -> HttpResponse:
    """List every order, the newest first."""
    rows = Erasure.objects.order_by("-at", "-key")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "web/audiences/erasures.html",
        {"orders": orders(list(page)), "page": page, "days": WITHIN.days},
    )


def orders(rows: list[Erasure]) -> list[Order]:
    """Count confirmations, each order's over the members of its own day."""
    roll, confirmed = Roll(), dict[str, set[str]]()
    for order, home in Confirmation.objects.filter(order__in=[row.key for row in rows]).values_list(
        "order", "home"
    ):
        confirmed.setdefault(order, set()).add(home)
    return [
        Order(row, frozenset(roll.members_at(row.at)), frozenset(confirmed.get(row.key, set())))
        for row in rows
    ]
