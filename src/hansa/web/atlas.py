"""Where a place is on the map of the United States, and the outlines of its states.

The outlines are those of us-atlas (Census Bureau, 2017; ISC), already projected to 975 by 610 units
with the composite projection that `albers_usa` computes: Albers equal-area conic (Snyder, “Map
Projections”, 1987, section 14), with Alaska at 0.35 of the scale and Hawaii moved below the
south-west. Pure Python, so that a node needs no map service and tells none where its reader looks.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, hypot, radians, sin, sqrt
from pathlib import Path

from django.contrib.staticfiles import finders

from hansa.kernel.errors import Untrusted

WIDTH, HEIGHT = 975, 610
"""Units of the map. One unit is about 4.9 km of the ground in the lower 48 states."""

SCALE = 1300
CENTRE = (487.5, 305.0)

COARSENESS = 0.45
"""How far, in units, a simplified outline may stray from the surveyed one."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Conic:
    """One Albers equal-area cone. Angles in degrees; `share` of the map's scale; `offset` and window in scales."""

    meridian: float
    centre: Point
    parallels: Point
    share: float
    offset: Point
    window: tuple[float, float, float, float]

    def project(self, longitude: float, latitude: float) -> Point | None:
        """Return where the place is on the map, or None if it is outside this cone's window."""
        turned = (longitude + self.meridian + 180) % 360 - 180
        x, y = self._raw(turned, latitude)
        centre_x, centre_y = self._raw(*self.centre)
        scale = SCALE * self.share
        at = (
            CENTRE[0] + self.offset[0] * SCALE + scale * (x - centre_x),
            CENTRE[1] + self.offset[1] * SCALE - scale * (y - centre_y),
        )
        left, top, right, bottom = self.window
        inside_x = left <= (at[0] - CENTRE[0]) / SCALE <= right
        inside_y = top <= (at[1] - CENTRE[1]) / SCALE <= bottom
        return at if inside_x and inside_y else None

    def _raw(self, longitude: float, latitude: float) -> Point:
        low, high = (sin(radians(parallel)) for parallel in self.parallels)
        n = (low + high) / 2
        c = 1 + low * (2 * n - low)
        radius = sqrt(c - 2 * n * sin(radians(latitude))) / n
        turn = n * radians(longitude)
        return radius * sin(turn), sqrt(c) / n - radius * cos(turn)


LOWER_48 = Conic(96, (-0.6, 38.7), (29.5, 45.5), 1, (0, 0), (-0.455, -0.238, 0.455, 0.238))
ALASKA = Conic(154, (-2, 58.5), (55, 65), 0.35, (-0.307, 0.201), (-0.425, 0.120, -0.214, 0.234))
HAWAII = Conic(157, (-3, 19.9), (8, 18), 1, (-0.205, 0.212), (-0.214, 0.166, -0.115, 0.234))


def albers_usa(longitude: float, latitude: float) -> Point | None:
    """Return where a place (degrees, east and north) is on the map; None if it is not on it."""
    for cone in (LOWER_48, ALASKA, HAWAII):
        at = cone.project(longitude, latitude)
        if at is not None:
            return at
    return None


@dataclass(frozen=True, slots=True)
class Outline:
    """One state: its postal code, its name, an SVG path, and a point well inside its largest part."""

    code: str
    name: str
    path: str
    middle: Point


def installed() -> Path | None:
    """Return the atlas on this machine, or None if set-up has not brought it."""
    found = finders.find("atlas/states-albers-10m.json")
    return Path(found) if isinstance(found, str) else None


@cache
def outlines() -> dict[str, Outline]:
    """Return the states by postal code; empty if the atlas is not installed. Untrusted if it is damaged."""
    path = installed()
    return read_atlas(path.read_bytes()) if path else {}


def read_atlas(data: bytes) -> dict[str, Outline]:
    """Read TopoJSON (specification 1.0.0) of projected states, and simplify it so that borders still meet."""
    try:
        topology = json.loads(data)
        arcs = [simplify(arc) for arc in _unpacked(topology)]
        states = topology["objects"]["states"]["geometries"]
        found = [_outline(state, arcs) for state in states]
    except (ValueError, LookupError, TypeError, ZeroDivisionError, RecursionError) as error:
        raise Untrusted(
            f"The atlas of the states is damaged ({error}). Run “make setup” again."
        ) from error
    return {outline.code: outline for outline in found}


def _unpacked(topology: dict[str, object]) -> list[list[Point]]:
    """Turn each arc's quantised steps into points of the map."""
    transform, packed = topology["transform"], topology["arcs"]
    (scale_x, scale_y), (left, top) = transform["scale"], transform["translate"]  # type: ignore[index]
    arcs = []
    for steps in packed:  # type: ignore[attr-defined]
        x = y = 0
        arc = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arc.append((left + x * scale_x, top + y * scale_y))
        arcs.append(arc)
    return arcs


