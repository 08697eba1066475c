"""What an officer could say of a message: the record's kind, what is settled, what is proposed, and what stands unread.

A proposal is never a record. Where a message leads to none, it says what to do instead.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.aid import board, catalogue
from hansa.aid.exchange.ids import (
    item_of,
    position_of,
    read_moment,
    unit_of,
)
from hansa.aid.exchange.models import Draft, DraftState
from hansa.aid.exchange.rm import RECALLS, Message, Recall, Resource
from hansa.aid.exchange.said import moment
from hansa.aid.exchange.shown import shown_of, title_of
from hansa.aid.missions.models import Mission
from hansa.aid.models import Need, Pledge, Shipment
from hansa.aid.words import MOST, Urgency
from hansa.kernel.models import Row
from hansa.kernel.reading import readable
from hansa.pact.models import Call

TEXT = 280
PLACE = 140


@dataclass(frozen=True, slots=True)
class Proposal:
    """One item of a message. `kind` is the record that an officer may say, or nothing; `why` says what to know first."""

    title: str
    kind: str = ""
    fixed: dict[str, Any] = field(default_factory=dict)
    initial: dict[str, Any] = field(default_factory=dict)
    shown: list[list[str]] = field(default_factory=list)
    why: str = ""


def proposals(message: Message, log: str) -> list[Proposal]:
    """Return one proposal for each item of a message that came for the member `log`; one at least."""
    if message.recall is not None and message.recall.type in RECALLS:
        return _recalled(message, message.recall, log)
    make = _MAKE.get(message.kind, _to_read)
    if not message.resources:
        return [_told(message, None, _("It names no resource."))]
    return [make(message, resource, log) for resource in message.resources]


def thing_of(identifier: str, log: str) -> str | None:
    """Return the key of the row that a message id leads to: one of ours, or what an officer said of one that came."""
    ours = position_of(identifier)
    if ours is not None:
        return ours
    found = Draft.objects.filter(
        arrived__log=log, arrived__message=identifier, state=DraftState.SAID
    )
    return found.order_by("pk").values_list("record", flat=True).first()


def _find(model: type[Row], key: str | None, log: str) -> Any:
    return readable(model, log).filter(key=key).first() if key else None


def _told(message: Message, resource: Resource | None, why: str) -> Proposal:
    return Proposal(title_of(message, resource), shown=shown_of(message, resource), why=why)


def _amount(resource: Resource) -> tuple[int | None, str]:
    """Return the quantity of an item, or None and why it cannot be taken as it stands."""
    text = resource.amount or resource.quantity
    try:
        number = float(text) if len(text) < 20 else float("nan")  # noqa: PLR2004 - no number of ours has so many digits
    except ValueError:
        number = float("nan")
    if not (1 <= number <= MOST) or number != int(number):
        return None, _(
            "Its quantity “%(text)s” is no whole number from 1 to %(most)s: give it yourself."
        ) % {
            "text": text,
            "most": f"{MOST:,}",
        }
    return int(number), ""


def _counted(resource: Resource, item: str) -> str:
    """Return a warning where the message counts in something else than the catalogue does."""
    known = catalogue.items().get(item)
    unit = unit_of(resource.unit)
    if known is None or (unit is not None and unit.value == known.unit):
        return ""
    return _("It counts in “%(theirs)s”; we count this in %(ours)s. Check the number.") % {
        "theirs": resource.unit.value or "?",
        "ours": catalogue.counted(known.unit, 2),
    }


def _schedule(resource: Resource, *kinds: str) -> tuple[str, str]:
    """Return the moment (RFC 3339, UTC) and place of the first schedule of these kinds; nothing where none is clear."""
    for one in resource.schedules:
        if one.type in kinds:
            at = read_moment(one.at)
            return (moment(at) if at is not None else "", one.place)
    return ("", "")


def _request(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member asks: a need under a call of its own."""
    calls = list(Call.objects.filter(home=log, ended_at=None).order_by("-at", "-key"))
    if not calls:
        why = _("Your member is under no open call, so this cannot be stated as a need here.")
        return _told(message, resource, why)
    item = item_of(resource.type, resource.name)
    amount, odd = _amount(resource)
    due, place = _schedule(resource, "RequestedArrival", "ReportTo")
    notes = [odd, _counted(resource, item)]
    if not item:
        notes.append(
            _("We know no resource type “%(code)s”: choose one.")
            % {"code": resource.type.value or resource.name}
        )
    if not due:
        notes.append(_("It says no time with a zone by which it is needed: give it yourself."))
    what = resource.function or resource.description or message.description
    given = {
        "call": calls[0].key,
        "item": item,
        "quantity": amount,
        "due": due,
        "urgency": Urgency.TODAY.value,
        "place": place[:PLACE],
        "what": what[:TEXT],
    }
    return Proposal(
        title_of(message, resource),
        "aid.need/1",
        {},
        {name: value for name, value in given.items() if value not in ("", None)},
        shown_of(message, resource),
        " ".join(note for note in notes if note),
    )


