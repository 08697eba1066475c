"""Why a plan says what it says: from its prices where its file is kept here, else from what can be seen of each line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid import catalogue
from hansa.aid.planner.certificate import Certificate
from hansa.aid.planner.greedy import beside, greedy
from hansa.aid.planner.problem import Problem
from hansa.aid.planner.reason import SENTENCES, Reason, filled
from hansa.aid.planning.expected import Outlook, scenarios
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.making import is_large
from hansa.aid.planning.models import Plan
from hansa.aid.planning.opened import read, taken_apart
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import File
from hansa.kernel.ref import home_of
from hansa.pact.models import Member

BINDING = 5
"""What holds a plan up is named up to so many times, the dearest first."""
LEAST_TOLD = 0.05
"""Percent below which a share would be written as 0.0."""
LACKING = 4
"""Needs of which it is told what more would be worth, and whom to ask."""


@dataclass(frozen=True, slots=True)
class About:
    """What is told of a plan as a whole. `file` is kept here if `kept`; `wrong` says why it cannot be read.

    `sentences` on how good it is, `beside` the greedy plan, what `binds` it, what more is worth and whom to `ask`, how
    `fair` it is between calls, and what `guard` there is for who may call next. `large`: too large to tell the last two.
    """

    sentences: list[str]
    file: File | None
    kept: bool
    wrong: str = ""
    beside: list[str] = field(default_factory=list)
    binds: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)
    fair: list[str] = field(default_factory=list)
    guard: list[str] = field(default_factory=list)
    large: bool = False


def about(plan: Plan, log: str | None = None, expected: Outlook | None = None) -> About:
    """Return how near the plan is to the best, how it compares with others, and what it does for who may call next.

    `expected`: who that may be, as officers of `log` read it now; it is asked only of a plan that holds nothing back.
    """
    said = [_how_near(plan)]
    file = File(**plan.files[0]) if plan.files else None
    try:
        taken = read(plan)
        if file is None or taken is None:
            said.append(
                _("So its maker says: the proof is not here, and this node has not checked it.")
            )
            return About(said, file, kept=False)
    except Untrusted as error:
        said = [_("This node has not confirmed what its maker says of it.")]
        return About(said, file, kept=True, wrong=error.sentence)
    opened, expected = taken.opened, expected or Outlook()
    found = _said(file.sha256, fair_made=plan.fair)
    guard = told(_guard(file.sha256, opened.problem, expected, log), opened)
    said.append(_("This node has checked the proof, and it holds."))
    beside, binds, ask, fair = (told(reasons, opened) for reasons in found)
    return About(
        said,
        file,
        kept=True,
        beside=beside,
        binds=binds or [_("Nothing holds it up: neither stock nor trucks nor docks.")],
        ask=ask,
        fair=fair,
        guard=_held_for(opened.problem, expected, weighed=bool(guard)) + guard,
        large=is_large(opened.problem),
    )


def _how_near(plan: Plan) -> str:
    share = plan.gap / 10_000
    if plan.gap < 1:
        return _("No plan can be better: its prices prove it.")
    words = {"share": f"{share:.4f}".rstrip("0").rstrip(".")}
    if plan.fair:
        return (
            _(
                "It was made fair between calls rather than cheapest. No plan costs less by more than %(share)s %%: its prices prove it."
            )
            % words
        )
    return _("No plan can be better by more than %(share)s %%: its prices prove it.") % words


@lru_cache(maxsize=64)
def _said(digest: str, *, fair_made: bool) -> tuple[tuple[Reason, ...], ...]:
    """Return the reasons of a plan as a whole: beside the greedy one, what binds, what more is worth, how fair it is."""
    from hansa.aid.planner.engine import solve
    from hansa.aid.planner.fairness import compared, fair

    taken = taken_apart(digest)
    problem, answer = taken.opened.problem, taken.opened.plan
    between: tuple[Reason, ...] = ()
    if not is_large(problem):
        if fair_made:
            between = compared(problem, answer, solve(problem))
        else:
            between = fair(problem, answer).reasons
    return (
        beside(problem, answer, greedy(problem)),
        _plain(taken.explainer.binds())[:BINDING],
        _plain(taken.explainer.lacking(LACKING)),
        between,
    )


def _plain(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """Leave out what would be told as nothing: 0.0 %."""
    return tuple(one for one in found if float(one.numbers.get("share", 1.0)) >= LEAST_TOLD)


def _held_for(problem: Problem, expected: Outlook, *, weighed: bool) -> list[str]:
    """Say for whom a plan holds back; of one that holds nothing back, for whom it would. `weighed`: it is told what then."""
    held = {one.name: one.chance for one in problem.scenarios}
    names = _names(problem)
    listed = ", ".join(
        _("%(member)s (%(percent)s %%)")
        % {"member": names.get(place, place), "percent": round(100 * chance)}
        for place, chance in (held or expected.chances).items()
    )
    if held:
        return [
            _("It holds back for who may call next: %(members)s.") % {"members": listed},
        ]
    if not listed:
        return []
    said = _("It holds nothing back for who may call next: %(members)s.") % {"members": listed}
    return [said, _("If it did:")] if weighed else [said]


def _guard(digest: str, problem: Problem, expected: Outlook, log: str | None) -> tuple[Reason, ...]:
    """Return what a plan holds back for the next call; of one that holds nothing back, what it would cost and save."""
    if is_large(problem) or not (problem.scenarios or expected.places):
        return ()
    later = problem.scenarios or scenarios(problem, expected.chances, log)
    if is_large(replace(problem, scenarios=later)):
        return ()
    asked = tuple((one.name, one.chance, tuple(sorted(one.hours.items()))) for one in later)
    return _guarded(digest, asked)


@lru_cache(maxsize=64)
def _guarded(
    digest: str, asked: tuple[tuple[str, float, tuple[tuple[str, float], ...]], ...]
) -> tuple[Reason, ...]:
    from hansa.aid.planner.guard import guard, likely

    opened = taken_apart(digest).opened
    if opened.problem.scenarios:
        return guard(opened.problem, opened.plan).reasons
    chances = {name: chance for name, chance, _hours in asked}
    hours = {(owner, name): far for name, _chance, way in asked for owner, far in way}
    problem = replace(opened.problem, scenarios=likely(opened.problem, chances, hours))
    return guard(problem).reasons


def pressing(plan: Plan | None) -> list[str]:
    """Return which proposals no longer serve if they leave an hour later, as the plan's own file tells it."""
    try:
        taken = read(plan) if plan is not None else None
    except Untrusted:
        return []  # the plan's own page says what is wrong with its file
    return told(taken.explainer.next_hours(), taken.opened) if taken is not None else []


