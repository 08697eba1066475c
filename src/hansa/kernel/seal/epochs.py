"""Epochs: begun by their author before the next sealed record whenever readers or keys changed; learnt by readers.

The author's node makes a random key, says it in an epoch's record wrapped for each reader, and keeps it. A
reader's node finds its wrap by trying, since wraps carry no name. Newcomers are in the next epoch, and in no
earlier one unless an extension gives them its key.
"""

import hashlib
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.apps import apps
from django.utils.translation import gettext as _

from hansa.kernel import clock, hpke
from hansa.kernel.errors import Refused, Untrusted
from hansa.kernel.home import home
from hansa.kernel.models import Entry, Fate, Log
from hansa.kernel.ref import home_of, lives_in
from hansa.kernel.said import Said
from hansa.kernel.seal import box
from hansa.kernel.seal.membership import members_of
from hansa.kernel.seal.models import Audience, EpochKey, EpochReader, Whom
from hansa.kernel.seal.records import (
    MOST_WRAPS,
    EpochOpened,
    EpochsExtended,
    Part,
    Wrapped,
)


class Inside(msgspec.Struct, frozen=True):
    """What an epoch's record says to its readers alone."""

    audience: str
    title: str
    readers: list[str]


_inside = msgspec.json.Decoder(Inside)


@dataclass(frozen=True, slots=True)
class Readership:
    """Who reads an audience at a moment, each with its sealing key; without one a member cannot read yet."""

    audience: str
    title: str
    keys: dict[str, bytes]

    @property
    def readers(self) -> list[str]:
        """Return those who have a key."""
        return sorted(log for log, key in self.keys.items() if key)

    @property
    def without(self) -> list[str]:
        """Return those who belong to it and cannot read yet, because their nodes have said no key."""
        return sorted(log for log, key in self.keys.items() if not key)

    @property
    def basis(self) -> str:
        """Return a hash of all that, when it changes, makes a new epoch due."""
        said = [self.title, [[log, self.keys[log].hex()] for log in self.readers]]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def readership(audience: Audience, at: datetime | None = None) -> Readership:
    """Return who reads this audience now (or at a moment), its author always among them."""
    members = [home_of(ref) for ref in audience.members]
    logs = members_of(Whom(audience.whom), members, audience.type, at or clock.now())
    return Readership(audience.key, audience.title, sealing_keys({*logs, audience.home}))


def sealing_keys(logs: Iterable[str]) -> dict[str, bytes]:
    """Return the key to which records for each of these members are sealed: as its node says, or from the key ring."""
    wanted = set(logs)
    node = apps.get_model("sync", "Node")
    said = node._default_manager.filter(pk__in=[f"{log}/node" for log in wanted])
    found = {row.home: b64decode(row.sealing) for row in said}
    mine = set(Log.objects.filter(name__in=wanted, mine=True).values_list("name", flat=True))
    keys = home().keys
    return {log: keys.sealing(log) if log in mine else found.get(log, b"") for log in wanted}


def current(audience: str) -> EpochKey | None:
    """Return the audience's present epoch, if it ever had one."""
    return EpochKey.objects.filter(audience=audience).order_by("-index").first()


@dataclass(frozen=True, slots=True)
class Begun:
    """A new epoch, ready to be said: its records, and what its author keeps."""

    name: str
    key: bytes
    readership: Readership
    records: list[EpochOpened]


def begin(log: str, readers: Readership) -> Begun:
    """Make a new epoch with a key of its own. Nothing is kept until `keep`."""
    name, key = f"e-{secrets.token_hex(16)}", os.urandom(box.KEY)
    inside = Inside(audience=readers.audience, title=readers.title, readers=readers.readers)
    part = Part(data=_text(box.seal_part(key, log, name, msgspec.json.encode(inside))))
    publics = [readers.keys[one] for one in readers.readers]
    wraps = [Wrapped(data=_text(one)) for one in box.wraps(publics, key, log, name)]
    pinned = box.commitment(log, name, key)
    records = [
        EpochOpened(
            name=name,
            commitment=pinned,
            wraps=wraps[start : start + MOST_WRAPS],
            part=part if start == 0 else None,
        )
        for start in range(0, len(wraps), MOST_WRAPS)
    ]
    return Begun(name, key, readers, records)


def keep(begun: Begun, said: Said) -> EpochKey:
    """Keep an epoch that stands in a log of this node, begun by the record `said`."""
    first = begun.records[0]
    made = EpochKey.objects.create(
        log=said.header.log,
        name=begun.name,
        index=said.header.i,
        at=said.at,
        commitment=first.commitment,
        part=b64decode(first.part.data if first.part else ""),
        key=begun.key,
        audience=begun.readership.audience,
        title=begun.readership.title,
        basis=begun.readership.basis,
    )
    _name_readers(made, begun.readership.readers)
    _span(made.audience)
    return made


def learn(said: Said) -> None:
    """Take from an epoch's or an extension's record, just read, the keys that it holds for members carried here."""
    if isinstance(said.record, EpochOpened):
        _learn_epoch(said, said.record)
    elif isinstance(said.record, EpochsExtended):
        _learn_extension(said, said.record)


