"""What a process asks the others before it signs for the first time: how much of our logs do you know?"""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from hansa.kernel.cosign import Cosigner
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import parse_decimal
from hansa.kernel.policy import Policy, Witness
from hansa.kernel.witness import dating, guard, marker
from hansa.kernel.witness.asking import CONFLICT, OK, PATH, Ask
from hansa.kernel.witness.heads import read_head

NOTHING = 404
HEADS = ("checkpoint", "witnessed")
"""What a node of ours answers below /sync/LOG/: the head that it holds, and the one that its witness cosigned last."""


@dataclass
class _Answer:
    """What one node said: whether it answered at all, and the heads it knows by log; of a number alone the size."""

    url: str
    whole: bool = True
    notes: list[tuple[str, bytes]] = field(default_factory=list)
    sizes: list[tuple[str, int]] = field(default_factory=list)


def check_start(ask: Ask, urls: Collection[str], *, together: int = 1) -> bool:
    """Ask the peers at `urls` and the policy's witnesses for the largest heads that they know; True if this node may sign.

    `together`: how many are asked at once. What they prove is remembered, and stops each log until it was
    fetched back. If this home is not the one that signed last, enough of the others must have answered.
    """
    logs = list(Log.objects.filter(mine=True, size__gt=0).exclude(note=""))
    counts = dating.policy()
    places = {url: list[Witness]() for url in urls}
    for witness in counts.witnesses if counts else ():
        if witness.url:
            places.setdefault(_base(witness.url), []).append(witness)
    jobs = [(ask, url, witnesses, logs) for url, witnesses in places.items()]
    if together > 1 and len(jobs) > 1:
        with ThreadPoolExecutor(together) as pool:
            answers = list(pool.map(lambda job: _ask(*job), jobs))
    else:
        answers = [_ask(*job) for job in jobs]
    _believe(answers, {log.name: log for log in logs})
    for name, size in marker.beyond().items():
        guard.doubt(Log.objects.get(name=name), size, "this machine", sure=True)
    heard = {one.url for one in answers if one.whole}
    return _decide(counts, places, heard)


def not_a_copy() -> None:
    """Take a person's word that this home is the only one that signs for its logs; Refused where it is known to be older."""
    for name, size in marker.beyond().items():
        log = Log.objects.get(name=name)
        raise Refused(
            _(
                "The database holds %(here)s records of %(log)s, but %(there)s were signed on this machine. Let it fetch the others from other nodes; if nobody has them, restart the log with its root keys."
            )
            % {"log": name, "here": f"{log.size:,}", "there": f"{size:,}"},
            code="behind",
        )
    marker.renew()
    guard.clear()


def _decide(counts: Policy | None, places: dict[str, list[Witness]], heard: set[str]) -> bool:
    if not marker.unchanged():
        if guard.doubted():
            one = guard.doubted()[0]
            guard.hold(
                _(
                    "%(who)s says that the log %(log)s has %(size)s records, more than stand here, and this home is a copy or was restored. Nothing was saved. Fetch the log back first. If this is surely the only home that signs for it, and nothing is missing, run “hansa doctor --not-a-copy”."
                )
                % {"who": one.source, "log": one.log, "size": f"{one.size:,}"}
            )
            return False
        if not _enough(counts, places, heard):
            guard.hold(
                _(
                    "This home is a copy or was restored, and too few of the other nodes answer to say whether it is up to date. Nothing was saved. It tries again by itself. If this is surely the only home that signs for its logs, and nothing is missing, run “hansa doctor --not-a-copy”."
                )
            )
            return False
        marker.renew()
    guard.clear()
    return True


def _enough(counts: Policy | None, places: dict[str, list[Witness]], heard: set[str]) -> bool:
    """Tell whether nobody else can know of more: no quorum is possible among those who are silent and ourselves.

    Where no policy is set, more than half of the peers must have answered, if there are any.
    """
    if counts is None:
        return not places or 2 * len(heard) > len(places)
    spoke = {one.key for url in heard for one in places[url]}
    silent = [one.key for one in counts.witnesses if one.key not in spoke]
    return bool(heard) and not counts.met([*silent, *_ourselves(counts)])


def _ourselves(counts: Policy) -> list[Cosigner]:
    own = home().keys.witness()
    return [one.key for one in counts.witnesses if one.key.vkey() == own]


def _base(url: str) -> str:
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}"


def _ask(ask: Ask, url: str, witnesses: Iterable[Witness], logs: Iterable[Log]) -> _Answer:
    """Ask one node about every log. Touches no database."""
    answer = _Answer(url)
    try:
        for log in logs:
            known = [_head(ask, answer, log, what) for what in HEADS]
            for witness in witnesses if not any(known) else ():
                _probe(ask, answer, log, witness)
    except Untrusted:
        answer.whole = False
    return answer


def _head(ask: Ask, answer: _Answer, log: Log, what: str) -> bool:
    status, note = ask(answer.url, f"/sync/{log.name}/{what}", None)
    if status == OK:
        answer.notes.append((log.name, note))
    elif status != NOTHING:
        raise Untrusted(f"{answer.url} answered {status}.")
    return status == OK


def _probe(ask: Ask, answer: _Answer, log: Log, witness: Witness) -> None:
    """Ask a witness of another author: upon an old size of zero it names the size that it cosigned (C2SP tlog-witness).

    One that has cosigned nothing yet cosigns the head that we had signed before: no harm.
    """
    path = urlsplit(witness.url).path.rstrip("/") + PATH
    question = b"old 0\n\n" + log.note.encode()
    status, body = ask(answer.url, path, question)
    if status == CONFLICT:
        size = parse_decimal(body.decode("ascii", "replace").removesuffix("\n"), "The size")
        answer.sizes.append((log.name, size))
    elif status not in {OK, NOTHING}:
        raise Untrusted(f"{answer.url} answered {status}.")


def _believe(answers: Iterable[_Answer], logs: dict[str, Log]) -> None:
    """Remember what the heads prove, and what was only said. A head that does not hold makes its bringer silent."""
    for answer in answers:
        for name, note in answer.notes:
            try:
                if read_head(note).size > logs[name].size:
                    guard.ahead(logs[name], note, answer.url)
            except Untrusted:
                answer.whole = False
        for name, size in answer.sizes:
            guard.doubt(logs[name], size, answer.url)
