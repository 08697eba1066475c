"""One small pact in which something stands of everything that a page shows, and everyone who may knock.

Los Angeles calls, Chicago answers, New York consents; Seattle is invited, Denver is not. Each of the first
four has one office for each single capability.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from hansa.api import tokens
from hansa.api.models import ApiToken
from hansa.kernel import clock, files
from hansa.kernel.fields import File
from hansa.kernel.merkle import EMPTY_ROOT
from hansa.kernel.models import Entry
from hansa.kernel.roots import keeping
from hansa.pact.records.keys import EXAMPLE
from hansa.pact.words import Capability
from hansa.web.accounts import make_invite
from hansa.web.chairs import CHOSEN
from hansa.web.models import Invite, NoticeAddress, Seat
from tests.builders import Town, charter, found, pact_of, town
from tests.kernel.chains import rooted, signed

BEGAN = datetime(2025, 6, 7, 12, tzinfo=UTC)
NOW = datetime(2025, 6, 7, 14, tzinfo=UTC)
"""The hour at which everyone knocks; the lapsed offices lapsed an hour before."""

MEMBERS = ("la", "chicago", "new_york", "seattle")
SINGLE = tuple(Capability.values)
ENDED = ("revoked", "lapsed")
OFFICES = (*SINGLE, *ENDED)

WORDS = ("cinnabar", "Ultramarine", "verdigris")
"""What stands in Los Angeles' own records alone: in a private note, as the reason of a reserve, in a file's name."""
COUNTS = (7_654_321, 1_234_567)
"""What Los Angeles counted, and keeps back."""
GOODS = {"form": "material", "item": "n95-respirator", "unit": "piece"}
SOURCE = {
    "title": "An order",
    "publisher": "A department",
    "date": "2025-06-07",
    "url": "https://example.org/order",
}


class Browser(Client):
    """A browser. All share the node's middleware: to load it for each would take a third of the time."""

    shared: ClassVar[dict[bool, Any]] = {}

    def __init__(self, *, enforce_csrf_checks: bool = False, **rest: Any) -> None:
        super().__init__(enforce_csrf_checks=enforce_csrf_checks, **rest)
        self.handler = self.shared.setdefault(enforce_csrf_checks, self.handler)


class Hand:
    """The one clock, in the hand of the module that tests."""

    def __init__(self) -> None:
        self.at = BEGAN

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class World:
    """Where everything stands: towns, positions by name, offices by (town, sort), secrets of their tokens, sessions."""

    towns: dict[str, Town] = field(default_factory=dict)
    at: dict[str, Any] = field(default_factory=dict)
    offices: dict[tuple[str, str], str] = field(default_factory=dict)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)

    def log(self, place: str) -> str:
        """The log of a town."""
        return self.towns[place].log

    def sit(self, place: str = "", office: str = "") -> Client:
        """A browser of its own, in the session of whoever holds this office; nobody's if none is named."""
        client = Browser(raise_request_exception=True)
        if office:
            client.cookies["sessionid"] = self.sessions[place, office]
        return client


def build() -> World:
    """Make it all. The clock must stand at BEGAN, and be moved to NOW afterwards."""
    world = World()
    la, chicago, new_york = found(3, consent={"rule": "members", "count": 1})
    seattle = town("us-wa-seattle", "Seattle", "WA")
    world.towns = {"la": la, "chicago": chicago, "new_york": new_york, "seattle": seattle}
    world.towns["denver"] = town("us-co-denver", "Denver", "CO")
    world.at["pact"] = pact_of([la])
    for place in MEMBERS:
        _staff(world, place)
    _pact(world)
    _aid(world)
    _own(world)
    _keys(world)
    world.at["spare"] = la.say("pact.officer/1", office="Spare", handle="spare", can=["note"])
    world.at["audience"] = la.say("kernel.audience/1", title="The valley", whom="pact")
    world.at["keyed"] = la.say("pact.officer/1", office="Keyed", handle="keyed", can=["note"])
    key = {"label": "Safe", "method": "ssh", "public": EXAMPLE[0]}
    world.at["key"] = la.say("pact.officer-key/1", officer=world.at["keyed"], **key)
    for place in MEMBERS:
        world.towns[place].say("pact.officer-end/1", officer=world.offices[place, "revoked"])
    return world


