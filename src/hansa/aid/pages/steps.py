"""What whoever looks may do next about a need, a pledge or a shipment."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid.board import NeedLine, PledgeLine, ShipmentLine
from hansa.aid.words import PledgeState
from hansa.kernel.models import Row
from hansa.pact.words import Form
from hansa.pages.access import Chair


@dataclass(frozen=True, slots=True)
class Step:
    """A link to what can be done; `main` is the one that is waited for. `note`: what to know before."""

    label: str
    url: str
    main: bool = False
    note: str = ""


def _to(name: str, row: Row) -> str:
    return reverse(name, args=[row.key])


def need_steps(line: NeedLine, chair: Chair | None) -> list[Step]:
    """Return what this office may do about a need."""
    need = line.need
    if chair is None or need.cancelled_at is not None:
        return []
    if need.home == chair.log:
        if not chair.may("logistics"):
            return []
        return [
            Step(_("Change what is needed"), _to("need-change", need)),
            Step(_("Amend the details"), _to("need-amend", need)),
            Step(_("Cancel this need"), _to("need-end", need)),
        ]
    if not chair.may("duty"):
        return []
    return [Step(_("Pledge toward this"), _to("pledge", need), main=line.open > 0)]


def pledge_steps(line: PledgeLine, chair: Chair | None) -> list[Step]:
    """Return what this office may do about a pledge."""
    pledge, steps = line.pledge, []
    if chair is None:
        return []
    if pledge.offer:
        steps.append(Step(_("Offer and mission"), _to("mission", pledge), main=True))
    elif pledge.needer == chair.log and chair.may("logistics") and pledge.standing:
        if line.state == PledgeState.WAITING:
            steps.append(Step(_("Accept"), _to("accept", pledge), main=True))
            steps.append(Step(_("Turn down"), _to("turn-down", pledge)))
        elif pledge.to_send and line.need is not None and line.need.cancelled_at is None:
            steps.append(Step(_("Change what you accept"), _to("accept", pledge)))
    if pledge.home == chair.log:
        goods = pledge.form == Form.MATERIAL and pledge.to_send > line.to_release
        wanted = line.may_offer or (goods and not line.turned_down)
        if wanted and not pledge.offer and chair.may("duty"):
            offer = _("Offer on a mission")
            steps.append(Step(offer, _to("offer-new", pledge), main=line.by_mission))
        if line.may_send and chair.may("logistics"):
            send = _("Send") if pledge.form == Form.MATERIAL else _("Hand over")
            steps.append(Step(send, _to("dispatch", pledge), main=True))
        if pledge.to_send and chair.may("duty"):
            steps.append(Step(_("Take back"), _to("pledge-end", pledge), main=line.to_release > 0))
    return steps


def shipment_steps(line: ShipmentLine, chair: Chair | None) -> list[Step]:
    """Return what this office may do about a shipment."""
    shipment, steps = line.shipment, []
    goods = shipment.form == Form.MATERIAL
    if chair is None or not chair.may("logistics"):
        return []
    if shipment.home == chair.log and line.unconfirmed:
        if shipment.delivered_at is None:
            said = _("Mark as delivered") if goods else _("Mark as handed over")
            steps.append(Step(said, _to("deliver", shipment), main=True))
        steps.append(Step(_("Came back or lost"), _to("settle", shipment), main=line.disputed))
    if shipment.receiver == chair.log:
        if line.unconfirmed:
            steps.append(Step(_("Confirm"), _to("confirm", shipment), main=not line.disputed))
            steps.append(Step(_("Dispute"), _to("dispute", shipment)))
        kept = line.receipt.quantity - line.receipt.given_back if line.receipt else 0
        if goods and not shipment.back and kept:
            steps.append(Step(_("Give back"), _to("give-back", shipment)))
    return steps
