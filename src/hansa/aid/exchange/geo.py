"""Needs and what is on the way as GeoJSON (RFC 7946): longitude first, WGS 84, a place that nobody gave is null."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from hansa.aid import board, catalogue
from hansa.aid.board import NeedLine
from hansa.aid.exchange.said import moment
from hansa.aid.models import Shipment
from hansa.aid.played import played
from hansa.kernel.reading import readable
from hansa.pact.models import Member

MOST = 5000
"""Features of one file."""


def needs(log: str | None) -> bytes:
    """Return the needs that are not met, each at its member's seat."""
    members = _members()
    found: Any = board.needs(log).in_state("unmet")[:MOST]
    return _collection(_need(line, members) for line in found)


def flows(log: str | None) -> bytes:
    """Return each shipment that is not accounted for, as a line from its sender's seat to its receiver's."""
    members = _members()
    sent = readable(Shipment, log).order_by("-at", "key")[:MOST]
    lines = (line for line in board.shipment_lines(sent) if line.unconfirmed)
    return _collection(_flow(line, members) for line in lines)


def _members() -> dict[str, Member]:
    return {member.home: member for member in Member.objects.all()}


def _seat(member: Member | None) -> list[float] | None:
    if member is None or member.latitude is None or member.longitude is None:
        return None
    return [round(member.longitude, 6), round(member.latitude, 6)]


def _name(members: Mapping[str, Member], log: str) -> str:
    return members[log].name if log in members else log


def _need(line: NeedLine, members: Mapping[str, Member]) -> dict[str, Any]:
    need = line.need
    seat = _seat(members.get(need.home))
    return {
        "type": "Feature",
        "id": need.key,
        "geometry": {"type": "Point", "coordinates": seat} if seat else None,
        "properties": {
            "member": _name(members, need.home),
            "call": need.call,
            "item": need.item,
            "name": catalogue.name_of(need.item),
            "unit": need.unit,
            "asked": line.asked,
            "open": line.open,
            "received": line.received,
            "state": line.state.value,
            "urgency": need.urgency,
            "due": moment(need.due),
            "place": need.place,
        },
    }


def _flow(line: board.ShipmentLine, members: Mapping[str, Member]) -> dict[str, Any]:
    sent = line.shipment
    ends = [_seat(members.get(log)) for log in (sent.home, sent.receiver)]
    return {
        "type": "Feature",
        "id": sent.key,
        "geometry": {"type": "LineString", "coordinates": ends} if all(ends) else None,
        "properties": {
            "from": _name(members, sent.home),
            "to": _name(members, sent.receiver),
            "need": sent.need,
            "item": sent.item,
            "name": catalogue.name_of(sent.item),
            "unit": sent.unit,
            "quantity": line.unconfirmed,
            "state": line.state.value,
            "expected": moment(sent.expected) if sent.expected else None,
        },
    }


def _collection(features: Iterable[dict[str, Any]]) -> bytes:
    """Return a FeatureCollection; in an exercise it says so itself."""
    made = {"type": "FeatureCollection", "exercise": played(), "features": list(features)}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
