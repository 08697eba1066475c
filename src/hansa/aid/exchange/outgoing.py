"""Needs and what became of them as EDXL-RM messages: the whole exchange of one need, in the order in which it was said."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hansa.aid import board, catalogue
from hansa.aid.board import PledgeLine, ShipmentLine
from hansa.aid.exchange import de, lent, rm
from hansa.aid.exchange.ids import STATES, UNITS, message_id, position_of, type_of
from hansa.aid.exchange.machine import NEEDER, SENDER
from hansa.aid.exchange.rm import Coded, Contact, Incident, Message, Recall, Resource, Schedule
from hansa.aid.exchange.said import moment, records_of
from hansa.aid.missions.models import Mission
from hansa.aid.models import Acceptance, Need, Pledge, Shipment
from hansa.aid.played import played
from hansa.kernel import clock
from hansa.kernel.reading import names_of_members, readable
from hansa.kernel.ref import home_of
from hansa.pact.models import Answer, Call
from hansa.pact.words import Verdict

CHANGES = ("aid.need/1", "aid.need-change/1", "aid.need-details/1", "aid.need-end/1")


def exchange_of(need: Need, log: str | None) -> list[Message]:
    """Return the messages of one need as officers of `log` may read them: asked, answered, ordered, sent, received, released."""
    first = message_id(need.key, "RequestResource")
    pledges = list(readable(Pledge, log).filter(need=need.key).order_by("at", "key"))
    lines = board.pledge_lines(pledges)
    back = readable(Shipment, log).filter(need=need.key).exclude(back="").order_by("at", "key")
    names = names_of_members({need.home, *(one.home for one in pledges)})
    said: list[tuple[datetime, Message]] = [(need.at, message) for message in _asked(need)]
    missions = lent.missions_of(need.key, log)
    for line in lines:
        said += _answered(line, need, missions.get(line.pledge.key, []))
    said += [(line.shipment.at, _released(line, need)) for line in board.shipment_lines(back)]
    incident = (Incident(need.call, _incident(need.call)),)
    messages = [message for _at, message in sorted(said, key=lambda pair: pair[0])]
    return [
        _dressed(message, first, incident, names) for message in messages + _declined(need, log)
    ]


def envelope(messages: Iterable[Message], sender: str, number: str) -> bytes:
    """Return messages as one EDXL-DE document from `sender` (a log); its type is the first message's."""
    listed = list(messages)
    status = "Exercise" if played() else "Actual"
    kind = de.type_of(listed[0]) if listed else "Report"
    return de.write(
        de.Envelope(
            f"hansa:{number}",
            sender,
            moment(clock.now()),
            status,
            kind,
            tuple(de.Content(one) for one in listed),
            "Members of the pact",
        )
    )


def acknowledged(envelope_id: str, sender: str, sent: str, log: str) -> bytes:
    """Return the Ack for an envelope that came: received, not yet decided (EDXL-DE 1.0, distributionType)."""
    return de.write(
        de.Envelope(
            f"hansa:{log}#Ack-{envelope_id}"[:200],
            log,
            moment(clock.now()),
            "Exercise" if played() else "Actual",
            "Ack",
            (),
            "Members of the pact",
            (f"{envelope_id},{sender},{sent}",),
        )
    )


def _dressed(
    message: Message, first: str, incident: tuple[Incident, ...], names: dict[str, str]
) -> Message:
    """Return a message with what all of an exchange have in common."""
    asks = SENDER[message.kind] == NEEDER
    log = home_of(position_of(first if asks else message.id) or "")
    role = "Requester" if asks else "RespondingOrg"
    return replace(
        message,
        originating="" if message.id == first else first,
        incidents=incident,
        contacts=(Contact(names.get(log, log), role),),
    )


def _incident(call: str) -> str:
    found = Call.objects.filter(key=call).first()
    return found.summary if found is not None else ""


def _resource(thing: Need | Pledge | Shipment, quantity: int) -> Resource:
    return Resource(
        "1",
        name=catalogue.name_of(thing.item),
        type=type_of(thing.item),
        amount=str(quantity),
        unit=Coded(thing.unit, UNITS),
    )


def _asked(need: Need) -> list[Message]:
    """Return the request; once it was changed or cancelled, also the message that updates or recalls it."""
    entries = records_of(need, CHANGES)
    due = Schedule("RequestedArrival", moment(need.due), need.place)
    wanted = replace(
        _resource(need, need.quantity), function=need.what, schedules=(due,), id=need.key
    )
    kind = "RequestResource"
    made = [
        Message(
            kind,
            message_id(need.key, kind),
            moment(need.at),
            description=need.what,
            resources=(wanted,),
        )
    ]
    if len(entries) > 1:
        last = entries[-1]
        recall = "Cancel" if last.kind == "aid.need-end/1" else "Update"
        made.append(
            replace(
                made[0],
                id=message_id(last.position, kind),
                sent=moment(last.at),
                description=need.cancelled_why or need.what,
                recall=Recall(message_id(need.key, kind), recall),
            )
        )
    return made


