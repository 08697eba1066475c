"""A weighty act by a program: it asks, its officer signs elsewhere, it asks again."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import jsonschema
import pytest

from hansa.api.openapi import document
from hansa.kernel import clock
from hansa.kernel.models import Entry
from tests.api.conftest import program
from tests.api.test_say import problem
from tests.approving import PasskeyHand, SshHand, enrol
from tests.builders import pact_of

pytestmark = pytest.mark.django_db


def call(towns, **more):
    pact = pact_of(towns)
    says = {
        "pact": pact,
        "charter": pact,
        "trigger": "deployment",
        "began": "2025-06-07T08:00Z",
        "place": "Downtown",
        "summary": "Troops came.",
        "forms": ["legal"],
    }
    return json.dumps({"kind": "pact.call/1", "says": says, **more})


def asked(towns):
    """The answer to the first request."""
    said = problem(program(towns[0]).post(call(towns), key="k"), 409, "not-approved")
    made = document()
    schema = made["components"]["schemas"]["NotApproved"]
    jsonschema.validate(said, {**schema, "components": made["components"]})
    return said["approve"]


def by_ssh(hand, approve):
    return {"method": "ssh", "signature": hand.armored(approve["statement"].encode())}


def test_it_is_told_what_to_sign_and_says_it_with_the_signature(towns):
    hand = SshHand()
    enrol(towns[0], hand)
    approve = asked(towns)
    assert approve["shown"] in approve["statement"]
    assert approve["keys"][0]["fingerprint"] == hand.key.fingerprint
    given = {"prepared": approve["prepared"], "approvals": [by_ssh(hand, approve)]}
    answer = program(towns[0]).post(call(towns, **given), key="k")
    assert answer.status_code == 201, answer.content
    assert Entry.objects.get(kind="pact.call/1").fate == "done"
    assert program(towns[0]).post(call(towns), key="k").status_code == 200


def test_a_passkey_signs_the_challenge(towns):
    hand = PasskeyHand()
    enrol(towns[0], hand)
    approve = asked(towns)
    client = hand.client(urlsafe_b64decode(approve["challenge"] + "="))
    parts = {"data": hand.data(), "client": client}
    parts["signature"] = hand.sign(parts["data"] + hashlib.sha256(client).digest())
    given = {name: urlsafe_b64encode(part).decode().rstrip("=") for name, part in parts.items()}
    given |= {"method": "webauthn", "id": approve["keys"][0]["credential"]}
    more = {"prepared": approve["prepared"], "approvals": [given]}
    assert program(towns[0]).post(call(towns, **more)).status_code == 201


def test_a_wrong_signature_another_text_and_a_late_one_are_refused(towns, set_clock):
    hand = SshHand()
    enrol(towns[0], hand)
    approve, here = asked(towns), program(towns[0])
    given = {"prepared": approve["prepared"], "approvals": [by_ssh(hand, approve)]}
    for wrong in (
        {**given, "approvals": [by_ssh(SshHand(seed=b"x" * 32), approve)]},
        {**given, "approvals": [{"method": "ssh", "signature": "rubbish"}]},
        {
            **given,
            "approvals": [
                {"method": "webauthn", "id": "", "data": "", "client": "", "signature": ""}
            ],
        },
    ):
        problem(here.post(call(towns, **wrong)), 422, "approval-false")
    problem(here.post(call(towns, **{**given, "approvals": []})), 409, "not-approved")
    problem(
        here.post(call(towns, **given).replace("Troops came", "Nobody came")), 422, "approval-late"
    )
    problem(
        here.post(call(towns, prepared="x", approvals=given["approvals"])), 422, "approval-late"
    )
    problem(
        here.post(call(towns, prepared=approve["prepared"], approvals=[{"method": "mail"}])), 400
    )
    set_clock.at = clock.now() + timedelta(minutes=61)
    problem(here.post(call(towns, **given)), 422, "approval-late")
    assert not Entry.objects.filter(kind="pact.call/1").exists()
