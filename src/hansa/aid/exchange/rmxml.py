"""EDXL-RM messages as XML, out and in.

Read by local names, because systems in use put the same elements into either of the two namespaces.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from hansa.aid.exchange.rm import (
    KINDS,
    RM,
    RMSG,
    Coded,
    Contact,
    Incident,
    Message,
    Recall,
    Resource,
    Response,
    Schedule,
    Unknown,
)
from hansa.aid.exchange.xml import fit, local, parse
from hansa.kernel.errors import Untrusted

_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
LONGEST = 300
"""Characters of a message's id: by it, answers find what they answer."""

_NAMES: Any = {None: RMSG, "rm": RM}


class _Node:
    """An element of which each child is taken once; what nobody took is left over."""

    def __init__(self, element: Any, path: str, left: list[Unknown]) -> None:
        self.element, self.path, self.left = element, path, left
        self.rest = [child for child in element if isinstance(child.tag, str)]
        for name, value in element.attrib.items():
            if name != _SCHEMA:
                left.append(Unknown(path, f"@{name}={value}"))

    def take(self, name: str) -> Any:
        """Return the first child of this name that was not taken yet, or None."""
        for child in self.rest:
            if local(child) == name:
                self.rest.remove(child)
                return child
        return None

    def inside(self, name: str) -> "_Node | None":
        """Return the first child of this name, to be taken apart."""
        found = self.take(name)
        path = f"{self.path}/{name}" if self.path else name
        return _Node(found, path, self.left) if found is not None else None

    def text(self, name: str) -> str:
        """Return the text of the first child of this name. One that has children of its own stays left over."""
        for child in self.rest:
            if local(child) == name and len(child) == 0:
                self.rest.remove(child)
                path = f"{self.path}/{name}" if self.path else name
                self.left.extend(Unknown(path, f"@{key}={value}") for key, value in child.items())
                return (child.text or "").strip()
        return ""

    def coded(self, name: str) -> Coded:
        """Return a value with its list."""
        found = self.inside(name)
        if found is None:
            return Coded("")
        made = Coded(found.text("Value"), found.text("ValueListURN"))
        found.close()
        return made

    def close(self) -> None:
        """Keep what nobody took."""
        if self.element.text and self.element.text.strip():
            self.left.append(Unknown(self.path, f"#{self.element.text.strip()}"))
        for child in self.rest:
            self.left.append(Unknown(self.path, _kept(child)))


def _kept(element: Any) -> str:
    """Return an element as text that stands for itself wherever it is put."""
    copy = etree.fromstring(etree.tostring(element, with_tail=False))
    etree.cleanup_namespaces(copy)
    return str(etree.tostring(copy, encoding="unicode", with_tail=False))


def read(root: Any) -> Message:
    """Return the message that an element is; Untrusted if it is none, or says not which."""
    if etree.QName(root).namespace not in (RMSG, RM):
        raise Untrusted(_("%(name)s is no message of EDXL-RM 1.0.") % {"name": local(root)})
    left: list[Unknown] = []
    node = _Node(root, "", left)
    kind, content = local(root), node.text("MessageContentType")
    message_id = node.text("MessageID")
    if not message_id:
        raise Untrusted(
            _("This message has no MessageID, so nobody can answer it. Ask its sender for one.")
        )
    sent, originating = node.text("SentDateTime"), node.text("OriginatingMessageID")
    if max(len(message_id), len(originating)) > LONGEST:
        raise Untrusted(
            _("An id of this message has more than %(most)s characters.") % {"most": LONGEST}
        )
    made = Message(
        kind,
        message_id,
        sent,
        originating,
        node.text("PrecedingMessageID"),
        node.text("MessageDescription"),
        "" if content == kind else content,
        tuple(_all(node, "IncidentInformation", _incident)),
        next(iter(_all(node, "MessageRecall", _recall)), None),
        tuple(_all(node, "ContactInformation", _contact)),
        tuple(_resources(node)),
    )
    node.close()
    return replace(made, unknown=tuple(left))


def _all(node: _Node, name: str, make: Any) -> Iterable[Any]:
    made = []
    while (found := node.inside(name)) is not None:
        made.append(make(found))
        found.close()
        if name == "MessageRecall":
            break
    return made


