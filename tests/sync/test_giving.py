"""A node that nobody can call hands its words to those who can be called, and to nobody else's account."""

import pytest

from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Body, Entry
from hansa.kernel.sync import giving, serve, wire
from hansa.kernel.sync.giving import Giver
from tests.sync.virtual import Pact, Town, twisted


@pytest.fixture
def ada_hidden(pact: Pact) -> tuple[Town, Town, Town]:
    """Ada, whom nobody can call; Bel and Cid, who can be."""
    ada, bel, cid = pact.town("ada"), pact.town("bel"), pact.town("cid")
    pact.acquaint()
    ada.say("kernel.node/1", url="")
    return ada, bel, cid


def give(giver: Giver, here: Town, there: Town) -> int:
    with here:
        return giver.round(there.url)


def test_what_a_hidden_node_says_reaches_a_peer_and_from_there_all(ada_hidden):
    ada, bel, cid = ada_hidden
    ada.note("For the pact.")
    ada.say("pact.note/1", audience="own", on="ada@0", text="For ourselves.")
    assert give(Giver(ada), ada, bel) == 5
    assert bel.size("ada") == 5
    with bel:
        own = Entry.objects.get(log="ada", audience="own")
        assert not Body.objects.filter(entry_id=own.id).exists()
        assert Entry.objects.filter(log="ada", kind="pact.note/1").count() == 1
    assert cid.pull(bel, sweep=True).received["ada"] == 5


def test_only_what_is_new_is_given_again(ada_hidden):
    ada, bel, _cid = ada_hidden
    giver = Giver(ada)
    give(giver, ada, bel)
    asked = len(ada.asked)
    assert give(giver, ada, bel) == 0
    assert len(ada.asked) == asked, "a peer that has all is not asked"
    ada.note()
    assert give(giver, ada, bel) == 1


def test_a_node_that_can_be_called_gives_nothing(pact):
    ada, bel = pact.town("ada"), pact.town("bel")
    pact.acquaint()
    with ada:
        assert giving.hidden() == []
    assert give(Giver(ada), ada, bel) == 0
    assert ada.asked == []


def test_long_log_is_given_in_small_handfuls(ada_hidden, monkeypatch):
    monkeypatch.setattr(giving, "ROOM", 2000)
    ada, bel, _cid = ada_hidden
    for i in range(20):
        ada.note(f"Number {i}. " + "x" * 400)
    assert give(Giver(ada), ada, bel) == 23
    turns = [path for _url, path in ada.asked if path == "/sync/give"]
    assert len(turns) > 5
    assert bel.size("ada") == 23


def test_a_line_that_breaks_loses_nothing_and_the_next_round_goes_on(ada_hidden, pact, monkeypatch):
    monkeypatch.setattr(giving, "ROOM", 2000)
    ada, bel, _cid = ada_hidden
    for i in range(12):
        ada.note(f"Number {i}. " + "x" * 400)
    seen: list[str] = []

    def torn(_url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        seen.append(path)
        return (status, data[:-1]) if seen.count("/sync/give") == 3 else (status, data)

    giver = Giver(ada)
    with twisted(pact, torn), pytest.raises(Untrusted):
        give(giver, ada, bel)
    give(giver, ada, bel)
    assert bel.size("ada") == 15


def test_what_is_anothers_is_not_taken_from_us(ada_hidden):
    ada, bel, cid = ada_hidden
    cid.note("Of Cid.")
    ada.pull(cid)
    giver = Giver(ada)
    give(giver, ada, bel)
    line = giver.lines[bel.url]
    with ada:
        segments = serve.stretches({"cid": 0}, ["bel"], 10_000)
        assert segments
        with pytest.raises((Refused, Untrusted), match="not yours to give"):
            line.give(wire.frames([*segments, wire.End()]))
    assert bel.size("cid") == 0


def test_without_a_session_nothing_is_taken(ada_hidden):
    ada, bel, _cid = ada_hidden
    with ada:
        data = wire.frames([*serve.stretches({"ada": 0}, ["bel"], 10_000), wire.End()])
    with bel:
        assert serve.answer("POST", "/sync/give", data, None, "ada").status == 401
        assert serve.answer("POST", "/sync/give", data, "made up", "ada").status == 401
    assert bel.size("ada") == 0


def test_peer_that_says_it_took_what_it_did_not_take_ends_the_round(ada_hidden, pact):
    ada, bel, _cid = ada_hidden

    def nothing(_url: str, path: str, status: int, data: bytes) -> tuple[int, bytes]:
        if path != "/sync/give":
            return status, data
        return 200, wire.encode(wire.Given({"ada": 0}))

    with twisted(pact, nothing), pytest.raises(Untrusted, match="does not take in"):
        give(Giver(ada), ada, bel)