def _answered(
    line: PledgeLine, need: Need, missions: list[Mission]
) -> list[tuple[datetime, Message]]:
    """Return what both sides said of one pledge, with the moment of each."""
    pledge = line.pledge
    answer = message_id(pledge.key, "ResponseToRequestResource")
    ready = (Schedule("BeginAvailable", moment(pledge.ready)),) if pledge.ready else ()
    resource = replace(
        _resource(pledge, pledge.quantity),
        id=pledge.key,
        schedules=ready,
        response=rm.Response("Provisional" if pledge.terms else "Accept", "1", reason=pledge.terms),
    )
    asked = message_id(need.key, "RequestResource")
    said = [
        (
            pledge.at,
            Message(
                "ResponseToRequestResource",
                answer,
                moment(pledge.at),
                preceding=asked,
                resources=(resource,),
            ),
        )
    ]
    order = ""
    if line.acceptance is not None and line.acceptance.quantity:
        order = message_id(pledge.key, "RequisitionResource")
        said += _ordered(line, line.acceptance, resource, answer, lent=bool(missions))
    said += lent.messages_of(missions, answer, order)
    before = message_id(pledge.key, "CommitResource") if line.accepted and not missions else answer
    return said + [(one.shipment.at, _reported(one, before)) for one in line.shipments]


def _ordered(
    line: PledgeLine, acceptance: Acceptance, resource: Resource, answer: str, *, lent: bool
) -> list[tuple[datetime, Message]]:
    """Return the requisition that an acceptance is, and the commitment to it; of what is lent, the missions commit."""
    ordered = replace(
        resource, amount=str(acceptance.quantity), response=None, order=line.pledge.key
    )
    requisition = message_id(line.pledge.key, "RequisitionResource")
    made = [
        (
            acceptance.at,
            Message(
                "RequisitionResource",
                requisition,
                moment(acceptance.at),
                preceding=answer,
                description=acceptance.why,
                resources=(ordered,),
            ),
        )
    ]
    if line.accepted and not lent:
        given = replace(ordered, amount=str(line.accepted), response=rm.Response("Accept", "1"))
        kind = "CommitResource"
        made.append(
            (
                acceptance.at,
                Message(
                    kind,
                    message_id(line.pledge.key, kind),
                    moment(acceptance.at),
                    preceding=requisition,
                    resources=(given,),
                ),
            )
        )
    return made


def _reported(line: ShipmentLine, preceding: str) -> Message:
    """Return where a shipment is: on the way with its expected arrival, or arrived."""
    shipment, kind = line.shipment, "ReportResourceDeploymentStatus"
    schedules = []
    if shipment.expected:
        schedules.append(Schedule("EstimatedArrival", moment(shipment.expected)))
    if shipment.delivered_at:
        schedules.append(Schedule("ActualArrival", moment(shipment.delivered_at)))
    resource = replace(
        _resource(shipment, shipment.quantity),
        id=shipment.key,
        deployment=Coded(line.state.value, STATES),
        schedules=tuple(schedules),
    )
    return Message(
        kind,
        message_id(shipment.key, kind),
        moment(shipment.at),
        preceding=preceding,
        resources=(resource,),
    )


def _released(line: ShipmentLine, need: Need) -> Message:
    """Return that the needer gives something back."""
    shipment, kind = line.shipment, "ReleaseResource"
    back = Schedule("ActualReturnDeparture", moment(shipment.at))
    resource = replace(_resource(shipment, shipment.quantity), id=shipment.back, schedules=(back,))
    return Message(
        kind,
        message_id(shipment.key, kind),
        moment(shipment.at),
        preceding=message_id(shipment.back, "ReportResourceDeploymentStatus"),
        resources=(resource,),
    )


def _declined(need: Need, log: str | None) -> list[Message]:
    """Return that members declined this form of aid under the call."""
    kind = "ResponseToRequestResource"
    found = readable(Answer, log).filter(
        call=need.call, form=need.form, verdict=Verdict.DECLINED.value
    )
    return [
        Message(
            kind,
            message_id(f"{one.home}@{one.first_index}", kind),
            moment(one.first_at),
            preceding=message_id(need.key, "RequestResource"),
            resources=(Resource("1", response=rm.Response("Decline", "1", reason=one.reason)),),
        )
        for one in found.order_by("first_at", "key")
    ]
