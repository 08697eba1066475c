"""What aid adds to pages of other parts: the board on a call, the work list at home, the account on a member."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Sum
from django.http import HttpRequest

from hansa.aid import board, catalogue
from hansa.aid.models import Need, Pledge
from hansa.aid.worklist import work
from hansa.kernel.reading import readable
from hansa.pact.models import Call, Member
from hansa.pact.pages.seeing import log_of
from hansa.pact.words import Form
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None

ON_A_CALL = 50
"""Needs on a call's own page; the board shows the rest."""

AT_HOME = 5
"""Lines of each sort of work on the home page."""


def on_call(request: HttpRequest, row: Call) -> Made:
    """Show what the caller needs."""
    found = board.needs(log_of(request)).filter(call=row.key).unmet_first()
    form = request.GET.get("form", "")
    if form in Form.values:
        found = found.filter(form=form)
    lines: list[Any] = list(found[: ON_A_CALL + 1])
    chair = chair_of(request)
    own = chair is not None and chair.log == row.home and chair.may("logistics")
    return "aid/call_panel.html", {
        "lines": lines[:ON_A_CALL],
        "more": len(lines) > ON_A_CALL,
        "call": row,
        "only": Form(form).label if form in Form.values else "",
        "may_state": own and row.ended_at is None,
        "may_pledge": chair is not None and chair.log != row.home and chair.may("duty"),
    }


def at_home(request: HttpRequest, row: object) -> Made:
    """Show what waits for the reader's member to accept, send, confirm, settle or take back."""
    chair = chair_of(request)
    if chair is None:
        return None
    waiting = work(chair.log)
    if not waiting:
        return None
    groups = {
        name: (lines[:AT_HOME], max(0, len(lines) - AT_HOME))
        for name, lines in (
            ("to_accept", waiting.to_accept),
            ("to_confirm", waiting.to_confirm),
            ("to_send", waiting.to_send),
            ("to_settle", waiting.to_settle),
            ("to_release", waiting.to_release),
        )
    }
    return "aid/home_panel.html", {"work": groups}


def to_state(request: HttpRequest, row: object) -> Made:
    """Show an office that may ask where to: a need under each call of its own that stands."""
    chair = chair_of(request)
    if chair is None or not chair.may("logistics"):
        return None
    standing = Call.objects.filter(home=chair.log, ended_at=None).order_by("at", "key")
    calls = [call for call in standing if call.forms]
    return ("aid/state_panel.html", {"calls": calls}) if calls else None


def on_member(request: HttpRequest, row: Member) -> Made:
    """Show what a member gave and what it needed, by item."""
    log = log_of(request)
    given = (
        readable(Pledge, log)
        .filter(home=row.home)
        .values("item", "unit", "form")
        .annotate(pledged=Sum(F("quantity") - F("withdrawn")), sent=Sum(F("sent") - F("gone")))
        .order_by("form", "item")
    )
    needed = (
        readable(Need, log)
        .filter(home=row.home)
        .values("item", "unit", "form")
        .annotate(asked=Sum("quantity"), received=Sum("received"))
        .order_by("form", "item")
    )
    shown = {"given": _named(given), "needed": _named(needed), "member": row}
    return ("aid/member_panel.html", shown) if shown["given"] or shown["needed"] else None


def _named(rows: Any) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "name": catalogue.name_of(row["item"]),
            "counted": catalogue.counted(row["unit"], 2),
        }
        for row in rows
    ]
