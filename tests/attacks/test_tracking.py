"""Labels, papers and scans in the hands of somebody who means harm."""

import io
import json
import re

import pytest
from django.test import Client
from pypdf import PdfReader

from hansa.aid import papers
from hansa.aid.models import Receipt, Shipment
from hansa.aid.tracking import codes, rules
from hansa.aid.tracking.models import Move, Packing, Scan
from hansa.kernel.models import Entry
from tests.attacks.words import DONE, void
from tests.tracking.conftest import Sent, line, sent, sit

__all__ = ["line", "sent", "sit"]
MARKUP = [
    '#read("/etc/passwd")',
    "#panic(1)",
    '#import "base.typ": *',
    '"); #eval("1+1") //',
    "$ sum_(i=0)^n $ *bold* _it_ = Heading",
    ']] #link("https://elsewhere.example")[here] #image("/x.png")',
    "\\u{41} @ref <label> `raw` ~ -- ... // comment /* more */",
    "#sys.inputs.data",
]


def printed(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return "".join("".join(page.extract_text() for page in pages).replace("\u200b", "").split())


@pytest.mark.parametrize("text", MARKUP)
def test_markup_typed_into_a_paper_is_printed_as_it_was_typed(text):
    for name, data in (
        ("driver", {"shipment": text, "hazards": text, "contents": [{"item": text}]}),
        ("label", {"labels": [{"item": text, "receiver": text}]}),
        ("ics-213rr", {"notes": text, "lines": [{"item": text}]}),
    ):
        assert "".join(text.split()) in printed(papers.pdf(name, data))


def test_link_typed_into_a_paper_leads_nowhere():
    made = papers.pdf("driver", {"instructions": 'https://elsewhere.example/ #link("x")[y]'})
    assert all("/Annots" not in page for page in PdfReader(io.BytesIO(made)).pages)


def test_signs_that_turn_a_text_around_are_not_printed():
    made = papers.pdf(
        "label", {"labels": [{"receiver": "New \u202eelgnA sol\u202c York\u0000\u0007"}]}
    )
    assert "\u202e" not in printed(made)
    assert "NewelgnAsolYork" in printed(made)


def test_paper_is_not_read_from_another_folder():
    for name in ("../words", "/etc/passwd", "base", "driver.typ", ""):
        with pytest.raises(KeyError):
            papers.pdf(name, {})


def test_label_of_another_host_is_read_for_its_shipment_only(sent: Sent):
    """A label printed by somebody else can send a phone to no other place: its host is never asked."""
    sent.pack()
    found, parcel = rules.find(f"https://evil.example/scan/{sent.shipment}/1", sent.la.log)
    assert found is not None
    assert (found.key, parcel) == (sent.shipment, 1)
    for text in ("https://evil.example/else", "javascript:alert(1)", "https://a.example/scan/<b>"):
        assert rules.find(text, sent.la.log) == (None, 0)


def test_packing_of_another_member_s_shipment_is_void(sent: Sent, log):
    """Whoever could pack it could lend its code, its hazards and its way to another."""
    says = {"shipment": sent.shipment, "parcels": [{"count": 1, "each": 1}]}
    packed = log.write("aid.packing/1", says, cites=(sent.shipment,))
    log.send()
    assert log.fate(packed) == void("not-own-shipment")
    assert Packing.objects.count() == 0


def test_arrival_said_by_a_stranger_receives_nothing(sent: Sent, log):
    """Its node skipped every check: the scan stands in its own log, and counts for nobody."""
    sent.pack()
    says = {"shipment": sent.shipment, "parcel": 1, "parcels": 4, "what": "received"}
    scan = log.write("aid.scan/1", says, cites=(sent.shipment,))
    log.send()
    assert log.fate(scan) == DONE
    seen = rules.track(Shipment.objects.get(key=sent.shipment), sent.la.log)
    assert seen.parcels[0].holder == sent.chicago.log
    assert [one.home for one in seen.astray] == [log.name]
    assert Receipt.objects.count() == 0
    assert sent.scan(sent.la, "received", 1).outcome == "booked"


def test_loss_said_by_a_stranger_is_void(sent: Sent, log):
    says = {"shipment": sent.shipment, "parcel": 1, "parcels": 4, "what": "lost"}
    scan = log.write("aid.scan/1", says, cites=(sent.shipment,))
    log.send()
    assert log.fate(scan) == void("not-own-shipment")


def test_parcel_that_arrives_again_and_again_arrives_once(sent: Sent, log):
    says = {"shipment": sent.shipment, "parcel": 1, "parcels": 4, "what": "received"}
    first, *others = [log.write("aid.scan/1", says, cites=(sent.shipment,)) for _ in range(3)]
    log.send()
    assert log.fate(first) == DONE
    assert {log.fate(one) for one in others} == {void("scanned-before")}
    assert Move.objects.filter(home=log.name).count() == 2


def test_thousand_parcels_named_in_one_scan_are_malformed(sent: Sent, log):
    for number in (101, 10**6, -1, 2**60):
        says = {"shipment": sent.shipment, "parcel": 0, "parcels": number, "what": "took"}
        scan = log.write("aid.scan/1", says, cites=(sent.shipment,))
        log.send()
        assert log.fate(scan) == void("malformed")


def test_flood_of_a_stranger_s_scans_hides_no_scan_of_those_on_the_way(sent: Sent, log):
    sent.pack()
    sent.scan(sent.la, "received", 1)
    says = {"shipment": sent.shipment, "what": "seen"}
    for _ in range(60):
        log.write("aid.scan/1", says, cites=(sent.shipment,))
    log.send()
    seen = rules.track(Shipment.objects.get(key=sent.shipment), sent.la.log)
    assert [one.home for one in seen.scans] == [sent.la.log]
    assert len(seen.astray) == rules.SHOWN


def test_number_of_another_officer_s_scan_takes_nothing_from_it(sent: Sent):
    """Two phones that draw, or copy, the same number do not answer for each other."""
    sent.pack(through=[f"{sent.new_york.log}@0"])
    assert sent.scan(sent.new_york, "took", 1, once="same").outcome == "booked"
    assert sent.scan(sent.la, "received", 2, once="same").outcome == "booked"
    assert {scan.home for scan in Scan.objects.all()} == {sent.new_york.log, sent.la.log}


def test_number_used_again_for_another_scan_is_refused(sent: Sent):
    sent.pack()
    sent.scan(sent.la, "received", 1, once="same")
    answer = sent.scan(sent.la, "received", 2, once="same")
    assert answer.outcome == "refused"
    assert Scan.objects.count() == 1


def test_scan_posted_from_another_site_is_refused(sent: Sent, sit):
    client = Client(enforce_csrf_checks=True)
    client.cookies = sit(sent.la).cookies
    before = Entry.objects.count()
    said = {"text": sent.shipment, "what": "received", "once": "x"}
    for accept in ("text/html", "application/json"):
        answer = client.post(
            "/scan", said, headers={"Accept": accept, "Origin": "https://a.example"}
        )
        assert answer.status_code == 403
    assert Entry.objects.count() == before


def test_who_finds_a_label_learns_only_what_is_printed_on_it(sent: Sent, settings):
    settings.DEMO = False
    real, other = (Client().get(f"/scan/{key}/1") for key in (sent.shipment, "us-il-chicago@999"))
    code, none = (
        codes.shown(codes.code_of(key), 1) for key in (sent.shipment, "us-il-chicago@999")
    )
    assert code in real.content.decode()
    shown = other.content.decode().replace(none, code).replace("us-il-chicago@999", sent.shipment)
    assert unmarked(shown) == unmarked(real.content.decode())


def unmarked(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)


def test_markup_in_a_shipment_does_not_run_on_the_scan_page(sent: Sent, sit):
    """What the script reads stands in a block of data that no text can close."""
    need = sent.line.need(50, place="</script><script>alert(1)</script>")
    pledge = sent.line.pledge(sent.chicago, need, 10)
    sent.line.accept(need, pledge, 10)
    sent.line.send(sent.chicago, need, pledge, 10, carrier="</script><b>")
    page = sit(sent.la).get("/scan").content.decode()
    assert "<script>alert" not in page
    start = page.index('id="scan-data"')
    block = page[page.index(">", start) + 1 : page.index("</script>", start)]
    assert json.loads(block)["by"] == sent.la.by


def test_worker_of_the_scan_page_comes_with_the_site_s_policy(client, home):
    answer = client.get("/scan-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "Service-Worker-Allowed" not in answer.headers
