"""People and teams on loan as EDXL-RM messages: ordered, committed, on the way, asked back, asked to stay, released."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hansa.aid import catalogue
from hansa.aid.exchange.ids import UNITS, message_id, type_of
from hansa.aid.exchange.rm import Coded, Message, Resource, Response, Schedule
from hansa.aid.exchange.said import moment
from hansa.aid.missions.models import Agreement, Extension, Mission, Reception
from hansa.kernel.reading import readable

STEPS = "urn:x-hansa:mission-step"

SCHEDULES = {
    "under-way": "ActualDeparture",
    "arrived": "ActualArrival",
    "returned": "ActualReturnArrival",
}
"""What a step of a mission is in the standard's schedule; the others only have a status."""

RELEASED = "released"
SETTLED = "settled"

Said = tuple[datetime, Message]


def missions_of(need: str, log: str | None) -> dict[str, list[Mission]]:
    """Return the missions toward a need that officers of `log` may read, by pledge."""
    found: dict[str, list[Mission]] = {}
    for one in readable(Mission, log).filter(need=need).order_by("at", "key"):
        found.setdefault(one.pledge, []).append(one)
    return found


def messages_of(missions: Iterable[Mission], answer: str, requisition: str) -> list[Said]:
    """Return what both sides said of missions on one pledge. `requisition` is the order already given, or nothing."""
    said: list[Said] = []
    for mission in missions:
        before = requisition
        if not before:
            ordered = _ordered(mission, answer)
            before = ordered[1].id
            said.append(ordered)
        said += _mission(mission, before)
        requisition = before
    return said


def _resource(mission: Mission) -> Resource:
    return Resource(
        "1",
        id=mission.key,
        name=catalogue.name_of(mission.item),
        type=type_of(mission.item),
        description=mission.unit_id,
        amount=str(mission.quantity),
        unit=Coded(mission.unit, UNITS),
    )


def _ordered(mission: Mission, answer: str) -> Said:
    """Return the requisition that the receiver's agreement is."""
    kind = "RequisitionResource"
    agreement = Agreement.objects.filter(key=mission.agreement).first()
    at = agreement.at if agreement is not None else mission.at
    return at, Message(
        kind,
        message_id(mission.agreement, kind),
        moment(at),
        preceding=answer,
        description=agreement.conditions if agreement is not None else "",
        resources=(replace(_resource(mission), id="", order=mission.pledge),),
    )


def _mission(mission: Mission, requisition: str) -> list[Said]:
    planned = (("EstimatedDeparture", mission.starts), ("EstimatedReturnDeparture", mission.ends))
    schedules = tuple(
        Schedule(kind, moment(at), mission.report_to) for kind, at in planned if at is not None
    )
    given = replace(_resource(mission), schedules=schedules, response=Response("Accept", "1"))
    commit = message_id(mission.key, "CommitResource")
    committed = Message(
        "CommitResource", commit, moment(mission.at), preceding=requisition, resources=(given,)
    )
    return [(mission.at, committed), *_extended(mission, commit), *_went(mission, commit)]


def _extended(mission: Mission, commit: str) -> list[Said]:
    """Return each wish that it stays longer, with the giver's consent."""
    said: list[Said] = []
    consents = {one["extension"]: one for one in mission.extensions}
    kind = "RequestExtendedDeploymentDuration"
    for one in Extension.objects.filter(mission=mission.key).order_by("at", "key"):
        until = (Schedule("RequestedReturnDeparture", moment(one.until)),)
        wish = Message(
            kind,
            message_id(one.key, kind),
            moment(one.at),
            preceding=commit,
            description=one.why,
            resources=(replace(_resource(mission), schedules=until),),
        )
        said.append((one.at, wish))
        if one.key in consents:
            at = datetime.fromisoformat(consents[one.key]["at"])
            answer = replace(_resource(mission), schedules=until, response=Response("Accept", "1"))
            identifier = message_id(consents[one.key]["record"], f"ResponseTo{kind}")
            consent = Message(
                f"ResponseTo{kind}", identifier, moment(at), preceding=wish.id, resources=(answer,)
            )
            said.append((at, consent))
    return said


def _went(mission: Mission, commit: str) -> list[Said]:
    """Return the steps of both sides, and that the giver asked it back."""
    said: list[Said] = []
    asked = ""
    if mission.recalled_at is not None:
        asked = message_id(mission.key, "RequestReturn")
        back = Message(
            "RequestReturn",
            asked,
            moment(mission.recalled_at),
            preceding=commit,
            description=mission.recalled_why,
            resources=(_resource(mission),),
        )
        said.append((mission.recalled_at, back))
    reception = Reception.objects.filter(mission=mission.key, home=mission.receiver).first()
    steps = {**mission.steps, **(reception.steps if reception is not None else {})}
    for step, told in steps.items():
        if step != SETTLED:
            at = datetime.fromisoformat(told["at"])
            said.append((at, _step(mission, step, told, asked, commit)))
    return said


def _step(mission: Mission, step: str, told: dict[str, str], asked: str, commit: str) -> Message:
    kind, preceding, response = "ReportResourceDeploymentStatus", commit, None
    if step == RELEASED:
        kind = "ResponseToRequestReturn" if asked else "ReleaseResource"
        preceding, response = (asked, Response("Accept", "1")) if asked else (commit, None)
    when = moment(datetime.fromisoformat(told["when"]))
    schedules = (Schedule(SCHEDULES[step], when),) if step in SCHEDULES else ()
    resource = replace(
        _resource(mission), deployment=Coded(step, STEPS), schedules=schedules, response=response
    )
    return Message(
        kind,
        message_id(told["record"], kind),
        moment(datetime.fromisoformat(told["at"])),
        preceding=preceding,
        description=told.get("words", ""),
        resources=(resource,),
    )
