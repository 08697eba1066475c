"""What the rest of the kernel asks of seals: import it as `from hansa.kernel.seal import keeping as seal`.

Opening what is sealed to the members carried here, knowing who may be handed which body, and saying in words
who reads what. “End to end” means between nodes: whoever runs a node reads what its members read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Exists, Model, OuterRef, Q
from django.utils.translation import gettext as _

from hansa.kernel import clock, store
from hansa.kernel.entry import OWN, PACT, Header, for_the_pact, is_epoch, read_header
from hansa.kernel.models import Body, Entry, Fate, Log
from hansa.kernel.reading import names_of_members
from hansa.kernel.ref import split
from hansa.kernel.said import Said
from hansa.kernel.seal import box, epochs
from hansa.kernel.seal.box import sealed_size
from hansa.kernel.seal.membership import members_of, readers_are
from hansa.kernel.seal.models import Audience, EpochKey, EpochReader, Whom
from hansa.kernel.seal.records import EpochOpened, EpochsExtended

__all__ = [
    "audience_of",
    "audiences_of",
    "cut",
    "fetcher",
    "file_name",
    "is_reader",
    "learn_stored",
    "may_fetch",
    "named",
    "open_file",
    "open_said",
    "opened",
    "opener",
    "plain",
    "readers_are",
    "readers_by_epoch",
    "readers_of",
    "remembering",
    "seal_file",
    "sealed",
    "sealed_size",
    "teaches",
    "titles",
    "unread_until_now",
    "wanted",
    "who_reads",
    "words",
]


_Key = tuple[int, bytes, str]
"""An epoch's index, its key, and the audience whose it is."""


def opener(header: Header, body: bytes) -> tuple[str, bytes] | None:
    """Open a sealed body for the fold; None if its key is not here. Untrusted if it does not hold."""
    known = _keys(header.log, header.aud)
    if known is None or known[0] >= header.i:
        return None  # an epoch is said before what is sealed in it
    _index, key, audience = known
    return audience, box.open_body(key, header.log, header.i, header.aud, body)


def sealed(log: str, index: int, name: str, body: bytes) -> bytes:
    """Return the sealed form of an open body that will stand at `log@index` in an epoch of this node's."""
    known = _keys(log, name)
    if known is None:
        raise KeyError(name)
    return box.seal_body(known[1], log, index, name, body)


def _keys(log: str, name: str) -> _Key | None:
    """Return index, key and audience of an epoch that can be opened here."""
    known: dict[tuple[str, str], _Key | None] | None = getattr(connection, "hansa_epochs", None)
    if known is not None and (log, name) in known:
        return known[log, name]
    found = EpochKey.objects.filter(log=log, name=name).exclude(audience="").first()
    key = None if found is None else (found.index, bytes(found.key), found.audience)
    if known is not None:
        known[log, name] = key
    return key


@contextmanager
def remembering() -> Iterator[None]:
    """Ask for each epoch's key once, while all is read anew and none is learnt.

    On the connection, and so for this home alone; and not for longer, since what was learnt may be rolled back.
    """
    connection.hansa_epochs = {}  # type: ignore[attr-defined]  # ours
    try:
        yield
    finally:
        del connection.hansa_epochs  # type: ignore[attr-defined]


def plain(entry: Entry, body: bytes) -> bytes | None:
    """Return salt and envelope of an entry's body, unsealed where that is needed; None if its key is not here."""
    if not is_epoch(entry.audience):
        return body
    opened_body = opener(read_header(bytes(entry.header)), body)
    return None if opened_body is None else opened_body[1]


def file_name(entry: Entry, digest: str) -> str:
    """Return under which name an attachment that this readable entry names is carried by hand."""
    known = _epoch_of(entry)
    if known is None:
        return digest
    return box.file_name(known[1], entry.log, entry.index, entry.audience, digest)


def seal_file(entry: Entry, digest: str, data: bytes) -> bytes:
    """Return an attachment as it is carried by hand: sealed as the entry that names it is, or open."""
    known = _epoch_of(entry)
    if known is None:
        return data
    return box.seal_file(known[1], entry.log, entry.index, entry.audience, digest, data)


