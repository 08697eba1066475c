"""Which logs this node follows, and where it can ask for them.

A log is followed from the moment that its name and key are known here: said at a terminal, in a letter,
or by the introduction of a member whose word counts. A second key for one name changes nothing; it is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hansa.kernel import chain
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Log
from hansa.kernel.note import Verifier
from hansa.kernel.ref import is_log_name
from hansa.kernel.roots import keeping as roots
from hansa.kernel.sync import config, session
from hansa.kernel.sync.addresses import is_url
from hansa.kernel.sync.models import Introduction, Node, Peer

MOST_LOGS = 5_000
"""Logs that introductions may make this node follow. Its staff may add more by hand."""


class _Introducers:
    judge: Callable[[], set[str]] = staticmethod(set)


def introducers_are(judge: Callable[[], set[str]]) -> None:
    """Let the part that knows members say whose introductions count, beside those of logs kept here."""
    _Introducers.judge = staticmethod(judge)


@dataclass(frozen=True, slots=True)
class Alarm:
    """That a member vouches for another key of a log than the one followed here."""

    log: str
    by: str
    vkey: str


def follow(vkey: str, url: str = "") -> Log:
    """Follow the log whose key this is, and ask for it at `url` too; Refused if another key is followed under its name."""
    key = Verifier.parse(vkey)
    realm, _, name = key.name.partition("/")
    if not is_log_name(name) or realm != home().realm:
        raise Refused(
            f"{key.name} is no log of this realm ({home().realm}), so it cannot be followed here.",
            code="realm",
        )
    log, made = Log.objects.get_or_create(name=name, defaults={"realm": realm, "vkey": key.vkey()})
    if not made and key.vkey() not in keys_of(log):
        raise Refused(
            f"{name} is followed here already, with another key. Compare both with that member by voice before you trust either.",
            code="other-key",
        )
    if url and is_url(url) and not log.mine:
        hint(url, name)
    return log


def hint(url: str, name: str) -> None:
    """Remember that the log may be had at that address, until its member says otherwise."""
    peer, _made = Peer.objects.get_or_create(url=url)
    if name not in peer.logs:
        peer.logs = [*peer.logs, name]
        peer.save(update_fields=["logs"])


def keys_of(log: Log) -> set[str]:
    """Return every key that has ever been the log's, as far as is known here."""
    return {log.vkey, *(one.log_vkey for one in map(chain.read_text, roots.documents(log.name)))}


def heed() -> list[str]:
    """Begin to follow what members whose word counts have introduced; return the names."""
    known = set(Log.objects.values_list("name", flat=True))
    waiting = Introduction.objects.exclude(log__in=Log.objects.values("name")).order_by("at", "key")
    begun: list[str] = []
    for one in waiting if waiting.exists() else ():
        if one.log in begun or not _counts(one.home) or len(known) + len(begun) >= MOST_LOGS:
            continue
        try:
            follow(one.vkey, one.url)
        except (Refused, Untrusted):
            continue  # of another realm: it stays an introduction that nobody here can follow
        begun.append(one.log)
    return begun


def _counts(by: str) -> bool:
    mine = Log.objects.filter(name=by, mine=True).exists()
    return mine or by in _Introducers.judge()


def alarms() -> list[Alarm]:
    """Return the introductions that name another key than the one followed here."""
    logs = Log.objects.in_bulk(list(Introduction.objects.values_list("log", flat=True).distinct()))
    known = {name: keys_of(log) for name, log in logs.items()}
    return [
        Alarm(one.log, one.home, one.vkey)
        for one in Introduction.objects.order_by("at", "key")
        if one.log in known and one.vkey not in known[one.log]
    ]


def peers() -> dict[str, set[str]]:
    """Return every address to ask, with the logs whose members' own nodes stand there (for some, nobody knows).

    Addresses come from what members say of their nodes; for those who have said nothing yet, from who
    introduced them; and from `peers` in hansa.toml.
    """
    followed = set(Log.objects.filter(mine=False).values_list("name", flat=True))
    found: dict[str, set[str]] = {url: set() for url in config.read().peers}
    said: set[str] = set()
    for name, url in Node.objects.filter(home__in=followed).values_list("home", "url"):
        said.add(name)
        if url:
            found.setdefault(url, set()).add(name)
    told = [(one.url, one.log) for one in Introduction.objects.exclude(url="")]
    told += [(peer.url, name) for peer in Peer.objects.all() for name in peer.logs]
    for url, name in told:
        if name in followed and name not in said:
            found.setdefault(url, set()).add(name)
    own = session.own_urls()
    return {url: found[url] for url in sorted(found) if url not in own}
