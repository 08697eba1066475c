"""What other systems send: drafts only, a receipt for each item, nothing lost, nothing held up."""

from dataclasses import replace

import pytest
from django.urls import reverse

from hansa.aid.exchange import de, ids, incoming, outgoing, rm
from hansa.aid.exchange.models import Arrived, Draft, DraftState
from hansa.aid.models import Need
from hansa.kernel.models import Entry
from hansa.pact.models import Pact


def take(line, data, town=None):
    town = town or line.la
    return incoming.receive(data, town.log, town.by)


def ours(line, need, town=None):
    """The exchange of a need as this pact sends it."""
    return outgoing.exchange_of(Need.objects.get(key=need), (town or line.la).log)


def test_taking_in_says_nothing(line, request_from_elsewhere, enveloped):
    before = Entry.objects.count()
    receipts = take(line, enveloped(request_from_elsewhere()))
    assert [one.state for one in receipts] == [DraftState.WAITING]
    assert Entry.objects.count() == before
    draft = Draft.objects.get()
    assert draft.kind == "aid.need/1"
    assert draft.initial["quantity"] == 250
    assert draft.initial["due"] == "2025-06-09T12:00:00+00:00"
    assert draft.initial["place"] == "Gate 4"


def test_a_bad_item_holds_up_none_of_the_others(line, request_from_elsewhere, enveloped):
    good = request_from_elsewhere("urn:elsewhere:good")
    odd = request_from_elsewhere(
        "urn:elsewhere:odd",
        type=rm.Coded("dragon", "urn:x-elsewhere:beasts"),
        name="Dragon",
        amount="about forty",
        schedules=(rm.Schedule("RequestedArrival", "tomorrow"),),
    )
    data = enveloped(odd, good).replace(
        b"<contentObject>",
        b"<contentObject><contentDescription>x</contentDescription><xmlContent><embeddedXMLContent><a xmlns='urn:x'/></embeddedXMLContent></xmlContent></contentObject><contentObject>",
        1,
    )
    receipts = take(line, data)
    assert [one.state for one in receipts] == ["unread", DraftState.WAITING, DraftState.WAITING]
    sentence = receipts[1].sentence
    for word in ("about forty", "dragon", "no time with a zone"):
        assert word in sentence
    shown = dict(Draft.objects.get(title__startswith="Dragon").shown)
    assert "urn:x-elsewhere:beasts" in shown["TypeStructure"]


def test_the_same_file_twice_changes_nothing(line, request_from_elsewhere, enveloped):
    data = enveloped(request_from_elsewhere())
    take(line, data)
    assert [one.state for one in take(line, data)] == ["before"]
    assert Draft.objects.count() == 1
    same_id = request_from_elsewhere(amount="999")
    (again,) = take(line, enveloped(same_id))
    assert again.state == DraftState.TOLD
    assert "came before" in again.sentence


@pytest.mark.parametrize(
    ("status", "waits"), [("Actual", True), ("Exercise", False), ("Test", False)]
)
def test_what_is_played_elsewhere_is_no_draft_in_earnest(
    line, request_from_elsewhere, enveloped, status, waits
):
    (receipt,) = take(line, enveloped(request_from_elsewhere(), status=status))
    assert (receipt.state == DraftState.WAITING) is waits


def test_what_is_in_earnest_is_no_draft_in_an_exercise(line, request_from_elsewhere, enveloped):
    Pact.objects.update(exercise=True)
    (receipt,) = take(line, enveloped(request_from_elsewhere()))
    assert receipt.state == DraftState.TOLD
    assert "for exercise" in receipt.sentence


def test_who_is_under_no_call_states_no_need(line, request_from_elsewhere, enveloped):
    (receipt,) = take(line, enveloped(request_from_elsewhere()), line.chicago)
    assert receipt.state == DraftState.TOLD
    assert "under no open call" in receipt.sentence


def test_an_answer_to_our_request_is_a_pledge_of_the_giver_alone(line, enveloped):
    need = line.need(400)
    (request,) = ours(line, need)
    answer = rm.Message(
        "ResponseToRequestResource",
        "urn:elsewhere:answer",
        "2025-06-07T13:00:00Z",
        request.id,
        request.id,
        resources=(
            rm.Resource(
                "1",
                amount="300",
                unit=rm.Coded("piece"),
                response=rm.Response("Provisional", "1", reason="Return them."),
            ),
        ),
    )
    (receipt,) = take(line, enveloped(answer), line.chicago)
    assert receipt.state == DraftState.WAITING
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.initial) == (
        "aid.pledge/1",
        {"quantity": 300, "terms": "Return them."},
    )
    assert draft.fixed["need"] == need
    (told,) = take(line, enveloped(replace(answer, id="urn:elsewhere:2")), line.la)
    assert told.state == DraftState.TOLD
    declined = replace(
        answer, id="urn:elsewhere:3", resources=(rm.Resource("1", response=rm.Response("Decline")),)
    )
    (no,) = take(line, enveloped(declined), line.new_york)
    assert "declines" in no.sentence


