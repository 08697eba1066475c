"""A plan's lines as flows between two members: what the map draws and the table beside it tells."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from hansa.aid import catalogue
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.words import LineState
from hansa.pact.models import Call

LIVE = {LineState.OPEN, LineState.PARTLY, LineState.TAKEN}


@dataclass(slots=True)
class Planned:
    """All that a plan sends from one member toward one call. `pledged` tells whether its giver has said yes to all."""

    giver: str
    receiver: str
    call: Call
    words: list[str] = field(default_factory=list)
    pledged: bool = True
    late: bool = False


def flows(lines: Iterable[Proposed]) -> list[Planned]:
    """Return the flows of those lines that still stand, by receiver and giver."""
    found: dict[tuple[str, str], Planned] = {}
    sums: dict[tuple[str, str], dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        if line.state not in LIVE:
            continue
        pair = (line.call.key, line.giver)
        flow = found.setdefault(pair, Planned(line.giver, line.receiver, line.call))
        sums[pair][line.item, line.unit] += line.quantity
        flow.pledged = flow.pledged and line.state == LineState.TAKEN
        flow.late = flow.late or line.late
    for pair, flow in found.items():
        flow.words = [
            catalogue.amount(total, unit, item)
            for (item, unit), total in sorted(sums[pair].items())
        ]
    return [found[pair] for pair in sorted(found)]
