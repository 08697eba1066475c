"""A node that skips every courtesy and writes what its member may not say."""

from datetime import UTC, datetime

import pytest

from hansa.aid.models import Pledge, Stock
from hansa.kernel.errors import Refused
from hansa.kernel.models import Fate
from hansa.pact.models import Call, Fact, Member, Note, Officer
from tests.attacks.words import DONE, WAITING, envelope, fact, note, void
from tests.builders import found
from tests.foreign import FOUNDING, ForeignLog, example


def officer(log: ForeignLog, *can: str, **rest) -> str:
    return log.write("pact.officer/1", {"office": "Clerk", "handle": "clerk", "can": can, **rest})


def test_officer_without_the_capability(log):
    clerk = officer(log, "note")
    said = log.write("pact.fact/1", fact(), by=clerk)
    log.send()
    assert log.fate(said) == void("not-granted")
    assert not Fact.objects.exists()


def test_officer_appoints_itself_more_than_it_holds(log):
    clerk = officer(log, "note")
    said = log.write("pact.officer-change/1", {"officer": clerk, "can": ["keeper"]}, by=clerk)
    log.send()
    assert log.fate(said) == void("not-granted")
    assert Officer.objects.get(key=clerk).can == ["note"]


def test_officer_after_the_end_of_its_term(log):
    clerk = officer(log, "note", until="2025-06-08T00:00:00Z")
    within = log.write("pact.note/1", note(clerk), by=clerk, cites=(clerk,))
    at = datetime(2025, 6, 8, tzinfo=UTC)
    after = log.write("pact.note/1", note(clerk), by=clerk, cites=(clerk,), at=at)
    log.send()
    assert log.fate(within) == DONE
    assert log.fate(after) == void("ended")


def test_back_dated_author_time_does_not_bring_a_term_back(log):
    clerk = officer(log, "note", until="2025-06-08T00:00:00Z")
    later = datetime(2025, 6, 9, tzinfo=UTC)
    log.write("pact.note/1", note(clerk), cites=(clerk,), at=later)
    said = log.write(
        "pact.note/1", note(clerk), by=clerk, cites=(clerk,), at=datetime(2025, 6, 7, tzinfo=UTC)
    )
    log.send()
    assert log.fate(said) == void("ended")


def test_officer_after_it_was_revoked(log):
    clerk = officer(log, "note")
    log.write("pact.officer-end/1", {"officer": clerk}, cites=(clerk,))
    said = log.write("pact.note/1", note(clerk), by=clerk, cites=(clerk,))
    log.send()
    assert log.fate(said) == void("ended")


def test_revoked_officer_is_not_brought_back_by_a_change(log):
    clerk = officer(log, "note")
    log.write("pact.officer-end/1", {"officer": clerk}, cites=(clerk,))
    change = log.write("pact.officer-change/1", {"officer": clerk, "can": ["note"]}, cites=(clerk,))
    said = log.write("pact.note/1", note(clerk), by=clerk, cites=(clerk,))
    log.send()
    assert log.fate(change) == void("office-ended")
    assert log.fate(said) == void("ended")


def test_officer_of_another_log(log, set_clock):
    here = found(1)[0]
    said = log.write("pact.note/1", note(here.by), by=here.by, cites=(here.by,))
    log.send()
    assert log.fate(said) == void("no-officer")


@pytest.mark.parametrize(
    "by",
    [
        "",
        "elsewhere",
        "elsewhere@0\n",
        "elsewhere@00",
        "elsewhere@٠",
        "elsewhere/officer",
        "еlsewhere@0",
        "elsewhere@999999999999",
        "ELSEWHERE@0",
        "\u202e@0",
    ],
)
def test_officer_that_is_no_officer_of_the_log(log, by):
    refs = {log.keeper: log.leaf(log.keeper)}
    bare = log.raw(envelope("pact.note/1", by, refs, note(log.keeper)))
    cited = log.raw(envelope("pact.note/1", by, {**refs, by: refs[log.keeper]}, note(log.keeper)))
    log.send()
    assert log.fate(bare)[0] == Fate.VOID
    assert log.fate(cited)[0] in {Fate.VOID, Fate.WAITING}
    assert not Note.objects.exists()


def test_officer_that_is_no_officer_but_another_record_of_the_log(log):
    said = log.write("pact.note/1", note(log.keeper))
    signed = log.write("pact.note/1", note(log.keeper), by=said, cites=(log.keeper,))
    log.send()
    assert log.fate(signed) == void("no-officer")


def test_officer_appointed_only_later(log):
    """A forward citation cannot be hashed honestly; a forged one waits for a record that will never match it."""
    refs = {log.keeper: log.leaf(log.keeper), "elsewhere@2": bytes(32)}
    said = log.raw(envelope("pact.note/1", "elsewhere@2", refs, note(log.keeper)))
    officer(log, "note")
    log.send()
    assert log.fate(said) == WAITING
    assert not Note.objects.exists()


def test_second_founding_record(log):
    again = log.write("pact.member/1", {**FOUNDING, "name": "Usurped"}, by="")
    signed = log.write("pact.member/1", {**FOUNDING, "name": "Usurped"})
    log.send()
    assert log.fate(again) == void("founding")
    assert log.fate(signed) == void("founding")
    assert [member.name for member in Member.objects.all()] == ["Elsewhere"]


def test_log_that_does_not_begin_with_its_founding_record(home):
    log = ForeignLog(open_it=False)
    first = log.write("pact.fact/1", fact(), by="")
    second = log.write("pact.member/1", FOUNDING, by="")
    third = log.write("pact.fact/1", fact())
    log.send()
    assert log.fate(first) == void("no-officer")
    assert log.fate(second) == void("founding")
    assert log.fate(third)[0] == Fate.VOID


