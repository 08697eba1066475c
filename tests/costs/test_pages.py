"""The pages of costs: from the receipt to the payment by hand, and what a slip of the pen leads to."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hansa.aid.costs.models import Account, Claim, CostLine


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client, page, key, /, **fields):
    response = client.post(reverse(page, args=[key]), fields)
    assert response.status_code == 302, text(response)


@pytest.fixture
def browsers(costs, sit):
    return sit(costs.mission.chicago), sit(costs.mission.la)


FUEL = {
    "basis": "actual",
    "category": "travel",
    "what": "Fuel",
    "incurred": "2025-06-07T05:00",
    "terms": "reimbursed",
    "nature": "ordinary",
    "currency": "USD",
}


def test_from_the_receipt_to_the_payment_by_hand(costs, browsers, set_clock):
    chicago, la = browsers
    mission = costs.mission
    post(chicago, "cost-new", costs.pledge, count="3", price_cents="1,145.50", **FUEL)
    line = CostLine.objects.get()
    assert line.amount == 343_650
    assert "Nothing proves it yet" in text(chicago.get(reverse("claim-new", args=[costs.pledge])))
    receipt = SimpleUploadedFile("receipt.txt", b"Three fills.")
    post(chicago, "cost-evidence", line.key, what="Receipt", files=receipt, audience="pact")
    person = mission.list("IL-1")
    set_clock.to("2025-06-09T12:00Z")
    hours = mission.hours(
        person, began="2025-06-08T06:00Z", ended="2025-06-08T16:00Z", overtime=120
    )
    rates = {"rate_cents": "40", "overtime_rate_cents": "60.00", "fringe_hundredths": "30.5"}
    labour = {"what": "Paramedic", "hours": [hours], "terms": "reimbursed", "currency": "USD"}
    post(chicago, "labour-new", costs.pledge, **rates, **labour)
    work = CostLine.objects.get(labour=True)
    assert (work.regular, work.overtime, work.amount) == (480, 120, 57_420)
    post(chicago, "claim-new", costs.pledge, lines=[line.key, work.key])
    claim = Claim.objects.get()
    assert claim.total == 343_650 + 57_420
    assert "Claims to answer" in text(la.get("/"))
    words = {
        f"cents-{line.key}": "3,436.50",
        f"cents-{work.key}": "500",
        f"why-{work.key}": "Rate.",
    }
    post(la, "claim-answer", claim.key, **words)
    assert Account.objects.get().accepted == 343_650 + 50_000
    page = text(la.get(reverse("mission-costs", args=[costs.pledge])))
    assert "Accepted in part" in page
    assert "Still due $3,936.50" in page
    paid = {"cents": "3,936.50", "when": "2025-06-09T05:00", "reference": "Warrant 1"}
    post(la, "pay", costs.pledge, **paid)
    assert "Settled: all that was accepted is paid" in text(
        chicago.get(reverse("mission-costs", args=[costs.pledge]))
    )
    assert "advance" not in {
        step.url.rpartition("/")[2]
        for step in la.get(reverse("mission-costs", args=[costs.pledge])).context["steps"]
    }


def test_what_is_due_again_after_a_repayment_can_be_paid(costs, browsers):
    """The giver paid the advance back; then more of the claim is accepted. No page offers what would be refused."""
    _chicago, la = browsers
    line = costs.cost(10_000)
    costs.advance(10_000)
    claim = costs.claim(line, total=10_000)
    costs.answer(claim, (line, 4_000, "The rest is another mission's."))
    back = {"pledge": costs.pledge, "cents": 6_000, "when": "2025-06-07T12:00Z"}
    costs.mission.chicago.say("aid.repayment/1", **back)
    costs.answer(claim, (line, 7_000, "A part of it is."))
    book = costs.book()
    assert (book.due, book.payable) == (3_000, 0)
    page = la.get(reverse("mission-costs", args=[costs.pledge]))
    (step,) = page.context["steps"]
    assert step.main
    assert 'value="30.00"' in la.get(step.url).content.decode()
    la.post(step.url, {"cents": "30.00", "when": "2025-06-07T05:00"})
    assert costs.book().due == 0


class TestAnswer:
    @pytest.fixture
    def claim(self, costs):
        line = costs.cost(10_000)
        return line, costs.claim(line, total=10_000)

    @pytest.mark.parametrize(
        ("typed", "why", "said"),
        [
            ("100.01", "", "0.00 to 100.00"),
            ("many", "", "Give an amount"),
            ("90", "", "Say why"),
            ("-1", "No.", "Give an amount"),
        ],
    )
    def test_a_slip_signs_nothing_and_keeps_what_was_typed(
        self, costs, browsers, claim, typed, why, said
    ):
        line, key = claim
        _chicago, la = browsers
        fields = {f"cents-{line}": typed, f"why-{line}": why}
        answer = la.post(reverse("claim-answer", args=[key]), fields)
        assert answer.status_code == 422
        assert said in text(answer)
        assert f'value="{typed}"' in answer.content.decode()
        assert not Account.objects.exists()

    def test_an_empty_amount_accepts_nothing_and_needs_a_reason(self, costs, browsers, claim):
        line, key = claim
        _chicago, la = browsers
        post(la, "claim-answer", key, **{f"cents-{line}": "", f"why-{line}": "Not ours."})
        assert Account.objects.get().accepted == 0

    def test_is_the_one_s_that_was_helped(self, costs, browsers, claim, sit):
        _line, key = claim
        chicago, _la = browsers
        url = reverse("claim-answer", args=[key])
        for client in (chicago, sit(costs.mission.line.new_york)):
            assert client.get(url).status_code == 404


def test_an_amount_without_a_point_is_whole_dollars(costs, browsers):
    chicago, _la = browsers
    post(chicago, "cost-new", costs.pledge, count="1", price_cents="1250", **FUEL)
    assert CostLine.objects.get().amount == 125_000


def test_evidence_for_our_eyes_is_not_in_what_others_read(costs, browsers, sit):
    chicago, la = browsers
    line = costs.cost()
    receipt = SimpleUploadedFile("cinnabar.txt", b"A private receipt.")
    post(chicago, "cost-evidence", line, what="Verdigris", files=receipt, audience="own")
    url = reverse("cost-audit", args=[costs.pledge])
    assert "cinnabar.txt" in text(chicago.get(url))
    for client in (la, sit()):
        assert "cinnabar.txt" not in text(client.get(url))
        said = client.get(reverse("claim-csv", args=[costs.pledge]))
        sums = b"".join(said.streaming_content).decode()
        assert CostLine.objects.get().key in sums


def test_home_and_ready_to_claim(costs, browsers):
    chicago, _la = browsers
    person = costs.mission.list()
    costs.mission.arrive(person)
    costs.prove(costs.cost())
    assert "ready to claim" not in text(chicago.get("/"))
    gone = {"pledge": costs.pledge, "people": [person], "when": "2025-06-07T12:00Z"}
    costs.mission.la.say("aid.release/1", travel="road", **gone)
    assert "ready to claim" in text(chicago.get("/"))
    assert "The claim packet is ready" in text(
        chicago.get(reverse("mission-costs", args=[costs.pledge]))
    )
