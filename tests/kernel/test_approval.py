"""The statement's bytes, which are for ever; and what verifies, beside the judgement of another author's library."""

import hashlib
from base64 import b64decode
from dataclasses import replace

import msgspec
import pytest
from fido2.cose import ES256, EdDSA
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
    UserVerificationRequirement,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.signing import SigningKey

from hansa.kernel.approval import (
    Act,
    Approval,
    ByPasskey,
    BySsh,
    Key,
    Presence,
    challenge,
    judge,
    read_approval,
    read_key,
    verify,
)
from hansa.kernel.errors import Untrusted
from hansa.kernel.note import encode_base64
from hansa.kernel.sshsig import SshKey, dearmor, signer
from tests.approving import ORIGIN, Hand, PasskeyHand, SshHand

ACT = Act(
    "us-ca",
    "pact.call/1",
    "us-ca@0",
    "pact",
    {"us-il@4": bytes(range(32)), "us-ca@0": b"\xff" * 32},
    b'{"summary":"Troops came."}',
)
NONCE, SHOWN = bytes(range(16)), "California calls for aid: Troops came.\n\nWhere?\n  Downtown"
HANDS = [
    SshHand(),
    SshHand(application="ssh:"),
    SshHand(hash_name="sha256"),
    PasskeyHand(),
    PasskeyHand(ed=True),
]
EACH = pytest.mark.parametrize(
    "hand", HANDS, ids=["ssh", "security-key", "sha256", "es256", "ed25519"]
)
STATEMENT = """\
hansa/approval/1
log us-ca
kind pact.call/1
by us-ca@0
for pact
says eTwEk3YfkWDJfNS59ER1su2XYchwUcjnshvNr4SC9wY=
shown 0iz6IYSYAt6e1ZWUeeape1nGvzecEtqkK9mA9Z9/YaU=
nonce AAECAwQFBgcICQoLDA0ODw==
ref us-ca@0 //////////////////////////////////////////8=
ref us-il@4 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

California calls for aid: Troops came.

Where?
  Downtown
"""
"""For ever. A change of one byte makes every approval that was ever given false."""


def approve(hand: Hand, act: Act = ACT, shown: str = SHOWN) -> Approval:
    """What the hand makes of the act."""
    statement = act.statement(NONCE, shown)
    common = {
        "key": hand.key.fingerprint,
        "audience": act.audience,
        "nonce": encode_base64(NONCE),
        "shown": shown,
    }
    if isinstance(hand, SshHand):
        return BySsh(**common, signature=encode_base64(hand.blob(statement)))
    client, data = hand.client(challenge(statement)), hand.data()
    signature = hand.sign(data + hashlib.sha256(client).digest())
    parts = {"data": data, "client": client, "signature": signature}
    return ByPasskey(**common, **{name: encode_base64(part) for name, part in parts.items()})


def test_the_statement_is_these_bytes_for_ever():
    assert ACT.statement(NONCE, SHOWN).decode() == STATEMENT
    assert challenge(STATEMENT.encode()) == hashlib.sha256(STATEMENT.encode()).digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"log": "us-ca\nby x"},
        {"kind": "pact.call/1 x"},
        {"by": ""},
        {"audience": "a b"},
        {"refs": {"us-ca@0\nref us-il@4": bytes(32)}},
        {"kind": "\u00e9"},
    ],
)
def test_no_part_of_it_can_pass_for_another(changed):
    with pytest.raises(Untrusted):
        replace(ACT, **changed).statement(NONCE, SHOWN)


@EACH
def test_what_a_hand_approved_verifies_and_survives_the_wire(hand):
    made = approve(hand)
    assert read_approval(msgspec.json.encode(made)) == made
    seen = verify(made, hand.key, ACT)
    plain = isinstance(hand, SshHand) and not hand.application
    touched = isinstance(hand, SshHand) and bool(hand.application)
    assert seen is (Presence.KEY if plain else Presence.TOUCHED if touched else Presence.VERIFIED)
    assert judge([msgspec.json.encode(made)], {hand.key.fingerprint: hand.key}, ACT) == [
        challenge(STATEMENT.encode())
    ]