def _staff(world: World, place: str) -> None:
    """Fill every sort of office, give it a token and let somebody sit in it."""
    here = world.towns[place]
    world.offices[place, "chief"] = here.by
    for sort in OFFICES:
        can = [sort] if sort in SINGLE else list(SINGLE)
        until = "2025-06-07T13:00Z" if sort == "lapsed" else None
        world.offices[place, sort] = here.say(
            "pact.officer/1", office=f"Office {sort}", handle=sort, can=can, until=until
        )
    for sort in ("chief", *OFFICES):
        officer = world.offices[place, sort]
        world.tokens[place, sort] = tokens.make(officer, f"{place} {sort}")[0]
        user = get_user_model().objects.create(username=f"{place}-{sort}")
        Seat.objects.create(user=user, officer=officer, since=clock.now())
        world.sessions[place, sort] = _session(user)
    if place == "la":
        user = get_user_model().objects.create(username="idle")
        world.sessions["", "account"] = _session(user)


def _session(user: Any) -> str:
    client = Browser()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def _pact(world: World) -> None:
    la, chicago, new_york = (world.towns[one] for one in MEMBERS[:3])
    at, pact = world.at, world.at["pact"]
    at["invitation"] = new_york.say(
        "pact.invitation/1", pact=pact, member=f"{world.log('seattle')}@0"
    )
    at["call"] = la.say(
        "pact.call/1",
        pact=pact,
        charter=pact,
        trigger="deployment",
        began="2025-06-07T08:00Z",
        place="Downtown",
        summary="Troops came unasked.",
        forms=["legal", "voice", "material", "information"],
    )
    new_york.say("pact.consent/1", call=at["call"])
    at["fact"] = la.say(
        "pact.fact/1",
        call=at["call"],
        when="2025-06-07T09:00Z",
        text="Troops were ordered.",
        sources=[SOURCE],
    )
    at["note"] = la.say("pact.note/1", on=at["call"], text="To everybody.")
    changed = charter(consent={"rule": "members", "count": 1}, confirm_hours=30)
    at["amendment"] = new_york.say(
        "pact.amendment/1",
        base=pact,
        why="Sooner.",
        electorate=[f"{one.log}@0" for one in (la, chicago, new_york)],
        articles=changed["articles"],
        rules=changed["rules"],
    )


def _keys(world: World) -> None:
    """New York's roots are lost, and Chicago proposes new keys for it."""
    log = world.log("new_york")
    keeping.accept(log, signed(log, 1, 0, EMPTY_ROOT))
    world.at["rebind-note"] = signed(log, 2, 1, rooted(log, 1), lost=True).decode()
    world.at["rebind"] = world.towns["chicago"].say(
        "pact.rebind/1", member=f"{log}@0", note=world.at["rebind-note"]
    )


def _aid(world: World) -> None:
    la, chicago, at = world.towns["la"], world.towns["chicago"], world.at
    due = "2025-06-20T12:00Z"
    at["need"] = la.say(
        "aid.need/1", call=at["call"], quantity=500, urgency="today", due=due, **GOODS
    )
    toward = {"call": at["call"], "need": at["need"], **GOODS}
    at["pledge"] = chicago.say("aid.pledge/1", quantity=100, **toward)
    at["fresh-pledge"] = chicago.say("aid.pledge/1", quantity=50, **toward)
    la.say("aid.acceptance/1", need=at["need"], pledge=at["pledge"], quantity=100)
    at["shipment"] = chicago.say("aid.shipment/1", pledge=at["pledge"], quantity=40, **toward)
    la.say("aid.receipt/1", shipment=at["shipment"], need=at["need"], quantity=20, **GOODS)
    inside = [{"count": 2, "each": 20}]
    chicago.say("aid.packing/1", shipment=at["shipment"], parcels=inside)
    _inventory(world)
    _people(world)
    _planning(world)
    _missions(world)


