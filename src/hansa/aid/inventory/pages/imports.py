"""Spreadsheets in and out: choose a file, see what would become of each row, say it, read the receipt, undo it."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hansa.aid import catalogue
from hansa.aid.inventory import importing, sheets
from hansa.aid.inventory.models import Import
from hansa.aid.inventory.packed import TABLES
from hansa.aid.inventory.words import Outcome, TableName
from hansa.kernel import files
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.fields import File
from hansa.kernel.home import home
from hansa.pact.pages.seeing import find, may, seat
from hansa.pages.access import capable, seated
from hansa.pages.lists import Column, render_list
from hansa.pages.widgets import read_signed, sign_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK = "workbook"
"""The name under which stock, lots and roster go out together."""


SHOWN = 500
"""Lines of one sheet on a page: the refused ones first. The receipt holds them all."""


def _shown(lines: Sequence[Any], outcome: Callable[[Any], str]) -> tuple[list[Any], int]:
    """Return the lines to show, in their order, and how many more there are."""
    ranked = sorted(lines, key=lambda line: outcome(line) != Outcome.REFUSED)[:SHOWN]
    kept = {id(line) for line in ranked}
    return [line for line in lines if id(line) in kept], len(lines) - len(ranked)


@capable("logistics")
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a file; then show what would become of each row. Nothing is said yet."""
    context: dict[str, Any] = {"tables": TABLES.values(), "largest": sheets.LARGEST // 1024**2}
    if request.method != "POST":
        return render(request, "inventory/import.html", context)
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise Refused(_("Choose a file first."), field="file")
        if sent.size is not None and sent.size > sheets.LARGEST:
            raise Refused(
                _("The file is larger than %(most)s MB. Split it.") % {"most": context["largest"]}
            )
        kept = files.keep(sent.name or "file", sent.content_type or "", sent.chunks())
        return _preview(request, kept)
    except Refused as refusal:
        return render(request, "inventory/import.html", {**context, "why": refusal.sentence}, status=422)  # fmt: skip


def _preview(request: HttpRequest, kept: File) -> HttpResponse:
    chair = seat(request)
    plans = importing.preview(chair.log, chair.by, kept.name, _bytes(kept))
    context = {
        "plans": [(plan, *_shown(plan.lines, lambda line: line.outcome)) for plan in plans],
        "file": kept,
        "signed": sign_file(kept),
        "once": uuid.uuid4().hex,
        "accepted": sum(plan.accepted for plan in plans),
    }
    return render(request, "inventory/preview.html", context)


def _bytes(kept: File) -> bytes:
    try:
        return files.path_of(kept.sha256).read_bytes()
    except Untrusted as error:
        raise Refused(_("The file is not here any more. Choose it again.")) from error


@capable("logistics")
@require_POST
def import_commit(request: HttpRequest) -> HttpResponse:
    """Say what was accepted in the preview, and go on to the receipt."""
    chair = seat(request)
    kept = read_signed(request.POST.get("file", ""))
    once = request.POST.get("once", "")
    try:
        if kept is None or not once.isalnum() or len(once) > 64:  # noqa: PLR2004 - as it was made
            raise Refused(_("This preview is too old. Choose the file again."))
        data = _bytes(kept)
        plans = importing.preview(chair.log, chair.by, kept.name, data)
        made = importing.commit(plans, log=chair.log, by=chair.by, name=kept.name, data=data, once=once)  # fmt: skip
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(reverse("import-new"))
    if len(made) == 1:
        return HttpResponseRedirect(reverse("import", args=[made[0]]))
    return HttpResponseRedirect(reverse("imports"))


@seated
@require_safe
def imports(request: HttpRequest) -> HttpResponseBase:
    """Show what was read in, the newest first."""
    found = Import.objects.filter(home=seat(request).log).order_by("-at", "-key")
    return render_list(
        request,
        title=_("What was read in"),
        rows=found,
        columns=[
            Column(gettext_lazy("File"), "name", link=lambda row: reverse("import", args=[row.key])),
            Column(gettext_lazy("What"), "get_table_display"),
            Column(gettext_lazy("When"), "at", sort="at"),
            Column(gettext_lazy("Accepted"), "accepted", number=True),
            Column(gettext_lazy("Unchanged"), "unchanged", number=True),
            Column(gettext_lazy("Refused"), "refused", number=True),
            Column(gettext_lazy("Undone"), lambda row: _("undone") if row.undone_by else ""),
        ],
        search_fields=["name"],
        empty=_("Nothing was read in yet."),
        template="inventory/imports.html",
        context={"may_count": may(request, "logistics")},
    )  # fmt: skip


@seated
def import_(request: HttpRequest, key: str) -> HttpResponse:
    """Show the receipt of one import, row by row."""
    row = _own(request, key)
    try:
        lines, why = importing.receipt(row), ""
    except Refused as refusal:
        lines, why = [], refusal.sentence
    labels = dict(Outcome.choices)
    shown, more = _shown(lines, lambda one: one["outcome"])
    context = {
        "import": row,
        "lines": [{**one, "label": labels.get(one["outcome"], one["outcome"])} for one in shown],
        "more": more,
        "why": why,
        "once": uuid.uuid4().hex,
        "may_undo": may(request, "logistics") and row.accepted > 0 and not row.undone_by,
    }
    return render(request, "inventory/receipt.html", context)


def _own(request: HttpRequest, key: str) -> Import:
    row = find(Import, key, seat(request).log)
    if row.home != seat(request).log:
        raise Http404(_("There is no such import."))
    return row


@capable("logistics")
@require_POST
def import_undo(request: HttpRequest, key: str) -> HttpResponse:
    """Take an import back by saying what stood before, where nothing was said since."""
    row, chair, once = _own(request, key), seat(request), request.POST.get("once", "")
    if not once.isalnum() or len(once) > 64:  # noqa: PLR2004 - as it was made
        once = uuid.uuid4().hex
    try:
        position = importing.undo(row, log=chair.log, by=chair.by, once=once)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        position = row.key
    return HttpResponseRedirect(reverse("import", args=[position]))


@seated
@require_safe
def export(request: HttpRequest, name: str, ending: str) -> HttpResponse:
    """Give a table as CSV or XLSX, or stock, lots and roster as one workbook."""
    names = [
        one for one in TableName.values if one in (name, *([] if name != WORKBOOK else _THREE))
    ]
    if not names or ending not in {"csv", "xlsx"} or (ending == "csv" and name == WORKBOOK):
        raise Http404(_("There is no such table."))
    log = seat(request).log
    tables = [(one, *importing.export(log, one)) for one in names]
    data = sheets.write_csv(*tables[0][1:]) if ending == "csv" else sheets.write_xlsx(tables)
    played = "exercise-" if home().exercise else ""
    return HttpResponse(
        data,
        content_type="text/csv; charset=utf-8" if ending == "csv" else XLSX,
        headers={"Content-Disposition": f'attachment; filename="{played}{name}.{ending}"'},
    )


_THREE = (TableName.STOCK.value, TableName.LOTS.value, TableName.ROSTER.value)


@seated
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """Give the catalogue as CSV, so that whoever fills a table in finds the codes."""
    headings = ("code", "name", "unit", "form", "kind", "type", "rtlt", "pack", "serves")
    rows = [
        [
            item.code, str(item), item.unit, item.form, item.kind, str(item.type or ""),
            item.rtlt, str(item.pack or ""), ", ".join(item.serves),
        ]
        for item in sorted(catalogue.items().values(), key=lambda item: item.code)
    ]  # fmt: skip
    return HttpResponse(
        sheets.write_csv(headings, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="codes.csv"'},
    )
