import csv
import io
import re

import pytest
from django.test import Client

from hansa.pages.sheets import plain
from tests.builders import town

pytestmark = [pytest.mark.urls("tests.pages.addresses")]


def names(client, query=""):
    page = client.get(f"/t/members{query}").content.decode()
    return [name for name in ("Chicago", "Los Angeles", "New York") if f">{name}</a>" in page]


def rows(client, address):
    answer = client.get(address)
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_a_list_is_searched_filtered_and_ordered(at_desk):
    assert names(at_desk) == ["Chicago", "Los Angeles", "New York"]
    assert names(at_desk, "?q=us-il") == ["Chicago"]
    assert names(at_desk, "?state=CA") == ["Los Angeles"]
    page = at_desk.get("/t/members?sort=-name").content.decode()
    assert page.index("New York</a>") < page.index("Chicago</a>")


def test_an_order_or_filter_of_ones_own_making_is_ignored(at_desk):
    assert names(at_desk, "?sort=home&state=XX&state__gt=A") == [
        "Chicago",
        "Los Angeles",
        "New York",
    ]


def test_nothing_found_is_not_nothing_there(at_desk):
    assert "Nothing here matches." in at_desk.get("/t/members?q=nowhere").content.decode()
    assert "Invite a member." not in at_desk.get("/t/members?q=nowhere").content.decode()


def test_an_empty_list_says_what_to_do(home, settings):
    settings.DEMO = True
    assert "Invite a member." in Client().get("/t/members").content.decode()


def test_csv_is_the_same_selection(at_desk):
    found = rows(at_desk, "/t/members?q=New&format=csv")
    assert found[0] == ["Name", "State", "Joined"]
    assert [row[0] for row in found[1:]] == ["New York"]
    assert found[1][2] == "2025-06-07T05:00-07:00", "times carry their zone, the officer's own"


def test_in_an_exercise_every_row_says_so(at_desk, home):
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    assert [row[-1] for row in rows(at_desk, "/t/members?format=csv")] == [
        "Exercise",
        "played",
        "played",
        "played",
    ]
    assert (
        'filename="exercise-members.csv"'
        in at_desk.get("/t/members?format=csv").headers["Content-Disposition"]
    )


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1"])
def test_what_a_spreadsheet_would_run_stays_text(formula):
    assert plain(formula) == f"'{formula}"
    assert plain(-5) == "-5"


def test_fifty_a_page_and_the_last_page_for_a_number_too_large(towns, sit):
    for number in range(60):
        town(f"town-{number}", f"Town {number:02}")
    client = sit(towns[0].by)
    first, last = (
        client.get("/t/members").content.decode(),
        client.get("/t/members?page=99").content.decode(),
    )
    assert "1 to 50 of 63" in first
    assert "51 to 63 of 63" in last
    assert "sort=name" not in last.split("Previous page")[0].split("rel=")[-1]
    assert len(rows(client, "/t/members?format=csv")) == 64


def test_a_list_of_plain_objects_works_alike(at_desk):
    page = at_desk.get("/t/entries?q=pact.member&sort=-id").content.decode()
    assert page.count("pact.member/1") == 3
    assert re.findall(r'data-label="Number"[^>]*>\s*(\d+)', page) == ["3", "2", "1"]


def test_pages_take_a_fixed_number_of_queries(towns, sit, django_assert_num_queries):
    client = sit(towns[0].by)
    client.get("/t/members")
    with django_assert_num_queries(8):
        client.get("/t/members")
    for number in range(30):
        town(f"town-{number}", f"Town {number}")
    with django_assert_num_queries(8):
        client.get("/t/members")
