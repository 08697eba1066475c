"""Enrolling a key for one's office, and approving with it, page by page."""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from hansa.kernel import clock
from hansa.kernel.approval import challenge
from hansa.kernel.models import Entry
from hansa.pact.models import Call, Charter, Fact, Officer
from tests.approving import PasskeyHand, SshHand, approved, enrol
from tests.builders import charter, pact_of

pytestmark = pytest.mark.django_db
HERE = "http://localhost"
ONE, TWO, THREE = (f"/call/new/{step}" for step in (1, 2, 3))
WHAT = {
    "trigger": "deployment",
    "place": "Downtown",
    "began": "2025-06-07T04:30",
    "summary": "Troops came unasked.",
}
FACT = {
    "new_text": "Troops stand at the federal building.",
    "new_when": "2025-06-07T04:30",
    "new_precision": "hour",
    "new_sources-0-title": "Statement",
    "new_sources-0-publisher": "Office of the Mayor",
    "new_sources-0-date": "2025-06-07",
}


@pytest.fixture
def desk(towns, sit):
    """The chief of staff, at a browser that calls the node localhost."""
    client = sit(towns[0].by)
    client.defaults["HTTP_HOST"] = "localhost"
    return client


def carried(page):
    """Every hidden input of an approval page, as the browser would post it."""
    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()
    )
    fields: dict[str, list[str]] = {}
    for name, value in found:
        if name != "csrfmiddlewaretoken":
            fields.setdefault(name, []).append(unescape(value))
    return fields


def statement(desk, url, page):
    """The file that the page offers to sign."""
    answer = desk.post(url, {**carried(page), "approve-statement": "1"})
    assert answer["Content-Disposition"] == 'attachment; filename="statement.txt"'
    return answer.content


def by_ssh(desk, url, page, hand):
    """Paste the hand's signature."""
    return desk.post(
        url, {**carried(page), "approve-ssh": hand.armored(statement(desk, url, page))}
    )


def assertion(desk, url, page, hand):
    """What the browser's script would put into the form."""
    options = json.loads(
        re.findall(r'id="approve-options"[^>]*>(.*?)</script>', page.content.decode(), re.DOTALL)[0]
    )
    wanted = urlsafe_b64decode(options["challenge"] + "=")
    assert wanted == challenge(statement(desk, url, page))
    client, data = hand.client(wanted), hand.data()
    signature = hand.sign(data + hashlib.sha256(client).digest())
    plain = {"data": data, "client": client, "signature": signature}
    written = {name: urlsafe_b64encode(part).decode().rstrip("=") for name, part in plain.items()}
    return json.dumps({"id": hand.enrolment()["credential"], **written})


def shown(page):
    return unescape(
        re.findall(r'<pre class="hansa-shown"[^>]*>(.*?)</pre>', page.content.decode(), re.DOTALL)[
            0
        ]
    )


def to_last_screen(desk, **more):
    desk.post(ONE, WHAT)
    assert desk.post(TWO, {"forms": ["legal"], **more}).url == THREE


def test_without_a_key_the_page_says_whose_word_it_is_and_offers_to_enrol(desk):
    to_last_screen(desk)
    page = desk.get(THREE).content.decode()
    assert "word only" in page
    assert reverse("my-keys") in page
    assert desk.post(THREE, {"sign": ""}).status_code == 302
    assert Call.objects.count() == 1


def test_a_call_is_approved_by_ssh_over_the_text_on_the_page(desk, towns):
    hand = SshHand()
    enrol(towns[0], hand)
    to_last_screen(desk, **FACT)
    assert "approve it with your own key" in desk.get(THREE).content.decode()
    page = desk.post(THREE, {"sign": ""})
    assert page.status_code == 200
    text = shown(page)
    for words in (
        "Los Angeles calls for aid: Troops came unasked.",
        "Downtown",
        "Chief of staff",
        "Every officer of every member of the pact will be able to read this.",
        Fact.objects.get().key,
    ):
        assert words in text
    assert not Call.objects.exists()
    assert text in statement(desk, THREE, page).decode()
    assert by_ssh(desk, THREE, page, hand).status_code == 302
    call = Call.objects.get()
    entry = Entry.objects.get(log=call.home, index=int(call.key.split("@")[1]))
    assert (entry.fate, call.facts) == ("done", [Fact.objects.get().key])


