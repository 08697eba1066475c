"""A call for aid as CAP 1.2 (OASIS standard, July 2010; ITU-T X.1303 bis): Alert when it opens, Update, Cancel at its end.

The sender is the member, by its log and its name; no person, and no word that the records do not have.
"""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from lxml import etree

from hansa.aid.exchange.said import records_of
from hansa.aid.exchange.xml import fit, written
from hansa.aid.played import played
from hansa.kernel.models import Entry
from hansa.pact.models import Call, Charter, Member, Pact
from hansa.pact.words import Form, MemberType

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
_NAMES: Any = {None: CAP}

STEPS = {"pact.call/1": "Alert", "pact.call-change/1": "Update", "pact.call-end/1": "Cancel"}
"""Which message a record of the call makes."""

HEADLINE = 160
"""Signs of a headline (section 3.2.2)."""

RADIUS = {MemberType.STATE: 200, MemberType.TERRITORY: 100, MemberType.COUNTY: 40}
"""Kilometres around a member's seat that the alert's circle covers; others: a city's."""

CITY = 20


def alert(call: Call) -> bytes:
    """Return the newest message about a call, in English: it refers to all that were sent before it."""
    return written(element(call))


def element(call: Call) -> Any:
    """Return the same message as an element."""
    with override("en"):
        return _alert(call)


def _alert(call: Call) -> Any:
    steps = records_of(call, STEPS)
    member = Member.objects.filter(home=call.home).first()
    pact = Pact.objects.filter(key=call.pact).first()
    root = etree.Element(f"{{{CAP}}}alert", nsmap=_NAMES)
    last = steps[-1] if steps else None
    kind = STEPS[last.kind] if last is not None else "Alert"
    _put(root, "identifier", _identifier(last, call))
    _put(root, "sender", call.home)
    _put(root, "sent", _sent(last.at if last is not None else call.at))
    exercise = played(call.pact)
    _put(root, "status", "Exercise" if exercise else "Actual")
    _put(root, "msgType", kind)
    _put(root, "scope", "Restricted")
    name = pact.name if pact is not None else call.pact
    _put(root, "restriction", _("Members of %(pact)s and whom they hand it to") % {"pact": name})
    if exercise:
        _put(root, "note", _("Exercise of %(pact)s. Nothing here is in earnest.") % {"pact": name})
    elif kind == "Cancel":
        _put(root, "note", call.ended_why or _("The call was stood down."))
    if steps[:-1]:
        _put(root, "references", " ".join(_reference(one, call) for one in steps[:-1]))
    _put(root, "incidents", call.key)
    _info(root, call, member)
    return root


def _identifier(entry: Entry | None, call: Call) -> str:
    return entry.position if entry is not None else call.key


def _reference(entry: Entry, call: Call) -> str:
    """Return `sender,identifier,sent` (section 3.2.1)."""
    return f"{call.home},{entry.position},{_sent(entry.at)}"


def _sent(at: datetime) -> str:
    """Return a time as CAP writes it: never Z, UTC is -00:00 (section 3.3.2)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def _put(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{CAP}}}{name}").text = fit(text)


def _info(root: Any, call: Call, member: Member | None) -> None:
    info = etree.SubElement(root, f"{{{CAP}}}info")
    over = call.ended_at is not None
    forms = ", ".join(
        str(Form(form).label) for form, span in call.forms.items() if span["until"] is None
    )
    _put(info, "language", "en-US")
    _put(info, "category", "Security")
    _put(info, "event", _trigger(call))
    _put(info, "responseType", "AllClear" if over else "Execute")
    _put(info, "urgency", "Past" if over else "Immediate")
    _put(info, "severity", "Severe")
    _put(info, "certainty", "Observed")
    _put(info, "onset", _sent(call.began))
    _put(info, "senderName", member.name if member is not None else call.home)
    _put(info, "headline", call.summary[:HEADLINE])
    asked = _("Aid asked: %(forms)s.") % {"forms": forms} if forms and not over else ""
    _put(info, "description", "\n".join(part for part in (call.summary, asked) if part))
    _put(info, "web", f"{settings.NODE_URL}/call/{call.key}")
    _area(info, call, member)


def _trigger(call: Call) -> str:
    """Return the charter's own title of what the call answers."""
    charter = Charter.objects.filter(key=call.charter).first()
    listed = charter.rules.get("triggers", []) if charter is not None else []
    return next((one["title"] for one in listed if one["id"] == call.trigger), call.trigger)


def _area(info: Any, call: Call, member: Member | None) -> None:
    area = etree.SubElement(info, f"{{{CAP}}}area")
    name = member.name if member is not None else call.home
    _put(area, "areaDesc", f"{call.place}, {name}")
    if member is None:
        return
    if member.latitude is not None and member.longitude is not None:
        radius = RADIUS.get(MemberType(member.type), CITY)
        _put(area, "circle", f"{member.latitude:.4f},{member.longitude:.4f} {radius}")
    if member.state:
        code = etree.SubElement(area, f"{{{CAP}}}geocode")
        _put(code, "valueName", "ISO3166-2")
        _put(code, "value", f"US-{member.state}")
