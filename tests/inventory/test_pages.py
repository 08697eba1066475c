"""The inventory's pages: what each shows to whom, and a spreadsheet's way in and out through them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.aid.inventory import sheets
from hansa.aid.inventory.models import Import, Limit, Lot, Package
from hansa.aid.models import Stock
from tests.inventory.conftest import csv_of
from tests.inventory.test_rules import CLINIC, LAW, MASKS


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def fill(town, day="2025-06-20"):
    town.say("aid.stock/1", quantity=54_321, **MASKS)
    town.say("aid.reserve/1", quantity=43_210, why="Our own.", **MASKS)
    town.say("aid.lot/1", lot="B22-0417", quantity=4_567, expires=day, place="Aisle 9", **MASKS)
    town.say("aid.roster/1", reference="RN-0412", position="nurse", licence="RN, Illinois")


def send(client, data, name="stock.csv"):
    file = SimpleUploadedFile(name, data)
    return client.post(reverse("import-new"), {"file": file})


def hidden(page, name):
    return re.findall(rf'name="{name}" value="([^"]+)"', page.content.decode())[0]


def test_a_spreadsheet_s_way_in_by_hand_and_out_again(towns, sit):
    client = sit(towns[0])
    assert "Nothing is counted yet" in text(client.get(reverse("inventory")))
    page = send(client, csv_of("item,quantity", "cot,400", "tent,-1", "diesel,5"))
    shown = text(page)
    assert "2 to accept, 0 unchanged, 1 refused" in shown
    assert "Write 0 if there is none" in shown
    assert not Stock.objects.exists()
    fields = {name: hidden(page, name) for name in ("file", "once")}
    receipt = client.post(reverse("import-commit"), fields, follow=True)
    assert "2 accepted, 0 unchanged, 1 refused" in text(receipt)
    assert Stock.objects.get(item="cot").quantity == 400
    again = client.post(reverse("import-commit"), fields)
    assert again.url == reverse("import", args=[Import.objects.get().key])
    assert "400" in text(client.get(reverse("inventory")))
    assert "400" in text(client.get(reverse("inventory-print")))
    out = client.get(reverse("inventory-export", args=["workbook", "xlsx"])).content
    assert [one.name for one in sheets.read("w", out)] == ["stock", "lots", "roster"]
    url = reverse("import-undo", args=[Import.objects.get().key])
    undone = client.post(url, {"once": hidden(receipt, "once")}, follow=True)
    assert "This undoes an earlier one" in text(undone)
    assert Stock.objects.get(item="cot").counted_at is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0xxxx", "old or a locked workbook"),
        (b"a,b\r\n\xff\xfa,1", "CSV UTF-8"),
        (b"x" * (sheets.LARGEST + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_page(towns, sit, data, words):
    page = send(sit(towns[0]), data)
    assert page.status_code == 422
    assert words in text(page)


def test_a_long_sheet_shows_what_is_refused_and_how_many_more_there_are(towns, sit):
    rows = [f"cot,L{number},{number}" for number in range(1, 600)]
    page = text(send(sit(towns[0]), csv_of("item,lot,quantity", *rows, "cot,BAD-LOT,-1")))
    assert "599 to accept, 0 unchanged, 1 refused" in page
    assert "and 100 more rows" in page
    assert "Write 0 if there is none" in page


def test_a_sheet_that_is_none_of_ours_says_which_columns_it_needs(towns, sit):
    page = text(send(sit(towns[0]), b"colour,size\r\nred,5\r\n"))
    assert "item, quantity" in page
    assert "There is nothing to save" in page


def test_a_preview_of_another_node_s_making_saves_nothing(towns, sit):
    client = sit(towns[0])
    answer = client.post(reverse("import-commit"), {"file": "made-up", "once": "a"}, follow=True)
    assert "too old" in text(answer)
    assert not Import.objects.exists()


def test_what_is_a_member_s_own_is_shown_to_nobody_else(towns, sit):
    la, chicago, _new_york = towns
    fill(la)
    client = sit(la)
    made = send(client, csv_of("item,quantity", "cot,400"), "depot.csv")
    client.post(reverse("import-commit"), {n: hidden(made, n) for n in ("file", "once")})
    key = Import.objects.get().key
    own = [
        reverse("inventory"), reverse("inventory-print"), reverse("inventory-lots"),
        reverse("inventory-roster"), reverse("imports"),
        *(reverse("inventory-export", args=[name, "csv"]) for name in ("stock", "lots", "roster")),
    ]  # fmt: skip
    secrets = re.compile(r"54[,.]?321|43[,.]?210|4[,.]?567|B22-0417|RN-0412|Aisle 9|depot\.csv")
    for url in own:
        assert secrets.search(client.get(url).content.decode()), url
        assert not secrets.search(sit(chicago).get(url).content.decode()), url
        visitor = sit().get(url)
        assert visitor.status_code == 302 or not secrets.search(visitor.content.decode()), url
    assert sit(chicago).get(reverse("import", args=[key])).status_code == 404
    for url in ("/", reverse("member", args=[la.log]), reverse("packages"), reverse("limits")):
        assert not secrets.search(sit(chicago).get(url).content.decode()), url


def test_the_list_is_searched_and_filtered(towns, sit, set_clock):
    la = towns[0]
    fill(la)
    la.say("aid.stock/1", item="cot", unit="piece", quantity=5)
    tents = {"item": "tent", "unit": "piece"}
    la.say("aid.stock/1", quantity=5, **tents)
    la.say("aid.reserve/1", quantity=5, why="Ours.", until="2025-06-30T00:00Z", **tents)
    client, url = sit(la), reverse("inventory")

    def found(query):
        page = text(client.get(f"{url}?{query}"))
        return {name for name in ("N95", "Cots", "Tents") if f" {name} " in page}

    assert found("") == {"N95", "Cots", "Tents"}
    assert found("q=cots") == {"Cots"}
    assert found("state=spent") == {"Tents"}
    assert found("state=expiring") == {"N95"}
    assert found("form=legal") == set()
    set_clock.to("2025-07-01T00:00:00Z")
    assert found("state=ended") == {"Tents"}
    assert "ended; no longer binds" in text(client.get(url))


def test_the_home_page_reminds_of_what_runs_out(towns, sit, set_clock):
    la = towns[0]
    fill(la)
    la.say("aid.package/1", **CLINIC)
    tents = {"item": "tent", "unit": "piece"}
    la.say("aid.reserve/1", quantity=5, why="Storms.", until="2025-06-08T00:00Z", **tents)
    set_clock.to("2025-06-09T12:00:00Z")
    page = text(sit(la).get("/"))
    for words in (
        "Lots that expire within 30 days",
        "B22-0417",
        "no longer bind",
        "Storms.",
        "Street clinic",
    ):
        assert words in page
    la.say("aid.lot/1", lot="B22-0417", quantity=0, expires="2025-06-20", **MASKS)
    la.say("aid.reserve/1", quantity=0, why="Over.", **tents)
    la.say("aid.package-proof/1", package=Package.objects.get().key, day="2025-06-01", how="So.")
    assert "what runs out" not in text(sit(la).get("/"))


def test_a_package_is_put_together_changed_and_proven_by_hand(towns, sit):
    la, chicago, _new_york = towns
    client = sit(la)
    typed = {
        "code": "clinic", "title": "Street clinic", "mission": "First aid.", "days": "14", "ready_hours": "12",
        "resources-0-item": "registered-nurse-2", "resources-0-quantity": "4",
        "costs-0-line": "travel", "costs-0-what": "Vans", "costs-0-dollars": "1800",
    }  # fmt: skip
    answer = client.post(reverse("package-new"), typed)
    assert answer.status_code == 302, text(answer)
    first = Package.objects.get()
    page = text(sit(chicago).get(reverse("package", args=[first.key])))
    assert "12-509-1079" in page
    assert "1,800" in page
    assert "never proven" in page
    assert reverse("package-change", args=[first.key]) not in page
    change = reverse("package-change", args=[first.key])
    assert 'value="Vans"' in client.get(change).content.decode()
    assert sit(chicago).get(change).status_code == 404
    client.post(change, {**typed, "title": "Clinic, two shifts"})
    latest = Package.objects.get(replaced_by="")
    assert (latest.number, latest.title) == (2, "Clinic, two shifts")
    assert "replaced" in text(client.get(reverse("package", args=[first.key])))
    client.post(
        reverse("package-proof", args=[latest.key]), {"day": "2025-06-01", "how": "Exercise."}
    )
    assert Package.objects.get(key=latest.key).proven == "2025-06-01"
    bad = client.post(
        reverse("package-new"), {**typed, "code": "arms", "resources-0-item": "rifle"}
    )
    assert bad.status_code == 422
    assert "Weapons are no resource type" in text(bad)


def test_a_limit_is_seen_by_the_pact_and_lifted_by_its_member(towns, sit):
    la, chicago, _new_york = towns
    la.say("aid.limit/1", what="Nurses, out of state.", items="nurse", away=True, **LAW)
    url = reverse("limits")
    assert "Nurses, out of state." in text(sit(chicago).get(url))
    assert "Nurses, out of state." in text(sit(chicago).get(reverse("member", args=[la.log])))
    lift = reverse("limit-end", args=[Limit.objects.get().key])
    assert lift in sit(la).get(url).content.decode()
    assert lift not in sit(chicago).get(url).content.decode()
    sit(la).post(lift, {"why": "It was waived."})
    assert "Lifted: It was waived." in text(sit(chicago).get(url))


def test_a_lot_and_a_number_are_kept_by_hand(towns, sit):
    client = sit(towns[0])
    client.post(reverse("inventory-lot"), {"item": "eye-wash", "lot": "E1", "quantity": "20", "expires": "2027-01-31"})  # fmt: skip
    lot = Lot.objects.get()
    assert (lot.unit, lot.expires) == ("litre", "2027-01-31")
    form = client.get(f"{reverse('inventory-lot')}?key={lot.key}").content.decode()
    assert 'value="E1"' in form
    typed = {"reference": "First Last", "position": "nurse", "standing": "available"}
    answer = client.post(reverse("inventory-roster-keep"), typed)
    assert answer.status_code == 422
    assert "No names" in text(answer)


@pytest.mark.parametrize(
    "name", ["inventory", "inventory-lots", "inventory-roster", "imports", "limits", "packages"]
)
def test_a_page_asks_as_much_for_many_rows_as_for_few(towns, sit, name):
    la = towns[0]

    def more(number):
        items = ("cot", "tent", "blanket", "generator", "barrier", "power-bank")
        la.say("aid.stock/1", item=items[number], unit="piece", quantity=5)
        la.say("aid.lot/1", lot=f"L{number}", quantity=5, expires="2025-06-20", **MASKS)
        la.say("aid.roster/1", reference=f"R{number}", position="nurse")
        la.say("aid.limit/1", what="This.", items="nurse", **LAW)
        la.say("aid.package/1", **{**CLINIC, "code": f"c{number}"})
        la.say("aid.import/1", table="stock", name="s.csv", accepted=1, unchanged=0, refused=0)

    def queries():
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(name)).status_code == 200
        return len(asked)

    client = sit(la)
    more(0)
    few = queries()
    for number in range(1, 4):
        more(number)
    assert queries() == few
