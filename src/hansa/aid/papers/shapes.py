"""What each paper is filled with. One struct for each template; every field may be missing.

What is missing, None or empty is printed as a blank line to fill in by hand. Texts are printed as they are: amounts, money
and times come already in words, with their unit, currency and time zone (`"12,000 pieces"`,
`"$1,250.00"`, `"10 June 2025, 10:00 PDT"`). A key that no field has is an error of the caller, never dropped.
"""

from msgspec import Struct

Text = str | int | None
"""What is printed, or a blank line."""


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every paper may say of itself."""

    made_from: Text = None
    """Printed small at the foot of each page: the records it was filled from."""
    drill: bool = False
    """Whether EXERCISE stands at the head of each page."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands inside a paper."""


class Contact(Part, frozen=True):
    """An office and how to reach it. Never a person's private number."""

    office: Text = None
    member: Text = None
    phone: Text = None
    email: Text = None


class Signature(Part, frozen=True):
    """Who signs for a member, and when. `record` is the signed record that stands for the ink."""

    office: Text = None
    name: Text = None
    at: Text = None
    record: Text = None


class Line(Part, frozen=True):
    """One line of what is asked for or offered: how much of what, kind and type as in NIMS."""

    quantity: Text = None
    unit: Text = None
    item: Text = None
    kind: Text = None
    type: Text = None
    note: Text = None


class Order(Line, frozen=True):
    """A line of a resource request, with when it is asked for and expected, and what it costs."""

    arrival_asked: Text = None
    arrival_expected: Text = None
    cost: Text = None


class Cost(Part, frozen=True):
    """A cost line: travel, personnel, equipment, commodities or other."""

    line: Text = None
    basis: Text = None
    amount: Text = None


class Position(Part, frozen=True):
    """How many people in which position, with which credential."""

    count: Text = None
    position: Text = None
    credential: Text = None


class Request(Part, frozen=True):
    """Part 1, by the member that asks. The least it says is fixed by EMAC, article III (B)."""

    member: Text = None
    contact: Contact = Contact()
    made_at: Text = None
    confirm_by: Text = None
    """When a request by phone must be confirmed in writing."""
    function: Text = None
    """The service for which help is asked, as fire service, transport, medical care."""
    mission: Text = None
    lines: list[Line] = []
    starts: Text = None
    ends: Text = None
    place: Text = None
    place_contact: Contact = Contact()
    priority: Text = None
    conditions: Text = None
    """Working and living conditions."""
    safety: Text = None
    credentials: Text = None
    health: Text = None
    """Vaccinations and fitness that are required."""
    provided: Text = None
    """Which of lodging, meals, fuel, transport the asking member provides."""
    signature: Signature = Signature()


class Offered(Part, frozen=True):
    """Part 2, by the member that offers."""

    member: Text = None
    contact: Contact = Contact()
    provider: Text = None
    """Whose the people and things are, when not the member's own."""
    package: Text = None
    """The mission-ready package the offer is made from."""
    lines: list[Line] = []
    people: list[Position] = []
    starts: Text = None
    ends: Text = None
    travel: Text = None
    departs: Text = None
    limits: Text = None
    costs: list[Cost] = []
    total: Text = None
    valid_until: Text = None
    signature: Signature = Signature()


class Accepted(Part, frozen=True):
    """Part 3, by the member that asked."""

    decision: Text = None
    """accepted as offered, accepted with conditions, or declined, in words."""
    conditions: Text = None
    signature: Signature = Signature()


class ThreePart(Paper, frozen=True):
    """`req-a`: request, offer and acceptance on one form."""

    incident: Text = None
    number: Text = None
    version: Text = None
    request: Request = Request()
    offer: Offered = Offered()
    acceptance: Accepted = Accepted()


class ResourceRequest(Paper, frozen=True):
    """`ics-213rr`: a resource request message. Numbers in the comments are the form's boxes."""

    incident: Text = None  # 1
    made_at: Text = None  # 2
    number: Text = None  # 3
    lines: list[Order] = []  # 4
    delivery: Text = None  # 5
    substitutes: Text = None  # 6
    requested_by: Contact = Contact()  # 7
    priority: Text = None  # 8
    section_chief: Signature = Signature()  # 9
    order_number: Text = None  # 10
    supplier: Contact = Contact()  # 11
    supplier_words: Text = None  # 12
    notes: Text = None  # 13
    logistics: Signature = Signature()  # 14, 15
    ordered_by: Text = None  # 16
    finance_words: Text = None  # 17
    finance: Signature = Signature()  # 18, 19


class Arrival(Part, frozen=True):
    """One line of a check-in list."""

    member: Text = None
    agency: Text = None
    category: Text = None
    kind: Text = None
    type: Text = None
    resource: Text = None
    """The resource's identifier; strike team or task force with it."""
    order: Text = None
    at: Text = None
    leader: Text = None
    people: Text = None
    contact: Text = None
    home: Text = None
    """Home unit and the point from which it left."""
    travel: Text = None
    assignment: Text = None
    qualifications: Text = None
    sent: Text = None
    """When it was told to the resources unit."""


