"""Which pact is this home's own, and who may read in it."""

from datetime import UTC, datetime

import msgspec

from hansa.kernel.ingest import ingest
from hansa.kernel.record import PACT
from hansa.kernel.sync import rights
from hansa.pact import rules
from hansa.pact.models import Membership
from tests.builders import charter, found, pact_of, town
from tests.foreign import ForeignLog


def pact_here():
    """The key of the pact that this home takes for its own."""
    found = rules.pact()
    assert found is not None
    return found.key


def test_a_pact_that_a_stranger_founded_earlier_is_not_ours(home, set_clock):
    towns = found(2)
    stranger = ForeignLog("stranger")
    stranger.write(
        "pact.pact/1",
        msgspec.to_builtins({"name": "Another", "founders": [], **charter()}),
        at=datetime(2001, 1, 1, tzinfo=UTC),
    )
    ingest([stranger.bundle()])
    assert pact_here() == pact_of(towns)


def test_who_is_invited_but_has_not_joined_sees_the_pact_it_is_invited_to(home, set_clock):
    newcomer = town("us-or-portland", "Portland", "OR")
    early, inviter = ForeignLog("early"), ForeignLog("inviter")
    pacts = {}
    for log, year in ((early, 2001), (inviter, 2020)):
        said = msgspec.to_builtins({"name": log.name, "founders": [], **charter()})
        pacts[log.name] = log.write("pact.pact/1", said, at=datetime(year, 1, 1, tzinfo=UTC))
    ingest([early.bundle(), inviter.bundle()])
    assert pact_here() == pacts["early"], "nobody invited us yet"
    member = f"{newcomer.log}@0"
    invitation = {"pact": pacts["inviter"], "member": member}
    inviter.write("pact.invitation/1", invitation, cites=(pacts["inviter"], member))
    inviter.send()
    assert pact_here() == pacts["inviter"]


def test_who_has_left_is_handed_nothing_any_more(home, set_clock):
    towns = found(3, leave_notice_days=1)
    left, stayed = towns[1], towns[2]
    membership = Membership.objects.get(home=left.log).key
    left.say("pact.withdrawal/1", membership=membership, leaves="2025-06-09T12:00Z")
    set_clock.to("2025-06-09T11:00Z")
    assert rights.of([left.log])(towns[0].log, PACT), "a member until the last hour"
    set_clock.to("2025-06-09T13:00Z")
    assert not rights.of([left.log])(towns[0].log, PACT)
    assert rights.of([stayed.log])(towns[0].log, PACT)
    assert not rights.of([])(towns[0].log, PACT), "nor is who shows no member's key"
