"""Cosignatures kept, and what they date."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Log
from hansa.kernel.note import Signer, split_note
from hansa.kernel.state import state_hash
from hansa.kernel.witness import collecting, dating, evidence
from hansa.kernel.witness.dating import By, Dates
from hansa.kernel.witness.models import Cosignature, Dated, Evidence, Head
from tests.witness.conftest import Other, write_policy

AT = 1_749_290_400
"""Ten in the morning of 7 June 2025, in seconds since 1970."""

A, B, C = (Other(f"hansa/witness-{name}") for name in "abc")


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@pytest.fixture
def three(home):
    write_policy(home, [A, B, C], 2)
    return home


def cosign(log, size: int, *words: tuple[Other, int]) -> None:
    note = log.head(size)
    for other, at in words:
        note = other.cosign(note, at)
    collecting.collect(log.name, note)


def test_quorum_of_two_dates_by_the_second(log, three):
    cosign(log, 4, (A, AT))
    assert dating.dated([f"{log.name}@3"]) == {}
    cosign(log, 4, (B, AT + 7))
    found = dating.dated([f"{log.name}@{i}" for i in range(6)])
    assert found == {f"{log.name}@{i}": moment(AT + 7) for i in range(4)}


def test_larger_head_covers_the_smaller(log, three):
    cosign(log, 4, (A, AT))
    cosign(log, 9, (B, AT + 20))
    assert dating.dated([f"{log.name}@3", f"{log.name}@5"]) == {f"{log.name}@3": moment(AT + 20)}


def test_earlier_word_that_arrives_late_dates_earlier(log, three):
    cosign(log, 4, (A, AT), (B, AT + 300))
    cosign(log, 4, (C, AT + 2))
    assert dating.dated([f"{log.name}@0"]) == {f"{log.name}@0": moment(AT + 2)}


def test_one_witness_cannot_date_alone_however_often_it_speaks(log, three):
    for i in range(5):
        cosign(log, 4 + i, (A, AT + i))
    assert not Dated.objects.exists()


def test_stranger_s_cosignature_is_ignored(log, three):
    cosign(log, 4, (A, AT), (Other("hansa/witness-b", b"x" * 32), AT))
    assert Cosignature.objects.count() == 1
    assert not Dated.objects.exists()


@pytest.mark.parametrize("at", [0, 2**62, 2**63 - 1])
def test_time_that_no_calendar_shows_is_not_kept(log, three, at):
    cosign(log, 4, (A, at), (B, at))
    assert not Cosignature.objects.exists()


def test_date_ahead_of_this_clock_counts_only_when_its_time_has_come(log, three, set_clock):
    late = int(set_clock.at.timestamp()) + 3_600
    cosign(log, 4, (A, late), (B, late))
    assert dating.dated([f"{log.name}@0"]) == {}
    set_clock.at += timedelta(minutes=56)
    assert dating.dated([f"{log.name}@0"]) == {f"{log.name}@0": moment(late)}


def test_head_that_the_log_did_not_sign_is_refused(log, three):
    note = log.head(4).replace(b"hansa/elsewhere\n4", b"hansa/elsewhere\n5")
    with pytest.raises(Untrusted):
        collecting.collect(log.name, A.cosign(note, AT))
    with pytest.raises(Untrusted):
        collecting.collect("nobody", log.head(4))


def test_head_beyond_what_stands_here_is_left_for_later(log, three):
    log.grow(3)
    cosign(log, 12, (A, AT), (B, AT))
    assert not Head.objects.exists()
    log.send()
    cosign(log, 12, (A, AT), (B, AT))
    assert dating.dated([f"{log.name}@11"]) == {f"{log.name}@11": moment(AT)}


def test_cosigned_head_that_contradicts_the_entries_is_evidence_and_dates_nothing(log, three):
    note = log.head(7, log.forged(4, 10))
    collecting.collect(log.name, B.cosign(A.cosign(note, AT), AT))
    assert Evidence.objects.count() == 1
    assert evidence.forked(log.name)
    assert not Dated.objects.exists()


def test_served_head_carries_at_most_sixteen_lines(log, home):
    others = [Other(f"hansa/witness-{i:02}") for i in range(20)]
    write_policy(home, others, 20)
    cosign(log, 10, *((other, AT + i) for i, other in enumerate(others)))
    assert Cosignature.objects.count() == 20
    [note] = collecting.cosigned(log.name, 0)
    for served in (collecting.checkpoint(log.name), note):
        text, lines = split_note(served)
        assert text == split_note(log.head(10))[0]
        assert len(lines) == 16
        assert lines[0].startswith(f"— {log.signer.name} ")


def test_heads_are_handed_on_the_smallest_first(log, three):
    for size in (9, 2, 5):
        cosign(log, size, (A, AT + size))
    heads = [split_note(note)[0].split("\n")[1] for note in collecting.cosigned(log.name, 2)]
    assert heads == ["5", "9"]
    assert collecting.cosigned(log.name, 9) == []


def test_what_one_node_hands_on_dates_the_same_at_another(log, three):
    cosign(log, 4, (A, AT), (C, AT + 3))
    cosign(log, 9, (B, AT + 9), (C, AT + 11))
    notes = collecting.cosigned(log.name, 0)
    before = list(Dated.objects.order_by("size").values_list("size", "at"))
    for table in (Dated, Cosignature, Head):
        table.objects.all().delete()
    for note in notes:
        collecting.collect(log.name, note)
    assert list(Dated.objects.order_by("size").values_list("size", "at")) == before
    assert collecting.since(log.name) == 9


def test_policy_that_does_not_hold_is_said_and_not_passed_over(log, home):
    (home / "policy").write_text("quorum nobody\n")
    with pytest.raises(Refused, match="Line 1"):
        dating.dated([f"{log.name}@0"])


def test_new_policy_dates_anew(log, home):
    write_policy(home, [A, B, C], 3)
    cosign(log, 4, (A, AT), (B, AT + 5))
    assert dating.dated([f"{log.name}@0"]) == {}
    write_policy(home, [A, B, C], 2)
    dating.refresh()
    assert dating.dated([f"{log.name}@0"]) == {f"{log.name}@0": moment(AT + 5)}
    dating.refresh()
    assert Dated.objects.count() == 1


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.lists(
        st.tuples(st.integers(1, 10), st.sampled_from("ABC"), st.integers(0, 50)),
        min_size=1,
        max_size=14,
    ),
    order=st.randoms(use_true_random=False),
)
def test_dates_are_those_of_the_definition_whatever_arrived_first(log, three, words, order):
    """By the definition: the earliest moment at which two witnesses had cosigned heads that cover the record."""
    for table in (Dated, Cosignature, Head):
        table.objects.all().delete()
    others = {"A": A, "B": B, "C": C}
    shuffled = list(words)
    order.shuffle(shuffled)
    for size, name, at in shuffled:
        cosign(log, size, (others[name], AT + at))
    expected = {}
    for index in range(10):
        times = sorted(
            min(at for size, name, at in words if name == one and size > index)
            for one in "ABC"
            if any(name == one and size > index for size, name, at in words)
        )
        if len(times) > 1:
            expected[f"{log.name}@{index}"] = moment(AT + times[1])
    assert dating.dated([f"{log.name}@{i}" for i in range(10)]) == expected
    firsts = list(Dated.objects.filter(first=True).values_list("size", flat=True))
    sizes = list(Dated.objects.order_by("size").values_list("size", flat=True))
    assert firsts == sizes[:1]


def test_without_a_policy_the_author_s_clock_is_named(log):
    when = datetime(2025, 1, 1, tzinfo=UTC)
    assert Dates().of(log.name, 3, when, None) == (when, By.AUTHOR)


def test_with_a_policy_no_author_s_clock_counts(log, three, set_clock):
    when = datetime(2025, 1, 1, tzinfo=UTC)
    assert Dates().of(log.name, 3, when, None) == (set_clock.at, By.NOBODY)
    assert Dates().of(log.name, 3, when, AT) == (moment(AT), By.WITNESSES)


def test_what_was_said_before_the_policy_keeps_its_log_s_time(log, home):
    """Nobody witnessed then. Once a log was seen, nothing in it can claim to be older than the policy."""
    write_policy(home, [A, B, C], 2, since=AT)
    early, late = moment(AT - 86_400), moment(AT + 1)
    assert Dates().of(log.name, 3, early, None) == (early, By.AUTHOR)
    assert Dates().of(log.name, 3, late, None).by == By.NOBODY
    cosign(log, 5, (A, AT + 60), (B, AT + 60))
    cosign(log, 9, (A, AT + 99), (B, AT + 99))
    dates = Dates()
    stamps = dates.stamps([f"{log.name}@4", f"{log.name}@5"])
    assert dates.of(log.name, 4, early, stamps[f"{log.name}@4"]) == (early, By.AUTHOR)
    assert dates.of(log.name, 5, early, stamps[f"{log.name}@5"]) == (
        moment(AT + 99),
        By.WITNESSES,
    )


def test_dates_of_thousands_are_one_statement(log, three, django_assert_num_queries):
    cosign(log, 9, (A, AT), (B, AT))
    with django_assert_num_queries(1):
        assert len(dating.dated([f"{log.name}@{i}" for i in range(7_500)])) == 9


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_a_year_off_changes_no_state(log, three, set_clock, years):
    """Invariant 30: the same is kept, and the same hash comes out, whatever this machine's clock says."""
    cosign(log, 4, (A, AT), (B, AT + 7))
    before = state_hash(), list(Dated.objects.values_list("log", "size", "at"))
    for table in (Dated, Cosignature, Head):
        table.objects.all().delete()
    set_clock.at += years * timedelta(days=365)
    cosign(log, 4, (A, AT), (B, AT + 7))
    assert (state_hash(), list(Dated.objects.values_list("log", "size", "at"))) == before


def test_log_of_another_realm_is_another_log(log, three):
    Log.objects.filter(name=log.name).update(realm="exercise")
    with pytest.raises(Untrusted):
        cosign(log, 4, (A, AT))


def test_a_log_s_own_signature_never_counts_as_a_witness(log, home):
    own = Other(log.signer.name, log.name.encode().ljust(32, b"-")[:32])
    assert isinstance(own.signer, Signer)
    write_policy(home, [A, B], 1)
    cosign(log, 4, (own, AT))
    assert not Dated.objects.exists()


def test_policy_that_names_no_beginning_begins_with_the_first_date(log, home):
    """Written by hand, or by another's software: history before it must not fall together on one day."""
    write_policy(home, [A, B], 2, since=0)
    early, late = moment(AT - 86_400), moment(AT + 61)
    assert Dates().of(log.name, 3, late, None) == (late, By.AUTHOR)
    cosign(log, 5, (A, AT + 60), (B, AT + 60))
    dates = Dates()
    assert dates.of(log.name, 3, early, AT + 60) == (early, By.AUTHOR)
    assert dates.of(log.name, 3, late, AT + 60) == (moment(AT + 60), By.WITNESSES)
    assert dates.of(log.name, 7, early, None).by == By.NOBODY