def _incident(node: _Node) -> Incident:
    return Incident(node.text("IncidentID"), node.text("IncidentDescription"))


def _recall(node: _Node) -> Recall:
    return Recall(node.text("RecalledMessageID"), node.text("RecallType"))


def _contact(node: _Node) -> Contact:
    return Contact(node.text("ContactDescription"), node.text("ContactRole"))


def _resources(node: _Node) -> Iterable[Resource]:
    while (found := node.take("ResourceInformation")) is not None:
        left: list[Unknown] = []
        yield _resource(_Node(found, "", left), left)


def _resource(node: _Node, left: list[Unknown]) -> Resource:
    given: dict[str, Any] = {"element": node.text("ResourceInfoElementID")}
    response = node.inside("ResponseInformation")
    if response is not None:
        given["response"] = Response(
            response.text("ResponseType"),
            response.text("PrecedingResourceInfoElementID"),
            response.coded("ReasonCode"),
            response.text("ResponseReason"),
        )
        response.close()
    given |= _thing(node) | _assignment(node)
    given["schedules"] = tuple(_all(node, "ScheduleInformation", _schedule))
    node.close()
    return Resource(**given, unknown=tuple(left))


def _thing(node: _Node) -> dict[str, Any]:
    found = node.inside("Resource")
    if found is None:
        return {}
    given: dict[str, Any] = {
        "id": found.text("ResourceID"),
        "name": found.text("Name"),
        "type": found.coded("TypeStructure"),
        "description": found.text("Description"),
        "special": found.text("SpecialRequirements"),
    }
    owned = found.inside("OwnershipInformation")
    if owned is not None:
        given["owner"] = owned.text("Owner")
        owned.close()
    status = found.inside("ResourceStatus")
    if status is not None:
        given["deployment"] = status.coded("DeploymentStatus")
        given["availability"] = status.text("Availability")
        status.close()
    found.close()
    return given


def _assignment(node: _Node) -> dict[str, Any]:
    found = node.inside("AssignmentInformation")
    if found is None:
        return {}
    given: dict[str, Any] = {
        "restrictions": found.text("Restrictions"),
        "function": found.text("AnticipatedFunction"),
        "order": found.text("OrderID"),
    }
    quantity = found.inside("Quantity")
    if quantity is not None:
        given["quantity"] = quantity.text("QuantityText")
        measured = quantity.inside("MeasuredQuantity")
        if measured is not None:
            given["amount"] = measured.text("Amount")
            given["unit"] = measured.coded("UnitOfMeasure")
            measured.close()
        quantity.close()
    found.close()
    return given


def _schedule(node: _Node) -> Schedule:
    kind, at = node.text("ScheduleType"), node.text("DateTime")
    where = node.inside("Location")
    place = where.text("LocationDescription") if where is not None else ""
    if where is not None:
        where.close()
    return Schedule(kind, at, place)


def write(message: Message) -> Any:
    """Return the message as an element, in the order of the standard's schema. What is empty is left out."""
    if message.kind not in KINDS:
        raise Untrusted(_("%(name)s is no message of EDXL-RM 1.0.") % {"name": message.kind})
    root = etree.Element(f"{{{RMSG}}}{message.kind}", nsmap=_NAMES)
    _put(root, RMSG, "MessageID", message.id)
    _put(root, RMSG, "SentDateTime", message.sent)
    _put(root, RMSG, "MessageContentType", message.content or message.kind)
    _put(root, RMSG, "MessageDescription", message.description)
    _put(root, RMSG, "OriginatingMessageID", message.originating)
    _put(root, RMSG, "PrecedingMessageID", message.preceding)
    for incident in message.incidents:
        parent = etree.SubElement(root, f"{{{RMSG}}}IncidentInformation")
        _put(parent, RM, "IncidentID", incident.id)
        _put(parent, RM, "IncidentDescription", incident.description)
    if message.recall is not None:
        parent = etree.SubElement(root, f"{{{RMSG}}}MessageRecall")
        _put(parent, RM, "RecalledMessageID", message.recall.message)
        _put(parent, RM, "RecallType", message.recall.type)
    for contact in message.contacts:
        parent = etree.SubElement(root, f"{{{RMSG}}}ContactInformation")
        _put(parent, RM, "ContactDescription", contact.description)
        _put(parent, RM, "ContactRole", contact.role)
    for resource in message.resources:
        _restore(_write_resource(root, resource), resource.unknown)
    _restore(root, message.unknown)
    return root


