"""What officers say through the pact's pages: each lands, is refused in words, and is never shown to those it is not for."""

import pytest
from django.urls import reverse

from hansa.kernel.ref import home_of
from hansa.pact.models import (
    Admission,
    Ballot,
    Call,
    Charter,
    Fact,
    Invitation,
    Member,
    Membership,
    Note,
    Officer,
)
from hansa.pact.rules import Roll
from hansa.pact.terms import read_rules
from tests.builders import call, found, pact_of, town
from tests.pact.test_pages import SOURCE, fact, full

SOURCES = {
    "sources-0-title": "Order",
    "sources-0-publisher": "Court",
    "sources-0-date": "2025-06-07",
}


def text(response):
    return response.content.decode()


def test_a_member_declines_and_the_call_page_says_so(towns, sit):
    key = call(towns)
    desk = sit(towns[1].by)
    answer = desk.post(reverse("decline", args=[key, "legal"]), {"reason": "No hours are free."})
    assert answer.url == reverse("call", args=[key])
    page = text(desk.get(answer.url))
    assert "No hours are free." in page
    assert "Asked of Chicago" in page
    again = text(sit(towns[0].by).get(answer.url))
    assert "Asked of" not in again
    refused = sit(towns[0].by).post(reverse("decline", args=[key, "legal"]), {"reason": "Ours."})
    assert refused.status_code == 422
    assert "your own call" in text(refused)


def test_the_caller_widens_narrows_and_stands_down(towns, sit):
    key = call(towns, forms=["legal"])
    desk = sit(towns[0].by)
    desk.post(
        reverse("call-change", args=[key]),
        {"place": "Harbour", "summary": "More came.", "forms": ["voice"]},
    )
    row = Call.objects.get()
    assert row.place == "Harbour"
    assert row.forms["legal"]["until"]
    assert row.forms["voice"]["until"] is None
    desk.post(reverse("call-end", args=[key]), {"why": "They left."})
    page = text(desk.get(reverse("call", args=[key])))
    assert "They left." in page
    assert reverse("call-end", args=[key]) not in page
    assert desk.get(reverse("call-sheet", args=[key])).status_code == 200


def test_consent_is_offered_where_the_charter_wants_it(home, set_clock, sit):
    towns = found(3, consent={"rule": "members", "count": 1})
    key = call(towns)
    there = reverse("call-consent", args=[key])
    desk = sit(towns[1].by)
    page = text(desk.get(reverse("call", args=[key])))
    assert there in page
    assert "0 of 1" in page
    assert there not in text(sit(towns[0].by).get(reverse("call", args=[key])))
    desk.post(there, {})
    assert there not in text(desk.get(reverse("call", args=[key])))


def test_a_newcomer_is_invited_admitted_and_joins(home, set_clock, sit):
    towns = found(4)
    new = town("us-co-denver", "Denver")
    sit(towns[0].by).post(reverse("invite-member"), {"member": f"{new.log}@0"})
    invitation = Invitation.objects.get()
    assert "1 of 2" in text(sit(towns[1].by).get(reverse("members")))
    sit(towns[1].by).post(reverse("admit", args=[invitation.key]), {})
    assert Admission.objects.count() == 1
    assert sit(new.by).get(reverse("accede")).status_code == 200
    sit(new.by).post(reverse("accede"), {"effective": "2025-06-07T10:00"})
    assert Roll().is_member(new.log, Member.objects.get(home=new.log).at)
    assert Membership.objects.get(home=new.log).invitation == invitation.key


def test_a_member_gives_notice_and_too_short_a_notice_is_refused(towns, sit):
    desk = sit(towns[1].by)
    assert desk.post(reverse("withdraw"), {"leaves": "2025-06-08T12:00"}).status_code == 422
    desk.post(reverse("withdraw"), {"leaves": "2025-08-08T12:00"})
    assert Membership.objects.get(home=towns[1].log).leaves_at
    assert "Has given notice" in text(desk.get(reverse("members")))


