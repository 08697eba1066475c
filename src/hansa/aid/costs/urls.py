"""The addresses of costs, and what this part adds to pages of others."""

from django.urls import path, reverse

from hansa.aid.costs.models import Claim, CostLine, Money
from hansa.aid.costs.pages import acts, overview, packet, panels
from hansa.aid.missions.pages.steps import before_settling
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("costs", overview.costs, name="costs"),
    path("costs/line/<position:key>/evidence", acts.evidence, name="cost-evidence"),
    path("costs/line/<position:key>/withdraw", acts.cost_end, name="cost-end"),
    path("costs/claim/<position:key>/answer", acts.answer, name="claim-answer"),
    path("costs/claim/<position:key>/withdraw", acts.claim_end, name="claim-end"),
    path("costs/<position:key>/line", acts.cost_new, name="cost-new"),
    path("costs/<position:key>/labour", acts.labour_new, name="labour-new"),
    path("costs/<position:key>/claim", acts.claim_new, name="claim-new"),
    path("costs/<position:key>/advance", acts.advance, name="advance"),
    path("costs/<position:key>/pay", acts.pay, name="pay"),
    path("costs/<position:key>/repay", acts.repay, name="repay"),
    path("costs/<position:key>/audit", overview.audit, name="cost-audit"),
    path("costs/<position:key>/packet.pdf", packet.pdf, name="claim-pdf"),
    path("costs/<position:key>/packet.csv", packet.csv, name="claim-csv"),
    path("costs/<position:key>", overview.mission_costs, name="mission-costs"),
]

places.register(
    CostLine, lambda row: f"{reverse('mission-costs', args=[row.pledge])}#line-{row.key}"
)
places.register(Claim, lambda row: f"{reverse('mission-costs', args=[row.pledge])}#claims")
places.register(Money, lambda row: f"{reverse('mission-costs', args=[row.pledge])}#settlement")

boards.register("home", 30, panels.at_home)
boards.register("mission", 20, panels.on_mission)
before_settling(panels.unsettled)