def _answer(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member answers a need of somebody else: a pledge."""
    need = _find(Need, thing_of(message.preceding, log) or thing_of(message.exchange, log), log)
    if need is None:
        return _told(
            message, resource, _("No need of the pact is named, so nothing can be pledged.")
        )
    if need.home == log:
        why = _("It answers a need of yours. Only the giver's own node can pledge: ask it to.")
        return _told(message, resource, why)
    answer = resource.response.type if resource.response is not None else "Accept"
    if answer == "Decline":
        return _told(message, resource, _("It declines: no pledge comes of it."))
    if Pledge.objects.filter(home=log, need=need.key).exists():
        why = _("Your member pledged toward this need before. Pledge more on the need's own page.")
        return _told(message, resource, why)
    amount, odd = _amount(resource)
    ready, _place = _schedule(resource, "BeginAvailable", "EstimatedDeparture")
    terms = resource.response.reason if resource.response is not None else ""
    fixed = {name: getattr(need, name) for name in ("call", "form", "item", "unit")}
    given = {"quantity": amount, "ready": ready, "terms": (terms or resource.restrictions)[:TEXT]}
    notes = [odd, _counted(resource, need.item)]
    if answer not in ("Accept", "Provisional"):
        notes.append(_("Its answer “%(answer)s” is not known here.") % {"answer": answer})
    if item_of(resource.type, resource.name) not in ("", need.item):
        notes.append(
            _("It names something else than the need: %(name)s.") % {"name": resource.name}
        )
    return Proposal(
        title_of(message, resource, need),
        "aid.pledge/1",
        {**fixed, "need": need.key},
        {name: value for name, value in given.items() if value not in ("", None)},
        shown_of(message, resource, need),
        " ".join(note for note in notes if note),
    )


def _order(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member orders what was pledged to it: an acceptance."""
    keys = (resource.order, resource.id, thing_of(message.preceding, log))
    pledge = next((row for key in keys if (row := _find(Pledge, key, log)) is not None), None)
    if pledge is None or pledge.needer != log:
        return _told(
            message, resource, _("No pledge to your member is named, so nothing can be accepted.")
        )
    amount, odd = _amount(resource)
    return Proposal(
        title_of(message, resource, pledge),
        "aid.acceptance/1",
        {"need": pledge.need, "pledge": pledge.key},
        {"quantity": amount or pledge.standing, "why": message.description[:TEXT]},
        shown_of(message, resource, pledge),
        odd,
    )


def _report(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member reports an arrival: of what it sent, or of what it was sent."""
    shipment = _find(Shipment, resource.id or thing_of(message.preceding, log), log)
    arrived = any(one.type == "ActualArrival" for one in resource.schedules)
    if shipment is None or not arrived:
        return _told(message, resource, _("It tells where something is. No record comes of it."))
    if shipment.receiver == log:
        amount, odd = _amount(resource)
        line = board.shipment_lines([shipment])[0]
        fixed = {name: getattr(shipment, name) for name in ("need", "form", "item", "unit")}
        return Proposal(
            title_of(message, resource, shipment),
            "aid.receipt/1",
            {**fixed, "shipment": shipment.key},
            {"quantity": min(amount or line.unconfirmed, line.unconfirmed)},
            shown_of(message, resource, shipment),
            odd,
        )
    if shipment.home == log and shipment.delivered_at is None:
        fixed = {"shipment": shipment.key}
        return Proposal(
            title_of(message, resource, shipment),
            "aid.delivery/1",
            fixed,
            {},
            shown_of(message, resource, shipment),
        )
    return _told(message, resource, _("It tells where something is. No record comes of it."))


def _return(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member wants back what was pledged: what is not sent yet is taken back here."""
    pledge = _find(Pledge, resource.id or thing_of(message.preceding, log), log)
    if pledge is None or pledge.home != log or not pledge.to_send:
        why = _("Nothing of it waits to be sent by your member. Ask the receiver to give it back.")
        return _told(message, resource, why)
    amount, odd = _amount(resource)
    return Proposal(
        title_of(message, resource, pledge),
        "aid.pledge-withdrawal/1",
        {"pledge": pledge.key},
        {
            "quantity": min(amount or pledge.to_send, pledge.to_send),
            "why": message.description[:TEXT],
        },
        shown_of(message, resource, pledge),
        odd,
    )


def _stay(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member asks to keep a mission longer."""
    mission = _find(Mission, resource.id or thing_of(message.preceding, log), log)
    if mission is None or mission.receiver != log:
        return _told(message, resource, _("No mission that comes to your member is named."))
    until, _place = _schedule(resource, "RequestedReturnDeparture", "EndAvailable")
    given = {"until": until, "why": message.description[:TEXT]}
    return Proposal(
        title_of(message, resource, mission),
        "aid.extension/1",
        {"mission": mission.key},
        {name: value for name, value in given.items() if value},
        shown_of(message, resource, mission),
    )


def _release(message: Message, resource: Resource, log: str) -> Proposal:
    """Another system of this member gives back what came."""
    sent = _find(Shipment, resource.id or thing_of(message.preceding, log), log)
    if sent is None or sent.receiver != log:
        why = _("Release people on the mission's page, and give things back on the shipment's.")
        return _told(message, resource, why)
    amount, odd = _amount(resource)
    fixed = {name: getattr(sent, name) for name in ("call", "need", "pledge", "item", "unit")}
    return Proposal(
        title_of(message, resource, sent),
        "aid.return/1",
        {**fixed, "back": sent.key},
        {"quantity": amount} if amount else {},
        shown_of(message, resource, sent),
        odd,
    )


def _to_read(message: Message, resource: Resource, log: str) -> Proposal:
    return _told(message, resource, str(_ADVICE.get(message.kind, _("No record comes of it."))))


def _recalled(message: Message, recall: Recall, log: str) -> list[Proposal]:
    """The sender changes or takes back an earlier message: what was said of its items may be changed by an officer."""
    said = _said_needs(recall.message, log)
    if recall.type == "Cancel":
        ended = [_ended(message, need) for _number, need in sorted(said.items())]
        return ended or [_told(message, None, _("What it takes back was not said here."))]
    if message.kind != "RequestResource" or not message.resources:
        return [_told(message, None, _("What it takes back was not said here."))]
    return [
        _changed(message, resource, said[number])
        if number in said
        else _request(message, resource, log)
        for number, resource in enumerate(message.resources, start=1)
    ]


def _said_needs(identifier: str, log: str) -> dict[int, Need]:
    """Return the member's own needs that a message led to, by the number of its item."""
    ours = position_of(identifier)
    keys = {1: ours} if ours is not None else {}
    said = Draft.objects.filter(
        arrived__log=log, arrived__message=identifier, state=DraftState.SAID
    )
    keys |= {one.number: one.fixed.get("need") or one.record for one in said.order_by("pk")}
    needs = {need.key: need for need in Need.objects.filter(key__in=keys.values(), home=log)}
    return {number: needs[key] for number, key in keys.items() if key in needs}


def _ended(message: Message, need: Need) -> Proposal:
    resource = message.resources[0] if message.resources else None
    return Proposal(
        title_of(message, resource, need),
        "aid.need-end/1",
        {"need": need.key},
        {"why": (message.description or message.id)[:TEXT]},
        shown_of(message, resource, need),
    )


def _changed(message: Message, resource: Resource, need: Need) -> Proposal:
    amount, odd = _amount(resource)
    due, place = _schedule(resource, "RequestedArrival", "ReportTo")
    return Proposal(
        title_of(message, resource, need),
        "aid.need-change/1",
        {"need": need.key},
        {
            "quantity": amount or need.quantity,
            "due": due or moment(need.due),
            "urgency": need.urgency,
            "place": (place or need.place)[:PLACE],
        },
        shown_of(message, resource, need),
        " ".join(note for note in (odd, _counted(resource, need.item)) if note),
    )


_MAKE: dict[str, Callable[[Message, Resource, str], Proposal]] = {
    "RequestResource": _request,
    "ResponseToRequestResource": _answer,
    "CommitResource": _answer,
    "RequisitionResource": _order,
    "ReportResourceDeploymentStatus": _report,
    "RequestReturn": _return,
    "ReleaseResource": _release,
    "RequestExtendedDeploymentDuration": _stay,
}

_ADVICE = {
    "OfferUnsolicitedResource": gettext_lazy(
        "Nobody asked for it yet. Look on the needs board, and pledge there."
    ),
    "RequestResourceDeploymentStatus": gettext_lazy(
        "They ask where something is: send them the need's exchange."
    ),
}