def simplify(points: Sequence[Point], coarseness: float = COARSENESS) -> list[Point]:
    """Leave out points that the line misses by less than `coarseness` (Douglas and Peucker, 1973). Both ends stay."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        between = range(first + 1, last)
        farthest = max(
            between, key=lambda i: _distance(points[i], points[first], points[last]), default=None
        )
        if (
            farthest is not None
            and _distance(points[farthest], points[first], points[last]) > coarseness
        ):
            keep.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return [points[i] for i in sorted(keep)]


def _distance(point: Point, start: Point, end: Point) -> float:
    """Return how far the point is from the stretch between start and end."""
    (x, y), (ax, ay), (bx, by) = point, start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = (
        max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length))
        if length
        else 0.0
    )
    return hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _outline(state: dict[str, object], arcs: list[list[Point]]) -> Outline:
    polygons = state["arcs"] if state["type"] == "MultiPolygon" else [state["arcs"]]
    rings = [_ring(ring, arcs) for polygon in polygons for ring in polygon]  # type: ignore[attr-defined]
    rings.sort(key=lambda ring: abs(_area(ring)), reverse=True)
    visible = [rings[0], *(ring for ring in rings[1:] if abs(_area(ring)) > COARSENESS)]
    code = POSTAL[str(state["id"])]
    name = state["properties"]["name"]  # type: ignore[index]
    return Outline(code, name, "".join(map(_path, visible)), _middle(rings[0]))


def _ring(indices: Iterable[int], arcs: list[list[Point]]) -> list[Point]:
    """Join arcs end to end; a negative index means the arc backwards (TopoJSON 2.1.4)."""
    ring: list[Point] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring += arc[1:] if ring else arc
    return ring


def _area(ring: Sequence[Point]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def _path(ring: Sequence[Point]) -> str:
    """Write the ring as steps of a tenth of a unit, without the rounding errors adding up."""
    at = [round(10 * x) + 1j * round(10 * y) for x, y in ring]
    steps = [now - before for before, now in pairwise(at[:-1]) if now != before]
    return f"M{_number(at[0].real)} {_number(at[0].imag)}l{''.join(map(_step, steps)).lstrip()}z"


def _step(step: complex) -> str:
    x, y = _number(step.real), _number(step.imag)
    return f"{x if x.startswith('-') else ' ' + x}{y if y.startswith('-') else ' ' + y}"


def _number(tenths: float) -> str:
    return f"{tenths / 10:g}"


def _middle(ring: Sequence[Point]) -> Point:
    """Return the centre of the ring's area, or the middle of its widest stretch at that height if that is outside."""
    area = _area(ring)
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    turns = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairs]
    x = sum((a[0] + b[0]) * turn for a, b, turn in turns) / (6 * area)
    y = sum((a[1] + b[1]) * turn for a, b, turn in turns) / (6 * area)
    crossings = sorted(
        a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        for a, b in pairs
        if (a[1] > y) != (b[1] > y)
    )
    stretches = list(zip(crossings[::2], crossings[1::2], strict=True))
    if any(left <= x <= right for left, right in stretches):
        return x, y
    left, right = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    return (left + right) / 2, y


POSTAL = dict(
    pair.split("=")
    for pair in [
        "01=AL",
        "02=AK",
        "04=AZ",
        "05=AR",
        "06=CA",
        "08=CO",
        "09=CT",
        "10=DE",
        "11=DC",
        "12=FL",
        "13=GA",
        "15=HI",
        "16=ID",
        "17=IL",
        "18=IN",
        "19=IA",
        "20=KS",
        "21=KY",
        "22=LA",
        "23=ME",
        "24=MD",
        "25=MA",
        "26=MI",
        "27=MN",
        "28=MS",
        "29=MO",
        "30=MT",
        "31=NE",
        "32=NV",
        "33=NH",
        "34=NJ",
        "35=NM",
        "36=NY",
        "37=NC",
        "38=ND",
        "39=OH",
        "40=OK",
        "41=OR",
        "42=PA",
        "44=RI",
        "45=SC",
        "46=SD",
        "47=TN",
        "48=TX",
        "49=UT",
        "50=VT",
        "51=VA",
        "53=WA",
        "54=WV",
        "55=WI",
        "56=WY",
        "60=AS",
        "66=GU",
        "69=MP",
        "72=PR",
        "78=VI",
    ]
)
"""Postal codes of the states by their numbers in the Census (FIPS 5-2)."""