@pytest.mark.parametrize("ed", [False, True])
def test_a_ballot_is_approved_by_a_passkey(desk, towns, ed):
    hand = PasskeyHand(origin=HERE, ed=ed)
    enrol(towns[0], hand)
    base = pact_of(towns)
    changed = charter(confirm_hours=20)
    amendment = towns[1].say(
        "pact.amendment/1",
        base=base,
        why="Sooner.",
        electorate=[f"{one.log}@0" for one in towns],
        articles=changed["articles"],
        rules=changed["rules"],
    )
    url = reverse("vote", args=[amendment])
    page = desk.post(url, {"yes": "yes", "once": "one"})
    assert "Approve with your passkey" in page.content.decode()
    done = desk.post(url, {**carried(page), "approve-credential": assertion(desk, url, page, hand)})
    assert done.status_code == 302
    again = desk.post(
        url, {**carried(page), "approve-credential": assertion(desk, url, page, hand)}
    )
    assert again.status_code == 302, "posted twice, said once"
    assert Entry.objects.filter(kind="pact.ballot/1").count() == 1


def test_an_amendment_is_approved_with_all_that_was_typed(desk, towns):
    hand = SshHand()
    enrol(towns[0], hand)
    form = desk.get("/charter/amend").context["form"]
    typed: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if field.name == "articles":
            typed |= {
                "articles-0-title": "Purpose",
                "articles-0-text": "Members help each other at once.",
            }
        elif field.name == "triggers":
            typed |= {
                f"triggers-0-{name}": words
                for name, words in charter()["rules"]["triggers"][0].items()
            }
        else:
            typed[field.name] = "" if value is None else value
    typed |= {"why": "Sooner.", "once": "two", "propose": "1"}
    page = desk.post("/charter/amend", typed)
    assert "Members help each other at once." in shown(page)
    assert by_ssh(desk, "/charter/amend", page, hand).status_code == 302
    assert (
        Charter.objects.exclude(base="").get().articles[0]["text"]
        == "Members help each other at once."
    )


def test_a_wrong_approval_keeps_the_page_and_all_that_was_typed(desk, towns):
    hand = SshHand()
    enrol(towns[0], hand)
    to_last_screen(desk)
    page = desk.post(THREE, {"sign": ""})
    for pasted in (
        "",
        "nonsense",
        SshHand(seed=b"x" * 32).armored(statement(desk, THREE, page)),
        hand.armored(b"else"),
    ):
        refused = desk.post(THREE, {**carried(page), "approve-ssh": pasted})
        assert refused.status_code == 422
        assert "was not sent yet" in refused.content.decode()
        assert shown(refused) == shown(page), "and the statement may still be signed"
    assert by_ssh(desk, THREE, refused, hand).status_code == 302
    assert Call.objects.count() == 1


def test_a_person_who_goes_back_finds_what_was_typed(desk, towns):
    enrol(towns[0], SshHand())
    url = reverse("officer-new")
    page = desk.post(
        url, {"office": "Counsel", "handle": "counsel", "can": ["note", "duty"], "once": "x"}
    )
    assert "Counsel" in shown(page)
    back = desk.post(url, {**carried(page), "approve-change": "1"})
    assert back.status_code == 200
    assert back.context["form"]["office"].value() == "Counsel"
    assert back.context["form"]["can"].value() == ["note", "duty"]
    assert not Officer.objects.filter(handle="counsel").exists()


def test_a_prepared_text_is_late_after_an_hour_and_is_read_again(desk, towns, set_clock):
    hand = SshHand()
    enrol(towns[0], hand)
    to_last_screen(desk)
    page = desk.post(THREE, {"sign": ""})
    pasted = hand.armored(statement(desk, THREE, page))
    set_clock.at = clock.now() + timedelta(minutes=61)
    late = desk.post(THREE, {**carried(page), "approve-ssh": pasted})
    assert late.status_code == 422
    assert "More than an hour" in late.content.decode()
    assert shown(late) != shown(page)
    assert by_ssh(desk, THREE, late, hand).status_code == 302