def flipped(data: bytes, bit: int) -> bytes:
    at = bit // 8 % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


@EACH
@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_is_refused(hand, data):
    made, act, bit = approve(hand), ACT, data.draw(st.integers(0, 2**14))
    parts = ["nonce", "signature", *(["data", "client"] if isinstance(made, ByPasskey) else [])]
    part = data.draw(st.sampled_from([*parts, "shown", "says", "leaf", "key"]))
    key = hand.key
    if part in parts:
        changed = encode_base64(flipped(b64decode(getattr(made, part)), bit))
        made = msgspec.structs.replace(made, **{part: changed})
    elif part == "shown":
        text = flipped(SHOWN.encode(), bit).decode(errors="replace")
        made = msgspec.structs.replace(made, shown=text)
    elif part == "says":
        act = replace(act, says=flipped(act.says, bit))
    elif part == "leaf":
        act = replace(act, refs={**act.refs, "us-ca@0": flipped(act.refs["us-ca@0"], bit)})
    else:
        with pytest.raises(Untrusted):
            verify(made, _flipped_key(key, bit), act)
        return
    with pytest.raises(Untrusted):
        verify(made, key, act)


def _flipped_key(key: Key, bit: int) -> Key:
    """The key with one bit of it changed; Untrusted where that is no key at all."""
    sort, encoded = key.public.split(" ")
    return read_key(
        key.method, f"{sort} {encode_base64(flipped(b64decode(encoded), bit))}", key.origin
    )


@EACH
@pytest.mark.parametrize(
    "changed",
    [
        {"log": "us-cb"},
        {"kind": "pact.call-end/1"},
        {"by": "us-ca@1"},
        {"audience": "own"},
        {"refs": {"us-ca@0": b"\xff" * 32}},
        {"refs": {**ACT.refs, "us-ny@1": bytes(32)}},
    ],
)
def test_an_approval_is_of_one_act_only(hand, changed):
    with pytest.raises(Untrusted):
        verify(approve(hand), hand.key, replace(ACT, **changed))


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=600), st.sampled_from(HANDS))
def test_no_bytes_whatever_raise_anything_else(rubbish, hand):
    made = msgspec.structs.replace(approve(hand), signature=encode_base64(rubbish) or "AAAA")
    with pytest.raises(Untrusted):
        verify(made, hand.key, ACT)
    for part in ("data", "client") if isinstance(made, ByPasskey) else ():
        wrong = msgspec.structs.replace(approve(hand), **{part: encode_base64(rubbish) or "AAAA"})
        with pytest.raises(Untrusted):
            verify(wrong, hand.key, ACT)
    with pytest.raises(Untrusted):
        judge([rubbish], {hand.key.fingerprint: hand.key}, ACT)
    with pytest.raises(Untrusted):
        dearmor(rubbish.decode(errors="replace"))
    with pytest.raises(Untrusted):
        signer(rubbish)
    with pytest.raises(Untrusted):
        SshKey.from_blob(rubbish)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=100))
def test_no_text_whatever_is_taken_for_a_key_or_raises_anything_else(public, origin):
    for method in ("ssh", "webauthn", public):
        try:
            read_key(method, public, origin)
        except Untrusted:
            continue
        pytest.fail("a key out of nothing")


# --- beside fido2


def fido_key(hand: PasskeyHand) -> AttestedCredentialData:
    raw = b64decode(hand.public.split(" ")[1])
    key = (
        EdDSA({1: 1, 3: -8, -1: 6, -2: raw})
        if hand.ed
        else ES256({1: 2, 3: -7, -1: 1, -2: raw[1:33], -3: raw[33:]})
    )
    return AttestedCredentialData.create(bytes(16), b"one", key)


