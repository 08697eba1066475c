"""Whatever is packed and scanned, by whomever, in whatever order: no parcel is made or lost in the books."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid import custody
from hansa.aid.tracking import codes
from hansa.aid.tracking.models import Holding, Move, Packing
from hansa.aid.tracking.records import hold
from hansa.aid.tracking.words import Happened
from tests.aid.memory import CHARTER, Memory, shown

LOGS = ["ada", "bel", "cyd"]
GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
SHIPMENT = "bel@2"

PACK = st.tuples(
    st.sampled_from(["bel", "bel", "cyd"]),
    st.just("aid.packing/1"),
    st.lists(st.integers(1, 4), min_size=1, max_size=3).map(
        lambda counts: {"parcels": [{"count": one, "each": 2} for one in counts]}
    ),
)
SCAN = st.tuples(
    st.sampled_from(LOGS),
    st.just("aid.scan/1"),
    st.fixed_dictionaries(
        {
            "parcel": st.integers(0, 5),
            "parcels": st.integers(0, 8),
            "what": st.sampled_from(list(Happened)),
        }
    ),
)


def begun() -> Memory:
    """Bel sends twenty to Ada; Cyd looks on."""
    memory = Memory(LOGS)
    charter = {**CHARTER, "rules": _rules()}
    memory.say("ada", "pact.pact/1", name="Pact", founders=[], **charter)
    call = memory.say(
        "ada", "pact.call/1", pact="ada@1", charter="ada@1", trigger="deployment",
        began="2025-06-07T10:00Z", place="Here", summary="They came.", forms=["material"],
    ).position  # fmt: skip
    due = {"urgency": "today", "due": "2025-06-09T12:00Z"}
    need = memory.say("ada", "aid.need/1", call=call, quantity=40, **due, **GOODS).position
    toward: dict[str, Any] = {"call": call, "need": need, "quantity": 20, **GOODS}
    pledge = memory.say("bel", "aid.pledge/1", **toward).position
    sent = memory.say("bel", "aid.shipment/1", pledge=pledge, **toward)
    assert (sent.position, sent.fate) == (SHIPMENT, "done")
    return memory


def _rules() -> dict[str, Any]:
    trigger = {"id": "deployment", "title": "Unasked", "text": "Forces come unasked."}
    return {"triggers": [trigger], "forms": [{"id": "material", "hours": 24}]}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PACK, SCAN, SCAN), max_size=14))
def test_no_parcel_is_made_or_lost(acts):
    memory = begun()
    for log, kind, fields in acts:
        said = memory.say(log, kind, shipment=SHIPMENT, **fields)
        assert said.fate in {"done", "void"}
        assert said.reason != "fault"
        if kind == "aid.packing/1":
            boxes = sum(group["count"] for group in fields["parcels"])
            assert (said.fate == "done") == (log == "bel" and boxes * 2 <= 20)
    places: Counter[tuple[int, str, str, str]] = Counter()
    for move in memory.rows(Move):
        places[move.parcel, move.home, move.place, move.owner] += move.quantity
    for number in {parcel for parcel, *_rest in places}:
        assert sum(count for key, count in places.items() if key[0] == number) == 0
    states = {(row.home, row.parcel): row.state for row in memory.rows(Holding)}
    for log in LOGS:
        for number in range(9):
            here = places[number, log, hold(log, SHIPMENT), "bel"]
            assert here == (states.get((log, number)) == Happened.TOOK)
            if log != "bel":
                mine = places[number, log, custody.stock_of(log), log]
                assert mine == (states.get((log, number)) == Happened.RECEIVED)
    _again(memory)


def _again(memory: Memory) -> None:
    """Every node comes to the same, whichever log it reads first."""
    fates, folding = memory.again(by_log=True)
    assert shown(folding) == shown(memory.folding)
    assert fates == {ref: f"{said.fate} {said.reason}" for ref, said in memory.said.items()}
    for row in memory.rows(Packing):
        assert row.count == sum(group["count"] for group in row.parcels)


@given(st.text(max_size=80))
def test_whatever_is_typed_names_a_shipment_or_nothing(text):
    found = codes.read(text)
    assert found is None or bool(found[0]) != bool(found[1])


@given(st.from_regex(r"[a-z][a-z-]{0,20}[a-z]@[1-9][0-9]{0,5}", fullmatch=True), st.integers(0, 99))
def test_a_code_is_read_as_it_is_printed(key, parcel):
    printed = codes.shown(codes.code_of(key), parcel)
    for typed in (printed, printed.lower(), f" {printed} ", printed.replace("-", " ", 1)):
        assert codes.read(typed) == ("", codes.code_of(key), parcel)
    for typed in (f"{key}/{parcel}", f"https://node.example/scan/{key}/{parcel}"):
        assert codes.read(typed) == (key, "", parcel)
