"""What holds of aid whatever anyone writes, in any order: no `check` stands before these records."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hansa.aid import custody
from hansa.aid.models import Need, Pledge, Posting, Receipt, Shipment, Stock
from tests.aid.memory import CHARTER, Memory, shown

LOGS = ["ada", "bel", "cyd"]
GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
WORK = {"form": "legal", "item": "counsel-hours", "unit": "hour"}
AMOUNT = st.integers(1, 60)
SIDE = st.sampled_from(["bel", "cyd"])
ANYONE = st.sampled_from(LOGS)


class Aid(RuleBasedStateMachine):
    """Ada is under a call; Bel and Cyd help; all three may say anything about anything."""

    @initialize()
    def begin(self) -> None:
        self.memory = Memory(LOGS)
        founders = {"pact": "ada@1", "charter": "ada@1"}
        self.memory.say(
            "ada", "pact.pact/1", name="Pact", founders=[], **{**CHARTER, "rules": rules()}
        )
        called = self.memory.say(
            "ada",
            "pact.call/1",
            **founders,
            trigger="deployment",
            began="2025-06-07T10:00Z",
            place="Here",
            summary="They came.",
            forms=["legal", "material"],
        )
        self.call = called.position
        self.own: dict[str, list[str]] = defaultdict(list)
        for thing in (GOODS, WORK):
            self.need(40, thing)

    def say(self, log: str, kind: str, **fields: Any) -> bool:
        said = self.memory.say(log, kind, **fields)
        if said.fate == "done":
            self.own[kind].append(said.position)
        assert said.fate in {"done", "void"}
        assert said.reason != "fault"
        return bool(said.fate == "done")

    def pick(self, data: st.DataObject, *kinds: str) -> str | None:
        found = [ref for kind in kinds for ref in self.own[kind]]
        return data.draw(st.sampled_from(found)) if found else None

    def speaker(self, data: st.DataObject, right: str) -> str:
        """Mostly the one who may say it, at times another."""
        return data.draw(st.sampled_from([right] * 5 + LOGS))

    def amount(self, data: st.DataObject, most: int) -> int:
        """Mostly what fits, at times too much."""
        return data.draw(st.integers(1, max(1, most))) if data.draw(st.integers(0, 6)) else most + 1

    def row(self, model: type[Any], key: str) -> Any:
        return self.memory.folding.load(model, key)

    @rule(quantity=AMOUNT, thing=st.sampled_from([GOODS, WORK]))
    def need(self, quantity: int, thing: dict[str, str]) -> None:
        due = "2025-06-09T12:00Z"
        self.say(
            "ada",
            "aid.need/1",
            call=self.call,
            quantity=quantity,
            urgency="today",
            due=due,
            **thing,
        )

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.say("ada", "aid.need-end/1", need=self.pick(data, "aid.need/1"), why="Enough.")

    @rule(log=ANYONE, quantity=st.integers(0, 90), thing=st.sampled_from([GOODS, WORK]))
    def count(self, log: str, quantity: int, thing: dict[str, str]) -> None:
        self.say(log, "aid.stock/1", item=thing["item"], unit=thing["unit"], quantity=quantity)

    @rule(log=ANYONE, quantity=st.integers(0, 50), thing=st.sampled_from([GOODS, WORK]))
    def keep(self, log: str, quantity: int, thing: dict[str, str]) -> None:
        self.say(
            log,
            "aid.reserve/1",
            item=thing["item"],
            unit=thing["unit"],
            quantity=quantity,
            why="Ours.",
        )

    @rule(data=st.data())
    def pledge(self, data: st.DataObject) -> None:
        need = self.row(Need, str(self.pick(data, "aid.need/1")))
        thing = {"form": need.form, "item": need.item, "unit": need.unit}
        log = self.speaker(data, data.draw(SIDE))
        quantity = self.amount(data, 40)
        self.say(log, "aid.pledge/1", call=self.call, need=need.key, quantity=quantity, **thing)

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.pledge/1"):
            pledge = self.row(Pledge, key)
            log, quantity = self.speaker(data, pledge.home), self.amount(data, pledge.to_send // 2)
            self.say(log, "aid.pledge-withdrawal/1", pledge=key, quantity=quantity, why="So.")

    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.pledge/1"):
            log, need = self.speaker(data, "ada"), self.row(Pledge, key).need
            done = self.say(log, "aid.acceptance/1", need=need, pledge=key, quantity=5)
            assert done == (log == "ada")

    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        if not (key := self.pick(data, "aid.pledge/1")):
            return
        pledge = self.row(Pledge, key)
        before, log = pledge.to_send, self.speaker(data, pledge.home)
        said = {name: getattr(pledge, name) for name in ("call", "need", "form", "item", "unit")}
        quantity = self.amount(data, before)
        if self.say(log, "aid.shipment/1", pledge=key, quantity=quantity, **said):
            assert log == pledge.home
            assert quantity <= before

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.shipment/1", "aid.return/1"):
            self.say(
                self.speaker(data, self.row(Shipment, key).home), "aid.delivery/1", shipment=key
            )

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        if not (key := self.pick(data, "aid.shipment/1", "aid.return/1")):
            return
        sent = self.row(Shipment, key)
        thing = {"form": sent.form, "item": sent.item, "unit": sent.unit}
        if data.draw(st.integers(0, 6)) == 0:
            thing = WORK if sent.form == "material" else GOODS
        log, quantity = self.speaker(data, sent.receiver), self.amount(data, sent.under_way // 2)
        said = {"shipment": key, "need": sent.need, "quantity": quantity, **thing}
        done = self.say(log, "aid.receipt/1", **said)
        assert not (done and log == sent.home)

    @rule(data=st.data())
    def dispute(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.shipment/1", "aid.return/1"):
            sent = self.row(Shipment, key)
            log, words = (
                self.speaker(data, sent.receiver),
                {"problem": "short", "words": "Two lack."},
            )
            self.say(log, "aid.dispute/1", shipment=key, need=sent.need, **words)

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.shipment/1", "aid.return/1"):
            sent = self.row(Shipment, key)
            returned = data.draw(st.integers(0, sent.under_way))
            lost = self.amount(data, sent.under_way - returned)
            self.say(
                self.speaker(data, sent.home),
                "aid.settlement/1",
                shipment=key,
                returned=returned,
                lost=lost,
            )

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.shipment/1"):
            sent = self.row(Shipment, key)
            log = self.speaker(data, sent.receiver)
            receipt = self.row(Receipt, f"{log}/receipt/{key}")
            quantity = self.amount(data, receipt.quantity if receipt else 1)
            said = {
                name: getattr(sent, name) for name in ("call", "need", "pledge", "item", "unit")
            }
            self.say(log, "aid.return/1", back=key, quantity=quantity, **said)

    @invariant()
    def books_balance(self) -> None:
        sums: dict[Any, int] = defaultdict(int)
        places: dict[Any, int] = defaultdict(int)
        for row in self.memory.rows(Posting):
            sums[row.record, row.item, row.unit] += row.quantity
            places[row.place, row.item, row.unit] += row.quantity
        assert not any(sums.values())
        for stock in self.memory.rows(Stock):
            assert stock.quantity == places[custody.stock_of(stock.home), stock.item, stock.unit]
            assert stock.audience == "own"
        for sent in self.memory.rows(Shipment):
            receipts = [r for r in self.memory.rows(Receipt) if r.shipment == sent.key]
            same = [r for r in receipts if r.item in ("", sent.item)]
            if same == receipts:
                here = places[custody.transit(sent.key), sent.item, sent.unit]
                assert here == sent.under_way - sum(r.quantity for r in receipts)

    @invariant()
    def promises_add_up(self) -> None:
        promised: dict[Any, int] = defaultdict(int)
        for pledge in self.memory.rows(Pledge):
            assert 0 <= pledge.gone <= pledge.sent <= pledge.standing <= pledge.quantity
            promised[pledge.home, pledge.item] += pledge.to_send
            sent = [s for s in self.memory.rows(Shipment) if s.pledge == pledge.key and not s.back]
            assert pledge.sent == sum(s.quantity for s in sent)
            assert pledge.gone == sum(s.returned + s.lost for s in sent)
        for stock in self.memory.rows(Stock):
            assert stock.promised == promised[stock.home, stock.item]
        for receipt in self.memory.rows(Receipt):
            assert 0 <= receipt.given_back <= receipt.quantity
        for need in self.memory.rows(Need):
            got = [
                r for r in self.memory.rows(Receipt) if r.need == need.key and r.home == need.home
            ]
            assert need.received == sum(r.quantity for r in got)

    def teardown(self) -> None:
        """Every node reaches the same: in any order of arrival, and without what is for one member alone."""
        if not hasattr(self, "memory"):
            return
        fates = {ref: f"{said.fate} {said.reason}" for ref, said in self.memory.said.items()}
        here = shown(self.memory.folding)
        for by_log in (False, True):
            again, folding = self.memory.again(by_log=by_log)
            assert again == fates
            assert shown(folding) == here
        elsewhere, folding = self.memory.again(without_own=True)
        own = {ref for ref, said in self.memory.said.items() if said.header.aud == "own"}
        assert {ref: fate for ref, fate in elsewhere.items() if ref not in own} == {
            ref: fate for ref, fate in fates.items() if ref not in own
        }
        public = {key: row for key, row in here.items() if row["audience"] == "pact"}
        assert shown(folding) == public


def rules() -> dict[str, Any]:
    """Return the rules of the shortest charter."""
    trigger = {"id": "deployment", "title": "Deployment", "text": "Forces come unasked."}
    return {
        "triggers": [trigger],
        "forms": [{"id": "material", "hours": 24}, {"id": "legal", "hours": 24}],
    }


Aid.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAid = pytest.mark.slow(Aid.TestCase)
