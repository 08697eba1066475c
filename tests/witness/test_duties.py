"""Deadlines by the witnesses' word: no author's clock decides what others are held to."""

from datetime import datetime, timedelta

import pytest

from hansa.kernel.state import state_hash
from hansa.kernel.witness.asking import ask_round
from hansa.kernel.witness.dating import By
from hansa.kernel.witness.models import Asked
from hansa.pact.ledger import Ledger, Standing
from hansa.pact.models import Call
from hansa.pact.rules import Roll
from tests.builders import Town, call, charter, found, pact_of
from tests.witness.conftest import Far, Web, far_policy

HOUR = timedelta(hours=1)


@pytest.fixture
def far(home) -> list[Far]:
    return [Far("hansa/witness-a"), Far("hansa/witness-b"), Far("hansa/witness-c")]


@pytest.fixture
def towns(home, set_clock, far) -> list[Town]:
    """A pact under witnesses from its first day."""
    far_policy(home, far, 2)
    made = found(3)
    witness(far, set_clock.at)
    return made


def witness(far: list[Far], at: datetime) -> None:
    """Let all be witnessed at a moment by the witnesses' clocks."""
    Asked.objects.update(tried_at=None)
    for one in far:
        one.clock = int(at.timestamp())
    ask_round(Web(*far))


def ledger() -> Ledger:
    return Ledger(Call.objects.all())


def decline(town: Town, key: str) -> None:
    town.say("pact.decline/1", call=key, form="legal", reason="We have nobody.")


def legal(key: str, log: str):
    return next(
        duty for duty in ledger().duties(Call.objects.get(key=key), log) if duty.form == "legal"
    )


def test_deadline_counts_from_the_quorum_not_from_the_caller_s_clock(towns, far, set_clock):
    start = set_clock.at
    set_clock.at = start + HOUR
    key = call(towns)
    witness(far, start + 3 * HOUR)
    set_clock.at = start + 4 * HOUR
    duty = legal(key, towns[1].log)
    assert (duty.since, duty.due, duty.by) == (start + 3 * HOUR, start + 27 * HOUR, By.WITNESSES)


def test_backdated_answer_is_late(towns, far, set_clock):
    """The answering member's clock says the first hour; the witnesses first saw it after the deadline."""
    start = set_clock.at
    key = call(towns)
    witness(far, start)
    set_clock.at = start + HOUR
    decline(towns[1], key)
    set_clock.at = start + 30 * HOUR
    assert legal(key, towns[1].log).standing(set_clock.at) == Standing.LATE
    witness(far, start + 30 * HOUR)
    set_clock.at = start + 90 * HOUR
    duty = legal(key, towns[1].log)
    assert duty.answer is not None
    assert (duty.answer.first_at, duty.answer.by) == (start + 30 * HOUR, By.WITNESSES)
    assert duty.standing(set_clock.at) == Standing.LATE


def test_answer_not_witnessed_yet_counts_as_given_now(towns, far, set_clock):
    start = set_clock.at
    key = call(towns)
    witness(far, start)
    set_clock.at = start + HOUR
    decline(towns[1], key)
    duty = legal(key, towns[1].log)
    assert duty.answer is not None
    assert (duty.answer.first_at, duty.answer.by) == (set_clock.at, By.NOBODY)
    assert duty.standing(set_clock.at) == Standing.ON_TIME


def test_clock_ahead_makes_no_answer_late_for_others(towns, far, set_clock):
    """An author whose clock runs a day ahead answers in time all the same."""
    start = set_clock.at
    key = call(towns)
    witness(far, start)
    set_clock.at = start + 26 * HOUR
    decline(towns[1], key)
    witness(far, start + 2 * HOUR)
    set_clock.at = start + 3 * HOUR
    assert legal(key, towns[1].log).standing(set_clock.at) == Standing.ON_TIME


def test_call_not_witnessed_yet_is_due_from_now(towns, far, set_clock):
    key = call(towns)
    set_clock.at += 5 * HOUR
    duty = legal(key, towns[1].log)
    assert (duty.since, duty.by) == (set_clock.at, By.NOBODY)


