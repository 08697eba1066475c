"""Whose logs a node follows, and where it asks for them."""

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.models import Log
from hansa.kernel.note import Signer
from hansa.kernel.sync import follow
from hansa.pact.terms import default_charter
from tests.sync.virtual import Pact, Town


def introduce(by: Town, other: Town, vkey: str = "") -> str:
    return by.say(
        "kernel.introduction/1",
        log=other.name,
        vkey=vkey or by.pact.keys[other.name],
        url=other.url,
    )


def found(founder: Town, *others: Town) -> None:
    founders = [f"{one.name}@0" for one in (founder, *others)]
    said = {"name": "A pact", "exercise": False, "founders": founders, **default_charter()}
    pact = founder.say("pact.pact/1", **said)
    founder.say("pact.accession/1", pact=pact, charter=pact, effective=founder.node.now())


def test_one_begins_to_follow_whom_its_own_officers_introduce(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    bel.follow(ada)
    introduce(ada, bel)
    assert ada.pull(bel).new == 2
    with ada:
        assert follow.peers() == {bel.url: {"bel"}}


def test_an_introduction_by_a_member_is_heeded_and_one_by_a_stranger_is_not(pact: Pact) -> None:
    ada, bel, cyd, dot = (pact.town(name) for name in ("ada", "bel", "cyd", "dot"))
    for known in (bel, cyd):
        ada.follow(known)
    for other in (bel, cyd, dot):
        other.follow(ada)
    found(bel)
    introduce(cyd, dot)
    ada.pull(bel)
    ada.pull(cyd)
    ada.pull(cyd)
    with ada:
        assert not Log.objects.filter(name="dot").exists()
    introduce(bel, dot)
    ada.pull(bel)
    assert ada.pull(dot).new == 2


def test_a_second_key_for_one_name_is_an_alarm_and_changes_nothing(pact: Pact) -> None:
    ada, bel, cyd = pact.town("ada"), pact.town("bel"), pact.town("cyd")
    false = Signer("hansa/cyd", b"x" * 32).vkey()
    cyd.follow(ada)
    introduce(ada, cyd)
    ada.pull(cyd)
    introduce(ada, cyd, vkey=false)
    ada.pull(cyd)
    with ada:
        assert Log.objects.get(name="cyd").vkey == pact.keys["cyd"]
        assert follow.alarms() == [follow.Alarm("cyd", "ada", false)]
        with pytest.raises(Refused, match="with another key"):
            follow.follow(false)
    assert bel.name not in follow.peers()


def test_a_log_of_an_exercise_is_not_followed_in_earnest(pact: Pact) -> None:
    ada = pact.town("ada")
    with ada, pytest.raises(Refused, match="realm"):
        follow.follow(Signer("exercise/bel", b"y" * 32).vkey())


def test_a_member_that_moves_is_asked_where_it_says_it_is(pact: Pact) -> None:
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    ada.pull(bel)
    bel.say("kernel.node/1", url="https://elsewhere.example")
    ada.pull(bel)
    with ada:
        assert follow.peers() == {"https://elsewhere.example": {"bel"}}