def _inventory(world: World) -> None:
    """Los Angeles may not send its nurses, has a clinic ready, and has read its stock in."""
    la, at = world.towns["la"], world.at
    law = {"article": "City Charter, § 5", "remedy": "A waiver by the council."}
    at["limit"] = la.say("aid.limit/1", what="Nurses, out of state.", items="nurse", **law)
    nurses = [{"item": "nurse", "quantity": 4}]
    at["package"] = la.say(
        "aid.package/1", code="clinic", title="Clinic", mission="Care.", resources=nurses
    )
    counts: dict[str, Any] = {"accepted": 1, "unchanged": 0, "refused": 0}
    at["import"] = la.say("aid.import/1", table="stock", name="stock.csv", **counts)


def _missions(world: World) -> None:
    """Five teams of Chicago: pledged, offered, signed for, countersigned, and ordered; a request came by phone."""
    la, chicago, at = world.towns["la"], world.towns["chicago"], world.at
    medics = {"item": "medic", "unit": "person", "form": "material"}
    asked = {"call": at["call"], "quantity": 50, "urgency": "today", "due": "2025-06-20T12:00Z"}
    at["phone-need"] = la.say("aid.need/1", how="phone", **asked, **medics)
    toward = {"call": at["call"], "need": at["phone-need"]}
    for stage, name in enumerate(("bare", "offered", "signed", "approved", "ordered")):
        pledge = chicago.say("aid.pledge/1", quantity=5, **toward, **medics)
        at[f"{name}-pledge"] = pledge
        if stage == 0:
            continue
        times = {"starts": "2025-06-08T08:00Z", "ends": "2025-06-20T18:00Z"}
        offer = chicago.say(
            "aid.offer/1", pledge=pledge, insured=True, credentials="Illinois", **toward, **times
        )
        at[f"{name}-offer"] = offer
        signs = {"pledge": pledge, "offer": offer, "quantity": 5, **toward}
        recognises: dict[str, Any] = {"recognises": True}
        if stage > 1:
            agreement = at[f"{name}-agreement"] = la.say("aid.agreement/1", **recognises, **signs)
        if stage > 2:
            chicago.say("aid.agreement-countersign/1", agreement=agreement, offer=offer)
        if stage > 3:
            at["mission"] = chicago.say("aid.mission/1", agreement=agreement, **signs)
    at["extension"] = la.say(
        "aid.extension/1", mission=at["mission"], until="2025-06-28T18:00Z", why="They stay on."
    )


def _planning(world: World) -> None:
    """Chicago would lend more, and New York has made a plan of it."""
    at = world.at
    world.towns["chicago"].say("aid.availability/1", item=GOODS["item"], unit="piece", quantity=200)
    line = {"giver": world.log("chicago"), "need": at["need"], "item": GOODS["item"]}
    at["calls"] = [at["call"]]
    at["plan"] = world.towns["new_york"].say(
        "aid.plan/1",
        calls=at["calls"],
        inputs="0" * 64,
        digest="1" * 64,
        cost=1,
        gap=0,
        flows=1,
        lines=[{**line, "quantity": 150, "minutes": 1_900}],
    )


def _people(world: World) -> None:
    """Three people of Chicago: one has come to Los Angeles, one is awaited, one is home again."""
    la, chicago, at = world.towns["la"], world.towns["chicago"], world.at
    line = {"pledge": at["pledge"], "position": "Driver", "agency": "Fleet", "desk": "Desk 4"}
    at["person"] = chicago.say("aid.person/1", ref="IL-1", travel="road", **line)
    at["awaited"] = chicago.say("aid.person/1", ref="IL-2", travel="road", **line)
    of = {"pledge": at["pledge"], "people": [at["person"]]}
    was = {"when": "2025-06-07T11:00Z"}
    at["arrival"] = la.say("aid.check-in/1", place="Gate 4", **was, **of)
    back = chicago.say("aid.person/1", ref="IL-3", travel="road", **line)
    gone = {"pledge": at["pledge"], "people": [back], **was}
    at["departure"] = la.say("aid.release/1", travel="road", **gone)
    at["homecoming"] = chicago.say("aid.homecoming/1", **gone)
    worked = {"began": "2025-06-07T11:00Z", "ended": "2025-06-07T11:30Z", "done": "Unloaded."}
    at["hours"] = chicago.say("aid.hours/1", **of, **worked)
    ahead = {"began": "2025-06-09T11:00Z", "ended": "2025-06-09T19:00Z", "post": "Gate 4"}
    at["shift"] = la.say("aid.shift/1", **of, **ahead)
    at["roll"] = la.say("aid.roll/1", pledges=[at["pledge"]], minutes=30)
    _costs(world)


