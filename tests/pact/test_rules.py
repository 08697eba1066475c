"""Who is a member, which charter counts, who owes what: also where a node is hostile."""

from datetime import datetime, timedelta

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact.ledger import Duty, Ledger, Reply, Standing
from hansa.pact.models import Ballot, Call, Charter, Consent, Member, Membership
from hansa.pact.rules import Roll
from hansa.pact.terms import Article, ConsentRule, ShareRule, default_charter, read_rules
from hansa.pact.words import Form
from tests.builders import call, charter, found, pact_of, town


@pytest.fixture(autouse=True)
def _here(home, set_clock):
    """Each test has a home of its own and a clock that stands."""


def moment(text):
    return datetime.fromisoformat(text)


def standings(at=None):
    ledger = Ledger(Call.objects.order_by("at", "key"))
    return {
        (duty.member.name, duty.form.value): duty.standing(at or clock.now())
        for duty in ledger.all_duties()
    }


def amendment(towns, by=0, electorate=None, **rules):
    terms = charter(**rules)
    named = towns if electorate is None else electorate
    return towns[by].say(
        "pact.amendment/1",
        base=Roll().current.charter.key,
        why="Sooner.",
        articles=terms["articles"],
        rules=terms["rules"],
        electorate=[f"{one.log}@0" for one in named],
    )


# --- terms -----------------------------------------------------------------------------------


def test_the_default_charter_fits_what_the_software_counts_by():
    given = default_charter()
    rules = read_rules(given["rules"])
    assert rules.consent.needed == 0
    assert (rules.admission.share, rules.amendment.share) == ("1/2", "2/3")
    assert rules.cost.rule == "receiver-repays"
    assert "repays" in rules.cost.text
    assert rules.cost.text_es
    assert [rule.id for rule in rules.forms] == list(Form)
    assert len(msgspec.convert(given["articles"], list[Article])) == 18
    assert all(article["text_es"] for article in given["articles"])


@pytest.mark.parametrize("rule", [{"rule": "members"}, {"rule": "caller", "count": 2}])
def test_a_consent_rule_that_contradicts_itself_is_refused(rule):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(rule, ConsentRule)


@given(st.integers(1, 99), st.integers(1, 99), st.integers(0, 500))
def test_a_share_is_never_nobody_and_never_more_than_all(above, below, members):
    if above > below:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"share": f"{above}/{below}"}, ShareRule)
    else:
        needed = ShareRule(share=f"{above}/{below}").of(members)
        assert 1 <= needed <= max(1, members)
        assert needed * below >= above * members


# --- members ---------------------------------------------------------------------------------


def test_a_newcomer_is_a_member_from_the_word_that_completed_the_share(set_clock):
    towns = found(4)
    new = town("us-co-denver", "Denver")
    invitation = towns[0].say("pact.invitation/1", pact=pact_of(towns), member=f"{new.log}@0")
    set_clock.to("2025-06-08T12:00Z")
    new.say(
        "pact.accession/1",
        pact=pact_of(towns),
        charter=pact_of(towns),
        invitation=invitation,
        effective="2025-06-01T00:00Z",
    )
    assert new.log not in Roll().members_at(clock.now())
    set_clock.to("2025-06-09T12:00Z")
    towns[1].say("pact.admission/1", invitation=invitation)
    span = Roll().spans[new.log][0]
    assert span.start == moment("2025-06-09T12:00Z")
    with pytest.raises(Refused):
        new.say(
            "pact.accession/1",
            pact=pact_of(towns),
            charter=pact_of(towns),
            invitation=invitation,
            effective=clock.now(),
        )


def test_who_backdates_its_accession_is_bound_only_from_its_own_word(set_clock):
    towns = found(3)
    new = town("us-co-denver", "Denver")
    invitation = towns[0].say("pact.invitation/1", pact=pact_of(towns), member=f"{new.log}@0")
    towns[1].say("pact.admission/1", invitation=invitation)
    call(towns)
    set_clock.to("2025-06-10T12:00Z")
    new.say(
        "pact.accession/1",
        pact=pact_of(towns),
        charter=pact_of(towns),
        invitation=invitation,
        effective="2025-06-01T00:00Z",
    )
    assert not any(name == "Denver" for name, _form in standings())


def test_a_word_of_no_member_admits_nobody():
    towns = found(4)
    stranger, new = town("us-co-denver", "Denver"), town("us-az-tucson", "Tucson")
    invitation = towns[0].say("pact.invitation/1", pact=pact_of(towns), member=f"{new.log}@0")
    with pytest.raises(Refused):
        stranger.say("pact.admission/1", invitation=invitation)
    new.say(
        "pact.accession/1",
        pact=pact_of(towns),
        charter=pact_of(towns),
        invitation=invitation,
        effective=clock.now(),
    )
    assert new.log not in Roll().members_at(clock.now())