def opens(sit, town, receipt):
    """Whether the draft of a receipt opens as a form for its member."""
    return sit(town).get(reverse("exchange-draft", args=[receipt.draft])).status_code == 200


def test_what_is_released_is_given_back_and_what_is_asked_back_is_taken_back(line, sit, enveloped):
    need = line.need(400)
    pledge, other = line.pledge(line.chicago, need, 300), line.pledge(line.chicago, need, 50)
    line.accept(need, pledge, 300)
    sent = line.send(line.chicago, need, pledge, 300)
    line.confirm(need, sent, 300)
    release = rm.Message(
        "ReleaseResource",
        "urn:elsewhere:release",
        "",
        preceding=ids.message_id(sent, "ReportResourceDeploymentStatus"),
        resources=(rm.Resource("1", id=sent, amount="20"),),
    )
    (receipt,) = take(line, enveloped(release))
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.initial) == ("aid.return/1", {"quantity": 20})
    assert opens(sit, line.la, receipt)
    back = rm.Message(
        "RequestReturn",
        "urn:elsewhere:back",
        "",
        preceding=ids.message_id(other, "CommitResource"),
        description="A fire at home.",
        resources=(rm.Resource("1", id=other, amount="80"),),
    )
    (receipt,) = take(line, enveloped(back), line.chicago)
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.initial["quantity"]) == ("aid.pledge-withdrawal/1", 50)
    assert opens(sit, line.chicago, receipt)


def test_an_order_is_an_acceptance_and_an_arrival_a_receipt(line, sit, enveloped):
    need = line.need(400)
    pledge = line.pledge(line.chicago, need, 300)
    order = rm.Message(
        "RequisitionResource",
        "urn:elsewhere:order",
        "",
        preceding=ids.message_id(pledge, "ResponseToRequestResource"),
        resources=(rm.Resource("1", id=pledge, amount="200"),),
    )
    (receipt,) = take(line, enveloped(order))
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.initial["quantity"]) == ("aid.acceptance/1", 200)
    assert opens(sit, line.la, receipt)
    line.accept(need, pledge, 300)
    sent = line.send(line.chicago, need, pledge, 300)
    report = rm.Message(
        "ReportResourceDeploymentStatus",
        "urn:elsewhere:report",
        "",
        preceding=ids.message_id(sent, "ReportResourceDeploymentStatus"),
        resources=(
            rm.Resource(
                "1",
                id=sent,
                amount="280",
                schedules=(rm.Schedule("ActualArrival", "2025-06-08T10:00Z"),),
            ),
        ),
    )
    (receipt,) = take(line, enveloped(report))
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.initial) == ("aid.receipt/1", {"quantity": 280})
    assert opens(sit, line.la, receipt)
    (giver,) = take(line, enveloped(report), line.chicago)
    assert Draft.objects.get(pk=giver.draft).kind == "aid.delivery/1"
    assert opens(sit, line.chicago, giver)
    back = rm.Message(
        "RequestReturn", "urn:elsewhere:return", "", preceding=ids.message_id(pledge, "CommitResource"),
        resources=(rm.Resource("1", id=pledge),),
    )  # fmt: skip
    (nothing,) = take(line, enveloped(back), line.chicago)
    assert "Nothing of it waits" in nothing.sentence


def test_a_recall_takes_waiting_drafts_back_and_leaves_what_was_said_to_an_officer(
    line, sit, request_from_elsewhere, enveloped
):
    first = request_from_elsewhere()
    (receipt,) = take(line, enveloped(first))
    cancel = replace(
        first, id="urn:elsewhere:2", originating=first.id, recall=rm.Recall(first.id, "Cancel")
    )
    take(line, enveloped(cancel))
    assert Draft.objects.get(pk=receipt.draft).state == DraftState.RECALLED
    second = request_from_elsewhere("urn:elsewhere:3")
    (receipt,) = take(line, enveloped(second))
    draft = Draft.objects.get(pk=receipt.draft)
    need = line.need(250)
    incoming.said(draft, need)
    update = replace(
        second, id="urn:elsewhere:4", originating=second.id, recall=rm.Recall(second.id, "Update")
    )
    update = replace(update, resources=(replace(update.resources[0], amount="300"),))
    (receipt,) = take(line, enveloped(update))
    changed = Draft.objects.get(pk=receipt.draft)
    assert (changed.kind, changed.fixed, changed.initial["quantity"]) == (
        "aid.need-change/1",
        {"need": need},
        300,
    )
    page = sit(line.la).get(reverse("exchange-draft", args=[changed.pk]))
    assert 'value="300"' in page.content.decode()
    end = replace(
        second, id="urn:elsewhere:5", originating=second.id, recall=rm.Recall(second.id, "Cancel")
    )
    (receipt,) = take(line, enveloped(end))
    assert Draft.objects.get(pk=receipt.draft).kind == "aid.need-end/1"
    assert Need.objects.get().cancelled_at is None


