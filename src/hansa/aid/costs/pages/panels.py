"""What waits for one's own officers about costs: claims to answer, sums to pay, missions that are home and not claimed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.aid.costs.book import books
from hansa.aid.costs.pages.overview import with_costs
from hansa.aid.costs.sums import money
from hansa.aid.models import Pledge
from hansa.aid.people.roster import rosters
from hansa.pact.models import Member
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


def unsettled(pledge: Pledge, log: str) -> str:
    """Say what would be left open if officers of `log`, the giver, said that all is settled; nothing where nothing is."""
    book = books([pledge], log)[0]
    left = sum(one.line.amount for one in book.open)
    waiting = sum(one.claimed for one in book.unanswered)
    found = []
    if left:
        member = next((one.name for one in Member.objects.filter(home=log)), log)
        words = {"cents": money(left, book.currency), "member": member}
        said = (
            _("%(cents)s more was not claimed: it would stay with %(member)s.")
            if book.total.claimed
            else _("Nothing was claimed yet: %(cents)s would stay with %(member)s.")
        )
        found.append(said % words)
    if waiting:
        words = {"cents": money(waiting, book.currency)}
        found.append(_("%(cents)s is claimed and waits for an answer.") % words)
    if book.due > 0:
        words = {"cents": money(book.due, book.currency)}
        found.append(_("%(cents)s is accepted and not paid yet.") % words)
    if book.overpaid:
        words = {"cents": money(-book.due, book.currency)}
        found.append(_("%(cents)s was paid too much and is to be paid back.") % words)
    return " ".join(found)


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
