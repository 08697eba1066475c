"""What another system may try with a file, and what whoever finds or guesses a feed's address may."""

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from hansa.aid.exchange import de, feeds, ical, incoming, tokens
from hansa.aid.exchange.models import Arrived, Draft, Feed, FeedToken
from hansa.aid.exchange.xml import DEEPEST, LARGEST, MOST, parse
from hansa.aid.models import Need, Shipment
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.models import Entry
from tests.aid.conftest import line
from tests.exchange.conftest import enveloped, request_from_elsewhere

__all__ = ["enveloped", "line", "request_from_elsewhere"]

RMSG = 'xmlns="urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg"'
MESSAGE = f"<RequestResource {RMSG}><MessageID>&x;</MessageID></RequestResource>"
TRICKS = ("=cmd|' /C calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx")
SPLIT = "Gate 4\r\nATTENDEE:mailto:x@evil.example\r\nBEGIN:VALARM"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_external_entity_is_never_fetched(declaration, encoding):
    with pytest.raises(Untrusted, match="document type or entities"):
        parse((declaration + MESSAGE).encode(encoding))


def test_external_entity_hidden_by_an_encoding_is_never_fetched():
    evil = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + MESSAGE
    for name, codec in (("UTF-7", "utf-7"), ("IBM037", "cp037"), ("UTF-16", "utf-8")):
        head = f'<?xml version="1.0" encoding="{name}"?>'
        for data in ((head + evil).encode(codec), head.encode() + evil.encode(codec)):
            with pytest.raises(Untrusted):
                parse(data)


def test_billion_laughs_cost_nothing():
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    data = f'<!DOCTYPE a [<!ENTITY l0 "ha">{entities}]><a b="&l11;">&l11;</a>'.encode()
    with pytest.raises(Untrusted):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
        b"<a>" + b"<b/>" * (MOST + 1) + b"</a>",
        b"<a>" + b" " * LARGEST + b"</a>",
        b"<a>" * 200_000,
    ],
)
def test_deep_wide_and_long_files_are_refused(data):
    with pytest.raises(Untrusted):
        parse(data)


def test_message_of_another_system_speaks_for_nobody(line, request_from_elsewhere, enveloped):
    before = Entry.objects.count()
    incoming.receive(enveloped(request_from_elsewhere()), line.la.log, line.la.by)
    assert Entry.objects.count() == before
    assert not Need.objects.exists()
    assert {draft.record for draft in Draft.objects.all()} == {""}


def test_message_cannot_name_a_record_of_ours_as_its_own_confirmation(
    line, request_from_elsewhere, enveloped
):
    need = line.need(400)
    forged = request_from_elsewhere(f"hansa:{need}#RequestResource", amount="1")
    incoming.receive(enveloped(forged), line.la.log, line.la.by)
    assert Need.objects.get().quantity == 400
    assert Draft.objects.get().record == ""


def test_thousand_copies_of_a_message_are_one(line, request_from_elsewhere, enveloped):
    data = enveloped(*[request_from_elsewhere()] * 100)
    receipts = incoming.receive(data, line.la.log, line.la.by)
    assert len(receipts) == 100
    assert Arrived.objects.count() == 1


@pytest.mark.parametrize("trick", TRICKS)
def test_formula_in_a_csv_feed_does_not_run(line, trick):
    line.need(400, place="x", what="x")
    Need.objects.update(place=trick, what=trick)
    table = feeds.table(line.chicago.log).decode()
    (row,) = list(csv.DictReader(io.StringIO(table, newline="")))
    assert row["place"].startswith("'")
    assert row["purpose"].startswith("'")


def fetch(secret, name):
    return Client().get(reverse("feed", args=[secret, name]))


def test_feed_token_is_dead_after_its_revocation(line):
    secret, row = tokens.make(line.la.by, Feed.NEEDS_CSV, "Tables")
    assert fetch(secret, "needs.csv").status_code == 200
    tokens.revoke(row.pk, line.la.by)
    assert fetch(secret, "needs.csv").status_code == 404
    again, _row = tokens.make(line.la.by, Feed.NEEDS_CSV, "Tables")
    assert fetch(secret, "needs.csv").status_code == 404
    assert fetch(again, "needs.csv").status_code == 200


def test_feed_token_opens_no_other_feed_and_no_api(line):
    secret, _row = tokens.make(line.la.by, Feed.DUE, "Calendar")
    for name in Feed.values:
        assert fetch(secret, name).status_code == (200 if name == Feed.DUE else 404)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/me", headers=bearer).status_code == 401


