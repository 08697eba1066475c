"""The thin whole line, said through the one door: what it refuses, and where everything stands meanwhile."""

import pytest

from hansa.aid import board, custody, worklist
from hansa.aid.models import Need, Pledge, Shipment, Stock
from hansa.aid.shelf import shelf
from hansa.aid.words import NeedState, PledgeState, ShipmentState
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from hansa.kernel.log import Draft, append
from hansa.kernel.record import KINDS
from tests.aid.conftest import GOODS
from tests.foreign import ForeignLog


def need_line(key):
    return board.need_lines([Need.objects.get(key=key)])[0]


def pledge_line(key):
    return board.pledge_lines([Pledge.objects.get(key=key)])[0]


def shipment_line(key):
    return board.shipment_lines([Shipment.objects.get(key=key)])[0]


def refused(code=None, field=None):
    return pytest.raises(
        Refused,
        check=lambda e: (code is None or e.code == code) and (field is None or e.field == field),
    )


def test_a_need_goes_from_open_to_met_and_every_step_shows(line):
    need = line.need(100)
    assert need_line(need).state == NeedState.OPEN
    first, second = line.pledge(line.chicago, need, 60), line.pledge(line.new_york, need, 60)
    assert (need_line(need).open, need_line(need).waiting, need_line(need).pledged) == (0, 2, 120)
    line.accept(need, first, 60)
    line.accept(need, second, 30)
    assert (need_line(need).accepted, need_line(need).open) == (90, 10)
    assert need_line(need).state == NeedState.PARTLY
    assert pledge_line(second).to_release == 30
    sent = line.send(line.chicago, need, first, 60)
    assert (need_line(need).sent, shipment_line(sent).state) == (60, ShipmentState.UNDER_WAY)
    line.chicago.say("aid.delivery/1", shipment=sent)
    assert shipment_line(sent).state == ShipmentState.DELIVERED
    line.confirm(need, sent, 50)
    assert shipment_line(sent).state == ShipmentState.PARTLY
    line.la.say("aid.dispute/1", shipment=sent, need=need, problem="short", words="Ten lack.")
    assert (shipment_line(sent).state, pledge_line(first).state) == (
        ShipmentState.DISPUTED,
        PledgeState.DISPUTED,
    )
    line.chicago.say("aid.settlement/1", shipment=sent, returned=4, lost=6)
    assert (shipment_line(sent).state, need_line(need).open) == (ShipmentState.SETTLED, 20)
    line.confirm(need, line.send(line.new_york, need, second, 30), 30)
    line.la.say("aid.need-change/1", need=need, quantity=80, urgency="now", due="2025-06-10T12:00Z")
    assert need_line(need).state == NeedState.MET
    assert custody.discrepancy() == []
    report = fsck()
    assert report.ok, report.text()


def test_what_a_withdrawn_pledge_leaves_is_open_again(line):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 100)
    line.accept(need, pledge, 100)
    assert need_line(need).open == 0
    line.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=70, why="A fire.")
    assert (need_line(need).open, need_line(need).state) == (70, NeedState.PARTLY)
    with refused(field="quantity"):
        line.chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=31, why="A fire.")


def test_a_reserve_is_pledged_only_after_an_officer_lowers_it(line):
    need, chicago = line.need(100), line.chicago
    chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=50)
    chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=30, why="Ours.")
    with refused("reserve", "quantity"):
        line.pledge(chicago, need, 21)
    line.pledge(chicago, need, 20)
    with refused("reserve", "quantity"):
        line.pledge(chicago, need, 1)
    chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=29, why="Ours.")
    line.pledge(chicago, need, 1)


def test_two_pledges_in_one_batch_do_not_share_what_is_free(line):
    need, chicago = line.need(100), line.chicago
    chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=50)
    chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=30, why="Ours.")
    said = {"call": line.call, "need": need, "quantity": 15, **GOODS}
    drafts = [Draft(KINDS["aid.pledge/1"].read(said), chicago.log, chicago.by) for _ in range(2)]
    first, second = append(drafts)
    assert not isinstance(first, Exception)
    assert isinstance(second, Refused)
    assert second.code == "reserve"
    assert shelf(Stock.objects.get(home=chicago.log)).free() == 5


