"""May this node sign? Not while another knows more of a log than stands here."""

from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.models import Log
from hansa.kernel.witness import evidence
from hansa.kernel.witness.heads import open_head, read_head
from hansa.kernel.witness.models import Ahead


def ahead(log: Log, note: bytes, source: str) -> None:
    """Remember a head of a log kept here that is larger than what stands here; `Untrusted` if its key did not sign it."""
    head, bare = open_head(log, note)
    known = Ahead.objects.filter(log=log.name).first()
    if head.size > log.size and (known is None or known.size < head.size):
        Ahead.objects.update_or_create(
            log=log.name,
            defaults={
                "size": head.size,
                "note": bare,
                "source": source[:200],
                "at": clock.now(),
            },
        )


def doubt(log: Log, size: int, source: str) -> None:
    """Remember that someone says, without proof, that the log has this size, which is more than stands here."""
    known = Ahead.objects.filter(log=log.name).first()
    if size > log.size and (known is None or (not known.note and known.size < size)):
        Ahead.objects.update_or_create(
            log=log.name,
            defaults={"size": size, "note": "", "source": source[:200], "at": clock.now()},
        )


def require_current(log: Log) -> None:
    """Refuse to sign for a log of which more was signed than stands here, or which is forked."""
    if log.ahead:
        raise _behind(log, read_head(log.ahead.encode()).size)
    more = Ahead.objects.filter(log=log.name, size__gt=log.size).exclude(note="").first()
    if more is not None:
        raise _behind(log, more.size)
    if evidence.forked(log.name):
        raise Refused(
            _(
                "The log %(log)s has signed two heads that contradict each other. Nothing can be written in it until its keepers restart it with their root keys. See “Witnesses”."
            )
            % {"log": log.name},
            code="forked",
        )


def _behind(log: Log, there: int) -> Refused:
    return Refused(
        _(
            "This node holds an older copy of the log %(log)s: %(here)s records, but %(there)s are signed. Nothing was saved. It fetches the missing ones from other nodes by itself; try again in a minute."
        )
        % {"log": log.name, "here": f"{log.size:,}", "there": f"{there:,}"},
        code="behind",
    )
