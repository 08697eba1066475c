"""A government on its own node joins by letter: two homes, two people, one telephone call."""

import re
from html import unescape

import pytest
from django.urls import reverse

from hansa.kernel.errors import Refused
from hansa.kernel.models import Body, Entry, Log
from hansa.kernel.sync.joining import follow_all, write_request, write_welcome
from hansa.kernel.sync.letters import read_request, read_welcome
from hansa.kernel.sync.models import Introduction, Peer
from hansa.pact.joining import vouch
from hansa.pact.models import Invitation, Member, Officer
from tests.approving import SshHand, enrol
from tests.builders import town
from tests.foreign import ForeignLog
from tests.web.test_approve import by_ssh, carried, shown


def text(page):
    return unescape(page.content.decode())


@pytest.fixture
def letter(towns):
    """A letter as a fourth town on a machine of its own would write it, whose log is not here."""
    elsewhere = town("us-or-portland", "Portland", "OR")
    written = write_request(elsewhere.log)
    Member.objects.filter(home=elsewhere.log).delete()
    entries = Entry.objects.filter(log=elsewhere.log)
    Body.objects.filter(entry_id__in=entries.values("id")).delete()
    entries.delete()
    Officer.objects.filter(home=elsewhere.log).delete()
    Log.objects.filter(name=elsewhere.log).delete()
    return written


def test_newcomer_is_followed_introduced_and_invited(towns, letter):
    vouched = vouch(read_request(letter), towns[0].by)
    followed = Log.objects.get(name="us-or-portland")
    assert (followed.mine, followed.size, vouched.member.name) == (False, 1, "Portland")
    assert Introduction.objects.get().vkey == followed.vkey
    assert Invitation.objects.get().member == "us-or-portland@0"
    welcome = read_welcome(vouched.welcome)
    assert welcome.to == "us-or-portland"
    assert welcome.sender.log == towns[0].log
    assert {one.log for one in welcome.logs} == {one.log for one in towns}


def test_letter_of_a_long_log_is_as_short_and_its_rest_is_fetched_later(towns):
    for i in range(40):
        towns[1].say("pact.note/1", on=f"{towns[1].log}@0", text=f"Number {i}.")
    short, long = write_request(towns[2].log), write_request(towns[1].log)
    assert len(long) < len(short) + 500
    assert len(long.splitlines()) < 40, "it fits on the page that is printed"


def test_same_letter_again_says_nothing_twice(towns, letter):
    first, size = vouch(read_request(letter), towns[0].by), Entry.objects.count()
    again = vouch(read_request(letter), towns[0].by)
    assert again.invitation == first.invitation
    assert Entry.objects.count() == size


def test_a_name_that_is_known_by_another_key_is_refused_and_nothing_is_said(towns, letter):
    ForeignLog("us-or-portland", open_it=False)
    with pytest.raises(Refused, match="with another key"):
        vouch(read_request(letter), towns[0].by)
    assert not Introduction.objects.exists()


def test_letter_of_an_exercise_does_not_mix_with_earnest(home, towns, letter):
    (home / "hansa.toml").write_text('realm = "exercise"\n')
    with pytest.raises(Refused, match="no log of this realm"):
        vouch(read_request(letter), towns[0].by)


def test_welcome_is_followed_whole_or_not_at_all(home, set_clock):
    newcomer = town("us-or-portland", "Portland", "OR")
    far, near = ForeignLog("us-wa", open_it=False), ForeignLog("us-ca", open_it=False)
    Log.objects.exclude(name=newcomer.log).delete()
    made = welcome_by(near, [far, near], newcomer.log)
    assert follow_all(made) == ["us-ca", "us-wa"]
    assert list(Peer.objects.values_list("url", "logs")) == [
        ("https://us-ca.example.org", ["us-ca"]),
        ("https://us-wa.example.org", ["us-wa"]),
    ]
    Log.objects.filter(name="us-ca").delete()
    Log.objects.filter(name="us-wa").update(vkey=Log.objects.get(name=newcomer.log).vkey)
    with pytest.raises(Refused, match="with another key"):
        follow_all(made)
    assert not Log.objects.filter(name="us-ca").exists()


def test_welcome_for_another_is_refused(towns, letter):
    own = write_welcome(towns[0].log, "us-or-portland", f"{towns[0].log}@1")
    with pytest.raises(Refused, match="is for us-or-portland"):
        follow_all(read_welcome(own))


def welcome_by(sender, logs, to):
    """A welcome as another's node would have it."""
    from hansa.kernel.sync.letters import Known, Welcome, order

    known = [Known(one.signer.verifier, f"https://{one.name}.example.org") for one in logs]
    return Welcome(to, f"{sender.name}@1", order(known, sender.name), sender.signer.verifier)


def test_officer_compares_then_signs_and_gets_the_welcome(at_desk, letter):
    first = at_desk.post("/join/newcomer", {"letter": letter})
    asked = read_request(letter)
    assert asked.verifier.fingerprint in text(first)
    assert not Introduction.objects.exists(), "nothing is said before the fingerprint is compared"
    second = at_desk.post("/join/newcomer", {"letter": letter, "same": "on"})
    found = re.search(
        r"-----BEGIN HANSA WELCOME-----.*?END HANSA WELCOME-----", text(second), re.DOTALL
    )
    assert found
    assert read_welcome(found[0]).to == "us-or-portland"


def test_damaged_letter_keeps_what_was_pasted_and_says_what_to_do(at_desk):
    page = text(at_desk.post("/join/newcomer", {"letter": "Dear colleague, here it is"}))
    assert "Paste all of it" in page
    assert "Dear colleague, here it is" in page


def test_own_letter_is_shown_with_its_fingerprint_and_printed_with_a_code(at_desk, towns):
    page = text(at_desk.get("/join"))
    found = re.search(
        r"-----BEGIN HANSA JOIN REQUEST-----.*?-----END [A-Z ]+-----", page, re.DOTALL
    )
    assert found
    assert read_request(found[0]).log == towns[0].log
    assert read_request(found[0]).verifier.fingerprint in page
    paper = text(at_desk.get("/join/letter"))
    assert "<svg" in paper
    assert read_request(found[0]).verifier.fingerprint in paper


def test_an_officer_with_a_key_approves_the_introduction_and_then_the_invitation(
    towns, sit, letter
):
    """An act of two records: each is shown, approved and said in its turn."""
    hand, url = SshHand(), reverse("newcomer")
    enrol(towns[0], hand)
    client = sit(towns[0].by)
    first = client.post(url, {"letter": letter, "same": "1"})
    assert "vouches for the log us-or-portland" in shown(first)
    assert not Introduction.objects.exists()
    wrong = client.post(url, {**carried(first), "approve-ssh": "rubbish"})
    assert "was not sent yet" in text(wrong)
    second = by_ssh(client, url, wrong, hand)
    assert "invites Portland" in shown(second)
    assert Introduction.objects.exists()
    assert not Invitation.objects.exists()
    back = client.post(url, {**carried(second), "approve-change": "1"})
    assert letter.splitlines()[0] in text(back)
    done = by_ssh(client, url, second, hand)
    assert done.status_code == 200
    assert Invitation.objects.get().member == "us-or-portland@0"
