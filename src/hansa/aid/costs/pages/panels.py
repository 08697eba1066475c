"""What waits for one's own officers about costs: claims to answer, sums to pay, missions that are home and not claimed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid.costs.book import books
from hansa.aid.costs.pages.overview import with_costs
from hansa.aid.models import Pledge
from hansa.aid.people.roster import rosters
from hansa.pact.pages.seeing import log_of
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None

AT_HOME = 5
"""Lines of each sort on the home page."""

MISSIONS = 50
"""Missions of one's own that are looked at, the newest."""


def on_mission(request: HttpRequest, row: Pledge) -> Made:
    """Show the sums of a mission's account."""
    book = books([row], log_of(request))[0]
    return "costs/mission_panel.html", {"book": book, "total": book.total}


def at_home(request: HttpRequest, row: object) -> Made:
    """Show whoever signs for the member what waits for a signature."""
    chair = chair_of(request)
    if chair is None or not chair.may("sign"):
        return None
    listed = with_costs(chair.log, MISSIONS)
    mine = [one for one in listed if chair.log in {one.home, one.needer}]
    made = books(mine, chair.log)
    home = {one.pledge.key for one in rosters(mine) if one.demobilised}
    waiting = {
        "to_claim": [
            one
            for one in made
            if one.pledge.home == chair.log and one.pledge.key in home and one.to_claim
        ],
        "to_answer": [one for one in made if one.pledge.needer == chair.log and one.unanswered],
        "to_pay": [one for one in made if one.pledge.needer == chair.log and one.due > 0],
        "to_repay": [one for one in made if one.pledge.home == chair.log and one.overpaid],
    }
    if not any(waiting.values()):
        return None
    return "costs/home_panel.html", {
        name: (lines[:AT_HOME], max(0, len(lines) - AT_HOME)) for name, lines in waiting.items()
    }
