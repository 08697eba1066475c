"""The pages of keys, and what a node whose keys are locked still does."""

import pytest
from django.urls import reverse

from hansa.kernel import clock, vault
from hansa.kernel.home import home as this_home
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import Verifier
from hansa.kernel.roots import keeping
from hansa.kernel.roots.models import Rival
from tests.builders import found
from tests.kernel.chains import rooted, signed

LOST = "us-ny-new-york"


@pytest.fixture
def towns(home, set_clock):
    made = found(3)
    keeping.accept(LOST, signed(LOST, 1, 0, EMPTY_ROOT))
    return made


def test_every_log_shows_its_fingerprint(sit, towns):
    page = sit(towns[0].by, name="0").get(reverse("keys")).content.decode()
    for log in Log.objects.all():
        assert Verifier.parse(log.vkey).fingerprint in page
    assert "version 1, from entry 0 on" in page
    assert page.count("no roots named") == 2


def test_a_logs_page_shows_its_roots_ranges_and_alarms(
    sit, towns, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        keeping.accept(LOST, signed(LOST, 2, 1, rooted(LOST, 1)))
    Rival.objects.create(log=LOST, version=2, note="x", at=clock.now())
    page = sit(towns[0].by, name="0").get(reverse("keys-of", args=[LOST])).content.decode()
    assert "heads of 0 to 1 entries" in page
    assert "every head from 1 entries on" in page
    assert "2 of 3 decide" in page
    assert "Two different key documents of one version" in page
    for one in keeping.chain_of(LOST):
        assert one.fingerprint in page
        assert one.verifier.fingerprint in page


def test_a_proposal_shows_its_clock_and_its_votes(sit, towns, set_clock):
    note = signed(LOST, 2, 1, rooted(LOST, 1), lost=True).decode()
    place = towns[0].say("pact.rebind/1", member=f"{LOST}@0", note=note)
    url = reverse("rebind", args=[place])
    page = sit(towns[1].by, name="1").get(url).content.decode()
    assert "1 of 2 that it takes have agreed" in page
    assert "proposer’s own clock" in page
    sit(towns[1].by, name="1").post(reverse("rebind-vote", args=[place]), {"yes": "yes"})
    page = sit(towns[1].by, name="1").get(url).content.decode()
    assert "2 of 2" in page
    assert reverse("rebind-vote", args=[place]) not in page
    early = sit(towns[0].by, name="0").get(url).content.decode()
    assert "72 hours must pass" in early
    set_clock.to("2025-06-11T12:00Z")
    assert (
        reverse("rebind-close", args=[place])
        in sit(towns[0].by, name="0").get(url).content.decode()
    )


def test_a_locked_node_shows_everything_and_writes_nothing(sit, towns, monkeypatch):
    monkeypatch.delenv("HANSA_PASSPHRASE_FILE", raising=False)
    this_home().keys.chest.lock("four words none guesses")
    vault._opened.clear()
    client = sit(towns[0].by, name="0")
    for name in ("home", "members", "keys", "history", "charter", "ledger"):
        assert client.get(reverse(name)).status_code == 200
    assert client.get(reverse("record-proof", args=[f"{LOST}@0"])).status_code == 200
    before = Entry.objects.count()
    answer = client.post(
        reverse("note") + f"?on={LOST}@0", {"text": "Hello.", "once": "1", "audience": "pact"}
    )
    assert answer.status_code == 422
    assert "keys of this home are locked" in answer.content.decode()
    assert Entry.objects.count() == before
