"""Search over everything that the reader may see."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from hansa.kernel import search as index
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from hansa.pages.access import chair_of, signed_in
from hansa.pages.sheets import csv_response
from hansa.web.history import HEADINGS, Item, csv_lines, items
from hansa.web.kinds import kind_choices, kind_words

MOST = 200
"""Newest matches that a page shows; more words find fewer."""

MOST_CSV = 5000


@signed_in
def search(request: HttpRequest) -> HttpResponseBase:
    """Show what matches, grouped by kind; or all of it as CSV."""
    chair = chair_of(request)
    log, text = chair.log if chair else None, request.GET.get("q", "").strip()[:200]
    kind = request.GET.get("kind", "") if request.GET.get("kind") in KINDS else ""
    kinds = [kind] if kind else None
    if request.GET.get("format") == "csv":
        return csv_response(_("Search"), HEADINGS, _csv(text, log, kinds))
    entries = index.find(text, log, MOST + 1, kinds) if text else []
    context = {
        "q": text,
        "kind": kind,
        "kinds": kind_choices(),
        "groups": groups(entries[:MOST]),
        "count": min(len(entries), MOST),
        "more": len(entries) > MOST,
        "most": MOST,
    }
    return render(request, "web/search.html", context)


def groups(entries: list[Entry]) -> list[tuple[str, list[Item]]]:
    """Return the matches by kind; the kind of the newest match comes first."""
    found: dict[str, list[Item]] = {}
    for item in items(entries):
        found.setdefault(item.told.kind, []).append(item)
    return [(kind_words(kind), group) for kind, group in found.items()]


def _csv(text: str, log: str | None, kinds: list[str] | None) -> Iterator[list[Any]]:
    yield from csv_lines(index.find(text, log, MOST_CSV, kinds) if text else [])