def test_a_reserve_raised_after_the_pledge_holds_the_truck(line):
    need, chicago = line.need(100), line.chicago
    chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=50)
    pledge = line.pledge(chicago, need, 50)
    line.accept(need, pledge, 50)
    chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=20, why="A fire.")
    with refused("reserve", "quantity"):
        line.send(chicago, need, pledge, 31)
    line.send(chicago, need, pledge, 30)
    assert Stock.objects.get(home=chicago.log).quantity == 20


def test_stock_that_was_counted_after_the_pledge_still_knows_what_is_promised(line):
    need, chicago = line.need(100), line.chicago
    pledge = line.pledge(chicago, need, 40)
    chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=50)
    chicago.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=10, why="Too many.")
    stock = Stock.objects.get(home=chicago.log)
    assert (stock.promised, shelf(stock).free()) == (30, 20)


def test_a_better_thing_stands_in_for_a_lesser_and_never_the_other_way(line):
    need = line.need(100, item="n95-respirator")
    better = line.pledge(line.chicago, need, 60, item="p100-respirator")
    assert need_line(need).open == 40
    line.accept(need, better, 60)
    sent = line.send(line.chicago, need, better, 60, item="p100-respirator")
    line.confirm(need, sent, 60, item="p100-respirator")
    assert need_line(need).received == 60
    assert Stock.objects.get(home=line.la.log, item="p100-respirator").quantity == 60
    other = line.need(100, item="p100-respirator")
    with refused(field="need"):
        line.pledge(line.chicago, other, 60, item="n95-respirator")


def test_supplies_wait_for_the_word_of_the_one_in_need(line):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    with refused("not-accepted"):
        line.send(line.chicago, need, pledge, 40)
    line.accept(need, pledge, 25)
    with refused("not-accepted"):
        line.send(line.chicago, need, pledge, 26)
    line.send(line.chicago, need, pledge, 25)
    work = {"form": "legal", "item": "amicus-brief", "unit": "document"}
    brief = line.need(1, **work)
    promise = line.pledge(line.new_york, brief, 1, **work)
    line.confirm(brief, line.send(line.new_york, brief, promise, 1, **work), 1, **work)
    assert need_line(brief).state == NeedState.MET


def test_what_came_can_be_given_back_once(line):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    line.accept(need, pledge, 40)
    sent = line.send(line.chicago, need, pledge, 40)
    line.confirm(need, sent, 40)
    said = {
        "call": line.call,
        "need": need,
        "pledge": pledge,
        "back": sent,
        "item": GOODS["item"],
        "unit": "piece",
    }
    back = line.la.say("aid.return/1", quantity=30, **said)
    with refused(field="quantity"):
        line.la.say("aid.return/1", quantity=11, **said)
    line.chicago.say("aid.receipt/1", shipment=back, need=need, quantity=30, **GOODS)
    assert custody.balances(place=custody.stock_of(line.la.log)) == [
        (f"{line.la.log}/stock", line.la.log, GOODS["item"], "piece", 10)
    ]
    assert custody.balances(place=custody.stock_of(line.chicago.log))[0][4] == -10
    assert need_line(need).received == 40
    assert pledge_line(pledge).state == PledgeState.RECEIVED


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (
            "aid.type/1",
            {"code": "side-arm", "name": "Pistols", "form": "material", "unit": "piece"},
        ),
        ("aid.type/1", {"code": "escopeta", "name": "E", "form": "material", "unit": "piece"}),
        ("aid.stock/1", {"item": "rifle", "unit": "piece", "quantity": 1}),
        ("aid.reserve/1", {"item": "tear-gas", "unit": "piece", "quantity": 1, "why": "Ours."}),
    ],
)
def test_a_weapon_is_refused_in_words(line, kind, fields):
    with pytest.raises(Refused, match="Weapons are no resource type") as refusal:
        line.chicago.say(kind, **fields)
    assert refusal.value.code == "weapon"


@pytest.mark.parametrize(
    "name", ["Respirator cartridges", "Toner", "Mine rescue team", "Begun work"]
)
def test_what_only_sounds_like_a_weapon_is_welcome(line, name):
    line.chicago.say("aid.type/1", code="a-thing", name=name, form="material", unit="piece")


def test_a_weapon_from_elsewhere_is_void(line):
    foreign = ForeignLog()
    type_of = {"code": "rifle", "name": "Rifles", "form": "material", "unit": "piece"}
    added = foreign.write("aid.type/1", type_of)
    counted = foreign.write(
        "aid.stock/1", {"item": "ammunition", "unit": "box", "quantity": 3}, audience="own"
    )
    foreign.send()
    assert foreign.fate(added) == ("void", "weapon")
    assert foreign.fate(counted) == ("void", "weapon")


