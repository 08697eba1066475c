"""What holds of missions whatever anyone writes, in any order: no `check` stands before these records."""

from collections import defaultdict
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hansa.aid.missions import phases
from hansa.aid.missions.models import Committed, Mission, Offer, Reception, Thread
from hansa.aid.missions.standing import giver_of, receiver_of
from hansa.aid.missions.words import GiverStep, Phase, ReceiverStep
from hansa.aid.models import Pledge
from hansa.kernel.fold import Folding
from tests.aid.memory import CHARTER, Memory, shown
from tests.missions.conftest import TEAM

ANYONE = st.sampled_from(["ada", "bel", "cyd"])
GIVERS = st.sampled_from(["bel", "cyd"])
TIMES = {"starts": "2025-06-08T08:00Z", "ends": "2025-06-20T18:00Z"}


class Missions(RuleBasedStateMachine):
    """Ada is under a call; Bel and Cyd lend; all three may say anything about anything."""

    @initialize()
    def begin(self) -> None:
        self.memory = Memory(["ada", "bel", "cyd"])
        self.own: dict[str, list[str]] = defaultdict(list)
        rules = {"forms": [{"id": "material", "hours": 24}]}
        self.memory.say(
            "ada", "pact.pact/1", name="Pact", founders=[], **{**CHARTER, "rules": rules}
        )
        called = {"trigger": "deployment", "began": "2025-06-07T10:00Z", "place": "Here"}
        self.call = self.memory.say(
            "ada",
            "pact.call/1",
            pact="ada@1",
            charter="ada@1",
            summary="They came.",
            forms=["material"],
            **called,
        ).position
        asked: dict[str, Any] = {"urgency": "now", "due": "2025-06-09T12:00Z", "quantity": 40}
        self.need = self.memory.say("ada", "aid.need/1", call=self.call, **asked, **TEAM).position
        for log in ("bel", "cyd"):
            self.say(log, "aid.pledge/1", call=self.call, need=self.need, quantity=9, **TEAM)
            self.go(log)

    def go(self, log: str) -> None:
        """Take the giver's pledge as far as its order."""
        pledge = next(one for one in self.own["aid.pledge/1"] if one.startswith(log))
        toward = {"call": self.call, "need": self.need, "pledge": pledge}
        self.say(log, "aid.offer/1", unit_id="TF1", **toward, **TIMES)
        offer = {"offer": self.own["aid.offer/1"][-1], **toward}
        self.say("ada", "aid.agreement/1", quantity=9, **offer)
        agreement = self.own["aid.agreement/1"][-1]
        signed = {"agreement": agreement, "offer": offer["offer"]}
        assert self.say(log, "aid.agreement-countersign/1", **signed)
        assert self.say(log, "aid.mission/1", agreement=agreement, quantity=9, **offer)

    def say(self, log: str, kind: str, **fields: Any) -> bool:
        said = self.memory.say(log, kind, **fields)
        assert said.fate in {"done", "void"}
        assert said.reason != "fault"
        if said.fate == "done":
            self.own[kind].append(said.position)
        return bool(said.fate == "done")

    def pick(self, data: st.DataObject, kind: str, log: str = "") -> str | None:
        found = [one for one in self.own[kind] if one.startswith(log)] or self.own[kind]
        return data.draw(st.sampled_from(found)) if found else None

    def row(self, model: type[Any], key: str) -> Any:
        return self.memory.folding.load(model, key)

    @rule(data=st.data(), log=GIVERS, unit=st.sampled_from(["", "TF1"]))
    def offer(self, data: st.DataObject, log: str, unit: str) -> None:
        pledge = self.pick(data, "aid.pledge/1", log)
        thread = self.row(Thread, f"{log}/thread/{pledge}")
        last = thread.offer if thread is not None else ""
        replaces = {"replaces": last} if last and data.draw(st.booleans()) else {}
        toward = {"call": self.call, "need": self.need, "pledge": pledge}
        done = self.say(log, "aid.offer/1", unit_id=unit, **toward, **TIMES, **replaces)
        assert not done or bool(last) == bool(replaces)

    @rule(data=st.data(), log=ANYONE)
    def withdraw(self, data: st.DataObject, log: str) -> None:
        if (key := self.pick(data, "aid.offer/1", log)) and data.draw(st.integers(0, 2)) == 0:
            self.say(log, "aid.offer-withdrawal/1", offer=key, why="So.")

    @rule(data=st.data(), log=st.sampled_from(["ada", "ada", "ada", "cyd"]))
    def agree(self, data: st.DataObject, log: str) -> None:
        if key := self.pick(data, "aid.offer/1"):
            row = self.row(Offer, key)
            said = {"call": self.call, "need": self.need, "pledge": row.pledge, "quantity": 9}
            assert self.say(log, "aid.agreement/1", offer=key, **said) == (log == "ada")

    @rule(data=st.data(), log=GIVERS)
    def countersign(self, data: st.DataObject, log: str) -> None:
        agreement, offer = self.pick(data, "aid.agreement/1"), self.pick(data, "aid.offer/1", log)
        if agreement and offer:
            self.say(log, "aid.agreement-countersign/1", agreement=agreement, offer=offer)

    @rule(data=st.data(), log=GIVERS)
    def order(self, data: st.DataObject, log: str) -> None:
        agreement, pledge = self.pick(data, "aid.agreement/1"), self.pick(data, "aid.pledge/1", log)
        thread = self.row(Thread, f"{log}/thread/{pledge}")
        if agreement and thread is not None:
            signed = thread.agreement or agreement
            offer = thread.offer or self.pick(data, "aid.offer/1")
            said = {"call": self.call, "need": self.need, "pledge": pledge, "offer": offer}
            was = (thread.agreement, thread.offer, thread.mission)
            done = self.say(log, "aid.mission/1", agreement=signed, quantity=9, **said)
            assert not done or was == (signed, offer, "")

    @rule(data=st.data(), log=ANYONE, step=st.sampled_from(GiverStep))
    def step(self, data: st.DataObject, log: str, step: GiverStep) -> None:
        if key := self.pick(data, "aid.mission/1", log):
            before = giver_of(self.row(Mission, key))
            done = self.say(log, "aid.mission-step/1", mission=key, step=step.value)
            assert not done or phases.giver_may(before, step) is None

    @rule(data=st.data(), log=ANYONE)
    def recall(self, data: st.DataObject, log: str) -> None:
        if (key := self.pick(data, "aid.mission/1", log)) and data.draw(st.integers(0, 2)) == 0:
            self.say(log, "aid.mission-recall/1", mission=key, why="So.")

    @rule(data=st.data(), log=ANYONE, step=st.sampled_from(ReceiverStep))
    def receive(self, data: st.DataObject, log: str, step: ReceiverStep) -> None:
        if key := self.pick(data, "aid.mission/1"):
            said = {"mission": key, "need": self.need, "step": step.value, "quantity": 9}
            done = self.say(log, "aid.reception/1", **said)
            assert not done or log == "ada"

    @rule(data=st.data(), log=GIVERS)
    def take_back(self, data: st.DataObject, log: str) -> None:
        pledge = self.pick(data, "aid.pledge/1", log)
        if data.draw(st.integers(0, 4)) == 0:
            self.say(log, "aid.pledge-withdrawal/1", pledge=pledge, quantity=9, why="So.")

    @invariant()
    def what_is_lent_is_what_is_out(self) -> None:
        ordered: dict[str, int] = defaultdict(int)
        left: dict[str, int] = defaultdict(int)
        teams: dict[tuple[str, str], int] = defaultdict(int)
        for mission in self.memory.rows(Mission):
            giver = giver_of(mission)
            if giver.left:
                left[mission.pledge] += mission.quantity
            elif not giver.recalled:
                ordered[mission.pledge] += mission.quantity
            if not giver.home and mission.unit_code:
                teams[mission.home, mission.unit_code] += 1
        assert all(count == 1 for count in teams.values())
        for team in self.memory.rows(Committed):
            assert bool(team.mission) == bool(teams.get((team.home, "tf1")))
        for pledge in self.memory.rows(Pledge):
            assert (pledge.lent, pledge.sent) == (ordered[pledge.key], left[pledge.key])
            assert 0 <= pledge.gone <= pledge.sent
            assert pledge.to_send >= 0

    def teardown(self) -> None:
        """Every node reaches the same: in any order of arrival, and without what is for one member alone."""
        if not hasattr(self, "memory"):
            return
        fates = {ref: f"{said.fate} {said.reason}" for ref, said in self.memory.said.items()}
        before, here = found(self.memory.folding), shown(self.memory.folding)
        again, folding = self.memory.again(by_log=True)
        assert (again, found(folding), shown(folding)) == (fates, before, here)
        elsewhere, folding = self.memory.again(without_own=True)
        assert (elsewhere, found(folding)) == (fates, before)
        assert shown(folding) == {
            key: row for key, row in here.items() if row["audience"] == "pact"
        }


def found(folding: Folding) -> dict[str, Phase]:
    """The phase of each mission, from the rows of both sides."""
    rows = folding.kept.values()
    received = {row.mission: row for row in rows if isinstance(row, Reception)}
    return {
        row.key: phases.compose(giver_of(row), receiver_of(received.get(row.key)))
        for row in rows
        if isinstance(row, Mission)
    }


Missions.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestMissions = Missions.TestCase
