"""Addresses of the shell."""

from django.urls import include, path, reverse

from hansa.kernel.models import Erasure
from hansa.kernel.roots.models import Disowned, Keys
from hansa.kernel.seal.models import Audience
from hansa.pact.models import Rebind, RebindBallot, RebindClose, RebindObjection
from hansa.pages import panels, places
from hansa.web import accounts, notices, planmap
from hansa.web.audiences import erasures as erasing
from hansa.web.audiences import views as audiences
from hansa.web.joining import views as joining
from hansa.web.keys import views as keys
from hansa.web.network import views as network
from hansa.web.witnesses import views as witnesses

urlpatterns = [
    path("", include("hansa.web.urls_views")),
    path("chair", accounts.chairs, name="chairs"),
    path("chair/invite", accounts.invite_new, name="invite-new"),
    path("invite/<str:token>", accounts.invite, name="invite"),
    path("notices", notices.notices, name="notices"),
    path("nodes", network.network, name="network"),
    path("nodes/<int:number>", network.peer, name="network-peer"),
    path("witnesses", witnesses.witnesses, name="witnesses"),
    path("witnesses/evidence/<int:number>", witnesses.one_evidence, name="evidence"),
    path("witnesses/evidence/<int:number>.json", witnesses.evidence_file, name="evidence-file"),
    path("join", joining.join, name="join"),
    path("join/letter", joining.letter_page, name="join-letter"),
    path("join/newcomer", joining.newcomer, name="newcomer"),
    path("audiences", audiences.audiences, name="audiences"),
    path("audiences/new", audiences.define, name="audience-new"),
    path("audience/<position:key>", audiences.audience, name="audience"),
    path("audience/<position:key>/change", audiences.change, name="audience-change"),
    path("audience/<position:key>/open/<log:reader>", audiences.extend, name="audience-extend"),
    path("erasures", erasing.erasures, name="erasures"),
    path("keys", keys.keys, name="keys"),
    path("keys/propose", keys.propose, name="rebind-new"),
    path("keys/of/<log:log>", keys.keys_of, name="keys-of"),
    path("keys/proposal/<position:key>", keys.rebind, name="rebind"),
    path("keys/proposal/<position:key>/vote", keys.vote, name="rebind-vote"),
    path("keys/proposal/<position:key>/object", keys.object_, name="rebind-object"),
    path("keys/proposal/<position:key>/close", keys.close, name="rebind-close"),
]

for proposed in (Rebind, RebindBallot, RebindObjection, RebindClose):
    places.register(
        proposed, lambda row: reverse("rebind", args=[getattr(row, "proposal", row.key)])
    )
places.register(Keys, lambda row: reverse("keys-of", args=[row.home]))
places.register(Disowned, lambda row: reverse("keys-of", args=[row.home]))

places.register(Audience, lambda row: reverse("audience", args=[row.key]))
places.register(Erasure, lambda _row: reverse("erasures"))

panels.register("home", 4, witnesses.alarm)
panels.register("home", 5, network.alarm)
panels.register("flows", 10, planmap.on_map)
