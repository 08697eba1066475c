"""Solve what was asked, keep the plan's file with its proof, and publish the plan as a record."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from hansa.aid.planner.plan import Plan as Answer
from hansa.aid.planner.problem import Problem, Unfit
from hansa.aid.planner.reason import Reason
from hansa.aid.planning import asking, standing
from hansa.aid.planning.expected import Outlook, outlook, scenarios
from hansa.aid.planning.records import LINES, READS, Known, Line, PlanPublished
from hansa.kernel import files
from hansa.kernel.errors import Refused

TYPE = "application/json"
SMALL = 20_000
"""Ways of a plan, and parts of its needs, up to which it is also told, while a page is made, what other manners would cost."""
SCENARIO = 20
"""Ways that take as long as the beginning of one scenario, which is solved for itself."""
MANY = 50
"""Calls that a record names; a plan over more covers all and names the first."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What the officer wants besides the least waiting: the call that gets least raised, and a guard for the next call."""

    fair: bool = False
    guard: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was asked, what came of it in which manner, and the file of both."""

    asked: asking.Asked
    answer: Answer
    manner: Manner
    data: bytes


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a plan would cost and change in each manner, before any is made. `wrong` says why none can be.

    `large`: too much to be weighed while somebody waits for a page; it is then weighed at a terminal.
    """

    asked: asking.Asked | None = None
    outlook: Outlook = field(default_factory=Outlook)
    fair: tuple[Reason, ...] = ()
    guard: tuple[Reason, ...] = ()
    large: bool = False
    wrong: str = ""


def propose(log: str | None, seed: int = 0, manner: Manner = Manner()) -> Proposal:
    """Ask and solve; Refused says what is missing. Nothing is kept or said."""
    from hansa.aid.planner import certificate

    asked = _asked(log, seed)
    if manner.guard:
        expected = outlook(log, asked.calls, asked.at)
        if not expected.places:
            raise Refused(
                _(
                    "No member has said who may call next, so there is nothing to hold back for. Say who may call next, or plan without holding back."
                ),
                field="guard",
                code="nobody-next",
            )
        asked = _guarded(asked, expected, log)
    answer = _solved(asked, manner)
    return Proposal(asked, answer, manner, certificate.write(asked.problem, answer))


def weigh(log: str | None, seed: int = 0, *, any_size: bool = False) -> Weighed:
    """Return what fairness and a guard would each cost and change now. Nothing is kept or said."""
    from hansa.aid.planner.fairness import fair
    from hansa.aid.planner.guard import guard

    try:
        asked = _asked(log, seed)
        expected = outlook(log, asked.calls, asked.at)
        guarded = _guarded(asked, expected, log)
        if not any_size and is_large(guarded.problem):
            return Weighed(asked, expected, large=True)
        answer = _solved(asked, Manner())
    except Refused as refusal:
        return Weighed(wrong=refusal.sentence)
    return Weighed(
        asked,
        expected,
        fair(asked.problem, answer).reasons,
        guard(guarded.problem).reasons if expected.places else (),
    )


def is_large(problem: Problem) -> bool:
    """Tell whether a plan, its scenarios included, is too large to be weighed in other manners while a page is made."""
    needs = [*problem.needs, *(need for one in problem.scenarios for need in one.needs)]
    later = len(problem.scenarios)
    ways = len(problem.supplies) * (len(needs) + later) + SCENARIO * later
    return max(ways, sum(len(need.unmet) for need in needs)) > SMALL


def _guarded(asked: asking.Asked, expected: Outlook, log: str | None) -> asking.Asked:
    """Return what is asked with the scenarios of the next call in it."""
    later = scenarios(asked.problem, expected.chances, log)
    return replace(asked, problem=replace(asked.problem, scenarios=later))


def _asked(log: str | None, seed: int) -> asking.Asked:
    """Ask what can be planned; Refused says what is missing."""
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
    return asked


def _solved(asked: asking.Asked, manner: Manner) -> Answer:
    """Return the cheapest plan, or the fair one; Refused says what is wrong with the figures."""
    from hansa.aid.planner.engine import solve
    from hansa.aid.planner.fairness import fair

    try:
        answer = solve(asked.problem)
    except Unfit as error:
        raise Refused(
            _("The planner cannot work with these figures: %(why)s") % {"why": error},
            code="unfit",
        ) from error
    return fair(asked.problem, answer).plan if manner.fair else answer


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
        "fair": proposal.manner.fair,
        "guard": proposal.manner.guard,
        "lines": lines[:LINES],
        "files": [files.keep(name, TYPE, [proposal.data])],
    }


def _reads(asked: asking.Asked) -> Iterator[tuple[str, int]]:
    """Yield how far each log was read: first those that the plan names."""
    named = {call.home for call in asked.calls} | {one.owner for one in asked.problem.supplies}
    ordered = sorted(asked.reads.items(), key=lambda one: (one[0] not in named, one[0]))
    yield from ordered[:READS]


def published(log: str, by: str, seed: int = 0, once: str = "", manner: Manner = Manner()) -> str:
    """Plan and publish as this officer; return the record's position. Refused says what is missing."""
    from hansa.kernel.say import say

    record = PlanPublished(**record_of(propose(log, seed, manner)))
    return say(record, log=log, by=by, once=once)
