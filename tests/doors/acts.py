"""How each kind can be said in the world: by whom, in which words, and on which page. One entry for each kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hansa.kernel.record import KINDS
from hansa.pact.records.keys import EXAMPLE
from tests.builders import charter
from tests.doors.world import GOODS, SOURCE, World

Fields = dict[str, Any]
NO_ENTRY = "{kind} has no entry here. Add it to ACTS in tests/doors/acts.py: who says it, how, and on which page."
PAGELESS = {
    "kernel.extension/1": "said on a page that makes it from the member's own keys; tests/seal says it there",
    "kernel.erasure/1": "erased at a terminal, by whoever keeps the node with the keeper of the log",
    "kernel.introduction/1": "said at a terminal, where a newcomer's letter was read",
    "kernel.node/1": "said at a terminal, by whoever keeps the node with the keeper of the log",
    "aid.import/1": "said by the preview of a spreadsheet; tests/inventory says it there",
    "pact.member/1": "opens a log: “hansa init” and accession between nodes",
    "pact.pact/1": "“hansa found”, once in a home",
}
"""Kinds that no page says, and why. It only shrinks."""


@dataclass(frozen=True, slots=True)
class Act:
    """`place`: whose officers may say it. `page`: the name and arguments of its page; `ends` with what is typed there."""

    place: str
    fields: Callable[[World], Fields] = lambda _world: {}
    page: str = ""
    on: tuple[str, ...] = ()
    query: str = ""
    typed: Fields = field(default_factory=dict)
    refused: str = ""
    """The code under which even the right office is refused in this world; with the reason beside it."""

    def url(self, world: World) -> str:
        """The address of its page."""
        return reverse(self.page, args=[world.at.get(one, one) for one in self.on]) + (
            self.query.format_map(world.at)
        )


def _at(**names: str) -> Callable[[World], Fields]:
    """Fields that are positions in the world."""
    return lambda world: {name: world.at[key] for name, key in names.items()}


def _with(more: Fields, **names: str) -> Callable[[World], Fields]:
    return lambda world: {**_at(**names)(world), **more}


FORMS = ["legal", "voice", "material", "information"]
LATER, SINCE = "2025-06-21T12:00Z", "2025-06-07T01:00Z"
TOWARD = {"call": "call", "need": "need", "pledge": "pledge"}
CALL = {
    "trigger": "deployment",
    "began": SINCE,
    "place": "Downtown",
    "summary": "More troops came.",
    "forms": FORMS,
}
FACT = {"when": SINCE, "text": "They marched.", "precision": "hour", "sources": [SOURCE]}
RIGHT = {"text": "They did not march.", "why": "It was misread.", "sources": [SOURCE]}
OFFICE = {"office": "Counsel", "handle": "counsel", "can": ["note"]}
ICE = {"code": "ice-pack", "name": "Ice packs", "form": "material", "unit": "piece"}
LIMIT = {"what": "Nurses.", "article": "City Charter, § 5", "remedy": "A waiver by the council."}
KITCHEN = {
    "code": "kitchen",
    "title": "Kitchen",
    "mission": "Meals for a street.",
    "resources": [{"item": "field-kitchen", "quantity": 1}],
}
READ_IN = {"table": "stock", "name": "stock.csv", "accepted": 1, "unchanged": 0, "refused": 0}
COTS = {"item": "cot", "unit": "piece", "quantity": 10}
LENT = {"item": "n95-respirator", "unit": "piece"}
PLAN = {"inputs": "0" * 64, "digest": "1" * 64, "cost": 0, "gap": 0, "flows": 0}


class Receipt(SimpleUploadedFile):
    """A file that is sent again with every try."""

    def read(self, *size: int) -> Any:
        self.seek(0)
        return super().read(*size)


FUEL = {"category": "travel", "what": "Fuel", "price_cents": 1_250}
DRIVER = {"position": "Driver", "agency": "Fleet", "travel": "road", "desk": "Desk 4"}


def _crew(who: str, **more: Any) -> Callable[[World], Fields]:
    """Fields about one person of the mission."""
    return lambda world: {
        "pledge": world.at["pledge"],
        "people": [world.at[who]],
        **more,
    }


def _amendment(world: World) -> Fields:
    changed = charter(consent={"rule": "members", "count": 1}, confirm_hours=20)
    voters = [f"{world.log(one)}@0" for one in ("la", "chicago", "new_york")]
    pact = world.at["pact"]
    return {
        "base": pact,
        "why": "Sooner.",
        "electorate": voters,
        "articles": changed["articles"],
        "rules": changed["rules"],
    }


def _founding(_world: World) -> Fields:
    changed = charter()
    return {"name": "Another", "title": "Charter", **changed}


def _entry(world: World) -> Fields:
    pact = world.at["pact"]
    return {
        "pact": pact,
        "charter": pact,
        "invitation": world.at["invitation"],
        "effective": LATER,
    }


ACTS: dict[str, Act] = {
    "kernel.audience/1": Act(
        "la", lambda _world: {"title": "Coast", "whom": "pact"}, "audience-new"
    ),
    "kernel.audience-change/1": Act(
        "la",
        _with({"title": "Everybody", "whom": "pact"}, of="audience"),
        "audience-change",
        ("audience",),
    ),
    "kernel.extension/1": Act(
        "la",
        lambda world: {**_plain("kernel.extension/1"), "readers": [f"{world.log('chicago')}@0"]},
        refused="audience",
    ),
    "kernel.erasure/1": Act("la", _with({"ground": "It was asked for."}, target="note")),
    "kernel.introduction/1": Act("la", lambda _world: _plain("kernel.introduction/1")),
    "kernel.node/1": Act("la", lambda _world: _plain("kernel.node/1")),
    "pact.member/1": Act("la", lambda _world: _plain("pact.member/1"), refused="founding"),
    "pact.pact/1": Act("la", _founding, refused="refused"),
    "pact.officer/1": Act("la", lambda _world: OFFICE, "officer-new"),
    "pact.officer-change/1": Act(
        "la", _with({"can": ["duty"]}, officer="spare"), "officer-change", ("spare",)
    ),
    "pact.officer-key/1": Act(
        "la",
        _with({"label": "Desk", "method": "ssh", "public": EXAMPLE[0]}, officer="spare"),
        "officer-ssh",
        ("spare",),
    ),
    "pact.officer-key-end/1": Act(
        "la",
        _with({"key": EXAMPLE[1]}, officer="keyed"),
        "officer-key-end",
        ("keyed", "key"),
    ),
    "pact.officer-end/1": Act("la", _at(officer="spare"), "officer-end", ("spare",)),
    "pact.invitation/1": Act(
        "la",
        lambda world: {"pact": world.at["pact"], "member": f"{world.log('denver')}@0"},
        "invite-member",
    ),
    "pact.admission/1": Act("la", _at(invitation="invitation"), "admit", ("invitation",)),
    "pact.accession/1": Act("seattle", _entry, "accede"),
    "pact.withdrawal/1": Act(
        "la",
        lambda world: {"membership": world.at["membership"], "leaves": "2026-06-01T12:00Z"},
        "withdraw",
    ),
    "pact.amendment/1": Act("la", _amendment, "amend", typed={"propose": "1"}),
    "pact.ballot/1": Act("la", _with({"yes": True}, amendment="amendment"), "vote", ("amendment",)),
    "pact.rebind/1": Act(
        "la",
        lambda world: {
            "member": f"{world.log('new_york')}@0",
            "note": world.at["rebind-note"],
        },
        "rebind-new",
    ),
    "pact.rebind-ballot/1": Act(
        "la", _with({"yes": True}, proposal="rebind"), "rebind-vote", ("rebind",)
    ),
    "pact.rebind-objection/1": Act(
        "new_york", _with({"note": ""}, proposal="rebind"), "rebind-object", ("rebind",)
    ),
    "pact.rebind-close/1": Act(
        "chicago", _at(proposal="rebind"), "rebind-close", ("rebind",), refused="refused"
    ),
    "pact.call/1": Act("la", _with(CALL, pact="pact", charter="pact"), "call-new"),
    "pact.call-change/1": Act(
        "la",
        _with({"place": "All over", "summary": "More.", "forms": FORMS[:2]}, call="call"),
        "call-change",
        ("call",),
    ),
    "pact.call-end/1": Act("la", _with({"why": "They left."}, call="call"), "call-end", ("call",)),
    "pact.consent/1": Act("chicago", _at(call="call"), "call-consent", ("call",)),
    "pact.decline/1": Act(
        "chicago",
        _with({"form": "legal", "reason": "We have none."}, call="call"),
        "decline",
        ("call", "legal"),
    ),
    "pact.fact/1": Act("la", lambda _world: FACT, "fact-new"),
    "pact.fact-correction/1": Act("la", _with(RIGHT, fact="fact"), "fact-correct", ("fact",)),
    "pact.fact-withdrawal/1": Act(
        "la", _with({"why": "It was retracted."}, fact="fact"), "fact-withdraw", ("fact",)
    ),
    "pact.note/1": Act("la", _with({"text": "A word."}, on="call"), "note", query="?on={call}"),
    "aid.need/1": Act(
        "la",
        _with({"quantity": 5, "urgency": "today", "due": LATER, **GOODS}, call="call"),
        "need-new",
        ("call",),
    ),
    "aid.need-change/1": Act(
        "la",
        _with({"quantity": 600, "urgency": "now", "due": LATER}, need="need"),
        "need-change",
        ("need",),
    ),
    "aid.need-details/1": Act(
        "la",
        _with({"what": "For the shelter.", "meals": True}, need="need"),
        "need-amend",
        ("need",),
    ),
    "aid.need-end/1": Act("la", _with({"why": "Enough."}, need="need"), "need-end", ("need",)),
    "aid.pledge/1": Act(
        "chicago", _with({"quantity": 7, **GOODS}, call="call", need="need"), "pledge", ("need",)
    ),
    "aid.pledge-withdrawal/1": Act(
        "chicago",
        _with({"quantity": 5, "why": "Needed here."}, pledge="pledge"),
        "pledge-end",
        ("pledge",),
    ),
    "aid.acceptance/1": Act(
        "la",
        _with({"quantity": 50}, need="need", pledge="fresh-pledge"),
        "accept",
        ("fresh-pledge",),
    ),
    "aid.pledge-decline/1": Act(
        "la",
        _with({"why": "Thank you."}, need="need", pledge="fresh-pledge"),
        "turn-down",
        ("fresh-pledge",),
    ),
    "aid.shipment/1": Act(
        "chicago", _with({"quantity": 10, **GOODS}, **TOWARD), "dispatch", ("pledge",)
    ),
    "aid.delivery/1": Act("chicago", _at(shipment="shipment"), "deliver", ("shipment",)),
    "aid.receipt/1": Act(
        "la",
        _with({"quantity": 10, **GOODS}, shipment="shipment", need="need"),
        "confirm",
        ("shipment",),
    ),
    "aid.dispute/1": Act(
        "la",
        _with({"problem": "short", "words": "Half is not here."}, shipment="shipment", need="need"),
        "dispute",
        ("shipment",),
    ),
    "aid.settlement/1": Act(
        "chicago",
        _with({"returned": 5, "lost": 0}, shipment="shipment"),
        "settle",
        ("shipment",),
    ),
    "aid.return/1": Act(
        "la",
        _with({"quantity": 5, "item": GOODS["item"], "unit": "piece"}, back="shipment", **TOWARD),
        "give-back",
        ("shipment",),
    ),
    "aid.person/1": Act(
        "chicago", _with({"ref": "IL-4", **DRIVER}, pledge="pledge"), "person-new", ("pledge",)
    ),
    "aid.person-end/1": Act(
        "chicago", _with({"why": "Needed here."}, person="awaited"), "person-end", ("awaited",)
    ),
    "aid.check-in/1": Act(
        "la", _crew("awaited", when=SINCE, place="Gate 4"), "check-in", ("pledge",)
    ),
    "aid.release/1": Act("la", _crew("person", when=SINCE, travel="road"), "release", ("pledge",)),
    "aid.homecoming/1": Act("chicago", _crew("person", when=SINCE), "homecoming", ("pledge",)),
    "aid.hours/1": Act(
        "chicago",
        _crew("person", sort="work", began=SINCE, ended="2025-06-07T02:00Z", done="Drove."),
        "hours-new",
        ("pledge",),
    ),
    "aid.hours-end/1": Act(
        "chicago", _with({"why": "Another day."}, hours="hours"), "hours-end", ("hours",)
    ),
    "aid.check-in-end/1": Act(
        "la", _with({"why": "Never came."}, arrival="arrival"), "arrival-end", ("arrival",)
    ),
    "aid.release-end/1": Act(
        "la", _with({"why": "Stays."}, departure="departure"), "departure-end", ("departure",)
    ),
    "aid.homecoming-end/1": Act(
        "chicago",
        _with({"why": "On the way."}, homecoming="homecoming"),
        "homecoming-end",
        ("homecoming",),
    ),
    "aid.shift/1": Act(
        "la",
        _crew("person", began=SINCE, ended="2025-06-08T02:00Z", post="First-aid post"),
        "shift-new",
        ("pledge",),
    ),
    "aid.shift-end/1": Act(
        "la", _with({"why": "It closes."}, shift="shift"), "shift-end", ("shift",)
    ),
    "aid.rest/1": Act(
        "la", lambda _world: {"shift_hours": 12, "rest_hours": 10, "days": 14}, "rest"
    ),
    "aid.roll/1": Act(
        "la",
        lambda world: {"pledges": [world.at["pledge"]], "minutes": 30},
        "roll-new",
        ("pledge",),
    ),
    "aid.roll-answer/1": Act(
        "la",
        lambda world: {
            "roll": world.at["roll"],
            "people": [world.at["person"]],
            "found": "safe",
        },
        "roll-answer",
        ("roll",),
    ),
    "aid.roll-end/1": Act(
        "la", _with({"why": "All are here."}, roll="roll"), "roll-end", ("roll",)
    ),
    "aid.availability/1": Act("chicago", lambda _world: {**LENT, "quantity": 20}, "availability"),
    "aid.capacity/1": Act("chicago", lambda _world: {"trucks": 40, "docks": 80}, "capacity"),
    "aid.next-call/1": Act(
        "la",
        lambda world: {
            "member": f"{world.log('chicago')}@0",
            "chance": 30,
            "rests_on": "River outlook, 7 June.",
            "until": "2025-06-14T12:00Z",
        },
        "next-call",
    ),
    "aid.plan/1": Act("la", _with(PLAN, calls="calls"), "plan-make"),
    "aid.plan-decline/1": Act(
        "chicago",
        _with({"item": LENT["item"], "why": "Needed here."}, plan="plan", need="need"),
        "plan-decline",
        ("plan", "0"),
    ),
    "aid.packing/1": Act(
        "chicago",
        _with({"parcels": [{"count": 4, "each": 10}]}, shipment="shipment"),
        "pack",
        ("shipment",),
    ),
    "aid.scan/1": Act(
        "la",
        _with({"parcel": 2, "parcels": 2, "what": "took"}, shipment="shipment"),
        "scan",
        query="?code={shipment}/2",
    ),
    "aid.cost/1": Act(
        "chicago",
        _with({**FUEL, "basis": "actual", "incurred": SINCE}, pledge="pledge"),
        "cost-new",
        ("pledge",),
        typed={"price_cents": "12.50"},
    ),
    "aid.labour/1": Act(
        "chicago",
        lambda world: {
            "pledge": world.at["pledge"],
            "basis": "actual",
            "what": "Drivers",
            "hours": [world.at["hours"]],
            "regular_minutes": 30,
            "overtime_minutes": 0,
            "rate_cents": 4_000,
        },
        "labour-new",
        ("pledge",),
        typed={"rate_cents": "40.00"},
    ),
    "aid.cost-end/1": Act(
        "chicago", _with({"why": "Twice."}, line="cost-open"), "cost-end", ("cost-open",)
    ),
    "aid.evidence/1": Act(
        "chicago",
        lambda world: {
            "line": world.at["cost-open"],
            "what": "Receipt",
            "files": [{"sha256": world.at["file"], "name": "receipt.txt", "size": 30}],
        },
        "cost-evidence",
        ("cost-open",),
        typed={"files": Receipt("receipt.txt", b"A receipt.")},
    ),
    "aid.claim/1": Act(
        "chicago",
        lambda world: {
            "pledge": world.at["pledge"],
            "lines": [world.at["cost-open"]],
            "total_cents": 10_000,
            "currency": "USD",
        },
        "claim-new",
        ("pledge",),
    ),
    "aid.claim-end/1": Act(
        "chicago", _with({"why": "A line is wrong."}, claim="claim"), "claim-end", ("claim",)
    ),
    "aid.claim-answer/1": Act(
        "la",
        lambda world: {
            "pledge": world.at["pledge"],
            "claim": world.at["claim"],
            "words": [{"line": world.at["cost"], "cents": 10_000}],
        },
        "claim-answer",
        ("claim",),
    ),
    "aid.payment/1": Act(
        "la",
        _with({"cents": 100, "when": SINCE, "currency": "USD"}, pledge="pledge", claim="claim"),
        "pay",
        ("pledge",),
        typed={"cents": "1.00"},
    ),
    "aid.advance/1": Act(
        "la",
        _with({"cents": 100, "when": SINCE, "currency": "USD"}, pledge="pledge"),
        "advance",
        ("pledge",),
        typed={"cents": "1.00"},
    ),
    "aid.repayment/1": Act(
        "chicago",
        _with({"cents": 100, "when": SINCE, "currency": "USD"}, pledge="pledge"),
        "repay",
        ("pledge",),
        typed={"cents": "1.00"},
    ),
    "aid.type/1": Act("la", lambda _world: ICE, "type-new"),
    "aid.stock/1": Act("la", lambda _world: COTS, "stock-count"),
    "aid.stock-end/1": Act(
        "la",
        lambda _world: {"item": "meals", "unit": "piece", "why": "It was miscounted."},
        "stock-end",
    ),
    "aid.lot/1": Act(
        "la",
        lambda _world: {"item": "cot", "lot": "C-7", "unit": "piece", "quantity": 10},
        "inventory-lot",
    ),
    "aid.roster/1": Act(
        "la", lambda _world: {"reference": "RN-7", "position": "nurse"}, "inventory-roster-keep"
    ),
    "aid.limit/1": Act("la", lambda _world: LIMIT, "limit-new"),
    "aid.limit-end/1": Act(
        "la", _with({"why": "It was waived."}, limit="limit"), "limit-end", ("limit",)
    ),
    "aid.package/1": Act("la", lambda _world: KITCHEN, "package-new"),
    "aid.package-proof/1": Act(
        "la",
        _with({"day": "2025-03-14", "how": "A full exercise."}, package="package"),
        "package-proof",
        ("package",),
    ),
    "aid.package-end/1": Act(
        "la", _with({"why": "It was dissolved."}, package="package"), "package-end", ("package",)
    ),
    "aid.import/1": Act("la", lambda _world: READ_IN),
    "aid.reserve/1": Act("la", lambda _world: {**COTS, "why": "Our own."}, "reserve"),
}


MEDICS = {"call": "call", "need": "phone-need"}
TIMES = {"starts": "2025-06-08T08:00Z", "ends": "2025-06-20T18:00Z"}
ACTS |= {
    "aid.need-confirmation/1": Act("la", _at(need="phone-need"), "need-confirm", ("phone-need",)),
    "aid.offer/1": Act(
        "chicago",
        _with({"insured": True, **TIMES}, pledge="bare-pledge", **MEDICS),
        "offer-new",
        ("bare-pledge",),
    ),
    "aid.offer-withdrawal/1": Act(
        "chicago",
        _with({"why": "Needed at home."}, offer="offered-offer"),
        "offer-end",
        ("offered-offer",),
    ),
    "aid.agreement/1": Act(
        "la",
        _with({"quantity": 5}, offer="offered-offer", pledge="offered-pledge", **MEDICS),
        "agreement-new",
        ("offered-offer",),
    ),
    "aid.agreement-countersign/1": Act(
        "chicago",
        _at(agreement="signed-agreement", offer="signed-offer"),
        "agreement-countersign",
        ("signed-agreement",),
    ),
    "aid.mission/1": Act(
        "chicago",
        _with(
            {"quantity": 5},
            agreement="approved-agreement",
            offer="approved-offer",
            pledge="approved-pledge",
            **MEDICS,
        ),
        "mission-new",
        ("approved-agreement",),
    ),
    "aid.mission-step/1": Act(
        "chicago", _with({"step": "under-way"}, mission="mission"), "mission-step", ("mission",)
    ),
    "aid.mission-recall/1": Act(
        "chicago", _with({"why": "A fire."}, mission="mission"), "mission-recall", ("mission",)
    ),
    "aid.reception/1": Act(
        "la",
        _with({"step": "checked-in", "quantity": 5}, mission="mission", need="phone-need"),
        "mission-reception",
        ("mission",),
    ),
    "aid.extension/1": Act(
        "la",
        _with({"until": "2025-06-29T12:00Z"}, mission="mission"),
        "mission-extend",
        ("mission",),
    ),
    "aid.extension-consent/1": Act(
        "chicago",
        _with({"until": "2025-06-28T18:00Z"}, mission="mission", extension="extension"),
        "extension-grant",
        ("extension",),
    ),
}


def _plain(kind: str) -> Fields:
    return {one.name: one.example for one in KINDS[kind].fields if one.example is not None}


def filled(form: Any, fields: Fields) -> Fields:
    """What a browser would post from this form when a person typed these answers over what it showed."""
    posted: Fields = {}
    for name, asked in form.fields.items():
        value = fields.get(name, form.get_initial_for_field(asked, name))
        posted.update(_inputs(name, value))
    return posted


def _inputs(name: str, value: Any) -> Fields:
    if value in (None, "", [], False):
        return {}
    if isinstance(value, list) and isinstance(value[0], dict):
        return {
            f"{name}-{number}-{key}": text
            for number, row in enumerate(value)
            for key, text in row.items()
        }
    if value is True:
        return {name: "yes"}
    if hasattr(value, "isoformat"):
        return {name: value.isoformat()[:16]}
    text = value.removesuffix("Z") if isinstance(value, str) and value[:4].isdigit() else value
    return {name: text}


def say_on_page(client: Client, act: Act, world: World, posted: Fields) -> Any:
    """Post to the act's page; a call goes through its three screens."""
    if act.page != "call-new":
        return client.post(act.url(world), posted)
    answer = client.post(reverse("call-new-screen", args=[1]), posted)
    for step in (2, 3):
        if answer.status_code == 302:
            answer = client.post(reverse("call-new-screen", args=[step]), posted)
    return answer


def typed_on_page(client: Client, act: Act, world: World) -> Fields:
    """What whoever may say it types on the page."""
    fields = act.fields(world)
    if act.page == "call-new":
        return {
            key: text for name, one in fields.items() for key, text in _inputs(name, one).items()
        }
    shown = client.get(act.url(world))
    assert shown.status_code == 200, shown.content[:300]
    wanted = {"confirm_hours": 20, **fields} if act.page == "amend" else fields
    return {**filled(shown.context["form"], wanted), **act.typed}
