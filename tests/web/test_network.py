"""What this node knows of the others, in words and numbers."""

from datetime import timedelta
from html import unescape

import pytest

from hansa.kernel import clock
from hansa.kernel.sync.models import Lane, Node, Peer, Refusal, Wanted
from hansa.web.network.views import for_how_long
from tests.foreign import ForeignLog

URL = "https://portland.example.org"


def text(page):
    return unescape(page.content.decode())


@pytest.fixture
def portland(towns):
    """A peer that was heard an hour ago, and has more than it told so far."""
    log = ForeignLog("us-or-portland")
    log.send()
    now = clock.now()
    Node.objects.create(
        key="us-or-portland/node", home="us-or-portland", at=now, audience="pact", url=URL
    )
    Peer.objects.create(
        url=URL, heard_at=now - timedelta(hours=3), tried_at=now, failures=4, problem="No answer."
    )
    Lane.objects.create(
        peer=URL, log=log.name, there=7, received=1, refused=2, why="It was too large.", at=now
    )
    return log


def test_a_silent_node_is_named_with_what_is_missing(at_desk, portland):
    page = text(at_desk.get("/nodes"))
    for words in (URL, "Cannot be reached", "3 hours ago", "No answer.", ">6<"):
        assert words in page
    one = text(at_desk.get("/nodes/1"))
    for words in ("us-or-portland", "It was too large.", ">7<"):
        assert words in one
    assert at_desk.get("/nodes/2").status_code == 404


def test_home_says_whose_words_may_be_missing_and_is_quiet_while_all_is_well(at_desk, portland):
    assert "may be missing here: Elsewhere" in text(at_desk.get("/"))
    Peer.objects.update(heard_at=clock.now(), failures=0, problem="")
    assert "may be missing here" not in text(at_desk.get("/"))


def test_what_was_not_taken_in_and_what_is_held_up_is_told(at_desk, portland):
    now = clock.now()
    Refusal.objects.create(
        at=now, peer=URL, log="us-or-portland", what="head", why="It does not verify.", times=3
    )
    Wanted.objects.create(log="us-or-portland", index=0, commitment=b"0" * 32, since=now)
    portland.write("pact.consent/1", {"call": "us-zz@9"}, refs={"us-zz@9": b"0" * 32})
    portland.send()
    page = text(at_desk.get("/nodes"))
    assert "It does not verify." in page
    assert "1 record of us-or-portland waits for us-zz@9." in page
    assert "content of 1 record is missing" in page


def test_a_home_that_knows_no_other_says_so(at_desk):
    assert "knows of no other" in text(at_desk.get("/nodes"))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 minutes"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"), (4320, "3 days")],
)
def test_time_in_the_unit_that_a_person_needs(minutes, words):
    assert for_how_long(timedelta(minutes=minutes)) == words
