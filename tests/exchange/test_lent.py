"""People on loan as messages: ordered, committed, extended, asked back, released, home; and the wish to stay, taken in."""

import pytest

from hansa.aid.exchange import ids, incoming, outgoing, rm
from hansa.aid.exchange.machine import Exchange, Stage
from hansa.aid.exchange.models import Draft
from hansa.aid.missions.models import Mission
from hansa.aid.models import Need
from tests.exchange.conftest import enveloped
from tests.missions.conftest import side

__all__ = ["enveloped", "side"]


def told(side, need):
    return outgoing.exchange_of(Need.objects.get(key=need), side.new_york.log)


def at_work(side, set_clock):
    mission = side.ordered(unit_id="CFD-7")
    for hour, step in enumerate(("under-way", "arrived"), start=13):
        set_clock.to(f"2025-06-07T{hour}:00Z")
        side.step(mission, step)
    for hour, step in enumerate(("checked-in", "at-work"), start=15):
        set_clock.to(f"2025-06-07T{hour}:00Z")
        side.receive(mission, step, **({"quantity": 20} if step == "checked-in" else {}))
    return mission


@pytest.mark.parametrize("recalled", [False, True])
def test_a_mission_from_order_to_home(side, set_clock, recalled):
    mission = at_work(side, set_clock)
    set_clock.to("2025-06-08T12:00Z")
    until = "2025-06-25T18:00Z"
    asked = side.la.say("aid.extension/1", mission=mission, until=until, why="One more week.")
    set_clock.to("2025-06-08T13:00Z")
    grant = {"mission": mission, "extension": asked, "until": until}
    side.chicago.say("aid.extension-consent/1", **grant)
    if recalled:
        set_clock.to("2025-06-09T12:00Z")
        side.chicago.say("aid.mission-recall/1", mission=mission, why="A fire at home.")
    set_clock.to("2025-06-10T12:00Z")
    side.receive(mission, "released")
    set_clock.to("2025-06-11T12:00Z")
    side.step(mission, "returned")
    row = Mission.objects.get(key=mission)
    messages = told(side, row.need)
    assert [one.kind for one in messages] == [
        "RequestResource",
        "ResponseToRequestResource",
        "RequisitionResource",
        "CommitResource",
        *["ReportResourceDeploymentStatus"] * 4,
        "RequestExtendedDeploymentDuration",
        "ResponseToRequestExtendedDeploymentDuration",
        *(["RequestReturn", "ResponseToRequestReturn"] if recalled else ["ReleaseResource"]),
        "ReportResourceDeploymentStatus",
    ]
    exchange = Exchange()
    assert [exchange.take(one) for one in messages] == [""] * len(messages)
    assert exchange.stage == Stage.RELEASED
    assert messages[3].resources[0].description == "CFD-7"
    assert [one.type for one in messages[3].resources[0].schedules] == [
        "EstimatedDeparture",
        "EstimatedReturnDeparture",
    ]
    assert len({one.id for one in messages}) == len(messages)


def test_the_wish_to_keep_them_is_a_draft_of_the_receiver_alone(side, set_clock, enveloped):
    mission = at_work(side, set_clock)
    wish = rm.Message(
        "RequestExtendedDeploymentDuration",
        "urn:elsewhere:stay",
        "",
        preceding=ids.message_id(mission, "CommitResource"),
        description="The shelters stay open.",
        resources=(
            rm.Resource(
                "1",
                schedules=(rm.Schedule("RequestedReturnDeparture", "2025-06-25T18:00:00Z"),),
            ),
        ),
    )
    (receipt,) = incoming.receive(enveloped(wish), side.la.log, side.la.by)
    draft = Draft.objects.get(pk=receipt.draft)
    assert (draft.kind, draft.fixed) == ("aid.extension/1", {"mission": mission})
    assert draft.initial["until"] == "2025-06-25T18:00:00+00:00"
    (giver,) = incoming.receive(enveloped(wish), side.chicago.log, side.chicago.by)
    assert Draft.objects.get(pk=giver.draft).kind == ""
