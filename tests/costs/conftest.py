"""The costs of a mission: Chicago's team has worked in Los Angeles."""

from dataclasses import dataclass
from typing import Any

import pytest

from hansa.aid.costs.book import Book, books
from hansa.aid.models import Pledge
from hansa.kernel import files
from tests.aid.conftest import line, sit
from tests.people.conftest import Mission, mission

__all__ = ["line", "mission", "sit"]


@dataclass(frozen=True)
class Costs:
    """A mission and what is said of its costs."""

    mission: Mission

    @property
    def pledge(self) -> str:
        return self.mission.pledge

    def book(self, log: str | None = None) -> Book:
        return books([Pledge.objects.get(key=self.pledge)], log)[0]

    def cost(self, cents: int = 10_000, **fields: Any) -> str:
        said: dict[str, Any] = {"pledge": self.pledge, "basis": "actual"}
        said |= {"category": "travel", "what": "Fuel"}
        said |= {"price_cents": cents, "incurred": "2025-06-07T12:00Z"}
        if fields.get("basis") == "predicted":
            del said["incurred"]
        return self.mission.chicago.say("aid.cost/1", **{**said, **fields})

    def prove(self, line: str, content: bytes = b"A receipt.") -> str:
        import msgspec

        kept = msgspec.to_builtins(files.keep("receipt.txt", "text/plain", [content]))
        said: dict[str, Any] = {"line": line, "what": "Receipt", "files": [kept]}
        return self.mission.chicago.say("aid.evidence/1", **said)

    def labour(self, *hours: str, regular: int, overtime: int = 0, **fields: Any) -> str:
        said = {"pledge": self.pledge, "basis": "actual", "what": "Paramedics"}
        rates = {"rate_cents": 4_000, "overtime_rate_cents": 6_000, "fringe_hundredths": 3_050}
        time = {"regular_minutes": regular, "overtime_minutes": overtime, "hours": list(hours)}
        return self.mission.chicago.say("aid.labour/1", **{**said, **rates, **time, **fields})

    def claim(self, *lines: str, total: int, **fields: Any) -> str:
        said: dict[str, Any] = {"pledge": self.pledge, "lines": [*lines], "total_cents": total}
        return self.mission.chicago.say("aid.claim/1", **{**said, **fields})

    def answer(self, claim: str, *words: tuple[str, int, str]) -> str:
        said = [{"line": line, "cents": cents, "why": why} for line, cents, why in words]
        return self.mission.la.say(
            "aid.claim-answer/1", pledge=self.pledge, claim=claim, words=said
        )

    def pay(self, claim: str, cents: int) -> str:
        return self.mission.la.say(
            "aid.payment/1",
            pledge=self.pledge,
            claim=claim,
            cents=cents,
            when="2025-06-07T12:00Z",
        )

    def advance(self, cents: int) -> str:
        when = "2025-06-07T12:00Z"
        return self.mission.la.say("aid.advance/1", pledge=self.pledge, cents=cents, when=when)


@pytest.fixture
def costs(mission) -> Costs:
    return Costs(mission)
