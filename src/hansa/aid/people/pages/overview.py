"""All missions with people, and one mission's roster: who stands where, what they did, what their rest says."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from hansa.aid import catalogue
from hansa.aid.models import Pledge
from hansa.aid.pages.places import names_of
from hansa.aid.pages.printed import zone_of
from hansa.aid.pages.steps import Step
from hansa.aid.people.models import Hours, Person, RollCall, Shift
from hansa.aid.people.roster import Roster, rolls, rosters, with_people
from hansa.aid.people.rules import (
    Period,
    counted_twice,
    hours_words,
    paid,
    period_of,
    person_minutes,
)
from hansa.aid.people.words import Stage
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.pages.seeing import find, history, log_of
from hansa.pages.access import Chair, chair_of, signed_in
from hansa.pages.lists import Column, Filter, render_list

SHOWN = 200
"""Missions with people that are listed, the newest first, one's own before others'."""

STATES = [
    ("here", gettext_lazy("Somebody is there")),
    ("warned", gettext_lazy("A rest rule warns")),
    ("demobilised", gettext_lazy("Demobilised")),
]

COLUMNS = [
    Column(
        gettext_lazy("Mission"),
        lambda one: catalogue.name_of(one.pledge.item),
        link=lambda one: reverse("roster", args=[one.pledge.key]),
    ),
    Column(gettext_lazy("On the roster"), lambda one: len(one.people), number=True),
    Column(gettext_lazy("Checked in"), lambda one: one.count(Stage.HERE), number=True),
    Column(gettext_lazy("On the way home"), lambda one: one.count(Stage.RELEASED), number=True),
    Column(gettext_lazy("Home"), lambda one: one.count(Stage.HOME), number=True),
    Column(
        gettext_lazy("Hours"),
        lambda one: hours_words(sum(sum(person_minutes(row)) for row in one.hours)),
        number=True,
    ),
    Column(
        gettext_lazy("Rest warnings"),
        lambda one: sum(bool(line.warnings) for line in one.people),
        number=True,
    ),
]


@signed_in
@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """Show every mission with people, and the accountability calls that are open."""
    log, names = log_of(request), names_of(request)
    columns = [*COLUMNS]
    columns.insert(1, Column(_("From"), lambda one: names.get(one.pledge.home, "")))
    columns.insert(2, Column(_("To"), lambda one: names.get(one.pledge.needer, "")))
    opened = rolls(readable(RollCall, log).filter(closed_at=None).order_by("due", "key"))
    return render_list(
        request,
        title=_("People"),
        rows=rosters(with_people(log, SHOWN)),
        columns=columns,
        filters=[Filter("state", _("State"), STATES, by=_in_state)],
        empty=_("Nobody is on a mission yet. List people from the page of a pledge."),
        template="people/people.html",
        context={"rolls": opened, "missions": _unlisted(log)},
    )


def _in_state(rows: list[Roster], state: str) -> list[Roster]:
    if state == "demobilised":
        return [one for one in rows if one.demobilised]
    if state == "warned":
        return [one for one in rows if any(line.warnings for line in one.people)]
    return [one for one in rows if one.count(Stage.HERE)]


def _unlisted(log: str | None) -> list[Pledge]:
    """Return one's own pledges of people and teams on which nobody is listed yet."""
    if log is None:
        return []
    found = Pledge.objects.filter(home=log, unit__in=["person", "team", "vehicle"])
    listed = Person.objects.filter(home=log).values("pledge")
    return [one for one in found.exclude(key__in=listed).order_by("-at")[:20] if one.standing]


@dataclass(frozen=True, slots=True)
class Log:
    """One line of the activity log, ready to be shown."""

    row: Any
    who: str
    each: str
    overtime: str
    twice: str


