"""A place beside its member's name says the name once."""

import re

import pytest
from django.urls import reverse

from hansa.aid.pages.places import beside


@pytest.mark.parametrize(
    ("place", "rest"),
    [
        ("Los Angeles", ""),
        ("Los Angeles, Paramount and Compton", "Paramount and Compton"),
        ("Los Angeles: gate 4", "gate 4"),
        ("Los Angeles – City Hall", "City Hall"),
        ("Los Angeles City Hall", "Los Angeles City Hall"),
        ("Los Angelesville", "Los Angelesville"),
        ("Gate 4, Los Angeles", "Gate 4, Los Angeles"),
        ("", ""),
    ],
)
def test_a_members_name_is_left_out_of_a_place_that_begins_with_it(place, rest):
    assert beside(place, "Los Angeles") == rest
    assert beside(place, "") == place, "who has no name hides nothing"


@pytest.mark.parametrize(
    ("place", "shown"),
    [("Los Angeles, gate 4", "To Los Angeles, gate 4"), ("Los Angeles", "To Los Angeles")],
)
def test_a_shipment_names_its_member_once(line, sit, place, shown):
    need = line.need(500, place=place)
    pledge = line.pledge(line.chicago, need, 500)
    line.accept(need, pledge, 500)
    sent = line.send(line.chicago, need, pledge, 500)
    page = sit(line.la).get(reverse("shipment", args=[sent])).content.decode()
    told = " ".join(re.sub(r"<[^>]+>", " ", page).split()).replace(" ,", ",")
    assert shown in told
    assert "Los Angeles, Los Angeles" not in told