def test_end_and_narrowing_of_a_call_are_dated_too(towns, far, set_clock):
    start = set_clock.at
    key = call(towns)
    witness(far, start)
    set_clock.at = start + HOUR
    towns[0].say(
        "pact.call-change/1",
        call=key,
        place="Downtown",
        summary="Less now.",
        forms=["legal"],
    )
    witness(far, start + 2 * HOUR)
    set_clock.at = start + 3 * HOUR
    towns[0].say("pact.call-end/1", call=key, why="They left.")
    witness(far, start + 7 * HOUR)
    set_clock.at = start + 9 * HOUR
    ended = {
        duty.form.value: duty.released_at
        for duty in ledger().duties(Call.objects.get(), towns[1].log)
    }
    assert ended["voice"] == start + 2 * HOUR
    assert ended["legal"] == start + 7 * HOUR


def test_consent_counts_when_it_was_witnessed(home, far, set_clock):
    far_policy(home, far, 2)
    start = set_clock.at
    towns = found(3, consent={"rule": "members", "count": 1})
    key = call(towns)
    witness(far, start)
    set_clock.at = start + HOUR
    towns[1].say("pact.consent/1", call=key)
    witness(far, start + 6 * HOUR)
    set_clock.at = start + 8 * HOUR
    found_call = Call.objects.get()
    assert ledger().active_since(found_call) == start + 6 * HOUR


def test_votes_count_when_they_were_witnessed(towns, far, set_clock):
    start = set_clock.at
    pact = pact_of(towns)
    electorate = [f"{town.log}@0" for town in towns]
    amendment = towns[0].say(
        "pact.amendment/1", base=pact, why="Sooner.", electorate=electorate,
        **{name: charter()[name] for name in ("articles", "rules")},
    )  # fmt: skip
    witness(far, start + HOUR)
    set_clock.at = start + HOUR
    for town in towns[:2]:
        town.say("pact.ballot/1", amendment=amendment, yes=True)
    witness(far, start + 9 * HOUR)
    set_clock.at = start + 10 * HOUR
    version = Roll().current
    assert (version.charter.key, version.since) == (amendment, start + 9 * HOUR)


def test_membership_begins_when_it_was_witnessed(home, far, set_clock):
    far_policy(home, far, 2)
    start = set_clock.at
    towns = found(2)
    witness(far, start + 2 * HOUR)
    set_clock.at = start + 5 * HOUR
    span = Roll().span(towns[1].log, set_clock.at)
    assert span is not None
    assert span.start == start + 2 * HOUR


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_a_year_off_changes_no_rows_and_no_date(towns, far, set_clock, years):
    """Invariant 30: what was witnessed stands where it stood; only what is due reads otherwise."""
    start = set_clock.at
    key = call(towns)
    decline(towns[1], key)
    witness(far, start)
    set_clock.at = start + HOUR
    before = state_hash(), legal(key, towns[1].log)._replace(call=None, member=None)
    set_clock.at += years * timedelta(days=365)
    assert state_hash() == before[0]
    if years > 0:
        assert legal(key, towns[1].log)._replace(call=None, member=None) == before[1]


@pytest.mark.parametrize("count", [3, 6])
def test_ledger_asks_the_same_number_of_times(
    home, far, set_clock, count, django_assert_num_queries
):
    far_policy(home, far, 2)
    towns = found(count)
    keys = [call(towns, summary=f"Call {i}.") for i in range(count)]
    for town in towns[1:]:
        for key in keys:
            decline(town, key)
    witness(far, set_clock.at)
    with django_assert_num_queries(13):
        assert len(ledger().all_duties()) == count * (count - 1) * 4


def test_without_a_policy_the_log_s_time_counts_and_is_called_so(home, set_clock):
    towns = found(3)
    key = call(towns)
    decline(towns[1], key)
    duty = legal(key, towns[1].log)
    assert duty.answer is not None
    assert (duty.since, duty.by, duty.answer.by) == (set_clock.at, By.AUTHOR, By.AUTHOR)
