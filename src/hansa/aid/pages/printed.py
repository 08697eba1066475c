"""A paper as it is given out: in the language of its form, on the incident's clock, marked where it is played.

Papers go to other members, banks, auditors and drivers. Whoever prints one, it is the same paper.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from hansa.aid.papers import pdf
from hansa.aid.played import played
from hansa.kernel.models import Entry
from hansa.kernel.ref import split
from hansa.pact.models import Call, Member, Officer

LANGUAGE = "en"
"""Of the templates, and so of what is filled in."""


def given(
    name: str, called: str, make: Callable[[], Mapping[str, Any]], *, at: str
) -> HttpResponse:
    """Return the paper `name` to be read in the browser, as a file `called`.pdf.

    `make` is asked for what fills it while the language is the papers' own, and the zone that of the member `at`.
    """
    with override(LANGUAGE), timezone.override(ZoneInfo(zone_of(at))):
        data = make()
        made = pdf(name, data)
    file = f"{'exercise-' if data.get('drill') else ''}{called.replace('@', '-')}.pdf"
    return HttpResponse(
        made,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{file}"'},
    )


def head(call: str) -> dict[str, Any]:
    """Return what every paper says of the call under which it is: the incident in words, whether it is played."""
    found = Call.objects.filter(key=call).first()
    return {
        "incident": str(found) if found is not None else "",
        "drill": played(found.pact if found is not None else ""),
    }


def zone_of(log: str) -> str:
    """Return a member's time zone."""
    found = Member.objects.filter(home=log).values_list("zone", flat=True).first()
    return found or "UTC"


def office_of(record: str) -> str:
    """Return the office that said a record, as far as it is known here."""
    log, index = split(record)
    by = Entry.objects.filter(log=log, index=index).values_list("by", flat=True).first()
    found = Officer.objects.filter(key=by).values_list("office", flat=True).first() if by else None
    return found or ""


def signature(record: str, at: datetime) -> dict[str, Any]:
    """Return the signed record that stands for the ink: the office, when, and its number."""
    return {"office": office_of(record), "at": moment(at), "record": record}


def moment(at: datetime | None) -> str:
    """Return a moment as papers print it, with its zone; nothing where there is none."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{date_format(local, 'j M Y, H:i')} {local.tzname()}"
