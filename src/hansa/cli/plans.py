"""`hansa plan make` and `hansa plan show`: what the planner proposes over all open calls, at a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hansa.aid.planning import making, reasons
from hansa.aid.planning.asking import open_calls
from hansa.aid.planning.deciding import room
from hansa.aid.planning.expected import outlook
from hansa.aid.planning.lines import Proposed, proposed
from hansa.aid.planning.models import Plan
from hansa.aid.planning.records import PlanPublished
from hansa.aid.planning.standing import standing
from hansa.cli.officers import find_officer
from hansa.cli.words import print_json, print_pairs, print_table, say_if_played
from hansa.kernel import files
from hansa.kernel.errors import Refused
from hansa.kernel.reading import readable
from hansa.kernel.say import say
from hansa.kernel.telling import moment
from hansa.pact.models import Member


def make(
    officer: str, out: Path | None, seed: int, manner: making.Manner, *, publish: bool
) -> None:
    """Plan as this office; write the file to `out`, and publish the plan unless it is only looked at."""
    chosen = find_officer(officer)
    proposal = making.propose(chosen.home, seed, manner)
    for note in proposal.asked.notes:
        click.echo(f"Note: {note}", err=True)
    if out is not None:
        out.write_bytes(proposal.data)
    if not publish:
        listed = making.lines_of(proposal)
        names = proposal.asked.names
        print_table(
            ["FROM", "TO", "ARRIVES IN", "HOW MUCH", "WHAT"],
            [
                [
                    names.get(line.giver, line.giver),
                    line.need,
                    f"{line.minutes / 60:.1f} h",
                    f"{line.quantity:,}",
                    line.item,
                ]
                for line in listed
            ],
        )
        _weigh(chosen.home, seed)
        click.echo("Nothing was published.", err=True)
        return
    record = PlanPublished(**making.record_of(proposal))
    position = say(record, log=chosen.home, by=chosen.key)
    say_if_played()
    click.echo(position)


def _weigh(log: str, seed: int) -> None:
    """Print what fairness and a guard for the next call would each cost and change."""
    weighed = making.weigh(log, seed, any_size=True)
    if weighed.asked is None:
        return
    problem = weighed.asked.problem
    click.echo("\nWith --fair, the call that gets least would be raised:")
    for sentence in reasons.named(weighed.fair, problem):
        click.echo(f"  {sentence}")
    click.echo("\nWith --hold-back, stock would stay where the next call is expected:")
    for one in weighed.outlook.places:
        known = "assumed" if one.assumed else "as said"
        click.echo(
            f"  {one.member.name}, {one.percent} % ({known}) until {moment(one.said.until)}. {one.said.home}: {one.said.rests_on}"
        )
    for sentence in [*weighed.outlook.words(), *reasons.named(weighed.guard, problem)]:
        click.echo(f"  {sentence}")
    if not weighed.outlook.places:
        click.echo(
            "  No member has said who may call next. “hansa say aid.next-call/1” says so, with its source."
        )


def show(key: str | None, out: Path | None, *, as_json: bool) -> None:
    """Show a plan, else the one that stands; write its file to `out`."""
    state = standing(None)
    plan = readable(Plan, None).filter(key=key).first() if key else state.plan
    if plan is None:
        raise Refused(
            f"There is no plan {key} here."
            if key
            else "No plan has been made yet. “hansa plan make” makes one.",
            code="no-plan",
        )
    if out is not None:
        digest = plan.files[0]["sha256"] if plan.files else ""
        if not digest or not files.kept(digest):
            raise Refused(
                f"The file of {plan.key} is not kept here. Ask {plan.home} for it; its plan’s SHA-256 is {plan.digest}.",
                code="no-file",
            )
        out.write_bytes(files.path_of(digest).read_bytes())
    lines = proposed(plan, None)
    current = state.plan is not None and state.plan.key == plan.key
    if as_json:
        print_json(_plain(plan, lines, state.words() if current else "", current=current))
        return
    say_if_played()
    _print(
        plan, lines, [state.words(), state.rival_words()] if current else ["It no longer stands."]
    )
    if current:
        for lack in room(None, lines).pressing:
            click.echo(f"Within the hour: {lack.line.need}, {lack.line.need.home}. {lack.words}")


def _print(plan: Plan, lines: Sequence[Proposed], words: Sequence[str]) -> None:
    names = dict(Member.objects.values_list("home", "name"))
    about = reasons.about(plan, None, outlook(None, open_calls(None)))
    print_pairs(
        [
            ("plan", plan.key),
            ("made", f"{moment(plan.at)} by {names.get(plan.home, plan.home)}"),
            ("sha256", plan.digest),
            (
                "standing",
                " ".join(word for word in words if word) or "It stands, and nothing has changed.",
            ),
            ("how good", " ".join(about.sentences)),
            ("beside the simplest", " ".join(about.beside)),
            ("what holds it up", " ".join(about.binds)),
            ("between calls", " ".join(about.fair)),
            ("for the next call", " ".join(about.guard)),
            ("whom to ask", " ".join(about.ask)),
        ]
    )
    click.echo()
    print_table(
        ["FROM", "TO", "ARRIVES", "STANDING", "WHAT"],
        [
            [
                names.get(line.giver, line.giver),
                names.get(line.receiver, line.receiver),
                moment(line.arrives) + (" late" if line.late else ""),
                str(line.state.label),
                line.amount(),
            ]
            for line in lines
        ],
    )


def _plain(plan: Plan, lines: Sequence[Proposed], words: str, *, current: bool) -> dict[str, Any]:
    return {
        "plan": plan.key,
        "made": plan.at,
        "by": plan.home,
        "sha256": plan.digest,
        "stands": current,
        "changed": words,
        "cost": plan.cost / 1000,
        "gap": plan.gap / 1_000_000,
        "fair": plan.fair,
        "guard": plan.guard,
        "lines": [
            {
                "giver": line.giver,
                "need": line.need.key,
                "item": line.item,
                "quantity": line.quantity,
                "arrives": line.arrives,
                "state": line.state.value,
            }
            for line in lines
        ],
    }
