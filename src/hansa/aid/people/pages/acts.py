"""Listing, check-in, release, homecoming, shifts, hours and rest rules: one form each, of its kind's own questions."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hansa.aid.models import Pledge
from hansa.aid.people.models import (
    CheckIn,
    Homecoming,
    Hours,
    Of,
    Person,
    Release,
    RestRules,
    Shift,
)
from hansa.aid.people.records.hours import HoursKept, HoursWithdrawn, RestSet
from hansa.aid.people.records.roster import (
    CREW,
    CameHome,
    CheckedIn,
    CheckInTakenBack,
    HomecomingTakenBack,
    PersonListed,
    PersonStruck,
    Released,
    ReleaseTakenBack,
)
from hansa.aid.people.records.shifts import ShiftCalledOff, ShiftPlanned
from hansa.aid.people.roster import PersonLine, Roster, rosters
from hansa.aid.people.rules import rest_of
from hansa.aid.people.words import Stage
from hansa.kernel import clock
from hansa.kernel.record import Record
from hansa.pact.pages.seeing import find, seat
from hansa.pages.access import capable
from hansa.pages.speak import speak

AGAIN = ("agency", "unit", "departs", "travel", "desk")
"""What the next person on a roster mostly shares with the one before."""


def mission(request: HttpRequest, key: str, *, own: bool = False) -> Roster:
    """Return the people of a mission to which the reader's member is a party; with `own`, as its giver. Else Http404."""
    log = seat(request).log
    pledge = find(Pledge, key, log)
    if own and pledge.home != log:
        raise Http404(_("Only the member that sends these people can say this."))
    if log not in {pledge.home, pledge.needer}:
        raise Http404(
            _("Only the member that sends these people, or the one that they help, can say this.")
        )
    return rosters([pledge])[0]


def who(lines: Iterable[PersonLine]) -> list[tuple[str, str]]:
    """Return people for a form: reference number, position, team."""
    listed = []
    for line in lines:
        words = [line.person.ref, line.person.position, line.person.unit]
        listed.append((line.person.key, ", ".join(word for word in words if word)))
    return listed


def _speak(
    request: HttpRequest,
    kind: type[Record],
    company: Roster,
    lines: list[PersonLine] | None = None,
    *,
    initial: dict[str, Any] | None = None,
    fixed: dict[str, Any] | None = None,
    **rest: Any,
) -> HttpResponse:
    """Show the form of a kind about a mission; with `lines`, those people to choose from, at most CREW at once."""
    offered = (lines or [])[:CREW]
    return speak(
        request,
        kind,
        fixed=fixed or {"pledge": company.pledge.key},
        initial=initial,
        choices={"people": who(offered)} if lines is not None else {},
        done=reverse("roster", args=[company.pledge.key]),
        template="people/about.html",
        context={
            "roster": company,
            "lines": offered,
            "nobody": lines is not None and not lines,
            "more": len(lines or []) - len(offered),
            **rest.pop("context", {}),
        },
        **rest,
    )


@capable("logistics")
def person_new(request: HttpRequest, key: str) -> HttpResponse:
    """List somebody for a mission; what the last one shared with others stands there already."""
    company = mission(request, key, own=True)
    last = max(company.people, key=lambda one: one.person.at, default=None)
    initial = {name: getattr(last.person, name) for name in AGAIN} if last else {}
    return _speak(
        request,
        PersonListed,
        company,
        initial=initial,
        title=_("List somebody for this mission"),
        button=_("List this person"),
    )


def _person(request: HttpRequest, key: str) -> tuple[Person, Roster]:
    log = seat(request).log
    person = find(Person, key, log)
    if person.home != log:
        raise Http404(_("Only the member that sends this person can say this."))
    return person, rosters([find(Pledge, person.pledge, log)])[0]


@capable("logistics")
def person_end(request: HttpRequest, key: str) -> HttpResponse:
    """Take somebody off the roster who has not checked in."""
    person, company = _person(request, key)
    return _speak(
        request,
        PersonStruck,
        company,
        fixed={"person": person.key},
        title=_("Take %(who)s off the roster") % {"who": person.ref},
        button=_("Take off"),
    )


@capable("logistics")
def check_in(request: HttpRequest, key: str) -> HttpResponse:
    """Check people in."""
    company = mission(request, key)
    lines = [line for line in company.people if line.stage == Stage.LISTED]
    place = company.need.place if company.need is not None else ""
    return _speak(
        request,
        CheckedIn,
        company,
        lines,
        initial={"people": [line.person.key for line in lines[:CREW]], "place": place, **_now()},
        title=_("Check in"),
        button=_("Check them in"),
    )


@capable("logistics")
def arrival_end(request: HttpRequest, key: str) -> HttpResponse:
    """Take a check-in of one's own back; whoever did come is checked in anew."""
    return _take_back(request, CheckIn, key, CheckInTakenBack, "arrival", _("Take a check-in back"))


@capable("logistics")
def departure_end(request: HttpRequest, key: str) -> HttpResponse:
    """Take a release of one's own back."""
    return _take_back(
        request, Release, key, ReleaseTakenBack, "departure", _("Take a release back")
    )


