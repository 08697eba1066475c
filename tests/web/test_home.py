"""Home: what is asked of us by when, what we asked, and what changed since one last looked."""

import re
from datetime import timedelta

import pytest

from hansa.kernel import clock
from hansa.kernel.models import Entry
from hansa.web.models import LastLook
from tests.builders import call

CALM = "Nothing. Every call that asks you has your answer."


def words(response):
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def chicago(towns, sit):
    return sit(towns[1].by, name="chicago")


def test_whoever_is_not_signed_in_is_told_what_this_is_and_nothing_that_was_said(towns, client):
    call(towns)
    shown = words(client.get("/"))
    assert "Sign in" in shown
    assert "Troops came unasked." not in shown


def test_open_duties_stand_first_with_their_time_and_both_answers(towns, chicago, set_clock):
    assert CALM in words(chicago.get("/"))
    position = call(towns)
    set_clock.at += timedelta(hours=2)
    response = chicago.get("/")
    shown = words(response)
    assert shown.count("Due in 22 h") == 4
    assert f'href="/call/{position}/decline/legal"' in response.content.decode()
    towns[1].say("pact.decline/1", call=position, form="legal", reason="Our counsel is away.")
    assert words(chicago.get("/")).count("Due in 22 h") == 3


def test_what_is_overdue_comes_before_what_is_due_and_says_so(towns, chicago, set_clock):
    first = call(towns, forms=["voice"])
    set_clock.at += timedelta(hours=20)
    towns[0].say(
        "pact.call-change/1",
        call=first,
        place="Downtown",
        summary="More troops.",
        forms=["voice", "legal"],
    )
    set_clock.at += timedelta(hours=5)
    shown = words(chicago.get("/"))
    assert shown.index("Was due 1 h ago") < shown.index("Due in 19 h")


def test_the_caller_sees_how_many_answers_are_here_and_owes_none(towns, at_desk, set_clock):
    position = call(towns)
    towns[1].say("pact.decline/1", call=position, form="legal", reason="Our counsel is away.")
    set_clock.at += timedelta(hours=25)
    shown = words(at_desk.get("/"))
    assert CALM in shown
    assert "We asked" in shown
    assert "1 of 8 answers are here. 7 are overdue." in shown
    towns[0].say("pact.call-end/1", call=position, why="They have left.")
    shown = words(at_desk.get("/"))
    assert "No member is under call." in shown
    assert "stood down" in shown


def test_an_office_that_may_not_answer_is_not_offered_to(towns, sit):
    call(towns)
    clerk = towns[1].say("pact.officer/1", office="Clerk", handle="clerk", can=["keeper"])
    shown = words(sit(clerk, name="clerk").get("/"))
    assert "Your office does not answer calls." in shown
    assert "/decline/" not in shown


def test_news_is_new_until_it_was_seen_and_what_came_meanwhile_stays_new(towns, chicago, set_clock):
    seen = Entry.objects.latest("id").id
    call(towns)
    assert chicago.post("/seen", {"entry": seen}).status_code == 302
    response = chicago.get("/")
    assert "Changed since you last looked" in words(response)
    assert [item.told.kind for item in response.context["news"]] == ["pact.call/1"]
    chicago.post("/seen", {"entry": seen + 1})
    assert chicago.get("/").context["news"] == []
    chicago.post("/seen", {"entry": 1})
    assert LastLook.objects.get().entry == seen + 1


@pytest.mark.parametrize("entry", ["", "nonsense", "-1", "9" * 40, "²"])
def test_a_look_that_names_no_entry_marks_nothing(towns, chicago, entry):
    chicago.post("/seen", {"entry": entry})
    assert LastLook.objects.get().entry == 0


def test_what_is_for_its_own_member_is_news_to_nobody_else(towns, chicago, at_desk):
    towns[0].say("aid.stock/1", item="n95-respirator", unit="piece", quantity=77)
    assert "aid.stock/1" in {item.told.kind for item in at_desk.get("/").context["news"]}
    assert "aid.stock/1" not in {item.told.kind for item in chicago.get("/").context["news"]}


def test_the_number_of_queries_does_not_grow(
    towns, chicago, django_assert_max_num_queries, django_assert_num_queries
):
    call(towns)
    chicago.get("/")
    with django_assert_max_num_queries(60) as few:
        chicago.get("/")
    asked = len(few)
    for _ in range(5):
        call(towns, began=clock.now())
    chicago.get("/")  # what is kept in memory until something is said is read anew once
    with django_assert_num_queries(asked):
        chicago.get("/")
