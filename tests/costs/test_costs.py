"""What a mission costs: what may be claimed and why, what is accepted, paid and due."""

import pytest

from hansa.aid.costs.models import CostLine
from hansa.aid.costs.records.claims import Advanced, ClaimAnswered
from hansa.aid.costs.records.lines import LabourSaid
from hansa.aid.costs.words import LineState
from hansa.kernel.errors import Refused


def states(costs):
    return {one.line.key: one.state for one in costs.book().lines}


def ids(costs, line):
    one = next(one for one in costs.book().lines if one.line.key == line)
    return {found.rule.id for found in one.findings}


def test_from_the_receipt_to_the_settled_claim(costs):
    fuel, rooms = costs.cost(10_000), costs.cost(4_000, count=3, unit="nights", what="Rooms")
    for line in (fuel, rooms):
        costs.prove(line)
    claim = costs.claim(fuel, rooms, total=22_000)
    assert states(costs) == {fuel: LineState.CLAIMED, rooms: LineState.CLAIMED}
    costs.advance(5_000)
    costs.answer(claim, (fuel, 10_000, ""), (rooms, 8_000, "One night is above the rate."))
    assert states(costs) == {fuel: LineState.ACCEPTED, rooms: LineState.PARTLY}
    book = costs.book()
    assert (book.total.claimed, book.total.accepted, book.due) == (22_000, 18_000, 13_000)
    costs.pay(claim, 13_000)
    book = costs.book()
    assert (book.due, book.settled, book.closed) == (0, 18_000, True)


def test_labour_is_minutes_times_rates_and_fringe_benefits(costs, set_clock):
    people = [costs.mission.list("IL-1"), costs.mission.list("IL-2")]
    set_clock.to("2025-06-09T12:00Z")
    worked = {"began": "2025-06-08T06:00Z", "ended": "2025-06-08T18:30Z"}
    hours = costs.mission.hours(*people, pause=30, overtime=240, **worked)
    line = costs.labour(hours, regular=960, overtime=480)
    # (16 h × $40 + 8 h × $60) × 1.305
    assert CostLine.objects.get(key=line).amount == 146_160
    assert ids(costs, line) == set()
    with pytest.raises(Refused, match="another line"):
        costs.labour(hours, regular=960, overtime=480)
    with pytest.raises(Refused, match="960 minutes"):
        costs.labour(hours, regular=961, overtime=480)


def test_labour_of_hours_withdrawn_since_is_not_claimed(costs, set_clock):
    one = costs.mission.list("IL-1")
    set_clock.to("2025-06-09T12:00Z")
    hours = costs.mission.hours(one, began="2025-06-08T06:00Z", ended="2025-06-08T07:00Z")
    line = costs.labour(hours, regular=60)
    costs.mission.chicago.say("aid.hours-end/1", hours=hours, why="Another day.")
    assert ids(costs, line) == {"hours-withdrawn"}
    assert not costs.book().to_claim


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"no-evidence"}),
        ({"terms": "donated"}, {"donated", "no-evidence"}),
        ({"terms": "loaned"}, {"loaned", "no-evidence"}),
        ({"nature": "benefits"}, {"benefits", "no-evidence"}),
        ({"nature": "fine"}, {"fine", "no-evidence"}),
        ({"nature": "leisure"}, {"leisure", "no-evidence"}),
        ({"nature": "interest"}, {"interest", "no-evidence"}),
        ({"nature": "reserve"}, {"reserve", "no-evidence"}),
        ({"incurred": "2025-06-01T12:00Z"}, {"before", "no-evidence"}),
        ({"category": "personnel"}, {"by-hand", "no-evidence"}),
        ({"basis": "predicted"}, {"predicted", "no-evidence"}),
    ],
)
def test_each_rule_holds_where_it_should_and_names_its_source(costs, fields, wanted):
    line = costs.cost(**fields)
    assert ids(costs, line) == wanted
    found = costs.book().lines[0].findings
    assert all(one.source and one.words and one.remedy for one in found)
    assert not costs.book().to_claim


def test_evidence_makes_a_line_eligible_and_its_hash_is_the_file_s(costs):
    import hashlib

    line = costs.cost()
    costs.prove(line, b"Exactly this.")
    one = costs.book().lines[0]
    assert one.eligible
    assert one.evidence[0].files[0]["sha256"] == hashlib.sha256(b"Exactly this.").hexdigest()


def test_another_s_evidence_proves_nothing(costs):
    line = costs.cost()
    with pytest.raises(Refused):
        costs.mission.la.say(
            "aid.evidence/1",
            line=line,
            what="Ours",
            files=[{"sha256": "0" * 64, "name": "x", "size": 1}],
        )
    assert not costs.book().lines[0].evidence


