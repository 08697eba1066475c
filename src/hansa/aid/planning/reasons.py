"""Why a plan says what it says: from its prices where its file is kept here, else from what can be seen of each line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.planner import certificate, sheet
from hansa.aid.planner.certificate import Certificate
from hansa.aid.planner.explain import Explainer
from hansa.aid.planner.greedy import beside, greedy
from hansa.aid.planner.problem import Problem
from hansa.aid.planner.reason import SENTENCES, Reason, filled
from hansa.aid.planning.expected import Outlook, scenarios
from hansa.aid.planning.lines import Proposed
from hansa.aid.planning.making import is_large
from hansa.aid.planning.models import Plan
from hansa.kernel import files
from hansa.kernel.errors import Untrusted
from hansa.kernel.fields import File
from hansa.kernel.ref import home_of
from hansa.pact.models import Member

BINDING = 5
"""What holds a plan up is named up to so many times, the dearest first."""
LARGEST = 32 * 1024 * 1024
"""Bytes of a plan's file up to which it is checked while a page is made; a larger one is checked at a terminal."""
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
            return About(said, file, kept=False)
        found, opened = _said(file.sha256, plan.digest, fair_made=plan.fair), taken.opened
        guard = _guard(file.sha256, plan.digest, opened, expected or Outlook(), log)
        said.append(_("This node has checked the proof, and it holds."))
    except Untrusted as error:
        return About(said, file, kept=True, wrong=error.sentence)
    beside, binds, ask, fair = (told(reasons, opened) for reasons in found)
    return About(
        said,
        file,
        kept=True,
        beside=beside,
        binds=binds or [_("Nothing holds it up: neither stock nor trucks nor docks.")],
        ask=ask,
        fair=fair,
        guard=_held_for(opened, expected or Outlook()) + told(guard, opened),
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


@dataclass(frozen=True, slots=True)
class Read:
    """A plan's file, taken apart for questions."""

    opened: Certificate
    explainer: Explainer


def read(plan: Plan) -> Read | None:
    """Return what the file of a plan says, checked; None if it is not kept here, Untrusted if it does not hold."""
    digest = plan.files[0]["sha256"] if plan.files else ""
    return _read(digest, plan.digest) if digest and files.kept(digest) else None


def _read(digest: str, stated: str) -> Read:
    """Return a plan's file, checked and taken apart; Untrusted if it does not hold or is too large for a page."""
    if files.path_of(digest).stat().st_size > LARGEST:
        most = {"most": LARGEST // 1024**2}
        raise Untrusted(
            _(
                "The file of this plan has more than %(most)s MB, and is not checked while a page is made. Check it with “hansa plan check”."
            )
            % most
        )
    found = _checked(digest, stated)
    if isinstance(found, str):
        raise Untrusted(_("The file of this plan does not hold: %(why)s") % {"why": found})
    return found


@lru_cache(maxsize=4)
def _checked(digest: str, stated: str) -> Read | str:
    """Check a plan's file as anybody would who trusts no planner, and take it apart; or say what is wrong with it.

    What is wrong is remembered too: whoever publishes a file that does not hold has it counted once.
    """
    from hansa.aid.planner.check import check

    data = files.path_of(digest).read_bytes()
    verdict = check(data, plan=stated)
    if not verdict.ok:
        return " ".join(verdict.findings[:2])
    try:
        opened = certificate.read(data)
    except sheet.Unreadable as error:
        return error.sentence
    return Read(opened, Explainer(opened.problem, opened.plan))


@lru_cache(maxsize=4)
def _said(digest: str, stated: str, *, fair_made: bool) -> tuple[tuple[Reason, ...], ...]:
    """Return the reasons of a plan as a whole: beside the greedy one, what binds, what more is worth, how fair it is."""
    from hansa.aid.planner.engine import solve
    from hansa.aid.planner.fairness import compared, fair

    taken = _read(digest, stated)
    problem, answer = taken.opened.problem, taken.opened.plan
    between: tuple[Reason, ...] = ()
    if not is_large(problem):
        if fair_made:
            between = compared(problem, answer, solve(problem))
        else:
            between = fair(problem, answer).reasons
    return (
        beside(problem, answer, greedy(problem)),
        taken.explainer.binds()[:BINDING],
        taken.explainer.lacking(LACKING),
        between,
    )


def _held_for(opened: Certificate, expected: Outlook) -> list[str]:
    """Say for whom a plan holds back; of one that holds nothing back, for whom it would."""
    held = {one.name: one.chance for one in opened.problem.scenarios}
    names = _names(opened.problem)
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
    return [said] if is_large(opened.problem) else [said, _("If it did:")]


def _guard(
    digest: str, stated: str, opened: Certificate, expected: Outlook, log: str | None
) -> tuple[Reason, ...]:
    """Return what a plan holds back for the next call; of one that holds nothing back, what it would cost and save."""
    if is_large(opened.problem) or not (opened.problem.scenarios or expected.places):
        return ()
    later = opened.problem.scenarios or scenarios(opened.problem, expected.chances, log)
    asked = tuple((one.name, one.chance, tuple(sorted(one.hours.items()))) for one in later)
    return _guarded(digest, stated, asked)


@lru_cache(maxsize=4)
def _guarded(
    digest: str, stated: str, asked: tuple[tuple[str, float, tuple[tuple[str, float], ...]], ...]
) -> tuple[Reason, ...]:
    from hansa.aid.planner.guard import guard, likely

    opened = _read(digest, stated).opened
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
    hours = abs((line.need.due - line.arrives).total_seconds()) / 3600
    words = {"hours": f"{hours:.0f}"}
    said = [
        _("It arrives %(hours)s hours after it is due.") % words
        if line.late
        else _("It arrives %(hours)s hours before it is due.") % words
    ]
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
                *(one for one in binding if one.numbers.get("item", line.item) == line.item),
            ]
            return told(found, opened)
    return [_("The plan’s file does not have this line. Check the file before you rely on it.")]


def _member(log: str) -> str:
    return Member.objects.filter(home=log).values_list("name", flat=True).first() or log
