"""A pact of four towns, two of them under a call, and what the others would lend."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.builders import Town, call, found
from tests.visiting import sit

__all__ = ["sit"]

GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
SUPPLY = {"item": "n95-respirator", "unit": "piece"}


@dataclass(frozen=True)
class Pact:
    """Los Angeles and Seattle call; Chicago and New York would lend."""

    la: Town
    chicago: Town
    new_york: Town
    seattle: Town
    call: str
    other_call: str

    def need(self, quantity: int = 1_000, town: Town | None = None, **fields: Any) -> str:
        caller = town or self.la
        of = self.call if caller is self.la else self.other_call
        said: dict[str, Any] = {
            "call": of, "quantity": quantity, "urgency": "today", "due": "2025-06-12T12:00Z", **GOODS,
        }  # fmt: skip
        return caller.say("aid.need/1", **{**said, **fields})

    def lend(self, town: Town, quantity: int = 600, **fields: Any) -> str:
        return town.say("aid.availability/1", **{**SUPPLY, "quantity": quantity, **fields})

    def pledge(self, town: Town, need: str, quantity: int, **fields: Any) -> str:
        of = self.call if need.startswith(self.la.log) else self.other_call
        said = {"call": of, "need": need, "quantity": quantity, **GOODS, **fields}
        return town.say("aid.pledge/1", **said)


@pytest.fixture
def pact(home, set_clock) -> Pact:
    towns = found(4)
    la, chicago, new_york, seattle = towns
    first = call(towns)
    second = call(towns, by=seattle, began="2025-06-07T08:00Z", place="Harbour", forms=["material"])
    return Pact(la, chicago, new_york, seattle, first, second)
