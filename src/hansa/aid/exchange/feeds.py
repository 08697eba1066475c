"""What each feed gives, and as what. The content is the reader's member's view at that moment."""

import csv
import io
from collections.abc import Callable
from typing import Any

from hansa.aid import board, catalogue
from hansa.aid.exchange.models import Feed
from hansa.aid.played import played
from hansa.kernel.reading import names_of_members, readable
from hansa.pact.models import Call
from hansa.pages.sheets import plain

Make = Callable[[str], bytes]

MOST = 20_000
"""Lines of the table."""

HEADINGS = (
    "need", "call", "member", "item", "name", "unit", "asked", "open", "pledged", "accepted", "sent", "received",
    "state", "urgency", "due", "place", "purpose", "exercise",
)  # fmt: skip
"""Lasting names, for programs: never translated, only ever added to."""


def table(log: str) -> bytes:
    """Return every need that `log` may read, one a line. No cell begins with what a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    found: Any = board.needs(log)[:MOST]
    lines = list(found)
    names, exercise = names_of_members({line.need.home for line in lines}), int(played())
    for line in lines:
        need = line.need
        row = [
            *(need.key, need.call, names.get(need.home, need.home), need.item),
            *(catalogue.name_of(need.item), need.unit, line.asked, line.open, line.pledged),
            *(line.accepted, line.sent, line.received, line.state.value, need.urgency),
            *(need.due, need.place, need.what, exercise),
        ]
        writer.writerow([plain(value) for value in row])
    return text.getvalue().encode()


def _needs(log: str) -> bytes:
    from hansa.aid.exchange import geo

    return geo.needs(log)


def _flows(log: str) -> bytes:
    from hansa.aid.exchange import geo

    return geo.flows(log)


def _due(log: str) -> bytes:
    from hansa.aid.exchange import ical

    return ical.due(log)


def _every_call(log: str) -> bytes:
    from hansa.aid.exchange import atom

    return atom.calls(log)


def _calls(log: str) -> bytes:
    """Return the newest call's newest message; nothing before there is any call."""
    from hansa.aid.exchange import cap

    newest = readable(Call, log).order_by("-at", "-key").first()
    return cap.alert(newest) if newest is not None else b""


FEEDS: dict[str, tuple[Make, str]] = {
    Feed.NEEDS_CSV: (table, "text/csv; charset=utf-8"),
    Feed.NEEDS_GEO: (_needs, "application/geo+json"),
    Feed.FLOWS_GEO: (_flows, "application/geo+json"),
    Feed.DUE: (_due, "text/calendar; charset=utf-8"),
    Feed.CALLS_ATOM: (_every_call, "application/atom+xml"),
    Feed.CALLS: (_calls, "application/cap+xml"),
}
"""How each feed is made for a member's log, and its media type. One that is empty holds nothing yet."""
