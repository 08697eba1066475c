"""How it stands between this node and each other one, log by log."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from hansa.kernel.models import Log
from hansa.kernel.sync import status
from hansa.kernel.sync.status import PeerState
from hansa.kernel.witness.models import Evidence
from hansa.pact.models import Member
from hansa.pages.access import chair_of, signed_in
from hansa.pages.panels import Made

WORDS = {
    "ok": gettext_lazy("In touch"),
    "late": gettext_lazy("Late"),
    "silent": gettext_lazy("Cannot be reached"),
    "new": gettext_lazy("Not asked yet"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One peer for the page: whose node it is, in words, and how many entries it has that are not here."""

    peer: PeerState
    names: tuple[str, ...]
    word: str
    silence: str
    behind: int
    refused: int

    @property
    def bad(self) -> bool:
        """Tell whether somebody should look."""
        return self.peer.state in {"late", "silent"} or self.refused > 0


@signed_in
@require_safe
def network(request: HttpRequest) -> HttpResponse:
    """Show every peer, what is missing here, and what was not taken in."""
    peers = shown()
    context: dict[str, Any] = {
        "peers": peers,
        "states": Counter(one.peer.state for one in peers),
        "logs": Log.objects.order_by("name"),
        "lacking": status.lacking(),
        "lost": status.lost(),
        "waiting": status.waiting(),
        "homeless": status.homeless(),
        "refusals": status.refusals(50),
        "forked": forked(),
    }
    return render(request, "web/network/network.html", context)


@signed_in
@require_safe
def peer(request: HttpRequest, number: int) -> HttpResponse:
    """Show one peer, log by log."""
    found = dict(enumerate(shown(), 1)).get(number)
    if found is None:
        raise Http404(_("This node knows of no such node."))
    return render(request, "web/network/peer.html", {"one": found})


def shown() -> list[Shown]:
    """Return every peer with its members' names, those first that somebody should look at."""
    names = dict(Member.objects.values_list("home", "name"))
    return [
        Shown(
            peer=one,
            names=tuple(names.get(log, log) for log in one.members),
            word=str(WORDS[one.state]),
            silence=for_how_long(one.silence),
            behind=sum(log.behind for log in one.logs),
            refused=sum(1 for log in one.logs if log.why),
        )
        for one in status.peers()
    ]


def forked() -> list[str]:
    """Return the names of the members whose logs have two histories, as far as is known here."""
    names = dict(Member.objects.values_list("home", "name"))
    logs = set(Evidence.objects.values_list("log", flat=True))
    return sorted(names.get(log, log) for log in logs)


def for_how_long(silence: timedelta | None) -> str:
    """Return a time in the one unit that a person needs."""
    if silence is None:
        return ""
    minutes = int(silence.total_seconds() // 60)
    hours, days = minutes // 60, minutes // (60 * 24)
    if days >= 2:  # noqa: PLR2004 - below two the smaller unit says more
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    if hours >= 2:  # noqa: PLR2004 - as above
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def alarm(request: HttpRequest, _row: object) -> Made:
    """Say on the home page which nodes are silent. Nothing is said while all is well."""
    if chair_of(request) is None:
        return None
    silent = [one for one in shown() if one.peer.state == "silent"]
    waiting = status.waiting()
    if not silent and not waiting:
        return None
    return "web/network/alarm.html", {"silent": _names(silent), "waiting": len(waiting)}


def _names(peers: Iterable[Shown]) -> list[str]:
    return sorted({name for one in peers for name in one.names})
