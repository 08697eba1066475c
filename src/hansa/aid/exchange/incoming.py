"""Resource messages from another system, into drafts. Nothing here says anything for a member: an officer does.

Each item gets a receipt. One that cannot be read, or leads to no record, is kept and told, and holds up nothing.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hansa.aid.exchange import de, drafts, machine, rm, rmxml
from hansa.aid.exchange.drafts import Proposal
from hansa.aid.exchange.models import Arrived, Draft, DraftState
from hansa.aid.exchange.xml import parse
from hansa.aid.played import played
from hansa.kernel import clock

LONG = 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one item of a file. `draft` is its number here, 0 where nothing was kept."""

    item: str
    state: str
    sentence: str
    draft: int = 0


def receive(data: bytes, log: str, by: str) -> list[Receipt]:
    """Take a file for the member `log`, brought by the officer `by`; Untrusted if not even its envelope can be read."""
    envelope = de.read(data)
    receipts: list[Receipt] = []
    for content in envelope.contents:
        if content.message is None:
            receipts.append(Receipt(_("A part of the file"), "unread", content.why))
            continue
        try:
            with transaction.atomic():
                receipts += _take(envelope, content.message, content.xml, log, by)
        except IntegrityError:
            receipts.append(_before(content.message))
    if not envelope.contents:
        receipts.append(_empty(envelope))
    return receipts


def _empty(envelope: de.Envelope) -> Receipt:
    if envelope.type == "Ack":
        told = _("It acknowledges: %(references)s") % {"references": "; ".join(envelope.references)}
        return Receipt(envelope.id, DraftState.TOLD, told)
    return Receipt(envelope.id, "unread", _("There is no message in this envelope."))


def _before(message: rm.Message) -> Receipt:
    return Receipt(message.id, "before", _("This very message came before. It changes nothing."))


def _take(envelope: de.Envelope, message: rm.Message, xml: str, log: str, by: str) -> list[Receipt]:
    """Keep one message and its drafts."""
    digest = hashlib.sha256(xml.encode()).hexdigest()
    if Arrived.objects.filter(log=log, digest=digest).exists():
        return [_before(message)]
    follows = _follows(message, log)
    notes = [*rm.strangers(message), *envelope.unknown]
    arrived = Arrived.objects.create(
        log=log,
        by=by,
        at=clock.now(),
        digest=digest,
        message=message.id[:LONG],
        kind=message.kind[:60],
        exchange=message.exchange[:LONG],
        sender=envelope.sender[:200],
        envelope=envelope.id[:LONG],
        sent=(message.sent or envelope.sent)[:60],
        status=envelope.status[:20],
        xml=xml,
        notes=[*([follows] if follows else []), *notes],
    )
    barred = (
        follows or _of_another_world(envelope.status) or _of_another_sender(message, envelope, log)
    )
    if not barred:
        _take_back(message, log)
    proposals = drafts.proposals(message, log)
    return [_keep(arrived, number, one, barred) for number, one in enumerate(proposals, start=1)]


def _keep(arrived: Arrived, number: int, proposal: Proposal, barred: str) -> Receipt:
    state = DraftState.WAITING if proposal.kind and not barred else DraftState.TOLD
    why = " ".join(part for part in (barred, proposal.why) if part)
    draft = Draft.objects.create(
        arrived=arrived,
        number=number,
        title=proposal.title[:LONG],
        kind=proposal.kind if state == DraftState.WAITING else "",
        fixed=proposal.fixed,
        initial=proposal.initial,
        shown=proposal.shown,
        state=state,
        why=why,
    )
    sentence = why or _("An officer looks at it and says it, or sets it aside.")
    return Receipt(draft.title, state, sentence, draft.pk)


def _of_another_world(status: str) -> str:
    """Return why a message makes no draft here: an exercise's in a home in earnest, or the other way round."""
    exercise = played()
    if exercise == (status in ("Exercise", "Test")) or (not status and not exercise):
        return ""
    words = _("in earnest") if not exercise else _("for exercise")
    return _(
        "Its status is “%(status)s”, and this home is %(words)s: it is kept to be read only."
    ) % {
        "status": status or _("not said"),
        "words": words,
    }


def _of_another_sender(message: rm.Message, envelope: de.Envelope, log: str) -> str:
    """Return why a message may not change or take back an earlier one: that one came from somebody else."""
    if message.recall is None:
        return ""
    earlier = Arrived.objects.filter(log=log, message=message.recall.message).order_by("pk").first()
    if earlier is None or earlier.sender == envelope.sender[:200]:
        return ""
    return _(
        "It changes or takes back what came from another sender (%(sender)s): it is kept to be read only."
    ) % {"sender": earlier.sender or _("not said")}


def _take_back(message: rm.Message, log: str) -> None:
    """Let the drafts wait no longer of a message that its sender changes or takes back."""
    if message.recall is None or message.recall.type not in rm.RECALLS:
        return
    waits = Draft.objects.filter(arrived__log=log, arrived__message=message.recall.message)
    waits.filter(state=DraftState.WAITING).update(
        state=DraftState.RECALLED, why=_("%(message)s takes it back.") % {"message": message.id}
    )


def _follows(message: rm.Message, log: str) -> str:
    """Return why a message does not follow those of its exchange that came before, or nothing."""
    before = exchange_of(message.exchange, log)
    if not before.taken and (message.preceding or message.recall):
        return _answers_ours(message, log)
    return before.take(message)


def _answers_ours(message: rm.Message, log: str) -> str:
    """Return why the first message of an exchange that came here stands alone; nothing if it answers one of ours."""
    wanted = message.recall.message if message.recall else message.preceding
    if drafts.thing_of(wanted, log) is not None:
        return ""
    return _("It answers a message that never came here and that this pact did not send.")


def exchange_of(identifier: str, log: str) -> machine.Exchange:
    """Return the exchange of this id as far as its messages came here for `log`."""
    found = machine.Exchange()
    rows = Arrived.objects.filter(log=log, exchange=identifier).order_by("pk")
    for xml in rows.values_list("xml", flat=True):
        found.take(rmxml.read(parse(xml.encode())))
    return found


def set_aside(draft: Draft, why: str) -> bool:
    """Set a draft aside and tell whether it waited; one that is done stays as it is."""
    waits = Draft.objects.filter(pk=draft.pk, state=DraftState.WAITING)
    return bool(waits.update(state=DraftState.DECLINED, why=why))


def said(draft: Draft, position: str) -> None:
    """Note which record an officer said of a draft."""
    Draft.objects.filter(pk=draft.pk).update(state=DraftState.SAID, record=position)


def fields_of(message: rm.Message) -> list[tuple[str, str]]:
    """Return every field of a message that says something, with its name in the standard's words, for people to read."""
    told: list[tuple[str, str]] = []
    _flat("", asdict(message), told)
    return told


def _flat(name: str, value: Any, told: list[tuple[str, str]]) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _flat(f"{name} {key}".strip(), part, told)
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value, start=1):
            _flat(f"{name} {number}", part, told)
    elif value:
        told.append((name, str(value)))


def read_kept(arrived: Arrived) -> rm.Message:
    """Return the message that was kept; Untrusted only if somebody changed the database."""
    return rmxml.read(parse(arrived.xml.encode()))


def waiting(log: str) -> QuerySet[Draft]:
    """Return the drafts that wait for an officer of `log`, the oldest first."""
    found = Draft.objects.filter(arrived__log=log, state=DraftState.WAITING)
    return found.select_related("arrived").order_by("pk")
