"""Which plan stands, what has been said since it was made, and which others were made without knowing of it.

A plan names how far it had read each log. So whatever a log says beyond that is new to it, on every node alike and
whatever arrived when; and a plan whose maker had read another one replaces it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hansa.aid.models import Pledge
from hansa.aid.planning.models import Plan
from hansa.kernel import clock
from hansa.kernel.models import Entry, Fate, Log
from hansa.kernel.reading import readable
from hansa.kernel.ref import split

LATELY = 50
"""Plans that are looked at, the newest first."""
STALE = timedelta(hours=6)
"""Older than this a plan says so, even if nothing has changed."""
SOME = 200
"""Logs asked about at once."""

NEEDS = frozenset({"aid.need/1", "aid.need-change/1", "aid.need-end/1"})
PLEDGES = frozenset({"aid.pledge/1", "aid.pledge-withdrawal/1"})
LENT = frozenset({"aid.availability/1", "aid.capacity/1", "aid.plan-decline/1"})
NEXT = frozenset({"aid.next-call/1"})
"""What only a plan rests on that holds back for who may call next."""
CALLS = frozenset({"pact.call/1", "pact.call-change/1", "pact.call-end/1", "pact.consent/1"})


@dataclass(frozen=True, slots=True)
class Changes:
    """What was said since: how many needs, pledges, words on what would be lent, calls, and words on who may call next."""

    needs: int = 0
    pledges: int = 0
    lent: int = 0
    calls: int = 0
    expected: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything was."""
        return any((self.needs, self.pledges, self.lent, self.calls, self.expected))

    def words(self) -> str:
        """Return it in one sentence, or nothing."""
        parts = [
            ngettext("%(count)s need has changed", "%(count)s needs have changed", self.needs)
            % {"count": self.needs}
            if self.needs
            else "",
            ngettext("%(count)s pledge has changed", "%(count)s pledges have changed", self.pledges)
            % {"count": self.pledges}
            if self.pledges
            else "",
            ngettext(
                "%(count)s member’s offer has changed",
                "%(count)s members’ offers have changed",
                self.lent,
            )
            % {"count": self.lent}
            if self.lent
            else "",
            ngettext("%(count)s call has changed", "%(count)s calls have changed", self.calls)
            % {"count": self.calls}
            if self.calls
            else "",
            ngettext(
                "%(count)s word on who may call next has changed",
                "%(count)s words on who may call next have changed",
                self.expected,
            )
            % {"count": self.expected}
            if self.expected
            else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Standing:
    """The plan that stands, if any, how old it is, what it does not know, and the plans beside it.

    `ahead`: it claims to rest on records that are not here.
    """

    plan: Plan | None
    age: timedelta = timedelta()
    changes: Changes = field(default_factory=Changes)
    rivals: list[Plan] = field(default_factory=list)
    ahead: bool = False

    @property
    def stale(self) -> bool:
        """Tell whether somebody should plan again."""
        return self.plan is None or bool(self.changes) or self.age > STALE or self.ahead

    def words(self) -> str:
        """Say what has changed and what to do about it; nothing where the plan is fresh."""
        if self.plan is None:
            return ""
        if self.changes:
            return _("Since then: %(changes)s. Plan again.") % {"changes": self.changes.words()}
        if self.ahead:
            return _(
                "It claims to rest on records that are not here. They may still be on their way; if not, plan again."
            )
        if self.age > STALE:
            return _("Nothing was said since, but time has passed. Plan again.")
        return ""

    def rival_words(self) -> str:
        """Say that several plans were made at once, and which one is shown."""
        if self.plan is None or not self.rivals:
            return ""
        if any(rival.inputs == self.plan.inputs for rival in self.rivals):
            return _(
                "Two plans were made at once from the same figures. The one that costs less is shown; nothing is lost if you plan again."
            )
        return _(
            "Two plans were made at once, neither knowing of the other. The later one is shown. Plan again, so that one plan knows of both."
        )


def standing(log: str | None, now: datetime | None = None) -> Standing:
    """Return the plan that stands, as officers of `log` may read it."""
    now = now or clock.now()
    lately = list(readable(Plan, log).order_by("-at", "-key")[:LATELY])
    heads = [plan for plan in lately if not any(replaces(other, plan) for other in lately)]
    heads = heads or lately  # liars of one moment may replace each other in a circle
    if not heads:
        return Standing(None)
    newest = max(heads, key=lambda plan: (plan.at, plan.key))
    alike = [plan for plan in heads if plan.inputs == newest.inputs]
    best = min(alike, key=lambda plan: (plan.cost, plan.at, plan.key))
    rivals = [plan for plan in heads if plan.key != best.key and now - plan.at <= STALE]
    sizes = Log.objects.filter(name__in=best.reads).values_list("name", "size")
    ahead = any(best.reads[name] > size for name, size in sizes)
    return Standing(best, max(now - best.at, timedelta()), changes(best), rivals, ahead)


def replaces(newer: Plan, older: Plan) -> bool:
    """Tell whether whoever made `newer` had read `older`. Nobody has read what was said later, whatever it claims."""
    if newer.key == older.key or newer.at < older.at or not _claims(newer, older):
        return False
    # Two of one moment that claim to have read each other: one of them lies, and the smaller key gives way.
    return newer.at > older.at or not _claims(older, newer) or newer.key > older.key


def _claims(plan: Plan, other: Plan) -> bool:
    home, index = split(other.key)
    return bool(plan.reads.get(home, 0) > index)


def changes(plan: Plan) -> Changes:
    """Count what was said beyond what the plan had read, of what it rests on."""
    sizes = Log.objects.filter(name__in=plan.reads).values_list("name", "folded")
    grown = [(name, plan.reads[name]) for name, size in sizes if size > plan.reads[name]]
    kinds = NEEDS | PLEDGES | LENT | CALLS | (NEXT if plan.guard else frozenset())
    seen: dict[str, set[str]] = {kind: set() for kind in kinds}
    followed = _followed(plan)
    for start in range(0, len(grown), SOME):
        beyond = reduce(
            or_, (Q(log=name, index__gte=size) for name, size in grown[start : start + SOME])
        )
        said = Entry.objects.filter(beyond, kind__in=kinds, fate=Fate.DONE)
        for log, index, kind, subject in said.values_list("log", "index", "kind", "subject"):
            if f"{log}@{index}" not in followed:
                seen[kind].add(log if kind in LENT else subject or f"{log}@{index}")
    return Changes(*(_count(seen, group) for group in (NEEDS, PLEDGES, LENT, CALLS, NEXT)))


def _followed(plan: Plan) -> set[str]:
    """Return the pledges that do what the plan proposes: they carry it out, and do not age it."""
    proposed = {(one["giver"], one["need"]): one for one in plan.lines}
    givers = {giver for giver, _need in proposed}
    found = Pledge.objects.filter(home__in=givers, at__gte=plan.at)
    followed = set()
    for pledge in found:
        line = proposed.get((pledge.home, pledge.need))
        if line is not None and line["item"] == pledge.item and pledge.quantity == line["quantity"]:
            followed.add(pledge.key)
    return followed


def _count(seen: dict[str, set[str]], kinds: Iterable[str]) -> int:
    return len(set().union(*(seen.get(kind, ()) for kind in kinds)))
