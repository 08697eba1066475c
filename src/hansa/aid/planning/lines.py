"""A plan's lines beside what was said since: what of it was pledged, declined, covered by others, or is needed no more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hansa.aid import board, catalogue
from hansa.aid.models import Need, Pledge
from hansa.aid.planning.models import Declined, Plan
from hansa.aid.planning.words import LineState
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.kernel.ref import home_of, split
from hansa.pact.models import Call
from hansa.pact.rules import Roll


@dataclass(frozen=True, slots=True)
class Proposed:
    """One line. `pledged` is what its giver has pledged toward the need since the plan was made, in these `pledges`."""

    number: int
    giver: str
    need: Need
    call: Call
    item: str
    unit: str
    quantity: int
    arrives: datetime
    pledged: int
    open: int
    declined: str
    left: bool
    pledges: tuple[Pledge, ...] = ()

    @property
    def receiver(self) -> str:
        """Return the log of the member in need."""
        return home_of(self.need.key)

    @property
    def to_pledge(self) -> int:
        """Return how much of the line is still to be decided."""
        live = self.state in {LineState.OPEN, LineState.PARTLY}
        return max(0, min(self.quantity - self.pledged, self.open)) if live else 0

    @property
    def substitute(self) -> bool:
        """Tell whether something else is sent than was asked for, which may stand in for it."""
        return bool(self.item != self.need.item)

    @property
    def late(self) -> bool:
        """Tell whether it arrives after it is due."""
        return bool(self.arrives > self.need.due)

    @property
    def state(self) -> LineState:
        """Return where the line stands."""
        if self.pledged >= self.quantity:
            return LineState.TAKEN
        if self.need.cancelled_at is not None or self.call.ended_at is not None:
            return LineState.GONE
        if self.left:
            return LineState.LEFT
        if self.declined:
            return LineState.DECLINED
        if self.open == 0:
            return LineState.COVERED
        return LineState.PARTLY if self.pledged else LineState.OPEN

    def amount(self, quantity: int | None = None) -> str:
        """Return how much of what, in words."""
        return catalogue.amount(
            self.quantity if quantity is None else quantity, self.unit, self.item
        )


def proposed(plan: Plan | None, log: str | None, giver: str = "") -> list[Proposed]:
    """Return the lines of a plan that officers of `log` may read, in the plan's order; of one giver if named."""
    if plan is None:
        return []
    wanted = [
        (number, line)
        for number, line in enumerate(plan.lines)
        if not giver or line["giver"] == giver
    ]
    keys = {line["need"] for _number, line in wanted}
    needs = {
        line.need.key: line
        for some in _some(sorted(keys))
        for line in board.need_lines(list(readable(Need, log).filter(key__in=some)))
    }
    calls = Call.objects.in_bulk({line.need.call for line in needs.values()})
    pledged = _pledged(plan, keys)
    declined = {
        (row.home, row.need): row
        for row in readable(Declined, log).filter(need__in=keys)
        if row.index >= plan.reads.get(row.home, 0)
    }
    roll, now = Roll(), clock.now()
    found = []
    for number, line in wanted:
        need = needs.get(line["need"])
        call = calls.get(need.need.call) if need is not None else None
        if need is None or call is None or line["giver"] not in roll.spans:
            continue  # it names what is not here, or nobody: on another node's word alone nothing is shown
        said = declined.get((line["giver"], line["need"]))
        pledges = pledged.get((line["giver"], line["need"]), [])
        found.append(
            Proposed(
                number=number,
                giver=line["giver"],
                need=need.need,
                call=call,
                item=line["item"],
                unit=need.need.unit,
                quantity=line["quantity"],
                arrives=plan.at + timedelta(minutes=line["minutes"]),
                pledged=sum(one.standing for one in pledges),
                open=need.open,
                declined=said.why if said else "",
                left=not roll.is_member(line["giver"], now),
                pledges=tuple(pledges),
            )
        )
    return found


def to_come(lines: Iterable[Proposed]) -> Mapping[str, int]:
    """Return by need how much the plan still proposes that nobody has pledged."""
    total: dict[str, int] = defaultdict(int)
    for line in lines:
        total[line.need.key] += line.to_pledge
    return total


def _pledged(plan: Plan, needs: set[str]) -> dict[tuple[str, str], list[Pledge]]:
    """Return what each giver has pledged toward each need beyond what the plan had read, and still stands."""
    found: dict[tuple[str, str], list[Pledge]] = defaultdict(list)
    for some in _some(sorted(needs)):
        for pledge in Pledge.objects.filter(need__in=some):
            if pledge.standing and split(pledge.key)[1] >= plan.reads.get(pledge.home, 0):
                found[pledge.home, pledge.need].append(pledge)
    return found


def _some(keys: list[str], size: int = 400) -> Iterable[list[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
