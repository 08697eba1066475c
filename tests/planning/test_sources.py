"""Who could help with a need, and how soon, as its page shows it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.aid import travel
from hansa.aid.models import Need
from hansa.aid.planning.sources import sources
from hansa.kernel import clock
from hansa.kernel.home import home as home_of_node
from tests.planning.conftest import SUPPLY


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def found(pact, key):
    return sources(Need.objects.get(key=key), pact.la.log)[0]


def test_the_soonest_comes_first_with_what_is_left_and_when_it_can_be_here(pact, sit):
    need = pact.need(1_000, due="2025-06-30T12:00Z")
    pact.lend(pact.new_york, 900)
    pact.lend(pact.chicago, 600, ready_hours=2)
    pact.pledge(pact.chicago, need, 100)
    first, second = found(pact, need)
    assert (first.home, first.quantity) == (pact.chicago.log, 500)
    assert (second.home, second.quantity) == (pact.new_york.log, 900)
    assert clock.now() + timedelta(hours=2) < first.arrives < second.arrives
    assert (first.late, first.old) == (False, False)
    assert not first.substitute
    page = text(sit(pact.la).get(reverse("need", args=[need])))
    helpers = page.partition("Who could help")[2]
    assert helpers.index("500 pieces. Here at the soonest") < helpers.index("900 pieces. Here")


def test_what_comes_too_late_is_marked_and_what_was_said_long_ago_is_to_be_asked(pact, set_clock):
    need = pact.need(1_000, due=(clock.now() + timedelta(hours=3)).isoformat())
    pact.lend(pact.new_york, 900)
    assert [one.late for one in found(pact, need)] == [True]
    set_clock.at = clock.now() + timedelta(hours=30)
    assert [one.old for one in found(pact, need)] == [True]


def test_what_stands_in_is_named_as_such(pact, sit):
    need = pact.need(10, item="generator", unit="piece", due="2025-06-30T12:00Z")
    pact.lend(pact.chicago, 4, item="generator-portable", unit="piece")
    assert [one.substitute for one in found(pact, need)] == [True]
    assert "in place of" in text(sit(pact.la).get(reverse("need", args=[need])))


def test_what_the_givers_own_law_forbids_is_left_out(pact):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    pact.chicago.say(
        "aid.limit/1",
        what="No masks leave",
        items=SUPPLY["item"],
        article="Code 1",
        remedy="The council lifts it",
    )
    assert found(pact, need) == []


def test_a_member_is_not_its_own_helper_and_nobody_is_named_once_the_need_is_met(pact, sit):
    need = pact.need(100)
    pact.lend(pact.la, 600)
    assert found(pact, need) == []
    page = text(sit(pact.la).get(reverse("need", args=[need])))
    assert "No member has said that it would lend this" in page
    pact.lend(pact.chicago, 600)
    pact.pledge(pact.chicago, need, 100)
    assert "Who could help" not in text(sit(pact.la).get(reverse("need", args=[need])))


def test_the_page_waits_for_no_routing_engine(pact, monkeypatch):
    (home_of_node().folder / "hansa.toml").write_text('[travel]\nengine = "http://127.0.0.1:1"\n')
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    monkeypatch.setattr(travel, "asked", lambda *_: pytest.fail("the engine was asked"))
    assert len(found(pact, need)) == 1


def test_a_fixed_number_of_queries(pact, django_assert_max_num_queries):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    row = Need.objects.get(key=need)
    with CaptureQueriesContext(connection) as one:
        sources(row, pact.la.log)
    pact.lend(pact.new_york, 900)
    pact.lend(pact.seattle, 900)
    with django_assert_max_num_queries(len(one)):
        assert len(sources(row, pact.la.log)[0]) == 3
