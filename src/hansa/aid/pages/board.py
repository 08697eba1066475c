"""The needs board over all open calls at once: filters, search, order, pages, the same selection as CSV and on paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.aid import board, catalogue
from hansa.aid.board import NeedLine, Needs
from hansa.aid.models import Need
from hansa.aid.pages.places import names_of
from hansa.aid.words import NeedState, Urgency
from hansa.kernel.reading import readable
from hansa.pact.models import Call
from hansa.pact.pages.seeing import log_of
from hansa.pact.words import Form
from hansa.pages.access import chair_of, signed_in
from hansa.pages.lists import PAGE, Column, Filter, ListPage
from hansa.pages.sheets import csv_response
from hansa.pages.templatetags.hansa import until, when

CALLS = 40
"""Calls to choose from above the board, the newest."""

TOGETHER = 50
"""Needs that one act may be about at once: what a page of the board shows."""

ON_PAPER = 500
"""Needs on one print-out. A longer list is narrowed first, or taken as CSV."""

STATES = [
    ("short", gettext_lazy("Still open")),
    ("unmet", gettext_lazy("Not met yet")),
    *NeedState.choices,
]

DUE = [
    ("overdue", gettext_lazy("Overdue")),
    ("hours", gettext_lazy("Within 4 hours")),
    ("day", gettext_lazy("Within 24 hours")),
    ("days", gettext_lazy("Within 3 days")),
    ("later", gettext_lazy("Later")),
]


def columns(names: Mapping[str, str]) -> list[Column]:
    """Return the board's columns; `names` are the members' by log."""
    return [
        Column(
            gettext_lazy("What is needed"),
            lambda line: catalogue.name_of(line.need.item),
            sort="item",
        ),
        Column(
            gettext_lazy("Member"),
            lambda line: names.get(line.need.home, line.need.home),
            sort="home",
        ),
        Column(gettext_lazy("State"), lambda line: line.state.label),
        Column(gettext_lazy("Due"), "need__due", sort="due"),
        Column(
            gettext_lazy("Urgency"), lambda line: Urgency(line.need.urgency).label, sort="urgent"
        ),
        Column(gettext_lazy("Where to"), "need__place", sort="place"),
        Column(gettext_lazy("Needed"), "asked", number=True, sort="quantity"),
        Column(gettext_lazy("Open"), "open", number=True),
        Column(gettext_lazy("Pledged"), "pledged", number=True),
        Column(gettext_lazy("Accepted"), "accepted", number=True),
        Column(gettext_lazy("Sent"), "sent", number=True),
        Column(gettext_lazy("Received"), "received", number=True, sort="received"),
        Column(
            gettext_lazy("Counted in"),
            lambda line: catalogue.counted(line.need.unit, line.asked),
        ),
    ]


def heads(columns: Sequence[Column]) -> list[list[Column]]:
    """Return the columns as the screen has them: urgency stands with the state, the unit with what is needed."""
    item, member, state, due, urgency, place, needed, *rest, unit = columns
    return [
        [item],
        [member],
        [state, urgency],
        [due],
        [place],
        [needed, unit],
        *([one] for one in rest),
    ]


class Board(ListPage):
    """What a request asks of the board, the place included."""

    __slots__ = ()

    @property
    def place(self) -> str:
        """Return the words that the place must have."""
        return self.request.GET.get("place", "").strip()[:140]

    @property
    def narrowed(self) -> bool:
        """Tell whether less than everything is asked for."""
        return bool(self.q or self.chosen or self.place)

    def needs(self) -> Needs:
        """Return the needs after filters, search and order."""
        found: Any = self.selection()
        chosen: Needs = found.filter(place__icontains=self.place) if self.place else found
        return chosen


def asked_of(request: HttpRequest) -> Board:
    """Return the board as this request asks for it: three queries before any need is read."""
    log, names = log_of(request), names_of(request)
    calls = list(readable(Call, log).order_by("-at", "-key")[:CALLS])
    callers = sorted({(call.home, names.get(call.home, call.home)) for call in calls}, key=_second)
    titles = [(call.key, f"{names.get(call.home, call.home)}: {call}") for call in calls]
    filters = [
        Filter("state", _("State"), STATES, by=lambda rows, value: rows.in_state(value)),
        Filter("call", _("Call"), titles),
        Filter("form", _("Form of aid"), Form.choices),
        Filter("group", _("Group of items"), _groups(), by=_in_group),
        Filter("urgency", _("Urgency"), Urgency.choices),
        Filter("due", _("Due"), DUE, by=lambda rows, value: rows.due_within(value)),
        Filter("member", _("Member"), callers, by="home"),
    ]
    rows = board.needs(log).ranked().unmet_first()
    return Board(request, rows, columns(names), filters, ["item"])


def _groups() -> list[tuple[str, str]]:
    found = {item.group for item in catalogue.items().values()}
    return sorted(((one, _words(one)) for one in found), key=_second)


def _words(group: str) -> str:
    """Return a group's name for people: the built-in ones are one plain word."""
    return _("Added by members") if group == "added" else group.replace("-", " ").capitalize()


