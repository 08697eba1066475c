"""What planning adds to the home page: what is proposed to one's own member, and where offers no longer hold."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid.planning.fitting import fit, overstated
from hansa.aid.planning.standing import standing
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