class CheckIn(Paper, frozen=True):
    """`ics-211`: who and what has arrived at one place."""

    incident: Text = None
    number: Text = None
    place: Text = None
    starts: Text = None
    arrivals: list[Arrival] = []
    blank_lines: int = 0
    """How many lines to leave for those who come later."""
    prepared_by: Signature = Signature()


class Member(Part, frozen=True):
    """One line of a unit's roster."""

    name: Text = None
    position: Text = None
    agency: Text = None


class Activity(Part, frozen=True):
    """One line of a unit's log."""

    at: Text = None
    what: Text = None


class ActivityLog(Paper, frozen=True):
    """`ics-214`: what a unit or person did, hour by hour."""

    incident: Text = None
    period: Text = None
    name: Text = None
    position: Text = None
    agency: Text = None
    roster: list[Member] = []
    activities: list[Activity] = []
    blank_lines: int = 0
    prepared_by: Signature = Signature()


class Stop(Part, frozen=True):
    """A place on the driver's way."""

    place: Text = None
    what: Text = None
    by: Text = None
    """When it is expected there."""
    contact: Contact = Contact()


class Content(Part, frozen=True):
    """One thing on the truck."""

    item: Text = None
    quantity: Text = None
    lot: Text = None
    expires: Text = None
    code: Text = None
    """The short code of its label."""


class DriverSheet(Paper, frozen=True):
    """`driver`: what the driver carries, where to, past what, and who signs."""

    shipment: Text = None
    code: Text = None
    address: str = ""
    """Where the QR code leads: the scan page of this shipment. No code is printed without it."""
    incident: Text = None
    sender: Contact = Contact()
    receiver: Contact = Contact()
    carrier: Text = None
    made_at: Text = None
    stops: list[Stop] = []
    contents: list[Content] = []
    weight: Text = None
    volume: Text = None
    hazards: Text = None
    instructions: Text = None
    signer: Text = None
    """Who signs on arrival: an office."""


class Label(Part, frozen=True):
    """What one parcel's label says."""

    code: Text = None
    address: str = ""
    sender: Text = None
    receiver: Text = None
    place: Text = None
    item: Text = None
    quantity: Text = None
    lot: Text = None
    expires: Text = None
    parcel: Text = None
    """Which of how many, in words."""
    hazards: Text = None
    shipment: Text = None


class Labels(Paper, frozen=True):
    """`label`: one label for each parcel, 4 by 6 inches, each on its own page."""

    labels: list[Label] = []


class Pair(Part, frozen=True):
    """A question and its answer."""

    label: Text = None
    value: Text = None


class SumLine(Part, frozen=True):
    """The sums of one category of costs."""

    label: Text = None
    predicted: Text = None
    actual: Text = None
    difference: Text = None
    claimed: Text = None
    accepted: Text = None


class Expense(Part, frozen=True):
    """One cost line of a claim packet, with the record that says it."""

    number: Text = None
    category: Text = None
    what: Text = None
    basis: Text = None
    terms: Text = None
    state: Text = None
    amount: Text = None
    claimed: Text = None
    accepted: Text = None
    findings: Text = None
    """What the rules say of it, each with its article or section."""
    record: Text = None


class Proof(Part, frozen=True):
    """One file that proves a cost line. Its hash is printed whole."""

    number: Text = None
    """Of the cost line that it proves."""
    what: Text = None
    name: Text = None
    sha256: Text = None
    size: Text = None
    record: Text = None


class Worked(Part, frozen=True):
    """One line of hours."""

    at: Text = None
    what: Text = None
    who: Text = None
    regular: Text = None
    overtime: Text = None
    record: Text = None


class ClaimPacket(Paper, frozen=True):
    """`claim`: what a mission cost, what is claimed and accepted of it, and all that proves it, as one paper."""

    incident: Text = None
    mission: Text = None
    number: Text = None
    giver: Text = None
    receiver: Text = None
    made_at: Text = None
    demobilised: Text = None
    facts: list[Pair] = []
    """The totals, and what is due."""
    sums: list[SumLine] = []
    total: SumLine = SumLine()
    expenses: list[Expense] = []
    claims: list[Pair] = []
    transfers: list[Activity] = []
    agreement: list[Pair] = []
    order: list[Pair] = []
    amendments: list[Pair] = []
    arrivals: list[Arrival] = []
    worked: list[Worked] = []
    proofs: list[Proof] = []
    withdrawn: list[Expense] = []
    claimed_by: Signature = Signature()
    answered_by: Signature = Signature()


PAPERS: dict[str, type[Paper]] = {
    "req-a": ThreePart,
    "ics-213rr": ResourceRequest,
    "ics-211": CheckIn,
    "ics-214": ActivityLog,
    "driver": DriverSheet,
    "label": Labels,
    "claim": ClaimPacket,
}
"""Which struct fills which template."""