def test_who_leaves_in_the_middle_of_a_call_still_owes_what_fell_due_before(set_clock):
    towns = found(4, leave_notice_days=1)
    _la, chicago, new_york, _seattle = towns
    terms = charter()["rules"]["forms"]
    assert terms[0]["hours"] == 24
    membership = Membership.objects.get(home=chicago.log).key
    chicago.say("pact.withdrawal/1", membership=membership, leaves="2025-06-08T18:00Z")
    call(towns)
    set_clock.to("2025-06-08T17:00Z")
    late = call(towns, summary="A second call, due after Chicago has left.")
    new_york.say(
        "pact.withdrawal/1",
        membership=Membership.objects.get(home=new_york.log).key,
        leaves="2025-07-01T00:00Z",
    )
    set_clock.to("2025-06-10T12:00Z")
    ledger = Ledger(Call.objects.order_by("at"))
    first, second = ledger.calls
    of = {
        (duty.call.key, duty.member.name): duty.standing(clock.now())
        for duty in ledger.all_duties()
        if duty.form == Form.LEGAL
    }
    assert second.key == late
    assert of[first.key, "Chicago"] == Standing.OVERDUE, "due before it left"
    assert of[second.key, "Chicago"] == Standing.RELEASED, "due after it left"
    assert of[second.key, "New York"] == Standing.OVERDUE, "notice alone releases nobody"
    assert next(one for one in ledger.accounts() if one.member.name == "Chicago").overdue == 4
    with pytest.raises(Refused):
        chicago.say("pact.decline/1", call=late, form="legal", reason="We have left.")


def test_the_notice_of_the_day_counts_even_if_the_charter_asks_for_more_later(set_clock):
    towns = found(3, leave_notice_days=1)
    towns[1].say(
        "pact.withdrawal/1",
        membership=Membership.objects.get(home=towns[1].log).key,
        leaves="2025-06-08T12:00Z",
    )
    set_clock.to("2025-06-07T13:00Z")
    longer = amendment(towns, leave_notice_days=60)
    for one in towns[:2]:
        one.say("pact.ballot/1", amendment=longer, yes=True)
    assert Roll().current.rules.leave_notice_days == 60
    assert Roll().spans[towns[1].log][0].until == moment("2025-06-08T12:00Z")


def test_who_comes_back_keeps_what_it_owed_before_it_left(set_clock):
    towns = found(3, leave_notice_days=0)
    chicago = towns[1]
    call(towns)
    set_clock.to("2025-06-09T12:00Z")
    chicago.say(
        "pact.withdrawal/1",
        membership=Membership.objects.get(home=chicago.log).key,
        leaves=clock.now(),
    )
    set_clock.to("2025-06-20T12:00Z")
    chicago.say(
        "pact.accession/1", pact=pact_of(towns), charter=pact_of(towns), effective=clock.now()
    )
    assert len(Roll().spans[chicago.log]) == 2
    assert Roll().is_member(chicago.log, clock.now())
    assert standings()["Chicago", "legal"] == Standing.OVERDUE


# --- the charter -----------------------------------------------------------------------------


def test_an_amendment_counts_from_the_vote_that_completed_its_share(set_clock):
    towns = found(3)
    sooner = amendment(towns, leave_notice_days=7)
    towns[0].say("pact.ballot/1", amendment=sooner, yes=True)
    assert Roll().tally(Charter.objects.get(key=sooner)).missing == 1
    assert Roll().current.rules.leave_notice_days == 30
    set_clock.to("2025-06-08T12:00Z")
    towns[1].say("pact.ballot/1", amendment=sooner, yes=True)
    assert (Roll().current.charter.key, Roll().current.since) == (
        sooner,
        moment("2025-06-08T12:00Z"),
    )
    with pytest.raises(Refused, match="decided"):
        towns[2].say("pact.ballot/1", amendment=sooner, yes=False)


def test_a_hostile_electorate_of_one_adopts_nothing():
    towns = found(3)
    with pytest.raises(Refused):
        amendment(towns, electorate=towns[:1], leave_notice_days=0)
    own = Charter.objects.get()
    forged = Charter(
        key=f"{towns[0].log}@77",
        home=towns[0].log,
        at=clock.now(),
        audience="pact",
        base=own.key,
        rules=own.rules | {"leave_notice_days": 0},
        electorate=[f"{towns[0].log}@0"],
    )
    forged.save()
    Ballot(
        key=f"{towns[0].log}/ballot/{forged.key}",
        home=towns[0].log,
        at=clock.now(),
        audience="pact",
        amendment=forged.key,
        yes=True,
    ).save()
    roll = Roll()
    assert roll.tally(forged).needed == 2
    assert roll.current.charter.key == own.key


def test_a_yes_is_final_and_a_no_may_become_one():
    towns = found(3)
    sooner = amendment(towns)
    towns[1].say("pact.ballot/1", amendment=sooner, yes=False)
    towns[1].say("pact.ballot/1", amendment=sooner, yes=True)
    with pytest.raises(Refused, match="final"):
        towns[1].say("pact.ballot/1", amendment=sooner, yes=False)


