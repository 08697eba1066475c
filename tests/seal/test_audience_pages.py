"""The pages of audiences and erasures, and the choice on every form that can be sealed."""

import pytest

from hansa.kernel import announce, clock
from hansa.kernel.models import Entry
from hansa.kernel.seal.models import Extension
from hansa.pact.models import Fact, Note
from hansa.web.audiences import erasures
from tests.builders import found
from tests.desk import at_desk, sit, towns

__all__ = ["at_desk", "sit", "towns"]


@pytest.fixture
def coast(towns):
    """An audience of Los Angeles and Chicago."""
    return towns[0].say(
        "kernel.audience/1", title="Coast", whom="members", members=[f"{towns[1].log}@0"]
    )


def test_the_page_says_who_reads_and_what_end_to_end_means(towns, at_desk, coast):
    shown = at_desk.get("/audiences").content.decode()
    assert "Coast" in shown
    assert "Chicago, Los Angeles" in shown
    assert "it can read the restricted records of all of them" in shown
    one = at_desk.get(f"/audience/{coast}").content.decode()
    assert "The first record begins its first epoch." in one


def test_an_audience_is_defined_and_changed_on_a_page(towns, at_desk):
    form = {"title": "Valley", "whom": "type", "type": "city", "once": "1"}
    answer = at_desk.post("/audiences/new", form)
    assert answer.status_code == 302
    assert "Chicago, Los Angeles, New York" in at_desk.get(answer.url).content.decode()
    chicago = f"{towns[1].log}@0"
    changed = {"title": "Valley", "whom": "members", "members": [chicago], "once": "2"}
    assert at_desk.post(f"{answer.url}/change", changed).status_code == 302
    assert "New York" not in at_desk.get(answer.url).content.decode()


def test_a_note_offers_the_audiences_and_says_who_is_in_them(towns, at_desk, sit, coast):
    page = at_desk.get(f"/note?on={towns[0].log}@0").content.decode()
    assert "Coast: Chicago, Los Angeles" in page
    posted = {"text": "To the coast alone.", "audience": coast, "once": "1"}
    assert at_desk.post(f"/note?on={towns[0].log}@0", posted).status_code == 302
    note = Note.objects.get()
    assert note.audience == coast
    at = f"/record/{note.key}"
    assert "To the coast alone." in at_desk.get(at).content.decode()
    reader = sit(towns[1].by, name="reader")
    shown = reader.get(at).content.decode()
    assert "To the coast alone." in shown
    assert "Chicago, Los Angeles (“Coast”)" in shown
    other = sit(towns[2].by, name="other")
    assert other.get(at).status_code == 404
    assert "To the coast alone." not in other.get("/history").content.decode()
    assert "To the coast alone." in reader.get("/history").content.decode()
    assert "To the coast alone." in reader.get("/search?q=coast").content.decode()
    assert "To the coast alone." not in other.get("/search?q=coast").content.decode()


def test_a_correction_of_a_sealed_fact_says_before_writing_who_will_read_it(towns, at_desk, coast):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from tests.attacks.words import fact

    told = say(KINDS["pact.fact/1"].read(fact()), log=towns[0].log, by=towns[0].by, audience=coast)
    page = at_desk.get(f"/fact/{told}/correct").content.decode()
    assert (
        "Only the officers of these members will be able to read this: Chicago, Los Angeles."
        in page
    )
    assert 'name="audience"' not in page
    source = {f"sources-0-{key}": text for key, text in fact()["sources"][0].items()}
    posted = {"text": "Otherwise.", "why": "Wrong.", "once": "1", **source}
    assert at_desk.post(f"/fact/{told}/correct", posted).status_code == 302
    assert Fact.objects.get().text == "Otherwise."
    assert Entry.objects.latest("id").audience.startswith("e-")


def test_what_rests_on_a_sealed_record_is_not_offered_to_the_whole_pact(towns, at_desk, coast):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say
    from tests.attacks.words import fact

    told = say(KINDS["pact.fact/1"].read(fact()), log=towns[0].log, by=towns[0].by, audience=coast)
    page = at_desk.get(f"/note?on={told}").content.decode()
    assert 'value="pact"' not in page
    assert f'value="{coast}"' in page


def test_earlier_records_are_opened_to_a_newcomer_after_a_plain_warning(
    towns, at_desk, sit, coast, set_clock
):
    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    note = KINDS["pact.note/1"].read({"on": f"{towns[0].log}@0", "text": "Before."})
    say(note, log=towns[0].log, by=towns[0].by, audience=coast)
    members = [f"{one.log}@0" for one in towns[1:]]
    towns[0].say(
        "kernel.audience-change/1", of=coast, title="Coast", whom="members", members=members
    )
    after = KINDS["pact.note/1"].read({"on": f"{towns[0].log}@0", "text": "After."})
    say(after, log=towns[0].log, by=towns[0].by, audience=coast)
    newcomer = sit(towns[2].by, name="newcomer")
    history = newcomer.get("/history").content.decode()
    assert "After." in history
    assert "Before." not in history
    page = at_desk.get(f"/audience/{coast}").content.decode()
    assert f"/audience/{coast}/open/{towns[2].log}" in page
    asked = at_desk.get(f"/audience/{coast}/open/{towns[2].log}")
    shown = asked.content.decode()
    assert "1 earlier record becomes readable" in shown
    assert "This cannot be taken back." in shown
    posted = {"extension": asked.context["extension"], "once": "1"}
    answer = at_desk.post(f"/audience/{coast}/open/{towns[2].log}", posted)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert Extension.objects.get().audience == coast
    assert "Before." in newcomer.get("/history").content.decode()
    again = at_desk.get(f"/audience/{coast}/open/{towns[2].log}").content.decode()
    assert "nothing earlier" in again


def test_erasures_are_counted_over_the_members_of_their_day(home, set_clock, sit):
    towns = found(12)
    note = towns[0].say("pact.note/1", on=f"{towns[0].log}@0", text="Personal words.")
    towns[0].say("kernel.erasure/1", target=note, ground="The person asked for it.")
    client = sit(towns[0].by)
    assert "0 of 12 confirmed" in client.get("/erasures").content.decode()
    announce.speak()
    assert announce.speak() == 0
    assert "12 of 12 confirmed" in client.get("/erasures").content.decode()
    from hansa.kernel.models import Erasure
    from hansa.kernel.seal.models import Confirmation

    Confirmation.objects.filter(home=towns[7].log).delete()
    set_clock.to("2025-06-17T13:00Z")
    (order,) = erasures.orders(list(Erasure.objects.all()))
    assert order.words == "11 of 12 confirmed, one overdue by 3 days"
    assert order.names == "Town 7"
    assert clock.now() > order.due
