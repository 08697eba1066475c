"""What must hold before anybody leaves. Pure: what is known goes in, each gate comes out open or shut.

A shut gate names the charter's article on which it rests and says in a sentence what opens it. The numbers of the
articles come from the rules of the call's own charter, never from here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from hansa.aid.missions.words import GateName
from hansa.pact.terms import MissionRule

Law = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold: whether it does, by which article, and what to do if it does not."""

    name: GateName
    open: bool
    article: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ground:
    """All that the gates look at.

    active        the call is in force and asks for this; `ended` if it was stood down, or `narrowed` to other forms
    members       both sides were members when they signed, or are now
    agreed        the receiver signed this very version; `signed` if the giver countersigned that
    ordered       an office that may sign has given the order
    licensed      the request or the offer speaks of licences; `credentials` are those that the offer names
    limits        the giver's own laws that forbid it: (article, remedy)
    elsewhere     who else has promised the same team for the same time, in words
    """

    active: bool = False
    ended: bool = False
    narrowed: bool = False
    members: bool = False
    agreed: bool = False
    signed: bool = False
    ordered: bool = False
    licensed: bool = False
    credentials: str = ""
    recognised: bool = False
    insured: bool = False
    covered: bool = False
    limits: Sequence[tuple[str, str]] = ()
    elsewhere: str = ""


def gates(ground: Ground, rule: MissionRule, law: Law) -> list[Gate]:
    """Return every gate. `law(number)` names an article of the charter in force for the call."""
    numbers = rule.articles
    recognised = rule.licences == "recognised" or ground.recognised
    return [
        Gate(
            GateName.CALL,
            ground.active,
            law(numbers.ending if ground.ended else numbers.call),
            _call(ground),
        ),
        Gate(
            GateName.APPROVALS,
            ground.agreed and ground.signed,
            law(numbers.agreement),
            _approvals(ground),
        ),
        Gate(
            GateName.AUTHORITY,
            ground.ordered and ground.members,
            law(numbers.authority),
            _authority(ground),
        ),
        Gate(
            GateName.LICENCE,
            not ground.licensed or bool(ground.credentials and recognised),
            law(numbers.licence),
            _licence(ground),
        ),
        Gate(
            GateName.LIABILITY,
            ground.insured or ground.covered,
            law(numbers.liability),
            _(
                "The giver insures them and says so in a new version of the offer, or the receiver takes the cover in the agreement."
            ),
        ),
        _limits(ground),
        Gate(
            GateName.UNIT,
            not ground.elsewhere,
            law(numbers.agreement),
            _("%(who)s. One of the two promises must be taken back, or name another team.")
            % {"who": ground.elsewhere}
            if ground.elsewhere
            else "",
        ),
    ]


def _call(ground: Ground) -> str:
    if ground.narrowed:
        return _(
            "The call asks for this form of aid no more. It opens when the call asks for it again."
        )
    if ground.ended:
        return _("The call was stood down. Nobody leaves under it any more; a new call opens this.")
    return _("Wait until the call is in force: it needs the consent of other members.")


def _authority(ground: Ground) -> str:
    if not ground.members:
        return _("One of the two is no member of the pact. Aid under the charter needs both.")
    return _("Let an office of the giver that may sign give the mission order.")


def _licence(ground: Ground) -> str:
    if not ground.credentials:
        return _("Name the licences of those who go in a new version of the offer.")
    return _("The receiver signs the agreement anew and says that these licences count.")


def _approvals(ground: Ground) -> str:
    if not ground.agreed:
        return _("Let an office of the one in need sign the latest version of the offer.")
    return _("Let an office of the giver countersign the agreement.")


def _limits(ground: Ground) -> Gate:
    article, remedy = ground.limits[0] if ground.limits else ("", "")
    return Gate(GateName.LIMITS, not ground.limits, article, remedy)


def shut(found: Sequence[Gate], *, but: Sequence[GateName] = ()) -> list[Gate]:
    """Return the gates that are shut, less those that this very step is about to open."""
    return [gate for gate in found if not gate.open and gate.name not in but]
