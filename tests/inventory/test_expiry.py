"""What has expired is free for nobody: not to pledge, to send, to lend or to plan; nor what expires before it is used."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid.inventory import rules
from hansa.aid.models import Stock
from hansa.aid.planning.fitting import overstated
from hansa.aid.shelf import Shelf, shelf, shelves
from hansa.kernel.errors import Refused
from tests.builders import call

MASKS = {"item": "n95-respirator", "unit": "piece"}


@pytest.fixture
def need(towns):
    """Of the first town, toward which the second pledges: {call, need, …}."""
    there = call(towns)
    due = {"urgency": "today", "due": "2025-06-20T12:00Z", "form": "material"}
    position = towns[0].say("aid.need/1", call=there, quantity=100_000, **due, **MASKS)
    return {"call": there, "need": position, "form": "material", **MASKS}


@pytest.fixture
def chicago(towns):
    """1,000 masks, of which 300 expired on 1 June and 200 do so on 12 June; it is 8 June."""
    town = towns[1]
    town.say("aid.stock/1", quantity=1_000, **MASKS)
    town.say("aid.lot/1", lot="A", quantity=300, expires="2025-06-01", **MASKS)
    town.say("aid.lot/1", lot="B", quantity=200, expires="2025-06-12", **MASKS)
    town.say("aid.lot/1", lot="C", quantity=500, **MASKS)
    return town


def refused(words):
    return pytest.raises(Refused, match=words, check=lambda e: e.code == "reserve")


def on_shelf(town) -> Shelf:
    return shelf(Stock.objects.get(home=town.log))


def test_what_has_expired_is_not_pledged(chicago, need):
    with refused("You can pledge 700 of this. 300 of what you counted have expired"):
        chicago.say("aid.pledge/1", quantity=701, **need)
    chicago.say("aid.pledge/1", quantity=700, **need)
    assert on_shelf(chicago).free() == 0


def test_what_expires_before_it_is_ready_is_not_pledged(chicago, need):
    with refused("You can pledge 500 of this. 500 of what you counted have expired"):
        chicago.say("aid.pledge/1", quantity=501, ready="2025-06-14T08:00Z", **need)
    chicago.say("aid.pledge/1", quantity=200, **need)
    # What is promised takes lot B, so all of lot C is still free for later.
    chicago.say("aid.pledge/1", quantity=500, ready="2025-06-14T08:00Z", **need)


def test_what_has_expired_is_not_sent_even_where_it_was_promised_before(towns, chicago, need):
    pledge = chicago.say("aid.pledge/1", quantity=700, **need)
    towns[0].say("aid.acceptance/1", need=need["need"], pledge=pledge, quantity=700)
    chicago.say("aid.lot/1", lot="C", quantity=500, expires="2025-06-02", **MASKS)
    with refused("You hold 1,000, of which 800 have expired and 0 are your own reserve"):
        chicago.say("aid.shipment/1", quantity=201, pledge=pledge, **need)
    chicago.say("aid.shipment/1", quantity=200, pledge=pledge, **need)


def test_what_expires_before_it_may_arrive_is_not_lent_and_so_not_planned(chicago, need):
    def lend(quantity, **more):
        return chicago.say("aid.availability/1", quantity=quantity, **MASKS, **more)

    with refused("Only 500 of this are free and keep long enough: 500 of what you hold"):
        lend(501)
    lend(700, until="2025-06-12T18:00-05:00")
    assert overstated(chicago.log) == []
    chicago.say("aid.lot/1", lot="B", quantity=200, expires="2025-06-11", **MASKS)
    [told] = overstated(chicago.log)
    assert "you would lend 700" in told
    assert "500 are free" in told


def test_a_lot_may_be_used_to_the_end_of_its_last_day_on_the_clocks_of_its_member(
    chicago, set_clock
):
    set_clock.to("2025-06-13T04:59:59Z")  # 23:59:59 in Chicago
    assert on_shelf(chicago).expired() == 300
    set_clock.to("2025-06-13T05:00:00Z")
    assert on_shelf(chicago).expired() == 500


@pytest.mark.parametrize(("day", "hours"), [("2025-03-09", 23), ("2025-11-02", 25), ("2025-06-01", 24)])  # fmt: skip
def test_the_day_on_which_clocks_change_is_as_long_as_it_is(chicago, day, hours):
    chicago.say("aid.lot/1", lot="D", quantity=7, expires=day, **MASKS)
    [ends] = [at for at, much in rules.ends_of(chicago.log, {MASKS["item"]})[MASKS["item"], MASKS["unit"]] if much == 7]  # fmt: skip
    began = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZoneInfo("America/Chicago"))
    assert ends - began.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_the_calendar_break_nothing(chicago, day):
    chicago.say("aid.lot/1", lot="A", quantity=300, expires=day, **MASKS)
    assert on_shelf(chicago).expired() == (300 if day < "2025" else 0)


def test_lots_of_which_more_expired_than_is_counted_take_no_more_than_there_is(chicago):
    chicago.say("aid.stock/1", quantity=100, **MASKS)
    assert (on_shelf(chicago).expired(), on_shelf(chicago).free()) == (100, 0)


def test_the_pages_say_what_expired_and_offer_the_rest(chicago, need, sit):
    page = sit(chicago).get(f"/need/{need['need']}/pledge").content.decode()
    assert "Free to pledge: 700 pieces" in page
    assert "Expired: 300 pieces" in page
    assert re.search(r'name="quantity"[^>]*value="700"', page)
    page = sit(chicago).get("/inventory?state=expired").content.decode()
    assert ">700<" in page
    assert "N95" in page
    assert ">700<" in sit(chicago).get("/inventory/print").content.decode()
    page = sit(chicago).get("/lending/say?item=n95-respirator").content.decode()
    assert re.search(r'name="quantity"[^>]*value="500"', page)
    assert "To lend that, too, say until when it may arrive." in page


START = datetime(2025, 6, 8, tzinfo=UTC)
PARTS = st.lists(
    st.tuples(st.integers(-5, 5).map(lambda d: START + timedelta(days=d)), st.integers(1, 50)),
    max_size=5,
)


@given(PARTS, st.integers(0, 200), st.integers(0, 100), st.integers(0, 100), st.integers(0, 9))
def test_what_is_free_grows_with_nothing_but_what_is_here(parts, here, reserve, promised, days):
    row = Stock(item="cot", unit="piece", quantity=here, reserve=reserve, promised=promised)
    one, later = Shelf(row, parts, START), START + timedelta(days=days)
    gone = sum(much for ends, much in parts if ends <= START)
    assert one.free() == here - min(gone, here) - reserve - promised
    assert one.free(later) <= one.free()
    # Enough is left for what was promised, the reserve, and all that is free at the later time.
    if one.free(later) >= 0:
        kept = here - one.expired(later)
        assert one.free(later) + reserve <= kept
        assert one.free(later) + reserve + promised <= here - one.expired()


def test_shelves_of_no_stock_ask_nothing(towns, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert shelves([]) == {}
