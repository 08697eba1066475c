"""The key documents kept here: which keys may sign which part of a log.

Others import this as `from hansa.kernel.roots import keeping as roots` (a package that is an app
cannot name models in its own front).
"""

from collections.abc import Callable, Sequence

from django.db import transaction

from hansa.kernel import chain, clock, live
from hansa.kernel.errors import Untrusted
from hansa.kernel.home import home
from hansa.kernel.keys import KeyRing
from hansa.kernel.merkle import Frontier, leaf_hash
from hansa.kernel.models import Log
from hansa.kernel.note import Checkpoint, Verifier, open_note, split_note
from hansa.kernel.roots import cutting
from hansa.kernel.roots.models import Aside, KeyDocument, Rival
from hansa.kernel.writing import writing

CutBack = Callable[[str, int, bytes], None]
_hears: list[CutBack] = []


def on_cut(hear: CutBack) -> None:
    """Call `hear(log, size, root)` inside the transaction in which a log is cut back to this size, or would be.

    Whoever keeps anything about larger sizes of the log forgets it then (TUF 5.3.11).
    """
    if hear not in _hears:
        _hears.append(hear)


def documents(log_name: str) -> list[bytes]:
    """Return the log's chain of key documents, oldest first, as it is served to others and exported."""
    return [one.note.encode() for one in _kept(log_name)]


def first_key(log: Log) -> str:
    """Return the vkey with which the log began: the one by which whoever follows it anew must know it, to judge its chain."""
    known = chain_of(log.name)
    return known[0].log_vkey if known else log.vkey


def chain_of(log_name: str) -> list[chain.KeyDocument]:
    """Return what the accepted documents say, oldest first."""
    return [chain.read_text(note) for note in documents(log_name)]


def verified_chain(log: Log) -> list[chain.KeyDocument]:
    """Return the log's documents after judging the whole chain anew; Untrusted if it does not hold, or not lead to the key in force."""
    notes = documents(log.name)
    if not notes:
        return []
    known = chain.open_chain(notes, chain.read_text(notes[0]).log_vkey, rebound(log.name))
    if known[-1].log_vkey != log.vkey or known[-1].origin != log.origin:
        raise Untrusted("its key is not the one that its key documents name.")
    return known


def rebound(log_name: str) -> list[int]:
    """Return the versions that the pact's members decided."""
    return [one.version for one in _kept(log_name) if one.rebound]


def verifiers(log: Log, size: int) -> list[Verifier]:
    """Return the keys that may have signed the log's head of this size."""
    known = chain_of(log.name)
    return chain.keys_for(known, known[0].log_vkey if known else log.vkey, size)


def size_of(note: bytes) -> int:
    """Return of how many entries a head speaks, whoever signed it; Untrusted if it is none."""
    return Checkpoint.parse(split_note(note)[0]).size


def open_head(log: Log, note: bytes) -> Checkpoint:
    """Return the head in a note if a key that may sign heads of its size signed it; Untrusted otherwise."""
    text, _signatures = split_note(note)
    head = Checkpoint.parse(text)
    if head.origin != log.origin:
        raise Untrusted(f"The checkpoint is for {head.origin!r}, not for {log.origin}.")
    try:
        open_note(note, verifiers(log, head.size))
    except Untrusted as error:
        raise _retired(log, note, head.size) or error from error
    return head


def head(log: Log) -> Checkpoint | None:
    """Return the newest head of the log that is kept here, judged anew; None if it is empty, or was just cut back.

    Untrusted if what is kept does not hold.
    """
    return open_head(log, log.note.encode()) if log.note else None


def newest() -> dict[str, tuple[int, int]]:
    """Return version and start of each log's document in force, for those that have any."""
    rows = KeyDocument.objects.order_by("version").values_list("log", "version", "start")
    return {log: (version, start) for log, version, start in rows}


def anchors(log_name: str) -> dict[int, bytes]:
    """Return the root hashes to which the log's root keys have put their names, by size."""
    return {one.start: one.root_at for one in chain_of(log_name)}


def reclaim(log: Log, entries: Sequence[bytes]) -> dict[int, bytes]:
    """Return the bodies, by index, that were set aside here of entries which now come again, from the log's size on."""
    if not Aside.objects.filter(log=log.name).exists():
        return {}
    return cutting.reclaim(
        log.name, {i: leaf_hash(entry) for i, entry in enumerate(entries, start=log.size)}
    )


