"""A plan's flows on the map, for planning's pages: who would help whom. The table beside it says the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid.planning.flows import Planned
from hansa.kernel.reading import readable
from hansa.pact.models import Member
from hansa.pages.access import chair_of
from hansa.web import atlas
from hansa.web.map import EDGE, RADIUS, Pin, bow, pins_of, states_of

MOST = 60
"""Arrows on one map; with more it would show nothing."""
ROOM = 30
"""Room around the outermost members and their names, for arrows that bow."""
LEAST, NEAR = 320, 520
"""The least width that is shown, and the greatest that a phone shows without scrolling."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One flow as a line and in words."""

    path: str
    url: str
    title: str
    pledged: bool


def on_map(request: HttpRequest, flows: Sequence[Planned]) -> tuple[str, Mapping[str, Any]] | None:
    """Draw the flows between members that the map has a place for; nothing where there is no map."""
    shapes = atlas.outlines()
    if not shapes or not flows:
        return None
    chair = chair_of(request)
    members = list(readable(Member, chair.log if chair else None).order_by("name", "key"))
    under = {flow.receiver: flow.call for flow in flows}
    named = {flow.giver for flow in flows} | set(under)
    pins = pins_of([one for one in members if one.home in named], under, shapes)
    at = {pin.member.home: pin for pin in pins}
    arrows = [
        Arrow(
            bow(at[flow.giver].at, at[flow.receiver].at),
            reverse("call", args=[flow.call.key]),
            _title(flow, at[flow.giver].member.name, at[flow.receiver].member.name),
            flow.pledged,
        )
        for flow in flows[:MOST]
        if flow.giver in at and flow.receiver in at
    ]
    return "web/plan_map.html", {
        "frame": frame(pins),
        "radius": RADIUS,
        "states": states_of(members, under, shapes),
        "pins": pins,
        "arrows": arrows,
        "left_out": len(flows) - len(arrows),
    }


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the map that is shown, in its units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def near(self) -> bool:
        """Tell whether it is small enough to be read on a phone without scrolling."""
        return self.width <= NEAR

    def __str__(self) -> str:
        """Return it as a viewBox."""
        return " ".join(f"{edge:.0f}" for edge in (self.x, self.y, self.width, self.height))


def frame(pins: Sequence[Pin]) -> Frame:
    """Return the part of the map around these members: all of it, if they stand far apart, or if there are none."""
    if not pins:
        return Frame(0, 0, *EDGE)
    boxes = [(*pin.at, *pin.at) for pin in pins] + [pin.label.box for pin in pins]
    left, right = min(box[0] for box in boxes) - ROOM, max(box[2] for box in boxes) + ROOM
    top, bottom = min(box[1] for box in boxes) - ROOM, max(box[3] for box in boxes) + ROOM
    width = min(EDGE[0], max(right - left, LEAST))
    height = min(EDGE[1], max(bottom - top, LEAST * EDGE[1] / EDGE[0]))
    x = min(max((left + right - width) / 2, 0), EDGE[0] - width)
    y = min(max((top + bottom - height) / 2, 0), EDGE[1] - height)
    return Frame(x, y, width, height)


def _title(flow: Planned, giver: str, receiver: str) -> str:
    words = {"giver": giver, "receiver": receiver, "what": "; ".join(flow.words)}
    if flow.pledged:
        return _("%(giver)s has pledged to %(receiver)s: %(what)s") % words
    return _("Proposed: %(giver)s sends to %(receiver)s: %(what)s") % words
