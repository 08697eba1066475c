"""EDXL-DE 1.0 (OASIS standard, May 2006): the envelope in which resource messages travel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from hansa.aid.exchange import rm, rmxml
from hansa.aid.exchange.rm import Message
from hansa.aid.exchange.xml import fit, local, parse, written
from hansa.kernel.errors import Untrusted

DE = "urn:oasis:names:tc:emergency:EDXL:DE:1.0"

_NAMES: Any = {None: DE}

STATUSES = ("Actual", "Exercise", "System", "Test")
REQUESTS = tuple(kind for kind in rm.KINDS if kind.startswith("Requ"))


@dataclass(frozen=True, slots=True)
class Content:
    """One content object: a resource message, or why it is none. `xml` is what came, to be shown."""

    message: Message | None = None
    why: str = ""
    xml: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends what to whom. `references` are `id,sender,sent` of earlier envelopes; `unknown` are parts without a field."""

    id: str
    sender: str
    sent: str
    status: str
    type: str
    contents: tuple[Content, ...] = ()
    confidentiality: str = ""
    references: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def type_of(message: Message) -> str:
    """Return the distributionType that fits a message."""
    if message.recall is not None and message.recall.type in rm.RECALLS:
        return message.recall.type
    if message.kind.startswith("ResponseTo") or message.kind == "CommitResource":
        return "Response"
    return "Request" if message.kind in REQUESTS else "Report"


def write(envelope: Envelope) -> bytes:
    """Return the envelope with its messages as a document, in the order of the standard's schema."""
    root = etree.Element(f"{{{DE}}}EDXLDistribution", nsmap=_NAMES)
    for name, text in (
        ("distributionID", envelope.id),
        ("senderID", envelope.sender),
        ("dateTimeSent", envelope.sent),
        ("distributionStatus", envelope.status),
        ("distributionType", envelope.type),
        ("combinedConfidentiality", envelope.confidentiality),
        *(("distributionReference", one) for one in envelope.references),
    ):
        etree.SubElement(root, f"{{{DE}}}{name}").text = fit(text)
    for address in envelope.addresses:
        made = etree.SubElement(root, f"{{{DE}}}explicitAddress")
        etree.SubElement(made, f"{{{DE}}}explicitAddressScheme").text = "hansa"
        etree.SubElement(made, f"{{{DE}}}explicitAddressValue").text = fit(address)
    for content in envelope.contents:
        if content.message is not None:
            _write_content(root, content.message)
    return written(root)


def _write_content(root: Any, message: Message) -> None:
    made = etree.SubElement(root, f"{{{DE}}}contentObject")
    etree.SubElement(made, f"{{{DE}}}contentDescription").text = fit(
        message.description or message.kind
    )
    for incident in message.incidents[:1]:
        for name, text in (
            ("incidentID", incident.id),
            ("incidentDescription", incident.description),
        ):
            if text:
                etree.SubElement(made, f"{{{DE}}}{name}").text = fit(text)
    holder = etree.SubElement(made, f"{{{DE}}}xmlContent")
    embedded = etree.SubElement(holder, f"{{{DE}}}embeddedXMLContent")
    embedded.append(rmxml.write(message))


def read(data: bytes) -> Envelope:
    """Return the envelope in these bytes; a bare resource message stands for an envelope around it alone.

    Untrusted if the bytes are neither. One content that cannot be read does not hold up the others.
    """
    root = parse(data)
    if etree.QName(root).namespace in (rm.RM, rm.RMSG):
        content = _message(root)
        if content.message is None:
            raise Untrusted(content.why)
        return Envelope("", "", content.message.sent, "", "", (content,))
    if etree.QName(root).namespace != DE or local(root) != "EDXLDistribution":
        raise Untrusted(
            _("This is neither EDXL-DE 1.0 nor EDXL-RM 1.0: its root is %(name)s.")
            % {"name": local(root)}
        )
    fields: dict[str, list[str]] = {}
    contents: list[Content] = []
    unknown: list[str] = []
    for child in root:
        name = local(child)
        if name == "contentObject":
            contents.extend(_contents(child, unknown))
        elif name == "explicitAddress":
            values = [one.text or "" for one in child if local(one) == "explicitAddressValue"]
            fields.setdefault(name, []).extend(values)
        elif name in _FIELDS and len(child) == 0:
            fields.setdefault(name, []).append((child.text or "").strip())
        else:
            unknown.append(etree.tostring(child, encoding="unicode", with_tail=False).strip())
    return _made(fields, contents, unknown)


_FIELDS = {
    "distributionID",
    "senderID",
    "dateTimeSent",
    "distributionStatus",
    "distributionType",
    "combinedConfidentiality",
    "distributionReference",
}


def _made(
    fields: dict[str, list[str]], contents: Sequence[Content], unknown: list[str]
) -> Envelope:
    def first(name: str) -> str:
        return next(iter(fields.get(name, [])), "")

    status = first("distributionStatus")
    if status not in STATUSES:
        unknown.append(f"distributionStatus {status}")
    return Envelope(
        first("distributionID"),
        first("senderID"),
        first("dateTimeSent"),
        status,
        first("distributionType"),
        tuple(contents),
        first("combinedConfidentiality"),
        tuple(fields.get("distributionReference", [])),
        tuple(fields.get("explicitAddress", [])),
        tuple(unknown),
    )


_TOLD = {"contentDescription", "incidentID", "incidentDescription"}
"""Parts of a content object that the message in it says itself."""


def _contents(element: Any, unknown: list[str]) -> list[Content]:
    made: list[Content] = []
    for child in element:
        name = local(child)
        if name == "xmlContent":
            for holder in child:
                made.extend(_message(inner) for inner in holder)
        elif name not in _TOLD:
            unknown.append(etree.tostring(child, encoding="unicode", with_tail=False).strip())
    return made or [Content(why=_("This part holds no XML, so no message could be read from it."))]


def _message(element: Any) -> Content:
    xml = str(etree.tostring(element, encoding="unicode", with_tail=False))
    try:
        return Content(rmxml.read(element), xml=xml)
    except Untrusted as error:
        return Content(why=error.sentence, xml=xml)
