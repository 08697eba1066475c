"""The map: a drawing and a table that say the same."""

import gzip
import re

import pytest

from hansa.web import atlas
from tests.builders import call

GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}


@pytest.fixture
def helped(towns):
    """Chicago has promised 300 to Los Angeles, which accepted 250; 200 of them are sent."""
    la, chicago, _new_york = towns
    position = call(towns)
    need = la.say(
        "aid.need/1", call=position, quantity=400, urgency="today", due="2025-06-09T12:00Z", **GOODS
    )
    pledge = chicago.say("aid.pledge/1", call=position, need=need, quantity=300, **GOODS)
    la.say("aid.acceptance/1", need=need, pledge=pledge, quantity=250)
    shipment = chicago.say(
        "aid.shipment/1", call=position, need=need, pledge=pledge, quantity=200, **GOODS
    )
    return need, shipment


def flows(response):
    return [(flow[0], flow[2]) for row in response.context["rows"] for flow in row.gives]


def test_the_table_says_who_is_under_call_and_who_helps_whom(towns, at_desk, helped):
    response = at_desk.get("/map")
    assert {row.member.name: bool(row.call) for row in response.context["rows"]} == {
        "Los Angeles": True,
        "Chicago": False,
        "New York": False,
    }
    ((receiver, what),) = flows(response)
    assert receiver == "Los Angeles"
    assert re.search(r"On the way: .*200 pieces\. Promised: .* 50 pieces$", what)
    assert ">Los Angeles</a>. On the way" in response.content.decode()


def test_aid_that_has_arrived_is_no_longer_on_its_way(towns, at_desk, helped):
    need, shipment = helped
    towns[0].say("aid.receipt/1", shipment=shipment, need=need, quantity=200, **GOODS)
    assert "On the way" not in at_desk.get("/map").content.decode()
    towns[0].say("pact.call-end/1", call=f"{towns[0].log}@3", why="They have left.")
    response = at_desk.get("/map")
    assert flows(response) == []
    assert not any(row.call for row in response.context["rows"])


@pytest.mark.skipif(atlas.installed() is None, reason="the atlas is not installed")
def test_the_drawing_can_be_reached_by_keyboard_and_is_small(towns, at_desk, helped):
    response = at_desk.get("/map")
    shown = response.content.decode()
    assert len(gzip.compress(response.content)) < 60_000
    for name in ("Los Angeles (City): under call", "Chicago (City)", "Chicago helps Los Angeles."):
        assert f'aria-label="{name}' in shown
        assert f"<title>{name}" in shown
    drawing = shown[shown.index('<svg viewBox="0 0') : shown.index("</svg>")]
    assert drawing.count('<a href="/member/') == 3
    assert drawing.count('<a href="/call/') == 1
    assert "style=" not in drawing


def test_without_the_atlas_the_table_stands_alone_and_the_page_says_why(
    towns, at_desk, helped, monkeypatch
):
    monkeypatch.setattr(atlas, "outlines", dict)
    shown = at_desk.get("/map").content.decode()
    assert "make setup" in shown
    assert '<svg viewBox="0 0 995' not in shown
    assert "The map as a table" in shown


def test_the_number_of_queries_does_not_grow(
    towns, at_desk, helped, django_assert_max_num_queries, django_assert_num_queries
):
    at_desk.get("/map")
    with django_assert_max_num_queries(30) as few:
        at_desk.get("/map")
    la, chicago, new_york = towns
    for i in range(3):
        need = la.say(
            "aid.need/1",
            call=f"{la.log}@3",
            quantity=400 + i,
            urgency="today",
            due="2025-06-09T12:00Z",
            **GOODS,
        )
        for giver in (chicago, new_york):
            giver.say("aid.pledge/1", call=f"{la.log}@3", need=need, quantity=10, **GOODS)
    with django_assert_num_queries(len(few)):
        at_desk.get("/map")
