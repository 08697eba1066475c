"""A shipment from Chicago to Los Angeles, and who scans it."""

from dataclasses import dataclass
from typing import Any

import pytest

from hansa.aid.tracking.scanning import Answer, Asked, take
from hansa.pages.access import Chair
from tests.aid.conftest import Line, line, sit
from tests.builders import Town

__all__ = ["line", "sit"]


@dataclass
class Sent:
    """Three parcels of 40 from one lot, and one of 30 from another, of 150 that are sent."""

    line: Line
    need: str
    shipment: str
    number: int = 0

    @property
    def chicago(self) -> Town:
        return self.line.chicago

    @property
    def la(self) -> Town:
        return self.line.la

    @property
    def new_york(self) -> Town:
        return self.line.new_york

    def pack(self, *parcels: dict[str, Any], **fields: Any) -> str:
        groups = list(parcels) or [
            {"count": 3, "each": 40, "lot": "A-77", "expires": "2027-01-31"},
            {"count": 1, "each": 30, "lot": "B-02"},
        ]
        return self.chicago.say("aid.packing/1", shipment=self.shipment, parcels=groups, **fields)

    def scan(self, town: Town, what: str, parcel: int | str = 0, **asked: Any) -> Answer:
        self.number += 1
        text = f"{self.shipment}/{parcel}" if parcel else self.shipment
        said = {"text": text, "once": f"phone-{self.number}", **asked}
        return take(chair(town), Asked(what=what, **said))


def chair(town: Town) -> Chair:
    return Chair(town.by, town.log, "Chief of staff", town.log, "UTC", frozenset({"logistics"}))


@pytest.fixture
def sent(line: Line) -> Sent:
    need = line.need(500)
    pledge = line.pledge(line.chicago, need, 200)
    line.accept(need, pledge, 200)
    return Sent(line, need, line.send(line.chicago, need, pledge, 150))
