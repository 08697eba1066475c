"""How long things are on the road between two members, in hours.

By default from where they are: the great circle, times what roads are longer (1.2 in the United States: Ballou,
Rahardja and Sakai 2002), at the speed of a truck whose two drivers take turns. A table in the home folder or a
routing engine of one's own knows better and comes first. What fails is said, and costs nothing but exactness.
"""

import csv
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, inf, isfinite, radians, sin, sqrt
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.sync import config
from hansa.kernel.sync.http import HttpTransport
from hansa.kernel.sync.transport import Unreachable
from hansa.pact.models import Member

EARTH = 6371.0
"""Mean radius, km."""
ROAD = 1.2
"""How much longer a road is than the great circle."""
SPEED = 72.0
"""km/h over the whole way, stops included, with two drivers."""
OVERSEA = frozenset({"HI", "PR", "GU", "AS", "MP", "VI"})
"""States and territories that no road reaches from another one."""
FLIGHT, HANDLING = 750.0, 18.0
"""km/h of a cargo plane, and hours to load, clear and unload it."""
LOCAL = 0.5
"""Hours within one place: nothing is there at once."""

TABLE = "travel.csv"
SOURCES, SINKS = 80, 20
"""Places asked of an engine at once: OSRM answers for 100 unless it was told otherwise."""
PATIENCE = 20.0
"""Seconds for one answer of an engine."""
LARGEST = 1024 * 1024
"""Bytes of one answer."""
PLAUSIBLE = 24.0 * 60
"""Hours: whoever says more is mistaken."""
TOLD = 5
"""Bad lines of a table that are named one by one."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the home's hansa.toml says under [travel]: the table's file, and the address of an OSRM server."""

    table: str = TABLE
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """Hours by (from, to); a pair that is missing cannot be travelled. `words` say where they come from and what failed."""

    hours: dict[Pair, float]
    words: tuple[str, ...] = ()


def hours(a: Member, b: Member) -> float:
    """Return the hours from one member to another, estimated from their places; inf if one has none."""
    if None in (a.latitude, a.longitude, b.latitude, b.longitude):
        return inf
    apart = great_circle(
        (a.latitude or 0.0, a.longitude or 0.0), (b.latitude or 0.0, b.longitude or 0.0)
    )
    if a.state != b.state and OVERSEA & {a.state, b.state}:
        return HANDLING + apart / FLIGHT
    return max(LOCAL, apart * ROAD / SPEED)


