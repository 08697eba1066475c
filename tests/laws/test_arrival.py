"""Whatever arrives first: the same logs give the same state, on every node, however they came."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.kernel import state, store
from hansa.kernel.entry import SALT, write_header
from hansa.kernel.errors import Untrusted
from hansa.kernel.fsck import fsck
from hansa.kernel.ingest import Bundle, ingest
from hansa.kernel.merkle import leaf_hash, root_of
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.note import Signer, sign_checkpoint
from hansa.kernel.record import KINDS
from tests.attacks.words import envelope, fact, note
from tests.foreign import FOUNDING

LOGS = ["ada", "bel", "cyd"]
START = datetime(2025, 6, 7, 12, tzinfo=UTC)


@dataclass
class Written:
    """One log as its author wrote it."""

    name: str
    entries: list[bytes] = field(default_factory=list)
    bodies: list[bytes | None] = field(default_factory=list)

    @property
    def signer(self) -> Signer:
        return Signer(f"hansa/{self.name}", self.name.encode().ljust(32, b"-"))

    def add(self, body: bytes, at: datetime, audience: str = "pact", *, held: bool = True) -> None:
        salted = len(self.entries).to_bytes(SALT) + body
        self.entries.append(write_header(self.name, len(self.entries), at, audience, salted))
        self.bodies.append(salted if held else None)

    def bundle(self, start: int, end: int) -> Bundle:
        root = root_of([leaf_hash(entry) for entry in self.entries[:end]])
        head = sign_checkpoint(end, root, self.signer)
        return Bundle(self.name, head, self.entries[start:end], self.bodies[start:end])


ACTS = [
    "fact", "note", "note", "correct", "withdraw", "appoint", "revoke", "stock", "reserve", "pledge",
    "erase", "erase", "unknown", "garbage", "absent", "forged", "future", "twin", "foreign-upon", "bad-audience",
    "aside", "sealed", "sealed-fact", "sealed-correct", "sealed-future", "cite-sealed",
]  # fmt: skip
SEALED = ["e-" + digit * 32 for digit in "01"]


class Author:
    """Writes several logs that cite each other, well and badly, as the drawn numbers say."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.logs = {name: Written(name) for name in LOGS}
        self.seen: dict[str, str] = {}
        for log in self.logs.values():
            log.add(envelope("pact.member/1", "", {}, {**FOUNDING, "name": log.name}), START)
            self.seen[f"{log.name}@0"] = "member"

    def leaf(self, ref: str) -> bytes:
        log, _, index = ref.partition("@")
        return leaf_hash(self.logs[log].entries[int(index)])

    def pick(self, *sorts: str, log: str = "") -> str:
        """Any earlier record, of one of these sorts if there is one."""
        near = [ref for ref in self.seen if ref.startswith(log)]
        fit = [ref for ref in near if self.seen[ref] in sorts]
        return self.draw(st.sampled_from(fit or near))

    def act(self) -> None:
        log = self.logs[self.draw(st.sampled_from(LOGS))]
        act = self.draw(st.sampled_from(ACTS))
        by = (
            self.pick("officer", log=log.name)
            if self.draw(st.integers(0, 3)) == 0
            else f"{log.name}@0"
        )
        at = START + timedelta(hours=self.draw(st.integers(-5, 50)))
        kind, says, cites, audience = self.words(act, log)
        if kind in KINDS and self.draw(st.integers(0, 9)):
            audience = KINDS[kind].header_of(audience)
        refs = {ref: self.leaf(ref) for ref in [*cites, by]}
        if act == "forged":
            refs[cites[0]] = bytes(32)
        if act in {"future", "sealed-future"}:
            refs[f"{self.draw(st.sampled_from(LOGS))}@{self.draw(st.integers(0, 40))}"] = bytes(32)
        body = envelope(kind, by, refs, says)
        if act == "garbage":
            body = body[: self.draw(st.integers(0, len(body)))]
        if act == "twin" and log.bodies[-1]:
            salted = log.bodies[-1]
            log.entries.append(write_header(log.name, len(log.entries), at, audience, salted))
            log.bodies.append(salted)
        else:
            log.add(body, at, audience, held=act != "absent")
        self.seen[f"{log.name}@{len(log.entries) - 1}"] = {"appoint": "officer"}.get(act, act)

    def words(self, act: str, log: Written) -> tuple[str, dict[str, Any], list[str], str]:
        """Kind, content, citations and audience of an act."""
        anything, told = self.pick(), self.pick("fact", log=log.name)
        officer = self.pick("officer", log=log.name)
        target = self.pick("note", "fact", "garbage", "twin", "unknown", "sealed", log=log.name)
        item = {"item": "water", "unit": "piece", "quantity": self.draw(st.integers(1, 9))}
        end = {"until": START + timedelta(hours=30)}
        new = fact(text=f"Told in {log.name} {len(log.entries)}.")
        changed = {"fact": told, "text": new["text"], "why": "So.", "sources": new["sources"]}
        clerk = {"office": "Clerk", "handle": "clerk", "can": ["note", "voice"], **end}
        pledge = {"call": anything, "need": anything, "form": "material", **item}
        no = {"why": "No."}
        sealed = self.draw(st.sampled_from(SEALED))
        secret = self.pick("sealed-fact", "sealed", "aside", log=log.name)
        known = {
            "fact": ("pact.fact/1", new, [], "pact"),
            "absent": ("pact.fact/1", new, [], "pact"),
            "bad-audience": ("pact.fact/1", new, [], "elsewhere"),
            "correct": ("pact.fact-correction/1", changed, [told], "pact"),
            "withdraw": ("pact.fact-withdrawal/1", {"fact": told, **no}, [told], "pact"),
            "foreign-upon": (
                "pact.fact-withdrawal/1",
                {"fact": anything, **no},
                [anything],
                "pact",
            ),
            "appoint": ("pact.officer/1", clerk, [], "pact"),
            "revoke": ("pact.officer-end/1", {"officer": officer}, [officer], "pact"),
            "stock": ("aid.stock/1", item, [], "own"),
            "reserve": ("aid.reserve/1", {**item, "why": "Ours."}, [], "own"),
            "pledge": ("aid.pledge/1", pledge, [anything], "pact"),
            "erase": ("kernel.erasure/1", {"target": target, "ground": "So."}, [target], "pact"),
            "unknown": ("no.such/1", {"any": ["thing"]}, [anything], "pact"),
            "aside": ("pact.note/1", note(anything), [anything], "own"),
            "sealed": ("pact.note/1", note(anything), [anything], sealed),
            "sealed-future": ("pact.note/1", note(anything), [anything], sealed),
            "sealed-fact": ("pact.fact/1", new, [], sealed),
            "sealed-correct": (
                "pact.fact-correction/1",
                {**changed, "fact": secret},
                [secret],
                self.draw(st.sampled_from([*SEALED, "pact:e", "own"])),
            ),
            "cite-sealed": ("pact.note/1", note(secret), [secret], "pact"),
        }
        return known.get(act, ("pact.note/1", note(anything), [anything], "pact"))


