"""Missions' pages: the whole line by hand, who sees which step, what a shut gate says, the papers."""

from io import BytesIO

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from hansa.aid.missions.models import Agreement, Extension, Mission, Offer
from hansa.aid.models import Need, Pledge
from tests.api.conftest import program
from tests.missions.conftest import standing
from tests.missions.test_line import refused
from tests.visiting import post, sit, text

__all__ = ["sit"]


def test_the_whole_line_by_hand(side, sit):
    la, chicago = sit(side.la), sit(side.chicago)
    asked = {
        "item": "medic",
        "quantity": "20",
        "urgency": "today",
        "due": "2025-06-09T12:00",
        "how": "phone",
        "taken_by": "Duty officer, Chicago",
        "credentials": "Paramedic",
        "lodging": "yes",
    }
    post(la, reverse("need-new", args=[side.call]) + "?full=1", **asked)
    need = Need.objects.get()
    assert (need.how, need.details) == ("phone", {"credentials": "Paramedic", "lodging": True})
    assert "Requests by phone to confirm in writing" in text(la.get("/"))
    assert "It must be confirmed in writing by" in text(la.get(reverse("need", args=[need.key])))
    post(la, reverse("need-confirm", args=[need.key]))
    pledge = side.pledge(need.key)
    page = chicago.get(reverse("need", args=[need.key])).content.decode()
    assert reverse("offer-new", args=[pledge]) in page
    offered = {"starts": "2025-06-08T08:00", "ends": "2025-06-20T18:00", "insured": "yes"}
    more = {"people": "20", "travel": "road", "terms": "reimbursed", "credentials": "Illinois"}
    post(chicago, reverse("offer-new", args=[pledge]), personnel_cost="9,000", **offered, **more)
    offer = Offer.objects.get()
    assert "Offers to sign" in text(la.get("/"))
    page = la.get(reverse("agreement-new", args=[offer.key]))
    assert "You sign exactly this version" in text(page)
    assert "$9,000" in text(page)
    post(la, reverse("agreement-new", args=[offer.key]))
    agreement = Agreement.objects.get()
    post(chicago, reverse("agreement-countersign", args=[agreement.key]))
    assert "Orders to give" in text(chicago.get("/"))
    post(chicago, reverse("mission-new", args=[agreement.key]), report_to="Gate 4")
    mission = Mission.objects.get()
    url = reverse("mission", args=[pledge])
    assert "All gates are open." in text(chicago.get(url))
    post(chicago, reverse("mission-step", args=[mission.key]) + "?step=under-way", step="under-way")
    assert "On the way to you" in text(la.get("/"))
    post(la, reverse("mission-reception", args=[mission.key]), step="checked-in", quantity="20")
    post(la, reverse("mission-extend", args=[mission.key]), until="2025-06-30T18:00")
    asked_longer = Extension.objects.get()
    assert "Asked to stay longer" in text(chicago.get("/"))
    post(chicago, reverse("extension-grant", args=[asked_longer.key]))
    assert "At work, extended" in text(la.get(url))
    post(chicago, reverse("mission-recall", args=[mission.key]), why="A fire at home.")
    post(chicago, reverse("mission-step", args=[mission.key]), step="returned")
    post(chicago, reverse("mission-step", args=[mission.key]), step="settled")
    page = text(la.get(url))
    for words in ("Settled", "Requested by phone", "Recalled by the giver", "A fire at home."):
        assert words in page
    assert "Settled" in text(la.get(reverse("missions")))
    assert [*la.get(reverse("missions") + "?phase=out").context["page"].object_list] == []
    assert "Missions" in text(la.get(reverse("call", args=[side.call])))


def test_each_sees_its_own_next_step(side, sit):
    pledge = side.pledge(side.need())
    offer = side.offer(pledge)
    url, sign = reverse("mission", args=[pledge]), reverse("agreement-new", args=[offer])
    change = reverse("offer-new", args=[pledge])
    pages = [sit(town).get(url).content.decode() for town in (side.la, side.chicago, side.new_york)]
    assert [sign in page for page in pages] == [True, False, False]
    assert [change in page for page in pages] == [False, True, False]


def test_a_shut_gate_names_its_article_and_remedy(side, sit):
    mission = side.ordered()
    side.la.say("pact.call-end/1", call=side.call, why="They left.")
    chicago = sit(side.chicago)
    page = text(chicago.get(reverse("mission", args=[mission])))
    assert "1 gate is shut." in page
    assert "Article 1: Purpose" in page
    assert "Nobody leaves under it any more" in page
    refused = chicago.post(reverse("mission-step", args=[mission]), {"step": "under-way"})
    assert refused.status_code == 422
    assert "A gate is shut: the call is active (Article 1: Purpose)." in text(refused)
    ordered = standing(mission).mission
    assert ordered is not None
    assert ordered.steps == {}


def test_a_team_promised_twice_is_shown_to_both_before_either_signs(side, sit):
    need = side.need(40)
    ours, theirs = side.pledge(need), side.pledge(need, town=side.new_york)
    first, second = side.offer(ours, unit_id="IL-TF1"), side.offer(theirs, unit_id="IL-TF1")
    for town, pledge in ((side.chicago, ours), (side.new_york, theirs), (side.la, ours)):
        page = text(sit(town).get(reverse("mission", args=[pledge])))
        assert "IL-TF1 is promised twice." in page
        assert "Neither is bound yet" in page
    form = text(sit(side.la).get(reverse("agreement-new", args=[first])))
    assert "IL-TF1 is promised twice." in form
    assert "We know that the team is promised elsewhere" in form
    listed = text(sit(side.new_york).get(reverse("missions"), {"phase": "twice"}))
    assert listed.count("Promised twice, not signed yet") == 2
    assert "Promised twice" in text(sit(side.new_york).get(reverse("call", args=[side.call])))
    assert "Promised twice" in text(sit(side.la).get("/"))
    post(sit(side.la), reverse("agreement-new", args=[first]), despite="yes")
    form = text(sit(side.la).get(reverse("agreement-new", args=[second])))
    assert "That promise is signed" in form
    assert "Promised twice" in text(sit(side.la).get(reverse("need", args=[need])))


