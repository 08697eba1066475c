"""Planning's addresses, and what it adds to the pages of other parts."""

from django.urls import path, reverse

from hansa.aid.planning.models import Availability, Capacity, Declined, Expected, Plan
from hansa.aid.planning.pages import expecting, lending, panels, proposals, room
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("duty-room", room.duty_room, name="duty-room"),
    path("plan/make", room.plan_make, name="plan-make"),
    path("plan/<position:key>", room.plan, name="plan"),
    path("plan/<position:key>/<int:number>", room.plan_line, name="plan-line"),
    path("plan/<position:key>/<int:number>/take", proposals.take, name="plan-take"),
    path("plan/<position:key>/<int:number>/decline", proposals.decline, name="plan-decline"),
    path("proposal", proposals.proposal, name="proposal"),
    path("next-call", expecting.next_call, name="next-call"),
    path("lending", lending.lending, name="lending"),
    path("lending/say", lending.availability, name="availability"),
    path("lending/capacity", lending.capacity, name="capacity"),
]

places.register(Plan, lambda row: reverse("plan", args=[row.key]))
places.register(Availability, lambda _row: reverse("lending"))
places.register(Capacity, lambda _row: reverse("lending"))
places.register(Expected, lambda _row: reverse("duty-room"))
places.register(Declined, lambda row: reverse("plan", args=[row.plan]))

boards.register("home", 15, panels.at_home)
boards.register("need-body", 20, panels.on_need)
