"""What the inventory adds to other pages: what expires and has run out at home; limits and packages on a member's page."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from hansa.aid import catalogue
from hansa.aid.inventory import rules
from hansa.aid.inventory.models import Package
from hansa.aid.inventory.pages.stock import held, today
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.models import Member
from hansa.pact.pages.seeing import log_of
from hansa.pages.access import chair_of

Made = tuple[str, Mapping[str, Any]] | None

AT_HOME = 5
"""Lines of each sort on the home page."""


def at_home(request: HttpRequest, row: object) -> Made:
    """Show what is promised and may not leave, lots that expire within 30 days, reserves that have run out, packages that nobody has proven for a year."""
    chair = chair_of(request)
    if chair is None:
        return None
    now = today()
    lots = rules.expiring(chair.log, now)
    ended = rules.lapsed(chair.log, clock.now())
    stale = [one for one in rules.packages_of(chair.log) if rules.is_stale(one, now)]
    overdrawn = [one for one in held(chair.log) if one.overdrawn]
    if not (overdrawn or lots or ended or stale):
        return None
    return "inventory/home_panel.html", {
        "overdrawn": overdrawn[:AT_HOME],
        "more_overdrawn": max(0, len(overdrawn) - AT_HOME),
        "lots": [(lot, rules.is_expired(lot, now)) for lot in lots[:AT_HOME]],
        "more_lots": max(0, len(lots) - AT_HOME),
        "ended": [(one, catalogue.name_of(one.item)) for one in ended[:AT_HOME]],
        "more_ended": max(0, len(ended) - AT_HOME),
        "stale": stale[:AT_HOME],
        "more_stale": max(0, len(stale) - AT_HOME),
    }


def on_member(request: HttpRequest, row: Member) -> Made:
    """Show what a member may not send, and what it has ready."""
    limits = rules.limits_of(row.home)
    packages = readable(Package, log_of(request)).filter(
        home=row.home, replaced_by="", withdrawn_at=None
    )
    shown = {"limits": limits, "packages": list(packages.order_by("title")), "member": row}
    return ("inventory/member_panel.html", shown) if limits or shown["packages"] else None