def fido_says(hand: PasskeyHand, made: ByPasskey) -> bool:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id="hansa.example", name="Hansa"),
        verify_origin=lambda origin: origin == ORIGIN,
    )
    _asked, state = server.authenticate_begin(
        [fido_key(hand)],
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge(ACT.statement(NONCE, SHOWN)),
    )
    response = {
        "authenticatorData": websafe_encode(b64decode(made.data)),
        "clientDataJSON": websafe_encode(b64decode(made.client)),
        "signature": websafe_encode(b64decode(made.signature)),
    }
    answer = {
        "id": websafe_encode(b"one"),
        "rawId": websafe_encode(b"one"),
        "type": "public-key",
        "response": response,
    }
    try:
        server.authenticate_complete(state, [fido_key(hand)], answer)
    except ValueError:
        return False
    return True


def ours_says(hand: PasskeyHand, made: ByPasskey) -> bool:
    try:
        verify(made, PasskeyHand(ed=hand.ed).key, ACT)
    except Untrusted:
        return False
    return True


@pytest.mark.parametrize("ed", [False, True])
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"flags": 0x1D},
        {"flags": 0x85, "tail": b"\xa0"},
        {"flags": 0x01},
        {"flags": 0x04},
        {"says_origin": "https://hansa.example.org"},
        {"rp_id": "example"},
        {"type": "webauthn.create"},
        {"number": 8},
        {"more": {"challenge": "AAAA"}},
    ],
    ids=str,
)
def test_fido2_judges_the_same_assertions_alike(wrong, ed):
    hand = PasskeyHand(ed=ed)
    made = msgspec.structs.replace(approve(PasskeyHand(ed=ed, **wrong)), key=hand.key.fingerprint)
    assert isinstance(made, ByPasskey)
    assert (
        fido_says(hand, made)
        == ours_says(hand, made)
        == (not wrong or ("flags" in wrong and wrong["flags"] & 5 == 5))
    )


@pytest.mark.parametrize("ed", [False, True])
def test_what_fido2_s_own_parts_make_verifies_here(ed):
    hand = PasskeyHand(ed=ed)
    wanted = challenge(ACT.statement(NONCE, SHOWN))
    client = CollectedClientData.create(CollectedClientData.TYPE.GET, wanted, ORIGIN)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
    data = AuthenticatorData.create(hashlib.sha256(b"hansa.example").digest(), flags, 9)
    parts = {"data": data, "client": client, "signature": hand.sign(data + client.hash)}
    made = ByPasskey(
        key=hand.key.fingerprint,
        audience="pact",
        nonce=encode_base64(NONCE),
        shown=SHOWN,
        **{name: encode_base64(bytes(part)) for name, part in parts.items()},
    )
    assert verify(made, hand.key, ACT) is Presence.VERIFIED


def test_a_key_is_kept_in_one_spelling():
    line = SshKey(bytes(SigningKey(b"s" * 32).verify_key)).line
    for spelling in (line, f"{line} someone@desk", f"  {line.replace(' ', '   ')}\n"):
        assert read_key("ssh", spelling).public == line


def test_an_armored_signature_survives_pasting():
    """PROTOCOL.sshsig 1: header at the start, footer at the end; lines may be broken anywhere."""
    armored = SshHand().armored(b"text")
    blob = SshHand().blob(b"text")
    assert dearmor(armored) == blob
    assert dearmor(armored.replace("\n", "\r\n")) == blob
    assert dearmor("  \n" + armored.replace("\n", "\n   ") + "\n\n") == blob
    for wrong in (
        armored.replace("-----BEGIN SSH SIGNATURE-----", ""),
        armored.replace("-----END SSH SIGNATURE-----", ""),
        "x" + armored,
        armored + "x",
        armored[:40] + armored[90:] + armored[40:90],
    ):
        with pytest.raises(Untrusted):
            dearmor(wrong)
