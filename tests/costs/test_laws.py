"""What holds of hours, claims and payments whatever anyone writes, in any order: no `check` stands before these records."""

from collections import defaultdict
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hansa.aid.costs.models import Account, Claim, CostLine, Money
from hansa.aid.costs.sums import labour
from hansa.aid.people.models import Hours
from hansa.aid.people.rules import paid, person_minutes
from tests.aid.memory import CHARTER, Memory, shown
from tests.aid.test_laws import rules

LOGS = ["ada", "bel", "cyd"]
GOODS = {"form": "material", "item": "shelter-team", "unit": "team"}
WHEN = "2025-06-07T12:00Z"


class Costs(RuleBasedStateMachine):
    """Bel and Cyd help Ada; all three may say anything about anything."""

    @initialize()
    def begin(self) -> None:
        self.memory = Memory(LOGS)
        self.own: dict[str, list[str]] = defaultdict(list)
        self.memory.say(
            "ada", "pact.pact/1", name="Pact", founders=[], **{**CHARTER, "rules": rules()}
        )
        call = self.memory.say(
            "ada",
            "pact.call/1",
            pact="ada@1",
            charter="ada@1",
            trigger="deployment",
            began="2025-06-07T10:00Z",
            place="Here",
            summary="They came.",
            forms=["material"],
        ).position
        due = {"urgency": "today", "due": "2025-06-09T12:00Z"}
        need = self.memory.say("ada", "aid.need/1", call=call, quantity=4, **due, **GOODS).position
        for log in ("bel", "cyd"):
            self.say(log, "aid.pledge/1", call=call, need=need, quantity=1, **GOODS)
            line = {"position": "Medic", "agency": "Fire", "travel": "road", "desk": "Desk"}
            self.say(
                log,
                "aid.person/1",
                pledge=self.own["aid.pledge/1"][-1],
                ref=f"{log.upper()}-1",
                **line,
            )

    def say(self, log: str, kind: str, **fields: Any) -> bool:
        said = self.memory.say(log, kind, **fields)
        assert said.fate in {"done", "void"}
        assert said.reason != "fault"
        if said.fate == "done":
            self.own[kind].append(said.position)
        return bool(said.fate == "done")

    def pick(self, data: st.DataObject, *kinds: str) -> str | None:
        found = [ref for kind in kinds for ref in self.own[kind]]
        return data.draw(st.sampled_from(found)) if found else None

    def speaker(self, data: st.DataObject, right: str) -> str:
        """Mostly the one who may say it, at times another."""
        return data.draw(st.sampled_from([right] * 6 + LOGS))

    def row(self, model: type[Any], key: str) -> Any:
        return self.memory.folding.load(model, key)

    @rule(data=st.data(), price=st.integers(1, 500), count=st.integers(1, 9))
    def spend(self, data: st.DataObject, price: int, count: int) -> None:
        pledge = str(self.pick(data, "aid.pledge/1"))
        self.say(
            self.speaker(data, pledge[:3]),
            "aid.cost/1",
            pledge=pledge,
            category="travel",
            what="Fuel",
            incurred=WHEN,
            basis=data.draw(st.sampled_from(["actual"] * 4 + ["predicted"])),
            terms=data.draw(st.sampled_from(["reimbursed"] * 4 + ["donated"])),
            currency=data.draw(st.sampled_from(["USD"] * 6 + ["EUR", "usd"])),
            price_cents=price,
            count=count,
        )

    @rule(data=st.data(), began=st.integers(0, 20), span=st.integers(-1, 12))
    def work(self, data: st.DataObject, began: int, span: int) -> None:
        person = str(self.pick(data, "aid.person/1"))
        pledge = self.own["aid.pledge/1"][self.own["aid.person/1"].index(person)]
        end = f"2025-06-{8 + (began + span) // 24:02}T{(began + span) % 24:02}:00Z"
        done = self.say(
            self.speaker(data, person[:3]),
            "aid.hours/1",
            pledge=pledge,
            people=[person],
            began=f"2025-06-08T{began:02}:00Z",
            ended=end if began + span >= 0 else "2025-06-07T23:00Z",
            pause=data.draw(st.integers(0, 90)),
            overtime=data.draw(st.integers(0, 120)),
            done="Worked.",
        )
        assert not (done and span <= 0)

    @rule(data=st.data())
    def unwork(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.hours/1"):
            self.say(self.speaker(data, key[:3]), "aid.hours-end/1", hours=key, why="Wrong.")

    @rule(data=st.data(), rate=st.integers(0, 9_000))
    def count_labour(self, data: st.DataObject, rate: int) -> None:
        if not (key := self.pick(data, "aid.hours/1")):
            return
        hours = self.row(Hours, key)
        regular, overtime = person_minutes(hours)
        done = self.say(
            self.speaker(data, key[:3]),
            "aid.labour/1",
            pledge=hours.pledge,
            basis="actual",
            what="Labour",
            hours=[key],
            regular_minutes=regular,
            overtime_minutes=overtime,
            rate_cents=rate,
            overtime_rate_cents=2 * rate,
            fringe_hundredths=3_333,
        )
        assert not (done and hours.withdrawn_at)

    @rule(data=st.data())
    def take_off(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.cost/1", "aid.labour/1"):
            claimed = self.row(CostLine, key).claim
            log = self.speaker(data, key[:3])
            assert not (self.say(log, "aid.cost-end/1", line=key, why="Wrong.") and claimed)

    @rule(data=st.data(), wrong=st.integers(0, 6))
    def claim(self, data: st.DataObject, wrong: int) -> None:
        every = [*self.own["aid.cost/1"], *self.own["aid.labour/1"]]
        if not every:
            return
        pledge = str(self.pick(data, "aid.pledge/1"))
        fit = [
            key
            for key in every
            if (line := self.row(CostLine, key)).pledge == pledge
            and (line.basis, line.terms, line.currency, line.claim, line.withdrawn_at)
            == ("actual", "reimbursed", "USD", "", None)
        ]
        lines = data.draw(st.lists(st.sampled_from(fit if fit and wrong else every), min_size=1))
        total = sum(self.row(CostLine, key).amount for key in set(lines)) + (wrong == 1)
        if total < 1:
            return
        said = {"pledge": pledge, "lines": lines, "total_cents": total}
        self.say(self.speaker(data, pledge[:3]), "aid.claim/1", **said)

    @rule(data=st.data())
    def unclaim(self, data: st.DataObject) -> None:
        if key := self.pick(data, "aid.claim/1"):
            self.say(self.speaker(data, key[:3]), "aid.claim-end/1", claim=key, why="Anew.")

    @rule(data=st.data(), share=st.integers(0, 12))
    def answer(self, data: st.DataObject, share: int) -> None:
        if not (key := self.pick(data, "aid.claim/1")):
            return
        claim = self.row(Claim, key)
        words = [
            {"line": line, "cents": self.row(CostLine, line).amount * share // 10, "why": "So."}
            for line in claim.lines
        ]
        log = self.speaker(data, "ada")
        done = self.say(log, "aid.claim-answer/1", pledge=claim.pledge, claim=key, words=words)
        assert not (done and log == claim.home)

    @rule(data=st.data(), cents=st.integers(1, 3_000))
    def pay(self, data: st.DataObject, cents: int) -> None:
        if key := self.pick(data, "aid.claim/1"):
            said = {"pledge": self.row(Claim, key).pledge, "cents": cents, "when": WHEN}
            self.say(self.speaker(data, "ada"), "aid.payment/1", claim=key, **said)

    @rule(data=st.data(), cents=st.integers(1, 1_000))
    def advance(self, data: st.DataObject, cents: int) -> None:
        pledge = str(self.pick(data, "aid.pledge/1"))
        said = {"pledge": pledge, "cents": cents, "when": WHEN}
        log = self.speaker(data, "ada")
        assert not (self.say(log, "aid.advance/1", **said) and log == pledge[:3])

    @rule(data=st.data(), cents=st.integers(1, 1_000))
    def pay_back(self, data: st.DataObject, cents: int) -> None:
        pledge = str(self.pick(data, "aid.pledge/1"))
        log = self.speaker(data, pledge[:3])
        said = {"pledge": pledge, "cents": cents, "when": WHEN}
        assert self.say(log, "aid.repayment/1", **said) == (log == pledge[:3])

    @invariant()
    def a_claim_is_the_sum_of_lines_that_stand_in_it_alone(self) -> None:
        standing: dict[str, str] = {}
        for claim in self.memory.rows(Claim):
            if claim.withdrawn_at is not None:
                continue
            lines = [self.row(CostLine, key) for key in claim.lines]
            assert claim.total == sum(line.amount for line in lines)
            for line in lines:
                assert line.withdrawn_at is None
                assert (line.home, line.pledge) == (claim.home, claim.pledge)
                assert (line.basis, line.terms) == ("actual", "reimbursed")
                assert standing.setdefault(line.key, claim.key) == claim.key == line.claim
        for line in self.memory.rows(CostLine):
            assert line.claim == standing.get(line.key, "")

    @invariant()
    def nobody_pays_more_than_it_accepted(self) -> None:
        for account in self.memory.rows(Account):
            said = [
                row
                for row in self.memory.rows(Money)
                if (row.home, row.pledge, row.currency)
                == (account.home, account.pledge, account.currency)
            ]
            assert account.paid == sum(row.cents for row in said if row.sort == "payment")
            assert account.advanced == sum(row.cents for row in said if row.sort == "advance")
            assert account.paid <= account.accepted

    @invariant()
    def time_is_never_below_nothing_and_labour_is_its_price(self) -> None:
        for hours in self.memory.rows(Hours):
            regular, overtime = person_minutes(hours)
            assert min(regular, overtime, paid(hours)) >= 0
        for line in self.memory.rows(CostLine):
            if line.labour:
                rates = (line.rate, line.overtime_rate, line.fringe)
                assert line.amount == labour(line.regular, line.overtime, *rates)
            else:
                assert line.amount == line.count * line.price

    def teardown(self) -> None:
        """Every node reaches the same rows, in any order of arrival."""
        if not hasattr(self, "memory"):
            return
        here = shown(self.memory.folding)
        for by_log in (False, True):
            _fates, folding = self.memory.again(by_log=by_log)
            assert shown(folding) == here


Costs.TestCase.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
TestCosts = Costs.TestCase
