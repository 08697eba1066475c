"""Whoever wants a weighty act to stand that its officer did not approve."""

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import replace

import msgspec
import pytest

from hansa.kernel.approval import Act, BySsh, read_approval, read_key, verify
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.log import append
from hansa.kernel.models import Entry, Log
from hansa.kernel.note import _SMALL_ORDER, encode_base64
from hansa.kernel.prepare import Prepared, prepare
from hansa.kernel.say import say_draft
from hansa.kernel.state import rebuild, state_hash
from hansa.pact.models import Call, Officer
from tests.approving import PasskeyHand, SshHand, altered, approved, draft, enrol, string
from tests.builders import call, found, pact_of
from tests.foreign import ForeignLog, example

pytestmark = pytest.mark.django_db

HANDS = [
    SshHand(),
    SshHand(application="ssh:"),
    SshHand(hash_name="sha256"),
    PasskeyHand(),
    PasskeyHand(ed=True),
]
EACH_HAND = pytest.mark.parametrize(
    "hand", HANDS, ids=["ssh", "security-key", "sha256", "es256", "ed25519"]
)


@pytest.fixture
def towns(home, set_clock):
    return found(2)


def a_call(towns, **fields):
    pact = pact_of(towns)
    return {
        "pact": pact,
        "charter": pact,
        "trigger": "deployment",
        "began": "2025-06-07T08:00Z",
        "place": "Downtown",
        "summary": "Troops came unasked.",
        "forms": ["legal"],
        **fields,
    }


def prepared(towns, **fields) -> Prepared:
    return prepare(draft(towns[0], "pact.call/1", **a_call(towns, **fields)))


def refused(of, code="approval-false"):
    """It is refused at the door; and void, wherever it is folded, if a hostile node writes it all the same."""
    with pytest.raises(Refused) as refusal:
        say_draft(of)
    assert refusal.value.code == code
    assert not Call.objects.exists()


class Hostile(ForeignLog):
    """A node that writes into its own log whatever it likes, approvals included."""

    def act(self, kind, says, approvals=(), cites=(), by=None):
        by = by or self.keeper
        envelope = {
            "kind": kind,
            "by": by,
            "refs": {ref: b64encode(self.leaf(ref)).decode() for ref in (*cites, by)},
            "says": says,
            "approvals": [msgspec.Raw(one) for one in approvals],
        }
        return self.raw(msgspec.json.encode(envelope))


@EACH_HAND
def test_weighty_act_without_the_approval_of_an_office_with_a_key(towns, hand):
    enrol(towns[0], hand)
    refused(prepared(towns).draft, "not-approved")
    made = approved(towns[0], hand, "pact.call/1", **a_call(towns))
    assert Entry.objects.get(log=towns[0].log, index=made.split("@")[1]).fate == "done"
    before = state_hash()
    rebuild()
    assert state_hash() == before


@EACH_HAND
def test_approval_replayed_on_a_second_record(towns, hand):
    enrol(towns[0], hand)
    signed = hand.approve(prepared(towns))
    say_draft(signed)
    with pytest.raises(Refused) as refusal:
        say_draft(signed)
    assert refusal.value.code == "approval-reused"
    assert Call.objects.count() == 1


