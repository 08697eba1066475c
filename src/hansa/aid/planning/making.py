"""Solve what was asked, keep the plan's file with its proof, and publish the plan as a record."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hansa.aid.planner.plan import Plan as Answer
from hansa.aid.planner.problem import Unfit
from hansa.aid.planning import asking, standing
from hansa.aid.planning.records import LINES, READS, Known, Line, PlanPublished
from hansa.kernel import files
from hansa.kernel.errors import Refused

TYPE = "application/json"
MANY = 50
"""Calls that a record names; a plan over more covers all and names the first."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was asked, what came of it, and the file of both."""

    asked: asking.Asked
    answer: Answer
    data: bytes


def propose(log: str | None, seed: int = 0) -> Proposal:
    """Ask and solve; Refused says what is missing. Nothing is kept or said."""
    from hansa.aid.planner import certificate
    from hansa.aid.planner.engine import solve

    asked = asking.ask(log, standing.standing(log).plan, seed)
    if not asked.calls:
        raise Refused(_("No call is active. There is nothing to plan."), code="nothing-to-plan")
    if not asked.lines:
        raise Refused(
            _(
                "Nothing is open under the active calls: all that is needed is promised, or no need is stated."
            ),
            code="nothing-to-plan",
        )
    if not asked.problem.supplies:
        raise Refused(
            _(
                "No member has said that it would lend what is needed, or what it said is too old. Ask the members to say what they would lend."
            ),
            code="nothing-to-plan",
        )
    try:
        answer = solve(asked.problem)
    except Unfit as error:
        raise Refused(
            _("The planner cannot work with these figures: %(why)s") % {"why": error},
            code="unfit",
        ) from error
    return Proposal(asked, answer, certificate.write(asked.problem, answer))


def lines_of(proposal: Proposal) -> list[Line]:
    """Return who sends what toward which need, the first due first."""
    problem, answer = proposal.asked.problem, proposal.answer
    found = []
    for flow in answer.flows:
        supply, need = problem.supplies[flow.supply], problem.needs[flow.need]
        hours = supply.ready + problem.hours[supply.owner, need.call]
        line = Line(
            giver=supply.owner,
            need=need.key,
            item=supply.item,
            quantity=int(flow.quantity),
            minutes=round(hours * 60),
        )
        if line.quantity > 0:
            found.append((need.due, -need.weight * line.quantity, need.key, supply.key, line))
    return [one[-1] for one in sorted(found, key=lambda one: one[:-1])]


def record_of(proposal: Proposal) -> dict[str, Any]:
    """Keep the plan's file here and return the fields of the record that publishes it."""
    asked, answer, lines = proposal.asked, proposal.answer, lines_of(proposal)
    digests = json.loads(proposal.data)["sha256"]
    name = f"plan-{asked.at:%Y%m%dT%H%MZ}.json"
    return {
        "calls": [call.key for call in asked.calls[:MANY]],
        "reads": [Known(log=log, size=size) for log, size in _reads(asked)],
        "inputs": digests["problem"],
        "digest": digests["plan"],
        "cost": round(answer.cost * 1000),
        "gap": max(0, round(answer.gap * 1_000_000)),
        "flows": len(lines),
        "lines": lines[:LINES],
        "files": [files.keep(name, TYPE, [proposal.data])],
    }


def _reads(asked: asking.Asked) -> Iterator[tuple[str, int]]:
    """Yield how far each log was read: first those that the plan names."""
    named = {call.home for call in asked.calls} | {one.owner for one in asked.problem.supplies}
    ordered = sorted(asked.reads.items(), key=lambda one: (one[0] not in named, one[0]))
    yield from ordered[:READS]


def published(log: str, by: str, seed: int = 0, once: str = "") -> str:
    """Plan and publish as this officer; return the record's position. Refused says what is missing."""
    from hansa.kernel.say import say

    record = PlanPublished(**record_of(propose(log, seed)))
    return say(record, log=log, by=by, once=once)
