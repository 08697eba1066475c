"""What every page of the pact asks first: who looks, at which row, and what was said about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry, Row, Touch
from hansa.kernel.reading import readable
from hansa.kernel.telling import Told, tell
from hansa.pact.models import Member, Officer
from hansa.pact.rules import judge_officer
from hansa.pages.access import Chair, chair_of

R = TypeVar("R", bound=Row)

PAGE = 20
"""Entries of a history on one page."""


def log_of(request: HttpRequest) -> str | None:
    """Return the log of the member for which the reader acts; None for a visitor of a demo."""
    chair = chair_of(request)
    return chair.log if chair else None


def may(request: HttpRequest, capability: str) -> bool:
    """Tell whether the reader's office holds the capability."""
    chair = chair_of(request)
    return chair is not None and chair.may(capability)


def seat(request: HttpRequest) -> Chair:
    """Return the reader's office, on a page that only officers reach."""
    chair = chair_of(request)
    if chair is None:
        raise RuntimeError("this view must be @seated or @capable")
    return chair


def find(model: type[R], key: str, log: str | None) -> R:
    """Return the row if the officers of `log` may read it; Http404 as if there were none otherwise."""
    row = readable(model, log).filter(key=key).first()
    if row is None:
        raise Http404(_("There is no such record here, or it is not for your member to read."))
    return row


def members() -> dict[str, Member]:
    """Return every member by its log."""
    return {member.home: member for member in Member.objects.all()}


def officers(logs: Iterable[str], at: datetime) -> list[Officer]:
    """Return the officers of these members whose office has not ended, by member and office."""
    found = Officer.objects.filter(home__in=set(logs), ended_at=None).order_by("home", "office")
    return [officer for officer in found if judge_officer(officer, "", at) != "ended"]


@dataclass(frozen=True, slots=True)
class History:
    """One page of what was said about a row, the newest first; `older` is where the next page begins."""

    told: list[Told]
    older: int | None


def history(key: str, log: str | None, before: str = "", size: int = PAGE) -> History:
    """Return what was said about a row, or with regard to it, as far as the officers of `log` may read it."""
    touches = Touch.objects.filter(key=key)
    if before.isdecimal():
        touches = touches.filter(entry_id__lt=int(before))
    ids = list(touches.order_by("-entry_id").values_list("entry_id", flat=True)[: size + 1])
    entries = readable(Entry.objects.filter(id__in=ids[:size]), log).order_by("-id")
    return History(tell(entries), ids[size - 1] if len(ids) > size else None)


def tongue(value: Any, name: str) -> str:
    """Return an article's, trigger's or rule's text in the reader's language, or in English if it was not written."""
    spanish = _part(value, f"{name}_es") if (get_language() or "").startswith("es") else ""
    return spanish or _part(value, name)


def _part(value: Any, name: str) -> str:
    return str(value.get(name, "") if isinstance(value, dict) else getattr(value, name, ""))


def plain(value: Any) -> Any:
    """Return a struct, or a list of them, as plain values."""
    return msgspec.to_builtins(value)


def place_refusal(form: Any, refusal: Refused) -> None:
    """Show a refusal at its field, or on top of the form if it has no such field."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
