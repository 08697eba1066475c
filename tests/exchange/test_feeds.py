"""What the feeds say of places and moments, as the formats have it."""

import json
from datetime import UTC, datetime

from hansa.aid.exchange import geo, ical


def test_longitude_stands_before_latitude(line):
    """RFC 7946, 3.1.1: Los Angeles lies at 34 degrees north and 118 west."""
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 60)
    line.accept(need, pledge, 60)
    line.send(line.chicago, need, pledge, 60)
    (point,) = json.loads(geo.needs(line.la.log))["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [-118.24, 34.05]}
    (way,) = json.loads(geo.flows(line.la.log))["features"]
    assert way["geometry"]["coordinates"] == [[-87.63, 41.88], [-118.24, 34.05]]


def test_no_sign_that_a_calendar_cannot_hold_stands_in_an_event(line):
    """RFC 5545, 3.3.11: no control character."""
    at = datetime(2025, 6, 7, 12, tzinfo=UTC)
    made = ical._event(("n", at, "a\x00b\x1bc\x7f", "d\x07e", "/")).to_ical()
    assert b"SUMMARY:a b c\r\n" in made
    assert b"LOCATION:d e\r\n" in made