@capable("logistics")
def homecoming_end(request: HttpRequest, key: str) -> HttpResponse:
    """Take a homecoming of one's own people back."""
    title = _("Take a homecoming back")
    return _take_back(request, Homecoming, key, HomecomingTakenBack, "homecoming", title)


def _take_back(
    request: HttpRequest, model: type[Of], key: str, kind: type[Record], name: str, title: str
) -> HttpResponse:
    log = seat(request).log
    row = find(model, key, log)
    if row.home != log:
        raise Http404(_("Only the member that said this can take it back."))
    company = rosters([find(Pledge, row.pledge, log)])[0]
    return _speak(
        request,
        kind,
        company,
        fixed={name: row.key},
        title=title,
        button=_("Take it back"),
        context={"spoken_of": [line for line in company.lines if line.person.key in row.people]},
    )


def _now(name: str = "when") -> dict[str, Any]:
    """Return the present minute as the likely answer."""
    return {name: timezone.localtime(clock.now()).replace(second=0, microsecond=0)}


@capable("logistics")
def release(request: HttpRequest, key: str) -> HttpResponse:
    """Release people from the mission."""
    company = mission(request, key)
    lines = [line for line in company.people if line.stage == Stage.HERE]
    travel = lines[0].person.travel if lines else "road"
    return _speak(
        request,
        Released,
        company,
        lines,
        initial={"people": [line.person.key for line in lines[:CREW]], "travel": travel, **_now()},
        title=_("Release people"),
        button=_("Release them"),
    )


@capable("logistics")
def homecoming(request: HttpRequest, key: str) -> HttpResponse:
    """Say who is back home."""
    company = mission(request, key, own=True)
    lines = [line for line in company.people if line.away]
    gone = [line.person.key for line in lines if line.stage == Stage.RELEASED]
    return _speak(
        request,
        CameHome,
        company,
        lines,
        initial={"people": gone[:CREW], **_now()},
        title=_("Who is back home?"),
        button=_("They are back"),
    )


@capable("logistics")
def hours_new(request: HttpRequest, key: str) -> HttpResponse:
    """Keep hours of one's own people. What the rest rules say of each stands above, before anything is said."""
    company = mission(request, key, own=True)
    lines = company.people
    here = [line.person.key for line in lines if line.stage == Stage.HERE]
    return _speak(
        request,
        HoursKept,
        company,
        lines,
        initial={"people": here[:CREW], **_as_planned(request, company)},
        title=_("Keep hours"),
        button=_("Keep these hours"),
        context={
            "rest": rest_of(RestRules.objects.filter(key=f"{company.pledge.home}/rest").first()),
            "warned": [line for line in lines if line.warnings or line.rested],
        },
    )


def _as_planned(request: HttpRequest, company: Roster) -> dict[str, Any]:
    """Return the hours of a planned shift, if the page was opened for one."""
    asked = request.GET.get("shift", "")
    shift = next((one for one in company.shifts if one.key == asked), None)
    if shift is None:
        return {}
    span = {"began": shift.began, "ended": shift.ended}
    return {"people": list(shift.people), **span, "done": shift.post}


@capable("logistics")
def shift_new(request: HttpRequest, key: str) -> HttpResponse:
    """Plan a shift. Who rests until when stands above."""
    company = mission(request, key)
    lines = [line for line in company.people if line.stage in {Stage.LISTED, Stage.HERE}]
    return _speak(
        request,
        ShiftPlanned,
        company,
        lines,
        title=_("Plan a shift"),
        button=_("Plan it so"),
        context={
            "rest": rest_of(RestRules.objects.filter(key=f"{company.pledge.home}/rest").first()),
            "warned": [line for line in lines if line.rested],
        },
    )


@capable("logistics")
def shift_end(request: HttpRequest, key: str) -> HttpResponse:
    """Call a planned shift off."""
    log = seat(request).log
    row = find(Shift, key, log)
    if row.home != log:
        raise Http404(_("Only the member that planned this shift can call it off."))
    return _speak(
        request,
        ShiftCalledOff,
        rosters([find(Pledge, row.pledge, log)])[0],
        fixed={"shift": row.key},
        title=_("Call a shift off"),
        button=_("Call it off"),
        context={"planned": row},
    )


@capable("logistics")
def hours_end(request: HttpRequest, key: str) -> HttpResponse:
    """Withdraw hours that were wrong."""
    log = seat(request).log
    row = find(Hours, key, log)
    if row.home != log:
        raise Http404(_("Only the member that kept these hours can withdraw them."))
    return _speak(
        request,
        HoursWithdrawn,
        rosters([find(Pledge, row.pledge, log)])[0],
        fixed={"hours": row.key},
        title=_("Withdraw hours"),
        button=_("Withdraw them"),
        context={"withdrawn": row},
    )


@capable("logistics")
def rest(request: HttpRequest) -> HttpResponse:
    """Set one's own rest rules."""
    now = rest_of(RestRules.objects.filter(key=f"{seat(request).log}/rest").first())
    return speak(
        request,
        RestSet,
        initial={"shift_hours": now.shift_hours, "rest_hours": now.rest_hours, "days": now.days},
        title=_("Rest rules"),
        button=_("Set these rules"),
        done=reverse("people"),
        template="people/rest.html",
        context={"rest": now},
    )
