"""What missions add to pages of other parts: the work list at home, a call, a need."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid.missions import rules
from hansa.aid.missions.models import Offer
from hansa.aid.missions.pages import told
from hansa.aid.missions.words import OVER
from hansa.aid.models import Need, Pledge
from hansa.kernel.reading import readable
from hansa.pact.models import Call
from hansa.pact.pages.seeing import log_of
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None

ON_A_CALL = 30
"""Missions on a call's own page; the list shows the rest."""

AT_HOME = 5
"""Lines of each sort of work on the home page."""

SORTS = (
    "to_offer",
    "to_sign",
    "to_countersign",
    "to_order",
    "to_leave",
    "to_receive",
    "to_answer",
    "to_release",
    "to_settle",
)


def at_home(request: HttpRequest, row: object) -> Made:
    """Show what waits for the reader's member: requests to confirm, papers to sign, people to send and receive."""
    chair = chair_of(request)
    if chair is None:
        return None
    work = rules.waiting(chair.log)
    if not work:
        return None
    groups = {
        name: (getattr(work, name)[:AT_HOME], max(0, len(getattr(work, name)) - AT_HOME))
        for name in SORTS
    }
    return "missions/home_panel.html", {"mission_work": groups, "to_confirm": work.to_confirm}


def on_call(request: HttpRequest, row: Call) -> Made:
    """Show the missions under a call."""
    log = log_of(request)
    keys = (
        readable(Offer, log)
        .filter(call=row.key, replaced_by="")
        .order_by("-at")
        .values_list("pledge", flat=True)
    )
    pledges = readable(Pledge, log).filter(key__in=list(keys[: ON_A_CALL + 1]))
    found = rules.standings(pledges.order_by("-at", "key"))
    if not found:
        return None
    shown = sorted(found[:ON_A_CALL], key=lambda one: one.phase in OVER)
    return "missions/call_panel.html", {"standings": shown, "call": row}


def on_need(request: HttpRequest, row: Need) -> Made:
    """Show what a request asks in full, its clock if it was made by phone, its changes, and its missions."""
    log, chair = log_of(request), chair_of(request)
    pledges = readable(Pledge, log).filter(need=row.key).order_by("at", "key")
    found = rules.standings(pledges)
    asked, changes = told.request_lines(row), told.request_changes(row)
    confirm = next(iter(rules.unconfirmed([row])), None)
    may_confirm = chair is not None and chair.log == row.home and chair.may("logistics")
    return "missions/need_panel.html", {
        "need": row,
        "asked": asked,
        "changes": changes,
        "confirm": confirm,
        "may_confirm": may_confirm,
        "standings": found,
    }