def told(found: Iterable[Reason], opened: Certificate) -> list[str]:
    """Return reasons as sentences in the reader's language."""
    return named(found, opened.problem)


def named(found: Iterable[Reason], problem: Problem) -> list[str]:
    """Return reasons about a problem as sentences in the reader's language."""
    names = _names(problem)
    return [_sentence(reason, names) for reason in found]


def _sentence(reason: Reason, names: Mapping[str, str]) -> str:
    return _(SENTENCES[reason.code]) % filled(
        reason, names, lambda count: number_format(count, force_grouping=True)
    )


def _names(problem: Problem) -> dict[str, str]:
    """Return what members, items, calls, needs and supplies are called."""
    members = dict(Member.objects.values_list("home", "name"))
    named: dict[str, str] = dict(members)
    for supply in problem.supplies:
        item, owner = catalogue.name_of(supply.item), members.get(supply.owner, supply.owner)
        named[supply.item] = item
        named[supply.key] = _("%(item)s of %(member)s") % {"item": item, "member": owner}
    for need in problem.needs:
        item, home = catalogue.name_of(need.item), home_of(need.key)
        named[need.item] = item
        named[need.call] = members.get(home_of(need.call), need.call)
        named[need.key] = _("%(item)s for %(member)s") % {
            "item": item,
            "member": members.get(home, home),
        }
    return named


def why(plan: Plan, line: Proposed, log: str | None) -> list[str]:
    """Return why one line stands in a plan, the plainest first."""
    return [*_seen(line), *_priced(plan, line)]


def _seen(line: Proposed) -> list[str]:
    """Return what anybody can see of a line."""
    hours = round(abs((line.need.due - line.arrives).total_seconds()) / 3600)
    words = (
        ngettext(
            "It arrives %(hours)s hour after it is due.",
            "It arrives %(hours)s hours after it is due.",
            hours,
        )
        if line.late
        else ngettext(
            "It arrives %(hours)s hour before it is due.",
            "It arrives %(hours)s hours before it is due.",
            hours,
        )
    )
    said = [words % {"hours": hours}] if hours else [_("It arrives about when it is due.")]
    if line.substitute:
        said.append(
            _(
                "%(given)s may stand in for %(wanted)s. The member in need has to agree: ask it before you send."
            )
            % {
                "given": catalogue.name_of(line.item),
                "wanted": catalogue.name_of(line.need.item),
            }
        )
    return said


def _priced(plan: Plan, line: Proposed) -> list[str]:
    """Return what the plan's prices say of a line, where its file is kept here."""
    try:
        taken = read(plan)
    except Untrusted as error:
        return [error.sentence]
    if taken is None:
        return [
            _(
                "The rest of the reasons is in the plan’s file, which %(member)s keeps: ask it for the file."
            )
            % {"member": _member(plan.home)}
        ]
    opened, explainer = taken.opened, taken.explainer
    supply = f"{line.giver}/availability/{line.item}"
    for flow in opened.plan.flows:
        named = (opened.problem.supplies[flow.supply].key, opened.problem.needs[flow.need].key)
        if named == (supply, line.need.key):
            binding = explainer.binds_at(line.giver)
            found = [
                *explainer.why(flow),
                explainer.changes(flow),
                *(
                    one
                    for one in _plain(binding)
                    if one.numbers.get("item", line.item) == line.item
                ),
            ]
            return told(found, opened)
    return [_("The plan’s file does not have this line. Check the file before you rely on it.")]


def _member(log: str) -> str:
    return Member.objects.filter(home=log).values_list("name", flat=True).first() or log
