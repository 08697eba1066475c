"""What whoever looks may do next about an offer or a mission."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext as _

from hansa.aid.missions import phases
from hansa.aid.missions.models import Mission
from hansa.aid.missions.rules import Standing
from hansa.aid.missions.words import GiverStep, Phase, ReceiverStep
from hansa.aid.models import Pledge
from hansa.aid.pages.steps import Step
from hansa.pages.access import Chair

_OPEN: list[Callable[[Pledge, str], str]] = []


def before_settling(says: Callable[[Pledge, str], str]) -> None:
    """Let the part that keeps accounts say what is open on a pledge, as officers of a log read it, before all is called settled."""
    _OPEN.append(says)


def still_open(pledge: Pledge, log: str) -> str:
    """Return what would be left open if officers of `log` said that all is settled, in sentences; nothing where nothing is."""
    return " ".join(said for one in _OPEN if (said := one(pledge, log)))


def mission_steps(standing: Standing, chair: Chair | None) -> list[Step]:
    """Return what this office may do, what is waited for first."""
    if chair is None:
        return []
    if chair.log == standing.pledge.home:
        found = _giver(standing, chair)
    elif chair.log == standing.pledge.needer:
        found = _receiver(standing, chair)
    else:
        found = []
    return sorted(found, key=lambda step: not step.main)


def _giver(standing: Standing, chair: Chair) -> list[Step]:
    steps, latest, phase = [], standing.latest, standing.phase
    agreement = standing.agreements.get(latest.key)
    signed = agreement is not None and agreement.key in standing.countersignatures
    stands = latest.withdrawn_at is None and standing.pledge.standing > 0
    if chair.may("sign"):
        if agreement is not None and not signed and stands:
            url = reverse("agreement-countersign", args=[agreement.key])
            steps.append(Step(_("Countersign"), url, main=True))
        if phase in {Phase.APPROVED, Phase.CALLED_OFF} and agreement is not None and signed:
            url = reverse("mission-new", args=[agreement.key])
            steps.append(Step(_("Give the order"), url, main=phase == Phase.APPROVED))
        if standing.asked_longer is not None:
            url = reverse("extension-grant", args=[standing.asked_longer.key])
            steps.append(Step(_("Let them stay longer"), url, main=True))
    if standing.mission is not None and phase != Phase.CALLED_OFF:
        steps += _own(standing, standing.mission, chair)
    if chair.may("duty") and phase not in {Phase.RETURNED, Phase.SETTLED}:
        again = _("Change the offer") if stands else _("Offer anew")
        steps.append(Step(again, reverse("offer-new", args=[standing.pledge.key])))
        if stands and standing.mission is None:
            steps.append(Step(_("Withdraw the offer"), reverse("offer-end", args=[latest.key])))
    return steps


def _own(standing: Standing, mission: Mission, chair: Chair) -> list[Step]:
    labels = {
        GiverStep.UNDER_WAY: _("They are leaving"),
        GiverStep.ARRIVED: _("They have arrived"),
        GiverStep.RETURNED: _("They are home"),
        GiverStep.SETTLED: _("All is settled"),
    }
    awaited = {
        Phase.ORDERED: GiverStep.UNDER_WAY,
        Phase.UNDER_WAY: GiverStep.ARRIVED,
        Phase.RELEASED: GiverStep.RETURNED,
        Phase.RECALLED: GiverStep.RETURNED,
        Phase.RETURNED: GiverStep.SETTLED,
    }.get(standing.phase)
    steps: list[Step] = []
    if chair.may("logistics"):
        url = reverse("mission-step", args=[mission.key])
        for step in phases.giver_next(standing.giver, standing.receiver):
            left = still_open(standing.pledge, chair.log) if step == GiverStep.SETTLED else ""
            main = step == awaited and not left
            steps.append(Step(labels[step], f"{url}?step={step.value}", main, left))
    if chair.may("duty") and phases.may_recall(standing.giver):
        steps.append(Step(_("Recall them"), reverse("mission-recall", args=[mission.key])))
    return steps


def _receiver(standing: Standing, chair: Chair) -> list[Step]:
    steps, latest = [], standing.latest
    stands = latest.withdrawn_at is None and standing.pledge.standing > 0
    over = standing.phase in {Phase.RETURNED, Phase.SETTLED}
    if chair.may("sign") and stands and not standing.agreement_stands and not over:
        steps.append(
            Step(_("Sign this offer"), reverse("agreement-new", args=[latest.key]), main=True)
        )
    mission = standing.mission
    if mission is None:
        return steps
    labels = {
        ReceiverStep.CHECKED_IN: _("They are checked in"),
        ReceiverStep.AT_WORK: _("They are at work"),
        ReceiverStep.RELEASED: _("Release them"),
    }
    awaited = {
        Phase.UNDER_WAY: ReceiverStep.CHECKED_IN,
        Phase.ARRIVED: ReceiverStep.CHECKED_IN,
        Phase.CHECKED_IN: ReceiverStep.AT_WORK,
    }.get(standing.phase)
    if standing.ended is not None or standing.cancelled:
        awaited = ReceiverStep.RELEASED
    if chair.may("logistics"):
        url = reverse("mission-reception", args=[mission.key])
        steps += [
            Step(labels[step], f"{url}?step={step.value}", main=step == awaited)
            for step in phases.receiver_next(standing.giver, standing.receiver)
        ]
    if chair.may("sign") and phases.may_extend(standing.giver, standing.receiver):
        steps.append(
            Step(_("Ask them to stay longer"), reverse("mission-extend", args=[mission.key]))
        )
    return steps
