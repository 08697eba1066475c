"""What a giver offers on a pledge: who comes, how, when, on what terms. A change is a new version."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.inventory.models import Package
from hansa.aid.missions.models import Mission, Offer, Thread
from hansa.aid.missions.words import Terms, Travel, unit_code
from hansa.aid.models import Need, Pledge
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Call
from hansa.pact.words import Form

DOLLARS = 1_000_000_000
"""The most that one line of an estimate may be, in whole US dollars."""

COSTS = ("travel", "personnel", "equipment", "commodities", "other")
"""The five cost lines of a mission-ready package."""


def thread_of(saying: Saying, pledge: str) -> Thread:
    """Return the author's own row on a pledge, to be changed; new if there is none."""
    return saying.open(Thread, f"thread/{pledge}")


class Offered(Record, kind="aid.offer/1", row=Offer, by="duty"):
    """{author} offers what it pledged ({pledge}), with people, terms and costs."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("On which pledge?", shown=False)
    replaces: Ref[Offer] | None = about("Which version does it replace?", default=None, shown=False)
    package: Ref[Package] | None = about("From which mission-ready package?", default=None)
    unit_id: str = ask(
        "The team's own identifier",
        default="",
        most=60,
        example="IL-TF1",
        help="As it stands on the team's own papers. With it, nobody can promise the same team twice unseen.",
    )
    people: int = ask("How many people come?", least=0, most=100_000, default=0, example=16)
    positions: str = ask(
        "In which positions?", default="", most=280, example="1 team leader, 12 nurses, 3 drivers"
    )
    credentials: str = ask(
        "Which licences and credentials do they hold?",
        default="",
        most=280,
        example="Registered nurse (Illinois)",
    )
    travel: Travel = ask("How do they come?", default=Travel.ROAD, example="road")
    starts: datetime = ask("From when are they free?", example="2025-06-10T08:00-05:00")
    ends: datetime = ask("Until when?", example="2025-06-24T18:00-05:00")
    limitations: str = ask(
        "What can they not do, or what do they lack?",
        default="",
        most=280,
        example="Needs level ground, 30 by 40 m, and water.",
    )
    insured: bool = ask("They and their things are insured by you", default=False)
    terms: Terms = ask("On what terms?", default=Terms.REIMBURSED, example="reimbursed")
    travel_cost: int = ask("Travel, in US dollars", least=0, most=DOLLARS, default=0, example=8_200)
    personnel_cost: int = ask(
        "Personnel, in US dollars", least=0, most=DOLLARS, default=0, example=96_000
    )
    equipment_cost: int = ask(
        "Equipment, in US dollars", least=0, most=DOLLARS, default=0, example=12_500
    )
    commodities_cost: int = ask(
        "Commodities, in US dollars", least=0, most=DOLLARS, default=0, example=3_000
    )
    other_cost: int = ask("Other, in US dollars", least=0, most=DOLLARS, default=0, example=0)

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge, and what stands on it."""
        return [(Pledge, self.pledge), (Thread, f"thread/{self.pledge}")]

    def judge(self, row: Offer | None, saying: Saying) -> str | None:
        """An offer stands on one's own pledge, and replaces the version that stands."""
        pledge = saying.own(Pledge, self.pledge)
        if pledge is None:
            return "not-own-pledge"
        if (pledge.call, pledge.need) != (self.call, self.need):
            return "not-that-pledge"
        if self.ends <= self.starts:
            return "ends-first"
        thread = saying.sub(Thread, f"thread/{self.pledge}")
        standing = thread.offer if thread is not None else ""
        return None if standing == (self.replaces or "") else "not-latest-offer"

    def check(self, row: Offer | None, saying: Saying) -> None:
        """Offer what still stands, in a form that can come and go, for a time still to come."""
        pledge = saying.own(Pledge, self.pledge)
        if pledge is None:
            raise Refused(_("Offer on a pledge of your own member."), field="pledge")
        people = catalogue.deploys(pledge.item, pledge.unit, added=True)
        if pledge.form != Form.MATERIAL and not people:
            raise Refused(
                _("Only people, teams and equipment come on a mission. Hand finished work over."),
                field="pledge",
            )
        if pledge.standing <= 0:
            raise Refused(_("This pledge was taken back. Pledge anew."), field="pledge")
        if self.ends <= self.starts:
            raise Refused(_("They cannot leave before they come."), field="ends")
        if self.package and home_of(self.package) != saying.log:
            raise Refused(_("Choose a package of your own member."), field="package")
        if self.ends <= saying.at:
            raise Refused(_("This time has passed. Give a later one."), field="ends")
        thread = saying.sub(Thread, f"thread/{self.pledge}")
        if (thread.offer if thread is not None else "") != (self.replaces or ""):
            raise Refused(
                _("Another version stands meanwhile. Read it, then change that one."),
                field="replaces",
                code="not-latest-offer",
            )

    def apply(self, row: Offer, saying: Saying) -> None:
        """Open the version. It promises what stands of the pledge, and the one before is replaced."""
        pledge, thread = saying.own(Pledge, self.pledge), thread_of(saying, self.pledge)
        row.call, row.need, row.pledge = self.call, self.need, self.pledge
        row.receiver = home_of(self.need)
        if pledge is not None:
            row.item, row.unit, row.quantity = pledge.item, pledge.unit, pledge.standing
            pledge.offer = row.key
            saying.change(pledge)
        row.unit_id, row.unit_code = self.unit_id, unit_code(self.unit_id)
        row.package, row.people, row.positions = self.package or "", self.people, self.positions
        row.credentials, row.travel = self.credentials, self.travel.value
        row.starts, row.ends, row.limitations = self.starts, self.ends, self.limitations
        row.insured, row.terms = self.insured, self.terms.value
        row.costs = {name: getattr(self, f"{name}_cost") for name in COSTS}
        thread.version += 1
        row.version, row.replaces, thread.offer = thread.version, self.replaces or "", row.key
        before = saying.own(Offer, self.replaces) if self.replaces else None
        if before is not None:
            before.replaced_by = row.key
            saying.change(before)