def recalling(message, identifier, sort, **fields):
    return replace(
        message, id=identifier, originating=message.id, recall=rm.Recall(message.id, sort), **fields
    )


def test_a_recall_that_counts_for_nothing_here_takes_nothing_back(
    line, request_from_elsewhere, enveloped
):
    """Played, from another sender, or of an exchange in which the message never came."""
    first = request_from_elsewhere()
    (receipt,) = take(line, enveloped(first))
    played = enveloped(recalling(first, "urn:elsewhere:2", "Cancel"), status="Exercise")
    stranger = enveloped(recalling(first, "urn:elsewhere:3", "Cancel"), number="E-2").replace(
        b"eoc@elsewhere.example", b"somebody@else.example"
    )
    astray = enveloped(
        replace(recalling(first, "urn:elsewhere:4", "Cancel"), originating="urn:elsewhere:none")
    )
    for data in (played, stranger, astray):
        (told,) = take(line, data)
        assert told.state == DraftState.TOLD
        assert "read" in told.sentence or "never came" in told.sentence
    assert Draft.objects.get(pk=receipt.draft).state == DraftState.WAITING


def test_each_item_of_an_update_has_its_own_draft(line, request_from_elsewhere, enveloped):
    first = request_from_elsewhere()
    two = (first.resources[0], replace(first.resources[0], element="002", amount="40"))
    first = replace(first, resources=two)
    receipts = take(line, enveloped(first))
    need = line.need(40)
    incoming.said(Draft.objects.get(pk=receipts[1].draft), need)
    more = tuple(replace(one, amount="77") for one in two)
    update = recalling(first, "urn:elsewhere:2", "Update", resources=more)
    kinds = [Draft.objects.get(pk=one.draft).kind for one in take(line, enveloped(update))]
    assert kinds == ["aid.need/1", "aid.need-change/1"]
    changed = Draft.objects.get(kind="aid.need-change/1")
    assert (changed.fixed, changed.initial["quantity"]) == ({"need": need}, 77)
    incoming.said(changed, "us-ca-los-angeles@999")
    cancel = replace(update, id="urn:elsewhere:3", recall=rm.Recall(update.id, "Cancel"))
    (ended,) = take(line, enveloped(cancel))
    assert Draft.objects.get(pk=ended.draft).fixed == {"need": need}


@pytest.mark.parametrize("kind", rm.KINDS)
def test_every_sort_of_message_gets_a_receipt_and_a_page(line, sit, enveloped, kind):
    message = rm.Message(
        kind, f"urn:elsewhere:{kind}", "", resources=(rm.Resource("1", name="Dogs"),)
    )
    (receipt,) = take(line, enveloped(message))
    assert receipt.sentence
    arrived = Arrived.objects.get()
    page = sit(line.la).get(reverse("exchange-message", args=[arrived.pk]))
    assert page.status_code == 200
    assert "Dogs" in page.content.decode()
    acknowledged = sit(line.la).get(reverse("exchange-ack", args=[arrived.pk]))
    envelope = de.read(acknowledged.content)
    assert (envelope.type, envelope.references) == (
        "Ack",
        ("E-1,eoc@elsewhere.example,2025-06-07T12:00:00Z",),
    ) or (envelope.references[0].startswith("E-1,"))


def test_text_of_another_system_is_shown_as_text(line, sit, request_from_elsewhere, enveloped):
    evil = "<script>alert(1)</script>"
    (receipt,) = take(line, enveloped(request_from_elsewhere(name=evil, function=evil)))
    for name, number in (
        ("exchange-draft", receipt.draft),
        ("exchange-message", Arrived.objects.get().pk),
    ):
        assert evil not in sit(line.la).get(reverse(name, args=[number])).content.decode()
    assert evil not in sit(line.la).get(reverse("exchange")).content.decode()