def logs(company: Roster) -> list[Log]:
    """Return the activity lines of a mission, each with who it is about and what overlaps it."""
    numbers = {line.person.key: line.person.ref for line in company.lines}
    doubled: dict[str, str] = {}
    for one in counted_twice(company.hours, numbers):
        doubled[one.second] = f"{one.ref}: {hours_words(one.minutes)}, {one.first}"
    return [
        Log(
            row,
            ", ".join(numbers.get(key, key) for key in row.people),
            hours_words(paid(row)),
            hours_words(row.overtime) if row.overtime else "",
            doubled.get(row.key, ""),
        )
        for row in company.hours
    ]


@dataclass(frozen=True, slots=True)
class Planned:
    """One shift that is planned, or over without hours, ready to be shown."""

    row: Shift
    who: str
    over: bool


def planned(company: Roster) -> list[Planned]:
    """Return the shifts to come, and those that are over and of which nobody's hours are kept yet."""
    numbers = {line.person.key: line.person.ref for line in company.lines}
    now = clock.now()
    return [
        Planned(row, ", ".join(numbers.get(key, key) for key in row.people), row.ended <= now)
        for row in company.shifts
        if row.ended > now or not any(_worked(row, one) for one in company.hours)
    ]


def _worked(shift: Shift, hours: Hours) -> bool:
    meanwhile = hours.began < shift.ended and shift.began < hours.ended
    return hours.withdrawn_at is None and meanwhile and bool({*shift.people} & {*hours.people})


@signed_in
@require_safe
def roster(request: HttpRequest, key: str) -> HttpResponse:
    """Show the people of one mission: where each stands, hours and rest, accountability calls, papers."""
    log, chair = log_of(request), chair_of(request)
    pledge = find(Pledge, key, log)
    company = rosters([pledge])[0]
    calls = readable(RollCall, log).filter(home__in=[pledge.home, pledge.needer])
    called = [row for row in calls.order_by("-at", "-key") if key in row.pledges]
    context = {
        "roster": company,
        "pledge": pledge,
        "lines": company.lines,
        "logs": logs(company),
        "planned": planned(company),
        "ahead": [line for line in company.people if line.ahead],
        "rolls": rolls(called[:10]),
        "periods": periods(company),
        "steps": steps(company, chair),
        "own": chair is not None and chair.log == pledge.home,
        "may": chair is not None and chair.may("logistics"),
        "history": history(pledge.key, log, request.GET.get("before", "")),
    }
    return render(request, "people/roster.html", context)


def periods(company: Roster) -> list[Period]:
    """Return the operational periods in which hours were kept, the latest first, on the incident's clock."""
    zone = zone_of(company.pledge.needer)
    found = set()
    for row in company.hours:
        if row.withdrawn_at is None:
            at = row.began
            while at < row.ended:
                period = period_of(at, zone)
                found.add(period)
                at = period.ended
    return sorted(found, key=lambda one: one.began, reverse=True)


def steps(company: Roster, chair: Chair | None) -> list[Step]:
    """Return what this office may do about the people of a mission."""
    pledge = company.pledge
    if chair is None or not chair.may("logistics") or chair.log not in {pledge.home, pledge.needer}:
        return []
    own = chair.log == pledge.home
    waiting, here = company.count(Stage.LISTED), company.count(Stage.HERE)
    made = []
    if own:
        made.append(_step(_("List somebody"), "person-new", pledge, main=not company.people))
        made.append(_step(_("List several"), "person-several", pledge))
    if waiting:
        made.append(_step(_("Check in"), "check-in", pledge, main=not own))
    if waiting or here:
        made.append(_step(_("Plan a shift"), "shift-new", pledge))
    if own and company.people:
        made.append(_step(_("Keep hours"), "hours-new", pledge, main=here > 0))
    if here or company.count(Stage.RELEASED):
        made.append(_step(_("Call for everybody"), "roll-new", pledge))
    if here:
        made.append(_step(_("Release"), "release", pledge))
    if own and (here or company.count(Stage.RELEASED)):
        made.append(_step(_("Back home"), "homecoming", pledge, main=not here))
    return made


def _step(label: str, name: str, pledge: Pledge, *, main: bool = False) -> Step:
    return Step(label, reverse(name, args=[pledge.key]), main)
