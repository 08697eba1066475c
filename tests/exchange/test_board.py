"""The needs board: each filter gives what the lines themselves say; several needs at one go; the same questions for many as for few."""

import random
import re

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.aid import board
from hansa.aid.models import Acceptance, Need, Pledge
from hansa.aid.words import NeedState
from tests.aid.conftest import GOODS

WORK = {"form": "legal", "item": "amicus-brief", "unit": "document"}


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def rows(response):
    return re.findall(r'name="key" value="([^"]+)"', response.content.decode())


def look(client, **query):
    return rows(client.get(reverse("needs"), query))


def fill(line, count=24):
    """State needs in every state: nothing promised, partly, wholly, met, cancelled, with all answers that a giver may get."""
    draw = random.Random(3)
    for number in range(count):
        need = line.need(100)
        for town in draw.sample([line.chicago, line.new_york], number % 3):
            pledge = line.pledge(town, need, draw.choice((30, 50, 100)))
            standing = Pledge.objects.get(key=pledge).quantity
            match draw.randrange(5):
                case 0:
                    line.la.say("aid.pledge-decline/1", need=need, pledge=pledge, why="Thanks.")
                case 1:
                    line.accept(need, pledge, draw.randrange(1, standing + 1))
                case 2:
                    line.accept(need, pledge, standing)
                    sent = line.send(town, need, pledge, standing)
                    line.confirm(need, sent, standing)
                case 3:
                    town.say("aid.pledge-withdrawal/1", pledge=pledge, quantity=10, why="Ours.")
        if number % 8 == 7:
            line.la.say("aid.need-end/1", need=need, why="Found.")


def test_each_state_filter_gives_what_the_lines_say(line):
    fill(line)
    lines = board.need_lines(Need.objects.all())
    assert {one.state for one in lines} == set(NeedState)
    wanted = {
        state.value: {one.need.key for one in lines if one.state == state} for state in NeedState
    }
    wanted["short"] = {one.need.key for one in lines if one.open and one.state != NeedState.MET}
    wanted["unmet"] = wanted["open"] | wanted["partly"] | wanted["coming"]
    for state, keys in wanted.items():
        found = board.needs(line.la.log).in_state(state).unmet_first()
        assert {one.need.key for one in found} == keys, state
        counted = board.needs(line.la.log).in_state(state).unmet_first()
        assert counted.count() == len(keys)
        pages = [*counted[:5], *counted[5:100]]
        assert [one.need.key for one in pages] == [one.need.key for one in found]
        assert pages == list(found)


def test_filters_of_the_board(line, sit, set_clock):
    masks = line.need(100, urgency="now", due="2025-06-07T14:00Z", place="Gate 4, North")
    brief = line.need(7, urgency="soon", due="2025-06-20T12:00Z", **WORK)
    client = sit(line.new_york)
    assert look(client) == [masks, brief]
    for query, keys in (
        ({"form": "legal"}, [brief]),
        ({"group": "legal"}, [brief]),
        ({"urgency": "now"}, [masks]),
        ({"place": "gate 4"}, [masks]),
        ({"due": "hours"}, [masks]),
        ({"due": "day"}, [masks]),
        ({"due": "later"}, [brief]),
        ({"due": "overdue"}, []),
        ({"member": line.la.log}, [masks, brief]),
        ({"member": line.chicago.log}, [masks, brief]),
        ({"call": line.call, "q": "n95"}, [masks]),
        ({"sort": "-due"}, [brief, masks]),
        ({"sort": "urgent"}, [masks, brief]),
        ({"sort": "-urgent"}, [brief, masks]),
        ({"sort": "quantity"}, [brief, masks]),
        ({"sort": "password"}, [masks, brief]),
    ):
        assert look(client, **query) == keys, query
    set_clock.to("2025-06-08T12:00Z")
    assert look(client, due="overdue") == [masks]


def test_csv_has_exactly_what_is_filtered_all_pages_of_it(line, sit):
    for number in range(55):
        line.need(100 + number, place="Gate 4" if number % 2 else "Dock")
    client = sit(line.chicago)
    query = {"place": "gate", "sort": "-quantity"}
    table = b"".join(client.get(reverse("needs"), {**query, "format": "csv"})).decode().splitlines()
    assert len(table) == 1 + 27
    assert "Dock" not in "\n".join(table)
    assert ",153," in table[1]
    assert len(look(client)) == 50
    assert len(look(client, page="2")) == 5


def test_empty_boards_say_what_to_do(line, sit):
    client = sit(line.chicago)
    assert "Nothing is needed" in text(client.get(reverse("needs")))
    line.need(100)
    assert "Nothing here matches" in text(client.get(reverse("needs"), {"place": "nowhere"}))


