"""The claim packet: one PDF and one CSV, with the sums of the page; what an auditor adds up himself."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.aid.costs.models import CostLine
from hansa.aid.costs.pages.overview import reconcile
from hansa.aid.costs.pages.packet import HEADINGS, csv_rows
from hansa.aid.costs.sums import decimal, labour, money


def text_of(pdf: bytes) -> str:
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(pdf)).pages
    words = "\n".join(page.extract_text() for page in pages)
    return " ".join(words.replace("\u200b", "").split())


def plain(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def told(costs, set_clock):
    """Everything a mission can have: estimates, gifts, labour, a withdrawn line, a claim answered in part, money."""
    mission = costs.mission
    people = [mission.list("IL-1", unit="EMS-3", leader=True), mission.list("IL-2")]
    mission.arrive(*people)
    costs.cost(900_000, basis="predicted", category="personnel", what="Estimate")
    fuel = costs.cost(14_550, count=3, what="Fuel")
    costs.prove(fuel)
    costs.cost(100, terms="donated", what="Blankets", category="commodities")
    gone = costs.cost(77_777, what="Entered twice")
    mission.chicago.say("aid.cost-end/1", line=gone, why="Twice.")
    set_clock.to("2025-06-10T12:00Z")
    hours = mission.hours(
        *people, began="2025-06-09T06:00Z", ended="2025-06-09T18:00Z", overtime=240
    )
    work = costs.labour(hours, regular=960, overtime=480)
    amounts = dict(CostLine.objects.values_list("key", "amount"))
    claim = costs.claim(fuel, work, total=amounts[fuel] + amounts[work])
    costs.answer(
        claim, (fuel, 40_000, "One fill was for another mission."), (work, amounts[work], "")
    )
    costs.advance(50_000)
    costs.pay(claim, 100_000)
    out = {"pledge": mission.pledge, "people": people, "when": "2025-06-10T08:00Z"}
    mission.la.say("aid.release/1", travel="road", **out)
    return costs


def test_page_csv_and_pdf_have_the_same_sums(told, sit):
    book, visitor = told.book(), sit()
    said = visitor.get(reverse("claim-csv", args=[told.pledge]))
    rows = list(csv.DictReader(io.StringIO(b"".join(said.streaming_content).decode())))
    page = plain(visitor.get(reverse("mission-costs", args=[told.pledge])))
    paper = text_of(visitor.get(reverse("claim-pdf", args=[told.pledge])).content)
    total = book.total
    assert (total.predicted, total.actual, total.borne) == (900_000, 189_910, 100)
    for name in ("predicted", "actual", "borne", "claimed", "accepted"):
        column = sum(Decimal(row[name]) for row in rows)
        assert column == Decimal(getattr(total, name)) / 100, name
        if name != "borne":
            assert money(getattr(total, name)) in page
        assert money(getattr(total, name)) in paper
    for sum_ in (book.advanced, book.paid, book.due):
        assert money(sum_) in page
        assert money(sum_) in paper


def test_the_packet_has_every_annex_on_the_day_of_demobilisation(told, sit):
    paper = text_of(sit().get(reverse("claim-pdf", args=[told.pledge])).content)
    assert "Demobilised 10 Jun 2025" in paper
    for annex in "ABCDEFG":
        assert f"Annex {annex}." in paper
    line = next(one for one in told.book().lines if one.evidence)
    assert line.evidence[0].files[0]["sha256"] in paper.replace(" ", "")
    assert "IL-1 / EMS-3" in paper
    assert "16 h" in paper
    assert "One fill was for another mission." in paper
    assert all(one.line.key in paper.replace(" ", "") for one in told.book().lines)


def test_the_packet_names_who_signed_the_claim_and_the_answer(told, sit):
    paper = text_of(sit().get(reverse("claim-pdf", args=[told.pledge])).content)
    signed = paper.split("Claimed for the giver")[1].split("Annex A.")[0]
    book = told.book()
    answer = next(one.answer for one in book.lines if one.answer)
    assert signed.count("Chief of staff") == 2
    assert book.claims[0].key in signed
    assert answer in signed.split("Answered for the receiver")[1]


def test_before_that_day_it_is_a_draft(costs, sit):
    costs.cost()
    assert "draft" in text_of(sit().get(reverse("claim-pdf", args=[costs.pledge])).content)


def test_the_estimate_of_the_offer_counts_until_one_is_entered(costs):
    from hansa.aid.models import Pledge

    pledge = Pledge.objects.get(key=costs.pledge)
    costs.mission.chicago.say(
        "aid.offer/1",
        call=pledge.call,
        need=pledge.need,
        pledge=pledge.key,
        starts="2025-06-08T12:00Z",
        ends="2025-06-20T12:00Z",
        travel="road",
        terms="reimbursed",
        people=3,
        travel_cost=1_000,
        personnel_cost=2_000,
    )
    book = costs.book()
    assert book.from_offer
    assert book.total.predicted == 300_000
    assert sum(Decimal(row[10]) for row in csv_rows(book)) == Decimal(3_000)
    costs.cost(500, basis="predicted", category="other")
    assert costs.book().total.predicted == 500


def test_a_csv_row_has_a_cell_for_each_heading(told):
    rows = list(csv_rows(told.book()))
    assert {len(row) for row in rows} == {len(HEADINGS)}


class TestAudit:
    def test_every_sum_agrees(self, told):
        assert [same for *_rest, same in reconcile(told.book())] == [True] * 5

    def test_hours_withdrawn_after_they_were_claimed_are_seen(self, told):
        work = next(one.line for one in told.book().lines if one.line.labour)
        told.mission.chicago.say("aid.hours-end/1", hours=work.hours[0], why="Wrong day.")
        assert [same for *_rest, same in reconcile(told.book())].count(False) == 1

    def test_nothing_can_be_pressed_and_every_line_has_its_record(self, told, sit):
        page = sit(told.mission.chicago).get(reverse("cost-audit", args=[told.pledge]))
        main = page.content.decode().split("<main")[1].split("</main>")[0]
        assert "<form" not in main
        assert "<button" not in main
        for one in told.book().lines:
            assert reverse("record", args=[one.line.key]) in main


AMOUNT = st.integers(0, 10**7)


@given(AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.integers(0, 100_000))
def test_labour_is_exact_to_half_a_cent(regular, overtime, rate, over, fringe):
    exact = Decimal(regular * rate + overtime * over) * (10_000 + fringe) / (60 * 10_000)
    assert abs(labour(regular, overtime, rate, over, fringe) - exact) <= Decimal("0.5")


@given(st.integers(-(10**15), 10**15))
def test_amounts_in_words_are_the_amounts(cents):
    assert Decimal(decimal(cents)) * 100 == cents
    said = money(cents).replace("−", "-").replace("$", "").replace(",", "")
    assert Decimal(said) * 100 == cents


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**6),
            st.integers(1, 50),
            st.sampled_from(["actual", "predicted"]),
            st.sampled_from(["travel", "equipment", "other"]),
            st.sampled_from(["reimbursed", "donated", "loaned"]),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_whatever_is_entered_and_withdrawn_the_sums_agree(costs, lines):
    from django.db import transaction

    with transaction.atomic():
        for price, count, basis, category, terms, withdrawn in lines:
            said = costs.cost(price, count=count, basis=basis, category=category, terms=terms)
            if withdrawn:
                costs.mission.chicago.say("aid.cost-end/1", line=said, why="Wrong.")
        book = costs.book()
        standing = [price * count for price, count, *_rest, gone in lines if not gone]
        assert book.total.actual + book.total.predicted == sum(standing)
        for name, place in (("predicted", 10), ("actual", 11), ("borne", 12)):
            column = sum(Decimal(row[place]) for row in csv_rows(book))
            assert column * 100 == getattr(book.total, name)
        assert all(same for *_rest, same in reconcile(book))
        transaction.set_rollback(True)
