"""The pact on a map: members, who is under call, who helps whom. And the same in a table."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import hypot

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.kernel.reading import readable
from hansa.pact.models import Call, Member
from hansa.pact.words import MemberType
from hansa.pages.access import chair_of, signed_in
from hansa.web import atlas
from hansa.web.flows import Flow, flows
from hansa.web.labels import Label, place, spread

RADIUS = 6.5
GAP = 2 * RADIUS + 2
TEXT = 15
EDGE = (atlas.WIDTH + 20, atlas.HEIGHT)
"""The frame leaves room for names east of the coast."""

AREAS = {MemberType.STATE, MemberType.TERRITORY}
"""Members that are drawn as an area and marked in its middle; the others are marked at their seat."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A member on the map. `seat` is where it belongs, `at` where its marker stands beside others."""

    member: Member
    name: str
    call: Call | None
    seat: atlas.Point
    at: atlas.Point
    label: Label

    @property
    def url(self) -> str:
        """Return the member's page."""
        return reverse("member", args=[self.member.home])

    @property
    def title(self) -> str:
        """Return what the marker says."""
        words = {"name": self.name, "type": self.member.get_type_display()}
        return (
            _("%(name)s (%(type)s): under call") % words
            if self.call
            else _("%(name)s (%(type)s)") % words
        )

    @property
    def shape(self) -> str:
        """Return how it is drawn: a square for an area, else a circle."""
        return "square" if self.member.type in AREAS else "circle"

    @property
    def leader(self) -> tuple[float, float, float, float] | None:
        """Return the line from seat to marker, or from marker to a name that stands away from it."""
        if self.label.leader:
            return (*self.at, self.label.x, self.label.y - TEXT * 0.35)
        return None


@dataclass(frozen=True, slots=True)
class Arc:
    """Aid from one member to another, as a line and in words."""

    flow: Flow
    giver: Member
    receiver: Member
    path: str

    @property
    def url(self) -> str:
        """Return the call's page."""
        return reverse("call", args=[self.flow.call.key])

    @property
    def moving(self) -> bool:
        """Tell whether anything is on the way."""
        return bool(self.flow.moving)

    @property
    def title(self) -> str:
        """Return the flow in words."""
        words = {"giver": self.giver.name, "receiver": self.receiver.name, "what": what(self.flow)}
        return _("%(giver)s helps %(receiver)s. %(what)s") % words


def what(flow: Flow) -> str:
    """Return in words what is on the way and what is promised."""
    parts = []
    if flow.moving:
        parts.append(_("On the way: %(what)s") % {"what": "; ".join(flow.moving)})
    if flow.promised:
        parts.append(_("Promised: %(what)s") % {"what": "; ".join(flow.promised)})
    return ". ".join(parts)


@signed_in
def pact_map(request: HttpRequest) -> HttpResponse:
    """Show the map and its table."""
    chair = chair_of(request)
    log = chair.log if chair else None
    members = list(readable(Member, log).order_by("name", "key"))
    calls = list(readable(Call, log).filter(ended_at=None).order_by("at", "key"))
    under = {call.home: call for call in calls}
    shapes = atlas.outlines()
    pins = pins_of(members, under, shapes) if shapes else []
    going = flows(calls, log)
    mapped = {pin.member.home for pin in pins}
    context = {
        "installed": bool(shapes),
        "width": EDGE[0],
        "height": EDGE[1],
        "radius": RADIUS,
        "states": states_of(members, under, shapes),
        "pins": pins,
        "arcs": arcs_of(going, pins),
        "rows": rows_of(members, under, going, mapped),
    }
    return render(request, "web/map.html", context)


def pins_of(
    members: Sequence[Member], under: dict[str, Call], shapes: dict[str, atlas.Outline]
) -> list[Pin]:
    """Return a marker for each member that the map has a place for, with its name where it covers no other."""
    seats = [(member, at) for member in members if (at := seat_of(member, shapes)) is not None]
    # Those who have no choice of place come first: a city stands where it is.
    seats.sort(key=lambda pair: (pair[0].type in AREAS, pair[0].key))
    names = distinct_names([member for member, _at in seats])
    points, labels = laid_out(tuple(at for _member, at in seats), tuple(names))
    return [
        Pin(member, name, under.get(member.home), seat, at, label)
        for (member, seat), at, name, label in zip(seats, points, names, labels, strict=True)
    ]


