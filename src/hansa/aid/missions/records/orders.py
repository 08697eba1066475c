"""The order to go, and what the giver says since: under way, arrived, recalled, home again, settled."""

from datetime import datetime

from django.utils.translation import gettext as _

from hansa.aid import custody
from hansa.aid.missions import phases, rules
from hansa.aid.missions.models import Agreement, Committed, Countersignature, Mission, Offer, Thread
from hansa.aid.missions.records.agreements import countersigned
from hansa.aid.missions.records.offers import live_offer, thread_of
from hansa.aid.missions.words import GateName, GiverStep
from hansa.aid.models import Need, Pledge, Stock
from hansa.aid.words import MOST, Unit
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask, upon
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Call


class MissionOrdered(Record, kind="aid.mission/1", row=Mission, by="sign", weighty=True):
    """{author} orders a mission on its pledge ({pledge})."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("On which pledge?", shown=False)
    offer: Ref[Offer] = about("By which version of the offer?", shown=False)
    agreement: Ref[Agreement] = about("By which agreement?", shown=False)
    quantity: int = ask("How much goes?", least=1, most=MOST, example=1, shown=False)
    report_to: str = ask(
        "Where and to which office do they report?",
        default="",
        most=280,
        example="Staging area, Gate 4: logistics section",
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The pledge, the offer, and what stands on them."""
        return [
            (Pledge, self.pledge),
            (Offer, self.offer),
            (Thread, f"thread/{self.pledge}"),
            (Countersignature, f"countersignature/{self.agreement}"),
        ]

    def judge(self, row: Mission | None, saying: Saying) -> str | None:
        """Nobody is ordered away without one's own countersignature, for more than is pledged, or twice."""
        pledge, offer = saying.own(Pledge, self.pledge), live_offer(saying, self.offer)
        if pledge is None:
            return "not-own-pledge"
        if (pledge.call, pledge.need) != (self.call, self.need):
            return "not-that-pledge"
        if offer is None or offer.pledge != self.pledge:
            return "offer-withdrawn"
        if not countersigned(saying, self.pledge, self.agreement, self.offer):
            return "not-countersigned"
        if thread_mission(saying, self.pledge):
            return "mission-ordered"
        if self.quantity > min(pledge.to_send, offer.quantity):
            return "too-much"
        team = _team(saying, offer.unit_code)
        return "unit-committed" if team is not None and team.mission else None

    def check(self, row: Mission | None, saying: Saying) -> None:
        """Order when every gate is open: the order itself is the last."""
        if not countersigned(saying, self.pledge, self.agreement, self.offer):
            raise Refused(
                _("Your member has not countersigned this agreement yet."), code="not-countersigned"
            )
        if thread_mission(saying, self.pledge):
            raise Refused(_("They have their order already."), code="mission-ordered")
        pledge, offer = saying.own(Pledge, self.pledge), saying.own(Offer, self.offer)
        if pledge is not None and offer is not None and pledge.to_send < self.quantity:
            raise Refused(
                _(
                    "Part of the pledge was taken back or sent meanwhile: only %(left)s are left. Offer anew what can still go."
                )
                % {"left": f"{pledge.to_send:,}"},
                code="too-much",
            )
        team = _team(saying, offer.unit_code) if offer is not None else None
        if team is not None and team.mission:
            raise Refused(
                _("%(team)s is out on another mission (%(mission)s). Wait until it is home.")
                % {"team": team.unit_id, "mission": team.mission},
                code="unit-committed",
            )
        rules.require_open(rules.standing_of(self.pledge), but=(GateName.AUTHORITY,))
        if pledge is not None:
            stock = saying.sub(Stock, f"stock/{pledge.item}")
            rules.require_stock(stock, pledge.item, self.quantity)

    def apply(self, row: Mission, saying: Saying) -> None:
        """Open the mission, lend what was pledged, and bind the team to it."""
        row.call, row.need, row.pledge = self.call, self.need, self.pledge
        row.offer, row.agreement, row.receiver = self.offer, self.agreement, home_of(self.need)
        row.order_at, row.report_to, row.quantity = saying.at, self.report_to, self.quantity
        offer, pledge = saying.own(Offer, self.offer), saying.own(Pledge, self.pledge)
        if offer is not None:
            row.item, row.unit, row.people = offer.item, offer.unit, offer.people
            row.unit_id, row.unit_code = offer.unit_id, offer.unit_code
            row.starts, row.ends = offer.starts, offer.ends
        if pledge is not None:
            pledge.lent += self.quantity
            saying.change(pledge)
        thread_of(saying, self.pledge).mission = row.key
        if row.unit_code:
            team = saying.open(Committed, f"unit/{row.unit_code}")
            team.unit_id, team.mission = row.unit_id, row.key


def thread_mission(saying: Saying, pledge: str) -> str:
    """Return the mission that the author's log has out on a pledge, or ""."""
    thread = saying.sub(Thread, f"thread/{pledge}")
    return thread.mission if thread is not None else ""


