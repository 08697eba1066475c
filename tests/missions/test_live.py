"""An open mission page hears of what concerns it: it listens to one row, and everything said next is about that row."""

import re

from django.test import Client
from django.urls import reverse

from hansa.aid.missions.models import Mission, Offer
from hansa.kernel.models import Entry, Touch
from tests.visiting import sit

__all__ = ["sit"]


def topic(client: Client, pledge: str) -> str:
    page = client.get(reverse("mission", args=[pledge])).content.decode()
    found = re.search(r'sse-connect="[^"]*\?topic=([^"]+)"', page)
    assert found
    return found[1]


def touched(position: str) -> set[str]:
    log, _, index = position.partition("@")
    entry = Entry.objects.get(log=log, index=int(index))
    return {*Touch.objects.filter(entry_id=entry.id).values_list("key", flat=True), entry.subject}


def test_the_page_listens_to_what_the_next_word_is_about(side, sit):
    client = sit(side.la)
    pledge = side.pledge(side.need())
    offer = side.offer(pledge)
    listens = topic(client, pledge)
    agreement = side.agree(offer)
    assert listens in touched(agreement)
    assert topic(client, pledge) in touched(side.countersign(agreement, offer))
    listens = topic(client, pledge)
    mission = side.order(agreement, offer)
    assert listens == Offer.objects.get().key
    assert listens in touched(mission)
    listens = topic(client, pledge)
    assert listens == Mission.objects.get().key
    assert listens in touched(side.step(mission, "under-way"))
    assert listens in touched(side.receive(mission, "checked-in", quantity=20))
