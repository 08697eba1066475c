"""Mission-ready packages: the list of all members', one revision with its costs, and how it changes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.inventory import rules
from hansa.aid.inventory.models import Package
from hansa.aid.inventory.pages.stock import today
from hansa.aid.inventory.records.packages import PackageKept, PackageProven, PackageWithdrawn
from hansa.aid.inventory.words import CostKind
from hansa.aid.pages.places import names_of
from hansa.kernel.reading import readable
from hansa.pact.pages.seeing import find, history, log_of, may, seat
from hansa.pages.access import capable, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak

PROVEN = [("fresh", gettext_lazy("Within a year")), ("stale", gettext_lazy("Longer ago, or never"))]


@signed_in
@require_safe
def packages(request: HttpRequest) -> HttpResponseBase:
    """Show the packages of every member as they stand, one's own first."""
    log, names, now = log_of(request), names_of(request), today()
    found = readable(Package, log).filter(replaced_by="", withdrawn_at=None)
    rows = sorted(found, key=lambda row: (row.home != log, row.home, row.title))

    def by_proof(rows: list[Package], value: str) -> list[Package]:
        return [row for row in rows if rules.is_stale(row, now) == (value == "stale")]

    return render_list(
        request,
        title=_("Mission-ready packages"),
        rows=rows,
        columns=[
            Column(
                gettext_lazy("Package"), "title", link=lambda row: reverse("package", args=[row.key])
            ),
            Column(gettext_lazy("Member"), lambda row: names.get(row.home, row.home)),
            Column(gettext_lazy("What it can do"), "mission"),
            Column(gettext_lazy("Ready within hours"), "ready_hours", number=True, sort="ready_hours"),
            Column(gettext_lazy("Days"), "days", number=True, sort="days"),
            Column(gettext_lazy("US dollars"), "dollars", number=True, sort="dollars"),
            Column(gettext_lazy("Last proven"), lambda row: _proven(row, stale=rules.is_stale(row, now))),
        ],
        filters=[Filter("proven", _("Last proven"), PROVEN, by=by_proof)],
        empty=_("No member has a package yet. Put together what goes out together, with its costs, before the day comes."),
        template="inventory/packages.html",
        context={"may_keep": may(request, "logistics")},
    )  # fmt: skip


def _proven(row: Package, *, stale: bool) -> str:
    if not row.proven:
        return _("never proven")
    return _("%(day)s, over a year ago") % {"day": row.proven} if stale else row.proven


@signed_in
@require_safe
def package(request: HttpRequest, key: str) -> HttpResponse:
    """Show one revision: what goes out, what it costs by line, what it needs; the revisions before and after it."""
    log = log_of(request)
    row = find(Package, key, log)
    things = [
        (catalogue.items().get(one["item"]), one["item"], one["quantity"]) for one in row.resources
    ]
    sums = row.dollars_by_line()
    revisions = readable(Package, log).filter(home=row.home, code=row.code).order_by("number", "at")
    context = {
        "package": row,
        "things": things,
        "weight": sum(item.weight_kg * count for item, _code, count in things if item),
        "volume": sum(item.volume_m3 * count for item, _code, count in things if item),
        "costs": [(CostKind(one["line"]).label, one["what"], one["dollars"]) for one in row.costs],
        "sums": [(CostKind(line).label, dollars) for line, dollars in sums.items()],
        "revisions": revisions,
        "stale": rules.is_stale(row, today()),
        "proven": _proven(row, stale=rules.is_stale(row, today())),
        "may_keep": row.home == log and may(request, "logistics") and row.current,
        "history": history(row.key, log, request.GET.get("before", "")),
    }
    return render(request, "inventory/package.html", context)


@capable("logistics")
def package_new(request: HttpRequest) -> HttpResponse:
    """Put a package together."""
    return speak(
        request,
        PackageKept,
        title=_("Put a package together"),
        button=_("Keep it"),
        done=lambda position: reverse("package", args=[position]),
        template="inventory/package_form.html",
        context={"lines": CostKind.choices},
    )


def _own(request: HttpRequest, key: str) -> Package:
    row = find(Package, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("Only the member that keeps a package changes it."))
    return row


@capable("logistics")
def package_change(request: HttpRequest, key: str) -> HttpResponse:
    """Make a new revision. The one before it stays as it was offered."""
    row = _own(request, key)
    asked = [field.name for field in PackageKept.fields if field.name not in {"code", "replaces"}]
    initial: dict[str, Any] = {name: getattr(row, name) for name in asked}
    return speak(
        request,
        PackageKept,
        fixed={"code": row.code, "replaces": row.key},
        initial=initial,
        title=_("Change a package"),
        button=_("Keep this revision"),
        done=lambda position: reverse("package", args=[position]),
        template="inventory/package_form.html",
        context={"lines": CostKind.choices},
    )


@capable("logistics")
def package_proof(request: HttpRequest, key: str) -> HttpResponse:
    """Say when and how it was proven."""
    row = _own(request, key)
    return speak(
        request,
        PackageProven,
        fixed={"package": row.key},
        initial={"day": today().isoformat()},
        title=_("A package was proven"),
        button=_("Save"),
        done=reverse("package", args=[row.key]),
    )


@capable("logistics")
def package_end(request: HttpRequest, key: str) -> HttpResponse:
    """Say that it is ready no longer."""
    row = _own(request, key)
    return speak(
        request,
        PackageWithdrawn,
        fixed={"package": row.key},
        title=_("Withdraw a package"),
        button=_("Withdraw it"),
        done=reverse("packages"),
    )
