"""Pages that only tests have, on top of the node's own, each the smallest that uses one shared piece."""

from django.http import HttpResponse
from django.urls import include, path

from hansa.kernel.models import Entry
from hansa.node.urls import urlpatterns as own
from hansa.pact.models import Member
from hansa.pact.records.facts import FactRecorded, Noted
from hansa.pact.records.offices import OfficerAppointed
from hansa.pages.access import account, capable, public, seated, signed_in
from hansa.pages.lists import Column, Filter, render_list
from hansa.pages.speak import speak


def _here(request, **_kwargs):
    return HttpResponse(request.chair.office if request.chair else "nobody")


@seated
async def _later(request):
    return HttpResponse("awaited")


@seated
def fact(request):
    return speak(
        request,
        FactRecorded,
        title="A fact",
        button="Record it",
        done=lambda position: f"/t/done/{position}",
    )


@seated
def note(request):
    fixed = {"on": f"{request.chair.log}@0", "mentions": []}
    return speak(request, Noted, fixed=fixed, title="A note", button="Note it", done="/t/public")


@seated
def officer(request):
    return speak(request, OfficerAppointed, title="An office", button="Appoint", done="/t/public")


@signed_in
def members(request):
    return render_list(
        request,
        title="Members",
        rows=Member.objects.order_by("name"),
        columns=[
            Column("Name", "name", sort="name", link=lambda row: f"/member/{row.home}"),
            Column("State", "state"),
            Column("Joined", "at", sort="at"),
        ],
        filters=[Filter("state", "State", [("CA", "California"), ("IL", "Illinois")])],
        search_fields=["name", "home"],
        empty="Invite a member.",
    )


@signed_in
def entries(request):
    rows = list(Entry.objects.order_by("id"))
    return render_list(
        request,
        title="Entries",
        rows=rows,
        columns=[
            Column("Kind", "kind", sort="kind"),
            Column("Number", "id", number=True, sort="id"),
        ],
    )


urlpatterns = [
    *own,
    path("demo/", include("hansa.node.demo.urls")),
    path("t/public", public(_here)),
    path("t/signed-in", signed_in(_here)),
    path("t/account", account(_here)),
    path("t/seated", seated(_here)),
    path("t/sign", capable("sign")(_here)),
    path("t/later", _later),
    path("t/unguarded", _here),
    path("t/fact", fact),
    path("t/note", note),
    path("t/officer", officer),
    path("t/members", members),
    path("t/entries", entries),
    path("t/done/<position:key>", public(_here)),
]
handler400 = "hansa.web.errors.bad_request"
handler403 = "hansa.web.errors.forbidden"
handler404 = "hansa.web.errors.not_found"
handler500 = "hansa.web.errors.failed"
