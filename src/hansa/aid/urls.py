"""Aid's addresses, and what it adds to the pages of other parts."""

from django.urls import path, reverse

from hansa.aid.models import Need, Pledge, Shipment
from hansa.aid.pages import board, books, needs, panels, pledges, shipments, stock, together
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("needs", board.needs, name="needs"),
    path("needs/pledge", together.pledge_several, name="needs-pledge"),
    path("needs/accept", together.accept_several, name="needs-accept"),
    path("needs/print", together.print_several, name="needs-print"),
    path("call/<position:key>/need", needs.need_new, name="need-new"),
    path("need/<position:key>/change", needs.need_change, name="need-change"),
    path("need/<position:key>/amend", needs.need_amend, name="need-amend"),
    path("need/<position:key>/confirm", needs.need_confirm, name="need-confirm"),
    path("need/<position:key>/cancel", needs.need_end, name="need-end"),
    path("need/<position:key>/pledge", pledges.pledge, name="pledge"),
    path("need/<position:key>", needs.need, name="need"),
    path("pledge/<position:key>/withdraw", pledges.pledge_end, name="pledge-end"),
    path("pledge/<position:key>/accept", pledges.accept, name="accept"),
    path("pledge/<position:key>/decline", pledges.turn_down, name="turn-down"),
    path("pledge/<position:key>/send", shipments.dispatch, name="dispatch"),
    path("shipment/<position:key>/delivered", shipments.deliver, name="deliver"),
    path("shipment/<position:key>/confirm", shipments.confirm, name="confirm"),
    path("shipment/<position:key>/dispute", shipments.dispute, name="dispute"),
    path("shipment/<position:key>/settle", shipments.settle, name="settle"),
    path("shipment/<position:key>/back", shipments.give_back, name="give-back"),
    path("shipment/<position:key>", shipments.shipment, name="shipment"),
    path("stock", stock.stock, name="stock"),
    path("stock/count", stock.stock_count, name="stock-count"),
    path("stock/reserve", stock.reserve, name="reserve"),
    path("stock/end", stock.stock_end, name="stock-end"),
    path("catalogue", stock.resource_types, name="catalogue"),
    path("catalogue/new", stock.type_new, name="type-new"),
    path("custody", books.books, name="custody"),
]

places.register(Need, lambda row: reverse("need", args=[row.key]))
places.register(Pledge, lambda row: f"{reverse('need', args=[row.need])}#pledge-{row.key}")
places.register(Shipment, lambda row: reverse("shipment", args=[row.key]))

boards.register("home", 10, panels.to_state)
boards.register("needs", 10, panels.to_state)
boards.register("home", 20, panels.at_home)
boards.register("call", 20, panels.on_call)
boards.register("member", 20, panels.on_member)
