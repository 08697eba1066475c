"""A record's page: what it says, and a proof that anyone can check."""

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.verify import verify
from tests.builders import call
from tests.foreign import ForeignLog

SOURCE = {
    "title": "Order",
    "publisher": "A court",
    "date": "2025-06-06",
    "url": "https://court.example/order",
}


@pytest.fixture
def fact(towns):
    return towns[1].say(
        "pact.fact/1", when="2025-06-06T12:00Z", text="A <b>court</b> has ruled.", sources=[SOURCE],
        figure={"what": "Troops", "value": 700, "unit": "persons"},
    )  # fmt: skip


def test_it_says_who_what_when_and_under_which_office(towns, at_desk, fact):
    shown = at_desk.get(f"/record/{fact}").content.decode()
    assert "Chicago records a public fact: A &lt;b&gt;court&lt;/b&gt; has ruled." in shown
    assert "<b>court" not in shown
    for said in (
        "Chief of staff",
        "Every officer of every member",
        "A court",
        "700",
        "Sat 7 Jun 2025, 05:00 PDT",
        fact,
    ):
        assert said in shown


def test_what_it_cites_and_what_was_said_about_the_same_are_a_click_away(towns, at_desk):
    position = call(towns)
    answer = towns[1].say(
        "pact.decline/1", call=position, form="legal", reason="Our counsel is away."
    )
    assert f'href="/record/{position}"' in at_desk.get(f"/record/{answer}").content.decode()
    assert f'href="/record/{answer}"' in at_desk.get(f"/record/{position}").content.decode()


def test_the_download_is_accepted_by_the_checker_and_a_changed_one_is_not(
    towns, at_desk, fact, tmp_path
):
    response = at_desk.get(f"/record/{fact}.zip")
    assert response["Content-Type"] == "application/zip"
    assert "us-il-chicago-" in response["Content-Disposition"]
    path = tmp_path / "proof.zip"
    path.write_bytes(response.content)
    report = verify(path, Log.objects.get(name="us-il-chicago").vkey)
    assert report.ok, report.text()
    assert report.bodies_present == 1
    path.write_bytes(response.content.replace(b"entry", b"entrx"))
    assert not verify(path, Log.objects.get(name="us-il-chicago").vkey).ok


def test_the_page_has_checked_the_proof_and_says_when_it_does_not_hold(towns, at_desk, fact):
    assert at_desk.get(f"/record/{fact}").context["place"].holds
    entry = Entry.objects.get(kind="pact.fact/1")
    header = bytes(entry.header)
    Entry.objects.filter(id=entry.id).update(header=header.replace(b'"pact:', b'"pacT:'))
    response = at_desk.get(f"/record/{fact}")
    assert not response.context["place"].holds
    assert "hansa fsck" in response.content.decode()


def test_what_is_another_members_own_is_as_good_as_none(towns, at_desk, sit):
    own = towns[0].say("aid.stock/1", item="n95-respirator", unit="piece", quantity=77)
    chicago = sit(towns[1].by, name="chicago")
    assert at_desk.get(f"/record/{own}").status_code == 200
    for url in (
        f"/record/{own}",
        f"/record/{own}.zip",
        "/record/us-ca-los-angeles@999",
        "/record/nobody@0",
    ):
        assert chicago.get(url).status_code == 404


def test_a_record_for_all_does_not_give_away_the_name_of_an_own_row_that_it_cites(
    towns, at_desk, sit
):
    stock = towns[0].say("aid.stock/1", item="n95-respirator", unit="piece", quantity=7_654_321)
    with pytest.raises(Refused, match="only some can read"):
        towns[0].say("pact.note/1", on=stock, text="See there.")
    log = ForeignLog()
    note = log.write("pact.note/1", {"on": stock, "text": "See there."}, cites=(stock,))
    log.send()
    shown = sit(towns[1].by, name="chicago").get(f"/record/{note}").content.decode()
    assert "See there." in shown
    assert "7,654,321" not in shown
    assert "7654321" not in shown


def test_an_erased_body_is_gone_from_the_page_and_the_proof_still_holds(
    towns, at_desk, fact, tmp_path
):
    towns[1].say("kernel.erasure/1", target=fact, ground="The person asked for it.")
    response = at_desk.get(f"/record/{fact}")
    shown = response.content.decode()
    assert "court</b>" not in shown
    assert "has ruled" not in shown
    assert "The person asked for it." in shown
    assert response.context["place"].holds
    path = tmp_path / "proof.zip"
    path.write_bytes(at_desk.get(f"/record/{fact}.zip").content)
    report = verify(path, Log.objects.get(name="us-il-chicago").vkey)
    assert report.ok, report.text()
    assert report.bodies_absent == 1


def test_a_body_that_is_no_json_is_shown_and_breaks_nothing(towns, at_desk, fact):
    entry = Entry.objects.get(kind="pact.fact/1")
    Body.objects.filter(entry_id=entry.id).update(
        data=b"\x00" * 32 + b"\xff<script>" + b"[" * 50_000
    )
    Entry.objects.filter(id=entry.id).update(
        fate="void", reason="malformed", kind="", by="", subject=""
    )
    response = at_desk.get(f"/record/{fact}")
    assert response.status_code == 200
    assert "<script>[" not in response.content.decode()
    assert "It changes nothing." in response.content.decode()


@pytest.mark.parametrize("kind", ["pact.pact/1", "pact.member/1", "pact.accession/1"])
def test_every_sort_of_record_has_a_page(towns, at_desk, kind):
    for entry in Entry.objects.filter(kind=kind):
        assert at_desk.get(f"/record/{entry.position}").status_code == 200
