"""A pact of three towns under a call, and the browser of whoever sits in an office."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.builders import Town, call, found
from tests.visiting import sit

__all__ = ["sit"]

GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}


@dataclass(frozen=True)
class Line:
    """The towns of a pact, of which the first has called."""

    la: Town
    chicago: Town
    new_york: Town
    call: str

    def need(self, quantity: int = 40_000, **fields: Any) -> str:
        due = {"urgency": "today", "due": "2025-06-09T12:00Z"}
        said: dict[str, Any] = {"call": self.call, "quantity": quantity, **due, **GOODS, **fields}
        return self.la.say("aid.need/1", **said)

    def pledge(self, town: Town, need: str, quantity: int, **fields: Any) -> str:
        said = {"call": self.call, "need": need, "quantity": quantity, **GOODS, **fields}
        return town.say("aid.pledge/1", **said)

    def accept(self, need: str, pledge: str, quantity: int) -> str:
        return self.la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=quantity)

    def send(self, town: Town, need: str, pledge: str, quantity: int, **fields: Any) -> str:
        of: dict[str, Any] = {"call": self.call, "need": need, "pledge": pledge}
        return town.say("aid.shipment/1", **{**of, "quantity": quantity, **GOODS, **fields})

    def confirm(self, need: str, shipment: str, quantity: int, **fields: Any) -> str:
        said = {"shipment": shipment, "need": need, "quantity": quantity, **GOODS, **fields}
        return self.la.say("aid.receipt/1", **said)


@pytest.fixture
def line(home, set_clock) -> Line:
    towns = found(3)
    la, chicago, new_york = towns
    return Line(la, chicago, new_york, call(towns))