def test_the_keeper_appoints_changes_and_ends_an_office_but_not_the_last_keeper(towns, sit):
    desk = sit(towns[0].by)
    desk.post(
        reverse("officer-new"),
        {"office": "Duty officer", "handle": "duty", "can": ["duty"], "until": "2025-06-12T08:00"},
    )
    made = Officer.objects.get(handle="duty")
    assert "Ends soon" in text(desk.get(reverse("officers")))
    assert (
        desk.post(
            reverse("officer-change", args=[made.key]),
            {"can": ["duty"], "until": "2025-06-01T08:00"},
        ).status_code
        == 422
    )
    desk.post(reverse("officer-change", args=[made.key]), {"can": ["duty", "note"]})
    assert Officer.objects.get(key=made.key).can == ["duty", "note"]
    assert (
        desk.post(reverse("officer-change", args=[towns[0].by]), {"can": ["sign"]}).status_code
        == 422
    )
    assert desk.post(reverse("officer-end", args=[towns[0].by]), {}).status_code == 422
    desk.post(reverse("officer-end", args=[made.key]), {})
    assert Officer.objects.get(key=made.key).ended_at
    assert sit(made.key).get(reverse("officers")).status_code == 403
    assert sit(towns[1].by).get(reverse("officer-end", args=[made.key])).status_code == 404


def test_a_fact_is_recorded_corrected_and_withdrawn_and_nothing_in_silence(towns, sit):
    desk = sit(towns[0].by)
    key = call(towns)
    made = desk.post(
        f"{reverse('fact-new')}?call={key}",
        {
            "when": "2025-06-07T04:00",
            "precision": "hour",
            "text": "Two thousand troops came.",
            **SOURCES,
            "figure-what": "Troops",
            "figure-value": "2,000",
            "figure-unit": "persons",
        },
    )
    assert made.url == reverse("call", args=[key])
    row = Fact.objects.get()
    assert row.figure == {"what": "Troops", "value": 2000, "unit": "persons"}
    there = reverse("fact", args=[row.key])
    desk.post(
        reverse("fact-correct", args=[row.key]),
        {"text": "Three hundred troops came.", "why": "Counted again.", **SOURCES},
    )
    page = text(desk.get(there))
    for words in ("Three hundred troops came.", "Two thousand troops came.", "Counted again."):
        assert words in page
    desk.post(reverse("fact-withdraw", args=[row.key]), {"why": "The source took it back."})
    for address in (there, reverse("facts"), made.url):
        assert "The source took it back." in text(desk.get(address))
    without = desk.post(
        reverse("fact-new"), {"when": "2025-06-07T04:00", "precision": "hour", "text": "A rumour."}
    )
    assert without.status_code == 422
    assert sit(towns[1].by).get(reverse("fact-correct", args=[row.key])).status_code == 404


def test_accounts_that_differ_stand_side_by_side(towns, sit):
    said = full(towns)
    for address in (
        reverse("call", args=[said["call"]]),
        f"{reverse('facts')}?mark=differs",
        reverse("fact", args=[said["fact"]]),
    ):
        page = text(sit().get(address))
        assert "Accounts differ" in page
        assert "300 troops were seen." in page
        assert "Department of Defense" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=ordered", 1),
        ("mark=corrected", 1),
        ("mark=withdrawn", 0),
        ("member=us-il-chicago", 1),
        ("month=2025-06", 2),
    ],
)
def test_facts_are_found_by_word_member_month_and_mark(towns, sit, query, count):
    full(towns)
    lines = sit().get(f"{reverse('facts')}?{query}&format=csv").getvalue().decode().splitlines()
    assert len(lines) == 1 + count


def test_a_link_that_is_no_web_address_is_not_clickable(towns, sit):
    key = fact(towns[0], sources=[{**SOURCE, "url": "javascript:alert(1)"}])
    assert 'href="javascript' not in text(sit().get(reverse("fact", args=[key])))


