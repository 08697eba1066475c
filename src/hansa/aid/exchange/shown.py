"""An item of a message in words: what stands in a list of drafts, and what an officer reads before deciding."""

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.exchange.rm import Message, Resource
from hansa.aid.missions.models import Promise
from hansa.aid.models import Thing as Goods
from hansa.kernel.reading import names_of_members

Thing = Goods | Promise
"""A row of ours that a message is about."""


def title_of(message: Message, resource: Resource | None, thing: Thing | None = None) -> str:
    """Return in one line what an item is: what, how much; or the message that names none."""
    if resource is None:
        return f"{message.kind}: {message.description or message.id}"
    known = catalogue.name_of(thing.item) if thing is not None else ""
    name = resource.name or resource.type.value or known or resource.id or resource.element
    how_much = " ".join(
        part for part in (resource.amount or resource.quantity, resource.unit.value) if part
    )
    return ", ".join(part for part in (name, how_much) if part) or message.kind


def shown_of(
    message: Message, resource: Resource | None, thing: Thing | None = None
) -> list[list[str]]:
    """Return what the item says, in the standard's own words; first the row of ours that it is about."""
    told = [["MessageDescription", message.description]]
    told += [["ContactInformation", f"{one.description} ({one.role})"] for one in message.contacts]
    told += [["IncidentInformation", one.description or one.id] for one in message.incidents]
    if thing is not None:
        told.insert(0, [_("It is about"), _about(thing)])
    if resource is not None:
        told += _of(resource)
    return [pair for pair in told if pair[1].strip(" ()")]


def _about(thing: Thing) -> str:
    """Return whose need, pledge or shipment this is, and of what."""
    return f"{names_of_members({thing.home}).get(thing.home, thing.home)}: {thing} ({thing.key})"


def _of(resource: Resource) -> list[list[str]]:
    answer = resource.response
    told = [
        ["Name", resource.name],
        ["TypeStructure", f"{resource.type.value} {resource.type.urn}".strip()],
        ["Description", resource.description],
        ["SpecialRequirements", resource.special],
        ["Quantity", f"{resource.amount or resource.quantity} {resource.unit.value}".strip()],
        ["Restrictions", resource.restrictions],
        ["AnticipatedFunction", resource.function],
        ["Owner", resource.owner],
        ["DeploymentStatus", resource.deployment.value],
        ["Availability", resource.availability],
    ]
    told += [
        [one.type or "Schedule", f"{one.at} {one.place}".strip()] for one in resource.schedules
    ]
    if answer is not None:
        told.append(["ResponseType", f"{answer.type} {answer.code.value}".strip()])
        told.append(["ResponseReason", answer.reason])
    return told
