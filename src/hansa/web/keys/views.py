"""Every log's keys, roots and versions; proposals to heal lost roots, with their clock, votes and objections."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hansa.kernel.chain import KeyDocument
from hansa.kernel.models import Log
from hansa.kernel.note import Verifier
from hansa.kernel.reading import names_of_members, readable
from hansa.kernel.ref import position
from hansa.kernel.roots import keeping
from hansa.kernel.roots.models import Aside, Rival
from hansa.pact.models import Rebind
from hansa.pact.rebinding import Case, read
from hansa.pact.records.rebind import RebindClosed, RebindObjected, RebindProposed, RebindVoted
from hansa.pact.rules import Roll
from hansa.pages.access import capable, chair_of, signed_in
from hansa.pages.speak import speak


@dataclass(frozen=True, slots=True)
class Range:
    """One version of a log's keys, and up to which entry its key signs (None: it is in force)."""

    document: KeyDocument
    until: int | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Keyed:
    """A log as the list shows it."""

    log: Log
    name: str
    key: Verifier
    version: int
    start: int
    alarm: bool


@signed_in
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """List every log with the key in force, so that fingerprints can be compared by voice."""
    logs = list(Log.objects.order_by("name"))
    names = names_of_members({log.name for log in logs})
    alarms = set(Rival.objects.values_list("log", flat=True))
    newest = keeping.newest()
    listed = [
        Keyed(
            log,
            names.get(log.name, log.name),
            Verifier.parse(log.vkey),
            *newest.get(log.name, (0, 0)),
            log.name in alarms,
        )
        for log in logs
    ]
    chair = chair_of(request)
    context = {
        "listed": listed,
        "proposals": _proposals(request),
        "may_propose": chair is not None and chair.may("sign"),
    }
    return render(request, "web/keys/keys.html", context)


@signed_in
@require_safe
def keys_of(request: HttpRequest, log: str) -> HttpResponse:
    """Show one log's roots, and which key signed it from where to where."""
    found = get_object_or_404(Log, name=log)
    chain = keeping.chain_of(log)
    decided = set(keeping.rebound(log))
    ends: list[int | None] = [*(one.start for one in chain[1:]), None]
    ranges = [
        Range(one, end, one.version in decided) for one, end in zip(chain, ends, strict=False)
    ]
    context = {
        "log": found,
        "key": Verifier.parse(found.vkey),
        "ranges": ranges[::-1],
        "aside": Aside.objects.filter(log=log).count(),
        "rivals": Rival.objects.filter(log=log).count(),
        "proposals": [one for one in _proposals(request) if one.proposal.log == log],
    }
    return render(request, "web/keys/log.html", context)


@signed_in
@require_safe
def rebind(request: HttpRequest, key: str) -> HttpResponse:
    """Show one proposal: what it would change, who agreed, who objected, and from when it may be closed."""
    row = _find(request, key)
    case, chair = Case.of(row), chair_of(request)
    names = names_of_members({row.log, row.home, *case.electors})
    log = chair.log if chair else ""
    voted = {one.home for one in case.ballots} | {row.home}
    context = {
        "case": case,
        "row": row,
        "document": read(row.note),
        "votes": [(names.get(one, one), one, _vote(case, one)) for one in sorted(case.electors)],
        "may_vote": log in case.electors and log not in voted and not case.carried_at,
        "may_object": bool(log) and not case.carried_at,
        "may_close": log == row.home and not case.carried_at,
        "lacking": case.lacking(_yes(case)),
    }
    return render(request, "web/keys/rebind.html", context)


@capable("sign")
def propose(request: HttpRequest) -> HttpResponse:
    """Propose new keys for a member whose roots are lost."""
    named = names_of_members(keeping.newest())
    return speak(
        request,
        RebindProposed,
        choices={"member": [(f"{log}@0", named.get(log, log)) for log in sorted(keeping.newest())]},
        title=_("Propose new keys for a member"),
        button=_("Sign the proposal"),
        done=lambda place: reverse("rebind", args=[place]),
        template="web/keys/propose.html",
    )


@capable("sign")
def vote(request: HttpRequest, key: str) -> HttpResponse:
    """Vote on a proposal."""
    return _say(
        request,
        key,
        RebindVoted,
        _("Vote on new keys"),
        _("Sign the vote"),
        choices={"yes": [("yes", _("Yes, we agree")), ("no", _("No, we do not agree"))]},
    )


@capable("sign")
def object_(request: HttpRequest, key: str) -> HttpResponse:
    """Object to a proposal, as the member itself or with the word of one of its roots."""
    return _say(request, key, RebindObjected, _("Object to new keys"), _("Sign the objection"))


@capable("sign")
def close(request: HttpRequest, key: str) -> HttpResponse:
    """Close the vote, on the votes that are here."""
    row = _find(request, key)
    chair = chair_of(request)
    if chair is None or chair.log != row.home:
        raise Http404(_("Whoever proposed it closes it."))
    return _say(
        request,
        key,
        RebindClosed,
        _("Close the vote"),
        _("Sign: the new keys take effect"),
        fixed={"ballots": _yes(Case.of(row))},
    )


def _say(
    request: HttpRequest, key: str, kind: Any, title: str, button: str, **more: Any
) -> HttpResponse:
    row = _find(request, key)
    return speak(
        request,
        kind,
        title=title,
        button=button,
        done=reverse("rebind", args=[row.key]),
        template="web/keys/speak.html",
        context={"row": row, "document": read(row.note)},
        fixed={"proposal": row.key, **more.pop("fixed", {})},
        **more,
    )


def _find(request: HttpRequest, key: str) -> Rebind:
    chair = chair_of(request)
    found: Rebind = get_object_or_404(readable(Rebind, chair.log if chair else None), key=key)
    return found


def _proposals(request: HttpRequest) -> list[Case]:
    """Return the proposals, the newest first."""
    chair = chair_of(request)
    rows = list(readable(Rebind, chair.log if chair else None).order_by("-at", "-key"))
    if not rows:
        return []
    roll = Roll()
    return [Case.of(row, roll) for row in rows]


def _yes(case: Case) -> list[str]:
    return [position(one.home, one.index) for one in case.ballots if one.yes]


def _vote(case: Case, log: str) -> str:
    return "yes" if log in case.yes else "no" if log in case.no else ""