@st.composite
def histories(draw: st.DrawFn) -> list[Written]:
    author = Author(draw)
    for _ in range(draw(st.integers(3, 25))):
        author.act()
    return list(author.logs.values())


@st.composite
def deliveries(draw: st.DrawFn, logs: list[Written]) -> list[list[Bundle]]:
    """Any way in which the logs may come: cut anywhere, in any order, several at a time, some twice."""
    cuts: dict[str, list[int]] = {
        log.name: sorted(
            {0, len(log.entries), *draw(st.lists(st.integers(0, len(log.entries)), max_size=4))}
        )
        for log in logs
    }
    parts = [
        (log, a, b)
        for log in logs
        for a, b in zip(cuts[log.name], cuts[log.name][1:], strict=False)
    ]
    order = draw(st.permutations(parts))
    queues = {log.name: iter([part for part in parts if part[0] is log]) for log in logs}
    arranged = [next(queues[log.name]) for log, _a, _b in order]
    batches: list[list[Bundle]] = []
    alone = True
    for log, a, b in arranged:
        if alone or draw(st.booleans()):
            batches.append([])
        batches[-1].append(log.bundle(a, b))
        alone = draw(st.integers(0, 4)) == 0
        if alone:
            batches.append([log.bundle(a, b)])
    return batches


class Undo(Exception):
    """Leaves the database as it was before the example."""


def outcome(
    logs: list[Written], batches: list[list[Bundle]], *, check: bool = False
) -> tuple[str, list[tuple[str, str, str]]]:
    """State hash and fates after these deliveries, into an empty home."""
    found: list[Any] = []
    try:
        with transaction.atomic():
            for log in logs:
                Log.objects.create(name=log.name, realm="hansa", vkey=log.signer.vkey())
            for batch in batches:
                before = Entry.objects.count()
                try:
                    with transaction.atomic():
                        ingest(batch)
                except Untrusted:  # it came twice
                    assert Entry.objects.count() == before
            assert Entry.objects.count() == sum(len(log.entries) for log in logs)
            found = [state.state_hash(), sorted(state.stored_fates())]
            if check:
                report = fsck()
                assert report.ok, report.text()
                state.rebuild()
                assert [state.state_hash(), sorted(state.stored_fates())] == found
            raise Undo
    except Undo:
        return found[0], found[1]


