"""What officers of both sides should look at in a mission: what does not fit, what is due, who is leaving the pact."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.aid.missions import phases
from hansa.aid.missions.standing import Standing
from hansa.aid.missions.words import OUT, OVER, GiverStep, Phase
from hansa.kernel import clock


def told(at: datetime) -> str:
    """Return a moment in the reader's zone, which it names."""
    local = timezone.localtime(at)
    return f"{date_format(local, 'D j M Y, H:i')} {local.tzname()}"


def flags(standing: Standing) -> list[str]:
    """Return in sentences what officers of both sides should look at: what does not fit, and what is due."""
    found = phases.contradictions(standing.giver, standing.receiver)
    mission, phase, ended = standing.mission, standing.phase, standing.ended
    left = mission.steps.get(GiverStep.UNDER_WAY.value) if mission is not None else None
    if left and ended and datetime.fromisoformat(left["at"]) > ended:
        found.append(
            _("They left after the call had been stood down, or had ceased to ask for this.")
        )
    if phase in OUT:
        found += _out_flags(standing)
    if phase not in OVER or phase == Phase.RETURNED:
        found += _leaving(standing)
    agreement, need = standing.agreement, standing.need
    if agreement is not None and need is not None and len(need.before) > agreement.request:
        found.append(
            _(
                "The request was changed after it was signed. Read what changed below; a new version of the offer may be needed."
            )
        )
    if standing.amendment is not None:
        found.append(_("A later version of the offer waits for the signatures of both sides."))
    return found


def _out_flags(standing: Standing) -> list[str]:
    found = [
        _("They are out, and a gate is shut: %(gate)s. %(remedy)s")
        % {"gate": str(gate.name.label).lower(), "remedy": gate.remedy}
        for gate in standing.shut
        if gate.name.value != "call"
    ]
    ends = standing.mission.ends if standing.mission is not None else None
    staying = standing.phase not in {Phase.RELEASED, Phase.RECALLED}
    call = standing.call
    if staying and standing.cancelled:
        found.append(_("The request was cancelled. Release them: who was lent goes home."))
    if staying and call is not None and call.ended_at is not None:
        found.append(_("The call was stood down. Release them: who was lent goes home."))
    elif staying and standing.ended is not None:
        found.append(
            _(
                "The call asks for this form of aid no more. Release them: who was lent goes home. Or let the call ask for it again."
            )
        )
    if ends is not None and ends < clock.now():
        found.append(_("The time for which they were lent is over."))
    return found


def _leaving(standing: Standing) -> list[str]:
    """Say which side has left the pact, or will before they are home, and what that changes."""
    now, found = clock.now(), []
    ends = (standing.mission or standing.offer).ends
    for name, at in standing.leaves.items():
        words = {"member": name, "at": told(at)}
        if at <= now:
            found.append(
                _(
                    "%(member)s left the pact on %(at)s. What both signed before still holds until they are home and all is settled; nothing new is signed."
                )
                % words
            )
        elif ends is None or at < ends:
            found.append(
                _(
                    "%(member)s leaves the pact on %(at)s, before they are due home. What both sign until then holds; nothing can be signed after."
                )
                % words
            )
    return found
