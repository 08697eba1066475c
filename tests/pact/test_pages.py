"""Every page of the pact opens, for whoever may see it, with few and ever as many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hansa.kernel import clock
from tests.builders import call, found, pact_of

SOURCE = {
    "title": "Order of 7 June",
    "publisher": "Department of Defense",
    "date": "2025-06-07",
    "url": "https://example.org/order",
}


def fact(town, **fields):
    given = {
        "when": "2025-06-07T10:00Z",
        "text": "Troops were ordered to the city.",
        "sources": [SOURCE],
    }
    return town.say("pact.fact/1", **{**given, **fields})


def full(towns):
    """Say one thing of each sort."""
    la, chicago = towns[0], towns[1]
    one = fact(la, figure={"what": "Troops", "value": 2000, "unit": "persons"})
    position = call(towns, facts=[one])
    other = fact(chicago, text="300 troops were seen.", differs_from=one, call=position)
    la.say(
        "pact.fact-correction/1",
        fact=one,
        text="Troops were ordered into the city.",
        why="Wording.",
        sources=[SOURCE],
    )
    chicago.say(
        "pact.decline/1", call=position, form="material", reason="Our own reserve is small."
    )
    chicago.say("pact.note/1", on=position, text="We are on it.", mentions=[la.by])
    amendment = la.say(
        "pact.amendment/1",
        base=pact_of(towns),
        why="Sooner.",
        articles=[{"title": "Purpose", "text": "Members help one another."}],
        rules={
            "triggers": [{"id": "deployment", "title": "Deployment", "text": "Forces come."}],
            "forms": [{"id": "legal", "hours": 12}],
        },
        electorate=[f"{one.log}@0" for one in towns],
    )
    chicago.say("pact.ballot/1", amendment=amendment, yes=True)
    return {"call": position, "fact": one, "other": other, "amendment": amendment}


def addresses(towns, said):
    return {
        "calls": reverse("calls"),
        "call": reverse("call", args=[said["call"]]),
        "sheet": reverse("call-sheet", args=[said["call"]]),
        "ledger": reverse("ledger"),
        "members": reverse("members"),
        "member": reverse("member", args=[towns[1].log]),
        "charter": reverse("charter"),
        "amendment": reverse("amendment", args=[said["amendment"]]),
        "facts": reverse("facts"),
        "fact": reverse("fact", args=[said["fact"]]),
    }


FOR_OFFICERS = {
    "call-new": ("call-new", None),
    "call-change": ("call-change", "call"),
    "call-end": ("call-end", "call"),
    "amend": ("amend", None),
    "vote": ("vote", "amendment"),
    "officers": ("officers", None),
    "officer-new": ("officer-new", None),
    "fact-new": ("fact-new", None),
    "fact-correct": ("fact-correct", "fact"),
    "fact-withdraw": ("fact-withdraw", "fact"),
    "mentions": ("mentions", None),
    "invite-member": ("invite-member", None),
    "withdraw": ("withdraw", None),
}


def test_a_visitor_reads_every_page(towns, sit):
    said = full(towns)
    for name, url in addresses(towns, said).items():
        response = sit().get(url)
        assert response.status_code == 200, name
        assert "{%" not in response.content.decode(), name


def test_an_officer_opens_every_form(towns, sit):
    said = full(towns)
    desk = sit(towns[0].by)
    for name, (view, of) in FOR_OFFICERS.items():
        response = desk.get(reverse(view, args=[said[of]] if of else []))
        assert response.status_code == 200, name
    other = sit(towns[1].by)
    assert other.get(reverse("decline", args=[said["call"], "legal"])).status_code == 200
    assert other.get(reverse("call-change", args=[said["call"]])).status_code == 404


@pytest.mark.parametrize("form", ["csv"])
def test_lists_come_as_csv(towns, sit, form):
    full(towns)
    for name in ("calls", "ledger", "members", "facts"):
        response = sit().get(reverse(name), {"format": form})
        assert response["Content-Type"].startswith("text/csv"), name
        assert len(response.getvalue().decode().splitlines()) > 1, name


def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


@pytest.fixture
def counted(home, set_clock, sit):
    """Return how many queries each page takes with so many members, and so many of everything."""

    def count(members):
        towns = found(members)
        said = full(towns)
        for town in towns[3:]:
            town.say("pact.decline/1", call=said["call"], form="legal", reason="No hours free.")
            town.say("pact.ballot/1", amendment=said["amendment"], yes=False)
            town.say("pact.note/1", on=said["call"], text="Read.", mentions=[towns[0].by])
            fact(town, call=said["call"])
            set_clock.at = clock.now()
        desk = sit(towns[0].by)
        return {name: queries(desk, url) for name, url in addresses(towns, said).items()}

    return count


@pytest.fixture
def with_few(counted):
    return counted(3)


def test_a_page_takes_no_more_queries_for_thirty_members_than_for_three(
    with_few, django_db_blocker, counted, tmp_path, settings
):
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    settings.HANSA_HOME = tmp_path / "many"
    many = counted(30)
    more = {name: (with_few[name], many[name]) for name in many if many[name] > with_few[name]}
    assert more == {}
    assert max(many.values()) < 60
