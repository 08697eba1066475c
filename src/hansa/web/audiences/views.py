"""A member's audiences: who belongs to each, since when, and what a newcomer would be given to read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.kernel.errors import Refused
from hansa.kernel.ref import home_of
from hansa.kernel.seal import epochs
from hansa.kernel.seal import keeping as seal
from hansa.kernel.seal.models import Audience, EpochKey
from hansa.kernel.seal.records import AudienceChanged, AudienceDefined, EpochsExtended
from hansa.pact.models import Member
from hansa.pact.words import MemberType
from hansa.pages.access import Chair, capable, chair_of, seated
from hansa.pages.forms import Choice
from hansa.pages.speak import speak

SALT = "hansa.web.audiences"


@dataclass(frozen=True, slots=True)
class Listed:
    """An audience as its own member sees it."""

    row: Audience
    readers: str
    without: str
    epochs: int


@dataclass(frozen=True, slots=True)
class Read:
    """An audience of another member's, to which this one belongs or belonged."""

    key: str
    title: str
    author: str
    since: datetime
    readers: str


@dataclass(frozen=True, slots=True)
class Span:
    """One epoch: from when until when, who read it, and how much was said in it."""

    epoch: EpochKey
    readers: str
    records: int
    lacking: list[Choice]
    """Who belongs to the audience now and does not read this epoch."""


@seated
@require_safe
def audiences(request: HttpRequest) -> HttpResponse:
    """List the member's own audiences, and those of others that it reads."""
    chair = _chair(request)
    return render(
        request,
        "web/audiences/audiences.html",
        {
            "own": [_listed(row) for row in _own(chair)],
            "others": _others(chair),
            "keeper": chair.may(AudienceDefined.by),
        },
    )


@seated
def audience(request: HttpRequest, key: str) -> HttpResponse:
    """Show one of the member's own audiences with its epochs."""
    chair = _chair(request)
    row = _find(chair, key)
    return render(
        request,
        "web/audiences/audience.html",
        {
            "one": _listed(row),
            "spans": _spans(row),
            "keeper": chair.may(AudienceChanged.by),
            "signs": chair.may(EpochsExtended.by),
        },
    )


@capable(AudienceDefined.by)
def define(request: HttpRequest) -> HttpResponse:
    """Define an audience."""
    return speak(
        request,
        AudienceDefined,
        choices=_choices(_chair(request)),
        title=_("Define an audience"),
        button=_("Define it"),
        done=lambda position: reverse("audience", args=[position]),
    )


@capable(AudienceChanged.by)
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Change who belongs to an audience."""
    chair = _chair(request)
    row = _find(chair, key)
    return speak(
        request,
        AudienceChanged,
        fixed={"of": row.key},
        initial={"title": row.title, "whom": row.whom, "members": row.members, "type": row.type},
        choices=_choices(chair),
        title=_("Change the audience “%(title)s”") % {"title": row.title},
        button=_("Change it"),
        done=reverse("audience", args=[row.key]),
        template="web/audiences/change.html",
    )


@capable(EpochsExtended.by)
def extend(request: HttpRequest, key: str, reader: str) -> HttpResponse:
    """Open earlier records to one who belongs to the audience now, after saying plainly which become readable."""
    chair = _chair(request)
    row = _find(chair, key)
    token = request.POST.get("extension", "")
    try:
        record = _read_token(token) if token else _extension(request, row, reader)
    except Refused as refusal:
        return render(
            request,
            "web/audiences/nothing.html",
            {"row": row, "sentence": refusal.sentence},
            status=422 if token else 200,
        )
    fixed = msgspec.to_builtins(record)
    return speak(
        request,
        EpochsExtended,
        fixed=fixed,
        audience=row.key,
        title=_("Open earlier records to %(member)s") % {"member": seal.named([reader])},
        button=_("Sign: open them"),
        done=reverse("audience", args=[row.key]),
        template="web/audiences/extend.html",
        context={
            "row": row,
            "reader": reader,
            "record": record,
            "extension": token or signing.dumps(record.encode().decode(), salt=SALT, compress=True),
        },
    )


def _extension(request: HttpRequest, row: Audience, reader: str) -> EpochsExtended:
    """Make the record from what was chosen in the address: the epochs from one on, or all that the reader lacks."""
    lacking = EpochKey.objects.filter(audience=row.key).exclude(readers__reader=reader)
    first = EpochKey.objects.filter(audience=row.key, name=request.GET.get("from", "")).first()
    if first is not None:
        lacking = lacking.filter(index__gte=first.index)
    names = list(lacking.values_list("name", flat=True))
    if not names:
        raise Refused(_("There is nothing earlier that this member cannot read."))
    return epochs.extension(row, names, [reader])


def _read_token(token: str) -> EpochsExtended:
    """Return the record that was shown. Its keys are wrapped anew each time, so the same one must come back."""
    try:
        return EpochsExtended.decode(signing.loads(token, salt=SALT).encode())
    except (signing.BadSignature, ValueError, AttributeError) as error:
        raise Refused(_("Start again from the audience's page.")) from error


def _chair(request: HttpRequest) -> Chair:
    chair = chair_of(request)
    if chair is None:
        raise Http404
    return chair


def _own(chair: Chair) -> list[Audience]:
    return list(Audience.objects.filter(home=chair.log).order_by("title", "key"))


def _find(chair: Chair, key: str) -> Audience:
    row = Audience.objects.filter(pk=key, home=chair.log).first()
    if row is None:
        raise Http404(_("Your member has no such audience."))
    return row


def _listed(row: Audience) -> Listed:
    who = epochs.readership(row)
    return Listed(
        row,
        seal.named(who.readers),
        seal.named(who.without),
        EpochKey.objects.filter(audience=row.key).count(),
    )


def _others(chair: Chair) -> list[Read]:
    titles = seal.titles(seal.audiences_of(chair.log))
    return [
        Read(
            key,
            titles.get(key, ""),
            seal.named([home_of(key)]),
            since,
            seal.named(seal.readers_of(key)),
        )
        for key, since in seal.audiences_of(chair.log).items()
        if home_of(key) != chair.log
    ]


def _spans(row: Audience) -> list[Span]:
    found = list(EpochKey.objects.filter(audience=row.key).order_by("-index"))
    inside = [set(one.readers.values_list("reader", flat=True)) for one in found]
    now = inside[0] if inside else set()
    return [
        Span(
            epoch,
            seal.named(readers),
            epochs.count_of([epoch]),
            [(log, seal.named([log])) for log in sorted(now - readers)],
        )
        for epoch, readers in zip(found, inside, strict=True)
    ]


def _choices(chair: Chair) -> dict[str, Any]:
    members = Member.objects.exclude(home=chair.log).order_by("name", "key")
    return {
        "members": [(row.key, str(row)) for row in members],
        "type": [(str(one.value), one.label) for one in MemberType],
    }