def test_a_note_for_ones_own_officers_is_seen_by_no_other_member(towns, sit):
    la, chicago, _new_york = towns
    key = call(towns)
    desk = sit(la.by)
    desk.post(f"{reverse('note')}?on={key}", {"text": "Gate 4 is closed.", "audience": "own"})
    desk.post(
        f"{reverse('note')}?on={key}",
        {"text": "Come to gate 7.", "audience": "pact", "mentions": []},
    )
    assert Note.objects.count() == 2
    there = reverse("call", args=[key])
    assert "Gate 4 is closed." in text(desk.get(there))
    for other in (sit(chicago.by), sit()):
        page = text(other.get(there))
        assert "Gate 4" not in page
        assert "Come to gate 7." in page
    own = Note.objects.get(audience="own")
    assert sit(chicago.by).get(f"{reverse('note')}?on={own.key}").status_code == 404


def test_a_note_reaches_the_office_that_it_names(towns, sit):
    la, chicago, _new_york = towns
    key = call(towns)
    chicago.say("pact.note/1", on=key, text="Who takes the second truck?", mentions=[la.by])
    for address in (reverse("mentions"), reverse("home")):
        assert "Who takes the second truck?" in text(sit(la.by).get(address))
    assert "Who takes the second truck?" not in text(sit(chicago.by).get(reverse("mentions")))
    assert (
        sit(la.by).get(reverse("note-about", args=[key])).url
        == f"{reverse('call', args=[key])}#notes"
    )


def amended(desk, **changes):
    page = desk.get(reverse("amend")).context["form"]
    data = {"why": "Answer sooner.", "once": "abc"}
    for number, row in enumerate(page.initial["articles"]):
        data |= {f"articles-{number}-{name}": value for name, value in row.items()}
    for number, row in enumerate(page.initial["triggers"]):
        data |= {f"triggers-{number}-{name}": value for name, value in row.items()}
    data |= {
        name: value
        for name, value in page.initial.items()
        if name not in {"articles", "triggers"} and value is not False
    }
    return {**data, **changes}


def test_an_amendment_is_edited_shown_as_a_difference_proposed_and_voted_in(towns, sit):
    desk = sit(towns[0].by)
    same = desk.post(reverse("amend"), amended(desk))
    assert same.status_code == 422
    assert "word for word" in text(same)
    changed = amended(desk, **{"legal_hours": "12", "articles-0-text": "Members help one another."})
    shown = text(desk.post(reverse("amend"), {**changed, "preview": ""}))
    assert "<ins>12 </ins>" in shown
    assert "<del>24 </del>" in shown
    assert Charter.objects.count() == 1
    there = desk.post(reverse("amend"), {**changed, "propose": ""}).url
    proposed = Charter.objects.exclude(base="").get()
    assert [rule.hours for rule in read_rules(proposed.rules).forms if rule.id == "legal"] == [12]
    assert "0 of 2" in text(desk.get(there))
    for one in towns[:2]:
        sit(one.by).post(reverse("vote", args=[proposed.key]), {"yes": "yes"})
    assert Ballot.objects.filter(yes=True).count() == 2
    assert "Members help one another." in text(desk.get(reverse("charter")))
    assert "Adopted" in text(desk.get(there))
    assert home_of(proposed.key) == towns[0].log
    assert pact_of(towns) in {row.base for row in Charter.objects.all()}


def test_the_ledger_drills_down_to_a_member_and_a_call(towns, sit):
    said = full(towns)
    for query, count in (
        (f"member={towns[1].log}", 4),
        (f"call={said['call']}", 8),
        ("standing=on-time", 1),
        ("answer=declined", 1),
        ("form=legal", 2),
    ):
        lines = (
            sit().get(f"{reverse('ledger')}?{query}&format=csv").getvalue().decode().splitlines()
        )
        assert len(lines) == 1 + count, query
    accounts = sit().get(f"{reverse('ledger')}?accounts=1&format=csv").getvalue().decode()
    assert len(accounts.splitlines()) == 1 + len(towns)


def test_a_sentence_has_one_full_stop(towns, sit):
    key = call(towns, summary="Troops came unasked.")
    page = text(sit().get(reverse("call", args=[key])))
    assert "calls for aid: Troops came unasked.<" in page