def open_file(entry: Entry, digest: str, data: bytes) -> bytes:
    """Return the attachment of what was carried; Untrusted if it was not sealed so."""
    known = _epoch_of(entry)
    if known is None:
        return data
    return box.open_file(known[1], entry.log, entry.index, entry.audience, digest, data)


def _epoch_of(entry: Entry) -> _Key | None:
    """Return the epoch of an entry that was read here; None if it is not sealed. KeyError if its key is gone."""
    if not is_epoch(entry.audience):
        return None
    known = _keys(entry.log, entry.audience)
    if known is None:
        raise KeyError(entry.audience)
    return known


def open_said(said: Said) -> Said:
    """Read an entry's body, and learn what it says of epochs, before the entries that follow it are read."""
    said.open()
    if teaches(said):
        epochs.learn(said)
    return said


def teaches(said: Said) -> bool:
    """Tell whether an entry says something of epochs or their keys."""
    return isinstance(said.record, EpochOpened | EpochsExtended)


def learn_stored(*, again: bool = False) -> None:
    """Learn from records of epochs that are stored and were not read yet, as when their bodies came late.

    With `again`, from all whose keys were not found, as when the key ring was locked or is another one now.
    """
    where = (
        f"WHERE e.kind IN ('{EpochOpened.kind}', '{EpochsExtended.kind}')"
        if again
        else f"WHERE e.fate = '{Fate.UNREAD}' AND b.entry_id IS NOT NULL"
    )
    for said in list(store.stored(where)):
        said.open()  # once more: an extension may be sealed in an epoch that was learnt a moment ago
        if teaches(said):
            epochs.learn(said)


def cut(log: str, size: int) -> None:
    """Forget the epochs whose records were set aside when the log was cut back to `size`."""
    EpochKey.objects.filter(log=log, index__gte=size).delete()


def unread_until_now() -> list[int]:
    """Return the numbers of sealed entries that count as unread, with body and key here: rows must be made anew."""
    opens = EpochKey.objects.exclude(audience="").filter(
        log=OuterRef("log"), name=OuterRef("audience"), index__lt=OuterRef("index")
    )
    held = Body.objects.filter(entry_id=OuterRef("id"))
    unread = Entry.objects.filter(fate=Fate.UNREAD).filter(Exists(opens), Exists(held))
    return list(unread.values_list("id", flat=True))


def opened(log: str | None, model: type[Model]) -> Q:
    """Return the condition under which an officer of `log` may read sealed entries, or rows made from them."""
    read = EpochKey.objects.exclude(audience="").filter(readers__reader=log or "")
    if model is Entry:
        return Exists(read.filter(log=OuterRef("log"), name=OuterRef("audience")))  # type: ignore[return-value]
    during = Q(until=None) | Q(until__gt=OuterRef("at"))
    return Exists(read.filter(during, audience=OuterRef("audience"), at__lte=OuterRef("at")))  # type: ignore[return-value]


def is_reader(log: str, of: str, name: str) -> bool:
    """Tell whether `log` reads the epoch `name` of the log `of`, as far as this node knows."""
    return EpochReader.objects.filter(epoch__log=of, epoch__name=name, reader=log).exists()


def audiences_of(log: str) -> Mapping[str, datetime]:
    """Return the audiences that an officer of `log` may read on this node, with the moment since when."""
    found = EpochKey.objects.exclude(audience="").filter(readers__reader=log).order_by("-index")
    return {epoch.audience: epoch.at for epoch in found}


def readers_of(audience: str) -> list[str]:
    """Return who reads an audience now: by its definition where that is known, else as its last epoch here says."""
    defined = Audience.objects.filter(pk=audience).first()
    if defined is not None:
        return epochs.readership(defined).readers
    last = epochs.current(audience)
    return sorted(last.readers.values_list("reader", flat=True)) if last else []


