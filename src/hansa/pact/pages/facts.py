"""Public facts: with their sources, with what was said before a correction, and beside accounts that differ."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.kernel.reading import readable
from hansa.pact.models import Call, Fact, Member
from hansa.pact.pages import notes
from hansa.pact.pages.accounts import Telling, tellings
from hansa.pact.pages.acts import OFFERED
from hansa.pact.pages.seeing import find, history, log_of, may, members, seat
from hansa.pact.records.facts import FactCorrected, FactRecorded, FactWithdrawn
from hansa.pages.access import capable, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak


@signed_in
@require_safe
def facts(request: HttpRequest) -> HttpResponseBase:
    """Show every fact, the latest first, withdrawn and corrected ones marked as such."""
    log, names = log_of(request), members()
    rows = readable(Fact, log).order_by("-when", "-key")
    by = sorted(set(readable(Fact, log).values_list("home", flat=True)))
    open_calls = readable(Call, log).order_by("-at")[:OFFERED]
    months = [
        (month.strftime("%Y-%m"), date_format(month, "F Y"))
        for month in readable(Fact, log).dates("when", "month", order="DESC")
    ]
    return render_list(
        request,
        title=_("Public facts"),
        rows=rows,
        columns=_columns(names),
        filters=[
            Filter(
                "member",
                _("Recorded by"),
                [(one, names[one].name if one in names else one) for one in by],
                by="home",
            ),
            Filter(
                "call", _("Call"), [(call.key, str(call)[:80]) for call in open_calls], by=_of_call
            ),
            Filter("month", _("Month"), months, by=_in_month),
            Filter(
                "mark",
                _("Mark"),
                [
                    ("stands", _("Stands")),
                    ("differs", _("Accounts differ")),
                    ("corrected", _("Corrected")),
                    ("withdrawn", _("Withdrawn")),
                ],
                by=_marked,
            ),
        ],
        search_fields=["text", "place", "sources"],
        empty=_("No public fact has been recorded. Record one with its source."),
        template="pact/facts.html",
        context={
            "may_record": may(request, "voice"),
            "groups": _differing(rows) if request.GET.get("mark") == "differs" else [],
            "differing": readable(Fact, log).exclude(differs_from="").exists(),
        },
    )


def _columns(names: Mapping[str, Member]) -> list[Column]:
    return [
        Column(gettext_lazy("When"), "when", sort="when", template="pact/fact_when.html"),
        Column(gettext_lazy("What"), "text", link=lambda row: reverse("fact", args=[row.key])),
        Column(gettext_lazy("Where"), "place", sort="place"),
        Column(gettext_lazy("Source"), source_line),
        Column(
            gettext_lazy("Recorded by"),
            lambda row: names[row.home].name if row.home in names else row.home,
            sort="home",
        ),
        Column(gettext_lazy("Mark"), mark),
        Column(
            gettext_lazy("Differs from"),
            lambda row: _("another account") if row.differs_from else "",
            link=lambda row: reverse("fact", args=[row.differs_from]) if row.differs_from else None,
        ),
    ]


SIDE_BY_SIDE = 20
"""Groups of accounts that differ on one page."""


def _differing(rows: Any) -> list[Telling]:
    """Return the accounts that differ, side by side, the latest group first."""
    groups = [one for one in tellings(_marked(rows, "differs")) if one.differs]
    return groups[:SIDE_BY_SIDE]


def source_line(fact: Fact) -> str:
    """Return the first source in a line, and how many more there are."""
    if not fact.sources:
        return ""
    first = fact.sources[0]
    line = f"{first['publisher']}, {first['title']}, {first['date']}"
    more = len(fact.sources) - 1
    return _("%(source)s, and %(more)s more") % {"source": line, "more": more} if more else line


def mark(fact: Fact) -> str:
    """Return what became of a fact, in words; nothing if it stands as it was recorded."""
    if fact.withdrawn:
        return _("Withdrawn: %(why)s") % {"why": fact.withdrawn}
    return _("Corrected") if fact.corrections else ""


def _of_call(rows: Any, key: str) -> Any:
    row = Call.objects.filter(key=key).first()
    return rows.filter(Q(call=key) | Q(key__in=row.facts if row else []))


def _in_month(rows: Any, month: str) -> Any:
    first = timezone.make_aware(datetime.strptime(month, "%Y-%m"))  # noqa: DTZ007 - made aware in the reader's zone at once
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return rows.filter(when__gte=first, when__lt=following)


def _marked(rows: Any, word: str) -> Any:
    if word == "withdrawn":
        return rows.exclude(withdrawn="")
    if word == "corrected":
        return rows.exclude(corrections=[])
    if word == "differs":
        named = Fact.objects.exclude(differs_from="").values("differs_from")
        return rows.filter(~Q(differs_from="") | Q(key__in=named))
    return rows.filter(withdrawn="", corrections=[])


@signed_in
@require_safe
def fact(request: HttpRequest, key: str) -> HttpResponse:
    """Show one fact: its sources, every earlier wording, other accounts of the same thing, notes, history."""
    log = log_of(request)
    row = find(Fact, key, log)
    others = list(
        readable(Fact, log)
        .filter(
            Q(key=row.differs_from)
            | Q(differs_from=row.key)
            | (Q(differs_from=row.differs_from) & ~Q(differs_from=""))
        )
        .exclude(key=row.key)
    )
    group = next(one for one in tellings([row, *others]) if row in one.facts)
    own = row.home == log and may(request, "voice")
    context = {
        "fact": row,
        "others": [one for one in group.facts if one.key != row.key],
        "call": readable(Call, log).filter(key=row.call).first() if row.call else None,
        "may_correct": own and not row.withdrawn,
        "history": history(row.key, log, request.GET.get("before", "")),
        **notes.panel(request, row),
    }
    return render(request, "pact/fact.html", context)


@capable("voice")
def record(request: HttpRequest) -> HttpResponse:
    """Record a fact, for a call if the address names one."""
    chair = seat(request)
    call = readable(Call, chair.log).filter(key=request.GET.get("call", "")).first()
    recorded = readable(Fact, chair.log).filter(withdrawn="").order_by("-at", "-key")[:OFFERED]
    choices = [(one.key, str(one)) for one in recorded]
    return speak(
        request,
        FactRecorded,
        fixed={
            "call": call.key if call else None,
            "figure": _figure(request),
            **({} if choices else {"differs_from": None}),
        },
        initial={"differs_from": request.GET.get("differs", "")},
        choices={"differs_from": choices} if choices else {},
        title=_("Record a public fact"),
        button=_("Record it"),
        done=(
            lambda position: (
                reverse("call", args=[call.key]) if call else reverse("fact", args=[position])
            )
        ),
        template="pact/fact_form.html",
        context={"call": call, "typed": request.POST},
    )


def _figure(request: HttpRequest) -> dict[str, Any] | None:
    """Return the figure typed beside the form, if one was; the kind judges it."""
    typed = {
        name: request.POST.get(f"figure-{name}", "").strip() for name in ("what", "value", "unit")
    }
    if not any(typed.values()):
        return None
    digits = "".join(letter for letter in typed["value"] if letter not in " ,.'’\u00a0\u202f")
    return {
        **typed,
        "value": int(digits) if digits.isascii() and digits.isdigit() else typed["value"],
    }


@capable("voice")
def correct(request: HttpRequest, key: str) -> HttpResponse:
    """Correct a fact of one's own member; what it said before stays beside it."""
    row = _own(request, key)
    return speak(
        request,
        FactCorrected,
        fixed={"fact": row.key},
        initial={"text": row.text},
        title=_("Correct a fact"),
        button=_("Sign the correction"),
        done=reverse("fact", args=[row.key]),
        template="pact/fact_change.html",
        context={"fact": row},
    )


@capable("voice")
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw a fact of one's own member; it stays readable, with the reason."""
    row = _own(request, key)
    return speak(
        request,
        FactWithdrawn,
        fixed={"fact": row.key},
        title=_("Withdraw a fact"),
        button=_("Sign the withdrawal"),
        done=reverse("fact", args=[row.key]),
        template="pact/fact_change.html",
        context={"fact": row},
    )


def _own(request: HttpRequest, key: str) -> Fact:
    log = seat(request).log
    row = find(Fact, key, log)
    if row.home != log:
        raise Http404(
            _(
                "Only the member that recorded a fact can change it. Record what you know beside it, and say that it differs."
            )
        )
    return row
