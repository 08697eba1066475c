"""Questions about missions: where one stands, which gates are shut, what waits for whom.

All answers are counts over the rows of both sides' logs, so nodes that hold the same records give the same answer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _

from hansa.aid import catalogue
from hansa.aid.lines import Lent, PledgeLine, pledge_lines
from hansa.aid.missions import phases
from hansa.aid.missions.flags import flags
from hansa.aid.missions.gates import Gate
from hansa.aid.missions.models import Mission, Offer, Reception
from hansa.aid.missions.rivals import is_over
from hansa.aid.missions.standing import (
    Law,
    Standing,
    giver_of,
    laws,
    receiver_of,
    standings,
)
from hansa.aid.missions.words import OVER, GateName, GiverStep, Phase, ReceiverStep
from hansa.aid.models import Need, Pledge, Stock
from hansa.aid.words import How
from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.pact import rules as pact
from hansa.pact.models import Call, Member

__all__ = [
    "Due",
    "Gate",
    "Law",
    "Standing",
    "Work",
    "flags",
    "gates",
    "giver_of",
    "laws",
    "lent",
    "phase",
    "receiver_of",
    "require_known",
    "require_members",
    "require_open",
    "require_stock",
    "standing_of",
    "standings",
    "unconfirmed",
    "waiting",
]

MOST = 100
"""So many pledges of one member are looked at for its worklist, the latest first."""


def standing_of(pledge: str, *, mission: Mission | None = None) -> Standing | None:
    """Return where a pledge stands, by its key; None if nothing was offered on it."""
    return next(iter(standings(Pledge.objects.filter(key=pledge), mission=mission)), None)


def phase(mission: Mission) -> Phase:
    """Return where a mission stands."""
    found = standing_of(mission.pledge, mission=mission)
    return found.phase if found is not None else Phase.ORDERED


def gates(pledge: Pledge) -> list[Gate]:
    """Return the gates of what is offered on a pledge; none where nothing is offered."""
    found = next(iter(standings([pledge])), None)
    return found.gates if found is not None else []


def require_open(
    standing: Standing | None,
    *,
    but: Collection[GateName] = (),
    only: Collection[GateName] = tuple(GateName),
) -> None:
    """Refuse, for `check`, to go on through a shut gate, with its article and what opens it."""
    if standing is None:
        raise Refused(_("Nothing is offered on this pledge yet."), code="no-offer")
    if standing.cancelled:
        raise Refused(_("This is no longer needed: the request was cancelled."), code="not-needed")
    for gate in standing.shut:
        if gate.name in only and gate.name not in but:
            raise Refused(
                _("A gate is shut: %(gate)s (%(article)s). %(remedy)s")
                % {
                    "gate": str(gate.name.label).lower(),
                    "article": gate.article,
                    "remedy": gate.remedy,
                },
                code=f"gate-{gate.name.value}",
            )


def require_members(*logs: str) -> None:
    """Refuse, for `check`, a new signature between governments that are not both members now. What was signed stays."""
    roll, now = pact.Roll(), clock.now()
    for log in logs:
        if not roll.is_member(log, now):
            raise Refused(
                _(
                    "%(log)s is no member of the pact at this moment. What both signed before stays signed; nothing new is."
                )
                % {"log": log},
                code="not-member",
            )


def require_known(standing: Standing | None, *, despite: bool) -> None:
    """Refuse, for `check`, a signature by somebody who has not said that it knows who else promised the team."""
    if standing is None or not standing.rivals or despite:
        return
    one = standing.rivals[0].promise
    names = dict(Member.objects.values_list("home", "name"))
    raise Refused(
        _(
            "%(team)s is promised twice: also to %(receiver)s by %(giver)s. Talk to each other first. To sign all the same, say that you know it."
        )
        % {
            "team": one.unit_id,
            "giver": names.get(one.home, one.home),
            "receiver": names.get(one.receiver, one.receiver),
        },
        field="despite",
        code="promised-twice",
    )


def require_stock(stock: Stock | None, item: str, quantity: int, *, but: str = "") -> None:
    """Refuse, for `check`, to let more go than the giver has beside its floor and all its missions but one."""
    words = below_floor(stock, item, quantity, but=but)
    if words:
        raise Refused(words, field="pledge", code="reserve")


def below_floor(stock: Stock | None, item: str, quantity: int, *, but: str = "") -> str:
    """Say that a mission takes from the giver's own reserve, which it may have raised since it pledged; "" if not.

    `stock` is the giver's own, for its own officers alone.
    """
    if stock is None or not stock.bounded:
        return ""
    others = Mission.objects.filter(home=stock.home, item=item).exclude(key=but)
    out = sum(one.quantity for one in others if not is_over(one))
    if quantity <= stock.quantity - out - stock.held_back:
        return ""
    return _(
        "You hold %(here)s, of which %(reserve)s are your own reserve and %(out)s are on other missions: %(quantity)s more cannot go. Lower the reserve, count again, or take back part of the pledge and offer what is left."
    ) % {
        "here": f"{stock.quantity:,}",
        "reserve": f"{stock.held_back:,}",
        "out": f"{out:,}",
        "quantity": f"{quantity:,}",
    }


@dataclass(frozen=True, slots=True)
class Due:
    """A request by phone that waits for its confirmation in writing."""

    need: Need
    by: datetime

    @property
    def overdue(self) -> bool:
        """Tell whether the charter's days are over."""
        return self.by < clock.now()