def words(audience: str, log: str, member: str = "") -> str:
    """Say in a sentence who will be able to read what is for this audience of `log`, the member of this name."""
    if audience == PACT:
        return _("Every officer of every member of the pact will be able to read this.")
    if audience == OWN:
        name = member or named([log])
        return _("Only the officers of %(member)s will be able to read this.") % {"member": name}
    defined = Audience.objects.filter(pk=audience).first()
    who = epochs.readership(defined) if defined else None
    readers, later = (who.readers, who.without) if who else (readers_of(audience), [])
    said = _("Only the officers of these members will be able to read this: %(members)s.") % {
        "members": named(readers)
    }
    if later:
        said += " " + _("Not these, whose nodes have said no sealing key yet: %(members)s.") % {
            "members": named(later)
        }
    return said


def named(logs: Iterable[str]) -> str:
    """Return the members' names in a row."""
    listed = list(logs)
    names = names_of_members(listed)
    return ", ".join(sorted(names.get(one, one) for one in listed))


def audience_of(entry: Entry) -> str:
    """Return for whom an entry is, as people and programs name it: `pact`, `own`, an audience's key, or `sealed`."""
    if for_the_pact(entry.audience):
        return PACT
    if not is_epoch(entry.audience):
        return entry.audience
    known = EpochKey.objects.filter(log=entry.log, name=entry.audience).first()
    return (known.audience if known else "") or "sealed"


def who_reads(entry: Entry) -> str:
    """Say who may read an entry that was said."""
    if for_the_pact(entry.audience):
        return _("Every officer of every member")
    known = EpochKey.objects.filter(log=entry.log, name=entry.audience).first()
    if known is None or not known.audience:
        return _("The officers of the member that wrote it")
    readers = known.readers.values_list("reader", flat=True)
    return _("The officers of: %(members)s (“%(title)s”)") % {
        "members": named(readers),
        "title": known.title,
    }


def readers_by_epoch(logs_and_names: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return who reads each of these epochs, as far as this node knows, in one query."""
    names = {name for _log, name in logs_and_names}
    found: dict[str, set[str]] = {}
    for name, reader in EpochReader.objects.filter(epoch__name__in=names).values_list(
        "epoch__name", "reader"
    ):
        found.setdefault(name, set()).add(reader)
    return {name: frozenset(readers) for name, readers in found.items()}


def may_fetch(log: str, place: str | Entry) -> bool:
    """Tell whether a node of `log` may be handed the body of this record (a position, or its entry)."""
    if isinstance(place, str):
        name, index = split(place)
        found = Entry.objects.filter(log=name, index=index).only("log", "audience").first()
        if found is None:
            return False
        place = found
    return fetcher([log])(place.log, place.audience)


def fetcher(logs: Sequence[str]) -> Callable[[str, str], bool]:
    """Return the judge, by log and audience of an entry, of what a node of these members may be handed."""
    own = set(logs)

    @cache
    def member() -> bool:
        return bool(own & members_of(Whom.PACT, [], "", clock.now()))

    def may(log: str, audience: str) -> bool:
        if log in own:
            return True
        if for_the_pact(audience):
            return member()
        return is_epoch(audience) and any(is_reader(one, log, audience) for one in own)

    return may


def wanted(log: str, audience: str) -> bool:
    """Tell whether the body of an entry of `log` with this header's audience should be here.

    What is sealed: if its epoch can be opened here, or as long as its epoch was not seen and nobody can tell.
    """
    if for_the_pact(audience) or Log.objects.filter(name=log, mine=True).exists():
        return True
    if not is_epoch(audience):
        return False
    seen = EpochKey.objects.filter(log=log, name=audience).first()
    return seen is None or bool(seen.audience)


def titles(audiences: Iterable[str]) -> dict[str, str]:
    """Return titles of audiences, by key, as far as they are known here."""
    found = EpochKey.objects.filter(audience__in=set(audiences)).order_by("index")
    return {**{one.audience: one.title for one in found}, **_defined(audiences)}


def _defined(audiences: Iterable[str]) -> dict[str, str]:
    return dict(Audience.objects.filter(pk__in=set(audiences)).values_list("key", "title"))
