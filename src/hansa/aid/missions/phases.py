"""Where a mission stands: what two logs say, as one phase. Pure: no clock, no database.

Each side's words are a set that only grows, and each side judges the order of its own (`giver_may`, `receiver_may`).
The phase is a function of the two sets, so that it is the same whatever arrived first. Where the sides do not fit
together, because one was cut off or does not follow the rules, the phase is the furthest that was said, and
`contradictions` says what does not fit.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from hansa.aid.missions.words import GiverStep, Phase, ReceiverStep

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Giver:
    """What the giver's log says. `consents` names the extensions to which it agreed."""

    offered: bool = False
    withdrawn: bool = False
    countersigned: bool = False
    ordered: bool = False
    recalled: bool = False
    steps: frozenset[GiverStep] = field(default_factory=frozenset)
    consents: frozenset[str] = NOTHING

    @property
    def left(self) -> bool:
        """Tell whether it says that they left."""
        return GiverStep.UNDER_WAY in self.steps

    @property
    def home(self) -> bool:
        """Tell whether it says that they are home again, or never left."""
        return GiverStep.RETURNED in self.steps or (self.recalled and not self.left)


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the receiver's log says. `extensions` names those that it asked for."""

    agreed: bool = False
    steps: frozenset[ReceiverStep] = field(default_factory=frozenset)
    extensions: frozenset[str] = NOTHING


def compose(giver: Giver, receiver: Receiver) -> Phase:
    """Return the phase: the furthest that either side has said, the giver's word on its own people before the other's."""
    if GiverStep.SETTLED in giver.steps:
        return Phase.SETTLED
    if GiverStep.RETURNED in giver.steps:
        return Phase.RETURNED
    if giver.ordered:
        return _out(giver, receiver)
    if giver.withdrawn:
        return Phase.WITHDRAWN
    if not receiver.agreed:
        return Phase.OFFERED
    return Phase.APPROVED if giver.countersigned else Phase.AGREED


def _out(giver: Giver, receiver: Receiver) -> Phase:
    there = bool(receiver.steps & {ReceiverStep.CHECKED_IN, ReceiverStep.AT_WORK})
    further = (
        (giver.recalled and not giver.left and not there, Phase.CALLED_OFF),
        (ReceiverStep.RELEASED in receiver.steps, Phase.RELEASED),
        (giver.recalled, Phase.RECALLED),
        (there and bool(giver.consents & receiver.extensions), Phase.EXTENDED),
        (ReceiverStep.AT_WORK in receiver.steps, Phase.AT_WORK),
        (ReceiverStep.CHECKED_IN in receiver.steps, Phase.CHECKED_IN),
        (GiverStep.ARRIVED in giver.steps, Phase.ARRIVED),
        (giver.left, Phase.UNDER_WAY),
    )
    return next((phase for holds, phase in further if holds), Phase.ORDERED)


def giver_may(giver: Giver, step: GiverStep) -> str | None:
    """Return the void code of a step that the giver's own log rules out, or None."""
    if step in giver.steps:
        return "said-before"
    allowed = {
        GiverStep.UNDER_WAY: giver.ordered and not giver.recalled,
        GiverStep.ARRIVED: giver.left and GiverStep.RETURNED not in giver.steps,
        GiverStep.RETURNED: giver.left,
        GiverStep.SETTLED: giver.ordered and giver.home,
    }
    return None if allowed[step] else "not-in-this-phase"


def receiver_may(receiver: Receiver, step: ReceiverStep) -> str | None:
    """Return the void code of a step that the receiver's own log rules out, or None."""
    if step in receiver.steps:
        return "said-before"
    released = ReceiverStep.RELEASED in receiver.steps
    allowed = {
        ReceiverStep.CHECKED_IN: not released,
        ReceiverStep.AT_WORK: ReceiverStep.CHECKED_IN in receiver.steps and not released,
        ReceiverStep.RELEASED: True,
    }
    return None if allowed[step] else "not-in-this-phase"


def giver_next(giver: Giver, receiver: Receiver) -> list[GiverStep]:
    """Return the steps that the giver may say now, with what is known of the other side."""
    own = [step for step in GiverStep if giver_may(giver, step) is None]
    released = ReceiverStep.RELEASED in receiver.steps
    return [step for step in own if not (step == GiverStep.UNDER_WAY and released)]


def receiver_next(giver: Giver, receiver: Receiver) -> list[ReceiverStep]:
    """Return the steps that the receiver may say now, with what is known of the other side."""
    if not giver.ordered or giver.home:
        return []
    return [step for step in ReceiverStep if receiver_may(receiver, step) is None]


def may_recall(giver: Giver) -> bool:
    """Tell whether there is somebody to call back."""
    return giver.ordered and not giver.recalled and GiverStep.RETURNED not in giver.steps


def may_extend(giver: Giver, receiver: Receiver) -> bool:
    """Tell whether the receiver may still ask them to stay."""
    over = giver.home or giver.recalled or ReceiverStep.RELEASED in receiver.steps
    return giver.ordered and not over


def contradictions(giver: Giver, receiver: Receiver) -> list[str]:
    """Return in sentences what the two logs say that does not fit together."""
    there = bool(receiver.steps)
    pairs = (
        (
            ReceiverStep.CHECKED_IN in receiver.steps and not giver.left,
            _("The receiver has checked them in, and the giver has not said that they left."),
        ),
        (
            giver.countersigned and not receiver.agreed,
            _("The giver signed, and the agreement is not for this offer."),
        ),
        (
            giver.withdrawn and receiver.agreed and not giver.ordered,
            _("The one in need signed an offer that the giver had withdrawn. Nothing is agreed."),
        ),
        (
            there
            and GiverStep.RETURNED in giver.steps
            and ReceiverStep.RELEASED not in receiver.steps,
            _("The giver says that they are home, and the receiver has not released them."),
        ),
    )
    return [words for holds, words in pairs if holds]
