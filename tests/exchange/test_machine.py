"""Which message may follow which: an exchange from request to release, with several suppliers, recalls, and nonsense."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.aid.exchange import rm
from hansa.aid.exchange.machine import FOLLOWS, SENDER, Exchange, Stage
from hansa.aid.exchange.rm import Message, Recall, Resource, Response


def message(kind, number, preceding="", answer="", recall=None):
    response = Response(answer) if answer else None
    return Message(
        kind,
        number,
        "",
        "1" if number != "1" else "",
        preceding,
        recall=recall,
        resources=(Resource("1", response=response),),
    )


def play(*messages):
    exchange = Exchange()
    told = [exchange.take(one) for one in messages]
    return exchange, told


def test_every_message_of_the_standard_has_its_place():
    assert set(FOLLOWS) == set(SENDER) == set(rm.KINDS)


def test_from_request_to_release():
    exchange, told = play(
        message("RequestResource", "1"),
        message("ResponseToRequestResource", "2", "1", "Accept"),
        message("RequisitionResource", "3", "2"),
        message("CommitResource", "4", "3", "Accept"),
        message("ReportResourceDeploymentStatus", "5", "4"),
        message("RequestExtendedDeploymentDuration", "6", "5"),
        message("ResponseToRequestExtendedDeploymentDuration", "7", "6", "Accept"),
        message("RequestReturn", "8", "7"),
        message("ResponseToRequestReturn", "9", "8", "Accept"),
        message("ReportResourceDeploymentStatus", "10", "9"),
    )
    assert told == [""] * 10
    assert exchange.stage == Stage.RELEASED


def test_suppliers_do_not_stand_in_each_others_way():
    exchange, told = play(
        message("RequestResource", "1"),
        message("ResponseToRequestResource", "2", "1", "Accept"),
        message("RequisitionResource", "3", "2"),
        message("CommitResource", "4", "3", "Accept"),
        message("ResponseToRequestResource", "5", "1", "Decline"),
        message("ResponseToRequestResource", "6", "1", "Provisional"),
    )
    assert told == [""] * 6
    assert [exchange.branches[one] for one in ("2", "5", "6")] == [
        Stage.COMMITTED,
        Stage.DECLINED,
        Stage.ANSWERED,
    ]


def test_a_return_that_is_declined_leaves_it_deployed():
    exchange, _told = play(
        message("RequestResource", "1"),
        message("CommitResource", "2", "1", "Accept"),
        message("RequestReturn", "3", "2"),
        message("ResponseToRequestReturn", "4", "3", "Decline"),
    )
    assert exchange.stage == Stage.DEPLOYED


def test_what_does_not_follow_is_told_and_changes_nothing():
    exchange, told = play(
        message("RequestResource", "1"),
        message("ReleaseResource", "2", "1"),
        message("CommitResource", "3", "99", "Accept"),
        message("RequestResource", "1"),
    )
    assert exchange.stage == Stage.REQUESTED
    assert [
        "does not follow" in told[1],
        "never came here" in told[2],
        "came before" in told[3],
    ] == [True] * 3


def test_a_cancel_ends_the_whole_exchange_and_an_update_does_not():
    updated, _told = play(
        message("RequestResource", "1"),
        message("RequestResource", "2", recall=Recall("1", "Update")),
        message("ResponseToRequestResource", "3", "2", "Accept"),
    )
    assert updated.stage == Stage.ANSWERED
    gone, told = play(
        message("RequestResource", "1"),
        message("ResponseToRequestResource", "2", "1", "Accept"),
        message("RequestResource", "3", recall=Recall("1", "Cancel")),
        message("RequisitionResource", "4", "2"),
    )
    assert "does not follow" in told[3]
    assert set(gone.branches.values()) == {Stage.CANCELLED}


KIND = st.sampled_from(rm.KINDS)
ID = st.integers(1, 6).map(str)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.builds(
            message,
            KIND,
            ID,
            ID | st.just(""),
            st.sampled_from(["", *rm.RESPONSES, "Perhaps"]),
            st.none() | st.builds(Recall, ID, st.sampled_from([*rm.RECALLS, "Undo"])),
        ),
        max_size=15,
    )
)
def test_any_order_of_any_messages_is_answered_and_a_repetition_changes_nothing(messages):
    exchange = Exchange()
    for one in messages:
        why = exchange.take(one)
        before = dict(exchange.branches)
        assert bool(why) == (exchange.taken.get(one.id) is not one)
        assert exchange.take(one) != "" or one.id not in exchange.taken
        assert exchange.branches == before
