"""Where the pact's pages are, and on which page each of its rows is shown."""

from django.urls import path, reverse

from hansa.pact.models import (
    Ballot,
    Call,
    Charter,
    Consent,
    Fact,
    Invitation,
    Member,
    Membership,
    Note,
    Officer,
    Pact,
)
from hansa.pact.pages import (
    acts,
    amend,
    calls,
    charter,
    duties,
    facts,
    keys,
    members,
    notes,
    officers,
    wizard,
)
from hansa.pages import panels, places

urlpatterns = [
    path("calls", calls.calls, name="calls"),
    path("call/new", wizard.start, name="call-new"),
    path("call/new/<int:step>", wizard.screen, name="call-new-screen"),
    path("call/<position:key>", calls.call, name="call"),
    path("call/<position:key>/sheet", calls.sheet, name="call-sheet"),
    path("call/<position:key>/change", acts.change, name="call-change"),
    path("call/<position:key>/end", acts.stand_down, name="call-end"),
    path("call/<position:key>/consent", acts.consent, name="call-consent"),
    path("call/<position:key>/decline/<slug:form>", acts.decline, name="decline"),
    path("ledger", duties.ledger, name="ledger"),
    path("members", members.members, name="members"),
    path("members/invite", members.invite, name="invite-member"),
    path("members/join", members.accede, name="accede"),
    path("members/leave", members.withdraw, name="withdraw"),
    path("members/admit/<position:key>", members.admit, name="admit"),
    path("member/<log:log>", members.member, name="member"),
    path("charter", charter.charter, name="charter"),
    path("charter/amend", amend.amend, name="amend"),
    path("charter/<position:key>", charter.amendment, name="amendment"),
    path("charter/<position:key>/vote", charter.vote, name="vote"),
    path("officers", officers.officers, name="officers"),
    path("officers/new", officers.appoint, name="officer-new"),
    path("officer/<position:key>/change", officers.change, name="officer-change"),
    path("officer/<position:key>/end", officers.end, name="officer-end"),
    path("officers/keys", keys.mine, name="my-keys"),
    path("officers/keys/ssh", keys.mine_ssh, name="my-key-ssh"),
    path("officers/keys/passkey", keys.mine_passkey, name="my-key-passkey"),
    path("officers/keys/<position:enrolled>/end", keys.mine_end, name="my-key-end"),
    path("officer/<position:key>/keys", keys.keys, name="officer-keys"),
    path("officer/<position:key>/keys/ssh", keys.enrol_ssh, name="officer-ssh"),
    path("officer/<position:key>/keys/passkey", keys.enrol_passkey, name="officer-passkey"),
    path("officer/<position:key>/keys/<position:enrolled>/end", keys.end, name="officer-key-end"),
    path("facts", facts.facts, name="facts"),
    path("facts/new", facts.record, name="fact-new"),
    path("fact/<position:key>", facts.fact, name="fact"),
    path("fact/<position:key>/correct", facts.correct, name="fact-correct"),
    path("fact/<position:key>/withdraw", facts.withdraw, name="fact-withdraw"),
    path("note", notes.note, name="note"),
    path("notes", notes.mentions, name="mentions"),
    path("notes/on/<position:key>", notes.about, name="note-about"),
]

places.register(Call, lambda row: reverse("call", args=[row.key]))
places.register(Consent, lambda row: reverse("call", args=[row.call]))
places.register(Fact, lambda row: reverse("fact", args=[row.key]))
places.register(Member, lambda row: reverse("member", args=[row.home]))
places.register(Officer, lambda row: reverse("member", args=[row.home]))
places.register(Membership, lambda row: reverse("member", args=[row.home]))
places.register(Invitation, lambda _row: reverse("members"))
places.register(Pact, lambda _row: reverse("charter"))
places.register(Charter, lambda row: reverse("amendment", args=[row.key]))
places.register(Ballot, lambda row: reverse("amendment", args=[row.amendment]))
places.register(Note, lambda row: reverse("note-about", args=[row.about]))

panels.register("home", 40, notes.inbox)
for page in ("need", "pledge", "shipment", "record"):
    panels.register(page, 90, notes.on_page)