LAW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.mark.django_db
@LAW
@given(histories().flatmap(lambda logs: st.tuples(st.just(logs), deliveries(logs))))
def test_the_same_logs_give_the_same_state_however_they_arrive(home, drawn):
    logs, batches = drawn
    at_once = [[log.bundle(0, len(log.entries)) for log in logs]]
    one_by_one = [[log.bundle(i, i + 1)] for log in logs for i in range(len(log.entries))]
    expected = outcome(logs, at_once, check=True)
    assert outcome(logs, one_by_one) == expected
    assert outcome(logs, batches, check=True) == expected


@pytest.mark.django_db
@settings(LAW, max_examples=25)
@given(histories(), st.integers(1, 7))
def test_a_replay_in_memory_and_a_rebuild_in_small_steps_give_the_same_state(home, logs, step):
    try:
        with transaction.atomic():
            for log in logs:
                Log.objects.create(name=log.name, realm="hansa", vkey=log.signer.vkey())
                ingest([log.bundle(0, len(log.entries))])
            expected = (state.state_hash(), sorted(state.stored_fates()))
            rows, said = state.replay(store.stored())
            fates = [(one.position, str(one.fate), one.reason) for one in said]
            assert (state.state_hash(rows, fates), sorted(fates)) == expected
            whole, state.BATCH = state.BATCH, step
            try:
                state.rebuild()
            finally:
                state.BATCH = whole
            assert (state.state_hash(), sorted(state.stored_fates())) == expected
            raise Undo
    except Undo:
        pass


@pytest.mark.django_db
@settings(LAW, max_examples=25)
@given(histories(), st.data())
def test_a_prefix_decides_for_ever(home, logs, data):
    """What was done or void stays so, whatever follows; only what waited may move, and what was erased is gone."""
    cut = {log.name: data.draw(st.integers(1, len(log.entries))) for log in logs}
    early = [[log.bundle(0, cut[log.name]) for log in logs]]
    late = [
        [
            log.bundle(cut[log.name], len(log.entries))
            for log in logs
            if cut[log.name] < len(log.entries)
        ]
    ]
    short = [
        Written(log.name, log.entries[: cut[log.name]], log.bodies[: cut[log.name]]) for log in logs
    ]
    before = {place: (fate, reason) for place, fate, reason in outcome(short, early)[1]}
    after = {place: (fate, reason) for place, fate, reason in outcome(logs, early + late)[1]}
    erased = {place for place, (fate, _reason) in after.items() if fate == "erased"}
    for place, fate in before.items():
        # A void record that is erased is no longer seen to be void by what cites it.
        if fate[0] != "waiting" and place not in erased and fate[1] != "ref-void":
            assert after[place] == fate


@pytest.mark.django_db
@settings(LAW, max_examples=40)
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=8))
def test_no_bytes_in_a_body_ever_stop_the_fold(home, bodies):
    log = Written("ada")
    log.add(envelope("pact.member/1", "", {}, FOUNDING), START)
    for body in bodies:
        log.add(body, START)
    said = envelope("pact.fact/1", "ada@0", {"ada@0": leaf_hash(log.entries[0])}, fact())
    log.add(said, START, "pact:e")
    _hash, fates = outcome([log], [[log.bundle(0, len(log.entries))]], check=True)
    assert (f"ada@{len(bodies) + 1}", "done", "") in fates


@pytest.mark.django_db
@settings(LAW, max_examples=40)
@given(st.data())
def test_no_words_under_any_kind_ever_stop_the_fold(home, data):
    """Any JSON of the right shape or of none, under every kind there is."""
    plain = st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**70), 2**70)
        | st.text(max_size=20)
        | st.sampled_from(["ada@0", "ada@1", "pact", "city"]),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=6,
    )
    log = Written("ada")
    log.add(envelope("pact.member/1", "", {}, FOUNDING), START)
    keeper = {"ada@0": leaf_hash(log.entries[0])}
    for kind in data.draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6)):
        says = msgspec.to_builtins(KINDS[kind].example())
        for name in data.draw(st.lists(st.sampled_from(sorted(says)), max_size=3)):
            says[name] = data.draw(plain | st.just("ada@0"))
        cited = {ref: keeper["ada@0"] for ref in ("us-ca@1",) if data.draw(st.booleans())}
        try:
            body = envelope(kind, "ada@0", {**keeper, **cited}, says)
        except (OverflowError, UnicodeEncodeError):
            continue
        log.add(body, START, data.draw(st.sampled_from(["pact", "pact:e", "own"])))
    outcome([log], [[log.bundle(0, len(log.entries))]], check=True)
    assert Body.objects.count() == 0
