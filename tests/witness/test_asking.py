"""Asking the policy's witnesses about the logs kept here."""

from datetime import timedelta

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.home import home as this_home
from hansa.kernel.models import Log
from hansa.kernel.note import split_note
from hansa.kernel.witness import collecting, dating, evidence
from hansa.kernel.witness.asking import ask_round
from hansa.kernel.witness.models import Ahead, Asked, Cosignature, Dated
from tests.builders import Town, town
from tests.witness.conftest import Far, Web, far_policy

A, B, C = "hansa/witness-a", "hansa/witness-b", "hansa/witness-c"


@pytest.fixture
def city(home, set_clock) -> Town:
    """A log kept here, with its founding record."""
    return town("us-ca-los-angeles", "Los Angeles")


def speak(city: Town, count: int = 1) -> None:
    for i in range(count):
        city.say("pact.note/1", on=city.by, text=f"Word {i}.")


def later(set_clock, seconds: float = 2) -> None:
    set_clock.at += timedelta(seconds=seconds)


def test_without_a_policy_nobody_is_asked(city):
    assert ask_round(Web()) == 0
    assert not Asked.objects.exists()


def test_a_head_is_cosigned_and_dated_by_the_quorum(city, home):
    far = [Far(A), Far(B), Far(C)]
    far[1].clock += 5
    far[2].clock += 9
    far_policy(home, far, 2)
    assert ask_round(Web(*far)) == 3
    assert far[0].asked == [("/witness/add-checkpoint", "old 0")]
    [at] = dating.dated([city.by]).values()
    assert int(at.timestamp()) == far[1].clock
    assert len(split_note(collecting.checkpoint(city.log))[1]) == 4


def test_on_change_only(city, home, set_clock):
    far = Far(A)
    far_policy(home, [far], 1)
    ask_round(Web(far))
    later(set_clock)
    assert ask_round(Web(far)) == 0
    speak(city)
    assert ask_round(Web(far)) == 1
    assert [old for _path, old in far.asked] == ["old 0", "old 1"]


def test_at_most_once_a_second(city, home, set_clock):
    far = Far(A)
    far_policy(home, [far], 1)
    ask_round(Web(far))
    speak(city)
    later(set_clock, 0.5)
    assert ask_round(Web(far)) == 0
    later(set_clock, 0.6)
    assert ask_round(Web(far)) == 1


def test_witness_that_holds_another_size_is_asked_again_at_once(city, home, set_clock):
    """Upon 409 the body names the size; the next request starts there."""
    far = Far(A)
    far_policy(home, [far], 1)
    ask_round(Web(far))
    speak(city, 3)
    Asked.objects.all().delete()
    assert ask_round(Web(far)) == 1
    assert [old for _path, old in far.asked[1:]] == ["old 0", "old 1"]


def test_one_that_is_down_holds_up_nobody_and_is_asked_later_and_later(city, home, set_clock):
    far = [Far(A), Far(B)]
    far[0].down = True
    far_policy(home, far, 1)
    assert ask_round(Web(*far)) == 1
    state = Asked.objects.get(witness__startswith=A)
    assert (state.failures, state.problem) == (1, "Nobody answers there.")
    for seconds, failures in [(1, 1), (1.1, 2), (3, 2), (1.1, 3)]:
        later(set_clock, seconds)
        ask_round(Web(*far))
        assert Asked.objects.get(witness__startswith=A).failures == failures
    far[0].down = False
    later(set_clock, 300)
    assert ask_round(Web(*far)) == 1
    assert Asked.objects.get(witness__startswith=A).problem == ""


def test_clock_that_was_set_back_silences_nobody(city, home, set_clock):
    far = Far(A)
    far_policy(home, [far], 1)
    ask_round(Web(far))
    speak(city)
    set_clock.at -= timedelta(days=365)
    assert ask_round(Web(far)) == 1


def test_answer_without_the_witness_s_own_line_is_no_cosignature(city, home):
    far, twin = Far(A), Far(B)
    far_policy(home, [far], 1)
    twin.name = "hansa/witness-a"
    assert ask_round(Web(twin)) == 0
    assert "without its cosignature" in Asked.objects.get().problem
    assert not Cosignature.objects.exists()


def test_our_own_witness_is_asked_without_a_network(city, home):
    vkey = this_home().keys.witness()
    (home / "policy").write_text(f"witness here {vkey}\nquorum here\n")
    assert ask_round(Web()) == 1
    assert Dated.objects.get().size == 1


def test_witness_that_says_more_than_stands_here_is_doubted_but_believed_only_with_proof(
    city, home
):
    """A bare number could silence a member for nothing."""
    far = Far(A)
    origin = Log.objects.get(name=city.log).origin
    far.known[origin] = (7, bytes(32))
    far_policy(home, [far], 1)
    assert ask_round(Web(far)) == 0
    assert (Ahead.objects.get().size, Ahead.objects.get().note) == (7, "")
    speak(city)


def test_head_of_our_own_key_beyond_what_stands_here_stops_us(city, home):
    keys, log = this_home().keys, Log.objects.get(name=city.log)
    note = keys.sign(log.name, log.origin, 9, bytes(32)).encode()
    collecting.collect(log.name, note, "a peer")
    assert Ahead.objects.get().size == 9
    with pytest.raises(Refused, match="older copy"):
        speak(city)


class Lookers(Web):
    """Nodes of ours, which also show the head that they cosigned."""

    def __init__(self, note: bytes, *far: Far) -> None:
        super().__init__(*far)
        self.note = note

    def __call__(self, url: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if body is None and path.endswith("/witnessed"):
            return 200, self.note
        return super().__call__(url, path, body)


def test_witness_that_holds_another_tree_of_ours_is_asked_for_the_proof(city, home):
    """A conflict at the same size, or a proof that does not fit: our own key under its head is evidence against us."""
    far = Far(A)
    log = Log.objects.get(name=city.log)
    far.known[log.origin] = (1, bytes(32))
    far_policy(home, [far], 1)
    note = this_home().keys.sign(log.name, log.origin, 1, bytes(32)).encode()
    assert ask_round(Lookers(note, far)) == 0
    assert evidence.forked(city.log)
    with pytest.raises(Refused, match="two heads that contradict"):
        speak(city)


def test_witness_that_cosigned_more_is_asked_for_the_proof(city, home):
    far = Far(A)
    log = Log.objects.get(name=city.log)
    far.known[log.origin] = (5, bytes(32))
    far_policy(home, [far], 1)
    note = this_home().keys.sign(log.name, log.origin, 5, bytes(32)).encode()
    assert ask_round(Lookers(note, far)) == 0
    assert (Ahead.objects.get().size, Ahead.objects.get().sure) == (5, True)
    with pytest.raises(Refused, match="older copy"):
        speak(city)
