"""Notes: what officers say to each other about any row, on the row's own page and in one's inbox."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.kernel import clock
from hansa.kernel.models import Entry, Row, Touch, row_models
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of, is_position
from hansa.pact.models import Note, Officer
from hansa.pact.pages.seeing import log_of, members, officers, seat
from hansa.pact.records.facts import Noted
from hansa.pages.access import capable, chair_of, seated
from hansa.pages.forms import RecordForm, form_for, readers
from hansa.pages.lists import Column, render_list
from hansa.pages.places import address
from hansa.pages.speak import speak

SHOWN = 30
"""Notes on a row's own page; the rest stands in its history."""

INBOX = 5
"""Mentions on the home page."""


def panel(request: HttpRequest, row: Row) -> dict[str, Any]:
    """Return the notes about a row, the newest first, and the form for one more where the reader may write."""
    chair, log = chair_of(request), log_of(request)
    found = list(readable(Note, log).filter(about=row.key).order_by("-at", "-key")[: SHOWN + 1])
    named = Officer.objects.in_bulk({key for note in found for key in note.mentions})
    form = (
        _form(request, row, found)
        if chair is not None and chair.may("note") and is_position(row.key)
        else None
    )
    return {
        "notes": [
            (note, [str(named[key]) for key in note.mentions if key in named])
            for note in found[:SHOWN]
        ],
        "notes_more": len(found) > SHOWN,
        "notes_on": row,
        "note_form": form() if form else None,
        "note_readers": readers(Noted, chair) if chair else "",
    }


def on_page(request: HttpRequest, row: Row | None) -> tuple[str, Mapping[str, Any]] | None:
    """Return the notes as a panel for the pages of other parts."""
    return ("pact/notes.html", panel(request, row)) if isinstance(row, Row) else None


def _form(request: HttpRequest, row: Row, found: list[Note]) -> type[RecordForm]:
    chair = seat(request)
    return form_for(
        Noted,
        chair=chair,
        fixed={"on": row.key},
        choices={"mentions": _mentionable(chair.log, chair.by, row, found)},
    )


def _mentionable(log: str, by: str, row: Row, found: list[Note]) -> list[tuple[str, str]]:
    """Return the offices one would call on here: of one's own member, the row's, and those who wrote before."""
    names = members()
    logs = {log, home_of(row.key), *(note.home for note in found)}
    listed = [
        (one.home != log, names[one.home].name if one.home in names else one.home, one)
        for one in officers(logs, clock.now())
        if one.key != by
    ]
    return [
        (one.key, f"{name}: {one.office}")
        for _other, name, one in sorted(
            listed, key=lambda entry: (entry[0], entry[1], entry[2].office)
        )
    ]


@capable("note")
def note(request: HttpRequest) -> HttpResponse:
    """Write a note on the row named in the address."""
    chair = seat(request)
    row = _row(request.GET.get("on", ""), chair.log)
    found = list(readable(Note, chair.log).filter(about=row.key)[:SHOWN])
    return speak(
        request,
        Noted,
        fixed={"on": row.key},
        choices={"mentions": _mentionable(chair.log, chair.by, row, found)},
        title=_("Note on: %(row)s") % {"row": row},
        button=_("Save the note"),
        done=address(row) or reverse("home"),
    )


def _row(key: str, log: str) -> Row:
    """Return the row of any kind that stands under this key, the one with a page of its own first."""
    if not is_position(key):
        raise Http404(_("Notes are written on a record: LOG@NUMBER."))
    found = [
        row
        for model in row_models()
        if (row := readable(model, log).filter(key=key).first()) is not None
    ]
    if not found:
        raise Http404(_("There is no such record here, or it is not for your member to read."))
    return next((row for row in found if address(row)), found[0])


def mentioning(by: str, log: str, most: int | None = None) -> list[Note]:
    """Return the notes that name this office, the newest first."""
    entries = (
        readable(Entry, log)
        .filter(kind=Noted.kind, id__in=Touch.objects.filter(key=by).values("entry_id"))
        .order_by("-id")
    )
    keys = [entry.subject for entry in (entries[:most] if most else entries)]
    found = readable(Note, log).in_bulk(keys)
    return [found[key] for key in keys if key in found and by in found[key].mentions]


def inbox(request: HttpRequest, row: object) -> tuple[str, Mapping[str, Any]] | None:
    """Return the panel “mentions of my office” for the home page."""
    chair = chair_of(request)
    if chair is None:
        return None
    found = mentioning(chair.by, chair.log, INBOX)
    return ("pact/inbox.html", {"mentions": found}) if found else None


@seated
def mentions(request: HttpRequest) -> HttpResponseBase:
    """Show every note that names the reader's office."""
    chair = seat(request)
    names = members()
    return render_list(
        request,
        title=_("Notes for your office"),
        rows=mentioning(chair.by, chair.log),
        columns=[
            Column(gettext_lazy("When"), "at", sort="at"),
            Column(
                gettext_lazy("From"),
                lambda row: names[row.home].name if row.home in names else row.home,
            ),
            Column(
                gettext_lazy("Note"),
                "text",
                link=lambda row: reverse("note-about", args=[row.about]),
            ),
        ],
        empty=_("Nobody has named your office in a note yet."),
    )


@seated
def about(request: HttpRequest, key: str) -> HttpResponse:
    """Go to the page of the row on which notes stand: its own, or its record's."""
    row = _row(key, seat(request).log)
    return HttpResponseRedirect(f"{address(row) or reverse('record', args=[key])}#notes")
