"""To whom bodies are handed out, and which of them should be here."""

from collections.abc import Callable, Sequence

from hansa.kernel.entry import for_the_pact
from hansa.kernel.models import Log
from hansa.kernel.seal import keeping as seal

May = Callable[[str, str], bool]


class _Left:
    judge: Callable[[], set[str]] = staticmethod(set)


def departed_are(judge: Callable[[], set[str]]) -> None:
    """Let the part that knows members say whose have left: they are handed nothing any more."""
    _Left.judge = staticmethod(judge)


def of(readers: Sequence[str]) -> May:
    """Return the judge, by log and audience of an entry, of what a node of these members may be handed.

    Nothing for whoever has not shown whose node it is, or has left the pact. A newcomer whose log is
    followed may read before it is admitted: it joins under a charter that it must know. One judge serves
    one answer: it remembers.
    """
    gone = _Left.judge()
    readers = [log for log in readers if log not in gone]
    known: dict[tuple[str, str], bool] = {}
    sealed_to = seal.fetcher(readers)
    follows = set(Log.objects.filter(name__in=readers).values_list("name", flat=True))

    def may(log: str, audience: str) -> bool:
        if not follows:
            return False
        place = (log, audience)
        if place not in known:
            known[place] = for_the_pact(audience) or sealed_to(log, audience)
        return known[place]

    return may


def wanted(log: Log, audience: str) -> bool:
    """Tell whether the body of an entry of this log, for this audience, should be here."""
    return log.mine or seal.wanted(log.name, audience)
