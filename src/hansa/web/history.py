"""History in sentences: everything that was said and that the reader may read, newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from hansa.kernel import search
from hansa.kernel.home import home
from hansa.kernel.models import Entry, Fate, Touch
from hansa.kernel.reading import readable
from hansa.kernel.record import KINDS
from hansa.kernel.telling import Told, tell
from hansa.pact.models import Fact
from hansa.pages.access import chair_of, signed_in
from hansa.pages.sheets import csv_response
from hansa.web.kinds import kind_choices, kind_words
from hansa.web.numbers import entry_number

PAGE = 50
CHUNK = 200

FOUND = 1000
"""Newest entries that a search for words looks among when other filters narrow it further."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks of the history. `before` is the number, in order of arrival, to go on from."""

    q: str
    member: str
    kind: str
    of: str
    since: date | None
    until: date | None
    before: int | None

    @classmethod
    def read(cls, request: HttpRequest) -> "Asked":
        """Read the query string; what cannot be read asks for nothing."""
        get = {name: str(value).strip()[:200] for name, value in request.GET.items()}
        return cls(
            q=get.get("q", ""),
            member=get.get("member", ""),
            kind=get.get("kind", "") if get.get("kind") in KINDS else "",
            of=get.get("of", ""),
            since=_date(get.get("since", "")),
            until=_date(get.get("until", "")),
            before=entry_number(get.get("before", "")),
        )

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is filtered out."""
        return bool(self.q or self.member or self.kind or self.of or self.since or self.until)


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@signed_in
def history(request: HttpRequest) -> HttpResponseBase:
    """Show a page of the history, or all of the selection as CSV."""
    chair = chair_of(request)
    log, asked = chair.log if chair else None, Asked.read(request)
    selected = selection(asked, log)
    if request.GET.get("format") == "csv":
        return csv_response(_("History"), HEADINGS, csv_lines(selected.iterator(CHUNK)))
    entries = list(selected[: PAGE + 1])
    context = {
        "asked": asked,
        "items": items(entries[:PAGE]),
        "kinds": kind_choices(),
        "members": sorted(request.member_names.items(), key=lambda pair: pair[1]),  # type: ignore[attr-defined]
        "older": entries[PAGE - 1].id if len(entries) > PAGE else None,
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "web/history.html", context)


def selection(asked: Asked, log: str | None) -> QuerySet[Entry]:
    """Return the entries asked for that an officer of `log` may read, newest first."""
    entries = readable(Entry, log).defer("header", "leaf", "commitment").order_by("-id")
    if asked.before is not None:
        entries = entries.filter(id__lt=asked.before)
    if asked.member:
        entries = entries.filter(log=asked.member)
    if asked.of:
        entries = entries.filter(id__in=touching(asked.of))
    zone = timezone.get_current_timezone()
    if asked.since:
        entries = entries.filter(at__gte=datetime.combine(asked.since, time.min, zone))
    if asked.until:
        entries = entries.filter(
            at__lt=datetime.combine(asked.until + timedelta(days=1), time.min, zone)
        )
    if asked.kind:
        entries = entries.filter(kind=asked.kind)
    if asked.q:
        found = search.find(asked.q, log, FOUND, [asked.kind] if asked.kind else None)
        entries = entries.filter(id__in=[entry.id for entry in found])
    return entries


def touching(key: str) -> "QuerySet[Touch, int]":
    """Return the numbers of the entries that concern the row with this key."""
    return Touch.objects.filter(key=key).values_list("entry_id", flat=True)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the history, ready to be shown."""

    told: Told
    badge: str
    fate: str

    @property
    def url(self) -> str:
        """Return the record's page."""
        return reverse("record", args=[self.told.position])


def items(entries: Iterable[Entry]) -> list[Item]:
    """Tell the entries and say of each what it is: a public fact, a played act, and whether it counts."""
    played = home().exercise
    return [Item(told, badge(told, played=played), fate_words(told)) for told in tell(entries)]


def badge(told: Told, *, played: bool) -> str:
    """Return `fact`, `played` or nothing: a public fact is never taken for an act, nor an act of play for one in earnest."""
    kind = KINDS.get(told.kind)
    if kind is not None and issubclass(kind.row, Fact):
        return "fact"
    return "played" if played else ""


def fate_words(told: Told) -> str:
    """Return what became of an entry, where it does not simply count."""
    match told.fate:
        case Fate.VOID:
            return _("Void: %(why)s. It changes nothing.") % {"why": told.why}
        case Fate.WAITING:
            return _("It cites a record that has not arrived here, and counts when that one comes.")
        case Fate.UNKNOWN:
            return _("This node does not know this kind of record. It is kept as it came.")
        case Fate.UNREAD:
            return _("Its content is not on this node.")
        case Fate.ERASED:
            return _(
                "Its content was erased by order of its member. Its place in the log is still proved."
            )
    return ""


HEADINGS = ("position", "time", "member", "office", "kind", "sentence", "public record", "standing")


def csv_lines(entries: Iterable[Entry]) -> Iterator[list[Any]]:
    """Yield entries as rows of CSV, told a chunk at a time."""
    rest = iter(entries)
    while chunk := list(islice(rest, CHUNK)):
        for item in items(chunk):
            told = item.told
            public = _("yes") if item.badge == "fact" else _("no")
            yield [
                told.position,
                told.at,
                told.author,
                told.officer,
                kind_words(told.kind),
                told.sentence,
                public,
                item.fate,
            ]