def unconfirmed(needs: Iterable[Need], roll: pact.Roll | None = None) -> list[Due]:
    """Return the requests by phone that are not confirmed, with the moment by which they must be, the first due first."""
    asked = [one for one in needs if one.how == How.PHONE and one.confirmed_at is None]
    if not asked:
        return []
    calls = Call.objects.in_bulk({one.call for one in asked})
    by_call = laws(calls.values(), roll or pact.Roll())
    found = []
    for one in asked:
        by = by_call.get(one.call, Law()).confirm_by(one)
        if by is not None:
            found.append(Due(one, by))
    return sorted(found, key=lambda due: due.by)


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for one member's officers, the oldest first of each sort."""

    to_confirm: list[Due] = field(default_factory=list)
    to_offer: list[PledgeLine] = field(default_factory=list)
    to_sign: list[Standing] = field(default_factory=list)
    to_countersign: list[Standing] = field(default_factory=list)
    to_order: list[Standing] = field(default_factory=list)
    to_leave: list[Standing] = field(default_factory=list)
    to_receive: list[Standing] = field(default_factory=list)
    to_answer: list[Standing] = field(default_factory=list)
    to_release: list[Standing] = field(default_factory=list)
    to_settle: list[Standing] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether anything waits."""
        return any(getattr(self, name) for name in self.__dataclass_fields__)


def live(log: str | None = None) -> Iterable[Pledge]:
    """Return the pledges with an offer that stands, or a mission that is not settled; of one member, or to it."""
    sides = Q(home=log) | Q(receiver=log) if log else Q()
    offered = Offer.objects.filter(sides, withdrawn_at=None, replaced_by="")
    keys = offered.order_by("-at").values_list("pledge", flat=True)[: MOST * 2]
    return Pledge.objects.filter(key__in=list(keys)).order_by("at", "key")


def waiting(log: str) -> Work:
    """Return what waits for the officers of `log`. A fixed number of queries."""
    own = list(Need.objects.filter(home=log, how=How.PHONE, confirmed_at=None, cancelled_at=None))
    pledges, unoffered = list(live(log)), _unoffered(log)
    if not own and not pledges:
        return Work(to_offer=unoffered)
    roll = pact.Roll()
    work = Work(to_confirm=unconfirmed(own, roll), to_offer=unoffered)
    for one in standings(pledges, roll=roll):
        if one.pledge.home == log:
            _of_giver(work, one)
        elif one.pledge.needer == log:
            _of_receiver(work, one)
    return work


def _unoffered(log: str) -> list[PledgeLine]:
    """Return the pledges of people by `log` that are accepted and that nobody offered yet, the oldest first."""
    people = {code for code in catalogue.items() if catalogue.deploys(code, "", added=True)}
    open_ones = Pledge.objects.filter(
        Q(unit__in=catalogue.MANNED) | Q(item__in=people),
        home=log,
        offer="",
        quantity__gt=F("withdrawn") + F("sent") + F("lent"),
    )
    found = pledge_lines(open_ones.order_by("at", "key")[:MOST])
    return [line for line in found if line.may_offer]


def lent(keys: Collection[str]) -> dict[str, Lent]:
    """Return, for `lines`, what became of the pledges with these keys that were lent on missions. Two queries."""
    missions = list(Mission.objects.filter(pledge__in=keys))
    words = {one.key: f"{one.receiver}/reception/{one.key}" for one in missions}
    said = Reception.objects.in_bulk(list(words.values()))
    by_pledge: dict[str, list[Mission]] = defaultdict(list)
    for one in missions:
        by_pledge[one.pledge].append(one)
    return {
        pledge: Lent(
            sum(row.quantity for one in listed if (row := said.get(words[one.key]))),
            any(
                GiverStep.UNDER_WAY in one.steps and GiverStep.RETURNED not in one.steps
                for one in listed
            ),
        )
        for pledge, listed in by_pledge.items()
    }


def _of_giver(work: Work, one: Standing) -> None:
    phase_now, steps = one.phase, phases.giver_next(one.giver, one.receiver)
    if phase_now == Phase.AGREED or (one.amendment is not None and one.agreement_stands):
        work.to_countersign.append(one)
    if phase_now == Phase.APPROVED:
        work.to_order.append(one)
    if phase_now == Phase.ORDERED and GiverStep.UNDER_WAY in steps:
        work.to_leave.append(one)
    if one.asked_longer is not None:
        work.to_answer.append(one)
    if phase_now == Phase.RETURNED:
        work.to_settle.append(one)


def _of_receiver(work: Work, one: Standing) -> None:
    phase_now = one.phase
    unsigned = phase_now == Phase.OFFERED or (
        one.amendment is not None and not one.agreement_stands
    )
    if unsigned and one.need is not None and one.need.cancelled_at is None:
        work.to_sign.append(one)
    if phase_now in {Phase.UNDER_WAY, Phase.ARRIVED}:
        work.to_receive.append(one)
    ended = one.cancelled or one.ended is not None
    released = ReceiverStep.RELEASED in one.receiver.steps
    if ended and not released and phase_now not in OVER and one.mission is not None:
        work.to_release.append(one)