def test_a_need_elsewhere_under_our_call_is_void(line):
    foreign = ForeignLog()
    said = {
        "call": line.call,
        "quantity": 5,
        "urgency": "now",
        "due": "2025-06-09T12:00:00Z",
        **GOODS,
    }
    need = foreign.write("aid.need/1", said, cites=(line.call,))
    foreign.send()
    assert foreign.fate(need) == ("void", "not-own-call")


def test_strangers_can_neither_accept_nor_receive_what_is_not_theirs(line):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    with refused():
        line.new_york.say("aid.acceptance/1", need=need, pledge=pledge, quantity=1)
    line.accept(need, pledge, 40)
    sent = line.send(line.chicago, need, pledge, 40)
    foreign = ForeignLog()
    taken = {"shipment": sent, "need": need, "quantity": 40, **GOODS}
    foreign.write("aid.receipt/1", taken, cites=(sent, need))
    foreign.send()
    assert shipment_line(sent).received == 0
    assert need_line(need).received == 0


def test_an_item_is_counted_in_one_unit_only(line):
    line.chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=50)
    with refused(field="unit"):
        line.chicago.say("aid.stock/1", item=GOODS["item"], unit="box", quantity=2)
    foreign = ForeignLog()
    pieces = {"item": "thing", "unit": "piece", "quantity": 3}
    first = foreign.write("aid.stock/1", pieces, audience="own")
    second = foreign.write("aid.stock/1", {**pieces, "unit": "box"}, audience="own")
    foreign.send()
    assert [foreign.fate(one) for one in (first, second)] == [("done", ""), ("void", "unit")]


def test_the_board_finds_each_state_in_sql_as_in_words(line):
    needs = [line.need(100) for _ in range(5)]
    line.pledge(line.chicago, needs[1], 40)
    pledge = line.pledge(line.chicago, needs[2], 100)
    line.accept(needs[2], pledge, 100)
    last = line.pledge(line.chicago, needs[3], 100)
    line.accept(needs[3], last, 100)
    line.confirm(needs[3], line.send(line.chicago, needs[3], last, 100), 100)
    line.la.say("aid.need-end/1", need=needs[4], why="Found.")
    states = [
        NeedState.OPEN,
        NeedState.PARTLY,
        NeedState.COMING,
        NeedState.MET,
        NeedState.CANCELLED,
    ]
    assert [need_line(key).state for key in needs] == states
    for key, state in zip(needs, states, strict=True):
        assert [one.need.key for one in board.needs(line.la.log).in_state(state)] == [key]
    short = {one.need.key for one in board.needs(None).in_state("short")}
    assert short == set(needs[:2])
    assert {one.need.key for one in board.needs(None).in_state("unmet")} == set(needs[:3])


def test_work_waits_where_it_belongs(line):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    assert [one.pledge.key for one in worklist.work(line.la.log).to_accept] == [pledge]
    assert not worklist.work(line.chicago.log)
    line.accept(need, pledge, 30)
    assert not worklist.work(line.la.log)
    waiting = worklist.work(line.chicago.log)
    assert [one.may_send for one in waiting.to_send] == [30]
    assert [one.to_release for one in waiting.to_release] == [10]
    sent = line.send(line.chicago, need, pledge, 30)
    assert [one.shipment.key for one in worklist.work(line.la.log).to_confirm] == [sent]
    line.la.say("aid.dispute/1", shipment=sent, need=need, problem="never", words="Nothing came.")
    assert not worklist.work(line.la.log)
    assert [one.shipment.key for one in worklist.work(line.chicago.log).to_settle] == [sent]
    line.la.say("aid.need-end/1", need=need, why="Found.")
    assert [one.to_release for one in worklist.work(line.chicago.log).to_release] == [10]


def test_any_number_of_rows_is_read_with_the_same_queries(line, django_assert_num_queries):
    def fill(count):
        for _ in range(count):
            need = line.need(100)
            for town in (line.chicago, line.new_york):
                pledge = line.pledge(town, need, 40)
                line.accept(need, pledge, 30)
                line.confirm(need, line.send(town, need, pledge, 20), 10)

    for more in (1, 6):
        fill(more)
        with django_assert_num_queries(2):
            list(board.needs(None).unmet_first())
        with django_assert_num_queries(5):
            board.pledge_lines(Pledge.objects.all())
        with django_assert_num_queries(2):
            board.shipment_lines(Shipment.objects.all())
