"""A mission from the phone call to the settled bill, said through the one door: what it refuses, and where it stands."""

import pytest

from hansa.aid import board, custody
from hansa.aid.missions import phases, rules
from hansa.aid.missions.models import Committed, Mission, Offer, Thread
from hansa.aid.missions.words import Phase
from hansa.aid.models import Pledge, Stock
from hansa.aid.words import NeedState
from hansa.kernel.errors import Refused
from hansa.kernel.fsck import fsck
from tests.missions.conftest import need_of, shut, standing


def refused(code=None, field=None):
    return pytest.raises(
        Refused,
        check=lambda e: (code is None or e.code == code) and (field is None or e.field == field),
    )


def test_a_team_goes_from_the_offer_to_the_settled_bill(side):
    need = side.need()
    pledge = side.pledge(need)
    offer = side.offer(pledge)
    assert standing(pledge).phase == Phase.OFFERED
    agreement = side.agree(offer)
    assert standing(pledge).phase == Phase.AGREED
    side.countersign(agreement, offer)
    assert standing(pledge).phase == Phase.APPROVED
    mission = side.order(agreement, offer)
    seen = [standing(pledge).phase]
    for say, step in (
        (side.step, "under-way"),
        (side.step, "arrived"),
        (side.receive, "checked-in"),
        (side.receive, "at-work"),
        (side.receive, "released"),
        (side.step, "returned"),
        (side.step, "settled"),
    ):
        say(mission, step, **({"quantity": 20} if step == "checked-in" else {}))
        seen.append(standing(pledge).phase)
    assert seen == [
        Phase.ORDERED,
        Phase.UNDER_WAY,
        Phase.ARRIVED,
        Phase.CHECKED_IN,
        Phase.AT_WORK,
        Phase.RELEASED,
        Phase.RETURNED,
        Phase.SETTLED,
    ]
    assert rules.phase(Mission.objects.get()) == Phase.SETTLED
    assert rules.flags(standing(pledge)) == []
    assert board.need_lines([need_of(need)])[0].state == NeedState.MET
    assert Pledge.objects.get().to_send == 0
    assert Stock.objects.get(home=side.chicago.log).promised == 0
    assert custody.discrepancy() == []
    report = fsck()
    assert report.ok, report.text()