def test_the_papers_say_what_the_records_say(side, sit):
    need = side.need(conditions="Heat, 12-hour shifts.", report_to="Gate 4", meals=True)
    offer = side.offer(side.pledge(need), unit_id="IL-TF1", travel_cost=8_200)
    side.agree(offer, conditions="Shifts of 8 hours.")
    la = sit(side.la)
    form = la.get(reverse("mission-form", args=[Pledge.objects.get().key]))
    assert form["Content-Type"] == "application/pdf"
    said = printed(form)
    for words in (
        "Gate 4",
        "$8,200",
        "IL-TF1",
        "Shifts of 8 hours.",
        "Heat, 12-hour shifts.",
        "meals",
    ):
        assert words in said
    said = printed(la.get(reverse("need-form", args=[need])))
    assert "Gate 4" in said
    assert need in said


def printed(response):
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages).split()
    )


def test_the_details_of_a_standing_request_are_amended_and_every_reader_sees_what_changed(
    side, sit
):
    """On the page, for a program, on the printed form, and where somebody is about to sign."""
    need = side.need(credentials="Paramedic", leave="2025-06-20T18:00Z")
    la, url = sit(side.la), reverse("need-amend", args=[need])
    assert url in la.get(reverse("need", args=[need])).content.decode()
    page = la.get(url).content.decode()
    assert 'value="Paramedic"' in page, "it starts from the version that stands"
    assert "what you leave empty is asked no more" in page
    said = {"what": "For two posts.", "credentials": "Paramedic", "languages": "Spanish"}
    post(la, url, **said, leave="2025-06-24T18:00")
    told = text(la.get(reverse("need", args=[need])))
    assert "Which languages are required? – → Spanish" in told.replace(": ", " ")
    answer = program(side.chicago).get(f"/api/needs/{need}").json()
    assert answer["details"]["languages"] == "Spanish"
    assert answer["before"][0]["details"] == {
        "credentials": "Paramedic",
        "leave": "2025-06-20T18:00:00+00:00",
    }
    paper = PdfReader(BytesIO(la.get(reverse("need-form", args=[need])).content))
    printed = " ".join(" ".join(one.extract_text() for one in paper.pages).split())
    assert f"{need}, version 2" in printed
    assert "Version 2 changed" in printed
    offer = side.offer(side.pledge(need))
    assert "– → Spanish" in text(la.get(reverse("agreement-new", args=[offer])))
    side.agree(offer)
    side.la.say("aid.need-details/1", need=need, credentials="Nurse")
    assert "changed after it was signed" in text(
        sit(side.chicago).get(reverse("mission", args=[offer_of(offer)]))
    )
    answer = program(side.la).say("aid.need-details/1", need=need, credentials="Nurse")
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing-changed")
    side.la.say("aid.need-end/1", need=need, why="Found nearby.")
    assert program(side.la).say("aid.need-details/1", need=need).status_code == 422


def offer_of(key):
    return Offer.objects.get(key=key).pledge


def test_a_mission_of_people_whom_one_may_not_read_about_is_not_there(side, sit):
    assert sit(side.la).get(reverse("mission", args=[side.pledge(side.need())])).status_code == 404
    assert sit(side.la).get(reverse("mission", args=[side.call])).status_code == 404


def test_pages_ask_the_database_a_fixed_number_of_times(side, sit):
    la = sit(side.la)

    def asked(url):
        la.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert la.get(url).status_code == 200
        return len(seen)

    side.ordered(unit_id="IL-TF1")
    urls = [reverse("missions"), reverse("call", args=[side.call]), "/"]
    before = [asked(url) for url in urls]
    for number in range(2, 5):
        side.ordered(unit_id=f"IL-TF{number}")
    assert all(asked(url) <= most for url, most in zip(urls, before, strict=True))


def test_an_offer_is_filled_in_from_a_package_of_one_s_own(side, sit):
    said = {"code": "medics", "title": "First aid, 20", "mission": "First aid posts."}
    package = side.chicago.say(
        "aid.package/1",
        resources=[{"item": "medic", "quantity": 18}],
        costs=[
            {"line": "travel", "what": "Vans", "dollars": 4_000},
            {"line": "travel", "what": "Fuel", "dollars": 200},
        ],
        limitations="Needs water.",
        **said,
    )
    pledge = side.pledge(side.need())
    url = reverse("offer-new", args=[pledge])
    chicago = sit(side.chicago)
    assert "First aid, 20" in text(chicago.get(url))
    form = chicago.get(f"{url}?package={package}").context["form"]
    filled = {name: form.get_initial_for_field(form.fields[name], name) for name in form.fields}
    assert (filled["travel_cost"], filled["people"], filled["limitations"]) == (
        4_200,
        18,
        "Needs water.",
    )
    side.offer(pledge, package=package)
    assert "First aid, 20, revision 1" in text(chicago.get(reverse("mission", args=[pledge])))
    theirs = side.pledge(side.need(), town=side.new_york)
    with refused(field="package"):
        side.offer(theirs, package=package)
