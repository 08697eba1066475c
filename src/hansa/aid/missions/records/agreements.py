"""Both signatures: the one in need signs exactly one version of an offer, and the giver countersigns that."""

from django.utils.translation import gettext as _

from hansa.aid.missions import rules
from hansa.aid.missions.models import Agreement, Countersignature, Offer, Thread
from hansa.aid.missions.records.offers import live_offer, mission_of, thread_of
from hansa.aid.missions.words import GateName
from hansa.aid.models import Acceptance, Need, Pledge
from hansa.aid.words import MOST
from hansa.kernel.context import Saying
from hansa.kernel.errors import Refused
from hansa.kernel.models import Row
from hansa.kernel.record import Record, about, ask
from hansa.kernel.ref import Ref, home_of
from hansa.pact.models import Call


class AgreementSigned(Record, kind="aid.agreement/1", row=Agreement, by="sign", weighty=True):
    """{author} signs an agreement on an offer ({offer})."""

    call: Ref[Call] = about("Under which call?", shown=False)
    need: Ref[Need] = about("For which need?", shown=False)
    pledge: Ref[Pledge] = about("On which pledge?", shown=False)
    offer: Ref[Offer] = about("Which version of the offer?", shown=False)
    quantity: int = ask("How much of it?", least=1, most=MOST, example=1, shown=False)
    conditions: str = ask(
        "On which conditions?",
        default="",
        most=280,
        example="Shifts of 12 hours at most.",
        help="Leave it empty to accept as offered.",
    )
    recognises: bool = ask("The licences named in the offer count here", default=False)
    covers: bool = ask("We answer for harm and loss, as for our own people", default=False)
    despite: bool = ask(
        "We know that the team is promised elsewhere, too, and sign all the same", default=False
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The call and the need."""
        return [(Call, self.call), (Need, self.need)]

    def judge(self, row: Agreement | None, saying: Saying) -> str | None:
        """Only the one in need signs, for a need that stands, under a call of its own that stands."""
        need, call = saying.own(Need, self.need), saying.own(Call, self.call)
        if need is None:
            return "not-own-need"
        if call is None or need.call != self.call:
            return "not-that-call"
        if home_of(self.offer) == saying.log or home_of(self.offer) != home_of(self.pledge):
            return "not-that-pledge"
        if need.cancelled_at:
            return "need-cancelled"
        return "call-ended" if call.ended_at else None

    def check(self, row: Agreement | None, saying: Saying) -> None:
        """Sign the latest version of what was offered to you, while nothing speaks against it."""
        offer = Offer.objects.filter(key=self.offer, receiver=saying.log).first()
        if offer is None:
            raise Refused(_("This was not offered to you."), field="offer")
        said = (offer.call, offer.need, offer.pledge, offer.quantity)
        if said != (self.call, self.need, self.pledge, self.quantity):
            raise Refused(
                _("This is not what the offer says. Start again from the offer."), field="offer"
            )
        _require_standing(offer)
        rules.require_members(saying.log, offer.home)
        standing = rules.standing_of(offer.pledge)
        rules.require_open(standing, only=(GateName.CALL, GateName.UNIT, GateName.LIMITS))
        if standing is not None and standing.agreement_stands:
            raise Refused(_("You have signed this version already."), field="offer")
        rules.require_known(standing, despite=self.despite)

    def apply(self, row: Agreement, saying: Saying) -> None:
        """Open the agreement; it accepts the pledge, too."""
        row.call, row.need, row.pledge, row.offer = self.call, self.need, self.pledge, self.offer
        row.giver, row.quantity, row.conditions = (
            home_of(self.offer),
            self.quantity,
            self.conditions,
        )
        row.recognises, row.covers = self.recognises, self.covers
        need = saying.own(Need, self.need)
        row.request = len(need.before) if need is not None else 0
        accepted = saying.open(Acceptance, f"acceptance/{self.pledge}")
        accepted.pledge, accepted.need, accepted.at = self.pledge, self.need, saying.at
        accepted.quantity, accepted.why = self.quantity, self.conditions


def _require_standing(offer: Offer) -> None:
    """Refuse a version that does not stand any more."""
    if offer.withdrawn_at is not None:
        raise Refused(
            _("The giver has withdrawn this offer: %(why)s") % {"why": offer.withdrawn_why},
            field="offer",
            code="offer-withdrawn",
        )
    if offer.replaced_by:
        raise Refused(
            _("There is a later version of this offer. Read what changed, then sign that one."),
            field="offer",
            code="not-latest-offer",
        )


class AgreementCountersigned(
    Record, kind="aid.agreement-countersign/1", row=Countersignature, by="sign", weighty=True
):
    """{author} countersigns an agreement ({agreement})."""

    agreement: Ref[Agreement] = about("Which agreement?", shown=False)
    offer: Ref[Offer] = about("On which version of your offer?", shown=False)
    despite: bool = ask(
        "We know that the team is promised elsewhere, too, and sign all the same", default=False
    )

    def near(self) -> list[tuple[type[Row], str]]:
        """The offer."""
        return [(Offer, self.offer)]

    def suffix(self) -> str:
        """One signature under each agreement."""
        return f"countersignature/{self.agreement}"

    def judge(self, row: Countersignature | None, saying: Saying) -> str | None:
        """What is signed is one's own offer, and it stands."""
        if saying.own(Offer, self.offer) is None:
            return "not-own-offer"
        if home_of(self.agreement) == saying.log:
            return "own-agreement"
        return None if live_offer(saying, self.offer) is not None else "offer-withdrawn"

    def check(self, row: Countersignature | None, saying: Saying) -> None:
        """Sign what the other signed: this very version, with every gate open but those that come after."""
        agreement = Agreement.objects.filter(key=self.agreement).first()
        offer = saying.own(Offer, self.offer)
        if agreement is None or offer is None or agreement.offer != self.offer:
            raise Refused(_("This agreement is on another offer."), field="agreement")
        _require_standing(offer)
        if row is not None and row.agreement:
            raise Refused(_("You have countersigned this already."), field="agreement")
        rules.require_members(saying.log, agreement.home)
        standing = rules.standing_of(offer.pledge)
        rules.require_open(standing, but=(GateName.APPROVALS, GateName.AUTHORITY))
        rules.require_known(standing, despite=self.despite)

    def apply(self, row: Countersignature, saying: Saying) -> None:
        """Keep the signature. Where they are out already, what both signed now is what counts."""
        if not row.agreement:
            row.agreement, row.offer = self.agreement, self.offer
        offer = saying.own(Offer, self.offer)
        if offer is None:
            return
        thread = thread_of(saying, offer.pledge)
        thread.agreement = self.agreement
        mission = mission_of(saying, thread)
        if mission is not None:
            mission.agreement, mission.offer = self.agreement, self.offer
            mission.starts, mission.ends, mission.people = offer.starts, offer.ends, offer.people
            saying.change(mission)


def countersigned(saying: Saying, pledge: str, agreement: str, offer: str) -> bool:
    """Tell whether the author's own log has signed this agreement, on this offer, and both stand."""
    thread = saying.sub(Thread, f"thread/{pledge}")
    return thread is not None and (thread.agreement, thread.offer) == (agreement, offer)