def test_words_that_changed_meanwhile_are_read_again(desk, towns):
    hand = SshHand()
    enrol(towns[0], hand)
    to_last_screen(desk)
    page = desk.post(THREE, {"sign": ""})
    pasted = hand.armored(statement(desk, THREE, page))
    desk.post(ONE, {**WHAT, "summary": "Nothing happened."})
    changed = desk.post(THREE, {**carried(page), "approve-ssh": pasted})
    assert changed.status_code == 422
    assert "Nothing happened." in shown(changed)
    assert not Call.objects.exists()


def test_a_prepared_text_that_this_node_did_not_sign_is_none(desk, towns):
    enrol(towns[0], SshHand())
    to_last_screen(desk)
    page = desk.post(THREE, {"sign": ""})
    forged = {
        **carried(page),
        "approve-prepared": carried(page)["approve-prepared"][0][:-3] + "xyz",
    }
    assert desk.post(THREE, {**forged, "approve-ssh": "x"}).status_code == 422
    assert not Call.objects.exists()


def test_an_ssh_key_is_enrolled_listed_and_ended_with_its_own_approval(desk, towns):
    hand, by = SshHand(), towns[0].by
    url = reverse("my-key-ssh")
    assert desk.post(url, {"label": "Desk", "public": "rubbish", "once": "a"}).status_code == 422
    line = hand.ssh.line + " someone@desk"
    assert desk.post(url, {"label": "Desk", "public": line, "once": "b"}).status_code == 302
    listed = desk.get(reverse("my-keys")).content.decode()
    assert hand.key.fingerprint in unescape(listed)
    assert "Enrol a second key" in listed
    (enrolled,) = Officer.objects.get(key=by).keys
    end = reverse("my-key-end", args=[enrolled["record"]])
    page = desk.post(end, {"once": "c"})
    assert hand.key.fingerprint in shown(page)
    assert by_ssh(desk, end, page, hand).status_code == 302
    assert "Ended by" in desk.get(reverse("officer-keys", args=[by])).content.decode()
    assert desk.get(end).status_code == 404


def test_only_the_office_itself_and_a_keeper_see_and_change_its_keys(towns, sit):
    other = towns[0].say("pact.officer/1", office="Clerk", handle="clerk", can=["note"])
    clerk = sit(other, name="clerk")
    assert clerk.get(reverse("my-keys")).status_code == 200
    for office in (other, towns[0].by, towns[1].by):
        for page in ("officer-keys", "officer-ssh", "officer-passkey"):
            assert clerk.get(reverse(page, args=[office])).status_code == 403
    chief = sit(towns[0].by, name="chief")
    assert chief.get(reverse("officer-keys", args=[other])).status_code == 200
    assert chief.get(reverse("officer-keys", args=[towns[1].by])).status_code == 404


def test_in_the_demo_nobody_locks_an_office(desk, towns, settings):
    settings.DEMO = True
    for page in ("my-keys", "my-key-ssh", "my-key-passkey"):
        assert "In the demo everybody" in desk.get(reverse(page)).content.decode()
        desk.post(reverse(page), SshHand().enrolment())
    assert Officer.objects.get(key=towns[0].by).keys == []


def test_the_record_s_page_shows_each_approval_and_that_it_verifies(desk, towns):
    hand = SshHand()
    enrol(towns[0], hand)
    to_last_screen(desk)
    page = desk.post(THREE, {"sign": ""})
    by_ssh(desk, THREE, page, hand)
    seen = unescape(desk.get(reverse("record", args=[Call.objects.get().key])).content.decode())
    assert shown(page) in seen
    assert hand.key.fingerprint in seen
    assert "This node has just verified it" in seen
    assert "does not hold" not in seen
    (enrolment,) = Officer.objects.get(key=towns[0].by).keys
    seen = desk.get(reverse("record", args=[enrolment["record"]])).content.decode()
    assert "word of its member’s node only" in seen


def test_an_approval_is_shown_as_it_was_after_its_key_has_ended(desk, towns):
    first, second = SshHand(), SshHand(seed=b"t" * 32)
    enrol(towns[0], first)
    approved(towns[0], first, "pact.officer/1", office="Counsel", handle="counsel", can=["note"])
    said = Officer.objects.get(handle="counsel").key
    enrol(towns[0], second, by=first)
    approved(
        towns[0], second, "pact.officer-key-end/1", officer=towns[0].by, key=first.key.fingerprint
    )
    seen = desk.get(reverse("record", args=[said])).content.decode()
    assert "This node has just verified it" in seen
    assert "ended by" in seen