def test_the_sheet_shows_what_is_filtered_or_chosen(line, sit):
    masks, brief = line.need(100, what="For medics."), line.need(7, **WORK)
    client = sit(line.chicago)
    paper = text(client.get(reverse("needs"), {"form": "legal", "format": "print"}))
    assert brief in paper
    assert masks not in paper
    chosen = text(client.get(reverse("needs-print"), {"key": [masks]}))
    assert "For medics." in chosen
    assert brief not in chosen
    assert "Nothing was chosen" in text(client.get(reverse("needs-print")))


def once(page):
    found = re.search(r'name="once" value="([0-9a-f]+)"', page.content.decode())
    assert found is not None
    return found[1]


def test_pledge_toward_several_at_one_go(line, sit):
    first, second, third = line.need(100), line.need(50, **WORK), line.need(10)
    client = sit(line.chicago)
    url = reverse("needs-pledge")
    page = client.get(url, {"key": [first, second, third]})
    assert 'value="100"' in page.content.decode()
    sent = {
        "key": [first, second, third],
        "once": once(page),
        first: "60",
        second: "50",
        third: "",
        "terms": "Donated.",
    }
    receipts = client.post(url, sent)
    assert "Saved: 2. Refused: 0." in text(receipts)
    assert {(one.need, one.quantity, one.terms) for one in Pledge.objects.all()} == {
        (first, 60, "Donated."),
        (second, 50, "Donated."),
    }
    client.post(url, sent)
    assert Pledge.objects.count() == 2


def test_a_line_that_is_refused_holds_up_no_other(line, sit):
    line.chicago.say("aid.reserve/1", item=GOODS["item"], unit="piece", quantity=5, why="Ours.")
    masks, brief = line.need(100), line.need(7, **WORK)
    client = sit(line.chicago)
    receipts = client.post(
        reverse("needs-pledge"), {"key": [masks, brief], "once": "a" * 32, masks: "60", brief: "7"}
    )
    told = text(receipts)
    assert "Saved: 1. Refused: 1." in told
    assert "Count your stock first" in told
    assert Pledge.objects.get().need == brief


def test_a_wrong_number_sends_nothing_and_keeps_what_was_typed(line, sit):
    masks, brief = line.need(100), line.need(7, **WORK)
    page = sit(line.chicago).post(
        reverse("needs-pledge"), {"key": [masks, brief], masks: "many", brief: "7"}
    )
    assert page.status_code == 422
    assert 'value="many"' in page.content.decode()
    assert not Pledge.objects.exists()


def test_accept_several_at_one_go(line, sit):
    masks, brief = line.need(100), line.need(7, **WORK)
    pledges = [
        line.pledge(line.chicago, masks, 60),
        line.pledge(line.new_york, masks, 40),
        line.pledge(line.chicago, brief, 7, **WORK),
    ]
    client = sit(line.la)
    page = client.get(reverse("needs-accept"), {"key": [masks, brief]})
    assert [f'name="{one}"' in page.content.decode() for one in pledges] == [True] * 3
    sent = {
        "key": [masks, brief],
        "once": once(page),
        **dict.fromkeys(pledges, "5"),
        "why": "Thanks.",
    }
    assert "Saved: 3. Refused: 0." in text(client.post(reverse("needs-accept"), sent))
    assert {one.quantity for one in Acceptance.objects.all()} == {5}
    again = client.get(reverse("needs-accept"), {"key": [masks, brief]})
    assert "No pledge waits" in text(again)


def test_nobody_acts_on_what_is_not_theirs(line, sit):
    masks = line.need(100)
    pledge = line.pledge(line.chicago, masks, 60)
    own = sit(line.la).post(reverse("needs-pledge"), {"key": [masks], masks: "5"})
    assert "None of the needs" in text(own)
    other = sit(line.new_york).post(reverse("needs-accept"), {"key": [masks], pledge: "5"})
    assert "No pledge waits" in text(other)
    assert (Pledge.objects.count(), Acceptance.objects.count()) == (1, 0)


def test_the_board_asks_as_much_for_many_needs_as_for_few(line, sit):
    queries = (
        "",
        "?state=short",
        "?state=partly&sort=-due",
        "?q=n95&sort=due",
        "?due=days&group=protection",
    )

    def asked(query):
        client.get(reverse("needs") + query)  # what is kept between requests is read now
        with CaptureQueriesContext(connection) as questions:
            assert rows(client.get(reverse("needs") + query))
        return len(questions)

    client = sit(line.chicago)
    fill(line, 16)
    few = [asked(query) for query in queries]
    fill(line, 12)
    assert [asked(query) for query in queries] == few
    assert max(few) <= 16
