"""The annexes that are not about money: agreement, mission order and amendments, as both members signed them."""

import io

from django.urls import reverse
from pypdf import PdfReader

from hansa.aid.missions.models import Mission
from tests.aid.conftest import sit
from tests.missions.conftest import side

__all__ = ["side", "sit"]


def paper(client, pledge):
    made = client.get(reverse("claim-pdf", args=[pledge])).content
    pages = PdfReader(io.BytesIO(made)).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    return words.replace("\u200b", "")


def test_agreement_order_and_amendments_stand_in_the_packet(side, sit, set_clock):
    _need, offer, agreement = side.signed(travel_cost=4_000, limitations="No night driving.")
    order = side.order(agreement, offer)
    mission = Mission.objects.get(key=order)
    set_clock.to("2025-06-08T09:00Z")
    left = side.step(order, "under-way")
    changed = side.offer(mission.pledge, replaces=offer, travel_cost=5_000)
    again = side.agree(changed)
    signed = side.countersign(again, changed)
    words = paper(sit(), mission.pledge)
    for record in (order, left, changed, again, signed):
        assert record in words
    annex_a = words.split("Annex A.")[1].split("Annex B.")[0]
    assert "version 2" in annex_a
    assert "Signed by Los Angeles" in annex_a
    assert "Signed by Chicago" in annex_a
    annex_b = words.split("Annex B.")[1].split("Annex C.")[0]
    assert "They are under way" in annex_b
    annex_c = words.split("Annex C.")[1].split("Annex D.")[0]
    assert "Travel costs: $4,000 → $5,000" in annex_c
