"""The addresses of people on missions, and what this part adds to pages of others."""

from django.urls import path, reverse

from hansa.aid.people.models import Hours, Person, RollCall, Shift
from hansa.aid.people.pages import acts, overview, panels, papers, rolls, several
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("people", overview.people, name="people"),
    path("people/rest", acts.rest, name="rest"),
    path("people/person/<position:key>/end", acts.person_end, name="person-end"),
    path("people/hours/<position:key>/withdraw", acts.hours_end, name="hours-end"),
    path("people/arrival/<position:key>/take-back", acts.arrival_end, name="arrival-end"),
    path("people/departure/<position:key>/take-back", acts.departure_end, name="departure-end"),
    path("people/homecoming/<position:key>/take-back", acts.homecoming_end, name="homecoming-end"),
    path("people/shift/<position:key>/off", acts.shift_end, name="shift-end"),
    path("people/roll/<position:key>/answer", rolls.roll_answer, name="roll-answer"),
    path("people/roll/<position:key>/close", rolls.roll_end, name="roll-end"),
    path("people/roll/<position:key>", rolls.roll, name="roll"),
    path("people/<position:key>/list", acts.person_new, name="person-new"),
    path("people/<position:key>/list-several", several.person_several, name="person-several"),
    path("people/<position:key>/check-in", acts.check_in, name="check-in"),
    path("people/<position:key>/shift", acts.shift_new, name="shift-new"),
    path("people/<position:key>/hours", acts.hours_new, name="hours-new"),
    path("people/<position:key>/roll", rolls.roll_new, name="roll-new"),
    path("people/<position:key>/release", acts.release, name="release"),
    path("people/<position:key>/home", acts.homecoming, name="homecoming"),
    path("people/<position:key>/ics-211.pdf", papers.ics_211, name="ics-211"),
    path("people/<position:key>/ics-214.pdf", papers.ics_214, name="ics-214"),
    path("people/<position:key>", overview.roster, name="roster"),
]

places.register(Person, lambda row: f"{reverse('roster', args=[row.pledge])}#person-{row.key}")
places.register(Hours, lambda row: f"{reverse('roster', args=[row.pledge])}#hours-{row.key}")
places.register(Shift, lambda row: f"{reverse('roster', args=[row.pledge])}#shift-{row.key}")
places.register(RollCall, lambda row: reverse("roll", args=[row.key]))

boards.register("home", 15, panels.at_home)
boards.register("mission", 10, panels.on_mission)
