"""Which resource message may follow which, who may send it, and where an exchange then stands (EDXL-RM 1.0, 3.2 and 3.3).

Pure. A message that does not follow is no error of the machine: it is told, and the exchange stays where it stood.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _

from hansa.aid.exchange.rm import Message


class Stage(StrEnum):
    """Where an exchange stands: discovery, ordering, deployment, in that order."""

    NOTHING = "nothing"
    OFFERED = "offered"
    REQUESTED = "requested"
    ANSWERED = "answered"
    DECLINED = "declined"
    REQUISITIONED = "requisitioned"
    COMMITTED = "committed"
    DEPLOYED = "deployed"
    RETURN_ASKED = "return asked"
    EXTENSION_ASKED = "extension asked"
    RELEASED = "released"
    CANCELLED = "cancelled"


NEEDER, GIVER, EITHER = "needer", "giver", "either"

SENDER = {
    "RequestResource": NEEDER,
    "ResponseToRequestResource": GIVER,
    "RequisitionResource": NEEDER,
    "CommitResource": GIVER,
    "RequestInformation": EITHER,
    "ResponseToRequestInformation": EITHER,
    "OfferUnsolicitedResource": GIVER,
    "ReleaseResource": NEEDER,
    "RequestReturn": GIVER,
    "ResponseToRequestReturn": NEEDER,
    "RequestQuote": NEEDER,
    "ResponseToRequestQuote": GIVER,
    "RequestResourceDeploymentStatus": EITHER,
    "ReportResourceDeploymentStatus": EITHER,
    "RequestExtendedDeploymentDuration": NEEDER,
    "ResponseToRequestExtendedDeploymentDuration": GIVER,
}
"""Which side of an exchange sends a message: the consumer of the resource, or its supplier."""

_S = Stage
_OUT = {_S.COMMITTED, _S.DEPLOYED, _S.EXTENSION_ASKED, _S.RETURN_ASKED}

FOLLOWS: dict[str, tuple[set[Stage], Stage | None]] = {
    "RequestResource": ({_S.NOTHING, _S.DECLINED, _S.OFFERED}, _S.REQUESTED),
    "OfferUnsolicitedResource": ({_S.NOTHING}, _S.OFFERED),
    "RequestQuote": ({_S.NOTHING, _S.REQUESTED, _S.ANSWERED, _S.OFFERED}, _S.REQUESTED),
    "ResponseToRequestQuote": ({_S.REQUESTED, _S.ANSWERED}, _S.ANSWERED),
    "ResponseToRequestResource": ({_S.REQUESTED, _S.ANSWERED, _S.DECLINED}, _S.ANSWERED),
    "RequisitionResource": (
        {_S.NOTHING, _S.OFFERED, _S.REQUESTED, _S.ANSWERED, _S.REQUISITIONED},
        _S.REQUISITIONED,
    ),
    "CommitResource": (
        {_S.REQUESTED, _S.ANSWERED, _S.REQUISITIONED, _S.RETURN_ASKED},
        _S.COMMITTED,
    ),
    "RequestResourceDeploymentStatus": (_OUT | {_S.ANSWERED, _S.REQUISITIONED, _S.RELEASED}, None),
    "ReportResourceDeploymentStatus": (
        _OUT | {_S.ANSWERED, _S.REQUISITIONED, _S.RELEASED},
        _S.DEPLOYED,
    ),
    "ReleaseResource": (_OUT, _S.RELEASED),
    "RequestReturn": (_OUT, _S.RETURN_ASKED),
    "ResponseToRequestReturn": ({_S.RETURN_ASKED}, _S.RELEASED),
    "RequestExtendedDeploymentDuration": (_OUT, _S.EXTENSION_ASKED),
    "ResponseToRequestExtendedDeploymentDuration": ({_S.EXTENSION_ASKED}, _S.DEPLOYED),
    "RequestInformation": (set(_S), None),
    "ResponseToRequestInformation": (set(_S), None),
}
"""After which stages a message may come, and the stage that it leads to; None: it stays."""

_ANSWERS = {
    "ResponseToRequestResource": _S.DECLINED,
    "ResponseToRequestQuote": _S.DECLINED,
    "CommitResource": _S.DECLINED,
    "ResponseToRequestReturn": _S.DEPLOYED,
}
"""Where a message leads whose every answer is Decline."""

_KEEPS = {_S.RELEASED, _S.RETURN_ASKED, _S.EXTENSION_ASKED}
"""Stages that a report leaves as they are: what is waited for there is an answer, or the way home."""


_ANSWER = ("ResponseToRequestResource", "ResponseToRequestQuote", "CommitResource")
"""Messages by which one of several suppliers answers a request: each begins a branch of its own."""


@dataclass(slots=True)
class Exchange:
    """One exchange: where it stands with each supplier, the messages that were taken, in words what did not follow.

    The trunk is what was asked; every supplier who answers stands on a branch, named by its first message.
    """

    branches: dict[str, Stage] = field(default_factory=lambda: {"": Stage.NOTHING})
    taken: dict[str, Message] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    _on: dict[str, str] = field(default_factory=dict)
    _last: str = ""

    @property
    def stage(self) -> Stage:
        """Return where it stands on the branch that moved last."""
        return self.branches[self._last]

    def take(self, message: Message) -> str:
        """Take one message; return the empty text, or why it does not follow. A message that came before changes nothing."""
        if message.id in self.taken:
            return _("This message came before.")
        why = self._recalled(message) if message.recall is not None else self._followed(message)
        if why:
            self.told.append(f"{message.id}: {why}")
        else:
            self.taken[message.id] = message
        return why

    def _recalled(self, message: Message) -> str:
        recall = message.recall
        if recall is None or recall.message not in self.taken:
            return _("It recalls a message that never came here.")
        if self.taken[recall.message].kind != message.kind:
            return _("It recalls a message of another sort.")
        branch = self._on[recall.message]
        if recall.type == "Cancel":
            ended = self.branches if branch == "" else (branch,)
            self.branches.update(dict.fromkeys(ended, Stage.CANCELLED))
        self._on[message.id] = self._last = branch
        return ""

    def _followed(self, message: Message) -> str:
        known = FOLLOWS.get(message.kind)
        if known is None:
            return _("EDXL-RM 1.0 has no such message.")
        if message.preceding and self.taken and message.preceding not in self.taken:
            return _("It answers a message that never came here.")
        before, after = known
        branch = self._on.get(message.preceding, "")
        stage = self.branches[branch]
        if stage not in before:
            return _("%(kind)s does not follow when an exchange is %(stage)s.") % {
                "kind": message.kind,
                "stage": stage.value,
            }
        if branch == "" and message.kind in _ANSWER:
            branch = message.id
        kept = message.kind == "ReportResourceDeploymentStatus" and stage in _KEEPS
        if after is not None and not kept:
            stage = _ANSWERS.get(message.kind, after) if _declined(message) else after
        self.branches[branch] = stage
        self._on[message.id] = self._last = branch
        return ""


def _declined(message: Message) -> bool:
    answers = [one.response.type for one in message.resources if one.response is not None]
    return bool(answers) and all(answer == "Decline" for answer in answers)


def exchanges(messages: Iterable[Message]) -> dict[str, Exchange]:
    """Return the exchanges that these messages make, by the id of the message with which each began."""
    found: dict[str, Exchange] = {}
    for message in messages:
        found.setdefault(message.exchange, Exchange()).take(message)
    return found
