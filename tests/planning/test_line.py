"""From what members would lend to a published plan and a pledge, on the pages that people use."""

import re

from django.urls import reverse

from hansa.aid.models import Pledge
from hansa.aid.planning.models import Plan
from hansa.kernel import files
from hansa.pages import places


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_from_what_is_lent_to_a_pledge(pact, sit):
    need = pact.need(1_000)
    pact.lend(pact.chicago, 600)
    pact.lend(pact.new_york, 900)
    la, chicago = sit(pact.la), sit(pact.chicago)
    assert "No plan has been made yet" in text(la.get(reverse("duty-room")))
    assert la.get(reverse("plan-make")).status_code == 200
    made = la.post(reverse("plan-make"), {"once": "one"})
    assert made.status_code == 302, text(made)
    plan = Plan.objects.get()
    assert {(line["giver"], line["quantity"]) for line in plan.lines} == {
        (pact.chicago.log, 600),
        (pact.new_york.log, 400),
    }
    assert files.kept(plan.files[0]["sha256"])
    room = text(la.get(reverse("duty-room")))
    assert "2 proposals" in room
    page = text(la.get(reverse("plan", args=[plan.key])))
    assert "N95 respirators, 600 pieces" in page
    assert "its prices prove it" in page
    assert "Look at 1 proposal" in text(chicago.get("/"))
    offered = chicago.get(reverse("proposal"))
    assert "N95 respirators, 600 pieces" in text(offered)
    assert "made by Los Angeles just now" in text(offered)
    number = next(i for i, line in enumerate(plan.lines) if line["giver"] == pact.chicago.log)
    take = reverse("plan-take", args=[plan.key, number])
    assert take in offered.content.decode()
    form = chicago.get(take)
    assert 'value="600"' in form.content.decode()
    assert chicago.post(take, {"quantity": "600", "once": "two"}).status_code == 302
    pledge = Pledge.objects.get()
    assert pledge.need == need
    taken = chicago.get(reverse("proposal"))
    assert "Our pledge of 600 pieces" in text(taken)
    assert f'href="{places.address(pledge)}"' in taken.content.decode()
    assert "Our pledge" not in text(sit(pact.new_york).get(reverse("proposal")))
    assert "Pledged" in text(la.get(reverse("plan", args=[plan.key])))
    assert la.get(reverse("plan-line", args=[plan.key, number])).status_code == 200
    assert la.get(reverse("lending")).status_code == 200
