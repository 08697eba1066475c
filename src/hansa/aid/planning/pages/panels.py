"""What planning adds to the pages of other parts: what is proposed to one's own member, and who could help with a need."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid import board
from hansa.aid.models import Need
from hansa.aid.planning.fitting import fit, overstated
from hansa.aid.planning.sources import sources
from hansa.aid.planning.standing import standing
from hansa.pact.pages.seeing import log_of
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None


def at_home(request: HttpRequest, row: object) -> Made:
    """Show the proposal to the reader's member, and what it offers that it no longer has."""
    chair = chair_of(request)
    if chair is None:
        return None
    state = standing(chair.log)
    fitted = fit(state.plan, chair.log) if state.plan else None
    waiting = [one for one in fitted.lines if one.quantity] if fitted else []
    over = overstated(chair.log)
    if not waiting and not over:
        return None
    return "planning/home_panel.html", {"state": state, "waiting": waiting, "over": over}


def on_need(request: HttpRequest, row: Need) -> Made:
    """Show who could still help with a need, and how soon; nothing once it is met, or for visitors."""
    log = log_of(request)
    if log is None or row.cancelled_at is not None or board.need_lines([row])[0].open == 0:
        return None
    found, notes = sources(row, log)
    own = row.home == log
    if not found and not own:
        return None
    return "planning/need_panel.html", {"need": row, "sources": found, "notes": notes, "own": own}
