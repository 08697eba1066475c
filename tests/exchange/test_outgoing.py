"""What this pact sends: the whole exchange of a need, in an order that the machine takes, the same at every reading."""

from django.urls import reverse
from lxml import etree

from hansa.aid.exchange import de, ids, outgoing
from hansa.aid.exchange.machine import Exchange, Stage
from hansa.aid.models import Need
from hansa.pact.models import Officer
from tests.exchange.schemas import schema


def told(line, need, town=None):
    return outgoing.exchange_of(Need.objects.get(key=need), (town or line.la).log)


def through(line, set_clock):
    need = line.need(400)
    set_clock.to("2025-06-07T13:00Z")
    pledge = line.pledge(line.chicago, need, 300, terms="Give back what is left.")
    other = line.pledge(line.new_york, need, 50)
    set_clock.to("2025-06-07T14:00Z")
    line.accept(need, pledge, 300)
    set_clock.to("2025-06-07T15:00Z")
    sent = line.send(line.chicago, need, pledge, 300, expected="2025-06-08T10:00Z")
    set_clock.to("2025-06-08T10:00Z")
    line.confirm(need, sent, 300)
    set_clock.to("2025-06-10T10:00Z")
    line.la.say(
        "aid.return/1",
        call=line.call,
        need=need,
        pledge=pledge,
        back=sent,
        item="n95-respirator",
        unit="piece",
        quantity=20,
    )
    return need, pledge, other, sent


def test_an_exchange_from_request_to_release(line, set_clock):
    need, pledge, other, _sent = through(line, set_clock)
    messages = told(line, need)
    assert [one.kind for one in messages] == [
        "RequestResource",
        "ResponseToRequestResource",
        "ResponseToRequestResource",
        "RequisitionResource",
        "CommitResource",
        "ReportResourceDeploymentStatus",
        "ReleaseResource",
    ]
    exchange = Exchange()
    assert [exchange.take(one) for one in messages] == [""] * 7
    assert exchange.branches[ids.message_id(pledge, "ResponseToRequestResource")] == Stage.RELEASED
    assert exchange.branches[ids.message_id(other, "ResponseToRequestResource")] == Stage.ANSWERED
    answer = messages[1].resources[0].response
    assert answer is not None
    assert (answer.type, answer.reason) == ("Provisional", "Give back what is left.")
    assert {one.exchange for one in messages} == {ids.message_id(need, "RequestResource")}
    assert [one.id for one in told(line, need, line.new_york)] == [one.id for one in messages]


def test_a_change_updates_and_an_end_cancels(line):
    need = line.need(400)
    line.la.say(
        "aid.need-change/1", need=need, quantity=500, urgency="now", due="2025-06-09T12:00Z"
    )
    first, second = told(line, need)
    assert second.recall is not None
    assert (second.recall.message, second.recall.type) == (first.id, "Update")
    assert second.resources[0].amount == "500"
    line.la.say("aid.need-end/1", need=need, why="Found nearby.")
    messages = told(line, need)
    exchange = Exchange()
    assert [exchange.take(one) for one in messages] == ["", ""]
    assert exchange.stage == Stage.CANCELLED


def test_a_member_that_declined_is_told(line):
    need = line.need(400)
    line.new_york.say("pact.decline/1", call=line.call, form="material", reason="Our own storm.")
    declined = told(line, need)[-1].resources[0].response
    assert declined is not None
    assert (declined.type, declined.reason) == ("Decline", "Our own storm.")


def test_the_file_is_a_valid_envelope_and_names_no_officer(line, sit, set_clock):
    need, *_rest = through(line, set_clock)
    answer = sit(line.new_york).get(reverse("need-edxl", args=[need]))
    schema("edxl-de.xsd").assertValid(etree.fromstring(answer.content))
    read = de.read(answer.content)
    assert (read.status, read.type, len(read.contents)) == ("Actual", "Request", 7)
    for officer in Officer.objects.all():
        assert officer.office not in answer.content.decode()