def _team(saying: Saying, code: str) -> Committed | None:
    return saying.sub(Committed, f"unit/{code}") if code else None


def _free(saying: Saying, row: Mission) -> None:
    """Let the team and the pledge be promised again: nobody is out on this mission any more."""
    team = _team(saying, row.unit_code)
    if team is not None and team.mission == row.key:
        team.mission = ""
        saying.change(team)
    thread = thread_of(saying, row.pledge)
    if thread.mission == row.key:
        thread.mission = ""


class MissionStep(Record, kind="aid.mission-step/1", row=Mission, by="logistics"):
    """{author} says of a mission ({mission}): {step}."""

    law = 2

    mission: Ref[Mission] = upon("Which mission?")
    step: GiverStep = ask("What has happened?", example="under-way")
    when: datetime | None = ask(
        "When?", default=None, example="2025-06-10T09:30-05:00", help="Empty means now."
    )
    words: str = ask("A word", default="", most=280, example="Two vans, expected at 18:00.")

    def judge(self, row: Mission, saying: Saying) -> str | None:
        """The steps follow each other, and nobody leaves on a pledge that was taken back."""
        code = phases.giver_may(rules.giver_of(row), self.step)
        if code is None and self.step == GiverStep.UNDER_WAY:
            pledge = saying.own(Pledge, row.pledge)
            if pledge is None or pledge.standing < row.quantity:
                return "pledge-withdrawn"
        return code

    def check(self, row: Mission | None, saying: Saying) -> None:
        """Say what the other side's log rules out, and let nobody leave through a shut gate."""
        if row is None:
            return
        if self.when is not None and self.when > saying.at:
            raise Refused(
                _("Say it when it has happened; this time is still to come."), field="when"
            )
        standing = rules.standing_of(row.pledge, mission=row)
        if standing is None:
            return
        if self.step not in phases.giver_next(standing.giver, standing.receiver):
            raise Refused(_wrong_step(standing), field="step", code="not-in-this-phase")
        if self.step == GiverStep.UNDER_WAY:
            rules.require_open(standing)
            stock = saying.sub(Stock, f"stock/{row.item}")
            rules.require_stock(stock, row.item, row.quantity, but=row.key)

    def in_words(self) -> dict[str, object]:
        """The step reads as a sentence."""
        return {"step": str(self.step.label).lower()}

    def apply(self, row: Mission, saying: Saying) -> None:
        """Keep the step; who leaves is sent, and who is home again is free.

        Who was called back counts toward the need no more, but for what the receiver has checked in.
        """
        row.steps = {**row.steps, self.step.value: told(saying, self.when, self.words)}
        pledge = saying.own(Pledge, row.pledge)
        if pledge is None:
            return
        if self.step == GiverStep.UNDER_WAY:
            pledge.lent -= row.quantity
            pledge.sent += row.quantity
        if self.step == GiverStep.RETURNED:
            _free(saying, row)
            pledge.gone += row.quantity if row.recalled_at else 0
            custody.stock(saying, pledge.item, Unit(pledge.unit)).promised -= row.quantity
        saying.change(pledge)


def told(saying: Saying, when: datetime | None, words: str) -> dict[str, str]:
    """Return one step as a row keeps it: when it was said, by which record, when it happened, in which words."""
    return {
        "at": saying.at.isoformat(),
        "record": saying.position,
        "when": (when or saying.at).isoformat(),
        "words": words,
    }


def _wrong_step(standing: "rules.Standing") -> str:
    return _("This cannot be said now. The mission stands at: %(phase)s.") % {
        "phase": standing.phase.label
    }


class MissionRecalled(Record, kind="aid.mission-recall/1", row=Mission, by="duty"):
    """{author} recalls its mission ({mission}): {why}"""

    mission: Ref[Mission] = upon("Which mission?")
    why: str = ask("Why?", most=280, example="A fire at home: we need the team ourselves.")

    def judge(self, row: Mission, saying: Saying) -> str | None:
        """A mission is recalled once, while it is out."""
        return None if phases.may_recall(rules.giver_of(row)) else "not-in-this-phase"

    def check(self, row: Mission | None, saying: Saying) -> None:
        """Say why there is nobody to recall."""
        if row is not None and not phases.may_recall(rules.giver_of(row)):
            raise Refused(_("This mission was recalled already, or is home again."))

    def apply(self, row: Mission, saying: Saying) -> None:
        """Recall them. Whoever has not left stays at home, and is free."""
        row.recalled_at, row.recalled_why = saying.at, self.why
        if GiverStep.UNDER_WAY.value in row.steps:
            return
        _free(saying, row)
        pledge = saying.own(Pledge, row.pledge)
        if pledge is not None:
            pledge.lent -= row.quantity
            saying.change(pledge)
