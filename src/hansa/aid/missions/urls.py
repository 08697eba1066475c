"""Missions' addresses, and what they add to the pages of other parts."""

from django.urls import path, reverse

from hansa.aid.missions.models import Agreement, Extension, Mission, Offer
from hansa.aid.missions.pages import missions, offers, orders, panels, papers
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("missions", missions.missions, name="missions"),
    path("mission/<position:key>", missions.mission, name="mission"),
    path("mission/<position:key>/step", orders.mission_step, name="mission-step"),
    path("mission/<position:key>/recall", orders.mission_recall, name="mission-recall"),
    path("mission/<position:key>/reception", orders.mission_reception, name="mission-reception"),
    path("mission/<position:key>/extend", orders.mission_extend, name="mission-extend"),
    path("mission/<position:key>/agreement.pdf", papers.three_part, name="mission-form"),
    path("need/<position:key>/request.pdf", papers.request_form, name="need-form"),
    path("pledge/<position:key>/offer", offers.offer_new, name="offer-new"),
    path("offer/<position:key>/withdraw", offers.offer_end, name="offer-end"),
    path("offer/<position:key>/sign", offers.agreement_new, name="agreement-new"),
    path("agreement/<position:key>/countersign", offers.countersign, name="agreement-countersign"),
    path("agreement/<position:key>/order", orders.mission_new, name="mission-new"),
    path("extension/<position:key>/grant", orders.extension_grant, name="extension-grant"),
]

places.register(Offer, lambda row: reverse("mission", args=[row.pledge]))
places.register(Agreement, lambda row: reverse("mission", args=[row.pledge]))
places.register(Mission, lambda row: reverse("mission", args=[row.key]))
places.register(Extension, lambda row: reverse("mission", args=[row.mission]))

boards.register("home", 22, panels.at_home)
boards.register("call", 22, panels.on_call)
boards.register("need-body", 10, panels.on_need)
