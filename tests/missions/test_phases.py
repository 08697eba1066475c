"""The phase of a mission: a function of what both logs say, and of nothing that depends on what arrived first."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansa.aid.missions import phases
from hansa.aid.missions.gates import Ground, gates, shut
from hansa.aid.missions.phases import Giver, Receiver, compose
from hansa.aid.missions.words import OUT, OVER, GateName, GiverStep, Phase, ReceiverStep
from hansa.pact.terms import MissionArticles, MissionRule

GIVER_WORDS = st.lists(st.sampled_from([*GiverStep, "recall", "grant"]), max_size=8)
RECEIVER_WORDS = st.lists(st.sampled_from([*ReceiverStep, "extend"]), max_size=6)


def giver_says(giver: Giver, word: Any) -> Giver:
    """Fold one word of the giver, as its own log judges it."""
    steps, recalled, consents = giver.steps, giver.recalled, giver.consents
    if word == "recall":
        recalled = recalled or phases.may_recall(giver)
    elif word == "grant":
        consents = consents | {"x"} if not (giver.home or giver.recalled) else consents
    elif phases.giver_may(giver, word) is None:
        steps = steps | {word}
    return Giver(True, False, True, True, recalled, steps, consents)


def receiver_says(receiver: Receiver, word: Any) -> Receiver:
    """Fold one word of the receiver, as its own log judges it."""
    if word == "extend":
        return Receiver(True, receiver.steps, frozenset({"x"}))
    if phases.receiver_may(receiver, word) is not None:
        return receiver
    return Receiver(True, receiver.steps | {word}, receiver.extensions)


BEGIN = (Giver(True, False, True, True), Receiver(True))


@given(GIVER_WORDS, RECEIVER_WORDS, st.data())
def test_any_interleaving_of_the_two_logs_ends_in_the_same_phase(ours, theirs, data):
    def told(order: list[bool]) -> Phase:
        giver, receiver = BEGIN
        left, right = iter(ours), iter(theirs)
        for mine in order:
            if mine:
                giver = giver_says(giver, next(left))
            else:
                receiver = receiver_says(receiver, next(right))
        return compose(giver, receiver)

    turns = [True] * len(ours) + [False] * len(theirs)
    assert told(turns) == told(turns[::-1]) == told(data.draw(st.permutations(turns)))


@given(GIVER_WORDS, RECEIVER_WORDS)
def test_what_either_says_never_brings_a_mission_back(ours, theirs):
    """Once they are home, or were called off, nothing that the other side says sends them out again."""
    giver, receiver = BEGIN
    for word in ours:
        giver = giver_says(giver, word)
    before = compose(giver, receiver)
    for word in theirs:
        receiver = receiver_says(receiver, word)
    after = compose(giver, receiver)
    if before in {Phase.RETURNED, Phase.SETTLED}:
        assert after == before
    if after in OUT and before == Phase.CALLED_OFF:
        assert receiver.steps & {ReceiverStep.CHECKED_IN, ReceiverStep.AT_WORK}
        assert phases.contradictions(giver, receiver)


@given(GIVER_WORDS, RECEIVER_WORDS)
def test_each_next_step_may_be_said_and_leads_on(ours, theirs):
    giver, receiver = BEGIN
    for word in ours:
        giver = giver_says(giver, word)
    for word in theirs:
        receiver = receiver_says(receiver, word)
    for step in phases.giver_next(giver, receiver):
        assert phases.giver_may(giver, step) is None
        assert giver_says(giver, step) != giver
    for said in phases.receiver_next(giver, receiver):
        assert receiver_says(receiver, said) != receiver
    if compose(giver, receiver) == Phase.SETTLED:
        assert phases.giver_next(giver, receiver) == []
        assert phases.receiver_next(giver, receiver) == []


def test_every_phase_is_either_before_out_or_over():
    before = {Phase.OFFERED, Phase.AGREED, Phase.APPROVED, Phase.ORDERED}
    assert before | OUT | OVER == set(Phase)
    assert not OUT & OVER


@pytest.mark.parametrize(
    ("giver", "receiver", "phase"),
    [
        (Giver(offered=True), Receiver(), Phase.OFFERED),
        (Giver(offered=True), Receiver(agreed=True), Phase.AGREED),
        (Giver(offered=True, withdrawn=True), Receiver(agreed=True), Phase.WITHDRAWN),
        (
            Giver(True, False, True, True, recalled=True),
            Receiver(agreed=True),
            Phase.CALLED_OFF,
        ),
        (
            Giver(True, False, True, True, True, frozenset({GiverStep.UNDER_WAY})),
            Receiver(True, frozenset({ReceiverStep.AT_WORK})),
            Phase.RECALLED,
        ),
        (
            Giver(True, False, True, True, consents=frozenset("a")),
            Receiver(True, frozenset({ReceiverStep.CHECKED_IN}), frozenset("ab")),
            Phase.EXTENDED,
        ),
        (
            Giver(True, False, True, True, consents=frozenset("c")),
            Receiver(True, frozenset({ReceiverStep.CHECKED_IN}), frozenset("ab")),
            Phase.CHECKED_IN,
        ),
    ],
)
def test_the_phase_of_what_was_said(giver, receiver, phase):
    assert compose(giver, receiver) == phase


# --- gates

RULE = MissionRule(articles=MissionArticles(call=1, ending=2, authority=3, agreement=4))
OPEN = Ground(active=True, members=True, agreed=True, signed=True, ordered=True, insured=True)
SHUT: dict[GateName, dict[str, Any]] = {
    GateName.CALL: {"active": False},
    GateName.APPROVALS: {"signed": False},
    GateName.AUTHORITY: {"ordered": False},
    GateName.LICENCE: {"licensed": True},
    GateName.LIABILITY: {"insured": False},
    GateName.LIMITS: {"limits": (("State code 12", "Ask the council."),)},
    GateName.UNIT: {"elsewhere": "Somebody has promised it"},
}


def law(number: int) -> str:
    return f"Article {number}" if number else "none"


def with_(**changed: Any) -> Ground:
    kept = {name: getattr(OPEN, name) for name in Ground.__dataclass_fields__}
    return Ground(**{**kept, **changed})


def test_every_gate_opens_and_shuts_alone_and_says_what_opens_it():
    assert shut(gates(OPEN, RULE, law)) == []
    assert set(SHUT) == set(GateName)
    for name, changed in SHUT.items():
        (gate,) = shut(gates(with_(**changed), RULE, law))
        assert gate.name == name
        assert gate.article
        assert len(gate.remedy.split()) >= 3


def test_the_articles_are_the_charter_s_own():
    stood_down = with_(active=False, ended=True)
    found = {gate.name: gate.article for gate in gates(stood_down, RULE, law)}
    assert found[GateName.CALL] == "Article 2"
    assert found[GateName.APPROVALS] == "Article 4"
    assert found[GateName.LICENCE] == "none"
    other = MissionRule(articles=MissionArticles(ending=9))
    assert gates(stood_down, other, law)[0].article == "Article 9"


@pytest.mark.parametrize(
    ("rule", "ground", "is_open"),
    [
        ("receiver-decides", {"credentials": "RN"}, False),
        ("receiver-decides", {"credentials": "RN", "recognised": True}, True),
        ("recognised", {"credentials": "RN"}, True),
        ("recognised", {"credentials": "", "recognised": True}, False),
    ],
)
def test_a_licence_counts_as_the_charter_or_the_receiver_says(rule, ground, is_open):
    found = gates(with_(licensed=True, **ground), MissionRule(licences=rule), law)
    assert {gate.name: gate.open for gate in found}[GateName.LICENCE] is is_open
