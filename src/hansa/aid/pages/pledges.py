"""Pledges: promise toward a need, take back, accept and turn down."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid import board, catalogue
from hansa.aid.models import Need, Pledge, Stock
from hansa.aid.records.pledges import PledgeAccepted, Pledged, PledgeTurnedDown, PledgeWithdrawn
from hansa.aid.shelf import Shelf, shelf, shelves
from hansa.pact.pages.seeing import find, seat
from hansa.pages.access import capable
from hansa.pages.speak import speak


@capable("duty")
def pledge(request: HttpRequest, key: str) -> HttpResponse:
    """Pledge toward a need: all or part of it."""
    chair = seat(request)
    need = find(Need, key, chair.log)
    if need.home == chair.log:
        raise Http404(_("This is your own need. The others pledge toward it."))
    line = board.need_lines([need])[0]
    item = request.GET.get("item") or need.item
    if not catalogue.serves(item, need.item):
        raise Http404(_("This does not serve where that is needed. Start again from the need."))
    stock = Stock.objects.filter(home=chair.log, item=item).first()
    held = shelf(stock) if stock is not None and stock.bounded else None
    free = max(held.free(), 0) if held is not None else 0
    most = line.open if held is None else min(line.open, free)
    return speak(
        request,
        Pledged,
        fixed={
            "call": need.call,
            "need": need.key,
            "form": need.form,
            "item": item,
            "unit": need.unit,
        },
        initial={"quantity": most} if most else {},
        title=_("Pledge toward this need"),
        button=_("Pledge"),
        done=reverse("need", args=[need.key]),
        template="aid/pledge.html",
        context={
            "line": line,
            "held": held,
            "free": free,
            "item": item,
            "given": catalogue.name_of(item),
            "others": _as_well(chair.log, need, item),
        },
    )


def _as_well(log: str, need: Need, chosen: str) -> list[Shelf]:
    """Return what else of one's own stock serves where this is needed, and is free."""
    codes = [code for code in catalogue.substitutes(need.item) if code != chosen]
    rows = Stock.objects.filter(home=log, item__in=codes, unit=need.unit).order_by("item")
    return [one for one in shelves(rows).values() if one.free() > 0]


def _line(request: HttpRequest, key: str) -> board.PledgeLine:
    return board.pledge_lines([find(Pledge, key, seat(request).log)])[0]


def _context(line: board.PledgeLine) -> dict[str, Any]:
    needs = [line.need] if line.need is not None else []
    return {"pledge_line": line, "line": next(iter(board.need_lines(needs)), None)}


@capable("duty")
def pledge_end(request: HttpRequest, key: str) -> HttpResponse:
    """Take back what is not sent yet, or part of it."""
    line = _line(request, key)
    if line.pledge.home != seat(request).log:
        raise Http404(_("Only the member that pledged can take its pledge back."))
    return speak(
        request,
        PledgeWithdrawn,
        fixed={"pledge": line.pledge.key},
        initial={"quantity": line.to_release or line.pledge.to_send},
        title=_("Take a pledge back"),
        button=_("Take it back"),
        done=reverse("need", args=[line.pledge.need]),
        template="aid/about_pledge.html",
        context=_context(line),
    )


def _to_me(request: HttpRequest, key: str) -> board.PledgeLine:
    line = _line(request, key)
    if line.pledge.needer != seat(request).log:
        raise Http404(_("Only the member in need answers a pledge."))
    return line


@capable("logistics")
def accept(request: HttpRequest, key: str) -> HttpResponse:
    """Accept a pledge, all or part of it."""
    line = _to_me(request, key)
    context = _context(line)
    need: board.NeedLine | None = context["line"]
    counts = line.accepted if line.acceptance else line.pledge.standing
    room = need.open + counts if need is not None else counts
    return speak(
        request,
        PledgeAccepted,
        fixed={"need": line.pledge.need, "pledge": line.pledge.key},
        initial={"quantity": max(1, line.pledge.away, min(line.pledge.standing, room))},
        title=_("Accept a pledge"),
        button=_("Accept"),
        done=reverse("need", args=[line.pledge.need]),
        template="aid/about_pledge.html",
        context={**context, "answering": True},
    )


@capable("logistics")
def turn_down(request: HttpRequest, key: str) -> HttpResponse:
    """Turn a pledge down with thanks."""
    line = _to_me(request, key)
    return speak(
        request,
        PledgeTurnedDown,
        fixed={"need": line.pledge.need, "pledge": line.pledge.key},
        title=_("Turn a pledge down"),
        button=_("Turn it down with thanks"),
        done=reverse("need", args=[line.pledge.need]),
        template="aid/about_pledge.html",
        context=_context(line),
    )