def _put(parent: Any, space: str, name: str, text: str) -> None:
    if text:
        etree.SubElement(parent, f"{{{space}}}{name}").text = fit(text)


def _put_coded(parent: Any, name: str, coded: Coded, space: str = RMSG) -> None:
    if coded:
        made = etree.SubElement(parent, f"{{{space}}}{name}")
        _put(made, RM, "ValueListURN", coded.urn)
        _put(made, RM, "Value", coded.value)


def _write_resource(root: Any, resource: Resource) -> Any:
    info = etree.SubElement(root, f"{{{RMSG}}}ResourceInformation")
    _put(info, RMSG, "ResourceInfoElementID", resource.element)
    if resource.response is not None:
        parent = etree.SubElement(info, f"{{{RMSG}}}ResponseInformation")
        _put(parent, RM, "PrecedingResourceInfoElementID", resource.response.preceding)
        _put(parent, RM, "ResponseType", resource.response.type)
        _put_coded(parent, "ReasonCode", resource.response.code, RM)
        _put(parent, RM, "ResponseReason", resource.response.reason)
    _write_thing(info, resource)
    _write_assignment(info, resource)
    for schedule in resource.schedules:
        parent = etree.SubElement(info, f"{{{RMSG}}}ScheduleInformation")
        _put(parent, RMSG, "ScheduleType", schedule.type)
        _put(parent, RMSG, "DateTime", schedule.at)
        if schedule.place:
            where = etree.SubElement(parent, f"{{{RMSG}}}Location")
            _put(where, RM, "LocationDescription", schedule.place)
    return info


def _write_thing(info: Any, resource: Resource) -> None:
    thing = etree.SubElement(info, f"{{{RMSG}}}Resource")
    _put(thing, RMSG, "ResourceID", resource.id)
    _put(thing, RMSG, "Name", resource.name)
    _put_coded(thing, "TypeStructure", resource.type)
    _put(thing, RMSG, "Description", resource.description)
    _put(thing, RMSG, "SpecialRequirements", resource.special)
    if resource.owner:
        owned = etree.SubElement(thing, f"{{{RMSG}}}OwnershipInformation")
        _put(owned, RMSG, "Owner", resource.owner)
    if resource.deployment or resource.availability:
        status = etree.SubElement(thing, f"{{{RMSG}}}ResourceStatus")
        _put_coded(status, "DeploymentStatus", resource.deployment)
        _put(status, RMSG, "Availability", resource.availability)


def _write_assignment(info: Any, resource: Resource) -> None:
    parent = etree.SubElement(info, f"{{{RMSG}}}AssignmentInformation")
    if resource.quantity or resource.amount or resource.unit:
        quantity = etree.SubElement(parent, f"{{{RMSG}}}Quantity")
        _put(quantity, RM, "QuantityText", resource.quantity)
        if resource.amount or resource.unit:
            measured = etree.SubElement(quantity, f"{{{RM}}}MeasuredQuantity")
            _put(measured, RM, "Amount", resource.amount)
            _put_coded(measured, "UnitOfMeasure", resource.unit, RM)
    _put(parent, RMSG, "Restrictions", resource.restrictions)
    _put(parent, RMSG, "AnticipatedFunction", resource.function)
    _put(parent, RMSG, "OrderID", resource.order)


def _restore(root: Any, unknown: Iterable[Unknown]) -> None:
    """Put what was left over back where it stood."""
    for one in unknown:
        parent = root
        for name in one.path.split("/") if one.path else []:
            found = next((child for child in parent if local(child) == name), None)
            parent = found if found is not None else etree.SubElement(parent, f"{{{RMSG}}}{name}")
        if one.xml.startswith("@"):
            name, _is, value = one.xml[1:].partition("=")
            parent.set(name, value)
        elif one.xml.startswith("#"):
            parent.text = one.xml[1:]
        else:
            parent.append(parse(one.xml.encode()))