def test_record_upon_another_members_row(log, set_clock):
    """Nobody ends another's office, stands down another's call, takes back another's pledge."""
    towns = found(2)
    from tests.builders import call

    theirs = call(towns)
    ended = log.write("pact.call-end/1", {"call": theirs, "why": "No."}, cites=(theirs,))
    sacked = log.write("pact.officer-end/1", {"officer": towns[0].by}, cites=(towns[0].by,))
    log.send()
    assert log.fate(ended) == log.fate(sacked) == void("not-home")
    assert Call.objects.get().ended_at is None
    assert Officer.objects.get(key=towns[0].by).ended_at is None


@pytest.mark.parametrize(
    "subject",
    [
        "elsewhere/stock/water",
        "elsewhere@0/x",
        "elsewhere@0\n",
        " elsewhere@0",
        "elsewhere@00",
        "elsewhere@+0",
        "elsewhere@１",
        "elsewherе@0",
        "ELSEWHERE@0",
        "elsewhere\u200b@0",
        "elsewhere@-1",
        "elsewhere@1000000000000",
        "",
        "@",
        "@0",
    ],
)
def test_subject_key_tricks(log, subject):
    """A subject is a position and nothing else: no row under a suffix, no letter that only looks like one."""
    before = list(Officer.objects.values_list())
    said = log.write("pact.officer-end/1", {"officer": subject}, refs={subject: bytes(32)})
    bare = log.write("pact.officer-end/1", {"officer": subject})
    log.send()
    assert log.fate(said)[0] == Fate.VOID
    assert log.fate(bare)[0] == Fate.VOID
    assert list(Officer.objects.values_list()) == before


@pytest.mark.parametrize(
    "item", ["../us-ca/stock/water", "a@1", "@", "/", "", "x" * 60, "us-ca@0", "́", "\u202e"]
)
def test_item_tricks_never_leave_the_own_log(log, item):
    """Rows under a suffix take their names from what is said, and stay the author's whatever is said."""
    log.write("aid.stock/1", {"item": item, "unit": "piece", "quantity": 5}, audience="own")
    log.send()
    from hansa.kernel.models import row_models

    keys = [row.key for model in row_models() for row in model._default_manager.all()]
    assert all(key.startswith(("elsewhere/", "elsewhere@")) for key in keys)


def test_audience_that_the_kind_does_not_allow(log):
    stock = {"item": "water", "unit": "piece", "quantity": 5}
    shown = log.write("aid.stock/1", stock, audience="pact")
    hidden = log.write("pact.fact/1", fact(), audience="own")
    other = log.write("pact.fact/1", fact(), audience="us-ca")
    log.send()
    assert log.fate(shown) == log.fate(hidden) == log.fate(other) == void("audience")
    assert not Fact.objects.exists()


def test_weapon_as_resource_type(log):
    for code, name in [
        ("rifle", "Rifles"),
        ("tool", "Assault rifle"),
        ("tear-gas", "Tear gas"),
        ("TOOL", "ＲＩＦＬＥ"),
        ("thing", "ri\u00adfle"),
        ("thing-b", "ri\u200bfle"),
        ("thing-c", "rіflе"),
    ]:
        said = log.write(
            "aid.type/1", {"code": code.lower(), "name": name, "form": "material", "unit": "piece"}
        )
        log.send()
        assert log.fate(said) == void("weapon"), name


def test_weapon_asked_for_counted_and_pledged(log):
    need = example("aid.need/1", item="rifle", call=log.keeper)
    asked = log.write("aid.need/1", need, cites=(log.keeper,))
    counted = log.write(
        "aid.stock/1", {"item": "rifle", "unit": "piece", "quantity": 5}, audience="own"
    )
    log.send()
    assert log.fate(asked)[0] == log.fate(counted)[0] == Fate.VOID
    assert log.fate(counted) == void("weapon")


@pytest.mark.parametrize("sources", [[], None])
def test_fact_without_a_source(log, sources):
    told = fact(sources=sources)
    if sources is None:
        del told["sources"]
    said = log.write("pact.fact/1", told)
    log.send()
    assert log.fate(said)[0] == Fate.VOID
    assert not Fact.objects.exists()


def test_own_reserve_pledged_away(log, set_clock):
    towns = found(2)
    from tests.builders import call

    theirs = call(towns)
    need = towns[0].say(
        "aid.need/1",
        **{
            **example("aid.need/1"),
            "call": theirs,
            "due": "2025-06-10T12:00Z",
            "item": "n95-respirator",
        },
    )
    stock = {"item": "n95-respirator", "unit": "piece"}
    towns[1].say("aid.stock/1", **stock, quantity=100)
    towns[1].say("aid.reserve/1", **stock, quantity=60, why="Ours.")
    pledge = {
        "call": theirs,
        "need": need,
        "form": "material",
        "item": "n95-respirator",
        "unit": "piece",
    }
    with pytest.raises(Refused, match="You can pledge 40 of this"):
        towns[1].say("aid.pledge/1", **pledge, quantity=41)
    assert towns[1].say("aid.pledge/1", **pledge, quantity=40)
    with pytest.raises(Refused, match="You can pledge 0 of this"):
        towns[1].say("aid.pledge/1", **pledge, quantity=1)
    # Another member's stock is nobody's business here, and a pledge shows nothing of it.
    log.write("aid.reserve/1", {**stock, "quantity": 60, "why": "Ours."}, audience="own")
    log.bodies[-1] = None
    theirs = log.write("aid.pledge/1", {**pledge, "quantity": 41}, cites=(theirs, need))
    log.send()
    assert log.fate(theirs) == DONE
    assert [row.quantity for row in Pledge.objects.order_by("quantity")] == [40, 41]
    assert [row.home for row in Stock.objects.all()] == [towns[1].log]