def accept(log_name: str, note: bytes, *, decided: bool = False, keep: bool = True) -> bool:
    """Verify and store the next key document of a log; cut back what its new key does not sign. True if it was new.

    `decided`: the members of the pact decided it (the roots before have no say). `keep`: where this node
    holds the new key, its own log's later entries stay and are signed anew; else they are set aside.
    Untrusted, with nothing changed, if the document does not hold; one that holds beside another of its
    version is kept as a `Rival` first.
    """
    with writing():
        log = Log.objects.filter(name=log_name).first()
        if log is None:
            raise Untrusted(f"Nobody here follows a log called “{log_name[:80]}”.")
        known = chain_of(log_name)
        document = chain.read_text(note)
        if not 1 <= document.version <= len(known):
            _take(log, note, known, decided=decided, keep=keep)
            return True
        if document == known[document.version - 1]:
            return False
        chain.open_document(note, known[document.version - 2] if document.version > 1 else None)
        Rival.objects.get_or_create(
            log=log_name,
            version=document.version,
            note=note.decode(),
            defaults={"at": clock.now()},
        )
    raise Untrusted(
        f"There are two versions {document.version} of the keys of {log_name}, both validly signed. The first that came is kept. Call {log_name} and compare: somebody else has its root keys, or their holders signed twice."
    )


def settle(log: Log, keys: KeyRing) -> bool:
    """Finish a change of this node's own log key that was cut short after it was stored; True if there was one."""
    if keys.staged(log.name, log.origin) != log.vkey:
        return False
    known = chain_of(log.name)
    if not known or known[-1].log_vkey != log.vkey:
        return False
    keys.turn(log.name)
    return True


def _take(
    log: Log, note: bytes, known: list[chain.KeyDocument], *, decided: bool, keep: bool
) -> None:
    document = chain.open_document(note, known[-1] if known else None, rebound=decided)
    if document.origin != log.origin:
        raise Untrusted(f"The key document is for {document.origin}, not for {log.origin}.")
    if not known and document.log_vkey != log.vkey:
        raise Untrusted(
            f"The first key document of {log.name} was not made under the key by which the log is known here."
        )
    tree = cutting.tree_at(log.name, document.start) if log.size >= document.start else None
    if tree is not None and tree.root() != document.root_at:
        raise Untrusted(
            f"The key document of {log.name} starts at {document.start:,} with another root than the entries here have. The log was split before that: its roots must name an earlier size."
        )
    KeyDocument.objects.create(
        log=log.name,
        version=document.version,
        start=document.start,
        note=note.decode(),
        rebound=decided,
        at=clock.now(),
    )
    log.vkey = document.log_vkey
    ours = _here(log)
    if ours and tree is None:
        raise Untrusted(
            f"The key document of {log.name} starts at {document.start:,}, and only {log.size:,} entries are here. Let this node fetch the others first; then publish it again."
        )
    if log.mine and not ours:
        # Its new key is on another node: here it is followed from now on.
        transaction.on_commit(lambda: home().keys.unmake(log.name), robust=True)
    log.mine = ours
    log.save(update_fields=["vkey", "mine"])
    if known and tree is not None and log.size > document.start and not (ours and keep):
        cutting.cut(log, tree, f"version {document.version} of the log's keys")
    if known:
        for hear in _hears:
            hear(log.name, document.start, document.root_at)
    if ours:
        _sign_anew(log)
    transaction.on_commit(live.wake, robust=True)


def _here(log: Log) -> bool:
    """Tell whether the key now in force is in this home: waiting to come into force, or in force already."""
    keys = home().keys
    if keys.staged(log.name, log.origin) == log.vkey:
        return True
    return log.mine and keys.verifier(log.name, log.origin).vkey() == log.vkey


def _sign_anew(log: Log) -> None:
    """Sign the head under the new key, in the transaction; the key comes into force once it is committed."""
    keys = home().keys
    tree = Frontier.from_bytes(bytes(log.frontier))
    staged = keys.staged(log.name, log.origin) == log.vkey
    if log.size or log.note:
        log.note = keys.sign(log.name, log.origin, log.size, tree.root(), staged=staged)
        log.save(update_fields=["note"])
    if staged:
        transaction.on_commit(lambda: settle(log, keys))


def _kept(log_name: str) -> list[KeyDocument]:
    return list(KeyDocument.objects.filter(log=log_name).order_by("version"))


def _retired(log: Log, note: bytes, size: int) -> Untrusted | None:
    for one in chain_of(log.name):
        try:
            open_note(note, [one.verifier])
        except Untrusted:
            continue
        return Untrusted(
            f"The checkpoint of {log.name} at {size:,} is signed by the key of version {one.version}, which may not sign that size."
        )
    return None