def test_approval_replayed_within_one_batch(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    signed = hand.approve(prepared(towns))
    first, second = append([signed, signed])
    assert not isinstance(first, Exception)
    assert isinstance(second, Refused)


def test_approval_that_stands_twice_in_one_record(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    signed = hand.approve(prepared(towns))
    refused(replace(signed, approvals=signed.approvals * 2))


def test_more_approvals_than_a_record_may_carry(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    many = prepared(towns).draft
    for _ in range(9):
        many = hand.approve(replace(prepared(towns), draft=many))
    refused(many)


@EACH_HAND
def test_approval_of_another_record(towns, hand):
    enrol(towns[0], hand)
    other = hand.approve(prepared(towns, summary="A drill."))
    refused(replace(prepared(towns).draft, approvals=other.approvals))


def test_approval_in_the_name_of_another_office(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    counsel = approved(
        towns[0], hand, "pact.officer/1", office="Counsel", handle="counsel", can=["sign"]
    )
    meant = draft(towns[0], "pact.call/1", **a_call(towns))
    signed = hand.approve(prepare(meant))
    refused(replace(signed, by=counsel))


def test_approval_by_an_ended_key(towns):
    first, second = SshHand(), PasskeyHand()
    enrol(towns[0], first)
    enrol(towns[0], second, by=first)
    early = first.approve(prepared(towns))
    ended = {"officer": towns[0].by, "key": first.key.fingerprint}
    approved(towns[0], second, "pact.officer-key-end/1", **ended)
    refused(early)
    say_draft(second.approve(prepared(towns)))
    assert Call.objects.count() == 1


def test_approval_by_a_key_before_it_was_enrolled(towns):
    hand, later = SshHand(), PasskeyHand()
    enrol(towns[0], hand)
    refused(later.approve(prepared(towns)))
    enrol(towns[0], later, by=hand)
    say_draft(later.approve(prepared(towns)))


def test_approval_by_another_officer_s_key(towns):
    hand, theirs = SshHand(), SshHand(seed=b"t" * 32)
    enrol(towns[0], hand)
    approved(towns[0], hand, "pact.officer/1", office="Counsel", handle="counsel", can=["sign"])
    counsel = Officer.objects.get(handle="counsel").key
    enrol(towns[0], theirs, as_=counsel)
    refused(theirs.approve(prepared(towns)))


def test_approval_by_an_officer_of_another_member(towns):
    hand, theirs = SshHand(), SshHand(seed=b"t" * 32)
    enrol(towns[0], hand)
    enrol(towns[1], theirs)
    refused(theirs.approve(prepared(towns)))


def test_key_of_an_office_enrolled_by_whom_it_does_not_concern(towns):
    clerk = towns[0].say("pact.officer/1", office="Clerk", handle="clerk", can=["sign"])
    with pytest.raises(Refused) as refusal:
        enrol(towns[0], SshHand(), as_=clerk, officer=towns[0].by)
    assert refusal.value.code == "not-granted"
    enrol(towns[0], SshHand(), officer=clerk)  # its keeper may
    with pytest.raises(Refused) as refusal:
        towns[0].say(
            "pact.officer-key-end/1", as_=clerk, officer=towns[0].by, key=SshHand().key.fingerprint
        )
    assert refusal.value.code == "not-granted"


def test_further_key_enrolled_by_a_node_that_has_only_the_log_s_key(towns):
    """Stolen online keys: the thief writes in the log, but no officer approves."""
    hand, thief = SshHand(), SshHand(seed=b"t" * 32)
    clerk = towns[0].say("pact.officer/1", office="Clerk", handle="clerk", can=["note"])
    enrol(towns[0], hand)
    for kind, says in (
        ("pact.officer-key/1", {"officer": towns[0].by, **thief.enrolment()}),
        ("pact.officer-key-end/1", {"officer": towns[0].by, "key": hand.key.fingerprint}),
        ("pact.officer/1", {"office": "Thief", "handle": "thief", "can": ["sign", "keeper"]}),
        ("pact.officer-change/1", {"officer": clerk, "can": ["sign"]}),
        ("pact.officer-end/1", {"officer": clerk}),
        ("pact.call/1", a_call(towns)),
    ):
        with pytest.raises(Refused) as refusal:
            towns[0].say(kind, **says)
        assert refusal.value.code == "not-approved", kind


def test_text_shown_that_is_not_the_text_signed(towns):
    hand = PasskeyHand()
    enrol(towns[0], hand)
    refused(altered(hand.approve(prepared(towns)), shown="A drill."))


def test_text_shown_that_turns_its_direction_or_hides_signs(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    made = prepared(towns)
    for shown in (
        "A \u202ellird.",
        "A drill.\u2028",
        "A drill.\x1b[2J",
        "",
        " \n",
        "\ufeffA drill.",
    ):
        with pytest.raises(Untrusted):
            made.act.statement(made.nonce, shown)
    meant = draft(towns[0], "pact.call/1", **a_call(towns, summary="A \u202ellird."))
    assert "[U+202E]" in prepare(meant).shown


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"says_origin": "https://hansa.example.org"}, "another page"),
        ({"says_origin": "https://hansa.example:8443"}, "another page"),
        ({"says_origin": "http://hansa.example"}, "another page"),
        ({"rp_id": "example"}, "another site"),
        ({"more": {"crossOrigin": True}}, "inside another site's page"),
        ({"more": {"topOrigin": "https://example.org"}}, "inside another site's page"),
        ({"type": "webauthn.create"}, "not asked to approve"),
        ({"flags": 0x01}, "did not ask for a PIN"),
        ({"flags": 0x04}, "Nobody was present"),
        ({"flags": 0x00}, "Nobody was present"),
        ({"flags": 0x45}, "holds what no approval holds"),
        ({"flags": 0x85}, "holds what no approval holds"),
        ({"tail": b"\xa0"}, "holds what no approval holds"),
        ({"more": {"challenge": "AAAA"}}, "something else"),
    ],
)
@pytest.mark.parametrize("ed", [False, True])
def test_passkey_assertion_that_webauthn_tells_us_to_refuse(towns, wrong, why, ed):
    """Origin of another site, missing user verification, another ceremony: WebAuthn L2 section 7.2, steps 11 to 17."""
    enrol(towns[0], PasskeyHand(ed=ed))
    signed = PasskeyHand(ed=ed, **wrong).approve(prepared(towns))
    refused(signed)
    with pytest.raises(Untrusted, match=why):
        verify(read_approval(signed.approvals[0]), PasskeyHand(ed=ed).key, prepared(towns).act)


def test_passkey_extension_data_is_signed_and_let_be(towns):
    """WebAuthn L2 section 6.1: an authenticator may add extension data, which the ED flag announces."""
    enrol(towns[0], PasskeyHand())
    say_draft(PasskeyHand(flags=0x85, tail=b"\xa0").approve(prepared(towns)))
    assert Call.objects.count() == 1


def test_client_data_that_names_a_thing_twice_or_is_no_json(towns):
    hand = PasskeyHand()
    enrol(towns[0], hand)
    made = prepared(towns)
    good = hand.client(made.challenge)
    for client in (
        b'{"type":"webauthn.create",' + good[1:],
        good[:-1] + b',"n":NaN}',
        good + b" x",
        b"[" * 5000,
        b"\xff" + good,
        b"{" + b" " * 5000 + good[1:],
    ):
        data = hand.data()
        signature = hand.sign(data + hashlib.sha256(client).digest())
        refused(made.by_passkey(hand.key.fingerprint, data, client, signature))


def test_signature_made_for_a_file_or_a_mail(towns):
    """PROTOCOL.sshsig 2: the namespace keeps a signature for one use from being accepted in another."""
    enrol(towns[0], SshHand())
    for namespace in ("file", "git", "hansa ", "Hansa", ""):
        refused(SshHand(namespace=namespace).approve(prepared(towns)))


def test_security_key_that_nobody_touched(towns):
    enrol(towns[0], SshHand(application="ssh:"))
    refused(SshHand(application="ssh:", flags=0).approve(prepared(towns)))
    refused(SshHand(application="ssh:", flags=4).approve(prepared(towns)))


def test_ssh_signature_of_another_shape(towns):
    """PROTOCOL.sshsig 2: versions above ours MUST be rejected; so is whatever we could not read whole."""
    hand = SshHand()
    enrol(towns[0], hand)
    made = prepared(towns)
    good = hand.blob(made.statement)
    shapes = [
        good.replace(b"SSHSIG", b"SSHSIH"),
        good[:6] + (2).to_bytes(4, "big") + good[10:],
        good[:6] + (0).to_bytes(4, "big") + good[10:],
        good + b"\0",
        good[:-1],
        good.replace(b"sha512", b"sha384"),
        SshHand(reserved=b"x").blob(made.statement),
        b"",
        b"SSHSIG" + b"\xff" * 200,
        good + bytes(4096),
    ]
    for shape in shapes:
        signed = hand.approve(made)
        refused(altered(signed, signature=encode_base64(shape) or "AAAA"))


def test_small_order_signature_point(towns):
    """Libraries disagree about these; all nodes must not."""
    ssh, passkey = SshHand(), PasskeyHand(ed=True)
    enrol(towns[0], ssh)
    enrol(towns[0], passkey, by=ssh)
    made = prepared(towns)
    good = ssh.blob(made.statement)
    signature = good[-64:]
    for point in sorted(_SMALL_ORDER):
        forged = point + signature[32:]
        refused(altered(ssh.approve(made), signature=encode_base64(good[:-64] + forged)))
        refused(altered(passkey.approve(made), signature=encode_base64(point + bytes(32))))


def test_small_order_key_is_no_key():
    for point in _SMALL_ORDER:
        line = encode_base64(string(b"ssh-ed25519") + string(point))
        with pytest.raises(Untrusted):
            read_key("ssh", f"ssh-ed25519 {line}")
        with pytest.raises(Untrusted):
            read_key("webauthn", f"ed25519 {encode_base64(point)}", "https://hansa.example")


def test_key_that_no_passkey_could_have():
    def es256(x: int, y: int, first: int = 4) -> str:
        raw = bytes([first]) + x.to_bytes(32, "big") + y.to_bytes(32, "big")
        return f"es256 {encode_base64(raw)}"

    good = PasskeyHand().public
    for public in (
        es256(1, 1),
        es256(0, 0),
        es256(2**256 - 1, 5),
        good + " ",
        good.replace("es256 ", "es256  "),
        good.replace("es256", "rs256"),
        "es256 " + encode_base64(bytes(65)),
        "ed25519 " + encode_base64(bytes(31)),
        "",
    ):
        with pytest.raises(Untrusted):
            read_key("webauthn", public, "https://hansa.example")
    for origin in (
        "",
        "http://hansa.example",
        "https://",
        "https://hansa.example/",
        "https://Hansa.example",
        "https://hansa.example:0",
        "https://user@hansa.example",
        "https://hansa.example\n",
    ):
        with pytest.raises(Untrusted):
            read_key("webauthn", good, origin)


def test_ecdsa_signature_in_another_spelling(towns):
    """X.690 8.3: one spelling only, and no zero. The library is more patient than all nodes may be."""
    hand = PasskeyHand()
    enrol(towns[0], hand)
    made = prepared(towns)
    signed = hand.approve(made)
    good = b64decode(json.loads(signed.approvals[0])["signature"])
    r = good[4 : 4 + good[3]]
    rest = good[4 + good[3] :]
    zero = bytes([2, 1, 0])
    for other in (
        bytes([0x30, good[1] + 1, 2, len(r) + 1, 0]) + r + rest,
        bytes([0x30, 0x81, good[1]]) + good[2:],
        bytes([0x30, 3 + len(rest)]) + zero + rest,
        bytes([0x30, 6]) + zero + zero,
        good + b"\0",
        bytes([0x31]) + good[1:],
        good[:-1],
        b"\x30\x00",
    ):
        refused(altered(signed, signature=encode_base64(other)))


def test_false_approval_on_an_act_that_needs_none(towns):
    """It is not let pass because nobody asked for it: whoever reads it would believe it."""
    hand = SshHand()
    note = draft(towns[0], "pact.note/1", on=towns[0].by, text="A note.")
    with pytest.raises(Refused) as refusal:
        say_draft(hand.approve(prepare(note)))
    assert refusal.value.code == "approval-false", "its office has enrolled no key at all"
    enrol(towns[0], hand)
    say_draft(hand.approve(prepare(note)))
    with pytest.raises(Refused):
        say_draft(replace(note, approvals=(b'{"method":"mail"}',)))


def test_approval_in_a_foreign_log_is_judged_by_everybody(home, set_clock):
    """A hostile node skips the door; its entry is kept, void, and changes nothing."""
    log, hand = Hostile(), SshHand()
    log.act(
        "pact.officer-key/1",
        {"officer": log.keeper, **hand.enrolment(), "origin": "", "credential": ""},
    )
    office = example("pact.officer/1")
    bare = log.act("pact.officer/1", office)
    false = log.act("pact.officer/1", office, [b'{"method":"ssh"}'])
    says = msgspec.json.encode(office)
    act = Act(
        log.name, "pact.officer/1", log.keeper, "pact", {log.keeper: log.leaf(log.keeper)}, says
    )

    def signed(nonce):
        return msgspec.json.encode(
            BySsh(
                key=hand.key.fingerprint,
                audience="pact",
                nonce=encode_base64(nonce),
                shown="An office.",
                signature=encode_base64(hand.blob(act.statement(nonce, "An office."))),
            )
        )

    good = log.act("pact.officer/1", office, [signed(bytes(16))])
    again = log.act("pact.officer/1", office, [signed(bytes(16))])
    fresh = log.act("pact.officer/1", office, [signed(bytes(15) + b"1")])
    junk = log.act("pact.officer/1", office, [b"0", b'"x"', b"[[[]]]"])
    log.send()
    assert [log.fate(ref) for ref in (bare, false, good, again, fresh, junk)] == [
        ("void", "not-approved"),
        ("void", "approval-false"),
        ("done", ""),
        ("void", "approval-reused"),
        ("done", ""),
        ("void", "approval-false"),
    ]
    before = state_hash()
    rebuild()
    assert state_hash() == before


def test_nobody_is_asked_for_a_key_that_was_never_enrolled(towns):
    call(towns)
    assert Call.objects.count() == 1
    assert Log.objects.filter(mine=True).count() == 2
