"""Where markers and their names go on a map so that none covers another.

The same markers give the same places. Nothing is ever left out: where the map is too crowded, a
name goes where it covers the least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

Point = tuple[float, float]
Box = tuple[float, float, float, float]

LETTER = 0.56
"""Width of a letter as a share of its height, for the widest of the usual system fonts."""

REACH = (11, 20, 32, 46, 62, 80)
"""How far from its marker, in units, a name may stand; from the second on a line leads to it."""

DIRECTIONS = tuple((cos(turn * pi / 4), sin(turn * pi / 4)) for turn in (0, 4, 7, 1, 5, 3, 6, 2))
"""Right first, then left, the slants, above, below."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name's place: the point its text is anchored at, the anchor, and whether a line must lead to it."""

    x: float
    y: float
    anchor: str
    leader: bool
    box: Box


def spread(points: Sequence[Point], gap: float) -> list[Point]:
    """Return the points moved so that none is nearer than `gap` to another, each as little as may be."""
    placed: list[Point] = []
    for x, y in points:
        tries = [
            (x, y),
            *(_around(x, y, gap * ring / 2, turn) for ring in range(1, 40) for turn in range(16)),
        ]
        placed.append(
            next((at for at in tries if all(_far(at, other, gap) for other in placed)), (x, y))
        )
    return placed


def _around(x: float, y: float, radius: float, turn: int) -> Point:
    return x + radius * cos(turn * pi / 8), y + radius * sin(turn * pi / 8)


def _far(one: Point, other: Point, gap: float) -> bool:
    return hypot(one[0] - other[0], one[1] - other[1]) >= gap


def place(
    markers: Sequence[tuple[Point, str]], *, size: float, radius: float, frame: tuple[float, float]
) -> list[Label]:
    """Return a place for each name (text of height `size`) beside its marker, the most crowded first."""
    points = [at for at, _ in markers]
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    crowded = sorted(
        range(len(markers)),
        key=lambda i: (-_neighbours(points[i], points), points[i], markers[i][1]),
    )
    placed: dict[int, Label] = {}
    for i in crowded:
        at, text = markers[i]
        others = [box for j, box in enumerate(taken) if j != i]
        options = [
            _label(at, reach, way, len(text) * size * LETTER, size)
            for reach in REACH
            for way in DIRECTIONS
        ]
        placed[i] = min(options, key=lambda option: _cost(option.box, others, frame))
        taken.append(placed[i].box)
    return [placed[i] for i in range(len(markers))]


def _neighbours(at: Point, points: Sequence[Point]) -> int:
    return sum(1 for other in points if hypot(at[0] - other[0], at[1] - other[1]) < REACH[-1])


def _label(at: Point, reach: float, way: Point, width: float, size: float) -> Label:
    x, y = at[0] + reach * way[0], at[1] + reach * way[1]
    anchor = "middle" if abs(way[0]) < 0.5 else ("start" if way[0] > 0 else "end")  # noqa: PLR2004 - straight up or down
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return Label(
        x,
        y + size * 0.35,
        anchor,
        reach != REACH[0],
        (left, y - size / 2, left + width, y + size / 2),
    )


def _cost(box: Box, others: Sequence[Box], frame: tuple[float, float]) -> float:
    """Return how much of other things the box covers; outside the frame counts most."""
    left, top, right, bottom = box
    outside = max(0, -left) + max(0, -top) + max(0, right - frame[0]) + max(0, bottom - frame[1])
    covered = sum(
        max(0.0, min(right, other[2]) - max(left, other[0]))
        * max(0.0, min(bottom, other[3]) - max(top, other[1]))
        for other in others
    )
    return covered + 1000 * outside
