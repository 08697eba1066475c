"""The exchange's pages by hand: take a file in, say a draft, set one aside, save a view, make and revoke a feed."""

import re
from io import BytesIO

from django.urls import reverse

from hansa.aid.exchange.models import Draft, DraftState, FeedToken, SavedView
from hansa.aid.models import Need
from tests.builders import Town


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def upload(client, data):
    file = BytesIO(data)
    file.name = "in.xml"
    return client.post(reverse("exchange"), {"file": file})


def test_a_message_becomes_a_draft_and_a_draft_a_record(
    line, sit, request_from_elsewhere, enveloped
):
    la = sit(line.la)
    page = upload(la, enveloped(request_from_elsewhere()))
    assert page.status_code == 200
    assert "An officer looks at it" in text(page)
    assert not Need.objects.exists()
    draft = Draft.objects.get()
    url = reverse("exchange-draft", args=[draft.pk])
    form = la.get(url).content.decode()
    assert 'value="250"' in form
    assert "Gate 4" in form
    assert 'value="2025-06-09T05:00"' in form, "12:00 UTC, on Los Angeles' clock"
    said = {
        "call": line.call,
        "item": "n95-respirator",
        "quantity": "240",
        "urgency": "today",
        "due": "2025-06-09T12:00",
        "place": "Gate 4",
        "how": "written",
    }
    answer = la.post(url, said)
    assert answer.status_code == 302, text(answer)
    need = Need.objects.get()
    assert (need.quantity, need.home) == (240, line.la.log)
    draft.refresh_from_db()
    assert (draft.state, draft.record) == (DraftState.SAID, need.key)
    assert need.key in text(la.get(url))


def test_a_draft_is_its_own_members_alone(line, sit, request_from_elsewhere, enveloped):
    upload(sit(line.la), enveloped(request_from_elsewhere()))
    number = Draft.objects.get().pk
    other = sit(line.chicago)
    assert other.get(reverse("exchange-draft", args=[number])).status_code == 404
    assert other.post(reverse("exchange-aside", args=[number])).status_code == 404
    assert "N95" not in text(other.get(reverse("exchange")))
    sit(line.la).post(reverse("exchange-aside", args=[number]), {"why": "Twice."})
    assert Draft.objects.get().state == DraftState.DECLINED
    assert not Need.objects.exists()


def test_a_draft_is_set_aside_by_who_might_say_it_and_once(
    line, sit, request_from_elsewhere, enveloped
):
    upload(sit(line.la), enveloped(request_from_elsewhere()))
    url = reverse("exchange-aside", args=[Draft.objects.get().pk])
    press = line.la.say("pact.officer/1", office="Press", handle="press", can=["voice"])
    refused = sit(Town(line.la.log, press)).post(url, {"why": "No."})
    assert refused.status_code == 403
    assert Draft.objects.get().state == DraftState.WAITING
    la = sit(line.la)
    assert "Set aside. The message" in text(la.post(url, {"why": "Twice."}, follow=True))
    again = text(la.post(url, {"why": "Again."}, follow=True))
    assert "does not wait any more" in again
    assert Draft.objects.get().why == "Twice."


def test_what_is_not_xml_is_refused_at_the_field(line, sit):
    page = upload(sit(line.la), b"not xml at all")
    assert page.status_code == 422
    assert "not well-formed XML" in text(page)


def test_views_are_saved_for_one_office(line, sit):
    la = sit(line.la)
    la.post(reverse("view-save"), {"name": "Urgent", "query": "urgency=now&page=3&format=csv&x=1"})
    assert SavedView.objects.get().query == "urgency=now"
    page = la.get(reverse("needs")).content.decode()
    assert "?urgency=now" in page
    assert "Urgent" not in text(sit(line.chicago).get(reverse("needs")))
    view = SavedView.objects.get()
    sit(line.chicago).post(reverse("view-remove", args=[view.pk]))
    assert SavedView.objects.exists()
    la.post(reverse("view-remove", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_a_feed_is_made_used_and_revoked(line, sit, client):
    line.need(100)
    la = sit(line.la)
    made = la.post(reverse("feeds"), {"feed": "needs.csv", "name": "Tables", "days": "30"})
    address = re.search(r'value="https?://[^/]+(/feed/[^"]+)"', made.content.decode())
    assert address is not None
    table = client.get(address[1])
    assert table.status_code == 200
    assert "n95-respirator" in table.content.decode()
    token = FeedToken.objects.get()
    assert token.last_used is not None
    assert address[1].split("/")[2] not in str(FeedToken.objects.values())
    la.post(reverse("feed-revoke", args=[token.pk]))
    assert client.get(address[1]).status_code == 404