def _costs(world: World) -> None:
    """Two lines, of which one is claimed and accepted; and an advance."""
    la, chicago, at = world.towns["la"], world.towns["chicago"], world.at
    spent = {"pledge": at["pledge"], "basis": "actual", "incurred": "2025-06-07T11:00Z"}
    for name in ("cost", "cost-open"):
        line: dict[str, Any] = {"category": "travel", "what": "Fuel", "price_cents": 10_000}
        at[name] = chicago.say("aid.cost/1", **spent, **line)
    of = {"pledge": at["pledge"], "when": "2025-06-07T11:30Z"}
    at["claim"] = chicago.say(
        "aid.claim/1", pledge=at["pledge"], lines=[at["cost"]], total_cents=10_000
    )
    la.say(
        "aid.claim-answer/1",
        pledge=at["pledge"],
        claim=at["claim"],
        words=[{"line": at["cost"], "cents": 10_000}],
    )
    la.say("aid.advance/1", cents=100, **of)


def _own(world: World) -> None:
    """What no other member's officer may ever read."""
    la, at = world.towns["la"], world.at
    at["stock-record"] = la.say("aid.stock/1", item="meals", unit="piece", quantity=COUNTS[0])
    la.say("aid.reserve/1", item="meals", unit="piece", quantity=COUNTS[1], why=f"For {WORDS[1]}.")
    at["stock"] = f"{la.log}/stock/meals"
    content = b"What only Los Angeles may read."
    kept = files.keep(f"{WORDS[2]}.txt", "text/plain", [content])
    at["file"], at["file-content"] = kept.sha256, content
    at["own-note"] = _private(la, at, kept)


def _private(la: Town, at: dict[str, Any], kept: File) -> str:
    import msgspec

    from hansa.kernel.record import KINDS
    from hansa.kernel.say import say

    note = {"on": at["call"], "text": f"Our {WORDS[0]} plan.", "files": [msgspec.to_builtins(kept)]}
    return say(KINDS["pact.note/1"].read(note), log=la.log, by=la.by, audience="own")


def stale_tokens(world: World) -> dict[str, str]:
    """Secrets that open nothing: never made, revoked, expired."""
    officer = world.towns["la"].by
    revoked, row = tokens.make(officer, "revoked")
    tokens.revoke(row.pk)
    expired, row = tokens.make(officer, "expired")
    ApiToken.objects.filter(pk=row.pk).update(expires=NOW)
    return {"wrong": "hansa_nobody-ever-made-this", "revoked": revoked, "expired": expired}


def invitation_to(office: str) -> str:
    """The token of an open invitation."""
    return make_invite(office)


def take_chair(client: Client, officer: str) -> Client:
    """Let a visitor of the demo sit down."""
    session = client.session
    session[CHOSEN] = officer
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    return client


WATCHED: dict[Any, tuple[str, ...]] = {
    get_user_model(): ("id", "username", "password"),
    ApiToken: ("id", "officer"),
    Invite: ("digest", "coalesce(cast(used_at AS text), '')"),
    Seat: ("user_id", "officer"),
    NoticeAddress: ("id", "channel", "url"),
}


def kept() -> tuple[Any, ...]:
    """Everything that must stay as it is when somebody was refused: the records, and what this node keeps of people.

    The number of records comes first. One statement, because it is asked thousands of times.
    """
    gather = (
        "(SELECT group_concat({0}, ',') FROM {1})"
        if connection.vendor == "sqlite"
        else "(SELECT string_agg({0}, ',' ORDER BY {0}) FROM {1})"
    )
    sums = [
        gather.format(" || ".join(columns), model._meta.db_table)
        for model, columns in WATCHED.items()
    ]
    entries = f"(SELECT count(*) FROM {Entry._meta.db_table})"  # noqa: S608 - the name is ours
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([entries, *sums])}")
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def read(response: Any) -> bytes:
    """All that an answer says, read to its end; of a stream of events, which has none, nothing."""
    if not response.streaming:
        content: bytes = response.content
        return content
    return b"" if response.is_async else b"".join(response.streaming_content)
