"""The thin whole line: a call, a need, a pledge, a shipment, a receipt, and the books that balance."""

from hansa.aid import custody
from hansa.aid.models import Stock
from hansa.aid.shelf import shelf
from hansa.kernel import clock
from hansa.kernel.fsck import fsck
from hansa.pact.ledger import Ledger, Standing
from hansa.pact.models import Call
from tests.builders import call, found


def test_a_call_is_answered_and_the_aid_arrives(home, set_clock):
    towns = found(3)
    la, chicago, _new_york = towns
    position = call(towns)
    chicago.say("aid.stock/1", item="n95-respirator", unit="piece", quantity=50_000)
    chicago.say(
        "aid.reserve/1",
        item="n95-respirator",
        unit="piece",
        quantity=20_000,
        why="Our own hospitals.",
    )
    goods = {"form": "material", "item": "n95-respirator", "unit": "piece"}
    need = la.say(
        "aid.need/1",
        call=position,
        quantity=40_000,
        urgency="today",
        due="2025-06-09T12:00Z",
        **goods,
    )
    set_clock.to("2025-06-07T15:00+00:00")
    pledge = chicago.say("aid.pledge/1", call=position, need=need, quantity=30_000, **goods)
    la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=30_000)
    shipment = chicago.say(
        "aid.shipment/1", call=position, need=need, pledge=pledge, quantity=30_000, **goods
    )
    assert (
        custody.transit(shipment),
        "us-il-chicago",
        "n95-respirator",
        "piece",
        30_000,
    ) in custody.balances()
    chicago.say("aid.delivery/1", shipment=shipment)
    la.say("aid.receipt/1", shipment=shipment, need=need, quantity=30_000, **goods)
    assert custody.discrepancy() == []
    assert shelf(Stock.objects.get(home="us-il-chicago")).free() == 0
    duties = Ledger(Call.objects.all()).duties(Call.objects.get())
    standing = {(duty.member.name, duty.form.value): duty.standing(clock.now()) for duty in duties}
    assert standing["Chicago", "material"] == Standing.ON_TIME
    assert standing["New York", "material"] == Standing.OWED
    assert len(duties) == 8
    report = fsck()
    assert report.ok, report.text()
