"""All calls as an Atom feed (RFC 4287): one entry for each call that stands or ended lately, its newest alert (CAP 1.2) inside."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from lxml import etree

from hansa.aid.exchange import cap
from hansa.aid.exchange.said import moment
from hansa.aid.exchange.xml import fit, written
from hansa.kernel import clock
from hansa.kernel.reading import readable
from hansa.pact.models import Call

ATOM = "http://www.w3.org/2005/Atom"
_NAMES: Any = {None: ATOM}

MOST = 100
"""Calls of one feed, the newest."""

KEPT = timedelta(days=14)
"""For so long after its end a call stays in the feed, so that whoever fetches it sees the alert's end."""


def calls(log: str) -> bytes:
    """Return the feed as officers of `log` may read it. It has no entry where nobody is under a call."""
    standing = Q(ended_at=None) | Q(ended_at__gte=clock.now() - KEPT)
    found = readable(Call, log).filter(standing).order_by("-at", "-key")[:MOST]
    alerts = [(call, cap.element(call)) for call in found]
    root = etree.Element(f"{{{ATOM}}}feed", nsmap=_NAMES)
    _put(root, "id", f"{settings.NODE_URL}/feeds#calls")
    _put(root, "title", "Calls for aid")
    _put(root, "updated", max((_sent(one) for _call, one in alerts), default=moment(clock.now())))
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    _put(author, "name", "Hansa")
    for call, alert in alerts:
        root.append(_entry(call, alert))
    return written(root)


def _entry(call: Call, alert: Any) -> Any:
    made = etree.Element(f"{{{ATOM}}}entry")
    address = f"{settings.NODE_URL}/call/{call.key}"
    _put(made, "id", address)
    _put(made, "title", alert.findtext(f".//{{{cap.CAP}}}headline"))
    _put(made, "updated", _sent(alert))
    etree.SubElement(made, f"{{{ATOM}}}link", rel="alternate", href=address)
    content = etree.SubElement(made, f"{{{ATOM}}}content", type="application/cap+xml")
    content.append(alert)
    return made


def _sent(alert: Any) -> str:
    return str(alert.findtext(f"{{{cap.CAP}}}sent"))


def _put(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = fit(text)