@lru_cache(maxsize=16)
def laid_out(
    seats: tuple[atlas.Point, ...], names: tuple[str, ...]
) -> tuple[list[atlas.Point], list[Label]]:
    """Return where markers and names stand. Cached: it takes long, and changes only when a member joins, moves or leaves."""
    points = spread(seats, GAP)
    markers = list(zip(points, names, strict=True))
    return points, place(markers, size=TEXT, radius=RADIUS, frame=EDGE)


def seat_of(member: Member, shapes: dict[str, atlas.Outline]) -> atlas.Point | None:
    """Return where a member's marker belongs: the middle of a state, else its seat; None if it is off the map."""
    if member.type == MemberType.STATE and member.state in shapes:
        return shapes[member.state].middle
    if member.longitude is None or member.latitude is None:
        return None
    return atlas.albers_usa(member.longitude, member.latitude)


def distinct_names(members: Sequence[Member]) -> list[str]:
    """Return each member's name, with its sort where another one has the same."""
    names = [member.name for member in members]
    return [
        f"{member.name} ({member.get_type_display()})"
        if names.count(member.name) > 1
        else member.name
        for member in members
    ]


def states_of(
    members: Sequence[Member], under: dict[str, Call], shapes: dict[str, atlas.Outline]
) -> list[tuple[str, str, str]]:
    """Return each state's path with its class (member, under call) and, for a member, its name."""
    own = {member.state: member for member in members if member.type == MemberType.STATE}
    drawn = []
    for code, outline in shapes.items():
        member = own.get(code)
        kind = "" if member is None else ("called" if member.home in under else "member")
        drawn.append((outline.path, kind, member.name if member else outline.name))
    return sorted(drawn, key=lambda state: state[1])


def arcs_of(going: Sequence[Flow], pins: Sequence[Pin]) -> list[Arc]:
    """Return an arc for each flow between two members that are on the map."""
    at = {pin.member.home: pin for pin in pins}
    return [
        Arc(
            flow,
            at[flow.giver].member,
            at[flow.receiver].member,
            bow(at[flow.giver].at, at[flow.receiver].at),
        )
        for flow in going
        if flow.giver in at and flow.receiver in at
    ]


def bow(start: atlas.Point, end: atlas.Point) -> str:
    """Return a curve that bends to the north and stops short of the marker at its end, for the arrow's head."""
    (ax, ay), (bx, by) = start, end
    length = hypot(bx - ax, by - ay) or 1.0
    north = 1 if bx >= ax else -1
    turn = 0.18 * north
    middle_x, middle_y = (ax + bx) / 2 + turn * (by - ay), (ay + by) / 2 - turn * (bx - ax)
    rest = hypot(bx - middle_x, by - middle_y) or 1.0
    stop = min(RADIUS + 5, length / 3) / rest
    to_x, to_y = bx + (middle_x - bx) * stop, by + (middle_y - by) * stop
    return f"M{ax:.1f} {ay:.1f}Q{middle_x:.1f} {middle_y:.1f} {to_x:.1f} {to_y:.1f}"


@dataclass(frozen=True, slots=True)
class Line:
    """One member in the table: what the map says of it. Each of `gives` and `gets` is (other, call, what)."""

    member: Member
    call: Call | None
    gives: list[tuple[str, Call, str]]
    gets: list[tuple[str, Call, str]]
    mapped: bool


def rows_of(
    members: Sequence[Member], under: dict[str, Call], going: Sequence[Flow], mapped: set[str]
) -> list[Line]:
    """Return the table of all that the map shows, by member."""
    names = {member.home: member.name for member in members}
    gives, gets = defaultdict(list), defaultdict(list)
    for flow in going:
        gives[flow.giver].append((names.get(flow.receiver, flow.receiver), flow.call, what(flow)))
        gets[flow.receiver].append((names.get(flow.giver, flow.giver), flow.call, what(flow)))
    return [
        Line(
            member,
            under.get(member.home),
            gives[member.home],
            gets[member.home],
            member.home in mapped,
        )
        for member in members
    ]
