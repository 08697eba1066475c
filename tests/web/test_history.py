"""History in sentences: what was said, by whom, what it is, and whether it counts."""

import csv
import io

import pytest

from hansa.kernel.models import Body, Entry, Fate
from tests.builders import call

SOURCE = {"title": "Order", "publisher": "A court", "date": "2025-06-06"}


def sentences(response):
    assert response.status_code == 200
    return [item.told.sentence for item in response.context["items"]]


def rows(response):
    return list(
        csv.reader(io.StringIO("".join(part.decode() for part in response.streaming_content)))
    )


@pytest.fixture
def fact(towns):
    return towns[1].say(
        "pact.fact/1", when="2025-06-06T12:00Z", text="A court has ruled.", sources=[SOURCE]
    )


def test_it_needs_an_office(towns, client):
    assert client.get("/history").status_code == 302


def test_the_newest_stands_first_and_filters_narrow(towns, at_desk, fact, set_clock):
    set_clock.to("2025-06-09T23:30+00:00")
    position = call(towns)
    assert sentences(at_desk.get("/history"))[0].startswith("Los Angeles calls for aid")
    assert sentences(at_desk.get("/history", {"kind": "pact.fact/1"})) == [
        "Chicago records a public fact: A court has ruled."
    ]
    assert sentences(at_desk.get("/history", {"q": "cour rul"})) == [
        "Chicago records a public fact: A court has ruled."
    ]
    assert all(
        "Chicago" in one for one in sentences(at_desk.get("/history", {"member": "us-il-chicago"}))
    )
    assert sentences(at_desk.get("/history", {"of": position})) == sentences(
        at_desk.get("/history", {"kind": "pact.call/1"})
    )
    # The reader sits in Los Angeles, where it is still the ninth at 23:30 UTC.
    assert (
        len(sentences(at_desk.get("/history", {"since": "2025-06-09", "until": "2025-06-09"}))) == 1
    )
    assert sentences(at_desk.get("/history", {"since": "2025-06-10"})) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2025-99-99"},
        {"before": "x"},
        {"before": "9" * 30},
        {"kind": "no.such/1"},
        {"member": "\x00"},
        {"q": '"'},
    ],
)
def test_nonsense_is_answered_calmly(towns, at_desk, asked):
    assert at_desk.get("/history", asked).status_code == 200


def test_pages_follow_the_order_of_arrival_without_gap(towns, at_desk):
    for i in range(60):
        towns[0].say("pact.officer/1", office=f"Office {i}", handle=f"o{i}", can=["note"])
    first = at_desk.get("/history")
    second = at_desk.get("/history", {"before": first.context["older"]})
    ids = [item.told.entry.id for page in (first, second) for item in page.context["items"]]
    assert ids == list(Entry.objects.order_by("-id").values_list("id", flat=True))
    assert second.context["older"] is None


def test_the_same_selection_comes_as_csv_and_no_cell_is_a_formula(towns, at_desk):
    towns[0].say("pact.officer/1", office='=HYPERLINK("x")', handle="x", can=["note"])
    found = rows(at_desk.get("/history", {"kind": "pact.officer/1", "format": "csv"}))
    assert found[0][:3] == ["position", "time", "member"]
    assert [row[0] for row in found[1:]] == [
        f"us-ca-los-angeles@{Entry.objects.filter(log='us-ca-los-angeles').count() - 1}"
    ]
    everything = rows(at_desk.get("/history", {"format": "csv"}))
    assert len(everything) == Entry.objects.count() + 1
    assert not any(cell[:1] in "=+@" for row in everything for cell in row if cell)


def test_facts_are_public_record_and_acts_of_an_exercise_are_played(towns, at_desk, fact, home):
    def badges():
        return {item.told.kind: item.badge for item in at_desk.get("/history").context["items"]}

    assert badges()["pact.fact/1"] == "fact"
    assert badges()["pact.pact/1"] == ""
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    assert badges()["pact.fact/1"] == "fact"
    assert badges()["pact.pact/1"] == "played"
    found = rows(at_desk.get("/history", {"format": "csv"}))
    assert found[0][-1] == "Exercise"
    assert {row[-1] for row in found[1:]} == {"played"}


def test_what_does_not_count_says_why(towns, at_desk, fact):
    entry = Entry.objects.get(kind="pact.fact/1")
    for fate, reason, said in [
        (
            Fate.VOID,
            "not-granted",
            "Void: its officer did not hold the capability. It changes nothing.",
        ),
        (Fate.WAITING, "", "has not arrived here"),
        (Fate.UNKNOWN, "", "does not know this kind"),
    ]:
        Entry.objects.filter(id=entry.id).update(fate=fate, reason=reason)
        response = at_desk.get("/history")
        assert said in response.content.decode()
    Entry.objects.filter(id=entry.id).update(fate=Fate.ERASED, reason="")
    Body.objects.filter(entry_id=entry.id).delete()
    shown = at_desk.get("/history").content.decode()
    assert "Chicago: a record whose content was erased." in shown
    assert "Its place in the log is still proved." in shown
    assert "A court has ruled." not in shown


def test_only_its_own_member_reads_what_is_its_own(towns, at_desk, sit):
    towns[0].say("aid.stock/1", item="n95-respirator", unit="piece", quantity=77)
    chicago = sit(towns[1].by, name="chicago")
    for asked in ({}, {"kind": "aid.stock/1"}, {"q": "respirator"}):
        assert any("77" in one for one in sentences(at_desk.get("/history", asked)))
        assert not any("77" in one for one in sentences(chicago.get("/history", asked)))
    assert not any(
        "77" in cell for row in rows(chicago.get("/history", {"format": "csv"})) for cell in row
    )


def test_the_number_of_queries_does_not_grow(
    towns, at_desk, django_assert_max_num_queries, django_assert_num_queries
):
    call(towns)
    at_desk.get("/history")
    with django_assert_max_num_queries(30) as few:
        at_desk.get("/history")
    for i in range(40):
        towns[i % 3].say("pact.officer/1", office=f"Office {i}", handle=f"o{i}", can=["note"])
    with django_assert_num_queries(len(few)):
        at_desk.get("/history")
