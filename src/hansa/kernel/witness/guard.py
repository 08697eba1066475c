"""May this node sign? Not while another knows more of a log than stands here, and not before it has asked.

A member that signs on top of an older copy of its own log contradicts itself before everybody. So a process
that begins asks the witnesses and peers for the largest head that they know of each log kept here. What a
head proves stops us until it was fetched back. If not enough of them answer, the mark beside the keys
decides: the same home on the same disk may go on, a copy or a restored one may not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hansa.kernel import clock
from hansa.kernel.errors import Refused
from hansa.kernel.models import Log
from hansa.kernel.witness import dating, evidence, marker, nodes
from hansa.kernel.witness.heads import open_head, read_head
from hansa.kernel.witness.models import Ahead
from hansa.kernel.writing import writing


@dataclass
class _Start:
    """How far this process has come with asking, by home."""

    cleared: set[str] = field(default_factory=set)
    why: dict[str, str] = field(default_factory=dict)
    check: Callable[[], object] | None = None


_start = _Start()


def begin_anew() -> None:
    """Let this home be asked about once more, as when a process begins on it."""
    _start.cleared.discard(_home())
    _start.why.pop(_home(), None)


def ask_by(check: Callable[[], object] | None) -> None:
    """Let `check()` ask the others before the first word is said in this process; None: somebody else asks beside."""
    _start.check = check


def prepare() -> None:
    """Ask the others now, outside any transaction, if that was not done and is for this process to do."""
    if _start.check is not None and not cleared():
        _start.check()


def cleared() -> bool:
    """Tell whether nothing more is to be asked before this process signs in this home."""
    if _home() not in _start.cleared and not _others():
        clear()
    return _home() in _start.cleared


def clear() -> None:
    """Let this process sign in this home."""
    _start.cleared.add(_home())
    _start.why.pop(_home(), None)


def hold(why: str) -> None:
    """Say why this process may not sign in this home yet."""
    _start.why[_home()] = why


def held() -> str:
    """Return why not, or nothing."""
    return _start.why.get(_home(), "")


def _home() -> str:
    return str(settings.HANSA_HOME)


def _others() -> bool:
    """Tell whether there is anybody who could know more than we do."""
    if dating.path().exists():
        return True
    mine = set(Log.objects.filter(mine=True).values_list("name", flat=True))
    return any(node.url and node.log not in mine for node in nodes.nodes())


def ahead(log: Log, note: bytes, source: str) -> None:
    """Remember a head of a log kept here that is larger than what stands here; `Untrusted` if its key did not sign it."""
    head, bare = open_head(log, note)
    if head.size > log.size:
        _remember(log, head.size, bare, source, sure=True)


def doubt(log: Log, size: int, source: str, *, sure: bool = False) -> None:
    """Remember that more of a log kept here was signed than stands here: as is known for sure, or only said by another."""
    if size > log.size:
        _remember(log, size, "", source, sure=sure)


def _remember(log: Log, size: int, note: str, source: str, *, sure: bool) -> None:
    with writing():
        known = Ahead.objects.filter(log=log.name).first()
        if known is not None and (known.sure, known.size) >= (sure, size) and known.size > log.size:
            return
        Ahead.objects.update_or_create(
            log=log.name,
            defaults={
                "size": size,
                "note": note,
                "source": source[:200],
                "at": clock.now(),
                "sure": sure,
            },
        )


def doubted() -> list[Ahead]:
    """Return what others say, without proof, of logs kept here, where it is more than stands here."""
    sizes = dict(Log.objects.filter(mine=True).values_list("name", "size"))
    return [one for one in Ahead.objects.filter(sure=False) if one.size > sizes.get(one.log, 0)]


def signed(log: str, size: int, root: bytes) -> None:
    """Mark beside the keys what was signed, once it is durable. In the transaction that signs."""
    transaction.on_commit(lambda: marker.write(log, size, root), robust=True)


def require_current(log: Log) -> None:
    """Refuse to sign before the others were asked, for a log of which more is signed than stands here, or a forked one."""
    if not cleared():
        raise Refused(
            held()
            or _(
                "This node is still asking its witnesses how far its log has come. Nothing was saved. Try again in a few seconds."
            ),
            code="asking",
        )
    if log.ahead:
        raise _behind(log, read_head(log.ahead.encode()).size)
    more = Ahead.objects.filter(log=log.name, size__gt=log.size, sure=True).first()
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