def test_feed_token_ends_with_time_and_with_its_office(line, set_clock):
    secret, _row = tokens.make(line.la.by, Feed.NEEDS_GEO, "Map", days=30)
    set_clock.to("2025-07-07T11:59Z")
    assert fetch(secret, "needs.geojson").status_code == 200
    set_clock.to("2025-07-07T12:00Z")
    assert fetch(secret, "needs.geojson").status_code == 404
    officer = line.la.say("pact.officer/1", office="Duty", handle="duty", can=["duty"])
    secret, _row = tokens.make(officer, Feed.NEEDS_GEO, "Map")
    assert fetch(secret, "needs.geojson").status_code == 200
    line.la.say("pact.officer-end/1", officer=officer)
    assert fetch(secret, "needs.geojson").status_code == 404


def test_feed_token_is_not_revoked_by_another_office(line):
    secret, row = tokens.make(line.la.by, Feed.NEEDS_CSV, "Tables")
    with pytest.raises(Refused):
        tokens.revoke(row.pk, line.chicago.by)
    assert fetch(secret, "needs.csv").status_code == 200


def test_stolen_database_opens_no_feed(line):
    secret, _row = tokens.make(line.la.by, Feed.NEEDS_CSV, "Tables")
    kept = json.dumps(list(FeedToken.objects.values()), default=str)
    assert secret not in kept
    assert fetch(FeedToken.objects.get().digest, "needs.csv").status_code == 404


def test_text_cannot_break_out_of_a_calendar(line):
    need = line.need(400)
    Need.objects.update(place=SPLIT, item=SPLIT[:60])
    calendar = ical.due(line.la.log)
    lines = calendar.replace(b"\r\n ", b"").split(b"\r\n")
    assert not [one for one in lines if one.startswith((b"ATTENDEE", b"BEGIN:VALARM"))]
    (event,) = Calendar.from_ical(calendar).walk("VEVENT")
    assert str(event["uid"]) == f"need-{need}@hansa"
    assert "ATTENDEE:mailto:x@evil.example" in str(event["location"])


def test_text_cannot_break_out_of_a_map(line):
    line.need(400)
    Need.objects.update(place=f'"}}]}}{SPLIT}</script>')
    secret, _row = tokens.make(line.la.by, Feed.NEEDS_GEO, "Map")
    answer = fetch(secret, "needs.geojson")
    (feature,) = json.loads(answer.content)["features"]
    assert feature["properties"]["place"].endswith("</script>")
    assert answer["Content-Type"] == "application/geo+json"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["due.ics\r\nSet-Cookie: a=b", "../needs.csv", "due.ics%0d%0aX: y", ""]
)
def test_name_of_a_feed_puts_nothing_into_its_headers(line, name):
    secret, _row = tokens.make(line.la.by, Feed.DUE, "Calendar\r\nX: y")
    from urllib.parse import quote

    answer = Client().get(f"/feed/{secret}/{quote(name, safe='%')}")
    assert answer.status_code == 404
    good = fetch(secret, "due.ics")
    assert good["Content-Disposition"] == 'inline; filename="due.ics"'
    assert not good.has_header("X")


def test_feed_shows_no_more_than_its_office_may_read(line):
    line.chicago.say("aid.stock/1", item="n95-respirator", unit="piece", quantity=54_321)
    need = line.need(400)
    pledge = line.pledge(line.chicago, need, 300)
    line.accept(need, pledge, 300)
    line.send(line.chicago, need, pledge, 300, expected="2025-06-08T10:00Z")
    assert Shipment.objects.exists()
    for name in Feed.values:
        secret, _row = tokens.make(line.new_york.by, name, "All")
        answer = fetch(secret, name)
        assert answer.status_code == 200, name
        assert b"54321" not in answer.content
    assert (
        b"VEVENT" not in fetch(tokens.make(line.new_york.by, Feed.DUE, "x")[0], "due.ics").content
    )


def test_flood_of_fetches_is_held_back(line, monkeypatch):
    monkeypatch.setattr(tokens, "RATE", 3)
    secret, _row = tokens.make(line.la.by, Feed.DUE, "Calendar")
    answers = [fetch(secret, "due.ics").status_code for _ in range(8)]
    assert 429 in answers


def test_envelope_in_an_envelope_is_told_and_not_opened(line, enveloped, request_from_elsewhere):
    inner = enveloped(request_from_elsewhere()).split(b"?>", 1)[1]
    outer = enveloped().replace(
        b"</EDXLDistribution>",
        b"<contentObject><xmlContent><embeddedXMLContent>"
        + inner
        + b"</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>",
    )
    data = outer if b"</EDXLDistribution>" in outer else outer.replace(b"/>", b">", 1)
    (receipt,) = incoming.receive(data, line.la.log, line.la.by)
    assert receipt.state == "unread"
    assert not Arrived.objects.exists()
    assert de.read(data).contents[0].message is None