def test_the_roll_takes_as_many_queries_for_thirty_members_as_for_three():
    def queries():
        with CaptureQueriesContext(connection) as seen:
            Roll().members_at(clock.now())
        return len(seen)

    towns = found(3)
    few = queries()
    for number in range(27):
        new = town(f"newcomer-{number}", f"Newcomer {number}")
        invitation = towns[0].say("pact.invitation/1", pact=pact_of(towns), member=f"{new.log}@0")
        new.say(
            "pact.accession/1",
            pact=pact_of(towns),
            charter=pact_of(towns),
            invitation=invitation,
            effective=clock.now(),
        )
    assert queries() == few == 6


# --- calls and duties ------------------------------------------------------------------------


def test_a_call_of_no_member_or_under_a_charter_that_never_counted_binds_nobody():
    towns = found(3)
    call(towns)
    assert standings()
    stranger = town("us-co-denver", "Denver")
    row = Call.objects.get()
    row.key, row.home = f"{stranger.log}@5", stranger.log
    row.save()
    other = Call.objects.exclude(key=row.key).get()
    other.charter = f"{stranger.log}@0"
    other.save()
    assert standings() == {}


def test_consents_of_members_alone_make_a_call_active(set_clock):
    towns = found(4, consent={"rule": "members", "count": 2})
    key = call(towns)
    assert standings() == {}
    with pytest.raises(Refused):
        towns[0].say("pact.consent/1", call=key)
    towns[1].say("pact.consent/1", call=key)
    Consent(
        key=f"stranger/consent/{key}", home="stranger", at=clock.now(), audience="pact", call=key
    ).save()
    assert standings() == {}
    set_clock.to("2025-06-07T20:00Z")
    towns[2].say("pact.consent/1", call=key)
    ledger = Ledger(Call.objects.all())
    assert ledger.active_since(ledger.calls[0]) == moment("2025-06-07T20:00Z")
    assert {duty.due for duty in ledger.all_duties()} == {moment("2025-06-08T20:00Z")}


def test_a_call_that_needs_no_consent_takes_none():
    towns = found(3)
    with pytest.raises(Refused, match="no consent"):
        towns[1].say("pact.consent/1", call=call(towns))


def test_a_form_asked_again_starts_a_new_clock_and_forgets_nothing(set_clock):
    towns = found(3)
    key = call(towns, forms=["legal"])
    set_clock.to("2025-06-09T12:00Z")
    towns[0].say(
        "pact.call-change/1", call=key, place="Downtown", summary="Less is needed.", forms=["voice"]
    )
    set_clock.to("2025-06-10T12:00Z")
    towns[0].say(
        "pact.call-change/1",
        call=key,
        place="Downtown",
        summary="More is needed.",
        forms=["legal", "voice"],
    )
    duties = [
        duty
        for duty in Ledger(Call.objects.all()).all_duties()
        if duty.form == Form.LEGAL and duty.member.name == "Chicago"
    ]
    assert [duty.due for duty in duties] == [
        moment("2025-06-08T12:00Z"),
        moment("2025-06-11T12:00Z"),
    ]
    assert [duty.standing(clock.now()) for duty in duties] == [Standing.OVERDUE, Standing.OWED]


def test_stood_down_before_it_was_due_releases_and_after_does_not(set_clock):
    towns = found(3)
    first, second = call(towns), call(towns)
    set_clock.to("2025-06-07T20:00Z")
    towns[0].say("pact.call-end/1", call=first, why="They left.")
    set_clock.to("2025-06-09T20:00Z")
    towns[0].say("pact.call-end/1", call=second, why="They left.")
    ledger = Ledger(Call.objects.order_by("key"))
    stood = {duty.call.key: duty.standing(clock.now()) for duty in ledger.all_duties()}
    assert stood == {first: Standing.RELEASED, second: Standing.OVERDUE}


HOURS = st.integers(0, 100)


@given(due=HOURS, answered=st.none() | HOURS, released=st.none() | HOURS, at=HOURS)
def test_a_duty_once_late_stays_late_and_once_met_stays_met(due, answered, released, at):
    start = moment("2025-06-07T12:00Z")

    def hour(number):
        return None if number is None else start + timedelta(hours=number)

    answer = Reply("", "", "", "", "", "", hour(answered)) if answered is not None else None
    duty = Duty(Call(), Member(), Form.LEGAL, start, hour(due), hour(released), answer)
    now, later = duty.standing(hour(at)), duty.standing(hour(1000))
    if now in {Standing.LATE, Standing.ON_TIME, Standing.RELEASED}:
        assert later == now
    if later == Standing.ON_TIME:
        assert answered <= due
    if now == Standing.OVERDUE:
        assert at > due
        assert later in {Standing.OVERDUE, Standing.LATE}


def test_rules_in_words_name_every_form_and_number(home):
    from hansa.pact.pages import rulesheet

    told = " ".join(
        f"{line.about} {line.says}"
        for line in rulesheet.lines(read_rules(default_charter()["rules"]))
    )
    for words in (
        "24 hours",
        "12 hours",
        "6 hours",
        "72 hours",
        "30 days",
        "1/2",
        "2/3",
        "receiver repays",
        "its word is enough",
    ):
        assert words.lower() in told.lower(), words
