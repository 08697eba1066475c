"""A pact under a call, and a team that is offered, signed for, ordered, sent and sent home again."""

from dataclasses import dataclass
from typing import Any

import pytest

from hansa.aid.missions import rules
from hansa.aid.missions.models import Mission, Offer
from hansa.aid.models import Need, Pledge
from tests.builders import Town, call, found

TEAM = {"form": "material", "item": "medic", "unit": "person"}
POWER = {"form": "material", "item": "generator", "unit": "piece"}
"""Equipment: it may go on a mission or as a shipment."""

ARTICLES = {"ending": 1}
"""The only article of the tests' charter; what it does not name has none."""
TERMS = {"missions": {"licences": "recognised", "articles": ARTICLES}}


@dataclass(frozen=True)
class Side:
    """Los Angeles has called; Chicago lends a team; New York is the third."""

    la: Town
    chicago: Town
    new_york: Town
    call: str

    def need(self, quantity: int = 20, **fields: Any) -> str:
        due = {"urgency": "today", "due": "2025-06-09T12:00Z"}
        said: dict[str, Any] = {"call": self.call, "quantity": quantity, **due, **TEAM, **fields}
        return self.la.say("aid.need/1", **said)

    def pledge(self, need: str, quantity: int = 20, town: Town | None = None, **fields: Any) -> str:
        of: dict[str, Any] = {"call": self.call, "need": need, "quantity": quantity}
        said = {**of, **TEAM, **fields}
        return (town or self.chicago).say("aid.pledge/1", **said)

    def offer(self, pledge: str, **fields: Any) -> str:
        row = Pledge.objects.get(key=pledge)
        said: dict[str, Any] = {
            "call": row.call,
            "need": row.need,
            "pledge": pledge,
            "people": 20,
            "insured": True,
            "credentials": "Paramedic (Illinois)",
            "starts": "2025-06-08T08:00Z",
            "ends": "2025-06-20T18:00Z",
            **fields,
        }
        return self.town(row.home).say("aid.offer/1", **said)

    def town(self, log: str) -> Town:
        return next(one for one in (self.la, self.chicago, self.new_york) if one.log == log)

    def agree(self, offer: str, **fields: Any) -> str:
        row = Offer.objects.get(key=offer)
        said = {name: getattr(row, name) for name in ("call", "need", "pledge", "quantity")}
        return self.town(row.receiver).say("aid.agreement/1", offer=offer, **said, **fields)

    def countersign(self, agreement: str, offer: str, **fields: Any) -> str:
        giver = self.town(Offer.objects.get(key=offer).home)
        said = {"agreement": agreement, "offer": offer, **fields}
        return giver.say("aid.agreement-countersign/1", **said)

    def order(self, agreement: str, offer: str, **fields: Any) -> str:
        row = Offer.objects.get(key=offer)
        said = {name: getattr(row, name) for name in ("call", "need", "pledge", "quantity")}
        giver = self.town(row.home)
        return giver.say("aid.mission/1", agreement=agreement, offer=offer, **{**said, **fields})

    def step(self, mission: str, step: str, **fields: Any) -> str:
        giver = self.town(Mission.objects.get(key=mission).home)
        return giver.say("aid.mission-step/1", mission=mission, step=step, **fields)

    def receive(self, mission: str, step: str, **fields: Any) -> str:
        row = Mission.objects.get(key=mission)
        said = {"mission": mission, "need": row.need, "step": step, **fields}
        return self.town(row.receiver).say("aid.reception/1", **said)

    def signed(self, *, despite: bool = False, **fields: Any) -> tuple[str, str, str]:
        """Return need, offer and agreement that both have signed; `despite` another promise of the team, if need be."""
        need = self.need()
        offer = self.offer(self.pledge(need), **fields)
        agreement = self.agree(offer, despite=despite)
        self.countersign(agreement, offer, despite=despite)
        return need, offer, agreement

    def ordered(self, **fields: Any) -> str:
        """Return a mission that has its order."""
        _need, offer, agreement = self.signed(**fields)
        return self.order(agreement, offer)


def standing(key: str) -> rules.Standing:
    """Where it stands, by the key of a mission, an offer or a pledge."""
    for model in (Mission, Offer):
        row = model.objects.filter(key=key).first()
        if row is not None:
            key = row.pledge
    found = rules.standing_of(key)
    assert found is not None
    return found


def shut(key: str) -> list[str]:
    """The gates that are shut."""
    return [gate.name.value for gate in standing(key).shut]


def need_of(key: str) -> Need:
    return Need.objects.get(key=key)


@pytest.fixture
def side(home, set_clock) -> Side:
    towns = found(3, **TERMS)
    la, chicago, new_york = towns
    return Side(la, chicago, new_york, call(towns))
