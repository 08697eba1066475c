"""Whoever wants a weighty act to stand that its officer did not approve."""

import pytest

from hansa.kernel.errors import Refused
from hansa.kernel.models import Entry
from tests.approving import PasskeyHand, SshHand, approved, enrol
from tests.builders import call, found, pact_of

pytestmark = pytest.mark.django_db

HANDS = [
    SshHand(),
    SshHand(application="ssh:"),
    SshHand(hash_name="sha256"),
    PasskeyHand(),
    PasskeyHand(ed=True),
]


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


@pytest.mark.parametrize("hand", HANDS, ids=lambda one: one.key.public[:20])
def test_an_office_with_a_key_says_nothing_weighty_without_it(towns, hand):
    enrol(towns[0], hand)
    with pytest.raises(Refused) as refusal:
        call(towns)
    assert refusal.value.code == "not-approved"
    made = approved(towns[0], hand, "pact.call/1", **a_call(towns))
    assert Entry.objects.get(log=towns[0].log, index=int(made.split("@")[1])).fate == "done"
