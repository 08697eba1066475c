"""Floors that end, limits that bind, lots in the order in which they go, packages and their revisions."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid.inventory import rules
from hansa.aid.inventory.models import Limit, Lot, Package
from hansa.aid.models import Stock
from hansa.aid.shelf import shelf
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from tests.builders import call

MASKS = {"item": "n95-respirator", "unit": "piece"}
LAW = {"article": "City Charter, § 5", "remedy": "A waiver by the council."}


def refused(words, code=None):
    return pytest.raises(Refused, match=words, check=lambda e: code is None or e.code == code)


def test_a_reserve_that_has_run_out_no_longer_binds(towns, set_clock):
    la, chicago, _new_york = towns
    there = call(towns)
    due = {"urgency": "today", "due": "2025-12-09T12:00Z", "form": "material"}
    need = la.say("aid.need/1", call=there, quantity=100, **due, **MASKS)
    chicago.say("aid.stock/1", quantity=50, **MASKS)
    until = "2025-11-30T00:00-06:00"
    chicago.say("aid.reserve/1", quantity=40, why="Wildfires.", until=until, **MASKS)
    said = {"call": there, "need": need, "form": "material", **MASKS}
    with refused("You can pledge 10", "reserve"):
        chicago.say("aid.pledge/1", quantity=20, **said)
    stock = Stock.objects.get(home=chicago.log)
    assert stock.floor(datetime(2025, 11, 30, 5, 59, tzinfo=UTC)) == 40
    assert stock.floor(datetime(2025, 11, 30, 6, 0, tzinfo=UTC)) == 0
    set_clock.to("2025-11-30T06:00:00Z")
    assert shelf(Stock.objects.get(home=chicago.log)).free() == 50
    assert [one.item for one in rules.lapsed(chicago.log, datetime(2025, 12, 1, tzinfo=UTC))] == [
        "n95-respirator"
    ]
    chicago.say("aid.pledge/1", quantity=20, **said)
    assert fsck().ok


def test_a_reserve_until_a_time_that_has_passed_is_refused(la):
    with refused("has passed already"):
        la.say("aid.reserve/1", quantity=1, why="So.", until="2020-01-01T00:00Z", **MASKS)


def test_a_limit_binds_what_it_names_to_whom_it_names(towns, set_clock):
    la, chicago, new_york = towns
    la.say("aid.limit/1", what="Nurses.", items="nurse", away=True, **LAW)
    to = [f"{chicago.log}@0"]
    la.say("aid.limit/1", what="Fuel.", items="diesel", to=to, until="2025-12-01T00:00Z", **LAW)

    def on(item, town):
        return [one.what for one in rules.limits_on(la.log, item, town.log)]

    assert on("nurse", chicago) == ["Nurses."]
    assert on("registered-nurse-2", chicago) == ["Nurses."], "a nurse is a nurse by any type"
    assert on("nurse", la) == []
    assert on("cot", chicago) == []
    assert (on("diesel", chicago), on("diesel", new_york)) == (["Fuel."], [])
    set_clock.to("2025-12-01T00:00:00Z")
    assert on("diesel", chicago) == []


def test_nothing_is_sent_that_the_giver_s_own_law_forbids(towns):
    la, chicago, _new_york = towns
    there = call(towns)
    goods = {"form": "material", **MASKS}
    due = {"urgency": "today", "due": "2025-06-09T12:00Z"}
    need = la.say("aid.need/1", call=there, quantity=100, **due, **goods)
    pledge = chicago.say("aid.pledge/1", call=there, need=need, quantity=20, **goods)
    la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=20)
    limit = chicago.say("aid.limit/1", what="Masks.", items="protection", **LAW)
    said = {"call": there, "need": need, "pledge": pledge, "quantity": 20, **goods}
    with refused("City Charter, § 5. What would lift it: A waiver by the council", "limit"):
        chicago.say("aid.shipment/1", **said)
    chicago.say("aid.limit-end/1", limit=limit, why="It was waived.")
    chicago.say("aid.shipment/1", **said)


@pytest.mark.parametrize(
    ("fields", "item", "bound"),
    [
        ({}, "cot", True),
        ({"items": "medical"}, "eye-wash", True),
        ({"items": "medical"}, "cot", False),
        ({"items": "cot, tent"}, "tent", True),
        ({"forms": ["legal"]}, "counsel-hours", True),
        ({"forms": ["legal"]}, "cot", False),
        ({"items": "cot", "forms": ["legal"]}, "cot", False),
    ],
)
def test_what_a_limit_is_about(towns, fields, item, bound):
    la, chicago, _new_york = towns
    la.say("aid.limit/1", what="This.", **fields, **LAW)
    assert bool(rules.limits_on(la.log, item, chicago.log)) == bound


def test_a_limit_is_lifted_once_by_whom_it_belongs_to(towns):
    la, chicago, _new_york = towns
    limit = la.say("aid.limit/1", what="Nurses.", items="nurse", **LAW)
    with refused("Only the member who wrote this"):
        chicago.say("aid.limit-end/1", limit=limit, why="So.")
    la.say("aid.limit-end/1", limit=limit, why="It was waived.")
    assert rules.limits_of(la.log) == []
    assert Limit.objects.get().lifted_why == "It was waived."
    with refused("lifted already", "lifted-before"):
        la.say("aid.limit-end/1", limit=limit, why="Again.")


def test_a_limit_names_what_the_catalogue_knows(la):
    with refused("neither a resource type nor a group"):
        la.say("aid.limit/1", what="This.", items="unobtainium", **LAW)


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(date.isoformat) | st.just("")
LOTS = st.lists(st.tuples(DAYS, st.integers(1, 50)), max_size=8)


@given(LOTS, st.integers(0, 300))
def test_what_expires_first_goes_first_and_what_has_expired_not_at_all(drawn, wanted):
    today = date(2025, 6, 9)
    lots = [Lot(key=str(n), expires=day, quantity=count) for n, (day, count) in enumerate(drawn)]
    lots.sort(key=lambda lot: lot.expires or "9999-99-99")
    taken, lacking = rules.first_out(lots, wanted, today)
    good = [lot for lot in lots if not rules.is_expired(lot, today)]
    assert sum(take.quantity for take in taken) + lacking == wanted
    assert lacking == max(0, wanted - sum(lot.quantity for lot in good))
    assert all(0 < take.quantity <= take.lot.quantity for take in taken)
    assert [take.lot for take in taken] == good[: len(taken)]
    assert all(take.quantity == take.lot.quantity for take in taken[:-1])


def test_lots_stand_in_the_order_in_which_they_go(la):
    for lot, day in (("A", "2026-01-01"), ("B", ""), ("C", "2025-07-01"), ("D", "2025-06-01")):
        la.say("aid.lot/1", lot=lot, quantity=5, expires=day, **MASKS)
    la.say("aid.lot/1", lot="A", quantity=0, expires="2026-01-01", **MASKS)
    assert [lot.lot for lot in rules.lots_of(la.log)] == ["D", "C", "B"]
    assert [lot.lot for lot in rules.expiring(la.log, date(2025, 6, 9))] == ["D", "C"]
    with refused("Give a day", "no-date"):
        la.say("aid.lot/1", lot="E", quantity=1, expires="2025-02-30", **MASKS)


CLINIC = {
    "code": "clinic",
    "title": "Street clinic",
    "mission": "First aid.",
    "resources": [{"item": "nurse", "quantity": 4}],
    "costs": [{"line": "travel", "what": "Vans", "dollars": 1_800}],
}


def test_each_revision_of_a_package_stays_as_it_was_offered(la):
    first = la.say("aid.package/1", **CLINIC, proven="2025-03-14")
    with refused("a package with this code", "not-latest"):
        la.say("aid.package/1", **CLINIC)
    second = la.say("aid.package/1", **{**CLINIC, "title": "Clinic"}, replaces=first)
    with refused("changed this package meanwhile", "not-latest"):
        la.say("aid.package/1", **CLINIC, replaces=first)
    with refused("replaced or withdrawn", "not-latest"):
        la.say("aid.package-proof/1", package=first, day="2025-05-01", how="Exercise.")
    la.say("aid.package-proof/1", package=second, day="2025-05-01", how="Exercise.")
    old, new = Package.objects.get(key=first), Package.objects.get(key=second)
    assert (old.title, old.number, old.replaced_by) == ("Street clinic", 1, second)
    assert (new.title, new.number, new.proven) == ("Clinic", 2, "2025-05-01")
    assert rules.packages_of(la.log) == [new]
    la.say("aid.package-end/1", package=second, why="Dissolved.")
    assert rules.packages_of(la.log) == []
    la.say("aid.package/1", **CLINIC)
    assert fsck().ok


@pytest.mark.parametrize(
    ("proven", "stale"),
    [("", True), ("2024-06-08", True), ("2024-06-09", False), ("2025-06-01", False)],
)
def test_a_package_that_nobody_has_proven_for_a_year_is_stale(proven, stale):
    assert rules.is_stale(Package(proven=proven), date(2025, 6, 9)) == stale


def test_a_package_is_not_proven_tomorrow(la):
    package = la.say("aid.package/1", **CLINIC)
    with refused("has not come yet"):
        la.say("aid.package-proof/1", package=package, day="2031-01-01", how="We will.")


def test_the_roster_takes_numbers_and_no_names(la):
    la.say("aid.roster/1", reference="RN-0412", position="nurse")
    for name in ("First Last", "first", "F. Last 3", "-12"):
        with refused("No names", "no-reference"):
            la.say("aid.roster/1", reference=name, position="nurse")
    with refused("no position"):
        la.say("aid.roster/1", reference="RN-1", position="cot")