def great_circle(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the km between two places (latitude, longitude in degrees), by the haversine."""
    (north, east), (other_north, other_east) = (tuple(map(radians, place)) for place in (a, b))
    turn = (
        sin((other_north - north) / 2) ** 2
        + cos(north) * cos(other_north) * sin((other_east - east) / 2) ** 2
    )
    return 2 * EARTH * asin(min(1.0, sqrt(turn)))


def times(givers: Sequence[Member], receivers: Sequence[Member], *, ask: bool = True) -> Times:
    """Return the hours from each giver to each receiver: the table's, else the engine's, else the estimate.

    A page that must not wait for an engine says `ask=False`.
    """
    wanted = read_settings()
    found = {
        (a.home, b.home): estimated
        for a in givers
        for b in receivers
        if a.home != b.home and isfinite(estimated := hours(a, b))
    }
    words: list[str] = []
    if wanted.engine and ask:
        try:
            found |= asked(wanted.engine, givers, receivers)
        except Unreachable as error:
            words.append(
                _(
                    "The routing engine did not help (%(why)s). These are estimates from the distance."
                )
                % {"why": error.sentence}
            )
    table = home().folder / wanted.table
    if table.exists():
        read, wrong = read_table(table)
        pairs = {(a.home, b.home) for a in givers for b in receivers}
        found |= {pair: known for pair, known in read.items() if pair in pairs}
        words += wrong
    return Times({pair: round(known, 2) for pair, known in found.items()}, tuple(words))


def read_settings() -> Settings:
    """Read [travel] of hansa.toml anew, so that a change counts at once."""
    named = home().folder / "hansa.toml"
    written = tomllib.loads(named.read_text("utf-8")) if named.exists() else {}
    said = written.get("travel", {})
    said = said if isinstance(said, dict) else {}
    return Settings(str(said.get("table", TABLE)), str(said.get("engine", "")))


def read_table(path: Path) -> tuple[dict[Pair, float], list[str]]:
    """Read a CSV file with the columns from, to, hours (logs, and a number). A bad line is told, and left out."""
    known: dict[Pair, float] = {}
    wrong: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                said = float((row.get("hours") or "").strip())
            except ValueError:
                said = inf
            pair = ((row.get("from") or "").strip(), (row.get("to") or "").strip())
            if not all(pair) or not 0 <= said <= PLAUSIBLE:
                wrong.append(
                    _(
                        "Line %(number)s of %(file)s is left out: it needs “from”, “to” and “hours” from 0 to %(most)s."
                    )
                    % {"number": number, "file": path.name, "most": round(PLAUSIBLE)}
                )
            else:
                known[pair] = said
    if len(wrong) > TOLD:
        more = _("%(more)s more lines of %(file)s are left out.") % {
            "more": len(wrong) - TOLD,
            "file": path.name,
        }
        wrong = [*wrong[:TOLD], more]
    return known, wrong


# --- an engine of one's own -------------------------------------------------------------------


def asked(engine: str, givers: Sequence[Member], receivers: Sequence[Member]) -> dict[Pair, float]:
    """Return the hours that an OSRM server's table service gives (API v1); Unreachable says why it does not.

    The address was written down by this node's own staff, so it may be this machine; else the rules for other
    nodes hold: TLS, no private network that is not named, no redirect, nothing packed, bounded in bytes and time.
    """
    line = HttpTransport(rules=_own)
    try:
        return {
            pair: known
            for some in _parts([one for one in givers if _placed(one)], SOURCES)
            for others in _parts([one for one in receivers if _placed(one)], SINKS)
            for pair, known in _ask(line, engine, some, others)
        }
    finally:
        line.close()


def _own() -> config.Config:
    try:
        nets = config.read().nets
    except Untrusted as error:
        raise Unreachable(error.sentence) from error
    return config.Config(local=True, nets=nets)


def _ask(
    line: HttpTransport, engine: str, givers: Sequence[Member], receivers: Sequence[Member]
) -> Iterator[tuple[Pair, float]]:
    """Ask for one part of the table. A way that the engine does not know keeps its estimate."""
    places = ";".join(f"{one.longitude:.5f},{one.latitude:.5f}" for one in (*givers, *receivers))
    first = len(givers)
    sources = ";".join(map(str, range(first)))
    sinks = ";".join(map(str, range(first, first + len(receivers))))
    path = f"/table/v1/driving/{places}?sources={sources}&destinations={sinks}&annotations=duration"
    status, body = line.ask(engine, path, None, most=LARGEST, seconds=PATIENCE, token=None)
    rows = _durations(status, body)
    if len(rows) != first or any(
        not isinstance(row, list) or len(row) != len(receivers) for row in rows
    ):
        raise Unreachable(_("its table has another shape than was asked for"))
    for giver, row in zip(givers, rows, strict=True):
        for receiver, seconds in zip(receivers, row, strict=True):
            if giver.home != receiver.home and _plausible(seconds):
                yield (giver.home, receiver.home), max(LOCAL, seconds / 3600)


def _durations(status: int, body: bytes) -> list[Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreachable(_("its answer is no JSON")) from error
    if not isinstance(said, dict) or said.get("code") != "Ok":
        word = said.get("code", status) if isinstance(said, dict) else status
        raise Unreachable(_("it answers “%(word)s”") % {"word": str(word)[:60]})
    rows = said.get("durations")
    return rows if isinstance(rows, list) else []


def _plausible(seconds: Any) -> bool:
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return number and 0 <= seconds <= PLAUSIBLE * 3600


def _placed(member: Member) -> bool:
    return member.latitude is not None and member.longitude is not None


def _parts(members: Sequence[Member], size: int) -> Iterator[Sequence[Member]]:
    for start in range(0, len(members), size):
        yield members[start : start + size]