class OfferWithdrawn(Record, kind="aid.offer-withdrawal/1", row=Offer, by="duty"):
    """{author} withdraws its offer ({offer}): {why}"""

    offer: Ref[Offer] = upon("Which offer?")
    why: str = ask("Why?", most=280, example="The team is needed at home.")

    def judge(self, row: Offer, saying: Saying) -> str | None:
        """What stands is withdrawn, once; who is out is recalled instead."""
        if row.withdrawn_at:
            return "offer-withdrawn"
        if row.replaced_by:
            return "not-latest-offer"
        thread = saying.sub(Thread, f"thread/{row.pledge}")
        return "mission-ordered" if thread is not None and thread.mission else None

    def check(self, row: Offer | None, saying: Saying) -> None:
        """Say what to do instead."""
        if row is None:
            return
        thread = saying.sub(Thread, f"thread/{row.pledge}")
        if thread is not None and thread.mission:
            raise Refused(_("They have their order already. Recall them instead."), field="offer")
        if row.withdrawn_at:
            raise Refused(_("This offer was withdrawn already."), field="offer")
        if row.replaced_by:
            raise Refused(_("A later version stands. Withdraw that one."), field="offer")

    def apply(self, row: Offer, saying: Saying) -> None:
        """Withdraw it. The pledge stands until it is taken back; a new offer may be made on it."""
        row.withdrawn_at, row.withdrawn_why = saying.at, self.why
        thread = thread_of(saying, row.pledge)
        thread.offer = thread.agreement = ""
        pledge = saying.own(Pledge, row.pledge)
        if pledge is not None:
            pledge.offer = ""
            saying.change(pledge)


def live_offer(saying: Saying, key: str) -> Offer | None:
    """Return an offer of the author's own that stands: neither withdrawn nor replaced."""
    offer = saying.own(Offer, key)
    stands = offer is not None and offer.withdrawn_at is None and not offer.replaced_by
    return offer if stands else None


def mission_of(saying: Saying, thread: Thread) -> Mission | None:
    """Return the mission that the author has out on a pledge, if it has one."""
    return saying.own(Mission, thread.mission) if thread.mission else None
