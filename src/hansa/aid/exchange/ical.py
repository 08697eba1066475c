"""What is due for one member as iCalendar (RFC 5545): its own needs, arrivals, pledges to make ready, missions, shifts.

Texts go through the library, which escapes them: no text can end its line and begin another property.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid import board
from hansa.aid.missions.models import Mission
from hansa.aid.models import Pledge, Shipment
from hansa.aid.people.models import Shift
from hansa.aid.played import played
from hansa.kernel import clock
from hansa.kernel.reading import names_of_members, readable

MOST = 1000
"""Events of each sort."""

KEPT = timedelta(days=14)
"""For so long after it was due a thing stays in the calendar."""

Event = tuple[str, datetime, str, str, str]
"""Its id, when, what, where, and the path of its page."""


def due(log: str) -> bytes:
    """Return the calendar of the member `log`."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Hansa//aid//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = names_of_members({log}).get(log, log)
    calendar.add("x-wr-calname", _("Aid due: %(member)s") % {"member": plain(name)})
    for one in (*_needs(log), *_arrivals(log), *_pledges(log), *_missions(log), *_shifts(log)):
        calendar.add_component(_event(one))
    made: bytes = calendar.to_ical()
    return made


def plain(text: str) -> str:
    """Return a text in one line: control characters are no part of a calendar's text (RFC 5545, 3.3.11)."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _event(one: Event) -> Any:
    from icalendar import Event as Made

    number, at, what, where, path = one
    made = Made()
    made.add("uid", f"{number}@hansa")
    made.add("dtstamp", clock.now())
    made.add("dtstart", at)
    made.add("summary", f"{_('EXERCISE')}: {plain(what)}" if played() else plain(what))
    if where:
        made.add("location", plain(where))
    made.add("url", f"{settings.NODE_URL}{path}")
    return made


def _needs(log: str) -> Iterator[Event]:
    found: Any = board.needs(log).in_state("unmet").filter(home=log)
    for line in found.filter(due__gte=clock.now() - KEPT)[:MOST]:
        need = line.need
        what = _("Needed by now: %(what)s") % {"what": need}
        yield f"need-{need.key}", need.due, what, need.place, f"/need/{need.key}"


def _arrivals(log: str) -> Iterator[Event]:
    near = Shipment.objects.filter(expected__gte=clock.now() - KEPT)
    sent = readable(near, log).filter(Q(receiver=log) | Q(home=log)).order_by("expected", "key")
    lines = [line for line in board.shipment_lines(sent[:MOST]) if line.unconfirmed]
    names = names_of_members(
        {log_ for line in lines for log_ in (line.shipment.home, line.shipment.receiver)}
    )
    for line in lines:
        one = line.shipment
        if one.expected is None:
            continue
        words = {
            "what": one,
            "from": names.get(one.home, one.home),
            "to": names.get(one.receiver, one.receiver),
        }
        what = (
            _("Arrives from %(from)s: %(what)s")
            if one.receiver == log
            else _("Due at %(to)s: %(what)s")
        ) % words
        yield f"shipment-{one.key}", one.expected, what, "", f"/shipment/{one.key}"


def _pledges(log: str) -> Iterator[Event]:
    found = Pledge.objects.filter(home=log, ready__gte=clock.now() - KEPT).order_by("ready", "key")
    for line in board.pledge_lines(found[:MOST]):
        one = line.pledge
        if one.ready is not None and one.to_send > 0 and not line.turned_down:
            what = _("Pledged to be ready: %(what)s") % {"what": one}
            yield f"pledge-{one.key}", one.ready, what, "", f"/need/{one.need}"


def _shifts(log: str) -> Iterator[Event]:
    """Return when the planned shifts begin on missions that this member sends or receives."""
    near = (
        readable(Shift, log)
        .filter(withdrawn_at=None, ended__gte=clock.now())
        .order_by("began", "key")
    )
    shifts = list(near[:MOST])
    parties = Pledge.objects.in_bulk({one.pledge for one in shifts})
    for one in shifts:
        pledge = parties.get(one.pledge)
        if pledge is not None and {one.home, log} <= {pledge.home, pledge.needer}:
            begins = ngettext(
                "Shift begins: %(what)s, %(count)s person",
                "Shift begins: %(what)s, %(count)s people",
                len(one.people),
            )
            words = begins % {"what": one.post, "count": len(one.people)}
            yield f"shift-{one.key}", one.began, words, "", f"/people/{one.pledge}"


def _missions(log: str) -> Iterator[Event]:
    """Return begin and end of the missions that this member sends or receives."""
    near = readable(Mission, log).filter(ends__gte=clock.now() - KEPT)
    found = near.filter(Q(home=log) | Q(receiver=log)).order_by("starts", "key")
    begins, ends = _("Mission begins: %(what)s"), _("Mission ends: %(what)s")
    for one in found[:MOST]:
        path, where = f"/mission/{one.key}", one.report_to
        if one.starts is not None:
            yield f"mission-{one.key}", one.starts, begins % {"what": one}, where, path
        if one.ends is not None:
            yield f"mission-end-{one.key}", one.ends, ends % {"what": one}, where, path