def _learn_epoch(said: Said, record: EpochOpened) -> None:
    log, index = said.header.log, said.header.i
    found = EpochKey.objects.filter(log=log, name=record.name).first()
    known = found or EpochKey(log=log, name=record.name)
    if found is None or index < known.index:
        # The first record under a name counts. It may come after others: bodies arrive in any order.
        known.index, known.at, known.commitment = index, said.at, record.commitment
        known.part = b64decode(record.part.data) if record.part else b""
        known.key, known.audience = known.key if _fits(known, bytes(known.key)) else b"", ""
        known.save()
    if not known.key:
        known.key = _unwrapped(known, record.wraps)
    if bytes(known.key) and not known.audience:
        _open_part(known)


def _unwrapped(epoch: EpochKey, wraps: Sequence[Wrapped]) -> bytes:
    """Return the epoch's key if one of the wraps is for a member carried here."""
    keys, info = home().keys, box.wrap_info(epoch.log, epoch.name)
    if keys.shut:
        return b""
    for log in _mine():
        for wrap in wraps:
            key = keys.unwrap(log, b64decode(wrap.data), info)
            if key is not None and _fits(epoch, key):
                return key
    return b""


def _mine() -> list[str]:
    return list(Log.objects.filter(mine=True).order_by("name").values_list("name", flat=True))


def _fits(epoch: EpochKey, key: bytes) -> bool:
    return len(key) == box.KEY and box.commitment(epoch.log, epoch.name, key) == epoch.commitment


def _open_part(epoch: EpochKey) -> None:
    """Read what the epoch says to its readers, with its key. What does not hold leaves it unread."""
    try:
        inside = _inside.decode(
            box.open_part(bytes(epoch.key), epoch.log, epoch.name, bytes(epoch.part))
        )
    except (Untrusted, ValueError):
        return
    if not lives_in(inside.audience, epoch.log):
        return  # nobody writes to an audience of another's
    epoch.audience, epoch.title = inside.audience[:80], inside.title[:80]
    epoch.save()
    _name_readers(epoch, inside.readers)
    _span(epoch.audience)


def _learn_extension(said: Said, record: EpochsExtended) -> None:
    """Take the keys that are for members carried here, and remember for whom the epochs were opened."""
    log, names = said.header.log, [one.name for one in record.epochs]
    known = {one.name: one for one in EpochKey.objects.filter(log=log, name__in=names)}
    keys, info = home().keys, _extension_info(log, names)
    here = set() if keys.shut else set(_mine())
    for given in record.given:
        reader = home_of(given.reader)
        if reader in here:
            blob = keys.unwrap(reader, b64decode(given.keys), info) or b""
            for at, name in enumerate(names):
                epoch, key = known.get(name), blob[at * box.KEY : (at + 1) * box.KEY]
                if epoch is not None and not epoch.key and _fits(epoch, key):
                    epoch.key = key
                    _open_part(epoch)
        for epoch in known.values():
            if epoch.audience == said.audience:
                _name_readers(epoch, [reader])


def extension(audience: Audience, names: Sequence[str], readers: Sequence[str]) -> EpochsExtended:
    """Return the record that opens earlier epochs to members of the present one, to be said to that epoch.

    Each key is wrapped for the new readers alone, so that other newcomers learn that it was done, and no key.
    """
    opened = list(EpochKey.objects.filter(audience=audience.key, name__in=names).order_by("index"))
    if not opened or len(opened) != len(set(names)):
        raise Refused(_("Choose from the epochs of this audience."), field="epochs")
    present = current(audience.key)
    inside = set(present.readers.values_list("reader", flat=True)) if present else set()
    if not readers or not set(readers) <= inside:
        raise Refused(
            _("Earlier records are opened only to those who belong to the audience now."),
            field="readers",
        )
    order = [one.name for one in opened]
    blob, info = b"".join(bytes(one.key) for one in opened), _extension_info(audience.home, order)
    publics = sealing_keys(readers)
    return EpochsExtended.read(
        {
            "readers": [f"{log}@0" for log in sorted(readers)],
            "since": opened[0].at,
            "records": count_of(opened),
            "epochs": [{"name": one} for one in order],
            "given": [
                {"reader": f"{log}@0", "keys": _text(hpke.wrap(publics[log], blob, info))}
                for log in sorted(readers)
            ],
        }
    )


def count_of(epochs: Sequence[EpochKey]) -> int:
    """Return how many records stand sealed in these epochs of one log."""
    names = [one.name for one in epochs]
    logs = {one.log for one in epochs}
    found = Entry.objects.filter(log__in=logs, audience__in=names)
    return found.exclude(fate=Fate.ERASED).count()


def _extension_info(log: str, names: Sequence[str]) -> bytes:
    return b"hansa/extension/v1\n" + "\n".join([log, *names]).encode()


def _name_readers(epoch: EpochKey, readers: Iterable[str]) -> None:
    EpochReader.objects.bulk_create(
        [EpochReader(epoch=epoch, reader=one[:63]) for one in set(readers)], ignore_conflicts=True
    )


def _span(audience: str) -> None:
    """Write until when each epoch of the audience lasted: the next one's beginning, as far as it is known here."""
    following: datetime | None = None
    for epoch in EpochKey.objects.filter(audience=audience).order_by("-index"):
        if epoch.until != following:
            EpochKey.objects.filter(pk=epoch.pk).update(until=following)
        following = epoch.at


def _text(data: bytes) -> str:
    return b64encode(data).decode()
