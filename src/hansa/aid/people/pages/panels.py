"""What waits for one's own officers about people: accountability calls, rest and relief."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid.models import Pledge
from hansa.aid.people.models import Person, RollCall
from hansa.aid.people.roster import open_rolls, rolls, rosters
from hansa.aid.people.words import Stage
from hansa.pact.words import Form
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None

AT_HOME = 5
"""Lines of each sort on the home page."""

MISSIONS = 100
"""Missions of one's own that are looked at for rest warnings, the newest."""


def on_mission(request: HttpRequest, row: Pledge) -> Made:
    """Show how many people a mission has where, and the accountability calls that are open."""
    if row.form != Form.MATERIAL:
        return None
    calls = RollCall.objects.filter(closed_at=None, home__in=[row.home, row.needer])
    called = [one for one in calls.order_by("due", "key") if row.key in one.pledges]
    return "people/mission_panel.html", {"roster": rosters([row])[0], "rolls": rolls(called)}


def at_home(request: HttpRequest, row: object) -> Made:
    """Show open accountability calls, overdue ones first and red; who is to be relieved."""
    chair = chair_of(request)
    if chair is None:
        return None
    waiting = list(open_rolls(chair.log))
    waiting.sort(key=lambda one: (not one.overdue, one.row.due))
    keys = Person.objects.filter(home=chair.log, struck_at=None).values("pledge")
    own = Pledge.objects.filter(home=chair.log, key__in=keys).order_by("-at")[:MISSIONS]
    tired = [
        (line, roster.pledge)
        for roster in rosters(own)
        for line in roster.people
        if line.stage == Stage.HERE and line.warnings
    ]
    if not (waiting or tired):
        return None
    return "people/home_panel.html", {
        "rolls": waiting[:AT_HOME],
        "tired": tired[:AT_HOME],
        "more_tired": max(0, len(tired) - AT_HOME),
    }
