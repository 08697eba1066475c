"""The pages about witnesses, as an officer sees them."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from hansa.kernel import clock
from hansa.kernel.witness import evidence, guard
from hansa.kernel.witness.asking import ask_round
from hansa.kernel.witness.models import Evidence
from tests.builders import call
from tests.desk import sit, towns
from tests.witness.conftest import Far, Forker, Web, far_policy
from tests.witness.test_evidence import Branch, proof

__all__ = ["sit", "towns"]


@pytest.fixture
def desk(towns, sit) -> Client:
    client: Client = sit(towns[0].by)
    return client


def words(client: Client, name: str, *args: object) -> str:
    page = client.get(reverse(name, args=args))
    assert page.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def forked() -> Forker:
    log = Forker()
    log.grow(9)
    log.send()
    forged = log.forged(4, 12)
    kept = evidence.accuse(
        log.name, log.head(10), log.head(12, forged), proof(forged, 10, 12), "a peer"
    )
    assert kept is not None
    evidence.locate(kept, Branch(forged))
    return log


def test_without_a_policy_the_page_says_whose_clock_counts(desk):
    text = words(desk, "witnesses")
    assert "Deadlines go by the clock of the member that wrote each record." in text
    assert "hansa witness policy --write" in text
    assert "No log known here has contradicted itself." in text


def test_policy_and_its_witnesses_by_host(desk, home):
    far = [Far("hansa/witness-a"), Far("hansa/witness-b"), Far("hansa/witness-c")]
    far[2].down = True
    far_policy(home, far, 2)
    ask_round(Web(*far))
    text = words(desk, "witnesses")
    assert "when 2 of 3 hosts have signed" in text
    assert "Nobody answers there." in text
    assert "hansa/witness-a, hansa/witness-b" in text


def test_broken_policy_is_said_on_the_page(desk, home):
    (home / "policy").write_text("quorum nobody\n")
    assert "The file “policy” in the home of this node does not hold: Line 1" in words(
        desk, "witnesses"
    )


def test_evidence_shows_both_notes_and_can_be_taken_away(desk):
    log = forked()
    row = Evidence.objects.get()
    text = words(desk, "evidence", row.pk)
    assert "elsewhere contradicts itself" in text or "Elsewhere contradicts itself" in text
    assert row.one.split("\n")[2] in text
    assert row.other.split("\n")[2] in text
    assert "the first 4 records, which stand" in text
    page = desk.get(reverse("evidence-file", args=[row.pk]))
    assert page["Content-Disposition"].startswith("attachment")
    piece = json.loads(page.content)
    assert (piece["log"], piece["one"]) == (log.name, row.one)


def test_downloaded_evidence_is_what_other_nodes_take(desk):
    forked()
    row = Evidence.objects.get()
    piece = desk.get(reverse("evidence-file", args=[row.pk])).content
    Evidence.objects.all().delete()
    evidence.receive(b'{"next":1,"evidence":[' + piece + b"]}", "a stick")
    assert Evidence.objects.get().common == 4


def test_home_raises_the_alarm(desk):
    assert "Two histories" not in words(desk, "home")
    forked()
    assert "Two histories were signed in the name of: Elsewhere." in words(desk, "home")


def test_home_says_why_nothing_can_be_said(desk, home):
    guard.begin_anew()
    guard.hold("This home is a copy.")
    try:
        assert "This home is a copy." in words(desk, "home")
        assert "This home is a copy." in words(desk, "witnesses")
    finally:
        guard.clear()


def test_pages_ask_the_same_number_of_times(desk, home, django_assert_max_num_queries):
    far = [Far("hansa/witness-a"), Far("hansa/witness-b")]
    far_policy(home, far, 2)
    ask_round(Web(*far))
    desk.get(reverse("witnesses"))
    with django_assert_max_num_queries(16):
        desk.get(reverse("witnesses"))
    for i in range(6):
        extra = Forker(f"extra-{i}")
        extra.send()
    with django_assert_max_num_queries(16):
        desk.get(reverse("witnesses"))


def test_deadlines_say_whose_clock_they_go_by(towns, sit, home, set_clock):
    desk = sit(towns[1].by)
    key = call(towns)
    assert "by the member’s own clock" in words(desk, "home")
    assert "by the member’s own clock" in words(desk, "call", key)
    far = [Far("hansa/witness-a"), Far("hansa/witness-b")]
    far_policy(home, far, 2)
    assert "not witnessed yet" in words(desk, "home")
    for one in far:
        one.clock = int(clock.now().timestamp())
    ask_round(Web(*far))
    for page in (words(desk, "home"), words(desk, "call", key), words(desk, "ledger")):
        assert " witnessed " in page


def test_record_page_says_when_it_was_witnessed(towns, sit, home):
    desk = sit(towns[0].by)
    assert "Dated" not in words(desk, "record", towns[1].by)
    far = [Far("hansa/witness-a"), Far("hansa/witness-b")]
    far_policy(home, far, 2)
    assert "Dated not witnessed yet" in words(desk, "record", towns[1].by)
    ask_round(Web(*far))
    assert re.search(r"Dated [^.]*2025[^.]* witnessed", words(desk, "record", towns[1].by))
