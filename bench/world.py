"""A large pact, written as fifty foreign nodes would write it, and the same for every run."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hansa.kernel.ingest import Bundle
from tests.foreign import ForeignLog, example

ACTIVE = 10
"""Calls that are open at once."""

START = datetime(2025, 6, 1, tzinfo=UTC)
FORMS = ["legal", "voice", "material", "information"]
GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}


class World:
    """Members with their logs, who call, need, pledge, send, confirm and talk; `records` in all, seeded."""

    def __init__(self, members: int, records: int, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.at = START
        self.order: list[str] = []
        self.logs = [self._member(i) for i in range(members)]
        self.calls: list[str] = []
        self._found()
        while self.count < records:
            self._episode()

    @property
    def count(self) -> int:
        """How many records were written."""
        return sum(len(log.entries) for log in self.logs)

    def bundles(self, size: int) -> Iterator[list[Bundle]]:
        """Everything written, in rounds of `size` records as they were said, one bundle for each log in it."""
        upto = {log.name: 0 for log in self.logs}
        for start in range(0, len(self.order), size):
            for name in self.order[start : start + size]:
                upto[name] += 1
            yield [log.bundle(upto[log.name]) for log in self.logs if log.sent < upto[log.name]]

    def _member(self, i: int) -> ForeignLog:
        log = ForeignLog(f"member-{i:02}", open_it=False)
        log.write(
            "pact.member/1",
            {
                **example("pact.member/1"),
                "name": f"Member {i:02}",
                "type": "state" if i % 3 == 0 else "city",
                "seat": f"{30 + i % 15}.5, {-75 - i % 40}.5",
            },
            by="",
            at=self.at,
        )
        self.order.append(log.name)
        return log

    def _write(self, log: ForeignLog, kind: str, says: dict[str, object], *cites: str) -> str:
        self.at += timedelta(seconds=self.random.randrange(5, 60))
        self.order.append(log.name)
        leaves = {cite: self._log(cite).leaf(cite) for cite in cites}
        return log.write(kind, says, refs=leaves, at=self.at)

    def _log(self, ref: str) -> ForeignLog:
        return self.logs[int(ref.partition("@")[0].rpartition("-")[2])]

    def _found(self) -> None:
        founders = [log.keeper for log in self.logs[1:]]
        pact = self._write(
            self.logs[0], "pact.pact/1", example("pact.pact/1", founders=founders), *founders
        )
        for log in self.logs:
            self._write(
                log,
                "pact.accession/1",
                {"pact": pact, "charter": pact, "effective": START.isoformat()},
                pact,
            )
        self.pact = pact

    def _episode(self) -> None:
        """One need and all that follows from it; a new call every two hundred or so."""
        if not self.calls or self.random.random() < 1 / 200:
            caller = self.random.choice(self.logs[:10])
            says = example("pact.call/1", pact=self.pact, charter=self.pact, forms=FORMS, facts=[])
            if len(self.calls) == ACTIVE:
                ended = self.calls.pop(0)
                self._write(
                    self._log(ended),
                    "pact.call-end/1",
                    {"call": ended, "why": "It is over."},
                    ended,
                )
            self.calls.append(self._write(caller, "pact.call/1", says, self.pact))
        call = self.random.choice(self.calls)
        needer = self._log(call)
        due = (self.at + timedelta(days=1)).isoformat()
        need = self._write(
            needer,
            "aid.need/1",
            {"call": call, "quantity": 900, "urgency": "today", "due": due, **GOODS},
            call,
        )
        for giver in self.random.sample([log for log in self.logs if log is not needer], 3):
            pledge = self._write(
                giver,
                "aid.pledge/1",
                {"call": call, "need": need, "quantity": 300, **GOODS},
                call,
                need,
            )
            self._write(
                needer,
                "aid.acceptance/1",
                {"need": need, "pledge": pledge, "quantity": 300},
                need,
                pledge,
            )
            sent = self._write(
                giver,
                "aid.shipment/1",
                {"call": call, "need": need, "pledge": pledge, "quantity": 300, **GOODS},
                call,
                need,
                pledge,
            )
            self._write(
                needer,
                "aid.receipt/1",
                {"shipment": sent, "need": need, "sender": giver.name, "quantity": 300, **GOODS},
                sent,
                need,
            )
        for log in self.random.sample(self.logs, 4):
            self._write(
                log,
                "pact.note/1",
                {"on": need, "text": "We can meet the truck at gate 4 after ten in the evening."},
                need,
            )
