"""A mission with people: Chicago sends a team of paramedics to Los Angeles."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.aid.conftest import Line, line, sit
from tests.builders import Town

__all__ = ["line", "sit"]

STAFF = {"form": "material", "item": "shelter-team", "unit": "team"}


@dataclass(frozen=True)
class Mission:
    """A pledge of people, and those who can speak of it."""

    line: Line
    pledge: str

    @property
    def la(self) -> Town:
        return self.line.la

    @property
    def chicago(self) -> Town:
        return self.line.chicago

    def list(self, ref: str = "IL-1", **fields: Any) -> str:
        said = {
            "pledge": self.pledge,
            "ref": ref,
            "position": "Paramedic",
            "agency": "Fire Department",
            "travel": "road",
            "desk": "Duty desk",
        }
        return self.chicago.say("aid.person/1", **{**said, **fields})

    def arrive(self, *people: str, town: Town | None = None, **fields: Any) -> str:
        said = {"pledge": self.pledge, "people": list(people), "place": "Gate 4"}
        when = {"when": "2025-06-07T12:00Z"}
        return (town or self.la).say("aid.check-in/1", **{**said, **when, **fields})

    def hours(self, *people: str, began: str, ended: str, **fields: Any) -> str:
        said = {"pledge": self.pledge, "people": list(people), "done": "Treated people."}
        return self.chicago.say("aid.hours/1", began=began, ended=ended, **{**said, **fields})


@pytest.fixture
def mission(line) -> Mission:
    need = line.need(3, **STAFF)
    return Mission(line, line.pledge(line.chicago, need, 1, **STAFF))