def _in_group(rows: Needs, group: str) -> Needs:
    found = catalogue.items().items()
    return rows.filter(item__in=[code for code, item in found if item.group == group])


def _second(pair: tuple[str, str]) -> str:
    return pair[1]


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the board in words: made here, as a template asked for six hundred values takes long."""

    line: NeedLine
    url: str
    item: str
    member: str
    due: str
    unit: str
    asked: str
    open: str
    pledged: str
    accepted: str
    sent: str
    received: str


def shown(lines: Iterable[NeedLine], names: Mapping[str, str]) -> list[Shown]:
    """Return lines as a page shows them."""
    language = get_language() or ""
    return [
        Shown(
            line,
            reverse("need", args=[line.need.key]),
            catalogue.name_of(line.need.item),
            names.get(line.need.home, line.need.home),
            _due(line),
            catalogue.counted(line.need.unit, line.asked),
            _count(line.asked, language),
            _count(line.open, language),
            _count(line.pledged, language),
            _count(line.accepted, language),
            _count(line.sent, language),
            _count(line.received, language),
        )
        for line in lines
    ]


@lru_cache(maxsize=4096)
def _count(number: int, _language: str) -> str:
    """Return a number as the reader writes it. Cached, because a board shows the same few hundreds of times."""
    return number_format(number, force_grouping=True)


def _due(line: NeedLine) -> str:
    due = line.need.due
    away = format_html("<strong>{}</strong>", _("overdue")) if line.overdue else until(due)
    return format_html('<span>{} <span class="hansa-quiet">{}</span></span>', when(due), away)


@signed_in
@require_safe
def needs(request: HttpRequest) -> HttpResponseBase:
    """Show the needs of every call: what is not met first, the first due first. `format`: csv, or print for paper."""
    asked, names, chair = asked_of(request), names_of(request), chair_of(request)
    selection = asked.needs()
    form = request.GET.get("format")
    if form == "csv":
        return csv_response(
            _("Needs"), [one.label for one in asked.columns], asked.values(selection)
        )
    if form == "print":
        return on_paper(request, selection[:ON_PAPER], selection.count())
    page = Paginator(selection, PAGE).get_page(request.GET.get("page"))
    context = {
        "list": asked,
        "page": page,
        "lines": shown(page.object_list, names),
        "heads": heads(asked.columns),
        "filters": [(one, asked.chosen.get(one.name, "")) for one in asked.filters],
        "narrowed": asked.narrowed,
        "empty": _(
            "Nothing is needed. The member under a call states its needs on the call's page."
        ),
        "may_pledge": chair is not None and chair.may("duty"),
        "may_accept": chair is not None and chair.may("logistics"),
    }
    return render(request, "aid/needs.html", context)


def on_paper(request: HttpRequest, lines: Any, count: int) -> HttpResponse:
    """Return the sheet with these needs, each with all that a driver or a store asks."""
    found = shown(lines, names_of(request))
    context = {"lines": found, "count": count, "more": count > len(found)}
    return render(request, "aid/needs_print.html", context)


def chosen_needs(request: HttpRequest) -> list[Need]:
    """Return the needs that were ticked on the board and that the reader may read, in their order."""
    keys = list(dict.fromkeys(request.GET.getlist("key") or request.POST.getlist("key")))[:TOGETHER]
    rows = {need.key: need for need in readable(Need, log_of(request)).filter(key__in=keys)}
    return [rows[key] for key in keys if key in rows]
