"""Aid's pages: what each shows to whom, what a form need not ask, and how many questions the database gets."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.aid.models import Need, Pledge, Receipt, Shipment, Stock
from hansa.aid.shelf import shelf
from tests.aid.conftest import GOODS
from tests.visiting import post, text


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_the_whole_line_by_hand(line, sit):
    la, chicago = sit(line.la), sit(line.chicago)
    due = "2025-06-09T12:00"
    asked = {"item": "n95-respirator", "quantity": "40,000", "urgency": "today", "due": due}
    post(la, reverse("need-new", args=[line.call]), **asked)
    need = Need.objects.get()
    assert (need.form, need.unit, need.quantity) == ("material", "piece", 40_000)
    page = chicago.get(reverse("pledge", args=[need.key]))
    assert 'value="40,000"' in page.content.decode()
    post(chicago, reverse("pledge", args=[need.key]), quantity="12000")
    pledge = Pledge.objects.get()
    assert "Pledges to answer" in text(la.get("/"))
    post(la, reverse("accept", args=[pledge.key]), quantity="12000")
    assert "To send or hand over" in text(chicago.get("/"))
    post(chicago, reverse("dispatch", args=[pledge.key]), quantity="12000", carrier="Truck 12")
    shipment = Shipment.objects.get()
    post(chicago, reverse("deliver", args=[shipment.key]))
    assert "To confirm" in text(la.get("/"))
    post(la, reverse("confirm", args=[shipment.key]), quantity="11900")
    post(la, reverse("dispute", args=[shipment.key]), problem="short", words="A box lacks.")
    assert "Disputed: to settle" in text(chicago.get("/"))
    post(chicago, reverse("settle", args=[shipment.key]), lost="100")
    assert Receipt.objects.get().quantity == 11_900
    page = text(la.get(reverse("shipment", args=[shipment.key])))
    assert "Settled" in page
    assert page.count("On the way") == 3
    post(la, reverse("give-back", args=[shipment.key]), quantity="900")
    assert "Given back" in text(la.get(reverse("need", args=[need.key])))
    assert "the sum over all places is 0" in text(la.get(reverse("custody")))


def test_each_sees_its_own_next_step(line, sit):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    url = reverse("need", args=[need])
    accept, send = reverse("accept", args=[pledge]), reverse("pledge-end", args=[pledge])
    steps = {
        town.log: sit(town).get(url).content.decode()
        for town in (line.la, line.chicago, line.new_york)
    }
    assert [accept in steps[town.log] for town in (line.la, line.chicago, line.new_york)] == [
        True,
        False,
        False,
    ]
    assert [send in steps[town.log] for town in (line.la, line.chicago, line.new_york)] == [
        False,
        True,
        False,
    ]
    assert reverse("pledge", args=[need]) in steps[line.new_york.log]
    assert reverse("pledge", args=[need]) not in steps[line.la.log]
    assert accept not in sit().get(url).content.decode()


def test_a_stock_is_shown_to_nobody_else(line, sit):
    line.chicago.say("aid.stock/1", item=GOODS["item"], unit="piece", quantity=54_321)
    line.chicago.say(
        "aid.reserve/1", item=GOODS["item"], unit="piece", quantity=43_210, why="Ours."
    )
    need = line.need(100_000)
    pledge = line.pledge(line.chicago, need, 777)
    line.accept(need, pledge, 777)
    sent = line.send(line.chicago, need, pledge, 777)
    own = text(sit(line.chicago).get(reverse("pledge", args=[need])))
    assert "Your own reserve: 43,210 pieces" in own
    assert (
        'value="10,334"' in sit(line.chicago).get(reverse("pledge", args=[need])).content.decode()
    )
    urls = [
        reverse("stock"),
        reverse("custody"),
        reverse("need", args=[need]),
        reverse("pledge", args=[need]),
        reverse("shipment", args=[sent]),
        reverse("member", args=[line.chicago.log]),
        f"{reverse('custody')}?format=csv",
    ]
    for url in urls:
        for client in (sit(line.new_york), sit()):
            answer = client.get(url)
            page = b"".join(answer).decode()
            assert not re.search("54[,.]?321|43[,.]?210|53[,.]?544|10[,.]?334", page), url


def test_an_uncounted_reserve_says_what_to_do(line, sit):
    line.chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=5, why="Ours.")
    need = line.need(100)
    page = sit(line.chicago).post(reverse("pledge", args=[need]), {"quantity": "5"})
    assert page.status_code == 422
    assert "Count your stock first" in text(page)


def test_weapons_are_refused_on_the_form(line, sit):
    typed = {"code": "carbine", "name": "Carbines", "form": "material", "unit": "piece"}
    page = sit(line.chicago).post(reverse("type-new"), typed)
    assert page.status_code == 422
    assert "Weapons are no resource type" in text(page)
    assert 'value="carbine"' in page.content.decode()


def test_the_reserve_is_lifted_from_the_stock_page(line, sit):
    client = sit(line.chicago)
    post(client, reverse("stock-count"), item=GOODS["item"], quantity="100")
    post(client, reverse("reserve"), item=GOODS["item"], quantity="40", why="Ours.")
    assert (shelf(Stock.objects.get()).free(), Stock.objects.get().unit) == (60, "piece")
    assert "60" in text(client.get(reverse("stock")))
    post(client, reverse("reserve"), item=GOODS["item"], quantity="0", why="The fire is out.")
    assert shelf(Stock.objects.get()).free() == 100


def test_finished_work_is_handed_over_not_sent(line, sit):
    work = {"form": "legal", "item": "amicus-brief", "unit": "document"}
    need = line.need(1, **work)
    pledge = line.pledge(line.chicago, need, 1, **work)
    client = sit(line.chicago)
    assert "Hand over" in text(client.get(reverse("need", args=[need])))
    form = client.get(reverse("dispatch", args=[pledge])).content.decode()
    assert 'name="carrier"' not in form
    post(client, reverse("dispatch", args=[pledge]), quantity="1")
    page = text(client.get(reverse("need", args=[need])))
    assert "being handed over" in page


def test_the_board_keeps_its_filters_in_the_address(line, sit):
    line.need(100)
    line.need(7, item="amicus-brief", unit="document", form="legal")
    client = sit(line.new_york)
    assert "N95" not in text(client.get(f"{reverse('needs')}?form=legal"))
    assert "N95" in text(client.get(f"{reverse('needs')}?q=mascarillas"))
    assert "N95" not in text(client.get(f"{reverse('needs')}?q=tents"))
    table = b"".join(client.get(f"{reverse('needs')}?state=short&format=csv")).decode()
    assert len(table.splitlines()) == 3
    assert "N95 respirators" in table


def test_only_the_parties_reach_a_form(line, sit):
    need = line.need(100)
    pledge = line.pledge(line.chicago, need, 40)
    client = sit(line.new_york)
    for name in ("accept", "turn-down", "pledge-end", "dispatch"):
        assert client.get(reverse(name, args=[pledge])).status_code == 404
    for name in ("need-change", "need-end"):
        assert client.get(reverse(name, args=[need])).status_code == 404
    assert client.get(reverse("need-new", args=[line.call])).status_code == 404


@pytest.mark.parametrize("page", ["needs", "custody", "home", "stock", "need", "call", "member"])
def test_a_page_asks_as_much_for_many_rows_as_for_few(line, sit, page):
    def fill(count):
        for _ in range(count):
            need = line.need(100)
            for town in (line.chicago, line.new_york):
                pledge = line.pledge(town, need, 40)
                line.accept(need, pledge, 30)
                sent = line.send(town, need, pledge, 20)
                line.confirm(need, sent, 10)
                line.la.say("aid.dispute/1", shipment=sent, need=need, problem="short", words="So.")
        return need

    client = sit(line.chicago)
    first = fill(4)
    keys = {"need": [first], "call": [line.call], "member": [line.chicago.log]}
    url = reverse(page, args=keys.get(page, []))
    few = queries(client, url)
    fill(4)
    for _ in range(4):
        line.pledge(line.new_york, first, 5)
    assert queries(client, url) == few
