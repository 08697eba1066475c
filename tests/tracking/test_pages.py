"""What people see of parcels, and what a phone is told, without a browser."""

import io
import json

from django.test import Client
from pypdf import PdfReader

from hansa.aid.tracking import codes
from hansa.aid.tracking.models import Packing, Scan
from hansa.kernel.models import Entry


def words(answer):
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in pages]


def scan(client, sent, parcel, **said):
    form = {"text": f"{sent.shipment}/{parcel}", "what": "received", "once": f"n-{parcel}", **said}
    return client.post("/scan", form, follow=True)


def post(client, **said):
    return client.post("/scan", said, headers={"Accept": "application/json"})


def test_the_sender_packs_and_prints_what_its_driver_needs(sent, sit):
    chicago = sit(sent.chicago)
    page = chicago.get(f"/shipment/{sent.shipment}").content.decode()
    assert "It is not packed yet" in page
    assert f"/shipment/{sent.shipment}/pack" in page
    assert chicago.get(f"/shipment/{sent.shipment}/labels.pdf").status_code == 404
    answer = chicago.post(
        f"/shipment/{sent.shipment}/pack",
        {
            "parcels-0-count": "2", "parcels-0-each": "75", "parcels-0-lot": "A-77",
            "parcels-0-expires": "2027-01-31", "stops-0-place": "Depot, gate 4", "stops-0-time": "14:00",
            "through": [f"{sent.new_york.log}@0"], "hazards": "Keep dry.", "weight_kg": "120", "once": "x",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.content
    packing = Packing.objects.get()
    assert (packing.count, packing.through) == (2, [sent.new_york.log])
    labels = words(chicago.get(f"/shipment/{sent.shipment}/labels.pdf"))
    code = codes.code_of(sent.shipment)
    assert len(labels) == 2
    for number, label in enumerate(labels, start=1):
        for said in ("Los Angeles", "75 pieces", "A-77", "2027-01-31", "Keep dry.", "Chicago"):
            assert said in label
        assert codes.shown(code, number) in label
    (sheet,) = words(chicago.get(f"/shipment/{sent.shipment}/driver.pdf"))
    for said in ("Depot, gate 4", "120 kg", "Keep dry.", "Who signs on arrival", "Chief of staff, Los Angeles"):  # fmt: skip
        assert said in sheet


def test_a_driver_s_sheet_is_printed_of_what_nobody_packed(sent, sit):
    (sheet,) = words(sit(sent.la).get(f"/shipment/{sent.shipment}/driver.pdf"))
    assert "150 pieces" in sheet


def test_the_plain_form_books_a_scan_and_says_so(sent, sit):
    sent.pack()
    la = sit(sent.la)
    page = scan(la, sent, 1).content.decode()
    assert "Recorded: N95 respirators, 40 pieces, arrived." in page
    page = scan(la, sent, 1, once="another").content.decode()
    assert "Nothing was booked again" in page
    assert Scan.objects.count() == 1


def test_a_refused_scan_keeps_what_was_typed(sent, sit):
    answer = scan(sit(sent.la), sent, 1, text="AAAA-AAAA", place="Gate 7")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "No shipment here has the code" in page
    for typed in ("AAAA-AAAA", "Gate 7", 'value="n-1"'):
        assert typed in page


def test_a_phone_is_told_what_became_of_each_scan(sent, sit):
    sent.pack()
    la, told = sit(sent.la), []
    for once, text in (("1", f"{sent.shipment}/1"), ("2", f"{sent.shipment}/1"), ("3", "no label")):
        answer = post(la, once=once, text=text, what="received").json()
        told.append(answer["outcome"])
        assert answer["sentence"]
    assert told == ["booked", "again", "refused"]
    astray = post(sit(sent.new_york), once="1", text=f"{sent.shipment}/2", what="received").json()
    assert (astray["outcome"], astray["shipment"]) == ("astray", sent.shipment)


def test_a_phone_learns_in_which_office_it_would_send(sent, sit):
    desk = sit(sent.la).get("/scan", headers={"Accept": "application/json"}).json()
    assert desk["by"] == sent.la.by
    assert desk["csrf"]
    assert "Los Angeles" in desk["office"]


def test_a_phone_that_is_signed_out_is_sent_to_sign_in_and_books_nothing(sent, settings):
    settings.DEMO = False
    entries = Entry.objects.count()
    for answer in (
        Client().get("/scan", headers={"Accept": "application/json"}),
        post(Client(), once="1", text=sent.shipment, what="received"),
    ):
        assert answer.status_code == 302
    assert Entry.objects.count() == entries


def test_nonsense_from_a_phone_is_refused_in_a_sentence(sent, sit):
    sent.pack()
    la, label = sit(sent.la), f"{sent.shipment}/1"
    for said in (
        {},
        {"text": label},
        {"text": label, "what": "eaten", "once": "1"},
        {"text": label, "what": "received"},
        {"text": label, "what": "received", "once": "1" * 65},
        {"text": label, "what": "received", "once": "1", "quantity": "-3"},
        {"text": label, "what": "received", "once": "1", "quantity": "9" * 40},
        {"text": label, "what": "received", "once": "1", "words": "x" * 500},
        {"text": "x" * 5000, "what": "received", "once": "1"},
        {"text": f"{sent.shipment}/0000999", "what": "received", "once": "1"},
    ):
        answer = post(la, **said)
        assert answer.status_code == 200, said
        assert answer.json()["outcome"] == "refused", said
        assert answer.json()["sentence"]
    assert Scan.objects.count() == 0


def test_what_is_on_its_way_stands_in_the_page_for_when_there_is_no_network(sent, sit):
    sent.pack()
    for town in (sent.la, sent.chicago, sent.new_york):
        data = sit(town).get("/scan").context["data"]
        known = [one["key"] for one in data["known"]]
        assert known == ([] if town is sent.new_york else [sent.shipment])
        assert json.dumps(data)
    sent.line.confirm(sent.need, sent.shipment, 150)
    assert sit(sent.la).get("/scan").context["data"]["known"] == []


def test_both_sides_see_on_the_shipment_s_page_where_it_strayed(sent, sit):
    sent.pack()
    sent.scan(sent.new_york, "received", 2, place="Warehouse 9")
    for town in (sent.la, sent.chicago):
        page = sit(town).get(f"/shipment/{sent.shipment}").content.decode()
        assert "Not on its way:" in page
        assert "Warehouse 9" in page


def test_a_phone_s_camera_opens_the_page_with_the_code_in_it(sent, sit):
    sent.pack()
    page = sit(sent.la).get(f"/scan/{sent.shipment}/3").content.decode()
    assert f'value="{sent.shipment}/3"' in page
    assert "150 pieces" in page
    assert (
        f'value="{sent.shipment}"'
        in sit(sent.la).get(f"/scan?code={sent.shipment}").content.decode()
    )


def test_a_label_of_what_is_settled_is_known_to_the_page_that_it_opens(sent, sit):
    sent.pack()
    sent.line.confirm(sent.need, sent.shipment, 150)
    client = sit(sent.la)
    assert client.get("/scan").context["data"]["known"] == []
    opened = client.get(f"/scan/{sent.shipment}/2").context["data"]["known"]
    assert [(one["key"], one["parcels"]) for one in opened] == [(sent.shipment, 4)]