class TestClaims:
    def test_are_the_sum_of_their_lines(self, costs):
        line = costs.cost(10_000)
        with pytest.raises(Refused, match="sum"):
            costs.claim(line, total=10_001)

    @pytest.mark.parametrize("fields", [{"terms": "donated"}, {"basis": "predicted"}])
    def test_hold_no_gift_and_no_estimate(self, costs, fields):
        line = costs.cost(**fields)
        with pytest.raises(Refused, match="given for nothing"):
            costs.claim(line, total=10_000)

    def test_hold_no_withdrawn_line_and_none_twice(self, costs):
        gone, line = costs.cost(), costs.cost()
        costs.mission.chicago.say("aid.cost-end/1", line=gone, why="Entered twice.")
        with pytest.raises(Refused):
            costs.claim(gone, total=10_000)
        costs.claim(line, total=10_000)
        with pytest.raises(Refused, match="claimed before"):
            costs.claim(line, total=10_000)

    def test_keep_their_lines_until_they_are_withdrawn(self, costs):
        line = costs.cost()
        claim = costs.claim(line, total=10_000)
        with pytest.raises(Refused, match="stands in a claim"):
            costs.mission.chicago.say("aid.cost-end/1", line=line, why="Wrong.")
        costs.mission.chicago.say("aid.claim-end/1", claim=claim, why="A line was wrong.")
        assert costs.book().total.claimed == 0
        costs.claim(line, total=10_000)
        assert costs.book().total.claimed == 10_000

    def test_take_their_answers_along_when_they_are_withdrawn(self, costs):
        line = costs.cost(10_000)
        first = costs.claim(line, total=10_000)
        costs.answer(first, (line, 4_000, "The rest is another mission's."))
        costs.mission.chicago.say("aid.claim-end/1", claim=first, why="Claimed anew.")
        second = costs.claim(line, total=10_000)
        assert states(costs) == {line: LineState.CLAIMED}
        assert [one.line.key for one in costs.book().unanswered] == [line]
        costs.answer(second, (line, 10_000, ""))
        assert costs.book().total.accepted == 10_000

    def test_are_answered_by_the_one_that_was_helped_with_reasons(self, costs):
        line = costs.cost()
        claim = costs.claim(line, total=10_000)
        with pytest.raises(Refused, match="Say why"):
            costs.answer(claim, (line, 9_000, ""))
        with pytest.raises(Refused, match="Only"):
            costs.answer(claim, (line, 10_001, "More."))
        with pytest.raises(Refused, match="no such claim"):
            costs.mission.chicago.say(
                "aid.claim-answer/1",
                pledge=costs.pledge,
                claim=claim,
                words=[{"line": line, "cents": 10_000}],
            )
        with pytest.raises(Refused, match="no such claim"):
            costs.mission.line.new_york.say(
                "aid.claim-answer/1",
                pledge=costs.pledge,
                claim=claim,
                words=[{"line": line, "cents": 10_000}],
            )

    def test_are_not_paid_beyond_what_was_accepted(self, costs):
        line = costs.cost()
        claim = costs.claim(line, total=10_000)
        with pytest.raises(Refused, match=r"\$0\.00 is left"):
            costs.pay(claim, 1)
        costs.answer(claim, (line, 6_000, "The rest is another mission's."))
        costs.advance(1_000)
        with pytest.raises(Refused, match=r"\$5,000\.00|\$50\.00"):
            costs.pay(claim, 5_001)
        costs.pay(claim, 5_000)
        with pytest.raises(Refused, match="more than is left"):
            costs.answer(claim, (line, 0, "None of it."))


def test_an_advance_beyond_the_claim_is_paid_back(costs):
    line = costs.cost(10_000)
    costs.advance(12_000)
    claim = costs.claim(line, total=10_000)
    costs.answer(claim, (line, 10_000, ""))
    assert costs.book().due == -2_000
    when = "2025-06-07T12:00Z"
    costs.mission.chicago.say("aid.repayment/1", pledge=costs.pledge, cents=2_000, when=when)
    assert costs.book().due == 0


def test_a_third_member_s_answer_and_advance_count_for_nothing(costs, monkeypatch):
    """Its node left the checks out."""
    line = costs.cost()
    claim = costs.claim(line, total=10_000)
    new_york, when = costs.mission.line.new_york, "2025-06-07T12:00Z"
    words = [{"line": line, "cents": 1, "why": "No."}]
    with monkeypatch.context() as unchecked:
        for kind in (ClaimAnswered, Advanced):
            unchecked.setattr(kind, "check", lambda *_anything: None)
        new_york.say("aid.claim-answer/1", pledge=costs.pledge, claim=claim, words=words)
        new_york.say("aid.advance/1", pledge=costs.pledge, cents=500, when=when)
    book = costs.book()
    assert (book.advanced, book.total.accepted, book.account) == (0, 0, None)
    assert states(costs) == {line: LineState.CLAIMED}
    costs.answer(claim, (line, 10_000, ""))
    assert costs.book().due == 10_000


def test_hours_in_two_lines_stop_both(costs, set_clock, monkeypatch):
    one = costs.mission.list("IL-1")
    set_clock.to("2025-06-09T12:00Z")
    hours = costs.mission.hours(one, began="2025-06-08T06:00Z", ended="2025-06-08T07:00Z")
    first = costs.labour(hours, regular=60)
    monkeypatch.setattr(LabourSaid, "check", lambda *_anything: None)
    second = costs.labour(hours, regular=60)
    assert ids(costs, first) == ids(costs, second) == {"twice"}


def test_one_mission_has_one_currency(costs):
    costs.cost()
    with pytest.raises(Refused, match="USD"):
        costs.cost(currency="EUR")
    with pytest.raises(Refused, match="three capital"):
        costs.cost(currency="usd")


def test_what_is_not_spent_yet_is_an_estimate(costs):
    with pytest.raises(Refused, match="estimate"):
        costs.cost(incurred="2025-06-08T12:00Z")
    with pytest.raises(Refused, match="spent"):
        costs.cost(incurred=None)


def test_only_the_giver_s_and_the_helped_one_s_words_count(costs):
    line = costs.cost()
    new_york = costs.mission.line.new_york
    with pytest.raises(Refused):
        new_york.say("aid.advance/1", pledge=costs.pledge, cents=5, when="2025-06-07T12:00Z")
    with pytest.raises(Refused):
        new_york.say(
            "aid.cost/1",
            pledge=costs.pledge,
            basis="actual",
            category="other",
            what="X",
            price_cents=1,
            incurred="2025-06-07T12:00Z",
        )
    assert [one.line.key for one in costs.book().lines] == [line]
