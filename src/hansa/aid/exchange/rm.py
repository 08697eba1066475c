"""EDXL-RM 1.0 (OASIS standard with errata, 22 December 2009): a resource message as data.

Texts and codes stand here as they came. What this program has no field for is kept as `Unknown`, is shown,
and is written out again in its place: nothing of another's message is dropped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

RM = "urn:oasis:names:tc:emergency:EDXL:RM:1.0"
RMSG = "urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"

KINDS = (
    "RequestResource",
    "ResponseToRequestResource",
    "RequisitionResource",
    "CommitResource",
    "RequestInformation",
    "ResponseToRequestInformation",
    "OfferUnsolicitedResource",
    "ReleaseResource",
    "RequestReturn",
    "ResponseToRequestReturn",
    "RequestQuote",
    "ResponseToRequestQuote",
    "RequestResourceDeploymentStatus",
    "ReportResourceDeploymentStatus",
    "RequestExtendedDeploymentDuration",
    "ResponseToRequestExtendedDeploymentDuration",
)
"""The sixteen messages (section 3.3). Each is an element of this name."""

RESPONSES = ("Accept", "Decline", "Provisional")
RECALLS = ("Update", "Cancel")
ROLES = ("Sender", "Requester", "SubjectMatterExpert", "Approver", "RespondingOrg", "Owner")
SCHEDULES = (
    "RequestedArrival",
    "EstimatedArrival",
    "ActualArrival",
    "RequestedDeparture",
    "EstimatedDeparture",
    "ActualDeparture",
    "RequestedReturnDeparture",
    "EstimatedReturnDeparture",
    "ActualReturnDeparture",
    "RequestedReturnArrival",
    "EstimatedReturnArrival",
    "ActualReturnArrival",
    "BeginAvailable",
    "EndAvailable",
    "Committed",
    "Current",
    "ReportTo",
    "Route",
)


@dataclass(frozen=True, slots=True)
class Coded:
    """A value of a list (`urn` names the list)."""

    value: str
    urn: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is said."""
        return bool(self.value or self.urn)


@dataclass(frozen=True, slots=True)
class Unknown:
    """What there is no field for: `path` leads to its parent, `xml` is the element, or `@name=value` an attribute."""

    path: str
    xml: str


@dataclass(frozen=True, slots=True)
class Incident:
    """To which incident a message belongs."""

    id: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Recall:
    """That an earlier message is updated or cancelled by this one."""

    message: str
    type: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Who speaks: an office or a body, in what role. This program writes no person's name."""

    description: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When and where: `at` is a time as it was written (RFC 3339 where we write it)."""

    type: str
    at: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to one element of the message before."""

    type: str
    preceding: str = ""
    code: Coded = Coded("")
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a message: what, how much, when, and what is said of it. `amount` is a decimal as written."""

    element: str
    id: str = ""
    name: str = ""
    type: Coded = Coded("")
    description: str = ""
    special: str = ""
    owner: str = ""
    deployment: Coded = Coded("")
    availability: str = ""
    amount: str = ""
    unit: Coded = Coded("")
    quantity: str = ""
    restrictions: str = ""
    function: str = ""
    order: str = ""
    schedules: tuple[Schedule, ...] = ()
    response: Response | None = None
    unknown: tuple[Unknown, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One resource message. `originating` is the first of its exchange, `preceding` the one that it answers."""

    kind: str
    id: str
    sent: str
    originating: str = ""
    preceding: str = ""
    description: str = ""
    content: str = ""
    incidents: tuple[Incident, ...] = ()
    recall: Recall | None = None
    contacts: tuple[Contact, ...] = ()
    resources: tuple[Resource, ...] = ()
    unknown: tuple[Unknown, ...] = ()

    @property
    def exchange(self) -> str:
        """Return the id of the message with which its exchange began."""
        return self.originating or self.id


def strangers(message: Message) -> Iterator[str]:
    """Yield in words each code that the standard's own lists do not have, and each part that has no field here."""
    if message.kind not in KINDS:
        yield f"MessageContentType {message.kind}"
    elif message.content not in ("", message.kind):
        yield f"MessageContentType {message.content}"
    if message.recall and message.recall.type not in RECALLS:
        yield f"RecallType {message.recall.type}"
    for contact in message.contacts:
        if contact.role and contact.role not in ROLES:
            yield f"ContactRole {contact.role}"
    for one in message.unknown:
        yield f"{one.path or message.kind}: {one.xml}"
    for resource in message.resources:
        yield from (f"{resource.element}: {word}" for word in _strange(resource))


def _strange(resource: Resource) -> Iterator[str]:
    if resource.response and resource.response.type not in RESPONSES:
        yield f"ResponseType {resource.response.type}"
    for schedule in resource.schedules:
        if schedule.type not in SCHEDULES:
            yield f"ScheduleType {schedule.type}"
    for one in resource.unknown:
        yield f"{one.path or 'ResourceInformation'}: {one.xml}"
