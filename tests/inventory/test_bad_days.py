"""Numbers that cannot be meant, clocks that change, and a floor that is raised after a promise: at every door a sentence."""

import pytest
from django.utils import timezone

from hansa.aid.inventory import cells
from hansa.aid.models import Need, Pledge, Stock
from hansa.aid.words import MOST
from hansa.kernel.errors import Refused
from hansa.kernel.fields import whole_number
from hansa.kernel.models import Entry
from hansa.kernel.record import KINDS
from tests.builders import call
from tests.inventory.conftest import csv_of, preview
from tests.visiting import text

MASKS = {"item": "n95-respirator", "unit": "piece"}

NO_NUMBERS = ["-5", "1.5", "1,5", "1e6", "12 boxes", "0x10", "٣", "1_000", "--1", "1,00", "½", str(MOST + 1), "9" * 5000, "∞"]  # fmt: skip
"""Negative, in halves, with a unit, in other figures, or more than one record may speak of."""


def needed(towns) -> dict[str, object]:
    there = call(towns)
    due = {"urgency": "today", "due": "2025-06-20T12:00Z", "form": "material"}
    position = towns[0].say("aid.need/1", call=there, quantity=1_000, **due, **MASKS)
    return {"call": there, "need": position, "form": "material", **MASKS}


def test_what_no_quantity_can_be_is_asked_for_again_at_every_door(towns, sit):
    need = needed(towns)
    before = Entry.objects.count()
    for typed in NO_NUMBERS:
        refused_everywhere(towns[1], sit(towns[1]), need, typed)
    assert Entry.objects.count() == before


def refused_everywhere(chicago, client, need, typed):
    answer = client.post(f"/need/{need['need']}/pledge", {"quantity": typed, "once": "a"})
    assert answer.status_code == 422
    assert "Give a whole number" in answer.content.decode()
    for kind in ("aid.stock/1", "aid.reserve/1", "aid.lot/1", "aid.pledge/1", "aid.availability/1"):
        says = {**need, "lot": "A", "why": "So.", "quantity": typed}
        asked = {field.name for field in KINDS[kind].fields}
        with pytest.raises(Refused) as refusal:
            chicago.say(kind, **{name: value for name, value in says.items() if name in asked})
        assert refusal.value.field == "quantity"
        assert "whole number" in refusal.value.sentence
    if len(typed) < 2_000:  # a cell may hold so many signs
        [line] = preview(chicago, csv_of("item,quantity", f'cot,"{typed}"'))
        assert line.outcome == "refused"
        assert "quantity" in line.why


def test_a_program_that_sends_what_no_quantity_can_be_is_refused_by_name(la):
    wrong: list[object] = [True, 1.5, None, [], {}, -1, MOST + 1, 10**400]
    for quantity in wrong:
        with pytest.raises(Refused) as refusal:
            la.say("aid.stock/1", quantity=quantity, **MASKS)
        assert refusal.value.field == "quantity"


def test_a_number_is_read_the_same_at_every_door():
    for typed in ("1,000", "1 000", "1.000", "1’000", "1000"):
        assert whole_number(typed) == 1_000
    assert whole_number("1,000.000") is None


def test_another_unit_than_the_catalogue_counts_in_is_refused(towns):
    need, chicago = needed(towns), towns[1]
    for unit in ("box", "litre", "person"):
        for kind, says in (("aid.stock/1", MASKS), ("aid.pledge/1", need), ("aid.availability/1", MASKS)):  # fmt: skip
            with pytest.raises(Refused, match=r"counted in|not for what the need asks"):
                chicago.say(kind, **{**says, "unit": unit, "quantity": 5})
        [line] = preview(chicago, csv_of("item,unit,quantity", f"n95-respirator,{unit},5"))
        assert "counted in pieces" in line.why


@pytest.mark.parametrize("moment", ["2025-03-09T02:30", "2025-11-02T01:30"])
def test_a_time_that_clocks_skip_or_show_twice_is_asked_for_again(towns, sit, moment):
    chicago = towns[1]
    words = "Clocks change then in America/Chicago: this time comes twice there, or never."
    with timezone.override("America/Chicago"):
        with pytest.raises(Refused, match=words):
            cells.moment(moment, "reserve_until")
        with pytest.raises(Refused, match=words):
            chicago.say("aid.reserve/1", quantity=5, why="So.", until=moment, **MASKS)
    form = {"item": "n95-respirator", "quantity": "5", "why": "So.", "until": moment, "once": "a"}
    assert words in sit(chicago).post("/stock/reserve?item=n95-respirator", form).content.decode()
    until = f"{moment}-06:00"
    if until > "2025-06":
        chicago.say("aid.reserve/1", quantity=5, why="So.", until=until, **MASKS)


def test_a_floor_raised_after_a_pledge_is_seen_by_its_giver_and_no_lie_to_the_receiver(towns, sit):
    la, chicago, _new_york = towns
    need = needed(towns)
    chicago.say("aid.stock/1", quantity=1_000, **MASKS)
    pledge = chicago.say("aid.pledge/1", quantity=600, **need)
    la.say("aid.acceptance/1", need=need["need"], pledge=pledge, quantity=600)
    answer = sit(chicago).post(
        "/stock/reserve?item=n95-respirator",
        {"item": "n95-respirator", "quantity": "700", "why": "Wildfires.", "once": "a"},
        follow=True,
    )
    assert Stock.objects.get().reserve == 700
    # The giver reads it at home and in its inventory, with what to do.
    home = sit(chicago).get("/").content.decode()
    assert "More is promised than may leave" in home
    assert "300 pieces too many" in home
    listed = sit(chicago).get("/inventory?state=overdrawn").content.decode()
    assert "N95" in listed
    assert "-300" not in listed + answer.content.decode()
    # The receiver reads the promise as it stands: nothing of it can leave below the floor, and what is taken back is told.
    with pytest.raises(Refused, match="You hold 1,000, of which 700 are your own reserve"):
        chicago.say("aid.shipment/1", quantity=301, pledge=pledge, **need)
    assert "Accepted: 600 pieces" in text(sit(la).get(f"/need/{need['need']}"))
    assert "More is promised" not in sit(la).get("/").content.decode()
    chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=300, why="Our own fires.")
    assert "More is promised" not in sit(chicago).get("/").content.decode()
    assert Pledge.objects.get(key=pledge).standing == 300
    page = text(sit(la).get(f"/need/{need['need']}"))
    assert "Still open: 700 pieces" in page
    assert Need.objects.get().quantity == 1_000
