"""Ten thousand requests under ten open calls, and what became of them: written elsewhere, the same for every run."""

import random
from datetime import UTC, datetime, timedelta

from tests.foreign import ForeignLog, example

NEEDS = 10_000
MEMBERS = 40
CALLERS = 10
ROUND = 4000
START = datetime(2026, 6, 1, tzinfo=UTC)
FORMS = ["legal", "voice", "material", "information"]
URGENCY = ["now", "today", "soon"]


class Requests:
    """Members under calls who ask for everything in the catalogue, and others who pledge, send and are thanked."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.at = START
        self.logs = [self._member(i) for i in range(MEMBERS)]
        self._of = {log.name: log for log in self.logs}
        founders = [log.keeper for log in self.logs[1:]]
        self.pact = self._write(
            self.logs[0], "pact.pact/1", example("pact.pact/1", founders=founders), *founders
        )
        for log in self.logs:
            says = {"pact": self.pact, "charter": self.pact, "effective": START.isoformat()}
            self._write(log, "pact.accession/1", says, self.pact)
        called = example("pact.call/1", pact=self.pact, charter=self.pact, forms=FORMS, facts=[])
        self.calls = [
            self._write(log, "pact.call/1", called, self.pact) for log in self.logs[:CALLERS]
        ]
        self.needs: list[str] = []

    def send(self) -> None:
        """Write all requests and what followed, and hand them over in rounds."""
        from hansa.kernel.ingest import ingest

        while len(self.needs) < NEEDS:
            written = 0
            while written < ROUND and len(self.needs) < NEEDS:
                written += self._request()
            ingest([log.bundle() for log in self.logs if log.sent < len(log.entries)])

    def _member(self, i: int) -> ForeignLog:
        log = ForeignLog(f"member-{i:02}", open_it=False)
        seat = f"{30 + i % 15}.5, {-75 - i % 40}.5"
        says = {**example("pact.member/1"), "name": f"Member {i:02}", "type": "city", "seat": seat}
        log.write("pact.member/1", says, by="", at=self.at)
        return log

    def _write(self, log: ForeignLog, kind: str, says: dict[str, object], *cites: str) -> str:
        self.at += timedelta(seconds=3)
        leaves = {cite: self._of[cite.partition("@")[0]].leaf(cite) for cite in cites}
        return log.write(kind, says, refs=leaves, at=self.at)

    def _request(self) -> int:
        """Write one need and what became of it; return how many records that took."""
        from hansa.aid import catalogue

        draw = self.random
        call = draw.choice(self.calls)
        needer = self._of[call.partition("@")[0]]
        item = draw.choice(list(catalogue.built_in().values()))
        goods = {"form": item.form, "item": item.code, "unit": item.unit}
        asked = {
            "call": call,
            "quantity": 900,
            "urgency": draw.choice(URGENCY),
            "due": (START + timedelta(hours=draw.randrange(24, 240))).isoformat(),
            "place": f"Gate {draw.randrange(1, 30)}, {draw.choice(('North', 'East', 'Harbour'))} depot",
            "what": draw.choice(("For medics and observers.", "For the shelter.", "")),
        }
        need = self._write(needer, "aid.need/1", {**asked, **goods}, call)
        self.needs.append(need)
        givers = draw.sample(self.logs[CALLERS:], draw.choice((0, 1, 1, 2, 3)))
        return 1 + sum(self._answer(call, need, needer, giver, goods) for giver in givers)

    def _answer(
        self, call: str, need: str, needer: ForeignLog, giver: ForeignLog, goods: dict[str, str]
    ) -> int:
        """Write one pledge, at times its acceptance, shipment and receipt; return how many records that took."""
        draw, of = self.random, {"need": need, "quantity": draw_amount(self.random)}
        pledge = self._write(giver, "aid.pledge/1", {"call": call, **of, **goods}, call, need)
        if draw.random() < 0.3:
            return 1
        self._write(needer, "aid.acceptance/1", {**of, "pledge": pledge}, need, pledge)
        if draw.random() < 0.4:
            return 2
        says = {"call": call, **of, "pledge": pledge, **goods}
        sent = self._write(giver, "aid.shipment/1", says, call, need, pledge)
        if draw.random() < 0.3:
            return 3
        came = {**of, "shipment": sent, "sender": giver.name, **goods}
        self._write(needer, "aid.receipt/1", came, sent, need)
        return 4


def draw_amount(draw: random.Random) -> int:
    """Return how much of 900 one giver promises."""
    return draw.choice((100, 300, 450, 900))


def stand_on_day(day: int) -> None:
    """Let the clock stand so many days after the first request, so that some are due, some overdue, in every run."""
    from hansa.kernel import clock

    clock.use(lambda: START + timedelta(days=day))
