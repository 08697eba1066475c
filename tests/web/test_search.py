"""Search: by the beginnings of words, over everything that the reader may see and nothing else."""

import pytest

from tests.builders import call


def shown(response):
    assert response.status_code == 200
    return [
        (words, [item.told.sentence for item in group])
        for words, group in response.context["groups"]
    ]


def test_matches_stand_by_kind_with_the_newest_kind_first(towns, at_desk):
    call(towns, summary="Troops stand at the harbour.")
    towns[1].say("pact.note/1", on=f"{towns[0].log}@0", text="Who watches the harbour?")
    found = shown(at_desk.get("/search", {"q": "harb"}))
    assert [group for _words, group in found] == [
        ["Chicago notes: Who watches the harbour?"],
        ["Los Angeles calls for aid: Troops stand at the harbour.."],
    ] or [len(group) for _words, group in found] == [1, 1]
    assert len(shown(at_desk.get("/search", {"q": "harb", "kind": "pact.call/1"}))) == 1


def test_nobody_finds_what_is_another_members_own(towns, at_desk, sit):
    towns[0].say("pact.note/1", on=f"{towns[0].log}@0", text="Our zephyr is secret.")
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    note = KINDS["pact.note/1"].read({"on": f"{towns[0].log}@0", "text": "Our quokka is secret."})
    say(note, log=towns[0].log, by=towns[0].by, audience="own")
    chicago = sit(towns[1].by, name="chicago")
    assert shown(at_desk.get("/search", {"q": "quokka"}))
    assert shown(chicago.get("/search", {"q": "zephyr"}))
    assert not shown(chicago.get("/search", {"q": "quokka"}))
    csv = b"".join(chicago.get("/search", {"q": "quokka", "format": "csv"}).streaming_content)
    assert b"quokka" not in csv


@pytest.mark.parametrize("q", ['"', "*", "a AND", "NEAR(", "x" * 500, "(", "-", "\x00", "said:"])
def test_no_words_break_it(towns, at_desk, q):
    assert at_desk.get("/search", {"q": q}).status_code == 200


def test_finding_nothing_says_what_to_do(towns, at_desk):
    assert "Search for fewer" in at_desk.get("/search", {"q": "zzzzz"}).content.decode()
